//! An item of a `RestartList`, and of the restarts of an `Operation`.

use serde::Serialize;

use crate::kubernetes::component::Component;
use crate::record::RestartRecord;
use crate::words::date;

/// What became of one component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct RestartDocument {
    component: Component,
    state: &'static str,
    served_before: Option<String>,
    served_after: Option<String>,
    why: Option<String>,
    /// When its state became what it is; `null`: with the operation.
    at: Option<String>,
}

impl From<&RestartRecord> for RestartDocument {
    fn from(record: &RestartRecord) -> Self {
        Self {
            component: record.component,
            state: record.state.word(),
            served_before: record.served_before.clone(),
            served_after: record.served_after.clone(),
            why: record.why.clone(),
            at: record.at.map(date::rfc3339),
        }
    }
}
