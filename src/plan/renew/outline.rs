//! What will be renewed, by whom, with which keys: worked out from the inventory alone, the same
//! before and after the files are read.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use time::OffsetDateTime;

use super::authority::RenewalAuthority;
use super::new_key::algorithm;
use super::notes::{Notes, Weight};
use super::renewal::Renewal;
use super::{RenewalTask, copies, doubt, due, kubelet, select, staying};
use crate::inventory::{Inventory, ItemIndex, KeyState};
use crate::pki::key::KeyAlgorithm;
use crate::pki::text::printable;
use crate::plan::{Materials, Needs, PlanError};
use crate::record::Left;

const COPY: &str = "a copy: it keeps the old certificate, since copies are not refreshed";

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) renewals: Vec<Renewal>,
    /// kubelet.conf with data of its own, and the kubelet's certificate that it shall point to.
    pub(super) pointers: Vec<(ItemIndex, ItemIndex)>,
    pub(super) new_keys: Vec<KeyAlgorithm>,
    pub(super) left_alone: Vec<Left>,
    /// The same, to look up.
    left: HashSet<Left>,
    pub(super) notes: Notes,
}

impl Outline {
    /// # Errors
    /// [`PlanError::Refused`] where nothing of what was asked for by name can be done.
    pub(super) fn of(task: RenewalTask<'_>) -> Result<Self, PlanError> {
        let RenewalTask {
            inventory,
            request,
            context,
        } = task;
        let (chosen, left_alone) = select::chosen(inventory, request, context.moment)?;
        let left = left_alone.iter().cloned().collect();
        let mut outline = Self {
            left_alone,
            left,
            ..Self::default()
        };
        let mut taken: HashSet<ItemIndex> = HashSet::new();
        for index in chosen {
            if !taken.contains(&index) {
                taken.extend(outline.add(task, index));
            }
        }
        if !request.keep_key {
            outline.drop_shared_keys(inventory, context.moment);
            outline.give_keys(task);
        }
        outline.refuse_nothing(task)?;
        Ok(outline)
    }

