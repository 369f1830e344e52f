//! The rows of all actions.

use super::super::route::RouteName;
use super::Action;
use super::row::{ActionRow, row};

/// All actions, in the order in which help shows them.
pub static ACTIONS: [ActionRow; 62] = [
    row(
        Action::Open,
        "open",
        "open",
        "Show everything about the row under the cursor",
    ),
    row(
        Action::Back,
        "back",
        "back",
        "Leave this screen; in a list, clear the filter",
    ),
    row(
        Action::Renew,
        "renew",
        "renew",
        "Renew the certificate under the cursor, or those selected: at once where due",
    )
    .at_once(),
    row(
        Action::RenewDue,
        "renew-due",
        "renew due",
        "Review new certificates for everything that is due",
    )
    .dangerous(),
    row(
        Action::Select,
        "select",
        "select",
        "Select or unselect the certificate under the cursor",
    ),
    row(
        Action::Options,
        "options",
        "options",
        "Renew with another lifetime, key or names",
    )
    .dangerous(),
    row(
        Action::Restart,
        "restart",
        "restart",
        "Restart the component under the cursor, and see that it serves the new files",
    )
    .at_once()
    .only(&[
        RouteName::Served,
        RouteName::Component,
        RouteName::Operation,
    ]),
    row(
        Action::RestartAll,
        "restart-all",
        "restart all",
        "Restart all that hold old files, one after the other",
    )
    .at_once()
    .only(&[
        RouteName::Served,
        RouteName::Component,
        RouteName::Operation,
    ]),
    row(
        Action::SkipRestart,
        "skip",
        "skip",
        "Leave the component under the cursor as it is",
    )
    .dangerous()
    .only(&[RouteName::Operation]),
    row(
        Action::Probe,
        "probe",
        "probe",
        "Ask the ports that serve the thing under the cursor for their certificates: opens connections to them",
    ),
    row(
        Action::ProbeAll,
        "probe-all",
        "probe all",
        "Ask every port of the master: opens a connection to each",
    ),
    row(
        Action::Undo,
        "undo",
        "undo",
        "Take the last change back; in the history, the one under the cursor",
    )
    .at_once(),
    row(Action::Apply, "apply", "apply", "Do what the review shows")
        .at_once()
        .only(&[RouteName::Review]),
    row(
        Action::Again,
        "again",
        "try again",
        "Make the plan that was refused once more, from what the disk holds now",
    )
    .dangerous()
    .only(&[RouteName::Review]),
    row(
        Action::Difference,
        "difference",
        "difference",
        "What differs in the certificate: lines of openssl x509 -text",
    )
    .only(&[RouteName::Review, RouteName::Operation]),
    row(
        Action::Commands,
        "commands",
        "commands",
        "The shell commands that do the same, to read and to copy",
    )
    .only(&[RouteName::Review, RouteName::Operation, RouteName::History]),
    row(
        Action::Setup,
        "setup",
        "set up",
        "Answer what the PKI of a new cluster needs, and review it",
    )
    .dangerous(),
    row(
        Action::Import,
        "import",
        "import",
        "Place certificates that somebody else's CA has issued for requests made here",
    )
    .dangerous(),
    row(
        Action::Issue,
        "issue",
        "issue",
        "Make a certificate for a service, a program, a person or a node, or an intermediate CA",
    )
    .dangerous(),
    row(
        Action::New,
        "new",
        "new",
        "One more: a request, a token, a kubeconfig, bindings, a node",
    )
    .dangerous()
    .only(&[
        RouteName::Requests,
        RouteName::Pasted,
        RouteName::Join,
        RouteName::Guide,
    ]),
    row(
        Action::Expire,
        "expire",
        "expire",
        "Review the end of the token under the cursor",
    )
    .dangerous()
    .only(&[RouteName::Join, RouteName::Token]),
    row(
        Action::Approve,
        "approve",
        "approve",
        "Review the signature for the request under the cursor, or for those selected",
    )
    .dangerous()
    .only(&[RouteName::Requests, RouteName::Request, RouteName::Pasted]),
    row(
        Action::Deny,
        "deny",
        "deny",
        "Refuse the request under the cursor, or those selected, with a reason",
    )
    .dangerous()
    .only(&[RouteName::Requests, RouteName::Request, RouteName::Pasted]),
    row(
        Action::ApproveGreens,
        "approve-greens",
        "approve all greens",
        "Review the signatures for all requests of which every rule is green",
    )
    .dangerous()
    .only(&[RouteName::Requests]),
    row(
        Action::Nodes,
        "nodes",
        "nodes",
        "Confirm which nodes and addresses are the cluster's, and how long is allowed: requests are judged by that",
    )
    .dangerous()
    .only(&[RouteName::Requests, RouteName::Request, RouteName::Pasted]),
    row(
        Action::Ledger,
        "ledger",
        "Ledger",
        "Every certificate that was made or seen here",
    ),
    row(
        Action::History,
        "history",
        "History",
        "What was done, newest first",
    ),
    row(
        Action::Prune,
        "prune",
        "prune",
        "Review which old files are past keeping, and drop them",
    )
    .dangerous()
    .only(&[RouteName::History]),
    row(
        Action::RecoverForward,
        "recover-forward",
        "finish it",
        "Finish what was interrupted: every file as planned; what lies there now is kept aside",
    )
    .at_once()
    .only(&[RouteName::History, RouteName::Operation]),
    row(
        Action::RecoverBack,
        "recover-back",
        "take back",
        "Take back what was interrupted: every file as before; what lies there now is kept aside",
    )
    .at_once()
    .only(&[RouteName::History, RouteName::Operation]),
    row(
        Action::Filter,
        "filter",
        "filter",
        "Show only the rows that hold a text",
    ),
    row(
        Action::Sort,
        "sort",
        "sort",
        "Order the rows otherwise: worst, name, end, file",
    ),
    row(
        Action::Why,
        "why",
        "why?",
        "Where a fact comes from: the file, the line, the flag",
    ),
    row(
        Action::Lens,
        "lens",
        "date",
        "Look at the PKI as it will be at another date",
    ),
    row(
        Action::Zoom,
        "zoom",
        "zoom",
        "Give one pane the whole screen, or show all again",
    ),
    row(
        Action::Fold,
        "fold",
        "fold",
        "Fold or unfold what a CA signed",
    ),
    row(
        Action::CopyPem,
        "copy-pem",
        "copy",
        "Copy the certificate or request as PEM, or the commands, to your clipboard (OSC 52)",
    ),
    row(
        Action::CopyFingerprint,
        "copy-fingerprint",
        "copy SHA-256",
        "Copy the SHA-256 fingerprint to your clipboard",
    ),
    row(
        Action::Palette,
        "palette",
        "all actions",
        "Find an action or a certificate by its name and go there",
    ),
    row(
        Action::Help,
        "help",
        "help",
        "All keys, to search and to run",
    ),
    row(
        Action::Unread,
        "unread",
        "not read",
        "List what could not be read, and why",
    ),
    row(Action::Rescan, "rescan", "rescan", "Read the disk again"),
    row(
        Action::Authorities,
        "authorities",
        "Authorities",
        "CAs with what they signed",
    ),
    row(
        Action::Expiring,
        "expiring",
        "Expiring",
        "Every certificate, worst first",
    ),
    row(
        Action::Requests,
        "requests",
        "Requests",
        "Requests that were found on this master",
    ),
    row(
        Action::Kubeconfigs,
        "kubeconfigs",
        "Kubeconfigs",
        "Kubeconfigs and who each one is",
    ),
    row(
        Action::Served,
        "served",
        "Served",
        "What ports serve beside what is on the disk, and what follows",
    ),
    row(
        Action::Join,
        "join",
        "Join",
        "Tokens, bindings and kubeconfigs with which nodes join",
    ),
    row(
        Action::Guide,
        "guide",
        "what next?",
        "What comes after a setup: flags, copies, secrets, who is who",
    ),
    row(Action::Next, "next", "next", "To the next pane or section"),
    row(
        Action::Previous,
        "previous",
        "previous",
        "To the pane or section before",
    ),
    row(Action::Down, "down", "down", "One row down"),
    row(Action::Up, "up", "up", "One row up"),
    row(
        Action::Left,
        "left",
        "left",
        "To the pane on the left, or the section before",
    ),
    row(
        Action::Right,
        "right",
        "right",
        "To the pane on the right, or the next section",
    ),
    row(Action::PageDown, "page-down", "page down", "One page down"),
    row(Action::PageUp, "page-up", "page up", "One page up"),
    row(Action::First, "first", "first", "To the first row"),
    row(Action::Last, "last", "last", "To the last row"),
    row(
        Action::Theme,
        "theme",
        "dark/light",
        "Switch between the dark and the light theme",
    ),
    row(
        Action::Suspend,
        "suspend",
        "suspend",
        "Back to the shell for a while; fg returns",
    ),
    row(Action::Quit, "quit", "quit", "End kubepki"),
];
