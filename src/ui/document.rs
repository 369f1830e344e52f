//! A page of facts that one reads and scrolls: headings, facts with a label, text. A fact may lead
//! somewhere (Enter), may know where it comes from (`w`) and may be copied (`y`).

mod layout;

use std::sync::Arc;

use ratatui::text::Span;

use super::panes::holds;
use super::rows::{self, Cell};
use super::spoken::listed;
use super::text;
use crate::kubernetes::component::Component;
use crate::model::Route;
use crate::model::theme::Tone;
use crate::model::world::World;
pub use layout::Layout;
pub(crate) use layout::scroll;

/// A page.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// What sort of page it is, in the frame's upper line.
    pub kind: &'static str,
    /// The name of the thing, in the trail.
    pub title: String,
    /// The entries in order.
    pub entries: Vec<DocumentEntry>,
    /// The entry that the cursor begins on, where it is on the first screen.
    pub start: usize,
    /// The sentence in the frame's lower line.
    pub bottom: Vec<Span<'static>>,
    /// PEM and SHA-256 for the clipboard, and what they are of.
    pub copies: Option<Copies>,
    /// A whole shell script that `y` copies, wherever the cursor stands.
    pub script: Option<String>,
    /// The file that `w` explains where the line under the cursor knows no better.
    pub path: Option<Arc<str>>,
}

/// What can be copied from a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copies {
    /// What it is of, as "apiserver".
    pub of: String,
    /// PEM.
    pub pem: String,
    /// SHA-256, lower-case hex.
    pub sha256: String,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct DocumentEntry {
    shape: Shape,
    /// Where Enter leads.
    pub opens: Option<Route>,
    /// What `y` copies in place of the PEM: a shell command.
    pub copies: Option<String>,
    /// The file of this machine that Enter opens.
    pub looks: Option<Arc<str>>,
    /// The component that Enter restarts.
    pub runs: Option<Component>,
}

#[derive(Debug, Clone)]
enum Shape {
    Blank,
    Heading(String),
    Fact {
        label: String,
        value: Vec<Span<'static>>,
    },
    Text(Vec<Span<'static>>),
    /// A mark and a name, and words that hang behind them where there is room.
    Step {
        head: Vec<Span<'static>>,
        words: Vec<Span<'static>>,
    },
    /// A sentence from the very left.
    Sentence(Vec<Span<'static>>),
    /// Columns from the very left: never wrapped, the first one bright under the cursor.
    Row(Vec<Span<'static>>),
}

impl DocumentEntry {
    /// Where Enter leads from here.
    pub(crate) fn opens(&mut self, route: Route) {
        self.opens = Some(route);
    }

    /// Enter opens this file of this machine.
    pub(crate) fn looks(&mut self, path: &str) {
        self.looks = Some(path.into());
    }

    /// What `y` copies here.
    pub(crate) fn copies(&mut self, text: &str) {
        self.copies = Some(text.to_owned());
    }

    fn new(shape: Shape) -> Self {
        Self {
            shape,
            opens: None,
            copies: None,
            looks: None,
            runs: None,
        }
    }

    fn holds(&self, needle: &str) -> bool {
        let in_spans =
            |spans: &[Span<'static>]| spans.iter().any(|span| holds(&span.content, needle));
        match &self.shape {
            Shape::Blank | Shape::Heading(_) => false,
            Shape::Text(spans) | Shape::Sentence(spans) | Shape::Row(spans) => in_spans(spans),
            Shape::Fact { label, value } => holds(label, needle) || in_spans(value),
            Shape::Step { head, words } => in_spans(head) || in_spans(words),
        }
    }

    /// As it is told: whole, however the page is broken into lines.
    pub(crate) fn said(&self) -> String {
        let words = |spans: &[Span<'static>]| {
            spans
                .iter()
                .map(|span| span.content.as_ref())
                .collect::<String>()
        };
        match &self.shape {
            Shape::Blank => String::new(),
            Shape::Heading(text) => text.clone(),
            Shape::Fact { label, value } if label.is_empty() => listed(&words(value)),
            Shape::Fact { label, value } => format!("{label}: {}", listed(&words(value))),
            Shape::Step { head, words: own } => listed(&format!("{}  {}", words(head), words(own))),
            Shape::Text(spans) | Shape::Sentence(spans) | Shape::Row(spans) => {
                listed(&words(spans))
            }
        }
    }

    fn can_be_selected(&self) -> bool {
        !matches!(self.shape, Shape::Blank | Shape::Heading(_))
    }
}

/// Collects the entries of a page.
#[derive(Debug)]
pub(crate) struct PageWriter<'a> {
    world: &'a World,
    entries: Vec<DocumentEntry>,
}

impl<'a> PageWriter<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self {
            world,
            entries: Vec::new(),
        }
    }

    pub(crate) fn heading(&mut self, text: &str) {
        if !self.entries.is_empty() {
            self.entries.push(DocumentEntry::new(Shape::Blank));
        }
        self.entries
            .push(DocumentEntry::new(Shape::Heading(text.to_owned())));
    }

