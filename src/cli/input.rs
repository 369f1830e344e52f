//! Files of this machine that flags name.

use crate::cli::failure::Failure;
pub(super) use crate::store::guarded::INPUT;
use crate::store::guarded::{self, Trouble};

/// The most that is read of one file, in bytes: a thousand nodes are a tenth of it.
const MOST_BYTES: u64 = 1 << 20;

/// A file as it is told of.
pub(super) fn shown(file: &str) -> &str {
    if file == INPUT {
        "standard input"
    } else {
        file
    }
}

/// The text of a file or, for `-`, of standard input.
pub(super) fn text_of(file: &str) -> Result<String, Failure> {
    let shown = shown(file);
    let bytes = guarded::given(file, MOST_BYTES).map_err(|trouble| {
        Failure::unable(format!("cannot read {shown}")).because(format!("it {trouble}"))
    })?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::usage(format!("{shown} {}", Trouble::NotText)))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
}

/// A path of this machine as it is from everywhere.
pub(super) fn absolute(path: &str) -> Result<String, Failure> {
    let absolute = std::path::absolute(path);
    let absolute = absolute.map_err(|error| {
        Failure::usage(format!("{path:?} is no path")).because(error.to_string())
    })?;
    absolute
        .into_os_string()
        .into_string()
        .map_err(|_| Failure::usage("the current folder's path is not UTF-8"))
}

/// The same for a file that must be there.
pub(super) fn there(path: &str) -> Result<String, Failure> {
    let path = absolute(path)?;
    let unread = |error: std::io::Error| {
        Failure::unable(format!("cannot read {path}")).because(error.to_string())
    };
    std::fs::metadata(&path).map_err(unread)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::failure::Exit;

    #[test]
    fn a_file_is_text_of_bounded_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nodes of mine");
        let path = path.to_str().unwrap();
        std::fs::write(path, "\u{feff}a 10.0.0.1\n").unwrap();
        assert_eq!(text_of(path).as_deref(), Ok("a 10.0.0.1\n"));
        for (content, exit) in [
            (vec![0xff], Exit::Usage),
            (vec![b' '; 2 << 20], Exit::Unable),
        ] {
            std::fs::write(path, content).unwrap();
            assert_eq!(text_of(path).unwrap_err().exit, exit);
        }
        for none in [folder.path().to_str().unwrap(), "/no/such/file"] {
            assert_eq!(text_of(none).unwrap_err().exit, Exit::Unable);
        }
        assert!(absolute("a b").unwrap().starts_with('/'));
        assert!(there(folder.path().to_str().unwrap()).is_ok());
        assert_eq!(there("/no/such/file").unwrap_err().exit, Exit::Unable);
        assert_eq!(absolute("").unwrap_err().exit, Exit::Usage);
    }
}
