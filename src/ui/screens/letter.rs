//! The page of a plan that waits for its word: the letter, or how far it is, or why it is not done.

use super::super::document::{Document, PageWriter};
use super::super::outcome;
use super::super::{text, tokens};
use super::gone::gone;
use super::plan;
use crate::model::Problem;
use crate::model::change::Stage;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::plan::Request;

/// The page of the plan, however far it is.
pub(super) fn document(world: &World) -> Document {
    let Some(change) = &world.change else {
        return gone("plan");
    };
    let mut page = PageWriter::new(world);
    let mut start = 0;
    let title = change.summary().map_or_else(
        || asked_for(world, &change.request),
        |plan| text::show(&plan.title),
    );
    match &change.stage {
        Stage::Making(words) => drop(page.sentence(vec![(words, Tone::Dim)])),
        Stage::Reading => drop(page.sentence(vec![("done: the disk is read again", Tone::Dim)])),
        Stage::Refused(problem) => refused(&mut page, problem),
        Stage::Passphrase { path, .. } => {
            page.sentence(vec![(path, Tone::Bright), (" is encrypted", Tone::Text)]);
            page.sentence(vec![(
                "its passphrase is used once and kept nowhere",
                Tone::Dim,
            )]);
        }
        Stage::Made(summary) | Stage::Applying(_, summary) => {
            plan::letter(&mut page, world, summary, change.at_once);
            // The heading of the one machine has its own.
            if summary.nodes.len() != 1 {
                page.blank();
            }
            start =
                page.len() + usize::from(!summary.issues.is_empty() && summary.nodes.is_empty());
            plan::table(&mut page, world, summary, None);
            plan::in_short(&mut page, world, summary);
            plan::certificates(&mut page, world, summary, None);
            if summary.nodes.is_empty() {
                plan::warnings(&mut page, summary, change.at_once);
            }
            plan::restarts(&mut page, summary);
            tokens::to_cluster(&mut page, world, summary);
            plan::left_alone(&mut page, world, summary);
            plan::decisions(&mut page, world, summary);
            plan::files(&mut page, world, summary);
        }
    }
    let kind = if matches!(change.stage, Stage::Refused(_)) {
        "Not done"
    } else {
        "Plan"
    };
    Document {
        kind,
        title,
        start,
        entries: page.finish(),
        ..Document::default()
    }
}

/// An error in place of the plan: the fact, its causes, what to do next.
fn refused(page: &mut PageWriter<'_>, problem: &Problem) {
    page.sentence(vec![(&problem.what, Tone::Bad)]);
    for (at, why) in problem.why.iter().enumerate() {
        if at == 0 {
            page.blank();
        }
        page.sentence(vec![(why, Tone::Text)]);
    }
    if !problem.hint.is_empty() {
        page.blank();
        page.sentence(vec![(&problem.hint, Tone::Bright)]);
    }
}

fn asked_for(world: &World, request: &Request) -> String {
    match request {
        Request::Renew(renew) => outcome::renewal(world, &renew.what),
        Request::Undo(_) => "Undo".to_owned(),
        Request::Prune => "Drop old files".to_owned(),
        Request::Setup(request) => format!("Set up {}", text::show(&request.cluster.name)),
        Request::Import(_) => "Import certificates".to_owned(),
        Request::Bootstrap(_) => "Let nodes join".to_owned(),
        Request::Issue(_) => "Issue a certificate".to_owned(),
        Request::Decide(_) => "Decide on requests".to_owned(),
        Request::Confirm(_) => "Confirm by what requests are judged".to_owned(),
    }
}
