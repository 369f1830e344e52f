//! What one plan needs, read just before it is made: exactly the files that it named.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;

use super::StoreError;
use super::guarded::Form;
use super::path_state::{SeenAtPath, look};
use super::read::{Root, Trouble};
use crate::plan::{Material, Materials, Needs};
use crate::record::{Attributes, PathState};

/// Reads the files and links of `needs`. What cannot be read is there with the reason: the plan
/// judges that.
pub fn read(root: &Root, needs: &Needs) -> Materials {
    let files = needs
        .files
        .iter()
        .map(|path| (path.clone(), file(root, Path::new(path))));
    let links = needs
        .links
        .iter()
        .map(|path| (path.clone(), link(root, Path::new(path))));
    let local = needs
        .local
        .iter()
        .map(|path| (path.clone(), of_this_machine(root, Path::new(path))));
    Materials {
        files: files.collect(),
        links: links.collect(),
        local: local.collect(),
        ..Materials::default()
    }
}

/// One file of this machine, links followed; where it lies in the master's root, inside that.
fn of_this_machine(root: &Root, path: &Path) -> Material {
    if let Some(below) = root.below(path) {
        return file(root, &below.logical);
    }
    match Root::open(Path::new("/"), Path::new("/")) {
        Ok(root) => file(&root, path),
        Err(error) => {
            let denied = matches!(error, StoreError::NoPermission(_));
            let trouble = if denied {
                Trouble::Denied
            } else {
                Trouble::Io(error.to_string())
            };
            Material {
                path_state: PathState::Absent,
                content: Err(trouble),
                exposed: None,
            }
        }
    }
}

/// One file, links followed inside the root.
pub fn file(root: &Root, path: &Path) -> Material {
    match at(root, path, true) {
        Ok(found) => material(found),
        Err(trouble) => Material {
            path_state: unread(root, path),
            content: Err(trouble),
            exposed: None,
        },
    }
}

/// One file in a folder of kubepki's own, no link followed.
pub(super) fn kept(folder: &File, name: &OsStr) -> Material {
    match look(folder, name) {
        Ok(seen) => material((seen, None, None)),
        Err(trouble) => Material {
            path_state: PathState::Absent,
            content: Err(trouble),
            exposed: None,
        },
    }
}

fn material((mut seen, through, exposed): FoundPath) -> Material {
    if let PathState::File { through: link, .. } = &mut seen.path_state {
        *link = through;
    }
    let content = match (seen.content, &seen.path_state) {
        (Some(content), _) => Ok(content),
        (None, PathState::Directory { .. }) => Err(Trouble::NotAFile(Form::Directory)),
        (None, _) => Err(Trouble::Absent),
    };
    Material {
        path_state: seen.path_state,
        content,
        exposed,
    }
}

/// How the path itself stands.
fn link(root: &Root, path: &Path) -> PathState {
    at(root, path, false).map_or_else(|_| unread(root, path), |(seen, ..)| seen.path_state)
}

/// What is there, the text of the link that leads to it, and why it must not be changed.
type FoundPath = (SeenAtPath, Option<String>, Option<String>);

fn at(root: &Root, path: &Path, follow: bool) -> Result<FoundPath, Trouble> {
    match root.spot(path, follow) {
        Ok(spot) => {
            let seen = look(&spot.folder, &spot.name)?;
            let exposed = spot
                .exposed()
                .or_else(|| seen.exposed(spot.open_folder.is_some()).map(str::to_owned));
            Ok((seen, spot.through, exposed))
        }
        // The folder is not there either.
        Err(Trouble::Absent) => Ok((SeenAtPath::nothing(), None, None)),
        Err(trouble) => Err(trouble),
    }
}

/// How a path stands whose content is not known: a digest that is none fits no file.
fn unread(root: &Root, path: &Path) -> PathState {
    root.facts(path)
        .map_or(PathState::Absent, |facts| PathState::File {
            sha256: String::new(),
            attributes: Attributes {
                owner: facts.uid,
                group: facts.gid,
                mode: facts.mode,
            },
            through: facts.link,
        })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;
    use crate::pki::{hex, sha256};

    /// A root with a file, a folder, a FIFO and two links, of which one leads to the file.
    fn planted() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("d")).unwrap();
        fs::write(path("a"), "text").unwrap();
        fs::set_permissions(path("a"), Permissions::from_mode(0o640)).unwrap();
        symlink("/a", path("d/link")).unwrap();
        symlink("/nowhere", path("dangling")).unwrap();
        mknodat(
            CWD,
            path("fifo"),
            FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        folder
    }

    /// All of it, as files and as links.
    fn materials() -> Materials {
        let folder = planted();
        let root = Root::open(folder.path(), Path::new("/")).unwrap();
        let names = ["/a", "/d/link", "/dangling", "/fifo", "/d", "/none/x"];
        let needs = Needs {
            files: names.map(str::to_owned).to_vec(),
            links: names.map(str::to_owned).to_vec(),
            ..Needs::default()
        };
        read(&root, &needs)
    }

    #[test]
    fn files_stand_as_they_are_and_links_are_followed_inside_the_root() {
        let files = materials().files;
        let digest = hex(&sha256(b"text"));
        for (name, way) in [("/a", None), ("/d/link", Some("/a"))] {
            let PathState::File {
                sha256,
                attributes,
                through,
            } = &files[name].path_state
            else {
                panic!("{name}")
            };
            assert_eq!(
                (sha256, attributes.mode, through.as_deref()),
                (&digest, 0o640, way),
                "{name}"
            );
            assert_eq!(files[name].content.as_ref().unwrap().expose(), b"text");
        }
    }

    #[test]
    fn what_has_no_content_says_why() {
        let files = materials().files;
        for (name, why) in [
            ("/dangling", "does not exist"),
            ("/fifo", "is a device, FIFO or socket, not a file"),
            ("/d", "is a directory, not a file"),
            ("/none/x", "does not exist"),
        ] {
            let found = files[name]
                .content
                .as_ref()
                .map_err(ToString::to_string)
                .map(drop);
            assert_eq!(found, Err(why.to_owned()), "{name}");
        }
    }

    #[test]
    fn links_stand_as_they_are_themselves() {
        let Materials { files, links, .. } = materials();
        assert_eq!(
            links["/d/link"],
            PathState::Link {
                text: "/a".to_owned()
            }
        );
        assert_eq!(
            links["/dangling"],
            PathState::Link {
                text: "/nowhere".to_owned()
            }
        );
        assert_eq!(
            (&links["/none/x"], &files["/none/x"].path_state),
            (&PathState::Absent, &PathState::Absent)
        );
        assert!(matches!(links["/d"], PathState::Directory { .. }));
    }
}
