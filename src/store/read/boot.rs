//! The clock that the kernel starts with the machine (clock_gettime(2), random(4)).

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::inventory::process::SinceBoot;
use crate::store::guarded;

/// Now, by that clock; `None` where it is not told which start of the machine this is.
pub fn since_boot() -> Option<SinceBoot> {
    moment(boot()?, elapsed()?)
}

/// Which start of the machine this is.
pub(super) fn boot() -> Option<String> {
    let boot = guarded::proc_text("/proc/sys/kernel/random/boot_id");
    Some(boot.trim().to_owned()).filter(|boot| !boot.is_empty())
}

/// How long the machine has been up, as the start of processes counts it. /proc/uptime is not
/// asked: in a container it may be the container's (lxcfs(1)), while processes count from the
/// machine's start.
pub(super) fn elapsed() -> Option<Duration> {
    let now = clock_gettime(ClockId::Boottime);
    Some(Duration::new(
        now.tv_sec.try_into().ok()?,
        now.tv_nsec.try_into().ok()?,
    ))
}

/// That long after this start of the machine.
pub(super) fn moment(boot: String, after: Duration) -> Option<SinceBoot> {
    Some(SinceBoot {
        boot,
        milliseconds: after.as_millis().try_into().ok()?,
    })
}
