//! How a shell names a master's files where they do not lie at the paths by which the master knows
//! them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use crate::kubernetes::kubectl;
use crate::pki::text::quoted;

/// Where a master's files lie on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// The folder on this machine, absolute.
    pub real: String,
    /// The folder of the master that it stands for.
    pub at: String,
    /// Folders, and files that are links, whose way leads through links, with the paths of the
    /// master at which they really lie: a shell would follow an absolute link to this machine's own
    /// files.
    pub links: BTreeMap<String, String>,
    /// kubepki's own folder, absolute, where the user named one.
    pub state: Option<String>,
}

/// A kubepki command to be typed, about the master below `root` and with kubepki's own folder
/// `state`, both absolute; `None`: where they are by themselves.
pub fn kubepki(words: &str, root: Option<&str>, state: Option<&str>) -> String {
    let mut command = format!("kubepki {words}");
    for (flag, folder) in [("--root", root), ("--state-dir", state)] {
        if let Some(folder) = folder {
            for part in [" ", flag, " ", &quoted(folder)] {
                command.push_str(part);
            }
        }
    }
    command
}

impl Default for Mounted {
    /// The master is this machine.
    fn default() -> Self {
        Self {
            real: "/".to_owned(),
            at: "/".to_owned(),
            links: BTreeMap::new(),
            state: None,
        }
    }
}

impl Mounted {
    /// True where paths of the master are paths of this machine.
    pub fn is_here(&self) -> bool {
        self.real == self.at
    }

    /// A path as on the master, as it is on this machine; `None`: it lies outside. The last part is
    /// not followed.
    pub fn on_this_machine(&self, path: &str) -> Option<String> {
        let path = self.in_its_folder(path);
        let below = Path::new(&*path).strip_prefix(&self.at).ok()?;
        Path::new(&self.real)
            .join(below)
            .into_os_string()
            .into_string()
            .ok()
    }

