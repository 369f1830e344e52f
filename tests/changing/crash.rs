//! A child is killed at every step of applying a plan, and again at every step of recovery. What is
//! there afterwards is the old master or the new one, whole.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};

use kubepki::progress::{Progress, silent};
use kubepki::record::OperationState;
use kubepki::store::journal;
use kubepki::store::recover::RecoveryWay;
use rustix::process::{Signal, getpid, kill_process};
use tempfile::TempDir;

use crate::support::child::{start, told};
use crate::support::plan::{ID, Master, Picture};
use crate::support::tool;

const CHILD: &str = concat!(module_path!(), "::child");

/// Kills this process at a step of its report.
struct Killer {
    left: AtomicU32,
}

impl Killer {
    /// At the step of this number, counted from 1; 0: never.
    fn at(step: u32) -> Self {
        Self {
            left: AtomicU32::new(step),
        }
    }

    /// To be called with every report.
    fn step(&self, _: &Progress) -> bool {
        if self.left.load(Ordering::SeqCst) > 0 && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let _ = kill_process(getpid(), Signal::KILL);
        }
        true
    }
}

/// Where the state folder lies: beside the root, on the disk, and where the folders above it are
/// not there yet.
pub(crate) const KEPT: [&str; 3] = ["state", ON_DISK, "new/folders/state"];

pub(crate) const ON_DISK: &str = "root/var/lib/kubepki";

/// The master there, with its state folder.
fn at(folder: &Path, kept: &str) -> Master {
    Master {
        state: folder.join(kept),
        ..Master::at(folder)
    }
}

/// Runs only as a child: "apply N WHERE" or "recover N WHERE", killed at step N, with the state
/// folder there.
#[test]
fn child() {
    let Some((folder, what)) = told(CHILD) else {
        return;
    };
    let words: Vec<&str> = what.split(' ').collect();
    let [verb, step, kept] = words[..] else {
        panic!("a verb, a step and a place: {what}")
    };
    let master = at(Path::new(&folder), kept);
    let killer = Killer::at(step.parse().expect("a number"));
    match verb {
        "apply" => {
            let operation = master
                .apply(&master.plan(), ID, &|progress| killer.step(&progress))
                .expect("applied");
            assert_eq!(
                operation.state,
                OperationState::Done,
                "{:?}",
                operation.error
            );
        }
        "back" => drop(
            master
                .recover(Some(RecoveryWay::Back), &|progress| killer.step(&progress))
                .expect("recovered"),
        ),
        _ => drop(
            master
                .recover(None, &|progress| killer.step(&progress))
                .expect("recovered"),
        ),
    }
}

pub(crate) fn run(folder: &TempDir, what: &str, kept: &str) -> Output {
    start(&[], CHILD, folder.path(), &format!("{what} {kept}"))
}

