//! The layers as data, and what is judged by them.

use std::collections::BTreeSet;

use crate::source::Source;

/// One layer: a folder under `src`, or a file that stands for one.
pub(crate) struct Layer {
    /// The name of the folder or file, without `.rs`.
    pub(crate) name: &'static str,
    /// The other layers that it may name.
    pub(crate) may_use: &'static [&'static str],
    /// What of the outside world it must not touch.
    pub(crate) refused: &'static [&'static [Refused]],
}

/// Something of the outside world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// A path that begins like this, as "std::fs" or the name of a package.
    Prefix(&'static str),
    /// A name, wherever it stands in a path.
    Name(&'static str),
}

use Refused::{Name, Prefix};

/// Files, network, processes, environment, threads, and the packages that bring them.
pub(crate) const WORLD: &[Refused] = &[
    Prefix("std::fs"),
    Prefix("std::net"),
    Prefix("std::process"),
    Prefix("std::env"),
    Prefix("std::thread"),
    Prefix("std::io::stdin"),
    Prefix("std::io::stdout"),
    Prefix("std::io::stderr"),
    Prefix("std::os::unix::fs"),
    Prefix("std::os::unix::net"),
    Prefix("std::os::unix::process"),
    Prefix("std::*"),
    Prefix("tokio"),
    Prefix("rusqlite"),
    Prefix("kube"),
    Prefix("rustix"),
    Prefix("libc"),
    Prefix("notify"),
    Prefix("tempfile"),
    Prefix("signal_hook"),
    Prefix("directories"),
    Name("print"),
    Name("println"),
    Name("eprint"),
    Name("eprintln"),
    Name("dbg"),
];

/// The clock: time comes in as a value, so that tests set the date.
pub(crate) const CLOCK: &[Refused] = &[
    Name("SystemTime"),
    Name("Instant"),
    Name("now_utc"),
    Name("now_local"),
    Prefix("time::UtcDateTime::now"),
];

/// The terminal, for layers below the screens.
pub(crate) const TERMINAL: &[Refused] = &[
    Prefix("ratatui"),
    Prefix("crossterm"),
    Prefix("tui_input"),
    Prefix("clap"),
];

/// What of the terminal's packages reads or writes it, for the screens: they get events and fill a
/// buffer.
pub(crate) const TERMINAL_IO: &[Refused] = &[
    Prefix("crossterm::event::read"),
    Prefix("crossterm::event::poll"),
    Prefix("crossterm::terminal"),
    Prefix("crossterm::execute"),
    Prefix("crossterm::queue"),
    Prefix("ratatui::init"),
    Prefix("ratatui::try_init"),
    Prefix("ratatui::restore"),
    Prefix("ratatui::run"),
    Prefix("ratatui::DefaultTerminal"),
    Prefix("ratatui::backend::CrosstermBackend"),
    Prefix("clap"),
];

/// What is unfinished, in any layer.
pub(crate) const STUBS: &[Refused] = &[Name("todo"), Name("unimplemented")];

const DATA: &[&[Refused]] = &[WORLD, CLOCK, TERMINAL, STUBS];
const SCREEN: &[&[Refused]] = &[WORLD, CLOCK, TERMINAL_IO, STUBS];
const FREE: &[&[Refused]] = &[STUBS];

/// The table: acyclic, lowest first. `progress` may be used by all and uses none.
pub(crate) const LAYERS: &[Layer] = &[
    Layer {
        name: "progress",
        may_use: &[],
        refused: DATA,
    },
    Layer {
        name: "pki",
        may_use: &[],
        refused: DATA,
    },
    Layer {
        name: "kubernetes",
        may_use: &["pki"],
        refused: DATA,
    },
    Layer {
        name: "setup",
        may_use: &["pki", "kubernetes"],
        refused: DATA,
    },
    Layer {
        name: "inventory",
        may_use: &["pki", "kubernetes"],
        refused: DATA,
    },
    Layer {
        name: "running",
        may_use: &["pki", "kubernetes", "inventory"],
        refused: DATA,
    },
    Layer {
        name: "record",
        may_use: &["pki", "kubernetes", "setup", "inventory", "running"],
        refused: DATA,
    },
    Layer {
        name: "words",
        may_use: &["pki", "kubernetes", "inventory", "running", "record"],
        refused: DATA,
    },
    Layer {
        name: "verdict",
        may_use: &["pki", "kubernetes", "inventory", "record", "words"],
        refused: DATA,
    },
    Layer {
        name: "plan",
        may_use: &[
            "pki",
            "kubernetes",
            "setup",
            "inventory",
            "record",
            "words",
            "verdict",
        ],
        refused: DATA,
    },
    Layer {
        name: "store",
        may_use: &["pki", "kubernetes", "setup", "inventory", "record", "plan"],
        refused: FREE,
    },
    Layer {
        name: "probe",
        may_use: &[
            "pki",
            "kubernetes",
            "inventory",
            "running",
            "record",
            "plan",
        ],
        refused: FREE,
    },
    Layer {
        name: "engine",
        may_use: &[
            "pki",
            "kubernetes",
            "inventory",
            "running",
            "record",
            "plan",
            "words",
            "verdict",
            "store",
            "probe",
        ],
        refused: FREE,
    },
    Layer {
        name: "model",
        may_use: &[
            "pki",
            "kubernetes",
            "setup",
            "inventory",
            "running",
            "record",
            "words",
            "verdict",
            "plan",
        ],
        refused: SCREEN,
    },
    Layer {
        name: "ui",
        may_use: &[
            "pki",
            "kubernetes",
            "setup",
            "inventory",
            "running",
            "record",
            "plan",
            "words",
            "verdict",
            "model",
        ],
        refused: SCREEN,
    },
    Layer {
        name: "app",
        may_use: &[
            "pki",
            "kubernetes",
            "inventory",
            "running",
            "record",
            "plan",
            "words",
            "verdict",
            "model",
            "ui",
        ],
        refused: SCREEN,
    },
    Layer {
        name: "runtime",
        may_use: &[
            "pki",
            "kubernetes",
            "setup",
            "inventory",
            "running",
            "record",
            "plan",
            "words",
            "verdict",
            "store",
            "probe",
            "engine",
            "model",
            "ui",
            "app",
        ],
        refused: FREE,
    },
    Layer {
        name: "cli",
        may_use: &[
            "pki",
            "kubernetes",
            "setup",
            "inventory",
            "running",
            "record",
            "plan",
            "words",
            "verdict",
            "store",
            "probe",
            "engine",
        ],
        refused: FREE,
    },
    // The two that only tie the layers together.
    Layer {
        name: "lib",
        may_use: &[],
        refused: FREE,
    },
    Layer {
        name: "main",
        may_use: &["engine", "runtime", "cli"],
        refused: FREE,
    },
];

/// The layer of this name.
pub(crate) fn layer(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.name == name)
}

