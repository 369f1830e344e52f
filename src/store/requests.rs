//! Requests that wait for somebody else's CA: `requests/<name>.yaml` in the state folder.

use super::StoreError;
use super::kept::{self, KeptFiles};
use super::state::StateFolder;
use crate::record::waiting_request::{FOLDER, WaitingRequest, is_file_name};

/// The requests, in the order of their files.
pub type KeptRequests = KeptFiles<WaitingRequest>;

/// Every request that this state folder keeps.
///
/// # Errors
/// [`StoreError::NotPrivate`], [`StoreError::Foreign`] where others could have put something there;
/// [`StoreError::Closed`], [`StoreError::Io`].
pub fn list(state: &StateFolder) -> Result<KeptRequests, StoreError> {
    kept::list(state, FOLDER, is_file_name, |name, text| {
        let waiting = WaitingRequest::from_yaml(text)?;
        let is_whole = waiting.is_whole(name);
        is_whole
            .then_some(waiting)
            .ok_or_else(|| "it is none that kubepki wrote".to_owned())
    })
}
