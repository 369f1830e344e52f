//! The answers of the clusters that were set up here: `clusters/<name>.yaml` in the state folder.

use super::StoreError;
use super::kept::{self, KeptFiles};
use super::state::StateFolder;
use crate::setup::ClusterSpec;
use crate::setup::kept::{FOLDER, cluster_of, from_yaml};

/// The answers, in the order of the clusters' names.
pub type KeptClusters = KeptFiles<ClusterSpec>;

/// Every cluster that this state folder keeps answers of.
///
/// # Errors
/// [`StoreError::NotPrivate`], [`StoreError::Foreign`] where others could have put something there;
/// [`StoreError::Closed`], [`StoreError::Io`].
pub fn list(state: &StateFolder) -> Result<KeptClusters, StoreError> {
    kept::list(state, FOLDER, |name| cluster_of(name).is_some(), read)
}

fn read(name: &str, text: &str) -> Result<ClusterSpec, String> {
    let answers = from_yaml(text)?;
    if cluster_of(name) != Some(&answers.name) {
        return Err(format!(
            "it holds the answers of another cluster, {:?}",
            answers.name
        ));
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    use super::*;
    use crate::setup::kept::to_yaml;
    use crate::store::read::Root;

    fn list(state: &Path) -> Result<KeptClusters, StoreError> {
        super::list(
            &StateFolder::of(state, &Root::open(Path::new("/"), Path::new("/")).unwrap()).unwrap(),
        )
    }

    #[test]
    fn a_damaged_file_costs_only_itself() {
        let state = tempfile::tempdir().unwrap();
        assert_eq!(list(&state.path().join("none")), Ok(KeptFiles::default()));
        assert_eq!(list(state.path()), Ok(KeptFiles::default()));
        let folder = state.path().join(FOLDER);
        fs::create_dir(&folder).unwrap();
        let answers = |name: &str| ClusterSpec {
            name: name.to_owned(),
            ..ClusterSpec::default()
        };
        for name in ["prod", "dev"] {
            fs::write(
                folder.join(format!("{name}.yaml")),
                to_yaml(&answers(name)).unwrap(),
            )
            .unwrap();
        }
        fs::write(
            folder.join("other.yaml"),
            to_yaml(&answers("prod")).unwrap(),
        )
        .unwrap();
        fs::write(folder.join("bad.yaml"), "name: \u{1b}[31m\"x").unwrap();
        fs::write(folder.join("bytes.yaml"), b"\xff\xfe").unwrap();
        fs::write(folder.join("huge.yaml"), " ".repeat(5 << 20)).unwrap();
        fs::write(folder.join("README"), "none").unwrap();
        fs::create_dir(folder.join("folder.yaml")).unwrap();
        symlink("prod.yaml", folder.join("link.yaml")).unwrap();
        let KeptFiles {
            all: clusters,
            faults,
        } = list(state.path()).unwrap();
        assert_eq!(clusters, [answers("dev"), answers("prod")]);
        for (name, word) in [
            ("bad", "YAML"),
            ("bytes", "UTF-8"),
            ("folder", "no file"),
            ("huge", "4 MiB"),
            ("link", "no file"),
            ("other", "\"prod\""),
        ] {
            let told = faults
                .iter()
                .any(|fault| fault.contains(&format!("{name}.yaml: ")) && fault.contains(word));
            assert!(told, "{name}: {faults:?}");
        }
        assert_eq!(faults.len(), 6, "{faults:?}");
        assert!(
            faults.iter().all(|fault| !fault.contains('\u{1b}')),
            "{faults:?}"
        );
    }

    #[test]
    fn a_folder_that_others_write_to_is_refused() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join(FOLDER);
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(list(state.path()), Err(StoreError::NotPrivate(folder)));
    }
}