/// The layer of a file of `src`, as "pki/name.rs".
pub(crate) fn layer_of(file: &str) -> Option<&'static Layer> {
    layer(file.split('/').next()?.trim_end_matches(".rs"))
}

/// Every path of `source` that its layer refuses, as it resolves.
pub(crate) fn violations(layer: &Layer, source: &Source) -> BTreeSet<String> {
    source
        .paths
        .iter()
        .filter(|path| is_refused(layer, path))
        .map(|path| path.join("::"))
        .collect()
}

fn is_refused(layer: &Layer, path: &[String]) -> bool {
    if path.len() > 1 && (path[0] == "crate" || path[0] == "kubepki") {
        let target = path[1].as_str();
        return target != layer.name && target != "progress" && !layer.may_use.contains(&target);
    }
    layer
        .refused
        .iter()
        .copied()
        .flatten()
        .any(|refused| matches(*refused, path))
}

fn matches(refused: Refused, path: &[String]) -> bool {
    match refused {
        Name(name) => path.iter().any(|segment| segment == name),
        Prefix(prefix) => {
            let wanted: Vec<&str> = prefix.split("::").collect();
            // A bare word may be a variable; a path or an import of a package has two segments at
            // least.
            path.len() > 1
                && path.len() >= wanted.len()
                && path
                    .iter()
                    .zip(&wanted)
                    .all(|(segment, wanted)| segment == wanted)
        }
    }
}
