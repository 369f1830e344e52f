//! Another date to look at, with what will be dead by then.
//!
//! ```text
//! ╭─ Look at another date ─────────────────────────────╮
//! │ date  +90d                                         │
//! │       +90d, -10d, 2027-01-01; empty is now         │
//! │                                                    │
//! │ On 20 Feb 2027 2 are dead                          │
//! │   apiserver            expired 92 d                │
//! │ What stops                                         │
//! │   the API server is dark                           │
//! ╰────────────────────────────────────────────────────╯
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use time::OffsetDateTime;
use tui_input::Input;

use super::super::input::{edit, insert};
use super::super::spoken::{Spoken, spoken};
use super::super::{chrome, text, words};
use super::Screen;
use crate::inventory::judged::{Certainty, Judged};
use crate::inventory::life::life;
use crate::model::key::{KeyCode, Named};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Effect, Key, Mouse, MouseKind, Problem, Route};
use crate::record::moment::{self, parse_moment};
use crate::words::{count, date};

/// The prompt's state.
#[derive(Debug)]
pub struct Lens {
    input: Input,
    moment: Result<OffsetDateTime, moment::MomentError>,
    judged: Judged,
    top: usize,
}

impl Lens {
    /// The prompt; it starts with the date that is looked at.
    pub fn new(world: &World) -> Self {
        let value = world.lens.map(date::rfc3339).unwrap_or_default();
        Self {
            input: Input::new(value),
            moment: Ok(world.now),
            judged: Judged::default(),
            top: 0,
        }
    }

    /// The date that is typed; `None`: now, which goes on.
    fn asked(&self, now: OffsetDateTime) -> Result<Option<OffsetDateTime>, moment::MomentError> {
        match self.input.value().trim() {
            "" | "now" => Ok(None),
            text => parse_moment(text, now).map(Some),
        }
    }

    fn wrapped(&self, world: &World, cells: usize) -> Vec<Line<'static>> {
        self.lines(world)
            .into_iter()
            .flat_map(|line| text::wrap(&line.spans, cells))
            .collect()
    }

    /// Scrolls; a line is kept back for how many there are below.
    fn scroll(&mut self, world: &World, named: Named) -> bool {
        let body = chrome::areas(world).body;
        let room = usize::from(body.height.saturating_sub(5));
        let cells = usize::from(body.width.saturating_sub(4));
        let most = self.wrapped(world, cells).len().saturating_sub(room);
        let page = room.saturating_sub(2).max(1);
        self.top = match named {
            Named::Down => self.top + 1,
            Named::Up => self.top.saturating_sub(1),
            Named::PageDown => self.top + page,
            Named::PageUp => self.top.saturating_sub(page),
            _ => return false,
        }
        .min(most);
        true
    }

    fn lines(&self, world: &World) -> Vec<Line<'static>> {
        let styled = |text: String, tone| Span::styled(text, world.style(tone));
        let moment = match &self.moment {
            Ok(moment) => *moment,
            Err(error) => {
                return vec![Line::from(styled(
                    text::show(&error.to_string()),
                    Tone::Bad,
                ))];
            }
        };
        let inventory = world.inventory();
        let (count, not_yet) = (self.judged.all_dead(), self.judged.not_yet);
        let remedy = count::word(count, "certificate is dead", "certificates are dead");
        let waiting = if not_yet > 0 {
            format!(", {not_yet} not yet valid")
        } else {
            String::new()
        };
        let unseen = match self.judged.certainty(inventory) {
            Certainty::All | Certainty::InUse => "",
            Certainty::Judged => ", as far as could be judged",
            Certainty::Read => ", as far as could be read",
        };
        let mut lines = vec![Line::from(vec![
            styled(format!("On {} ", date::near(moment, 0)), Tone::Bright),
            styled(
                format!("{count} {remedy}"),
                match self.judged.certainty(inventory) {
                    _ if count > 0 => Tone::Bad,
                    Certainty::All | Certainty::InUse if not_yet == 0 => Tone::Good,
                    _ => Tone::Text,
                },
            ),
            styled(waiting, Tone::Warn),
            styled(unseen.to_owned(), Tone::Warn),
        ])];
        lines.extend(
            self.judged
                .stops
                .iter()
                .map(|stops| Line::from(styled(format!("  {}", stops.words()), Tone::Warn))),
        );
        lines.push(Line::default());
        for (index, item) in self.judged.dead(inventory).into_iter().take(200) {
            let end = item
                .certificate()
                .map(|certificate| life(inventory, index, certificate, moment).end);
            let ended = end.map(date::day).unwrap_or_default();
            let name = text::left(&words::item_name(world, item), 34, world.signs().ellipsis);
            lines.push(Line::from(vec![
                styled(format!("  {} {name}", world.signs().bad), Tone::Bad),
                styled(format!("ends {ended}"), Tone::Dim),
            ]));
        }
        lines
    }
}

