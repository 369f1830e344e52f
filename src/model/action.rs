//! Every action, declared once: keymap, footer, help, palette and the README's key table come from
//! these rows.

mod row;
mod table;

pub use row::ActionRow;
pub use table::ACTIONS;

/// What the user may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Show what the cursor stands on.
    Open,
    /// Leave the screen, or clear the filter.
    Back,
    /// New certificates for the selected ones.
    Renew,
    /// Review new certificates for all that is due.
    RenewDue,
    /// Mark a certificate for the next change.
    Select,
    /// Renew otherwise than as it is.
    Options,
    /// Take the last change back.
    Undo,
    /// Do what the review shows.
    Apply,
    /// Make the plan that was refused once more.
    Again,
    /// What differs between the old and the new certificate.
    Difference,
    /// The shell commands that do the same.
    Commands,
    /// To every certificate that was made or seen.
    Ledger,
    /// To what was done so far.
    History,
    /// Drop old files that are past keeping.
    Prune,
    /// Bring what was interrupted to its end.
    RecoverForward,
    /// Bring back what was before something that was interrupted.
    RecoverBack,
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
    /// To what is served.
    Served,
    /// To what nodes join with.
    Join,
    /// To what comes after a setup.
    Guide,
    /// Answer what a new cluster needs.
    Setup,
    /// Place certificates that somebody else's CA has issued.
    Import,
    /// Make a certificate that did not exist before.
    Issue,
    /// One more of what the screen lists.
    New,
    /// The token under the cursor ends now.
    Expire,
    /// Sign the request under the cursor, or those selected.
    Approve,
    /// Refuse it.
    Deny,
    /// Sign all requests against which nothing speaks.
    ApproveGreens,
    /// Say which nodes and addresses are the cluster's.
    Nodes,
    /// Ask the ports of what the cursor stands on.
    Probe,
    /// Ask all ports.
    ProbeAll,
    /// Restart the component under the cursor.
    Restart,
    /// Restart all that hold old files.
    RestartAll,
    /// Leave the component under the cursor as it is.
    SkipRestart,
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

impl Action {
    /// Its row of the table.
    pub fn row(self) -> &'static ActionRow {
        ACTIONS
            .iter()
            .find(|row| row.action == self)
            .unwrap_or(&ACTIONS[0])
    }

    /// The action of this name in a keymap file.
    pub fn named(name: &str) -> Option<Self> {
        ACTIONS
            .iter()
            .find(|row| row.name == name)
            .map(|row| row.action)
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
            assert!(
                !ACTIONS[..at].iter().any(|other| other.label == row.label),
                "{}",
                row.label
            );
        }
    }

    #[test]
    fn no_action_is_without_a_row() {
        // The enum's last variant tells how many there are.
        assert_eq!(Action::Quit as usize + 1, ACTIONS.len());
    }
}
