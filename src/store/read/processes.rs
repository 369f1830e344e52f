//! What runs on this machine, from /proc (proc(5)).

use std::fs::{self, File};
use std::io::Read as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration as Span;

use rustix::fs::{AtFlags, Mode, OFlags, openat, statat};
use rustix::process::geteuid;
use time::{Duration, OffsetDateTime};

use super::boot;
use super::control_group::{is_of_another_node, keeper};
use crate::inventory::origin::{Origin, Running, Starter};
use crate::inventory::process::Process;
use crate::inventory::writer::Accounts;
use crate::kubernetes::flags;
use crate::store::guarded;

/// A command line, and what else is said of a process, is no longer, in bytes.
const MOST_BYTES: u64 = 2 << 20;

/// The components of Kubernetes that run on this machine, in the order of their numbers, and what
/// other processes of their names say. `None` where nobody can look: there is no /proc, or it hides
/// other users' processes (hidepid).
pub fn processes(accounts: &Accounts) -> Option<Running> {
    // The first process is there whenever all are shown.
    guarded::proc("/proc/1/stat")?;
    let machine = RunningMachine {
        booted_at: steady(&BOOTED_AT, looked_up_boot()?),
        boot: boot::boot(),
        own_cgroup: guarded::proc_text("/proc/self/cgroup"),
    };
    let entries = fs::read_dir("/proc").ok()?.flatten();
    let mut pids: Vec<u32> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    let mut running = Running::default();
    for (process, starter) in pids
        .into_iter()
        .filter_map(|pid| process(pid, &machine, accounts))
    {
        if starter != Starter::Root {
            running.claims.extend(process.flags.iter().cloned());
        }
        if starter != Starter::Anybody {
            running.components.push(process);
        }
    }
    Some(running)
}

/// Where processes are looked for.
struct RunningMachine {
    booted_at: OffsetDateTime,
    /// Which of its starts this is.
    boot: Option<String>,
    /// The control group of kubepki itself.
    own_cgroup: String,
}

/// When the machine started, as it was first found out: a process has the same start in every look.
static BOOTED_AT: Mutex<Option<OffsetDateTime>> = Mutex::new(None);

/// Looks at the two clocks. Between the two looks this thread may have to wait: what it waits makes
/// the start earlier, and of several tries the latest counts. No process seems younger by it than
/// it is.
fn looked_up_boot() -> Option<OffsetDateTime> {
    let tries = (0..CLOCK_TRIES).filter_map(|_| {
        let now = OffsetDateTime::now_utc();
        booted_at(boot::elapsed()?, now)
    });
    tries.max()
}

const CLOCK_TRIES: u32 = 4;

/// What was known before, unless the machine's clock was set since.
fn steady(known: &Mutex<Option<OffsetDateTime>>, found: OffsetDateTime) -> OffsetDateTime {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.take_if(|known| (*known - found).abs() > Duration::SECOND);
    *known.get_or_insert(found)
}

/// `None` for what is no component of this node, and for what ended meanwhile.
fn process(pid: u32, machine: &RunningMachine, accounts: &Accounts) -> Option<(Process, Starter)> {
    // Opened once: what is read through it is of this very process, whoever gets its number
    // afterwards.
    let folder = File::open(format!("/proc/{pid}")).ok()?;
    let line = read(&folder, "cmdline")?;
    let arguments = arguments(&line);
    let component = flags::component_of_command(&arguments)?;
    let started_after = started_after(&text(&folder, "stat"), clock_ticks())?;
    let cgroup = text(&folder, "cgroup");
    if is_of_another_node(&cgroup, &machine.own_cgroup) {
        return None;
    }
    let keeper = keeper(&cgroup, &machine.own_cgroup);
    let users = users(&text(&folder, "status"));
    let program = statat(&folder, "exe", AtFlags::empty()).ok();
    let is_privileged_program = program.is_none_or(|stat| stat.st_mode & 0o6000 != 0);
    let origin = users.map(|users| Origin {
        users,
        is_privileged_program,
        cgroup: &cgroup,
        keeper: &keeper,
    });
    let starter = origin.map_or(Starter::Anybody, |origin| {
        origin.starter(component, accounts, geteuid().as_raw())
    });
    // It may have become another program meanwhile, with the rights of that one.
    let starter = if read(&folder, "cmdline")? == line {
        starter
    } else {
        Starter::Anybody
    };
    let process = Process {
        pid,
        component,
        started_at: machine
            .booted_at
            .checked_add(started_after.try_into().ok()?)?,
        since_boot: machine
            .boot
            .clone()
            .and_then(|boot| boot::moment(boot, started_after)),
        keeper,
        flags: flags::from_command_line(&format!("/proc/{pid}/cmdline"), &arguments),
    };
    Some((process, starter))
}

