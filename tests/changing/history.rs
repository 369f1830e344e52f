//! What was done is remembered in plain files; the database beside them is an index that may go.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use kubepki::engine::change::{FailureKind, Verification, Verified};
use kubepki::plan::Request;
use kubepki::progress::silent;
use kubepki::record::{History, OperationState};

use crate::support::changer::{KEY, apply, busy, changer, operations, prepare, undo};
use crate::support::plan::{self, Master, file, fresh};
use crate::support::{self, record};

fn index(master: &Master) -> PathBuf {
    master.state.join("index.db")
}

/// What the database itself says, asked by a program that is not kubepki.
fn rows(python: &Path, database: &Path) -> String {
    let script = "import sqlite3, sys\n\
        for row in sqlite3.connect(sys.argv[1]).execute('SELECT title, state FROM operations ORDER BY started_at'): print(*row)";
    support::succeed(python, &["-c", script, support::text(database)])
}

#[test]
fn the_index_is_made_again_when_it_is_gone_damaged_or_behind() {
    let (_folder, master, history) = busy();
    let changer = changer(&master);
    let python = support::tool("python3");
    let expected =
        "A plan made by hand done\nA plan made by hand undone\nUndo: A plan made by hand done\n";
    let is_whole = || {
        assert_eq!(operations(&changer), history);
        if let Some(python) = &python {
            assert_eq!(rows(python, &index(&master)), expected);
        }
        assert_eq!(
            index(&master)
                .metadata()
                .expect("it is there")
                .permissions()
                .mode()
                & 0o777,
            0o600
        );
    };
    is_whole();
    fs::remove_file(index(&master)).expect("removed");
    is_whole();
    fs::write(
        index(&master),
        "no database at all, and longer than a header of SQLite would be: ".repeat(20),
    )
    .expect("written");
    is_whole();
    assert!(
        index(&master).with_extension("db.damaged").exists(),
        "what was damaged is moved aside"
    );
    fs::write(index(&master), "").expect("written");
    is_whole();
    // An operation that went with its folder goes from the index too.
    fs::remove_dir_all(master.state.join("operations").join(&history[0].id)).expect("removed");
    assert_eq!(operations(&changer).len(), 2);
    // A journal that changed is read again.
    let journal = master
        .state
        .join("operations")
        .join(&history[2].id)
        .join("journal.json");
    let text = fs::read_to_string(&journal)
        .expect("a journal")
        .replace("A plan made by hand", "Another title");
    fs::write(&journal, record::sealed(&text)).expect("written");
    assert_eq!(operations(&changer)[1].plan.title, "Another title");
}

#[test]
fn reading_makes_nothing_and_read_only_writes_nothing() {
    let (_folder, master) = fresh();
    let reader = changer(&master);
    let records = reader.records();
    assert_eq!(records.history(), Ok(History::default()));
    assert_eq!(records.unfinished(), Ok(Vec::new()));
    assert_eq!(records.verify(), Ok(Verification::default()));
    let nothing = undo(&reader, None).expect_err("nothing");
    assert_eq!(
        (nothing.kind, nothing.problem.what.as_str()),
        (FailureKind::Refused, "nothing is left to undo")
    );
    assert!(!master.state.exists());
    apply(&reader, master.plan());
    assert!(!index(&master).exists(), "it follows at the next reading");
    let found = plan::picture(&master.state.join("operations"));
    assert_eq!(
        changer(&master)
            .read_only(true)
            .records()
            .history()
            .expect("a history")
            .operations
            .len(),
        1
    );
    assert!(!index(&master).exists());
    assert_eq!(plan::picture(&master.state.join("operations")), found);
}

#[test]
fn operations_are_found_by_the_beginning_of_their_id() {
    let (_folder, master, history) = busy();
    let changer = changer(&master);
    assert_eq!(
        changer.records().operation(&history[0].id).as_ref(),
        Ok(&history[0])
    );
    assert_eq!(
        changer.records().operation(&history[1].id[..22]).as_ref(),
        Ok(&history[1])
    );
    let ambiguous = changer
        .records()
        .operation(&history[1].id[..4])
        .expect_err("ambiguous");
    assert_eq!(
        (&ambiguous.kind, ambiguous.problem.why.len()),
        (&FailureKind::Usage, 3)
    );
    for id in ["1999", "", "..", "x/y"] {
        assert_eq!(
            changer.records().operation(id).expect_err(id).kind,
            FailureKind::Usage,
            "{id}"
        );
    }
}

