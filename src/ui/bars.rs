//! Tabs, trail and footer: what one can do, and where one is.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::chrome::spread;
use super::screens::Screen;
use super::{notice, restarts, text, tokens};
use crate::model::key::KeyCode;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Key, Mouse, MouseKind, Pane, Problem, Route};

/// The tab of a route; `None`: it has a trail in place of the tabs.
pub fn tab_of(route: &Route) -> Option<Action> {
    match route {
        Route::Overview(pane) => Some(PANES[pane.place()]),
        Route::History => Some(Action::History),
        Route::Served => Some(Action::Served),
        Route::Join => Some(Action::Join),
        _ => None,
    }
}

const PANES: [Action; 4] = [Action::Authorities, Action::Expiring, Action::Requests, Action::Kubeconfigs];

/// The tab line of the first screen: names and counts, or where that does not fit numbers and counts.
pub fn tabs(world: &World, focus: Action, frame: &mut Frame, area: Rect) {
    let tabs = fitting_tabs(world, focus, usize::from(area.width));
    let line: Vec<Span<'static>> = tabs.into_iter().flat_map(|(_, spans)| spans).collect();
    frame.render_widget(Line::from(line), area);
}

fn fitting_tabs(world: &World, focus: Action, width: usize) -> Hints {
    for name in [Action::label, short_label] {
        let mut tabs = tab_spans(world, focus, Some(name));
        let cells: usize = tabs.iter().map(|(_, spans)| text::line_width(spans)).sum();
        if cells <= width {
            return tabs;
        }
        if cells - tabs.len() <= width {
            // Closer together, yet with their names.
            for (_, spans) in &mut tabs {
                spans.pop();
            }
            return tabs;
        }
    }
    tab_spans(world, focus, None)
}

/// A tab's name where the whole ones do not fit beside each other.
fn short_label(action: Action) -> &'static str {
    match action {
        Action::Authorities => "CAs",
        Action::Kubeconfigs => "Configs",
        other => other.label(),
    }
}

/// How many need attention in a pane, and "!" where something is dead or broken.
fn counted(world: &World, pane: Pane) -> (usize, &'static str, bool) {
    let judged = &world.judged;
    let inventory = world.inventory();
    let mark = |wrong: usize| if wrong > 0 { "!" } else { "" };
    match pane {
        Pane::Authorities if judged.wrong_keys > 0 => (judged.wrong_keys, "!", true),
        Pane::Authorities => (judged.authorities, "", false),
        Pane::Expiring => {
            let ending = judged.due + judged.ending_authorities;
            let count = judged.all_dead() + judged.broken + judged.not_yet + ending;
            (count, mark(judged.all_dead() + judged.broken), true)
        }
        Pane::Requests => (inventory.requests.len(), "", true),
        Pane::Kubeconfigs if judged.wrong_kubeconfigs > 0 => (judged.wrong_kubeconfigs, "!", true),
        Pane::Kubeconfigs => (inventory.kubeconfigs.len(), "", false),
    }
}

/// How many operations there are; one that did not come to its end, or whose record is damaged, needs attention.
fn done(world: &World) -> (usize, &'static str, bool) {
    let Some(Ok(history)) = &world.history else { return (0, "", false) };
    let is_open = history.operations.iter().any(|operation| operation.state.is_unfinished());
    let needs_attention = is_open || !history.damaged.is_empty();
    (history.operations.len() + history.damaged.len(), if needs_attention { "!" } else { "" }, needs_attention)
}

fn tab_spans(world: &World, focus: Action, name: Option<fn(Action) -> &'static str>) -> Hints {
    let panes = Pane::ALL.into_iter().zip(PANES).map(|(pane, action)| (action, counted(world, pane)));
    let mut tabs = Vec::new();
    let others = [
        (Action::History, done(world)),
        (Action::Join, tokens::counted(world)),
        (Action::Served, restarts::wanting(world)),
    ];
    for (action, (count, mark, needs_attention)) in panes.chain(others) {
        let key = world.keymap.keys(action).first().map(ToString::to_string).unwrap_or_default();
        let is_focus = action == focus;
        let (number, text_role) = if is_focus {
            (Tone::Accent, Tone::Accent)
        } else {
            (Tone::Dim, if name.is_some() { Tone::Text } else { Tone::Dim })
        };
        let mut spans = vec![Span::styled(format!(" {key}"), world.style(number))];
        if let Some(name) = name {
            spans.push(Span::styled(format!(" {}", name(action)), world.style(text_role)));
        }
        let shown = name.is_none() || needs_attention || action == Action::History;
        if shown && count > 0 {
            let tone = match (is_focus, needs_attention) {
                (true, _) => Tone::Accent,
                (false, true) => Tone::Warn,
                (false, false) => Tone::Dim,
            };
            spans.push(Span::styled(format!("{}{count}{mark}", world.signs().dot), world.style(tone)));
        }
        spans.push(Span::raw(" "));
        tabs.push((action, spans));
    }
    tabs
}

/// The action that a click on the tab line, the trail or the footer means.
pub fn action_at(world: &World, route: &Route, typing: bool, offered: &[Action], mouse: Mouse) -> Option<Action> {
    let areas = super::chrome::areas(world);
    let is_in = |area: Rect| mouse.kind == MouseKind::Click && area.contains((mouse.column, mouse.row).into());
    match tab_of(route) {
        Some(tab) if is_in(areas.tabs) => hit(&fitting_tabs(world, tab, usize::from(world.size.0)), mouse.column),
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
            spans.push(Span::styled(format!(" {} ", world.signs().into), world.style(Tone::Dim)));
        }
        let tone = if at + 1 == trail.len() { Tone::Bright } else { Tone::Dim };
        spans.push(Span::styled(part.clone(), world.style(tone)));
    }
    let spans = notice::fitted(world, spans, usize::from(area.width));
    frame.render_widget(Line::from(spans), area);
}

