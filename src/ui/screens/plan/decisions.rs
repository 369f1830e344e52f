//! What was thought of requests when they were decided on.

use crate::model::world::World;
use crate::record::PlanSummary;
use crate::ui::document::PageWriter;
use crate::ui::text;

/// A section for each request: reason, message, names left out, each rule.
pub(in crate::ui::screens) fn decisions(
    page: &mut PageWriter<'_>,
    world: &World,
    plan: &PlanSummary,
) {
    for decision in &plan.decisions {
        page.heading(&format!("Verdict on {}", text::show(&decision.name)));
        for (label, value) in [
            ("subject", &decision.subject),
            ("reason", &decision.reason),
            ("message", &decision.message),
        ] {
            if !value.is_empty() {
                page.fact(label, value);
            }
        }
        for name in &decision.dropped {
            page.fact("left out", name);
        }
        for rule in &decision.rules {
            super::super::rules::rule(page, world, rule.answer, &rule.text);
        }
    }
}
