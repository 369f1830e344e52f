//! Who dials a port, and whether he takes what it serves.

use super::super::super::document::PageWriter;
use super::super::super::served;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::running::{ComponentStatus, Port, SeenOnPort, Trust, Trusted};

pub(super) fn trusted(
    page: &mut PageWriter<'_>,
    world: &World,
    status: &ComponentStatus,
    port: &Port,
) {
    if port.callers.is_empty() {
        return;
    }
    let of = if matches!(status.served, SeenOnPort::Served { .. }) {
        "what is served"
    } else {
        "what lies on the disk"
    };
    page.heading(&format!("Who takes {of}"));
    for caller in &port.callers {
        let said = status.trusted.iter().find(|one| one.who == caller.who);
        let (words, tone) = said.map_or(("not known".to_owned(), Tone::Dim), opinion);
        let by = match &caller.trust {
            Trust::Anchors { file, .. } if *file == caller.who => "by its own CA".to_owned(),
            Trust::Anchors { file, .. } => format!("by {file}"),
            Trust::Everything => "verifies nothing".to_owned(),
            Trust::Unknown(why) => why.clone(),
        };
        let dials = if caller.dials.is_empty() {
            String::new()
        } else {
            format!("   dials {}", caller.dials.join(", "))
        };
        page.styled(
            &served::who(world, &caller.who),
            vec![
                (&words, tone),
                (&dials, Tone::Dim),
                (&format!("   {by}"), Tone::Dim),
            ],
        );
    }
}

/// What a caller says.
fn opinion(said: &Trusted) -> (String, Tone) {
    match &said.answer {
        Ok(true) => ("takes it".to_owned(), Tone::Good),
        Ok(false) => ("takes everything".to_owned(), Tone::Dim),
        Err(why) => (format!("refuses it: {why}"), Tone::Bad),
    }
}