impl Screen for Lens {
    fn route(&self) -> Route {
        Route::Lens
    }

    fn refresh(&mut self, world: &World) {
        self.top = 0;
        self.moment = self
            .asked(world.now)
            .map(|moment| moment.unwrap_or(world.now));
        if let Ok(moment) = &self.moment {
            self.judged = Judged::of(world.inventory(), &world.reading.order.by_end, *moment);
        }
    }

    fn update(&mut self, _world: &World, action: Action) -> Vec<Effect> {
        if action == Action::Back {
            vec![Effect::Close]
        } else {
            Vec::new()
        }
    }

    fn refusal(&self, _world: &World, _action: Action) -> Option<&'static str> {
        None
    }

    fn footer(&self) -> &'static [Action] {
        &[Action::Open, Action::Back]
    }

    fn render(&self, world: &World, frame: &mut Frame, area: Rect) {
        let title = vec![Span::styled(
            "Look at another date",
            world.style(Tone::TitleFocused),
        )];
        let block = chrome::frame(world, true, title, Vec::new());
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let value = text::show(self.input.value());
        let hints = [
            "+90d   -10d   2027-01-01   2027-01-01T00:00:00Z   empty is now",
            "+90d  2027-01-01  empty: now",
        ];
        let fits = |hint: &&str| text::width(hint) + 8 <= usize::from(inner.width);
        let hint = hints.into_iter().find(fits).unwrap_or("+90d");
        let mut lines = vec![
            Line::from(vec![
                Span::styled("date  ", world.style(Tone::Dim)),
                Span::styled(value, world.style(Tone::Bright)),
            ]),
            Line::from(Span::styled(
                format!("      {hint}"),
                world.style(Tone::Dim),
            )),
            Line::default(),
        ];
        let room = usize::from(inner.height.saturating_sub(3));
        let cells = usize::from(inner.width.saturating_sub(2));
        let all = self.wrapped(world, cells);
        let top = self.top.min(all.len().saturating_sub(room));
        let below = all.len().saturating_sub(top + room);
        lines.extend(all.into_iter().skip(top).take(room));
        if below > 0
            && let Some(last) = lines.last_mut().filter(|_| room > 0)
        {
            let more = format!("  {} more below: PgDn", below + 1);
            *last = Line::from(Span::styled(more, world.style(Tone::Dim)));
        }
        let x = inner.x.saturating_add(1);
        for (y, line) in (inner.y..inner.bottom()).zip(lines) {
            frame.render_widget(
                line,
                Rect {
                    x,
                    y,
                    width: inner.width.saturating_sub(1),
                    height: 1,
                },
            );
        }
        let caret = u16::try_from(self.input.visual_cursor())
            .unwrap_or(0)
            .saturating_add(x + 6);
        frame.set_cursor_position((caret.min(inner.right()), inner.y));
    }

    fn spoken(&self, world: &World) -> Spoken {
        let page = self
            .lines(world)
            .iter()
            .map(|line| spoken(&line.to_string()))
            .collect();
        Spoken {
            page,
            line: format!("date {}", text::show(self.input.value())),
        }
    }

    fn title(&self, _world: &World) -> Option<String> {
        Some("another date".to_owned())
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn typing_keys(&self, world: &World) -> Vec<(&'static str, &'static str)> {
        let enter = world.signs().enter;
        let is_now = matches!(self.asked(world.now), Ok(None));
        let mut keys = vec![(
            enter,
            if is_now {
                "look at now"
            } else {
                "look at that date"
            },
        )];
        if world.lens.is_some() && !is_now {
            keys.push(("Ctrl-u Enter", "back to now"));
        }
        keys.extend([("PgDn", "scroll"), ("Esc", "leave")]);
        keys
    }

    fn typed(&mut self, world: &World, key: Key) -> Vec<Effect> {
        match key.code {
            KeyCode::Named(Named::Escape) => return vec![Effect::Close],
            KeyCode::Named(Named::Enter) => {
                return match self.asked(world.now) {
                    Ok(moment) => vec![Effect::SetLens(moment), Effect::Close],
                    Err(error) => vec![Effect::Say(Problem::new(error.to_string()))],
                };
            }
            KeyCode::Named(named) if self.scroll(world, named) => {}
            _ => {
                if edit(&mut self.input, key) {
                    self.refresh(world);
                }
            }
        }
        Vec::new()
    }

    fn pasted(&mut self, world: &World, pasted: &str) {
        insert(&mut self.input, pasted);
        self.refresh(world);
    }

    fn mouse(&mut self, world: &World, mouse: Mouse, _area: Rect) -> Vec<Effect> {
        match mouse.kind {
            MouseKind::WheelUp => drop(self.scroll(world, Named::Up)),
            MouseKind::WheelDown => drop(self.scroll(world, Named::Down)),
            MouseKind::Click => {}
        }
        Vec::new()
    }
}
