//! Requests that wait for somebody else's CA: `requests/<name>.yaml` in the state folder.

use super::StoreError;
use super::kept::{self, Kept};
use super::state::StateFolder;
use crate::record::waiting_request::{FOLDER, WaitingRequest, is_file_name};

/// Every request that this state folder keeps.
///
/// # Errors
/// [`StoreError::NotPrivate`], [`StoreError::Foreign`] where others could have put something there;
/// [`StoreError::Closed`], [`StoreError::Io`].
pub fn list(state: &StateFolder) -> Result<Kept<WaitingRequest>, StoreError> {
    kept::list(state, FOLDER, is_file_name, |_, text| {
        WaitingRequest::from_yaml(text)
    })
}
