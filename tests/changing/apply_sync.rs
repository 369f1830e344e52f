//! What is on the disk before what: the order of syncs and renames of one apply, as strace saw
//! them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kubepki::progress::silent;
use kubepki::record::OperationState;

use crate::support::child::{start, told};
use crate::support::plan::{ID, Master};
use crate::support::{text, tool};

const CHILD: &str = concat!(module_path!(), "::child");

/// Runs only as a child.
#[test]
fn child() {
    let Some((folder, _)) = told(CHILD) else {
        return;
    };
    let master = Master::at(Path::new(&folder));
    let operation = master.apply(&master.plan(), ID, &silent).expect("applied");
    assert_eq!(operation.state, OperationState::Done);
}

/// One call that is over: its name and the last part, or the last two, of each path that it names.
struct Call {
    name: String,
    line: String,
}

/// The calls in the order in which they ended; one that was begun and ended on two lines is put
/// together.
fn calls(log: &str) -> Vec<Call> {
    let mut begun: BTreeMap<&str, String> = BTreeMap::new();
    let mut calls = Vec::new();
    for line in log.lines() {
        let Some((process, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(process, start.to_owned());
            continue;
        }
        let whole = match rest
            .strip_prefix("<... ")
            .and_then(|resumed| resumed.split_once(" resumed>"))
        {
            Some((_, end)) => begun.remove(process).expect("it was begun") + end,
            None => rest.to_owned(),
        };
        let Some((name, _)) = whole.split_once('(') else {
            continue;
        };
        // A folder that was made already is asked for once more.
        assert!(
            whole.contains(" = 0") || whole.contains("EEXIST") && name == "mkdirat",
            "{whole}"
        );
        calls.push(Call {
            name: name.to_owned(),
            line: whole,
        });
    }
    calls
}

struct Order(Vec<Call>);

impl Order {
    /// Where the call `name` about `path` ended, the first or last of them.
    fn all(&self, name: &str, path: &str) -> Vec<usize> {
        let fits = |call: &Call| call.name == name && call.line.contains(path);
        let found: Vec<usize> = self
            .0
            .iter()
            .enumerate()
            .filter(|(_, call)| fits(call))
            .map(|(at, _)| at)
            .collect();
        assert!(!found.is_empty(), "no {name} of {path}");
        found
    }

    fn first(&self, name: &str, path: &str) -> usize {
        self.all(name, path)[0]
    }

    fn last(&self, name: &str, path: &str) -> usize {
        *self.all(name, path).last().expect("one")
    }
}

#[test]
fn everything_is_on_the_disk_before_what_relies_on_it() {
    let Some(strace) = tool("strace") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let master = Master::make(folder.path());
    let log = folder.path().join("log");
    let trace = "trace=fsync,fdatasync,renameat,renameat2,unlinkat,symlinkat,mkdirat";
    let wrapper = [
        text(&strace),
        "-f",
        "-y",
        "-s",
        "300",
        "-e",
        "signal=none",
        "-e",
        trace,
        "-o",
        text(&log),
    ];
    let output = start(&wrapper, CHILD, folder.path(), "apply");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let order = Order(calls(&fs::read_to_string(&log).expect("a log")));
    let journals = order.all("renameat", "journal.json.new");
    let [prepared, committing, done] = journals[..] else {
        panic!("{} journals", journals.len())
    };
    let listed = old_files_first(&order, text(&master.state), prepared);
    new_files_before_the_point_of_no_return(&order, text(&master.root), listed, committing);
    swapped_in_order(
        &order,
        text(&master.root),
        text(&master.state),
        committing,
        done,
    );
}

/// Old files, README and journal, their folders: on the disk before a temporary file has a name.
fn old_files_first(order: &Order, state: &str, prepared: usize) -> usize {
    let operation = format!("{state}/operations/{ID}");
    for kept in ["002-a.key", "003-a.crt", "004-gone.crt", "005-open.key"] {
        assert!(
            order.first("fsync", &format!("{operation}/before/{kept}>")) < prepared,
            "{kept}"
        );
    }
    assert!(order.first("fsync", &format!("{operation}/before>")) < prepared);
    assert!(order.first("fsync", &format!("{operation}/README>")) < prepared);
    assert!(order.first("fsync", &format!("{operation}/journal.json.new>")) < prepared);
    let named = order.first("fsync", &format!("{operation}>"));
    let listed = order.first("fsync", &format!("{state}/operations>"));
    assert!(prepared < named && prepared < listed);
    let listed = listed.max(named);
    assert!(
        listed < order.first("mkdirat", "\"extra\"")
            && listed < order.first("symlinkat", ".kubepki-")
    );
    listed
}

/// The folders in which names change.
fn folders(root: &str) -> [String; 3] {
    let pki = format!("{root}/etc/kubernetes/pki");
    [
        format!("{pki}>"),
        format!("{pki}/extra>"),
        format!("{root}/var/lib/kubelet/pki>"),
    ]
}

fn new_files_before_the_point_of_no_return(
    order: &Order,
    root: &str,
    listed: usize,
    committing: usize,
) {
    for (folder, number) in [
        ("etc/kubernetes/pki/extra", 1),
        ("etc/kubernetes/pki", 2),
        ("var/lib/kubelet/pki", 6),
    ] {
        let synced = order.first("fsync", &format!("{root}/{folder}/.kubepki-{ID}-{number}>"));
        assert!(listed < synced && synced < committing, "{folder}");
    }
    for folder in folders(root) {
        let at = order.first("fsync", &folder);
        assert!(
            order.first("symlinkat", ".kubepki-") < at && at < committing,
            "{folder}"
        );
    }
}

fn swapped_in_order(order: &Order, root: &str, state: &str, committing: usize, done: usize) {
    let syncs = order.all("fsync", &format!("{state}/operations/{ID}>"));
    let first_swap = order.first("renameat2", ".kubepki-");
    assert!(syncs.iter().any(|at| committing < *at && *at < first_swap));
    // Key, then its certificate; removals last.
    assert!(order.first("renameat2", "\"a.key\"") < order.first("renameat2", "\"a.crt\""));
    let removed = order.first("unlinkat", "\"gone.crt\"");
    assert!(order.last("renameat2", ".kubepki-") < removed);
    // All names before the journal says that it is done, and that before anybody is told.
    for folder in folders(root) {
        let at = order.last("fsync", &folder);
        assert!(removed < at && at < done, "{folder}");
    }
    assert!(done < order.last("fsync", &format!("{state}/operations/{ID}>")));
    // New names only where nothing is.
    let fresh = "RENAME_NOREPLACE";
    for (name, flags) in [
        ("\"b.crt\"", fresh),
        ("kubelet-client-2026.pem\"", fresh),
        ("\"a.key\"", ", 0)"),
    ] {
        assert!(
            order.0[order.first("renameat2", name)].line.contains(flags),
            "{name}"
        );
    }
}
