//! What kind of plan one is.

use serde::{Deserialize, Serialize};

/// What a plan is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanKind {
    /// Certificates are renewed.
    Renew,
    /// A cluster is set up, or grows by a node.
    Setup,
    /// What somebody else's CA has issued is put in its place.
    Import,
    /// What lets nodes join is made or ended.
    Bootstrap,
    /// A certificate that did not exist before is made, or a request for one.
    Issue,
    /// Requests are signed, denied or taken away.
    Decide,
    /// What requests are judged by is confirmed.
    Confirm,
    /// Old files of operations are dropped.
    Prune,
    /// An operation is taken back: the title of that.
    Undo(String),
    /// An operation that was taken back is done again: its title.
    Redo(String),
}

impl PlanKind {
    /// The title of a plan that takes back or does again.
    pub fn title(&self) -> Option<String> {
        match self {
            Self::Undo(first) => Some(format!("Undo: {first}")),
            Self::Redo(first) => Some(format!("Redo: {first}")),
            Self::Renew
            | Self::Setup
            | Self::Import
            | Self::Bootstrap
            | Self::Issue
            | Self::Decide
            | Self::Confirm
            | Self::Prune => None,
        }
    }

    /// What an operation of this title was that took back another: journals of earlier releases say
    /// it by their title alone. No other place reads a title.
    pub(super) fn of_title(title: &str) -> Self {
        match (title.strip_prefix("Undo: "), title.strip_prefix("Redo: ")) {
            (Some(first), _) => Self::Undo(first.to_owned()),
            (None, Some(first)) => Self::Redo(first.to_owned()),
            (None, None) => Self::Undo(title.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Operation, PlanSummary, Reason};

    fn operation(plan: PlanSummary, undoes: Option<&str>) -> Operation {
        Operation {
            plan,
            undoes: undoes.map(str::to_owned),
            ..Operation::empty("20261122T031205Z-4f2a9c")
        }
    }

    fn plan(title: &str, kind: Option<PlanKind>) -> PlanSummary {
        PlanSummary {
            title: title.to_owned(),
            kind,
            ..PlanSummary::default()
        }
    }

    #[test]
    fn what_takes_an_undo_back_does_the_first_again_whatever_titles_say() {
        let (undo, redo) = (
            |of: &str| PlanKind::Undo(of.to_owned()),
            |of: &str| PlanKind::Redo(of.to_owned()),
        );
        let id = Some("20261122T031205Z-000000");
        for (title, kind, undoes, expected) in [
            ("Renew a", Some(PlanKind::Renew), None, undo("Renew a")),
            ("Undo: Renew a", Some(undo("Renew a")), id, redo("Renew a")),
            ("Redo: Renew a", Some(redo("Renew a")), id, undo("Renew a")),
            // A file may be called so.
            ("Undo: x", Some(PlanKind::Renew), None, undo("Undo: x")),
            // Earlier releases wrote no kind.
            ("Renew a", None, None, undo("Renew a")),
            ("Undo: x", None, None, undo("Undo: x")),
            ("Undo: Renew a", None, id, redo("Renew a")),
            ("Redo: Renew a", None, id, undo("Renew a")),
        ] {
            assert_eq!(
                operation(plan(title, kind), undoes).undone_as(),
                expected,
                "{title}"
            );
        }
    }

    #[test]
    fn what_earlier_releases_wrote_is_read() {
        let old = r#"{"title": "Renew a", "changes": [], "issues": [], "restarts": [], "warnings": ["the clock; is it right?"],
            "leaves": [], "commands": ["kubectl apply -f /a", "chmod 600 /c", "kubectl apply -f \"$root\"'/my b'"], "ask": ASK}"#;
        let read = |ask: &str| {
            serde_json::from_str::<PlanSummary>(&old.replace("ASK", ask)).expect("it is read")
        };
        assert_eq!((read("null").asks, read("null").kind), (Vec::new(), None));
        assert_eq!(read("null").handed_over(), ["/a", "/my b"]);
        let asked = read("\"the clock; is it right?; the key is kept\"");
        assert_eq!(
            asked.asks,
            [Reason::Look(
                "the clock; is it right?; the key is kept".to_owned()
            )]
        );
        let written_out = read(r#"[{"warning": "the clock; is it right?"}, {"look": "c"}]"#);
        assert_eq!(
            written_out.ask().as_deref(),
            Some("the clock; is it right?; c")
        );
        let new = PlanSummary {
            kind: Some(PlanKind::Undo("Renew a".to_owned())),
            asks: vec![Reason::Warning(0), Reason::Look("c".to_owned())],
            ..asked
        };
        let text = serde_json::to_string(&new).expect("it is written");
        assert_eq!(
            serde_json::from_str::<PlanSummary>(&text).expect("it is read"),
            new
        );
        assert_eq!(new.ask().as_deref(), Some("the clock; is it right?; c"));
        let mut warned = new;
        warned.warn_first("it cannot be done".to_owned());
        assert_eq!(warned.ask().as_deref(), Some("the clock; is it right?; c"));
    }
}
