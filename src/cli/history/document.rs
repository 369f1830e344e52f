//! `kind: Operation` and `kind: OperationList`.

use serde::Serialize;

use crate::cli::document::API_VERSION;
use crate::cli::plan::PlanBody;
use crate::cli::restart::RestartDocument;
use crate::record::{By, Operation};
use crate::words::date;

/// One operation with its head.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneOperation {
    api_version: &'static str,
    kind: &'static str,
    #[serde(flatten)]
    operation: OperationDocument,
}

/// All operations, newest first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OperationList {
    api_version: &'static str,
    kind: &'static str,
    items: Vec<OperationDocument>,
}

/// One operation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OperationDocument {
    id: String,
    root: String,
    plan: PlanBody,
    state: &'static str,
    by: By,
    started_at: String,
    ended_at: Option<String>,
    error: Option<String>,
    restarts: Vec<RestartDocument>,
    undoes: Option<String>,
    undone_by: Option<String>,
}

impl OneOperation {
    pub(super) fn new(operation: &Operation) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "Operation",
            operation: operation.into(),
        }
    }
}

impl OperationList {
    pub(super) fn new(operations: &[Operation]) -> Self {
        let items = operations.iter().map(OperationDocument::from).collect();
        Self {
            api_version: API_VERSION,
            kind: "OperationList",
            items,
        }
    }
}

impl From<&Operation> for OperationDocument {
    fn from(operation: &Operation) -> Self {
        Self {
            id: operation.id.clone(),
            root: operation.root.clone(),
            plan: PlanBody::new(&operation.plan, None, operation.started_at),
            state: operation.state.word(),
            by: operation.by.clone(),
            started_at: date::rfc3339(operation.started_at),
            ended_at: operation.ended_at.map(date::rfc3339),
            error: operation.error.clone(),
            restarts: operation
                .restarts
                .iter()
                .map(RestartDocument::from)
                .collect(),
            undoes: operation.undoes.clone(),
            undone_by: operation.undone_by.clone(),
        }
    }
}
