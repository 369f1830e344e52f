//! What the benches share: a folder of many certificates, interleaved rounds, the table that is
//! printed.

#![expect(
    dead_code,
    reason = "each bench is a crate of its own and uses a part of this"
)]

pub(crate) mod terminal;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kubepki::engine::open::OpenOptions;
use kubepki::pki::issue::{CertificateSpec, Issuer, issue, self_sign};
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{Certificate, ExtendedKeyUsage, Name};
use time::OffsetDateTime;
use time::macros::datetime;

/// The moment of every bench: nothing depends on the day it runs.
pub(crate) const MOMENT: OffsetDateTime = datetime!(2026-11-22 03:12:00 UTC);

const AUTHORITIES: usize = 10;
const FILES_OF_A_FOLDER: usize = 1000;

/// Writes `count` certificates, one a file, most of them issued by ten authorities. Gives the
/// files.
pub(crate) fn forest(folder: &Path, count: usize) -> Vec<PathBuf> {
    let keys: Vec<PrivateKey> = (0..AUTHORITIES)
        .map(|_| PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key"))
        .collect();
    let lifetime = (
        MOMENT - time::Duration::days(400),
        MOMENT + time::Duration::days(3000),
    );
    let authorities: Vec<Certificate> = (0..AUTHORITIES)
        .map(|number| {
            let name = Name::with_groups(&format!("authority-{number}"), &[]).expect("a name");
            self_sign(&CertificateSpec::authority(name, lifetime), &keys[number])
                .expect("an authority")
        })
        .collect();
    let files: Vec<PathBuf> = (0..count)
        .map(|number| folder.join(format!("{:03}/{number:06}.crt", number / FILES_OF_A_FOLDER)))
        .collect();
    for parent in files
        .iter()
        .step_by(FILES_OF_A_FOLDER)
        .filter_map(|file| file.parent())
    {
        fs::create_dir_all(parent).expect("a folder");
    }
    on_all_cores(&files, |number, file| {
        let by = number % AUTHORITIES;
        let pem = match authorities.get(number) {
            Some(authority) => authority.to_pem(),
            None => leaf(
                number,
                Issuer {
                    certificate: &authorities[by],
                    key: &keys[by],
                },
                &keys[(by + 1) % AUTHORITIES],
            ),
        };
        fs::write(file, pem).expect("a file");
    });
    files
}

fn leaf(number: usize, issuer: Issuer<'_>, key: &PrivateKey) -> String {
    let days = i64::try_from(number % 700).unwrap_or_default() - 30;
    let lifetime = (
        MOMENT - time::Duration::days(100),
        MOMENT + time::Duration::days(days),
    );
    let name = Name::with_groups(&format!("system:node:worker-{number}"), &["system:nodes"])
        .expect("a name");
    let spec = CertificateSpec::leaf(name, Vec::new(), &[ExtendedKeyUsage::ClientAuth], lifetime);
    issue(&spec, key.public(), issuer)
        .expect("a certificate")
        .to_pem()
}

/// How a folder of certificates is opened.
pub(crate) fn options(folder: &Path) -> OpenOptions {
    OpenOptions {
        directory: Some(folder.to_owned()),
        processes: false,
        ..OpenOptions::default()
    }
}

/// Does `work` for each of `items` with its number, on all cores.
pub(crate) fn on_all_cores<T: Sync>(items: &[T], work: impl Fn(usize, &T) + Sync) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        for (part, chunk) in items.chunks(share).enumerate() {
            let work = &work;
            scope.spawn(move || {
                chunk
                    .iter()
                    .enumerate()
                    .for_each(|(at, item)| work(part * share + at, item));
            });
        }
    });
}

/// Makes as many RSA-2048 keys on all cores: the next one as soon as a core is free.
pub(crate) fn make_keys(count: usize) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < count {
                    drop(PrivateKey::generate(KeyAlgorithm::Rsa2048).expect("a key"));
                }
            });
        }
    });
}

/// Runs each of `works` once a round, in turn, so that a busy moment of the machine hits all of
/// them. Gives the median of each.
pub(crate) fn interleaved<const N: usize>(
    rounds: usize,
    works: &mut [&mut dyn FnMut() -> Duration; N],
) -> [Duration; N] {
    let mut times: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..rounds {
        for (work, times) in works.iter_mut().zip(&mut times) {
            times.push(work());
        }
    }
    times.map(|mut times| median(&mut times))
}

/// The middle one.
pub(crate) fn median<T: Ord + Copy>(values: &mut [T]) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

/// How long `work` takes; what it gives is dropped after the clock is stopped.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let result = std::hint::black_box(work());
    let time = start.elapsed();
    drop(result);
    time
}

/// Prints the head of the table.
pub(crate) fn head() {
    println!(
        "{:<44} {:>12} {:>12} {:>7}  {:<16}",
        "what", "measured", "compared to", "ratio", "budget"
    );
}

/// Prints a time beside another one and the budget for their ratio.
pub(crate) fn ratio(what: &str, measured: Duration, base: Duration, budget: f64) {
    let ratio = measured.as_secs_f64() / base.as_secs_f64();
    let verdict = if ratio <= budget { "kept" } else { "MISSED" };
    println!(
        "{what:<44} {:>12} {:>12} {ratio:>6.2}x  < {budget}x {verdict}",
        show(measured),
        show(base)
    );
}

/// Prints a figure and the budget that it must not reach.
pub(crate) fn limit(what: &str, measured: u64, budget: u64, unit: &str) {
    let verdict = if measured < budget { "kept" } else { "MISSED" };
    println!(
        "{what:<44} {:>12} {:>12} {:>7}  < {budget} {unit} {verdict}",
        format!("{measured} {unit}"),
        "",
        ""
    );
}

fn show(time: Duration) -> String {
    if time < Duration::from_millis(1) {
        return format!("{} us", time.as_micros());
    }
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// A line of /proc/PROCESS/status in KiB.
pub(crate) fn resident(process: &str, line: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let value = status
        .lines()
        .find_map(|text| text.strip_prefix(line))
        .unwrap_or_default();
    value
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap_or_default()
}