    /// A file as on the master, as one finds it on this machine.
    fn found<'a>(&self, path: &'a str) -> Cow<'a, str> {
        let file = self.links.get(path).map_or(path, String::as_str);
        let here = if self.is_here() {
            None
        } else {
            self.on_this_machine(file)
        };
        here.map_or(Cow::Borrowed(path), Cow::Owned)
    }

    /// A file as on the master, as one word of a command that reads it on this machine.
    pub fn typed(&self, path: &str) -> String {
        quoted(&self.found(path)).into_owned()
    }

    /// The same as the flag that gives it to kubectl.
    pub fn kubectl_file(&self, path: &str) -> String {
        kubectl::file(&self.found(path), &self.typed(path))
    }

    /// The command that gives the cluster what a file holds, to be typed on this machine.
    pub fn apply(&self, path: &str) -> String {
        kubectl::apply(&self.found(path), &self.typed(path))
    }

    /// The same in a script that has begun with [`Self::head`].
    pub fn apply_in_script(&self, path: &str) -> String {
        let here = self.on_this_machine(path);
        kubectl::apply(here.as_deref().unwrap_or(path), &self.word(path))
    }

    /// A kubepki command about this master, to be typed on this machine.
    pub fn kubepki(&self, words: &str) -> String {
        kubepki(
            words,
            Some(self.real.as_str()).filter(|root| *root != "/"),
            self.state.as_deref(),
        )
    }

    /// The line with which a script begins, so that it never touches this machine's own files.
    pub fn head(&self) -> Option<String> {
        (!self.is_here()).then(|| format!("root={}", quoted(&self.real)))
    }

    /// A path as on the master, as one word of a script that has begun so. The last part is not
    /// followed.
    pub fn word(&self, path: &str) -> String {
        match Path::new(&*self.in_its_folder(path)).strip_prefix(&self.at) {
            Ok(below) if !self.is_here() => {
                format!(
                    "\"$root\"{}",
                    quoted(&format!("/{}", below.to_string_lossy()))
                )
            }
            _ => quoted(path).into_owned(),
        }
    }

    /// A path of the master without a link on the way to its last part.
    fn in_its_folder<'a>(&self, path: &'a str) -> Cow<'a, str> {
        match path
            .rsplit_once('/')
            .and_then(|(folder, name)| Some((self.links.get(folder)?, name)))
        {
            Some((folder, name)) => Cow::Owned(format!("{}/{name}", folder.trim_end_matches('/'))),
            None => Cow::Borrowed(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folder `real` of this machine, as the folder `at` of the master; a whole disk has two
    /// links.
    fn mounted(real: &str, at: &str) -> Mounted {
        let links = [
            ("/etc/kubernetes/pki", "/data/my pki"),
            ("/etc/b", "/data/b"),
        ];
        let links = links.map(|(from, to)| (from.to_owned(), to.to_owned()));
        Mounted {
            real: real.to_owned(),
            at: at.to_owned(),
            links: if at == "/" {
                links.into()
            } else {
                BTreeMap::new()
            },
            state: None,
        }
    }

    fn assert_named(mounted: &Mounted, path: &str, word: &str, typed: &str) {
        assert_eq!(
            (mounted.word(path).as_str(), mounted.typed(path).as_str()),
            (word, typed)
        );
        assert_eq!(mounted.head().is_some(), word.contains("$root"), "{word}");
    }

    #[test]
    fn paths_of_a_mounted_disk_are_below_its_root() {
        for (real, path, word, typed) in [
            ("/mnt/disk", "/etc/a", "\"$root\"/etc/a", "/mnt/disk/etc/a"),
            ("/mnt", "/mnt/a", "\"$root\"/mnt/a", "/mnt/mnt/a"),
            (
                "/mnt/disk",
                "/etc/my certs/a",
                "\"$root\"'/etc/my certs/a'",
                "'/mnt/disk/etc/my certs/a'",
            ),
            (
                "/mnt/it's",
                "/etc/a",
                "\"$root\"/etc/a",
                r"'/mnt/it'\''s/etc/a'",
            ),
            (
                "/mnt",
                "/etc/kubernetes/pki/a",
                "\"$root\"'/data/my pki/a'",
                "'/mnt/data/my pki/a'",
            ),
            ("/mnt", "/etc/b", "\"$root\"/etc/b", "/mnt/data/b"),
        ] {
            assert_named(&mounted(real, "/"), path, word, typed);
        }
        assert_eq!(
            mounted("/mnt/my disk", "/").head().as_deref(),
            Some("root='/mnt/my disk'")
        );
    }

    #[test]
    fn a_folder_is_named_where_it_lies() {
        let copied = mounted("/tmp/copy", "/etc/kubernetes");
        assert_named(
            &copied,
            "/etc/kubernetes/pki/a",
            "\"$root\"/pki/a",
            "/tmp/copy/pki/a",
        );
        for (mounted, path, word) in [
            (Mounted::default(), "/etc/my certs/a", "'/etc/my certs/a'"),
            (
                mounted("/srv/certs", "/srv/certs"),
                "/srv/certs/a",
                "/srv/certs/a",
            ),
        ] {
            assert_named(&mounted, path, word, word);
        }
    }

    #[test]
    fn a_command_names_the_root_and_the_state_that_it_is_about() {
        let state = Some("/srv/my state".to_owned());
        for (real, state, expected) in [
            ("/", None, "kubepki undo"),
            ("/mnt", None, "kubepki undo --root /mnt"),
            (
                "/",
                state.clone(),
                "kubepki undo --state-dir '/srv/my state'",
            ),
            (
                "/mnt",
                state,
                "kubepki undo --root /mnt --state-dir '/srv/my state'",
            ),
        ] {
            let mounted = Mounted {
                real: real.to_owned(),
                state,
                ..Mounted::default()
            };
            assert_eq!(mounted.kubepki("undo"), expected);
        }
    }
}