/// Rows that a toast may take, at most.
const TOAST: u16 = 3;

/// The keys that do something now; help is never pushed off. A problem stands there until the next key, over the rows
/// above too where one does not hold it; one that still does not fit says where it stands whole.
pub fn footer(world: &World, actions: &[Action], toast: Option<&Problem>, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width);
    if let Some(toast) = toast {
        return self::toast(world, toast, frame, area);
    }
    let (left, right) = footer_parts(world, actions, width);
    let mut line = vec![Span::raw(" ")];
    line.extend(left.into_iter().flat_map(|(_, spans)| spans));
    spread(frame, area, line, right);
}

fn toast(world: &World, toast: &Problem, frame: &mut Frame, area: Rect) {
    let cells = usize::from(area.width).saturating_sub(2);
    let words = vec![Span::styled(text::show(&toast.line()), world.style(Tone::Bright))];
    let mut lines = text::wrap(&words, cells);
    // A small screen keeps its content.
    let most = if world.size.1 < 10 { 1 } else { TOAST };
    let rows = u16::try_from(lines.len()).unwrap_or(most).clamp(1, most);
    let is_cut = lines.len() > usize::from(rows);
    let key = world.keymap.keys(Action::Unread).first().map(ToString::to_string).unwrap_or_default();
    let is_kept = is_cut && world.problems.contains(toast);
    let whole = if is_kept { format!(" {key} shows it whole ") } else { String::new() };
    if is_cut {
        let rest = lines.split_off(usize::from(rows - 1));
        let rest: String = rest.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let rest = text::fit(&rest, cells.saturating_sub(text::width(&whole)), world.signs().ellipsis);
        lines.push(Line::from(Span::styled(rest, world.style(Tone::Bright))));
    }
    let above = area.y.min(rows - 1);
    let top = Rect { y: area.y - above, height: above + area.height, ..area };
    frame.render_widget(Clear, top);
    for (y, line) in (top.y..top.bottom()).zip(lines) {
        let whole = if y + 1 == top.bottom() { whole.clone() } else { String::new() };
        let left = [vec![Span::raw(" ")], line.spans].concat();
        let right = vec![Span::styled(whole, world.style(Tone::Accent))];
        spread(frame, Rect { y, height: 1, ..top }, left, right);
    }
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
        let selected = Span::styled(format!("{} selected  ", world.selected.len()), world.style(Tone::Bright));
        used += text::width(&selected.content);
        left.push((Action::Back, vec![selected]));
    }
    for action in actions.iter().filter(|action| !matches!(action, Action::Help | Action::Quit)) {
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

/// The keys that do something while one types, as far as they fit: every letter is text then. Help is never pushed off.
pub fn typing_footer(world: &World, keys: &[(&'static str, &'static str)], frame: &mut Frame, area: Rect) {
    let hint = |key: &str, words: &str| {
        vec![
            Span::styled(key.to_owned(), world.style(Tone::Accent)),
            Span::styled(format!(" {words}  "), world.style(Tone::Text)),
        ]
    };
    let help = typing_help(world).map(|key| hint(&key.to_string(), Action::Help.label())).unwrap_or_default();
    let mut room = usize::from(area.width).saturating_sub(1 + text::line_width(&help));
    let mut spans = vec![Span::raw(" ")];
    for hint in keys.iter().map(|(key, words)| hint(key, words)) {
        let Some(left) = room.checked_sub(text::line_width(&hint)) else { break };
        room = left;
        spans.extend(hint);
    }
    spans.extend(help);
    frame.render_widget(Line::from(spans), area);
}

/// The footer as a sentence.
pub fn told_keys(world: &World, screen: &dyn Screen, offered: &[Action]) -> String {
    let key = |action| world.keymap.keys(action).first().map(ToString::to_string).unwrap_or_default();
    let mut keys: Vec<String> = Vec::new();
    if screen.is_typing() {
        let name = |key: &'static str| if key == world.signs().enter { "Enter" } else { key };
        keys.extend(screen.typing_keys(world).into_iter().map(|(key, words)| format!("{} {words}", name(key))));
        keys.extend(typing_help(world).map(|key| format!("{key} {}", Action::Help.label())));
    } else {
        let all = offered.iter().filter(|action| !matches!(action, Action::Help | Action::Quit));
        let all = all.chain(&[Action::Help, Action::Quit]);
        keys.extend(all.map(|action| format!("{} {}", key(*action), action.label())));
    }
    format!("Keys: {}", keys.join(", "))
}

/// The key of the help that is no letter.
pub fn typing_help(world: &World) -> Option<&Key> {
    world.keymap.keys(Action::Help).iter().find(|key| matches!(key.code, KeyCode::Function(_)))
}

/// "↵ open".
pub(crate) fn key_hint(world: &World, action: Action) -> Vec<Span<'static>> {
    let key = world.keymap.keys(action).first().map(ToString::to_string).unwrap_or_default();
    let key = if key == "Enter" { world.signs().enter.to_owned() } else { key };
    vec![
        Span::styled(key, world.style(Tone::Accent)),
        Span::styled(format!(" {}", action.label()), world.style(Tone::Text)),
    ]
}