    /// A fact. The value is shown safely.
    pub(crate) fn fact(&mut self, label: &str, value: &str) -> &mut DocumentEntry {
        self.styled(label, vec![(value, Tone::Text)])
    }

    /// A fact whose parts have meanings of their own. Each is shown safely.
    pub(crate) fn styled(&mut self, label: &str, value: Vec<(&str, Tone)>) -> &mut DocumentEntry {
        let value = self.spans(value);
        self.push(Shape::Fact {
            label: label.to_owned(),
            value,
        })
    }

    /// A line of its own.
    pub(crate) fn text(&mut self, parts: Vec<(&str, Tone)>) -> &mut DocumentEntry {
        let spans = self.spans(parts);
        self.push(Shape::Text(spans))
    }

    /// A step of a check list: its mark and name, and how it stands. Each part is shown safely.
    pub(crate) fn step(
        &mut self,
        head: Vec<(&str, Tone)>,
        words: Vec<(&str, Tone)>,
    ) -> &mut DocumentEntry {
        let (head, words) = (self.spans(head), self.spans(words));
        self.push(Shape::Step { head, words })
    }

    fn spans(&self, parts: Vec<(&str, Tone)>) -> Vec<Span<'static>> {
        parts
            .into_iter()
            .map(|(part, tone)| Span::styled(text::show(part), self.world.style(tone)))
            .collect()
    }

    /// A sentence from the very left. Each part is shown safely.
    pub(crate) fn sentence(&mut self, parts: Vec<(&str, Tone)>) -> &mut DocumentEntry {
        let spans = self.spans(parts);
        self.push(Shape::Sentence(spans))
    }

    /// Columns from the very left: each a text that is shown safely, its cells, its meaning.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) -> &mut DocumentEntry {
        let line = rows::line(self.world, false, cells);
        self.push(Shape::Row(line.spans.into_iter().skip(1).collect()))
    }

    /// An empty line.
    pub(crate) fn blank(&mut self) {
        self.entries.push(DocumentEntry::new(Shape::Blank));
    }

    /// Whether what the page is about lies in files, so that a shell reaches it.
    pub(crate) fn is_of_files(&self) -> bool {
        !self.world.inventory().is_given
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The first entry that leads somewhere; 0 where none does.
    pub(crate) fn first_link(&self) -> usize {
        let mut entries = self.entries.iter();
        entries.position(|entry| entry.opens.is_some()).unwrap_or(0)
    }

    pub(crate) fn finish(self) -> Vec<DocumentEntry> {
        self.entries
    }

    fn push(&mut self, shape: Shape) -> &mut DocumentEntry {
        self.entries.push(DocumentEntry::new(shape));
        let last = self.entries.len() - 1;
        &mut self.entries[last]
    }
}

impl Document {
    /// Leaves only the entries that hold `needle` (lower case), below their headings.
    pub(crate) fn keep(&mut self, needle: &str) {
        if needle.is_empty() {
            return;
        }
        let mut kept: Vec<DocumentEntry> = Vec::new();
        let mut heading = None;
        for entry in std::mem::take(&mut self.entries) {
            match &entry.shape {
                Shape::Blank => {}
                Shape::Heading(_) => heading = Some(entry),
                _ if entry.holds(needle) => {
                    if let Some(heading) = heading.take() {
                        if !kept.is_empty() {
                            kept.push(DocumentEntry::new(Shape::Blank));
                        }
                        kept.push(heading);
                    }
                    kept.push(entry);
                }
                _ => {}
            }
        }
        self.entries = kept;
    }

    /// The entry that the cursor comes to from `from` by `steps` (negative: upwards); stays where
    /// there is none.
    pub(crate) fn step(&self, from: usize, steps: isize) -> usize {
        let mut at = from;
        let mut found = from;
        let mut left = steps.unsigned_abs();
        while left > 0 {
            let next = if steps > 0 {
                at.checked_add(1)
            } else {
                at.checked_sub(1)
            };
            let Some(next) = next.filter(|next| *next < self.entries.len()) else {
                break;
            };
            at = next;
            if self.entries[at].can_be_selected() {
                found = at;
                left -= 1;
            }
        }
        found
    }

    /// The first entry at or after `at` that the cursor can stand on.
    pub(crate) fn first_from(&self, at: usize) -> usize {
        let after = (at..self.entries.len()).find(|at| self.entries[*at].can_be_selected());
        after
            .or_else(|| {
                (0..self.entries.len())
                    .rev()
                    .find(|at| self.entries[*at].can_be_selected())
            })
            .unwrap_or(0)
    }

    /// The first entry of the next or previous section.
    pub(crate) fn section(&self, from: usize, forward: bool) -> usize {
        let heading = |at: &usize| matches!(self.entries[*at].shape, Shape::Heading(_));
        let own = (0..=from.min(self.entries.len().saturating_sub(1)))
            .rev()
            .find(heading)
            .unwrap_or(0);
        let found = if forward {
            (from + 1..self.entries.len()).find(heading)
        } else if own + 1 < from {
            Some(own)
        } else {
            (0..own).rev().find(heading)
        };
        found.map_or(from, |heading| self.first_from(heading))
    }
}
