use time::macros::datetime;

use super::*;

fn operation(
    id: &str,
    state: OperationState,
    undoes: Option<&str>,
    undone_by: Option<&str>,
) -> Operation {
    let [undoes, undone_by] = [undoes, undone_by].map(|id| id.map(str::to_owned));
    Operation {
        state,
        undoes,
        undone_by,
        ..Operation::empty(id)
    }
}

#[test]
fn what_was_done_last_is_told_by_the_name_and_not_by_the_clock() {
    let at = |id: &str, started_at| Operation {
        started_at,
        ..operation(id, OperationState::Done, None, None)
    };
    let (now, before) = (
        datetime!(2026-11-22 03:12:05 UTC),
        datetime!(2019-01-01 00:00 UTC),
    );
    let mut operations = [
        at("20261122T031205Z-f", now),
        at("20261122T031205Z-a", now + time::Duration::milliseconds(5)),
        at("20261122T031206Z-c", before),
        at("20261122T031204Z-d", now + time::Duration::days(9)),
    ];
    operations.sort_by(|a, b| order(b).cmp(&order(a)));
    assert_eq!(
        operations.map(|mut one| one.id.split_off(17)),
        ["c", "a", "f", "d"]
    );
}

#[test]
fn what_undid_may_itself_be_undone() {
    use OperationState::{Done, RolledBack, Undone};
    for (name, operations, expected) in [
        (
            "undone",
            vec![("b", Done, Some("a"), None), ("a", Undone, None, Some("b"))],
            vec![Done, Undone],
        ),
        (
            "a journal that does not know it",
            vec![("b", Done, Some("a"), None), ("a", Done, None, None)],
            vec![Done, Undone],
        ),
        (
            "done again",
            vec![
                ("c", Done, Some("b"), None),
                ("b", Undone, Some("a"), Some("c")),
                ("a", Undone, None, Some("b")),
            ],
            vec![Done, Undone, Done],
        ),
        (
            "a failed undo",
            vec![("b", RolledBack, Some("a"), None), ("a", Done, None, None)],
            vec![RolledBack, Done],
        ),
        (
            "what undid it is gone",
            vec![("a", Undone, None, Some("b"))],
            vec![Undone],
        ),
    ] {
        let mut history: Vec<Operation> = operations
            .into_iter()
            .map(|(id, state, undoes, by)| operation(id, state, undoes, by))
            .collect();
        mark_undone(&mut history);
        let states: Vec<OperationState> = history.iter().map(|operation| operation.state).collect();
        assert_eq!(states, expected, "{name}");
        let is_said =
            |operation: &Operation| operation.undone_by.is_some() == (operation.state == Undone);
        assert!(history.iter().all(is_said), "{name}: {history:?}");
    }
}
