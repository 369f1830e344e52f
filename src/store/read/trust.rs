//! Root's word and claims: what stands in files is believed by who can write them, what processes
//! say by who could have started them.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::accounts::AccountNames;
use super::configuration::Configuration;
use super::processes::processes;
use super::root::Root;
use crate::inventory::origin::Running;
use crate::inventory::process::{Process, lacks_manifests};
use crate::inventory::writer::{Account, Accounts, Writers};
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::FlagFact;
use crate::kubernetes::layout::Layout;

impl Configuration {
    /// Tells root's word from claims: what stands in a file that others than root, the caller and
    /// the components' own accounts can write is a claim. Then looks at what runs, only on the
    /// master itself: another root's processes are not these.
    pub(super) fn settle(&mut self, root: &Root, layout: &Layout, processes: bool) {
        let names = AccountNames::of(root);
        let mut trust = Trust {
            root,
            known: BTreeMap::new(),
        };
        self.accounts.known = names.of_layout(&layout.accounts);
        let written = std::mem::take(&mut self.written_accounts);
        let trusted = written
            .iter()
            .filter(|(file, ..)| trust.is_roots(file, None, &self.accounts));
        let known: Vec<Account> = trusted
            .flat_map(|(_, unit, account)| names.run_as(account, unit.as_deref()))
            .collect();
        self.accounts.known.extend(known);
        let (facts, claims) =
            std::mem::take(&mut self.facts)
                .into_iter()
                .partition(|fact: &FlagFact| {
                    trust.is_roots(&fact.file, Some(fact.component), &self.accounts)
                });
        (self.facts, self.claims) = (facts, claims);
        if processes && root.is_live() {
            self.add_processes();
        }
        self.drop_repeated();
        self.find_kubelet_folders();
    }

    /// What runs: what root has started counts as its files do, and of the rest what these say too.
    fn add_processes(&mut self) {
        let Some(Running {
            mut components,
            claims,
        }) = processes(&self.accounts)
        else {
            return;
        };
        let is_confirmed = |claim: &FlagFact| {
            let same = |fact: &FlagFact| {
                (fact.component, &fact.flag, &fact.value)
                    == (claim.component, &claim.flag, &claim.value)
            };
            self.facts.iter().any(same)
        };
        let is_no_other = |process: &Process| process.fits(&self.facts) != Some(false);
        let lacks_manifests = lacks_manifests(&self.facts, &self.unread);
        let found: HashSet<Component> = components
            .iter()
            .filter(|one| is_no_other(one))
            .map(|one| one.component)
            .collect();
        components
            .retain(|one| is_no_other(one) || lacks_manifests && !found.contains(&one.component));
        let told = components.iter().flat_map(|process| process.flags.iter());
        let (told, unconfirmed): (Vec<FlagFact>, Vec<FlagFact>) = told
            .cloned()
            .partition(|fact| !claims.contains(fact) || is_confirmed(fact));
        let claims = claims
            .into_iter()
            .filter(|claim| !is_confirmed(claim) && !unconfirmed.contains(claim));
        self.claims.extend(claims);
        self.claims.extend(unconfirmed);
        self.facts.extend(told);
        self.processes = Some(components);
    }
}

/// Whose word a file is, each looked at once.
struct Trust<'a> {
    root: &'a Root,
    known: BTreeMap<String, Writers>,
}

impl Trust<'_> {
    /// Whether nobody but root, the caller, the layout's accounts and those of `component` can
    /// write it.
    fn is_roots(&mut self, file: &str, component: Option<Component>, accounts: &Accounts) -> bool {
        let Self { root, known } = self;
        let writers = known
            .entry(file.to_owned())
            .or_insert_with(|| root.writers(Path::new(file)));
        writers
            .iter()
            .flat_map(|all| all.iter())
            .all(|writer| accounts.has_for(component, writer.who))
    }
}
