//! Flags in lines: command lines, units, environment files, manifests, configurations.

use kubepki::kubernetes::flags::{self, FlagFact, UnitFile};

const PATH: &str = "/etc/kubernetes/file";
const ENVIRONMENT: &str = "/etc/kubernetes/environment";

/// A file with flags, of whatever kind. True where a flag was found.
///
/// # Panics
/// Where what was read is not what is known of it.
pub fn flags(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let lines = u32::try_from(text.lines().count())
        .unwrap_or(u32::MAX)
        .max(1);
    let mut found = Vec::new();
    found.extend(command_line(&text));
    found.extend(flags::from_unit(PATH, &text, &mut |name| {
        vec![(name.to_owned(), text.to_string())]
    }));
    found.extend(drop_in(&text));
    found.extend(flags::from_environment(ENVIRONMENT, &text));
    found.extend(flags::from_manifest(PATH, &text).into_iter().flatten());
    found.extend(
        flags::from_kubelet_config(PATH, &text)
            .into_iter()
            .flatten(),
    );
    found.extend(
        flags::from_component_config(PATH, &text)
            .into_iter()
            .flatten(),
    );
    found.extend(flags::from_etcd_config(PATH, &text).into_iter().flatten());
    for fact in &found {
        assert!(
            fact.line >= 1 && fact.line <= lines,
            "{fact:?} of {lines} lines"
        );
        assert!(
            fact.files()
                .iter()
                .all(|(file, _)| fact.value.contains(file)),
            "{fact:?}"
        );
        let _ = (flags::roles_by_flag(fact), flags::written(&fact.flag));
    }
    !found.is_empty()
}

/// As the kernel shows it: each argument ended by a zero byte.
fn command_line(text: &str) -> Vec<FlagFact> {
    let arguments: Vec<String> = text.split_terminator('\0').map(str::to_owned).collect();
    let found = flags::from_command_line("/proc/1/cmdline", &arguments);
    assert!(found.is_empty() || flags::component_of_command(&arguments).is_some());
    assert!(
        found
            .iter()
            .all(|fact| fact.file == "/proc/1/cmdline" && fact.line == 1)
    );
    found
}

/// Half of it as a unit, half as a drop-in; files that the unit names hold the same as the drop-in.
fn drop_in(text: &str) -> Vec<FlagFact> {
    let (unit, more) = text.split_once("\n\n").unwrap_or((text, ""));
    let files = [
        UnitFile {
            path: PATH,
            text: unit,
        },
        UnitFile {
            path: ENVIRONMENT,
            text: more,
        },
    ];
    flags::from_units(&files, &mut |_| {
        vec![(ENVIRONMENT.to_owned(), more.to_owned())]
    })
}
