//! Who is who on a machine: its passwd(5) file.

use std::path::Path;

use super::read::Root;

/// The most that is read of it, in bytes: a line has about a hundred.
const MOST_BYTES: u64 = 4 << 20;

/// The name of the user with this number on the machine that runs kubepki.
pub fn name_of(number: u32) -> Option<String> {
    name_in(&passwd(Path::new("/"))?, number)
}

/// The home folder of `user` on the machine whose files lie below `root`.
pub fn home_of(root: &Path, user: &str) -> Option<String> {
    home_in(&passwd(root)?, user)
}

fn passwd(root: &Path) -> Option<String> {
    let root = Root::open(root, Path::new("/")).ok()?;
    let (bytes, _) = root.read(Path::new("/etc/passwd"), MOST_BYTES).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The first name with this number.
fn name_in(passwd: &str, number: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(number)).then(|| name.to_owned())
    })
}

fn home_in(passwd: &str, user: &str) -> Option<String> {
    let line = passwd
        .lines()
        .find(|line| line.split(':').next() == Some(user))?;
    line.split(':')
        .nth(5)
        .filter(|home| home.starts_with('/'))
        .map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn names_are_found_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\n# :x\n:x:7:7::\nalice:x:1000:1000::/home/alice:/bin/sh\n";
        assert_eq!(name_in(passwd, 1000).as_deref(), Some("alice"));
        assert_eq!(name_in(passwd, 0).as_deref(), Some("root"));
        assert_eq!(name_in(passwd, 7), None);
    }

    #[test]
    fn homes_are_found_by_name() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000:Ann,,,:/home/ann:/bin/sh\nbad:x\n";
        assert_eq!(home_in(passwd, "ann").as_deref(), Some("/home/ann"));
        assert_eq!(home_in(passwd, "bad"), None);
        assert_eq!(home_in(passwd, "an"), None);
    }

    #[test]
    fn the_file_of_another_disk_is_looked_for_on_that_disk() {
        let folder = tempfile::tempdir().unwrap();
        let etc = folder.path().join("root/etc");
        fs::create_dir_all(&etc).unwrap();
        fs::write(
            folder.path().join("outside"),
            "ann:x:1:1::/outside:/bin/sh\n",
        )
        .unwrap();
        symlink(folder.path().join("outside"), etc.join("passwd")).unwrap();
        assert_eq!(home_of(&folder.path().join("root"), "ann"), None);
        fs::remove_file(etc.join("passwd")).unwrap();
        fs::write(etc.join("passwd"), "ann:\u{fffd}:1:1::/home/ann:/bin/sh\n").unwrap();
        assert_eq!(
            home_of(&folder.path().join("root"), "ann").as_deref(),
            Some("/home/ann")
        );
    }
}
