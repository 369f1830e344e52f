//! What the keeper of a cluster has confirmed of it: `approval` in `settings.yaml`, and `approval.yaml`
//! in the state folder. By this word requests are signed unasked, so it counts only from a file and a
//! folder that nobody else could have written.

use std::path::Path;

use super::StoreError;
use super::folder::Folder;
use super::guarded::MOST_OF_CONFIG;
use super::kept::judged_text;
use super::read::Root;
use super::settings;
use super::state::StateFolder;
use crate::record::{APPROVAL_FILE, Approval};

/// What was confirmed, as far as it counts; `None`: nothing was.
///
/// # Errors
/// [`StoreError::NotPrivate`], [`StoreError::Foreign`] where others could have written it;
/// [`StoreError::Io`] where it cannot be read, or says what cannot be meant.
pub fn confirmed(state: &StateFolder) -> Result<Option<Approval>, StoreError> {
    let Some(folder) = state.open()? else {
        return Ok(None);
    };
    of_file(&folder, APPROVAL_FILE, |text| {
        let read: Result<Approval, _> = serde_yaml::from_str(text);
        read.map(Some).map_err(|error| error.to_string())
    })
}

/// What `settings.yaml` in this folder says of it, as far as it counts.
///
/// # Errors
/// As [`confirmed`].
pub fn of_settings(folder: Option<&Path>) -> Result<Option<Approval>, StoreError> {
    let Some(folder) = folder else {
        return Ok(None);
    };
    let whole = Path::new("/");
    let judged = StateFolder::of(folder, &Root::open(whole, whole)?)?;
    let Some(folder) = judged.open()? else {
        return Ok(None);
    };
    of_file(&folder, settings::NAME, |text| {
        settings::parse(text).map(|settings| settings.approval)
    })
}

fn of_file(
    folder: &Folder,
    name: &str,
    read: impl Fn(&str) -> Result<Option<Approval>, String>,
) -> Result<Option<Approval>, StoreError> {
    if folder.stat(name)?.is_none() {
        return Ok(None);
    }
    let wrong = |why: String| StoreError::Io {
        path: folder.path().join(name),
        why,
    };
    let text = judged_text(folder, name).map_err(wrong)?;
    if text.len() as u64 > MOST_OF_CONFIG {
        return Err(wrong("it is longer than any such file".to_owned()));
    }
    let approval = read(&text).map_err(wrong)?;
    let fault = approval.as_ref().and_then(Approval::fault);
    fault.map_or(Ok(approval), |why| Err(wrong(why)))
}
