//! A plan before it is applied. It reads like a letter: what happens, what can go wrong, then each certificate, old
//! beside new. Leaving it drops the plan.
//!
//! ```text
//!  Expiring › Renew what is due
//! ╭─ Plan ─────────────────────────────────────────────────────────╮
//! │ 5 certificates renewed in 8 files on this master, one transac… │
//! │ 3 programs still hold the old ones until they restart          │
//! │ CA kubernetes signs, key here · undo: u · old files are kept   │
//! │ The other masters need their own renewal; do not copy these    │
//! │                                                                │
//! │                        ends now      then         key          │
//! │▌apiserver              19 Nov 2026   22 Nov 2027  RSA-2048 new │
//! ╰────────────────────────────────────────────────────────────────╯
//!  ↵ apply  d difference  c commands  Esc leave                ? help
//! ```

use crate::model::theme::Tone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::super::chrome;
use super::super::hidden::Hidden;
use super::super::spoken::Spoken;
use super::Screen;
use super::detail::Detail;
use crate::model::change::{ChangeProgress, Stage};
use crate::model::key::{KeyCode, Named};
use crate::model::world::World;
use crate::model::{Action, Effect, Key, Mouse, Route, WizardName};
use crate::plan::Request;
use crate::words::count;

/// The review's state: a page, and the passphrase while one is typed.
#[derive(Debug)]
pub struct Review {
    page: Detail,
    passphrase: Hidden,
    asks: bool,
    is_made: bool,
    is_refused: bool,
}

const FOOTER: [Action; 6] = [
    Action::Apply,
    Action::Difference,
    Action::Commands,
    Action::Options,
    Action::Back,
    Action::Palette,
];

/// Where there is no plan.
const REFUSED: [Action; 3] = [Action::Again, Action::Back, Action::Palette];

impl Default for Review {
    fn default() -> Self {
        Self {
            page: Detail::new(Route::Review),
            passphrase: Hidden::default(),
            asks: false,
            is_made: false,
            is_refused: false,
        }
    }
}

/// Whether it is being applied, or will be without another word as soon as its plan is made: who left would not see it.
fn is_applied_unseen(change: &ChangeProgress) -> bool {
    match change.stage {
        Stage::Applying(..) => true,
        Stage::Making(_) => change.at_once,
        _ => false,
    }
}

impl Screen for Review {
    fn route(&self) -> Route {
        Route::Review
    }

    fn refresh(&mut self, world: &World) {
        let asks = world
            .change
            .as_ref()
            .is_some_and(|change| matches!(change.stage, Stage::Passphrase { .. }));
        if asks != self.asks {
            self.passphrase = Hidden::default();
        }
        self.asks = asks;
        // A plan that has just come is read from its beginning.
        let is_made = world
            .change
            .as_ref()
            .is_some_and(|change| change.summary().is_some());
        if is_made != self.is_made {
            self.page = Detail::new(Route::Review);
        }
        self.is_made = is_made;
        self.is_refused = world
            .change
            .as_ref()
            .is_some_and(|change| matches!(change.stage, Stage::Refused(_)));
        self.page.refresh(world);
    }

    fn update(&mut self, world: &World, action: Action) -> Vec<Effect> {
        match (action, world.change.as_ref().map(|change| &change.request)) {
            (Action::Apply, _) => vec![Effect::Apply],
            // Not at once: it did not go as expected.
            (Action::Again, Some(request)) => vec![Effect::Plan(request.clone())],
            (Action::Options, Some(Request::Renew(renew))) => {
                vec![Effect::Open(Route::Wizard(WizardName::Renew(
                    renew.what.clone(),
                )))]
            }
            // The wizard lies below, with its answers.
            (Action::Options, Some(Request::Setup(_) | Request::Import(_) | Request::Issue(_))) => {
                vec![Effect::Close]
            }
            (Action::Renew | Action::RenewDue | Action::Undo | Action::Select, _) => Vec::new(),
            _ => self.page.update(world, action),
        }
    }

