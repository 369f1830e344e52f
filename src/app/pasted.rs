//! What is pasted onto a list is read and opened; nothing of it is ever a command.

use zeroize::Zeroizing;

use crate::model::pasted::MOST_PASTED;
use crate::model::world::{Loaded, World};
use crate::model::{Beside, Effect, Pasted, Problem, RouteName};
use crate::pki::Secret;
use crate::words::given as told;

/// Whether what is pasted onto this screen is opened. A wizard and its review are about something.
fn takes(screen: RouteName) -> bool {
    !matches!(
        screen,
        RouteName::Wizard
            | RouteName::Review
            | RouteName::Lens
            | RouteName::Palette
            | RouteName::Help
    )
}

/// Takes a text that was pasted onto this screen.
pub(super) fn paste(world: &World, screen: RouteName, text: &str) -> Vec<Effect> {
    if !takes(screen) || text.trim().is_empty() {
        return Vec::new();
    }
    if matches!(world.loaded, Loaded::Reading(_)) {
        return vec![Effect::Say(Problem::new(
            "nothing was read yet; paste it again",
        ))];
    }
    if text.len() > MOST_PASTED {
        let megabytes = |bytes: usize| {
            let tenths = bytes.div_ceil(100_000);
            format!("{}.{} MB", tenths / 10, tenths % 10)
        };
        let long = format!("{} were pasted", megabytes(text.len()));
        let most = format!("at most {} are read", megabytes(MOST_PASTED));
        let problem = Problem::new(long).because(most);
        return vec![Effect::Say(problem.hint("kubepki show FILE reads more"))];
    }
    // Terminals paste a carriage return where the text has a line feed.
    let text = Zeroizing::new(text.replace("\r\n", "\n").replace('\r', "\n"));
    vec![
        Effect::Say(Problem::new("reading what was pasted")),
        Effect::Look(Beside::Pasted(Secret::from(text))),
    ]
}

/// Takes what a job has read of it.
pub(super) fn pasted(
    world: &mut World,
    is_typing: bool,
    pasted: Result<Box<Pasted>, Problem>,
) -> Vec<Effect> {
    let pasted = match pasted {
        Ok(pasted) if pasted.is_nothing() => {
            let problem = Problem::new("nothing of it could be decoded");
            return vec![Effect::Say(problem.because(told::READABLE))];
        }
        Ok(pasted) => pasted,
        Err(problem) => return vec![Effect::Trouble(problem)],
    };
    if is_typing {
        let problem = Problem::new("what was pasted is not opened: something is typed here");
        return vec![Effect::Say(problem)];
    }
    let route = pasted.first_page();
    world.pasted = Some((*pasted).into());
    vec![
        Effect::Drop(RouteName::Pasted),
        Effect::Refresh,
        Effect::Open(route),
    ]
}
