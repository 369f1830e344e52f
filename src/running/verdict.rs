//! What must be done with a component, and the sentence that says why.

use time::OffsetDateTime;

use super::comparison::{Comparison, Opinion, seen};
use super::dates::{death, is_alive};
use super::signer::Signer;
use super::{ComponentStatus, Remedy, SeenOnPort, Silence, StaleFile};
use crate::inventory::process::Process;
use crate::inventory::{Item, KeyState};
use crate::kubernetes::component::Component;
use crate::pki::Certificate;
use crate::pki::moment::{second, span};
use crate::pki::text::{file_name, short_serial};
use crate::pki::trust::Distrust;

/// A component as it runs.
pub(super) struct RunningComponent<'a> {
    pub(super) component: Component,
    pub(super) process: Option<&'a Process>,
    /// The one whose start tells what it holds.
    pub(super) telling: Option<&'a Process>,
    /// The files that it holds as they were.
    pub(super) stale: Vec<StaleFile>,
    /// Whether anybody looked for processes.
    pub(super) was_looked_for: bool,
    /// Where it is said why it does not run: a command.
    pub(super) log: String,
}

impl RunningComponent<'_> {
    /// A component that serves nothing: only its start says what it holds.
    pub(super) fn without_port(&self) -> ComponentStatus {
        let (remedy, why) = self
            .by_start()
            .unwrap_or_else(|| (Remedy::Nothing, self.words()));
        ComponentStatus {
            name: self.component.as_str().into(),
            component: Some(self.component),
            port: None,
            on_disk: None,
            served: SeenOnPort::NotAsked,
            trusted: Vec::new(),
            process: self.process.cloned(),
            telling: self.telling.cloned(),
            stale: self.stale.clone(),
            remedy,
            why,
        }
    }

    /// What follows from its start against its files.
    fn by_start(&self) -> Option<(Remedy, String)> {
        let (process, first) = (self.process?, self.stale.first()?);
        let others = match self.stale.len() - 1 {
            0 => String::new(),
            1 => " and another file".to_owned(),
            others => format!(" and {others} other files"),
        };
        let (file, changed) = (file_name(&first.path), second(first.changed_at));
        let began = second(process.started_at);
        Some((
            Remedy::Restart,
            format!("{file} changed at {changed}{others}, after it started ({began})"),
        ))
    }

    /// Whether it runs, as far as was seen.
    fn words(&self) -> String {
        match self.process {
            Some(process) => format!(
                "none of its files changed after it started ({})",
                second(process.started_at)
            ),
            None if self.was_looked_for => "no process of it runs here".to_owned(),
            None => "whether it runs was not looked at".to_owned(),
        }
    }
}

impl Comparison<'_> {
    pub(super) fn status(self, running: &RunningComponent<'_>) -> ComponentStatus {
        let (remedy, why) = of(&self, running);
        let opinions = if self.served().is_some() {
            self.of_served
        } else {
            self.of_disk
        };
        ComponentStatus {
            name: self.port.rule.name.into(),
            component: Some(running.component),
            port: Some(self.port.number),
            on_disk: self.port.on_disk.first().copied(),
            served: match self.answer.map(|answer| &answer.result) {
                None => SeenOnPort::NotAsked,
                Some(Err(silence)) => SeenOnPort::Silent(silence.clone()),
                Some(Ok(served)) => seen(served, &self.items),
            },
            trusted: opinions
                .into_iter()
                .map(|opinion| opinion.trusted)
                .collect(),
            process: running.process.cloned(),
            telling: running.telling.cloned(),
            stale: running.stale.clone(),
            remedy,
            why,
        }
    }
}