    /// Nothing to do is an answer only where nothing should be done.
    fn refuse_nothing(&self, task: RenewalTask<'_>) -> Result<(), PlanError> {
        let inventory = task.inventory;
        if !self.is_empty() {
            return Ok(());
        }
        match task.request.what {
            select::Selection::Items(_) => Err(select::nothing_left(inventory, &self.left_alone)),
            _ if self.left_alone.iter().any(|left| left.due) => {
                Err(staying::refusal(inventory, &self.left_alone, task.moment()))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.renewals.is_empty() && self.pointers.is_empty()
    }

    /// Adds the renewal of one item, and gives the items that it covers.
    fn add(&mut self, task: RenewalTask<'_>, index: ItemIndex) -> Vec<ItemIndex> {
        let (inventory, moment) = (task.inventory, task.moment());
        let Some(item) = inventory.item(index) else {
            return Vec::new();
        };
        if let Some(target) = kubelet::pointed_to(inventory, item, moment) {
            self.pointers.push((index, target));
            return vec![index];
        }
        let mut items = vec![index];
        items.extend(copies::same_certificate(inventory, index, item));
        let covered = items.clone();
        items.retain(|at| self.may_follow(task, *at));
        if !task.request.refresh_copies {
            let is_kept = |at: ItemIndex| task.is_named(at) || !copies::is_copy(inventory, at);
            if !is_kept(index) {
                // The one that it is a copy of is chosen for itself.
                self.leave(Left::new(&*item.id, COPY));
                return vec![index];
            }
            let (kept, copies): (Vec<_>, Vec<_>) = items.into_iter().partition(|at| is_kept(*at));
            for copy in task.items(&copies) {
                self.leave(Left::new(&*copy.id, COPY));
            }
            items = kept;
        }
        // The one with a role stands for all of them.
        items.sort_by_key(|at| {
            (
                inventory.item(*at).is_none_or(|item| item.roles.is_empty()),
                *at != index,
            )
        });
        let Some(&first) = items.first() else {
            return covered;
        };
        match self.renewal(task, first, &items) {
            Ok(renewal) => self.renewals.push(renewal),
            Err(why) => self.leave(staying::left(inventory, index, item, moment, why)),
        }
        covered
    }

    /// Whether an item gets the new certificate of another one: by its own name, or since nothing
    /// speaks against it. A copy follows what it is a copy of.
    fn may_follow(&mut self, task: RenewalTask<'_>, at: ItemIndex) -> bool {
        let (inventory, moment) = (task.inventory, task.moment());
        let Some(item) = inventory.item(at) else {
            return false;
        };
        let principal = copies::principal_of(inventory, at, item).unwrap_or(at);
        if [at, principal].into_iter().any(|at| task.is_named(at)) {
            return true;
        }
        let doubt = doubt::of_whole(inventory, at, item, moment);
        if let Some(doubt) = &doubt {
            self.leave(staying::left(
                inventory,
                at,
                item,
                moment,
                doubt.to_string(),
            ));
        }
        doubt.is_none()
    }

    /// What must be seen before `item` is renewed: whose subject would be signed by whom, and who
    /// else writes where it lies.
    fn question(&mut self, task: RenewalTask<'_>, index: ItemIndex, authority: &RenewalAuthority) {
        let Some(item) = task.item(index) else { return };
        let by = task.item(authority.item);
        let Some(doubt) = doubt::of_whole(task.inventory, index, item, task.moment()) else {
            for writer in item.writers.iter().flat_map(|writers| writers.iter()) {
                self.notes.tell(format!(
                    "{} can write {}, which {} concerns",
                    writer.who, writer.path, item.id
                ));
            }
            return;
        };
        let (Some(old), Some(by)) = (item.certificate(), by) else {
            self.notes
                .say(Weight::Breaks, format!("{}: {doubt}", item.id));
            return;
        };
        let details = old.details();
        let subject = printable(&details.subject.to_rfc4514()).into_owned();
        let text = format!(
            "{}: {doubt}. {subject:?} would be signed by {}",
            item.id, by.id
        );
        self.notes.say(Weight::Breaks, text);
        if doubt::gives_rights(by, &details.subject, &details.extended_key_usage) {
            self.notes.confirm(item.id.to_string());
        }
    }

    fn renewal(
        &mut self,
        task: RenewalTask<'_>,
        first: ItemIndex,
        items: &[ItemIndex],
    ) -> Result<Renewal, String> {
        let RenewalTask {
            inventory, request, ..
        } = task;
        let item = inventory.item(first).ok_or("it is not there any more")?;
        let authority = due::renewable(
            inventory,
            first,
            item,
            select::successors(request),
            task.moment(),
        )?;
        if request.keep_key {
            if item.key.matches != Some(true) {
                return Err(
                    "its private key is not here or not its own, so it cannot be kept".to_owned(),
                );
            }
        } else if let Some(why) = task
            .items(items)
            .find_map(|item| due::signs_tokens(inventory, item))
        {
            return Err(format!(
                "its key is also a service account key ({why}): with a new one every token would be refused; renew it \
                 with the key kept (--keep-key)"
            ));
        }
        if let (Some(path), KeyState::Encrypted, false) =
            (&item.key.path, item.key.state, request.keep_key)
        {
            self.notes.warn(format!(
                "{path} is encrypted: the new key is not, nothing of Kubernetes could read it"
            ));
        }
        if let Some(text) = &authority.instead {
            self.notes.warn(text.clone());
        } else if let Some(text) = super::authority::unwanted(inventory, item, authority.item) {
            self.notes
                .warn(format!("{text}: \"to today's specification\" changes that"));
        }
        for at in items {
            self.question(task, *at, &authority);
        }
        Ok(Renewal {
            items: items.to_vec(),
            authority,
            key: None,
        })
    }

    fn leave(&mut self, left: Left) {
        if self.left.insert(left.clone()) {
            self.left_alone.push(left);
        }
    }

    /// What lies in a folder in which somebody else could lead the change elsewhere, and does,
    /// keeps nothing else from being renewed.
    ///
    /// # Errors
    /// As [`Outline::of`].
    pub(super) fn leave_exposed(
        &mut self,
        task: RenewalTask<'_>,
        materials: &mut Materials,
    ) -> Result<(), PlanError> {
        for renewal in &mut self.renewals {
            renewal.items.retain(|at| {
                let Some(item) = task.item(*at).filter(|item| item.writers.is_some()) else {
                    return true;
                };
                let exposed = |path: &str| materials.files.get(path)?.exposed.clone();
                let Some(why) = exposed(&item.path).or_else(|| exposed(item.key.path.as_deref()?))
                else {
                    return true;
                };
                self.left_alone
                    .push(staying::left(task.inventory, *at, item, task.moment(), why));
                if copies::is_users(item) {
                    materials.files.remove(&*item.path);
                }
                false
            });
        }
        self.renewals.retain(|renewal| !renewal.items.is_empty());
        self.refuse_nothing(task)
    }

    /// A key file of two certificates can be changed only with both.
    fn drop_shared_keys(&mut self, inventory: &Inventory, moment: OffsetDateTime) {
        let sharers = due::key_sharers(inventory);
        let mut renewed: HashSet<ItemIndex> = self
            .renewals
            .iter()
            .flat_map(|renewal| renewal.items.iter().copied())
            .collect();
        loop {
            let conflict = self.renewals.iter().enumerate().find_map(|(at, renewal)| {
                let paths = renewal.key_files(inventory);
                let other = |path: &Arc<str>| {
                    let other = sharers
                        .get(&**path)?
                        .iter()
                        .find(|index| !renewed.contains(index))?;
                    Some((at, Arc::clone(path), inventory.item(*other)?))
                };
                paths.iter().find_map(other)
            });
            let Some((at, path, other)) = conflict else {
                return;
            };
            let why = format!(
                "its key {path} is also that of {}, which is not renewed: renew both, or keep the key (--keep-key)",
                other.id
            );
            let dropped = self.renewals.remove(at);
            renewed.retain(|index| !dropped.items.contains(index));
            if let Some((index, item)) = dropped
                .items
                .first()
                .and_then(|at| Some((*at, inventory.item(*at)?)))
            {
                self.leave(staying::left(inventory, index, item, moment, why));
            }
        }
    }

    /// Every renewal gets a key; those of one key file share it.
    fn give_keys(&mut self, task: RenewalTask<'_>) {
        let mut of_file: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        for renewal in &mut self.renewals {
            let files = renewal.key_files(task.inventory);
            let slot = files
                .iter()
                .find_map(|path| of_file.get(path).copied())
                .unwrap_or_else(|| {
                    let item = task.items(&renewal.items).next();
                    self.new_keys
                        .push(algorithm(item, task.request, &mut self.notes));
                    self.new_keys.len() - 1
                });
            of_file.extend(files.into_iter().map(|path| (path, slot)));
            renewal.key = Some(slot);
        }
    }

    /// What must be read and made.
    pub(super) fn needs(&self, inventory: &Inventory, moment: OffsetDateTime) -> Needs {
        let mut needs = Needs {
            new_keys: self.new_keys.clone(),
            ..Needs::default()
        };
        let (mut files, mut known): (Vec<String>, HashSet<String>) = Default::default();
        for renewal in &self.renewals {
            files.push(renewal.authority.key_path.to_string());
            files.extend(
                inventory
                    .item(renewal.authority.item)
                    .map(|item| item.path.to_string()),
            );
            for item in renewal.items.iter().filter_map(|at| inventory.item(*at)) {
                files.push(item.path.to_string());
                files.extend(item.key.path.as_ref().map(ToString::to_string));
                if let Some(store) = kubelet::store_of(&item.path) {
                    needs.links.push(item.path.to_string());
                    files.push(kubelet::dated_path(store, moment));
                }
            }
            let users = select::kubeconfigs_of(inventory, &renewal.items);
            files.extend(
                users
                    .iter()
                    .map(|(kubeconfig, _)| kubeconfig.path.to_string()),
            );
        }
        for (from, to) in &self.pointers {
            files.extend(
                [from, to]
                    .into_iter()
                    .filter_map(|at| inventory.item(*at))
                    .map(|item| item.path.to_string()),
            );
        }
        files.retain(|path| known.insert(path.clone()));
        needs.files = files;
        needs
    }
}
