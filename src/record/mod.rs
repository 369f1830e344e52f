//! Plain data that is kept or given: what a plan does, what an operation was, how a path stands, what went wrong, settings, and
//! what a user writes for a moment, a duration, a period.

pub mod encoding;
pub mod moment;
pub mod operation;
pub mod plan_summary;
pub mod problem;
pub mod settings;
pub mod standing;
pub mod waiting;

pub use operation::{By, Entry, Operation, OperationState, Outcome, Recovered, RestartRecord, RestartState, Way};
pub use plan_summary::{
    ArchiveSummary, ChangeAction, ChangeSummary, IssueSummary, KeyChange, Left, NodeFile, NodeSummary, Place,
    PlanSummary, RestartSummary,
};
pub use problem::Problem;
pub use settings::Settings;
pub use standing::{Attributes, Standing};
