//! What gives rights that only its own word confirms is named once more, whoever is there to be asked.

use crate::cli::failure::Failure;
use crate::pki::text::quoted;
use crate::record::{PlanSummary, Reason};

/// Refuses what was not named by `--confirm`, for the reasons why it must be.
pub(super) fn refuse_unnamed(plan: &PlanSummary, named: &[String]) -> Result<(), Failure> {
    let missing = plan.confirm.iter().filter(|name| !named.contains(name));
    let flags: Vec<String> = missing
        .map(|name| format!("--confirm {}", quoted(name)))
        .collect();
    if flags.is_empty() {
        return Ok(());
    }
    let asks = plan.asks.iter();
    let reasons = asks.filter(|reason| matches!(reason, Reason::Warning(_)));
    let reasons: Vec<String> = reasons.map(|one| plan.words(one).to_owned()).collect();
    let flags = flags.join(" ");
    Err(Failure::refused("not confirmed")
        .because_all(reasons)
        .hint(format!("who may have these rights gets them by {flags}")))
}