/// True where the child was killed; it must not have failed.
pub(crate) fn was_killed(output: &Output) -> bool {
    let killed = output.status.signal() == Some(9) || output.status.code() == Some(128 + 9);
    assert!(
        killed || output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    killed
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A fresh master, and how it looks before and after the plan.
pub(crate) fn fresh(kept: &str) -> (TempDir, Master, Picture) {
    // Hundreds of children are killed: in memory, where that can be, for no power is cut here.
    let folder = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a temporary folder");
    Master::make(folder.path());
    let master = at(folder.path(), kept);
    let old = master.picture();
    (folder, master, old)
}

/// The picture as it would be of a master elsewhere: paths from the root on.
pub(crate) fn from_root(master: &Master, picture: Picture) -> Picture {
    let strip =
        |path: std::path::PathBuf| path.strip_prefix(&master.root).expect("below").to_owned();
    picture
        .into_iter()
        .map(|(path, facts)| (strip(path), facts))
        .collect()
}

pub(crate) fn new_picture() -> Picture {
    let (folder, master, _) = fresh(KEPT[0]);
    assert!(!was_killed(&run(&folder, "apply 0", KEPT[0])));
    let new = from_root(&master, master.picture());
    assert!(
        !new.keys()
            .any(|path| path.to_string_lossy().contains(".kubepki")),
        "{new:?}"
    );
    new
}

/// Recovers, and says what came of it.
fn settle(
    master: &Master,
    old: &Picture,
    new: &Picture,
    prefer: Option<RecoveryWay>,
) -> &'static str {
    let before = master.picture();
    let unfinished = master.unfinished();
    let recovered = master.recover(prefer, &silent).expect("recovered");
    assert_eq!(unfinished.len(), recovered.len());
    assert_eq!(master.unfinished(), []);
    let now = from_root(master, master.picture());
    let is = if now == *new { "new" } else { "old" };
    assert!(
        now == *new || now == from_root(master, old.clone()),
        "neither old nor new: {recovered:?} {now:#?}"
    );
    if unfinished.is_empty() {
        assert_eq!(before, master.picture(), "nothing was to be done");
    }
    let Ok((operation, _)) = journal::read(&master.kept(), ID) else {
        return is;
    };
    let expected = if is == "new" {
        OperationState::Done
    } else {
        OperationState::RolledBack
    };
    assert_eq!(operation.state, expected);
    is
}

#[test]
fn killed_at_any_step_it_is_the_old_or_the_new_one_after_recovery() {
    let new = new_picture();
    for kept in KEPT {
        let (mut olds, mut news) = (0, 0);
        for step in 1.. {
            let (folder, master, old) = fresh(kept);
            let killed = was_killed(&run(&folder, &format!("apply {step}"), kept));
            match settle(&master, &old, &new, None) {
                "old" => olds += 1,
                _ => news += 1,
            }
            // Life goes on: the same plan can be applied, where it was not.
            if master.picture() == old {
                let operation = master
                    .apply(&master.plan(), "20261122T031206Z-a6a100", &silent)
                    .expect("applied");
                assert_eq!(operation.state, OperationState::Done);
                assert_eq!(from_root(&master, master.picture()), new);
            }
            if !killed {
                break;
            }
        }
        assert!(
            olds > 10 && news > 8,
            "{kept}: {olds} were old and {news} new"
        );
    }
}

#[test]
fn recovery_killed_at_any_step_is_gone_on_with() {
    let new = new_picture();
    // Going back is chosen where something was swapped already.
    for (verb, prefer, first) in [
        ("recover", None, 1),
        ("back", Some(RecoveryWay::Back), swapping(1)),
    ] {
        for step in first.. {
            let (folder, _, _) = fresh(KEPT[0]);
            if !was_killed(&run(&folder, &format!("apply {step}"), KEPT[0])) {
                break;
            }
            for second in 1.. {
                // Every place has its turn at every step.
                let kept = KEPT[usize::try_from(step + second).expect("a number") % KEPT.len()];
                let (folder, master, old) = fresh(kept);
                assert!(was_killed(&run(&folder, &format!("apply {step}"), kept)));
                let killed = was_killed(&run(&folder, &format!("{verb} {second}"), kept));
                let third = if killed {
                    prefer.filter(|_| second % 2 == 0)
                } else {
                    None
                };
                settle(&master, &old, &new, third);
                if !killed {
                    break;
                }
            }
        }
    }
}

/// The step at which the file of this number is swapped: lock, check, journal, 8 files, two steps,
/// commit.
pub(crate) fn swapping(number: u32) -> u32 {
    14 + number
}

#[test]
fn killed_in_a_system_call_it_is_the_old_or_the_new_one_too() {
    let Some(strace) = tool("strace") else { return };
    let strace = strace.to_str().expect("UTF-8");
    let new = new_picture();
    for (call, kept) in [
        "fsync",
        "renameat2",
        "renameat",
        "unlinkat",
        "symlinkat",
        "mkdirat",
    ]
    .into_iter()
    .flat_map(|call| KEPT[1..].iter().map(move |kept| (call, *kept)))
    {
        let mut kills = 0;
        for when in 1.. {
            let (folder, master, old) = fresh(kept);
            let inject = format!("inject={call}:signal=KILL:when={when}");
            let trace = format!("trace={call}");
            let wrapper = [
                strace,
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                &trace,
                "-e",
                &inject,
            ];
            let killed = was_killed(&start(
                &wrapper,
                CHILD,
                folder.path(),
                &format!("apply 0 {kept}"),
            ));
            settle(&master, &old, &new, None);
            if !killed {
                break;
            }
            kills += 1;
        }
        assert!(kills > 0, "no {call} was seen");
    }
}
