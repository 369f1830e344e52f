//! How a script names a master's files where they do not lie at the paths by which the master knows them.

use std::path::Path;

use crate::pki::text::quoted;

/// Where a master's files lie on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// The folder on this machine, absolute.
    pub real: String,
    /// The folder of the master that it stands for.
    pub at: String,
}

impl Default for Mounted {
    /// The master is this machine.
    fn default() -> Self {
        Self { real: "/".to_owned(), at: "/".to_owned() }
    }
}

impl Mounted {
    /// True where paths of the master are paths of this machine.
    pub(super) fn is_here(&self) -> bool {
        self.real == self.at
    }

    /// A path as on the master, as it is on this machine; `None`: it lies outside.
    pub(super) fn on_this_machine(&self, path: &str) -> Option<String> {
        let below = Path::new(path).strip_prefix(&self.at).ok()?;
        Path::new(&self.real).join(below).into_os_string().into_string().ok()
    }

    /// The line with which a script begins, so that it never touches this machine's own files.
    pub(super) fn head(&self) -> Option<String> {
        (!self.is_here()).then(|| format!("root={}", quoted(&self.real)))
    }

    /// A path as on the master, as one word of a script that has begun so.
    pub(super) fn word(&self, path: &str) -> String {
        match Path::new(path).strip_prefix(&self.at) {
            Ok(below) if !self.is_here() => {
                format!("\"$root\"{}", quoted(&format!("/{}", below.to_string_lossy())))
            }
            _ => quoted(path).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_mounted_disk_are_below_its_root() {
        let mounted = |real: &str, at: &str| Mounted { real: real.to_owned(), at: at.to_owned() };
        for (mounted, path, word) in [
            (Mounted::default(), "/etc/my certs/a", "'/etc/my certs/a'"),
            (mounted("/srv/certs", "/srv/certs"), "/srv/certs/a", "/srv/certs/a"),
            (mounted("/mnt/disk", "/"), "/etc/a", "\"$root\"/etc/a"),
            (mounted("/mnt/disk", "/"), "/etc/my certs/a", "\"$root\"'/etc/my certs/a'"),
            (mounted("/tmp/copy", "/etc/kubernetes"), "/etc/kubernetes/pki/a", "\"$root\"/pki/a"),
        ] {
            assert_eq!(mounted.word(path), word);
            assert_eq!(mounted.head().is_some(), word.contains("$root"), "{word}");
        }
        assert_eq!(mounted("/mnt/my disk", "/").head().as_deref(), Some("root='/mnt/my disk'"));
    }
}
