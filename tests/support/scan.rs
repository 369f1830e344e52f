//! Looking for keys in the memory of a running process, in every form in which they pass through
//! it.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki::pki::{key, pem};

use super::changing::Tree;
use super::skip;

/// So many bytes of a secret that lie together are a find; a shorter piece is no key to anybody.
const WINDOW: usize = 16;

/// From one window to the next.
const STEP: usize = 8;

/// How much is read at a time.
const CHUNK: usize = 1 << 20;

/// How long a key may pass through before it is one that stays.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is looked for, with a name for each.
pub(crate) struct Needles {
    windows: HashMap<[u8; WINDOW], String>,
    /// Which three bytes a window begins with: asked first.
    beginnings: Vec<bool>,
}

impl Needles {
    pub(crate) fn new() -> Self {
        Self {
            windows: HashMap::new(),
            beginnings: vec![false; 1 << 24],
        }
    }

    /// Any bytes.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) {
        assert!(bytes.len() >= WINDOW, "{name} is too short to be found");
        for start in (0..=bytes.len() - WINDOW).step_by(STEP) {
            let window: [u8; WINDOW] = bytes[start..start + WINDOW].try_into().expect("its length");
            // Padding is everywhere.
            if window.iter().any(|byte| *byte != window[0]) {
                self.beginnings[beginning(&window)] = true;
                self.windows.insert(window, name.to_owned());
            }
        }
    }

    /// The secret parts of a key: its numbers as they stand in the file and as a computer holds
    /// them, in base64 with and without PEM's line ends, and in the base64 of that, as a kubeconfig
    /// has it. What a certificate shows too is left out.
    pub(crate) fn add_key(&mut self, name: &str, label: &str, der: &[u8]) {
        let parts = secrets(der, 0..der.len());
        for part in &parts {
            let mut number = der[part.clone()].to_vec();
            self.add(&format!("{name} (number)"), &number);
            number.reverse();
            self.add(&format!("{name} (number, lowest byte first)"), &number);
        }
        let all = parts[0].start..parts[parts.len() - 1].end;
        let (text, inside) = encoded(der, all);
        self.add(&format!("{name} (PEM)"), &text.as_bytes()[inside.clone()]);
        let whole = pem::encode(label, der);
        let body = label.len() + "-----BEGIN -----\n".len();
        let with_lines = |position: usize| body + position + position / 64;
        let inside = with_lines(inside.start)..with_lines(inside.end);
        self.add(&format!("{name} (PEM)"), &whole.as_bytes()[inside.clone()]);
        let (text, inside) = encoded(whole.as_bytes(), inside);
        self.add(&format!("{name} (base64 of PEM)"), &text.as_bytes()[inside]);
    }

    /// Every key in the files of a tree, those in kubeconfigs too. How many there were.
    pub(crate) fn add_keys_of(&mut self, tree: &Tree) -> usize {
        let mut keys = 0;
        for (path, node) in tree {
            let mut add = |pem: &[u8]| {
                for block in pem::blocks(pem)
                    .into_iter()
                    .flatten()
                    .filter(|block| key::is_private_key(&block.label))
                {
                    self.add_key(&path.display().to_string(), &block.label, &block.der);
                    keys += 1;
                }
            };
            add(&node.content);
            for line in node.content.split(|byte| *byte == b'\n') {
                let data = line.trim_ascii().strip_prefix(b"client-key-data: ");
                if let Some(pem) = data.map(|data| STANDARD.decode(data).expect("base64")) {
                    add(&pem);
                }
            }
        }
        keys
    }

    /// The names of what lies in `bytes`.
    pub(crate) fn found(&self, bytes: &[u8]) -> BTreeSet<String> {
        let candidates = bytes
            .windows(WINDOW)
            .filter(|window| self.beginnings[beginning(window)]);
        candidates
            .filter_map(|window| self.windows.get(window))
            .cloned()
            .collect()
    }

    /// The names of what lies in the writable memory of a process.
    pub(crate) fn found_in(&self, process: u32) -> BTreeSet<String> {
        let memory = memory(process).expect("it was asked before");
        let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).expect("it runs");
        let mut found = BTreeSet::new();
        let mut buffer = vec![0; CHUNK + WINDOW];
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let range = line
                .split(' ')
                .next()
                .and_then(|range| range.split_once('-'))
                .expect("a range");
            let end = |text: &str| u64::from_str_radix(text, 16).expect("a number");
            let (mut start, end) = (end(range.0), end(range.1));
            while start < end {
                let length = buffer
                    .len()
                    .min(usize::try_from(end - start).expect("small"));
                // What the kernel keeps for itself cannot be read.
                let Ok(read) = memory.read_at(&mut buffer[..length], start) else {
                    break;
                };
                found.extend(self.found(&buffer[..read]));
                if read < WINDOW || read < length {
                    break;
                }
                start += (read - WINDOW + 1) as u64;
            }
        }
        found
    }

    /// Fails where something stays in the memory of a process. What is being read just now passes
    /// through it.
    pub(crate) fn are_not_in(&self, process: u32, when: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.found_in(process);
            if found.is_empty() {
                return;
            }
            assert!(
                Instant::now() < end,
                "{when} there is still in memory: {found:#?}"
            );
        }
    }
}

/// The memory of a process that is not dumpable: root's alone, and of root his with CAP_SYS_PTRACE
/// (proc_pid_mem(5)). `None`, with a word on stderr, where it cannot be read.
pub(crate) fn memory(process: u32) -> Option<File> {
    let opened = File::open(format!("/proc/{process}/mem"));
    opened
        .map_err(|error| {
            skip(&format!(
                "the memory of another process cannot be read here: {error}"
            ));
        })
        .ok()
}

fn beginning(window: &[u8]) -> usize {
    usize::from(window[0]) << 16 | usize::from(window[1]) << 8 | usize::from(window[2])
}

/// The base64 of `bytes`, and where the characters stand that say nothing but what is in `range`.
fn encoded(bytes: &[u8], range: Range<usize>) -> (String, Range<usize>) {
    (
        STANDARD.encode(bytes),
        range.start.div_ceil(3) * 4..range.end / 3 * 4,
    )
}

/// The content of the DER value at `start`, and its tag.
fn value(der: &[u8], start: usize) -> (u8, Range<usize>) {
    let short = usize::from(der[start + 1]);
    if short < 0x80 {
        return (der[start], start + 2..start + 2 + short);
    }
    let octets = short & 0x7f;
    let length = der[start + 2..start + 2 + octets]
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    (der[start], start + 2 + octets..start + 2 + octets + length)
}

/// Where the secret numbers of a private key lie (RFC 8017 A.1.2, RFC 5915 §3, RFC 5958 §2, RFC
/// 8410 §7).
fn secrets(der: &[u8], range: Range<usize>) -> Vec<Range<usize>> {
    let (tag, inside) = value(der, range.start);
    if tag == 0x04 {
        return vec![inside];
    }
    let (mut values, mut next) = (Vec::new(), inside.start);
    while next < inside.end {
        values.push(value(der, next));
        next = values[values.len() - 1].1.end;
    }
    match values[1].0 {
        // version, modulus and exponent are no secrets.
        0x02 => values[3..]
            .iter()
            .map(|(_, number)| number.start + usize::from(der[number.start] == 0)..number.end)
            .collect(),
        0x04 => vec![values[1].1.clone()],
        _ => secrets(der, values[2].1.clone()),
    }
}
