//! `settings.yaml` in the config folder.

use std::path::{Path, PathBuf};

use super::Error;
use crate::record::Settings;

/// The file's name.
const NAME: &str = "settings.yaml";

/// The user's config folder; `None` where the user has no home.
pub fn default_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "kubepki").map(|folders| folders.config_dir().to_owned())
}

/// The settings of this config folder; where there is no such file or folder, the defaults.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read or says what no setting is.
pub fn read(folder: Option<&Path>) -> Result<Settings, Error> {
    let Some(path) = folder.map(|folder| folder.join(NAME)) else { return Ok(Settings::default()) };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Settings::default()),
        Err(error) => return Err(Error::Io { path, why: error.to_string() }),
    };
    parse(&text).map_err(|why| Error::Io { path, why })
}

fn parse(text: &str) -> Result<Settings, String> {
    // A file of comments alone is no mapping, and sets nothing.
    let settings: Option<Settings> = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let settings = settings.unwrap_or_default();
    if settings.lifetime_days == Some(0) {
        return Err("lifetimeDays: a certificate must live for a day at least".to_owned());
    }
    Ok(settings)
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
        assert_eq!((settings.lifetime_days, settings.kept_operations(), settings.kept_days()), (Some(90), 3, 400));
    }

    #[test]
    fn what_no_setting_is_is_named() {
        for (text, word) in [
            ("lifeTimeDays: 90", "lifeTimeDays"),
            ("lifetimeDays: ninety", "lifetimeDays"),
            ("lifetimeDays: 0", "lifetimeDays"),
            ("- 1", "sequence"),
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
