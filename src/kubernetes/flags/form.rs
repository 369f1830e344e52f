//! In which form a file gives a component its flags.

use std::path::Path;

/// The form of a file with flags: how one more is written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagForm {
    /// A static pod's manifest.
    Manifest,
    /// A systemd unit, or a part of one.
    Unit,
    /// An environment file, in which a variable holds them all.
    Environment,
}

impl FlagForm {
    /// By the file's name.
    pub fn of(path: &str) -> Self {
        let extension = Path::new(path).extension().unwrap_or_default();
        match extension.to_str().unwrap_or_default() {
            "yaml" | "yml" | "json" => Self::Manifest,
            "service" | "conf" => Self::Unit,
            _ => Self::Environment,
        }
    }

    /// Where in the file they stand.
    pub const fn place(self) -> &'static str {
        match self {
            Self::Manifest => "under spec.containers[0].command",
            Self::Unit => "at the end of ExecStart",
            Self::Environment => "in the variable that holds its arguments",
        }
    }

    /// A flag as it is written there.
    pub fn written(self, flag: &str, value: &str) -> String {
        let dash = if self == Self::Manifest { "- " } else { "" };
        format!("{dash}--{flag}={value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_their_names() {
        for (path, expected) in [
            ("/etc/kubernetes/manifests/x.yaml", "- --a=/b"),
            ("/etc/systemd/system/x.service", "--a=/b"),
            ("/etc/systemd/system/x.service.d/10-x.conf", "--a=/b"),
            ("/etc/kubernetes/controller-manager", "--a=/b"),
        ] {
            assert_eq!(FlagForm::of(path).written("a", "/b"), expected, "{path}");
        }
        let unit = FlagForm::of("/etc/systemd/system/x.service.d/10-x.conf");
        assert_eq!(unit.place(), FlagForm::Unit.place());
        assert_eq!(FlagForm::of("/etc/default/x"), FlagForm::Environment);
    }
}
