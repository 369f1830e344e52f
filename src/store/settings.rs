//! `settings.yaml` in the config folder.

use std::path::{Path, PathBuf};

use super::StoreError;
use super::guarded::{self, Trouble};
use crate::kubernetes::yaml;
use crate::record::{Approval, Settings};

/// The file's name.
pub(super) const NAME: &str = "settings.yaml";

/// The user's config folder; `None` where the user has no home.
pub fn default_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "kubepki").map(|folders| folders.config_dir().to_owned())
}

/// The settings of this config folder; where there is no such file or folder, the defaults.
///
/// # Errors
/// [`StoreError::Io`] where the file cannot be read or says what no setting is.
pub fn read(folder: Option<&Path>) -> Result<Settings, StoreError> {
    let Some(path) = folder.map(|folder| folder.join(NAME)) else {
        return Ok(Settings::default());
    };
    let text = match guarded::text(&path, guarded::MOST_OF_CONFIG) {
        Ok(text) => text,
        Err(Trouble::Absent) => return Ok(Settings::default()),
        Err(trouble) => {
            return Err(StoreError::Io {
                path,
                why: trouble.to_string(),
            });
        }
    };
    parse(&text).map_err(|why| StoreError::Io { path, why })
}

pub(super) fn parse(text: &str) -> Result<Settings, String> {
    // A file of comments alone is no mapping, and sets nothing.
    let text = yaml::bounded(text).map_err(|error| error.to_string())?;
    let settings: Option<Settings> =
        serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let settings = settings.unwrap_or_default();
    let approval = settings.approval.as_ref().and_then(Approval::fault);
    let fault = out_of_range(&settings).or(approval.map(|why| format!("approval.{why}")));
    fault.map_or(Ok(settings), Err)
}

/// The first number that cannot be meant, as a sentence that names its key.
fn out_of_range(settings: &Settings) -> Option<String> {
    let numbers = [
        (
            "lifetimeDays",
            settings.lifetime_days.map(u64::from),
            1..=36_500,
        ),
        ("keepDays", settings.keep_days.map(u64::from), 0..=36_500),
        (
            "restartSeconds",
            settings.restart_seconds.map(u64::from),
            1..=86_400,
        ),
        ("kdfLimit", settings.kdf_limit, 1..=u64::MAX),
    ];
    numbers.into_iter().find_map(|(key, number, range)| {
        let number = number.filter(|number| !range.contains(number))?;
        Some(format!(
            "{key}: {number} is not between {} and {}",
            range.start(),
            range.end()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_has_its_default() {
        for text in ["", "# nothing\n", "{}", "keepDays: null\n"] {
            assert_eq!(parse(text), Ok(Settings::default()), "{text:?}");
        }
        let settings = parse("lifetimeDays: 90\nkeepOperations: 3\n").unwrap();
        assert_eq!(
            (
                settings.lifetime_days,
                settings.kept_operations(),
                settings.kept_days()
            ),
            (Some(90), 3, 400)
        );
    }

    #[test]
    fn what_no_setting_is_is_named() {
        for (text, word) in [
            ("lifeTimeDays: 90", "lifeTimeDays"),
            ("lifetimeDays: ninety", "lifetimeDays"),
            (
                "lifetimeDays: 0",
                "lifetimeDays: 0 is not between 1 and 36500",
            ),
            ("lifetimeDays: -1", "lifetimeDays"),
            ("lifetimeDays: 99999999999", "lifetimeDays"),
            (
                "lifetimeDays: 4000000",
                "lifetimeDays: 4000000 is not between 1 and 36500",
            ),
            (
                "keepDays: 4294967295",
                "keepDays: 4294967295 is not between 0 and 36500",
            ),
            ("keepOperations: 1e400", "keepOperations"),
            ("restartSeconds: 18446744073709551615", "restartSeconds"),
            (
                "restartSeconds: 0",
                "restartSeconds: 0 is not between 1 and 86400",
            ),
            (
                "restartSeconds: 4294967295",
                "restartSeconds: 4294967295 is not between 1 and 86400",
            ),
            (
                "kdfLimit: 0",
                "kdfLimit: 0 is not between 1 and 18446744073709551615",
            ),
            ("kdfLimit: .inf", "kdfLimit"),
            ("- 1", "sequence"),
            (
                "approval: {addressRanges: [10.0.0.0/33]}",
                "approval.addressRanges: \"10.0.0.0/33\" is no network",
            ),
            ("approval: {nodeNames: [\"a b\"]}", "approval.nodeNames"),
            ("approval: {maximumDays: 0}", "approval.maximumDays: 0"),
            ("approval: {maxDays: 1}", "maxDays"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(word), "{text}: {why}");
        }
    }

    #[test]
    fn no_folder_and_no_file_are_the_defaults_and_a_bad_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(None), Ok(Settings::default()));
        assert_eq!(read(Some(folder.path())), Ok(Settings::default()));
        std::fs::write(folder.path().join(NAME), "x: y").unwrap();
        let error = read(Some(folder.path())).unwrap_err().to_string();
        assert!(error.contains("settings.yaml"), "{error}");
    }
}
