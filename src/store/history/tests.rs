use time::macros::datetime;

use super::*;
use crate::record::{By, PlanSummary};

fn operation(id: &str, state: OperationState, undoes: Option<&str>, undone_by: Option<&str>) -> Operation {
    Operation {
        id: id.to_owned(),
        root: "/".to_owned(),
        plan: PlanSummary::default(),
        state,
        by: By::default(),
        started_at: datetime!(2026-11-22 03:12 UTC),
        ended_at: None,
        ended_since_boot: None,
        error: None,
        restarts: Vec::new(),
        undoes: undoes.map(str::to_owned),
        undone_by: undone_by.map(str::to_owned),
    }
}

#[test]
fn what_undid_may_itself_be_undone() {
    use OperationState::{Done, RolledBack, Undone};
    for (name, operations, expected) in [
        ("undone", vec![("b", Done, Some("a"), None), ("a", Undone, None, Some("b"))], vec![Done, Undone]),
        (
            "a journal that does not know it",
            vec![("b", Done, Some("a"), None), ("a", Done, None, None)],
            vec![Done, Undone],
        ),
        (
            "done again",
            vec![("c", Done, Some("b"), None), ("b", Undone, Some("a"), Some("c")), ("a", Undone, None, Some("b"))],
            vec![Done, Undone, Done],
        ),
        ("a failed undo", vec![("b", RolledBack, Some("a"), None), ("a", Done, None, None)], vec![RolledBack, Done]),
        ("what undid it is gone", vec![("a", Undone, None, Some("b"))], vec![Undone]),
    ] {
        let mut history: Vec<Operation> =
            operations.into_iter().map(|(id, state, undoes, by)| operation(id, state, undoes, by)).collect();
        mark_undone(&mut history);
        let states: Vec<OperationState> = history.iter().map(|operation| operation.state).collect();
        assert_eq!(states, expected, "{name}");
        let is_said = |operation: &Operation| operation.undone_by.is_some() == (operation.state == Undone);
        assert!(history.iter().all(is_said), "{name}: {history:?}");
    }
}
