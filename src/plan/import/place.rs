//! Each answer in its place, once it is what was asked for.

use time::OffsetDateTime;

use super::answers::{Answers, shown};
use super::pair::{LeafWithKey, PlacedAuthorities, holds};
use super::places::Places;
use super::waiting::{self, Waiting};
use super::writing::Writing;
use super::{checks, warnings};
use crate::inventory::{Inventory, Item};
use crate::kubernetes::component::Component;
use crate::pki::Certificate;
use crate::pki::text::printable;
use crate::plan::{Change, Materials, Plan, PlanContext, PlanError, restart};
use crate::record::{IssueSummary, KeyChange, Left, PlanKind, PlanSummary, Reason};

/// Why an import is looked at first.
const SIGNED_ELSEWHERE: &str = "somebody else's CA has issued them";

/// Everything that was placed.
#[derive(Debug, Default)]
pub(super) struct PlacedImport {
    changes: Vec<Change>,
    issues: Vec<IssueSummary>,
    left_alone: Vec<Left>,
    warnings: Vec<String>,
    commands: Vec<String>,
}

/// Finds the place of each certificate.
pub(super) fn place(
    places: &Places<'_>,
    materials: &Materials,
    answers: &Answers,
    waiting: &[Waiting],
    moment: OffsetDateTime,
) -> Result<PlacedImport, PlanError> {
    let mut done = PlacedImport::default();
    let mut faults = checks::authorities_for_leafs(answers, waiting);
    let mut authorities = PlacedAuthorities::new();
    let mut pairs: Vec<LeafWithKey<'_>> = Vec::new();
    // A CA below another one is an answer too, where one was asked for.
    let asked = answers.authorities.iter().filter(|answer| {
        let key = answer.certificate.spki_sha256();
        let mut all = waiting.iter();
        all.any(|one| one.asks_for_authority() && one.spki_sha256 == *key)
    });
    for answer in answers.leaves.iter().chain(asked) {
        let mut mine = waiting
            .iter()
            .filter(|one| one.spki_sha256 == *answer.certificate.spki_sha256())
            .peekable();
        if mine.peek().is_none() {
            let why =
                "no key here belongs to it: it is for another machine, or for another request";
            done.left_alone.push(Left::new(shown(answer), why));
        }
        for waiting in mine {
            let mut wrong = checks::differences(&answer.certificate, waiting, moment);
            let (chain, unsigned) = checks::chain(
                places,
                materials,
                answers,
                (&answer.certificate, waiting),
                moment,
            );
            wrong.extend(unsigned);
            wrong.extend(trust(places, materials, waiting, &chain, &mut authorities));
            faults.extend(
                wrong.into_iter().map(|why| {
                    format!("{} for {}: {why}", shown(answer), printable(&waiting.path))
                }),
            );
            pairs.push(LeafWithKey {
                answer,
                waiting,
                chain,
            });
        }
    }
    twice(&pairs, &mut faults);
    if !faults.is_empty() {
        let refused =
            PlanError::refused("nothing is placed, for not all answers are what was asked for");
        return Err(faults.into_iter().fold(refused, PlanError::because));
    }
    done.unused(answers, &pairs, &authorities);
    if pairs.is_empty() {
        return Err(no_answer(&done.left_alone));
    }
    done.waiting(waiting, &pairs);
    done.warnings = warnings::all(places, materials, &pairs, &authorities);
    done.write(places, materials, &pairs, &authorities)?;
    Ok(done)
}

/// Why nothing of what was given is placed.
fn no_answer(left_alone: &[Left]) -> PlanError {
    let refused = PlanError::refused("nothing that was given is an answer to what waits here");
    left_alone
        .iter()
        .map(|left| format!("{}: {}", left.what, left.why))
        .fold(refused, PlanError::because)
}

/// Puts the CA where the readers of the certificate look for it: why that cannot be, a sentence's
/// end each.
fn trust(
    places: &Places<'_>,
    materials: &Materials,
    waiting: &Waiting,
    chain: &[Certificate],
    authorities: &mut PlacedAuthorities,
) -> Vec<String> {
    let Some(signer) = chain.first() else {
        return Vec::new();
    };
    let mut wrong = Vec::new();
    for path in waiting
        .authorities
        .iter()
        .filter_map(|id| places.authority(*id))
    {
        let known = waiting::certificates(materials, &path);
        match authorities.get(&path) {
            _ if holds(&known, signer) => {}
            Some(other) if holds(other, signer) => {}
            None if known.is_empty() => {
                authorities.insert(path, chain.to_vec());
            }
            _ => wrong.push(format!(
                "{} has or gets another CA, by which it would not be verified",
                printable(&path)
            )),
        }
    }
    wrong
}

/// Two certificates for one key.
fn twice(pairs: &[LeafWithKey<'_>], faults: &mut Vec<String>) {
    for (at, pair) in pairs.iter().enumerate() {
        let is_same = |other: &&LeafWithKey<'_>| {
            other.waiting.path == pair.waiting.path
                && other.waiting.spki_sha256 == pair.waiting.spki_sha256
        };
        if let Some(other) = pairs[..at].iter().find(is_same) {
            let path = printable(&pair.waiting.path);
            faults.push(format!(
                "{} and {} are both for {path}",
                shown(other.answer),
                shown(pair.answer)
            ));
        }
    }
}

