//! What one plan needs, read just before it is made: exactly the files that it named.

use std::collections::BTreeMap;
use std::path::Path;

use super::read::{MOST_BYTES, Root, Trouble};
use crate::pki::{Secret, hex, sha256};
use crate::plan::{Material, Materials, Needs};
use crate::record::{Attributes, Standing};

/// Reads the files and links of `needs`. What cannot be read is there with the reason: the plan judges that.
pub fn read(root: &Root, needs: &Needs) -> Materials {
    let files: BTreeMap<_, _> = needs.files.iter().map(|path| (path.clone(), file(root, Path::new(path)))).collect();
    let links = needs.links.iter().map(|path| (path.clone(), root.standing(Path::new(path)))).collect();
    Materials { files, links, ..Materials::default() }
}

/// One file, links followed inside the root.
pub fn file(root: &Root, path: &Path) -> Material {
    let (standing, content) = match root.read(path, MOST_BYTES) {
        Ok((bytes, facts)) => {
            let attributes = Attributes { owner: facts.uid, group: facts.gid, mode: facts.mode };
            let sha256 = hex(&sha256(&bytes));
            (Standing::File { sha256, attributes, through: facts.link }, Ok(Secret::from(bytes)))
        }
        Err(trouble) => (unread(root, path), Err(trouble.to_string())),
    };
    Material { standing, content }
}

/// How a path stands whose content is not known: a digest that is none fits no file.
fn unread(root: &Root, path: &Path) -> Standing {
    match root.facts(path) {
        Ok(facts) => Standing::File {
            sha256: String::new(),
            attributes: Attributes { owner: facts.uid, group: facts.gid, mode: facts.mode },
            through: facts.link,
        },
        Err(Trouble::NotAFile(_)) => root.standing(path),
        Err(_) => Standing::Absent,
    }
}