#[test]
fn a_damaged_journal_is_named_and_holds_up_nothing_else() {
    let (_folder, master, history) = busy();
    let changer = changer(&master);
    let id = history[1].id.as_str();
    let journal = master
        .state
        .join("operations")
        .join(id)
        .join("journal.json");
    let whole = fs::read_to_string(&journal).expect("a journal");
    fs::write(&journal, &whole[..whole.len() / 2]).expect("written");
    assert_eq!(changer.records().unfinished(), Ok(Vec::new()));
    let named = changer.records().damaged();
    assert!(
        named.len() == 1 && named[0].contains(id) && named[0].contains("cannot be read"),
        "{named:?}"
    );
    assert_eq!(operations(&changer).len(), 2);
    // It may have been interrupted: what it left lies in the folder that is to be changed.
    let left = master.file(KEY).with_file_name(format!(".kubepki-{id}-0"));
    fs::write(&left, "a new key").expect("written");
    let another = || Master::plan_of(vec![master.change(KEY, None, file("fourth", 0o600))]);
    let plan = kubepki::plan::Plan {
        moment: time::OffsetDateTime::now_utc(),
        ..another()
    };
    let failure = changer.apply(&plan, &silent).expect_err("refused");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(
        failure.problem.what.contains(id) && failure.problem.hint.contains(".kubepki-"),
        "{failure:?}"
    );
    fs::remove_file(left).expect("removed");
    assert_eq!(apply(&changer, another()).state, OperationState::Done);
    let plan = prepare(&changer, &Request::Undo(None)).expect("a plan");
    assert!(
        plan.summary
            .warnings
            .iter()
            .any(|warning| warning.contains(id)),
        "{:?}",
        plan.summary.warnings
    );
}

#[test]
fn the_readme_of_an_operation_says_when_as_rfc_3339_does() {
    let (_folder, master, history) = busy();
    let readme = master
        .state
        .join("operations")
        .join(&history[0].id)
        .join("README");
    let readme = fs::read_to_string(readme).expect("a README");
    let when = readme
        .split_once("begun ")
        .and_then(|(_, rest)| rest.split_once(".\n"))
        .expect("a moment")
        .0;
    assert_eq!(
        (when.len(), when.as_bytes()[10], when.as_bytes()[19]),
        (20, b'T', b'Z'),
        "{when}"
    );
}

#[test]
fn verify_names_what_is_damaged() {
    let (_folder, master, history) = busy();
    let changer = changer(&master);
    let faults = || -> BTreeMap<String, Vec<String>> {
        let all = changer.records().verify().expect("verified");
        let index = all.index.map(|faults| Verified {
            id: "index.db".to_owned(),
            faults,
        });
        let all = all.operations.into_iter().chain(index);
        all.filter(|one| !one.faults.is_empty())
            .map(|one| (one.id, one.faults))
            .collect()
    };
    let all = changer.records().verify().expect("verified");
    assert_eq!(
        (all.operations.len(), all.index.is_some(), all.is_whole()),
        (3, true, true)
    );
    assert_eq!(faults(), BTreeMap::new());
    let own = |at: usize| master.state.join("operations").join(&history[at].id);
    let backup = fs::read_dir(own(2).join("before"))
        .expect("old files")
        .next()
        .expect("one")
        .expect("one")
        .path();
    fs::write(&backup, "damaged").expect("written");
    fs::remove_dir_all(own(1).join("before")).expect("removed");
    fs::write(own(0).join("journal.json"), "{").expect("written");
    let found = faults();
    let of = |at: usize| found[&history[at].id][0].as_str();
    assert_eq!(
        of(2),
        format!("the old file of {KEY} is not what it was when it was put aside")
    );
    assert!(
        of(1).starts_with(&format!("the old file of {KEY} ")),
        "{found:?}"
    );
    assert!(
        of(0).starts_with("its journal cannot be read: "),
        "{found:?}"
    );
    assert_eq!(found.len(), 3);
}

#[test]
fn who_did_it_is_written_down() {
    let (_folder, master, _) = busy();
    let name = support::tool("id").map(|id| support::succeed(&id, &["-un"]).trim().to_owned());
    let history = operations(&changer(&master));
    if let Some(name) = name {
        assert!(
            history.iter().all(|operation| operation.by.user == name),
            "{:?}",
            history[0].by
        );
    }
}