/// The remedy for a port, and why.
pub(super) fn of(comparison: &Comparison<'_>, running: &RunningComponent<'_>) -> (Remedy, String) {
    let served = comparison.served();
    let is_other = comparison.is_on_disk() == Some(false);
    if let Some(fault) = fault_on_disk(comparison) {
        let still = served
            .filter(|_| is_other)
            .map(|one| format!("; it serves {}", with_time_left(one, comparison.moment)));
        return (Remedy::Replace, fault + &still.unwrap_or_default());
    }
    if let (Some(served), true) = (served, is_other) {
        let remedy = if is_anothers(comparison, running) {
            Remedy::Replace
        } else if comparison.may_reload() && running.stale.is_empty() {
            Remedy::Reload
        } else {
            Remedy::Restart
        };
        return (remedy, difference(comparison, served, remedy));
    }
    if let Some(by_start) = running.by_start() {
        return by_start;
    }
    match (served, comparison.item) {
        (Some(served), None) => of_its_own(comparison, served),
        (Some(served), Some(item)) if comparison.is_on_disk().is_none() => {
            let words = with_time_left(served, comparison.moment);
            (
                Remedy::Nothing,
                format!("serves {words}; {} could not be read", item.path),
            )
        }
        _ => (
            Remedy::Nothing,
            settled(comparison, running) + &distrusted(comparison),
        ),
    }
}

/// Whether another server answers: what it shows was never signed here, and the process, as far as
/// it was seen, cannot hold it from before.
fn is_anothers(comparison: &Comparison<'_>, running: &RunningComponent<'_>) -> bool {
    let changed_at = comparison.item.and_then(|item| item.changed_at);
    let holds = running
        .process
        .is_some_and(|process| changed_at.is_some_and(|at| at > process.started_at));
    matches!(comparison.signer, Signer::Stranger(_) | Signer::Itself) && !holds
}

/// Who trusts another CA than the one that signed what lies on the disk, rightly.
fn distrusted(comparison: &Comparison<'_>) -> String {
    let refused = refusal(&comparison.of_disk, |_| true);
    refused
        .map(|refused| format!("; another CA is trusted by {refused}"))
        .unwrap_or_default()
}

/// Why what lies on the disk must be replaced.
fn fault_on_disk(comparison: &Comparison<'_>) -> Option<String> {
    let item = comparison.item?;
    let name = file_name(&item.path);
    let certificate = match &item.content {
        Ok(certificate) => certificate,
        // What may not be looked at is no fault of the file.
        Err(fault) if fault.is_unread() => return None,
        Err(fault) => return Some(format!("{}: {fault}", item.path)),
    };
    if let Some(dead) = death(certificate, comparison.moment) {
        return Some(format!("{name} on the disk {dead}"));
    }
    if let Some(fault) = fault_of_key(item) {
        return Some(fault);
    }
    if let Some(refused) = refusal(&comparison.of_disk, |opinion| {
        !comparison.is_callers_fault(opinion)
    }) {
        return Some(format!("{name} on the disk is not taken by {refused}"));
    }
    let beside = comparison.dead_beside()?;
    let why = beside.content.as_ref().map_or_else(
        |fault| Some(fault.to_string()),
        |one| death(one, comparison.moment),
    );
    Some(format!(
        "{}, for other names, {}",
        file_name(&beside.path),
        why.unwrap_or_default()
    ))
}

pub(super) fn fault_of_key(item: &Item) -> Option<String> {
    let key = item.key.path.as_deref()?;
    if item.key.matches == Some(false) {
        return Some(format!("{key} is not the key of {}", file_name(&item.path)));
    }
    let is_unreadable = item.key.state == KeyState::Unreadable;
    is_unreadable.then(|| format!("{key} cannot be read as a private key"))
}

/// The first part of the master that refuses in a way that `is_meant`, how many others do, and why
/// it does.
fn refusal(opinions: &[Opinion], is_meant: impl Fn(&Opinion) -> bool) -> Option<String> {
    let refused = opinions
        .iter()
        .filter(|opinion| opinion.counts && is_meant(opinion));
    let mut refused = refused
        .filter_map(|opinion| Some((&opinion.trusted.who, opinion.trusted.answer.as_ref().err()?)));
    let (who, why) = refused.next()?;
    let others = match refused.count() {
        0 => String::new(),
        1 => " and another".to_owned(),
        others => format!(" and {others} others"),
    };
    Some(format!("{}{others}: {why}", file_name(who)))
}

