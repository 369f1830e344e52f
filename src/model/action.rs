//! Every action, declared once: keymap, footer, help, palette and the README's key table come from these rows.

/// What the user may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Show what the cursor stands on.
    Open,
    /// Leave the screen, or clear the filter.
    Back,
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// To the pane on the left, or the section before.
    Left,
    /// To the pane on the right, or the next section.
    Right,
    /// One page down.
    PageDown,
    /// One page up.
    PageUp,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// To the next pane or section.
    Next,
    /// To the pane or section before.
    Previous,
    /// To the Authorities.
    Authorities,
    /// To what expires.
    Expiring,
    /// To the requests.
    Requests,
    /// To the kubeconfigs.
    Kubeconfigs,
    /// One pane alone, or all again.
    Zoom,
    /// Show only rows that hold a text.
    Filter,
    /// Another order of the rows.
    Sort,
    /// Fold or unfold a CA.
    Fold,
    /// Look at another date.
    Lens,
    /// Where a fact comes from.
    Why,
    /// PEM to the clipboard.
    CopyPem,
    /// SHA-256 to the clipboard.
    CopyFingerprint,
    /// What could not be read.
    Unread,
    /// Read the disk again.
    Rescan,
    /// Dark or light.
    Theme,
    /// All actions by name.
    Palette,
    /// All keys.
    Help,
    /// Stop the program for a while.
    Suspend,
    /// End the program.
    Quit,
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct ActionRow {
    /// The action.
    pub action: Action,
    /// Its name in a keymap file, as "page-down".
    pub name: &'static str,
    /// One or two words, for the footer.
    pub label: &'static str,
    /// One sentence, for help and palette.
    pub help: &'static str,
    /// Whether it changes something outside of the program: refused under `--read-only`.
    pub dangerous: bool,
}

const fn row(action: Action, name: &'static str, label: &'static str, help: &'static str) -> ActionRow {
    ActionRow { action, name, label, help, dangerous: false }
}

/// All actions, in the order in which help shows them.
pub static ACTIONS: [ActionRow; 31] = [
    row(Action::Open, "open", "open", "Show everything about the row under the cursor"),
    row(Action::Back, "back", "back", "Leave this screen; in a list, clear the filter"),
    row(Action::Filter, "filter", "filter", "Show only the rows that hold a text"),
    row(Action::Sort, "sort", "sort", "Order the rows otherwise: worst, name, end, file"),
    row(Action::Why, "why", "why?", "Where a fact comes from: the file, the line, the flag"),
    row(Action::Lens, "lens", "date", "Look at the PKI as it will be at another date"),
    row(Action::Zoom, "zoom", "zoom", "Give one pane the whole screen, or show all again"),
    row(Action::Fold, "fold", "fold", "Fold or unfold what a CA signed"),
    row(Action::CopyPem, "copy-pem", "copy PEM", "Copy the certificate or request as PEM to your clipboard (OSC 52)"),
    row(Action::CopyFingerprint, "copy-fingerprint", "copy SHA-256", "Copy the SHA-256 fingerprint to your clipboard"),
    row(Action::Palette, "palette", "all actions", "Find an action or a certificate by its name and go there"),
    row(Action::Help, "help", "help", "All keys, to search and to run"),
    row(Action::Unread, "unread", "not read", "List what could not be read, and why"),
    row(Action::Rescan, "rescan", "rescan", "Read the disk again"),
    row(Action::Authorities, "authorities", "Authorities", "CAs with what they signed"),
    row(Action::Expiring, "expiring", "Expiring", "Every certificate, worst first"),
    row(Action::Requests, "requests", "Requests", "Requests that were found on this master"),
    row(Action::Kubeconfigs, "kubeconfigs", "Kubeconfigs", "Kubeconfigs and who each one is"),
    row(Action::Next, "next", "next", "To the next pane or section"),
    row(Action::Previous, "previous", "previous", "To the pane or section before"),
    row(Action::Down, "down", "down", "One row down"),
    row(Action::Up, "up", "up", "One row up"),
    row(Action::Left, "left", "left", "To the pane on the left, or the section before"),
    row(Action::Right, "right", "right", "To the pane on the right, or the next section"),
    row(Action::PageDown, "page-down", "page down", "One page down"),
    row(Action::PageUp, "page-up", "page up", "One page up"),
    row(Action::First, "first", "first", "To the first row"),
    row(Action::Last, "last", "last", "To the last row"),
    row(Action::Theme, "theme", "dark/light", "Switch between the dark and the light theme"),
    row(Action::Suspend, "suspend", "suspend", "Back to the shell for a while; fg returns"),
    row(Action::Quit, "quit", "quit", "End kubepki"),
];

impl Action {
    /// Its row of the table.
    pub fn row(self) -> &'static ActionRow {
        ACTIONS.iter().find(|row| row.action == self).unwrap_or(&ACTIONS[0])
    }

    /// The action of this name in a keymap file.
    pub fn named(name: &str) -> Option<Self> {
        ACTIONS.iter().find(|row| row.name == name).map(|row| row.action)
    }

    /// Its words for the footer.
    pub fn label(self) -> &'static str {
        self.row().label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_has_one_row_and_one_name() {
        for (at, row) in ACTIONS.iter().enumerate() {
            assert_eq!(row.action.row(), row, "a second row for {:?}", row.action);
            assert_eq!(Action::named(row.name), Some(row.action), "{}", row.name);
            assert!(!ACTIONS[..at].iter().any(|other| other.label == row.label), "{}", row.label);
        }
    }

    #[test]
    fn no_action_is_without_a_row() {
        // The enum's last variant tells how many there are.
        assert_eq!(Action::Quit as usize + 1, ACTIONS.len());
    }
}