    fn refusal(&self, world: &World, action: Action) -> Option<&'static str> {
        let change = world.change.as_ref();
        let stage = change.map(|change| &change.stage);
        match action {
            Action::Apply => match stage {
                Some(Stage::Made(plan)) if plan.is_empty() => Some("there is nothing to do"),
                Some(Stage::Made(_)) => None,
                Some(Stage::Making(_)) => Some("the plan is still being made"),
                Some(Stage::Applying(..) | Stage::Reading) => Some("a change is under way"),
                _ => Some("there is no plan"),
            },
            Action::Again if !matches!(stage, Some(Stage::Refused(_))) => {
                Some("nothing was refused")
            }
            Action::Back if change.is_some_and(is_applied_unseen) => Some("a change is under way"),
            Action::Options => {
                let asked = |request: &Request| {
                    matches!(
                        request,
                        Request::Renew(_)
                            | Request::Setup(_)
                            | Request::Import(_)
                            | Request::Issue(_)
                    )
                };
                let has_options = change.is_some_and(|change| asked(&change.request));
                (!has_options).then_some("nothing was asked for it")
            }
            Action::Renew | Action::RenewDue | Action::Issue | Action::Undo | Action::Select => {
                Some("this plan waits: Esc leaves it")
            }
            Action::Commands if change.is_none_or(|change| change.summary().is_none()) => {
                Some("there is no plan")
            }
            _ => self.page.refusal(world, action),
        }
    }

    fn footer(&self) -> &'static [Action] {
        if self.is_refused { &REFUSED } else { &FOOTER }
    }

    fn render(&self, world: &World, frame: &mut Frame, area: Rect) {
        self.page.render(world, frame, area);
        let (true, Some(Stage::Passphrase { wrong, .. })) =
            (self.asks, world.change.as_ref().map(|one| &one.stage))
        else {
            return;
        };
        let inner = chrome::frame(world, true, Vec::new(), Vec::new()).inner(area);
        let wrong = if *wrong {
            "   that was not the passphrase"
        } else {
            ""
        };
        let typed = "*".repeat(self.passphrase.len());
        let parts = [
            ("passphrase  ", Tone::Dim),
            (typed.as_str(), Tone::Bright),
            (wrong, Tone::Bad),
        ];
        let spans: Vec<Span<'_>> = parts
            .into_iter()
            .map(|(words, tone)| Span::styled(words, world.style(tone)))
            .collect();
        let y = inner
            .y
            .saturating_add(self.page.lines().saturating_add(1))
            .min(inner.bottom().saturating_sub(1));
        let row = Rect {
            x: inner.x.saturating_add(1),
            y,
            width: inner.width.saturating_sub(1),
            height: inner.height.min(1),
        };
        frame.render_widget(ratatui::text::Line::from(spans), row);
        let caret = row
            .x
            .saturating_add(12)
            .saturating_add(u16::try_from(typed.len()).unwrap_or(0));
        frame.set_cursor_position((caret.min(inner.right()), y));
    }

    fn spoken(&self, world: &World) -> Spoken {
        let mut told = self.page.spoken(world);
        if let Some(Stage::Passphrase { wrong, .. }) =
            world.change.as_ref().map(|change| &change.stage)
        {
            let wrong = if *wrong {
                "that was not the passphrase; "
            } else {
                ""
            };
            told.line = format!(
                "{wrong}passphrase: {} typed",
                count::of(self.passphrase.len(), "character")
            );
        }
        told
    }

    fn title(&self, world: &World) -> Option<String> {
        self.page.title(world)
    }

    fn is_typing(&self) -> bool {
        self.asks || self.page.is_typing()
    }

    fn typed(&mut self, world: &World, key: Key) -> Vec<Effect> {
        if !self.asks {
            return self.page.typed(world, key);
        }
        match key.code {
            KeyCode::Named(Named::Escape) => vec![Effect::Close],
            KeyCode::Named(Named::Enter) if self.passphrase.len() > 0 => {
                vec![Effect::Passphrase(self.passphrase.take())]
            }
            _ => {
                self.passphrase.edit(key);
                Vec::new()
            }
        }
    }

    fn pasted(&mut self, world: &World, pasted: &str) {
        if self.asks {
            self.passphrase.insert(pasted);
        } else {
            self.page.pasted(world, pasted);
        }
    }

    fn mouse(&mut self, world: &World, mouse: Mouse, area: Rect) -> Vec<Effect> {
        self.page.mouse(world, mouse, area)
    }
}
