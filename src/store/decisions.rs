//! Decisions on requests that are no objects: `decisions/<sha256>.yaml` in the state folder.

use super::StoreError;
use super::kept::{self, KeptFiles};
use super::state::StateFolder;
use crate::record::decided_request::{DecidedRequest, FOLDER, is_file_name};

/// Every decision that this state folder keeps, in the order of their files.
///
/// # Errors
/// [`StoreError::NotPrivate`], [`StoreError::Foreign`] where others could have put something there;
/// [`StoreError::Closed`], [`StoreError::Io`].
pub fn list(state: &StateFolder) -> Result<KeptFiles<DecidedRequest>, StoreError> {
    kept::list(state, FOLDER, is_file_name, DecidedRequest::from_yaml)
}
