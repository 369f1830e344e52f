//! The tabs of the screens that are always there, each with a count.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::{restarts, text, tokens};
use super::Hints;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Pane, Route};

/// The tab of a route; `None`: it has a trail in place of the tabs.
pub fn tab_of(route: &Route) -> Option<Action> {
    match route {
        Route::Overview(pane) => Some(PANES[pane.place()]),
        Route::Ledger => Some(Action::Ledger),
        Route::History => Some(Action::History),
        Route::Served => Some(Action::Served),
        Route::Join => Some(Action::Join),
        _ => None,
    }
}

const PANES: [Action; 4] = [
    Action::Authorities,
    Action::Expiring,
    Action::Requests,
    Action::Kubeconfigs,
];

/// The tab line of the first screen: names and counts, or where that does not fit numbers and
/// counts.
pub fn tabs(world: &World, focus: Action, frame: &mut Frame, area: Rect) {
    let tabs = fitting_tabs(world, focus, usize::from(area.width));
    let line: Vec<Span<'static>> = tabs.into_iter().flat_map(|(_, spans)| spans).collect();
    frame.render_widget(Line::from(line), area);
}

pub(super) fn fitting_tabs(world: &World, focus: Action, width: usize) -> Hints {
    for name in [TabNames::Whole, TabNames::Short, TabNames::ButWhatIsKept] {
        let mut tabs = tab_spans(world, focus, name);
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
    tab_spans(world, focus, TabNames::Not)
}

/// How tabs are named: the first way in which all fit beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TabNames {
    /// By their labels.
    Whole,
    /// By shorter ones.
    Short,
    /// So, but for what is kept of before, unless it is looked at or needs attention.
    ButWhatIsKept,
    /// By their keys alone.
    Not,
}

impl TabNames {
    fn name(self, action: Action, is_quiet: bool) -> Option<&'static str> {
        let is_of_before = matches!(action, Action::Ledger | Action::History);
        match (self, action) {
            (Self::Not, _) => None,
            (Self::ButWhatIsKept, _) if is_of_before && is_quiet => None,
            (Self::Whole, _) => Some(action.label()),
            (_, Action::Authorities) => Some("CAs"),
            (_, Action::Kubeconfigs) => Some("Configs"),
            _ => Some(action.label()),
        }
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

/// How many operations there are; one that did not come to its end, or whose record is damaged,
/// needs attention.
fn done(world: &World) -> (usize, &'static str, bool) {
    let Some(Ok(history)) = &world.history else {
        return (0, "", false);
    };
    let is_open = history
        .operations
        .iter()
        .any(|operation| operation.state.is_unfinished());
    let needs_attention = is_open || !history.damaged.is_empty();
    (
        history.operations.len() + history.damaged.len(),
        if needs_attention { "!" } else { "" },
        needs_attention,
    )
}

/// How many rows the ledger has that are not as they were written.
fn kept(world: &World) -> (usize, &'static str, bool) {
    let known = world
        .ledger
        .as_ref()
        .and_then(|ledger| ledger.as_ref().ok());
    let faults = known.map_or(0, |ledger| ledger.faults.len());
    (faults, "!", faults > 0)
}

fn tab_spans(world: &World, focus: Action, named: TabNames) -> Hints {
    let panes = Pane::ALL
        .into_iter()
        .zip(PANES)
        .map(|(pane, action)| (action, counted(world, pane)));
    let mut tabs = Vec::new();
    let others = [
        (Action::Ledger, kept(world)),
        (Action::History, done(world)),
        (Action::Join, tokens::counted(world)),
        (Action::Served, restarts::wanting(world)),
    ];
    for (action, (count, mark, needs_attention)) in panes.chain(others) {
        let key = world
            .keymap
            .keys(action)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        let is_focus = action == focus;
        let name = named.name(action, !is_focus && !needs_attention);
        let (number, text_role) = if is_focus {
            (Tone::Accent, Tone::Accent)
        } else {
            (
                Tone::Dim,
                if name.is_some() {
                    Tone::Text
                } else {
                    Tone::Dim
                },
            )
        };
        let mut spans = vec![Span::styled(format!(" {key}"), world.style(number))];
        if let Some(name) = name {
            spans.push(Span::styled(format!(" {name}"), world.style(text_role)));
        }
        let shown = name.is_none() || needs_attention || action == Action::History;
        if shown && count > 0 {
            let tone = match (is_focus, needs_attention) {
                (true, _) => Tone::Accent,
                (false, true) => Tone::Warn,
                (false, false) => Tone::Dim,
            };
            spans.push(Span::styled(
                format!("{}{count}{mark}", world.signs().dot),
                world.style(tone),
            ));
        }
        spans.push(Span::raw(" "));
        tabs.push((action, spans));
    }
    tabs
}