impl PlacedImport {
    /// What was sent and is of no use here.
    fn unused(
        &mut self,
        answers: &Answers,
        pairs: &[LeafWithKey<'_>],
        authorities: &PlacedAuthorities,
    ) {
        for answer in &answers.authorities {
            let is_placed = authorities
                .values()
                .any(|chain| holds(chain, &answer.certificate));
            let is_known = pairs.iter().any(|pair| {
                holds(&pair.chain, &answer.certificate)
                    || pair.answer.certificate.sha256() == answer.certificate.sha256()
            });
            if !is_placed && !is_known {
                self.left_alone.push(Left::new(
                    shown(answer),
                    "this CA has signed nothing that is placed here",
                ));
            }
        }
    }

    /// What still waits.
    fn waiting(&mut self, waiting: &[Waiting], pairs: &[LeafWithKey<'_>]) {
        for one in waiting.iter().filter(|one| one.is_bare) {
            if !pairs.iter().any(|pair| pair.waiting.path == one.path) {
                self.left_alone.push(Left::new(
                    &one.path,
                    "its key still waits for a certificate",
                ));
            }
        }
    }

    fn write(
        &mut self,
        places: &Places<'_>,
        materials: &Materials,
        pairs: &[LeafWithKey<'_>],
        authorities: &PlacedAuthorities,
    ) -> Result<(), PlanError> {
        let mut writing = Writing::begin(places, materials, authorities)?;
        for pair in pairs {
            writing.add(pair)?;
        }
        (self.changes, self.commands) = writing.finish()?;
        let is_written = |issue: &IssueSummary| {
            self.changes
                .iter()
                .any(|change| issue.paths.contains(&change.path))
        };
        let issues = pairs.iter().map(|pair| issue(places.inventory, pair));
        let (issues, known): (Vec<_>, Vec<_>) = issues.partition(is_written);
        self.issues = issues;
        self.left_alone.extend(
            known
                .into_iter()
                .map(|issue| Left::new(issue.id, "this certificate is in its place already")),
        );
        Ok(())
    }

    /// The plan, as it is shown.
    pub(super) fn into_plan(
        self,
        inventory: &Inventory,
        materials: &Materials,
        context: PlanContext<'_>,
    ) -> Plan {
        let Self {
            changes,
            issues,
            left_alone,
            mut warnings,
            commands,
        } = self;
        let is_changed = |path: &str| changes.iter().any(|change| change.path == path);
        let touched: Vec<&Item> = inventory
            .items
            .iter()
            .filter(|item| is_changed(&item.path) && item.content.is_ok())
            .collect();
        let is_dead = |item: &Item| {
            item.certificate()
                .is_none_or(|old| old.not_after() < context.moment)
        };
        let restarts = restart::of(inventory, &touched, is_dead);
        if !changes.is_empty() {
            warnings.push(
                "the requests stay where they are: they do no harm, and serve again for the next certificate"
                    .to_owned(),
            );
        }
        let made_from = materials.unchanged(&changes);
        let summary = PlanSummary {
            title: title(&issues),
            changes: changes.iter().map(Change::to_summary).collect(),
            issues,
            restarts,
            warnings,
            left_alone,
            commands,
            kind: Some(PlanKind::Import),
            asks: if changes.is_empty() {
                Vec::new()
            } else {
                vec![Reason::Look(SIGNED_ELSEWHERE.to_owned())]
            },
            ..PlanSummary::default()
        };
        Plan {
            summary,
            changes,
            made_from,
            undoes: None,
            moment: context.moment,
        }
    }
}

fn title(issues: &[IssueSummary]) -> String {
    match issues {
        [] => "No certificate is placed".to_owned(),
        [one] => format!("Import {}", one.id),
        many => format!("Import {} certificates", many.len()),
    }
}

fn issue(inventory: &Inventory, pair: &LeafWithKey<'_>) -> IssueSummary {
    let waiting = pair.waiting;
    let role = waiting.roles.first().map(|role| role.name.to_owned());
    let named = role.or_else(|| waiting.name.clone());
    let id = named.unwrap_or_else(|| waiting.path.clone());
    let mut programs: Vec<Component> = Vec::new();
    for reader in waiting.roles.iter().flat_map(|role| role.readers) {
        if !programs.contains(&reader.component) {
            programs.push(reader.component);
        }
    }
    let old = inventory
        .items
        .iter()
        .find(|item| *item.path == *waiting.path);
    let authority = pair
        .chain
        .first()
        .and_then(|issuer| issuer.common_name().map(str::to_owned));
    let mut paths = vec![waiting.path.clone()];
    paths.extend((waiting.key_path != waiting.path).then(|| waiting.key_path.clone()));
    IssueSummary {
        id,
        roles: waiting
            .roles
            .iter()
            .map(|role| role.name.to_owned())
            .collect(),
        node: None,
        programs,
        authority: authority.unwrap_or_default(),
        paths,
        copies: Vec::new(),
        before: old.and_then(|item| item.certificate().cloned()),
        after: pair.answer.certificate.clone(),
        key: KeyChange::Kept,
    }
}