fn read(folder: &File, name: &str) -> Option<Vec<u8>> {
    let file = openat(
        folder,
        name,
        OFlags::RDONLY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .ok()?;
    let mut bytes = Vec::new();
    File::from(file)
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

fn text(folder: &File, name: &str) -> String {
    String::from_utf8_lossy(&read(folder, name).unwrap_or_default()).into_owned()
}

/// Real, effective, saved and file system user, as the caller's user namespace numbers them.
fn users(status: &str) -> Option<[u32; 4]> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    let numbers: Vec<u32> = line
        .split_whitespace()
        .map_while(|number| number.parse().ok())
        .collect();
    numbers.try_into().ok()
}

fn arguments(line: &[u8]) -> Vec<String> {
    let arguments = line
        .split(|byte| *byte == 0)
        .map(|argument| String::from_utf8_lossy(argument).into_owned());
    arguments.filter(|argument| !argument.is_empty()).collect()
}

fn clock_ticks() -> u64 {
    rustix::param::clock_ticks_per_second()
}

/// When the machine started, by the clock of now.
fn booted_at(elapsed: Span, now: OffsetDateTime) -> Option<OffsetDateTime> {
    now.checked_sub(elapsed.try_into().ok()?)
}

/// How long after the machine a process started, from its /proc/PID/stat; `None` for one that ended
/// and waits to be collected. Its second field is a name that may hold spaces and brackets.
fn started_after(stat: &str, ticks_per_second: u64) -> Option<Span> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    if matches!(fields.next()?, "Z" | "X" | "x") {
        return None;
    }
    // The state is field 3, the start field 22.
    let ticks: u64 = fields.nth(18)?.parse().ok()?;
    let milliseconds = ticks.checked_mul(1000)?.checked_div(ticks_per_second)?;
    Some(Span::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_start_stands_in_the_22nd_field() {
        let line = |name: &str, state: &str| {
            format!(
                "1834 ({name}) {state} 1700 1834 1834 0 -1 4194560 8911 0 12 0 420 133 0 0 20 0 11 0 173425 1290 7 \
                 18446744073709551615 1 1 0 0 0 0 0 0 2143420159 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
            )
        };
        for (name, state, expected) in [
            ("kube-apiserver", "S", Some(1_734_250)),
            ("a) R (b", "R", Some(1_734_250)),
            ("etcd", "Z", None),
            ("etcd", "X", None),
        ] {
            let found = started_after(&line(name, state), 100);
            assert_eq!(found, expected.map(Span::from_millis), "{name} {state}");
        }
        for damaged in [
            "",
            "1 (a",
            "1 (a) S 2 3",
            "1 (a) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 x",
        ] {
            assert_eq!(started_after(damaged, 100), None, "{damaged}");
        }
        assert_eq!(started_after(&line("a", "S"), 0), None);
    }

    #[test]
    fn a_machine_has_started_before_its_uptime() {
        let now = datetime!(2026-11-22 03:00 UTC);
        let elapsed = Span::from_millis;
        assert_eq!(
            booted_at(elapsed(90_500), now),
            Some(datetime!(2026-11-22 02:58:29.5 UTC))
        );
        assert_eq!(booted_at(Span::MAX, now), None);
    }

    #[test]
    fn a_start_stays_until_the_clock_is_set() {
        let known = Mutex::new(None);
        let first = datetime!(2026-11-22 03:00 UTC);
        for (found, expected) in [
            (first, first),
            (first + Duration::milliseconds(20), first),
            (first - Duration::milliseconds(20), first),
            (first + Duration::hours(1), first + Duration::hours(1)),
            (first + Duration::minutes(60), first + Duration::hours(1)),
        ] {
            assert_eq!(steady(&known, found), expected, "{found}");
        }
    }

    #[test]
    fn a_process_has_four_users() {
        for (status, expected) in [
            (
                "Name:\tetcd\nUid:\t0\t998\t0\t0\nGid:\t1\t1\t1\t1\n",
                Some([0, 998, 0, 0]),
            ),
            (
                "Name:\tUid: 0 0 0 0\nUid:\t1\t2\t3\t4\n",
                Some([1, 2, 3, 4]),
            ),
            ("Uid:\t0\t0\t0\n", None),
            ("Uid:\t0\tx\t0\t0\n", None),
            ("", None),
        ] {
            assert_eq!(users(status), expected, "{status:?}");
        }
    }

    #[test]
    fn command_lines_end_each_argument() {
        assert_eq!(
            arguments(b"etcd\0--name\0\xff\0\0"),
            ["etcd", "--name", "\u{fffd}"]
        );
        assert_eq!(arguments(b""), [""; 0]);
    }
}