fn difference(comparison: &Comparison<'_>, served: &Certificate, remedy: Remedy) -> String {
    let on_disk = comparison.item.and_then(Item::certificate);
    let on_disk = on_disk.map(|one| {
        format!(
            "; on the disk is {}",
            with_time_left(one, comparison.moment)
        )
    });
    let another = if remedy == Remedy::Replace {
        ": another server seems to answer"
    } else {
        ""
    };
    format!(
        "{}{another}{}",
        words_of(comparison, served),
        on_disk.unwrap_or_default()
    )
}

/// What is served, who signed it where that is no CA of this master, and who does not take it.
fn words_of(comparison: &Comparison<'_>, served: &Certificate) -> String {
    let signed = match &comparison.signer {
        Signer::Itself if comparison.port.rule.makes_its_own => ", which it made itself".to_owned(),
        Signer::Here => String::new(),
        signer => format!(", {}", signer.words()),
    };
    // Who signed it is said once.
    let is_told = |opinion: &Opinion| {
        let is_of_signer = matches!(
            opinion.distrust,
            Some(Distrust::UnknownAuthority { .. } | Distrust::OtherKey { .. })
        );
        is_of_signer && !signed.is_empty()
    };
    let refused = refusal(&comparison.of_served, |opinion| !is_told(opinion));
    let refused = refused
        .map(|refused| format!(", not taken by {refused}"))
        .unwrap_or_default();
    format!(
        "serves {}{signed}{refused}",
        with_time_left(served, comparison.moment)
    )
}

/// What a component made for itself it makes anew when it starts.
fn of_its_own(comparison: &Comparison<'_>, served: &Certificate) -> (Remedy, String) {
    let makes_its_own = comparison.port.rule.makes_its_own;
    let words = words_of(comparison, served);
    match comparison.signer {
        Signer::Stranger(_) => {
            return (
                Remedy::Replace,
                format!("{words}: another server seems to answer"),
            );
        }
        _ if !is_alive(served, comparison.moment) && makes_its_own => {
            return (Remedy::Restart, words);
        }
        _ if !is_alive(served, comparison.moment) => return (Remedy::Replace, words),
        Signer::Here | Signer::Itself | Signer::Namesake(_) => {}
    }
    let is_refused = comparison
        .of_served
        .iter()
        .any(|opinion| opinion.counts && opinion.distrust.is_some());
    (
        if is_refused {
            Remedy::Replace
        } else {
            Remedy::Nothing
        },
        words,
    )
}

/// Why nothing must be done, as far as was seen.
fn settled(comparison: &Comparison<'_>, running: &RunningComponent<'_>) -> String {
    let number = comparison.port.number;
    if let Some(served) = comparison.served() {
        return format!(
            "serves what is on the disk: {}",
            with_time_left(served, comparison.moment)
        );
    }
    if let (Some(silence), Some(address)) = (comparison.silence(), comparison.guess()) {
        return format!("{address}, which is a guess, for manifests could not be read: {silence}");
    }
    match (comparison.silence(), running.process) {
        (Some(Silence::Refused), None) if running.was_looked_for => {
            format!(
                "it does not run: nobody listens on port {number}; {} says more",
                running.log
            )
        }
        (Some(silence), Some(process)) => {
            let began = second(process.started_at);
            format!(
                "runs since {began}, yet port {number}: {silence}; {} says more",
                running.log
            )
        }
        (Some(silence), None) => format!("port {number}: {silence}"),
        (None, _) => format!("port {number} was not asked; {}", running.words()),
    }
}

/// As "4a5b…6c7d for 364 d".
fn with_time_left(certificate: &Certificate, moment: OffsetDateTime) -> String {
    let serial = certificate.details().serial_number;
    let short = short_serial(&serial);
    let words = death(certificate, moment);
    let still = || span(certificate.not_after() - moment);
    words.map_or_else(
        || format!("{short} for {}", still()),
        |death| format!("{short}, which {death}"),
    )
}
