//! Plain data that is kept or given: what a plan does, what an operation was, how a path stands,
//! what went wrong, settings, and what a user writes for a moment, a duration, a period.

mod approval;
pub mod decided_request;
mod decision;
pub mod encoding;
pub mod ledger;
pub mod moment;
pub mod operation;
pub mod path_state;
mod plan_kind;
pub mod plan_summary;
pub mod problem;
mod reason;
pub mod settings;
pub mod waiting;
pub mod waiting_request;

pub use approval::{APPROVAL_FILE, Approval};
pub use decision::{Answer, Decided, RequestDecision, RuleRecord};
pub use ledger::{Ledger, LedgerEntry, LedgerFault, LedgerFaultKind, LedgerQuery};
pub use operation::{
    By, Damaged, History, JournalEntry, Operation, OperationState, Recovered, RecoveryOutcome,
    RecoveryWay, RestartRecord, RestartState,
};
pub use path_state::{Attributes, PathState};
pub use plan_kind::PlanKind;
pub use plan_summary::{
    ArchiveSummary, ChangeAction, ChangeSummary, IssueSummary, KeyChange, Left, NodeFile,
    NodeSummary, Place, PlanSummary, RestartSummary,
};
pub use problem::Problem;
pub use reason::Reason;
pub use settings::Settings;
