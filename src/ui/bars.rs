//! Tabs, trail and footer: what one can do, and where one is.

mod tab_line;
mod toast;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::chrome::spread;
use super::screens::Screen;
use super::{notice, text};
use crate::model::key::KeyCode;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Key, Mouse, MouseKind, Problem, Route};
use tab_line::fitting_tabs;
pub use tab_line::{tab_of, tabs};

/// The action that a click on the tab line, the trail or the footer means.
pub fn action_at(
    world: &World,
    route: &Route,
    typing: bool,
    offered: &[Action],
    mouse: Mouse,
) -> Option<Action> {
    let areas = super::chrome::areas(world);
    let is_in = |area: Rect| {
        mouse.kind == MouseKind::Click && area.contains((mouse.column, mouse.row).into())
    };
    match tab_of(route) {
        Some(tab) if is_in(areas.tabs) => hit(
            &fitting_tabs(world, tab, usize::from(world.size.0)),
            mouse.column,
        ),
        None if is_in(areas.tabs) => Some(Action::Back),
        _ if is_in(areas.footer) && !typing => hint_at(world, offered, mouse.column),
        _ => None,
    }
}

/// The key hint of the footer at a column.
fn hint_at(world: &World, actions: &[Action], column: u16) -> Option<Action> {
    let width = usize::from(world.size.0);
    let (left, right) = footer_parts(world, actions, width);
    let quits = text::line_width(&right);
    if quits > 0 && usize::from(column) >= width.saturating_sub(quits) {
        return Some(Action::Quit);
    }
    hit(&left, column.checked_sub(1)?)
}

/// The action whose spans hold a column.
fn hit(parts: &[(Action, Vec<Span<'static>>)], column: u16) -> Option<Action> {
    let mut end = 0;
    parts.iter().find_map(|(action, spans)| {
        end += text::line_width(spans);
        (usize::from(column) < end).then_some(*action)
    })
}

/// The trail in place of the tabs: where this screen was opened from.
pub fn trail(world: &World, trail: &[String], frame: &mut Frame, area: Rect) {
    let mut spans = vec![Span::raw(" ")];
    for (at, part) in trail.iter().enumerate() {
        if at > 0 {
            spans.push(Span::styled(
                format!(" {} ", world.signs().into),
                world.style(Tone::Dim),
            ));
        }
        let tone = if at + 1 == trail.len() {
            Tone::Bright
        } else {
            Tone::Dim
        };
        spans.push(Span::styled(part.clone(), world.style(tone)));
    }
    let spans = notice::fitted(world, spans, usize::from(area.width));
    frame.render_widget(Line::from(spans), area);
}

/// The keys that do something now; help is never pushed off. A problem stands there until the next
/// key, over the rows above too where one does not hold it; one that still does not fit says where
/// it stands whole.
pub fn footer(
    world: &World,
    actions: &[Action],
    toast: Option<&Problem>,
    frame: &mut Frame,
    area: Rect,
) {
    let width = usize::from(area.width);
    if let Some(toast) = toast {
        return toast::render(world, toast, frame, area);
    }
    let (left, right) = footer_parts(world, actions, width);
    let mut line = vec![Span::raw(" ")];
    line.extend(left.into_iter().flat_map(|(_, spans)| spans));
    spread(frame, area, line, right);
}

type Hints = Vec<(Action, Vec<Span<'static>>)>;

/// The hints that fit, and at the right the one that quits.
fn footer_parts(world: &World, actions: &[Action], width: usize) -> (Hints, Vec<Span<'static>>) {
    let help = key_hint(world, Action::Help);
    let mut right = key_hint(world, Action::Quit);
    right.push(Span::raw(" "));
    if width < text::line_width(&help) + text::line_width(&right) + 10 {
        right.clear();
    }
    let room = width.saturating_sub(text::line_width(&help) + text::line_width(&right) + 3);
    let mut left = Vec::new();
    let mut used = 1;
    if !world.selected.is_empty() && actions.contains(&Action::Select) {
        let selected = Span::styled(
            format!("{} selected  ", world.selected.len()),
            world.style(Tone::Bright),
        );
        used += text::width(&selected.content);
        left.push((Action::Back, vec![selected]));
    }
    for action in actions
        .iter()
        .filter(|action| !matches!(action, Action::Help | Action::Quit))
    {
        let mut hint = key_hint(world, *action);
        if used + text::line_width(&hint) > room {
            break;
        }
        hint.push(Span::raw("  "));
        used += text::line_width(&hint);
        left.push((*action, hint));
    }
    left.push((Action::Help, help));
    (left, right)
}

/// The keys that do something while one types, as far as they fit: every letter is text then. Help
/// is never pushed off.
pub fn typing_footer(
    world: &World,
    keys: &[(&'static str, &'static str)],
    frame: &mut Frame,
    area: Rect,
) {
    let hint = |key: &str, words: &str| {
        vec![
            Span::styled(key.to_owned(), world.style(Tone::Accent)),
            Span::styled(format!(" {words}  "), world.style(Tone::Text)),
        ]
    };
    let help = typing_help(world)
        .map(|key| hint(&key.to_string(), Action::Help.label()))
        .unwrap_or_default();
    let mut room = usize::from(area.width).saturating_sub(1 + text::line_width(&help));
    let mut spans = vec![Span::raw(" ")];
    for hint in keys.iter().map(|(key, words)| hint(key, words)) {
        let Some(left) = room.checked_sub(text::line_width(&hint)) else {
            break;
        };
        room = left;
        spans.extend(hint);
    }
    spans.extend(help);
    frame.render_widget(Line::from(spans), area);
}

/// The footer as a sentence.
pub fn told_keys(world: &World, screen: &dyn Screen, offered: &[Action]) -> String {
    let key = |action| {
        world
            .keymap
            .keys(action)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    let mut keys: Vec<String> = Vec::new();
    if screen.is_typing() {
        let name = |key: &'static str| {
            if key == world.signs().enter {
                "Enter"
            } else {
                key
            }
        };
        keys.extend(
            screen
                .typing_keys(world)
                .into_iter()
                .map(|(key, words)| format!("{} {words}", name(key))),
        );
        keys.extend(typing_help(world).map(|key| format!("{key} {}", Action::Help.label())));
    } else {
        let all = offered
            .iter()
            .filter(|action| !matches!(action, Action::Help | Action::Quit));
        let all = all.chain(&[Action::Help, Action::Quit]);
        keys.extend(all.map(|action| format!("{} {}", key(*action), action.label())));
    }
    format!("Keys: {}", keys.join(", "))
}

/// The key of the help that is no letter.
pub fn typing_help(world: &World) -> Option<&Key> {
    world
        .keymap
        .keys(Action::Help)
        .iter()
        .find(|key| matches!(key.code, KeyCode::Function(_)))
}

/// "↵ open".
pub(crate) fn key_hint(world: &World, action: Action) -> Vec<Span<'static>> {
    let key = world
        .keymap
        .keys(action)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let key = if key == "Enter" {
        world.signs().enter.to_owned()
    } else {
        key
    };
    vec![
        Span::styled(key, world.style(Tone::Accent)),
        Span::styled(format!(" {}", action.label()), world.style(Tone::Text)),
    ]
}
