//! Every place in the house, as plain data.

use std::sync::Arc;

use crate::kubernetes::role::RoleId;
use crate::plan::Selection;

/// The four panes of the first screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// CAs with what they signed.
    Authorities,
    /// Every certificate, worst first.
    Expiring,
    /// Requests found on the master.
    Requests,
    /// Kubeconfigs.
    Kubeconfigs,
}

impl Pane {
    /// All, in the order of their digits.
    pub const ALL: [Self; 4] = [
        Self::Authorities,
        Self::Expiring,
        Self::Requests,
        Self::Kubeconfigs,
    ];

    /// Its place in [`Self::ALL`].
    pub fn place(self) -> usize {
        self as usize
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Authorities => "Authorities",
            Self::Expiring => "Expiring",
            Self::Requests => "Requests",
            Self::Kubeconfigs => "Kubeconfigs",
        }
    }
}

/// Opens a screen. Things are named by what outlives a rescan.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Route {
    /// The first screen with this pane in focus.
    Overview(Pane),
    /// One certificate, by its item's id.
    Certificate(Arc<str>),
    /// One kubeconfig, by its path.
    Kubeconfig(Arc<str>),
    /// One request, by its id.
    Request(Arc<str>),
    /// Where the facts about a file come from, by its path.
    Why(Arc<str>),
    /// The questions that lead to a request.
    Wizard(WizardName),
    /// The plan that is kept, before it is applied.
    Review,
    /// What differs in one certificate of an operation, or of the plan that is kept; by the issue's
    /// id.
    Difference {
        /// The operation's id; `None`: the plan that is kept.
        operation: Option<Arc<str>>,
        /// The id in its `IssueSummary`.
        issue: Arc<str>,
    },
    /// The shell commands of an operation, or of the plan that is kept.
    Commands(Option<Arc<str>>),
    /// What every component serves, has on the disk and is trusted with.
    Served,
    /// One component, by its name among them.
    Component(Arc<str>),
    /// With what nodes join.
    Join,
    /// One token that lets nodes in, by the key that `ui::tokens` gives it.
    Token(Arc<str>),
    /// What comes after a setup: flags, copies, secrets, identities; by the cluster's name.
    Guide(Arc<str>),
    /// What was done so far.
    History,
    /// Every certificate that was made or seen here.
    Ledger,
    /// One row of the ledger, by the SHA-256 of its certificate.
    LedgerEntry(Arc<str>),
    /// One operation, by its id.
    Operation(Arc<str>),
    /// What was pasted: one thing of it, by the page that the same thing has on the master; `None`:
    /// all of it.
    Pasted(Option<Arc<Route>>),
    /// What could not be read.
    Unread,
    /// The date to look at.
    Lens,
    /// All actions and certificates by name.
    Palette,
    /// All keys.
    Help,
}

/// Which wizard, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum WizardName {
    /// Renewal of these certificates. Answers given before are those of the request that is kept.
    Renew(Selection),
    /// The PKI of a new cluster.
    Setup,
    /// A node more of the cluster of this name.
    AddNode(Arc<str>),
    /// Certificates that somebody else's CA has issued.
    Import,
    /// A certificate that did not exist before.
    Issue(IssueAbout),
    /// How the requests of these ids are signed.
    Approve(Vec<Arc<str>>),
    /// By what requests are judged.
    Nodes,
    /// Why the requests of these ids are refused.
    Deny(Vec<Arc<str>>),
    /// A new token, by which nodes join.
    Token,
    /// The kubeconfig with which a new kubelet asks for its certificate.
    BootstrapKubeconfig,
    /// The bindings that let kubelets ask.
    Bindings,
}

/// On what somebody stood who wants a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum IssueAbout {
    /// On nothing that says more.
    Anything,
    /// On the missing file of this role.
    Role(RoleId),
    /// On the CA of this id.
    Authority(Arc<str>),
    /// On requests: somebody else shall sign it.
    Request,
    /// On a request as `cfssl genkey` takes it, which was pasted.
    Written,
}

/// A route without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "each is the name of a variant of Route or of a pane of the first screen"
)]
pub enum RouteName {
    Authorities,
    Expiring,
    Requests,
    Kubeconfigs,
    Certificate,
    Kubeconfig,
    Request,
    Why,
    Wizard,
    Review,
    Difference,
    Commands,
    Served,
    Component,
    Join,
    Token,
    Guide,
    Ledger,
    LedgerEntry,
    History,
    Operation,
    Pasted,
    Unread,
    Lens,
    Palette,
    Help,
}

impl RouteName {
    /// Every route. The chain is an exhaustive match: a new route that is not in it does not
    /// compile.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::successors(Some(Self::Authorities), |name| name.next())
    }

    fn next(self) -> Option<Self> {
        Some(match self {
            Self::Authorities => Self::Expiring,
            Self::Expiring => Self::Requests,
            Self::Requests => Self::Kubeconfigs,
            Self::Kubeconfigs => Self::Certificate,
            Self::Certificate => Self::Kubeconfig,
            Self::Kubeconfig => Self::Request,
            Self::Request => Self::Why,
            Self::Why => Self::Wizard,
            Self::Wizard => Self::Review,
            Self::Review => Self::Difference,
            Self::Difference => Self::Commands,
            Self::Commands => Self::Served,
            Self::Served => Self::Component,
            Self::Component => Self::Join,
            Self::Join => Self::Token,
            Self::Token => Self::Guide,
            Self::Guide => Self::Ledger,
            Self::Ledger => Self::LedgerEntry,
            Self::LedgerEntry => Self::History,
            Self::History => Self::Operation,
            Self::Operation => Self::Pasted,
            Self::Pasted => Self::Unread,
            Self::Unread => Self::Lens,
            Self::Lens => Self::Palette,
            Self::Palette => Self::Help,
            Self::Help => return None,
        })
    }
}

impl Route {
    /// The same page of a thing that was pasted.
    #[must_use]
    pub fn in_pasted(self) -> Self {
        Self::Pasted(Some(Arc::new(self)))
    }

    /// Its name.
    pub fn name(&self) -> RouteName {
        match self {
            Self::Overview(Pane::Authorities) => RouteName::Authorities,
            Self::Overview(Pane::Expiring) => RouteName::Expiring,
            Self::Overview(Pane::Requests) => RouteName::Requests,
            Self::Overview(Pane::Kubeconfigs) => RouteName::Kubeconfigs,
            Self::Certificate(_) => RouteName::Certificate,
            Self::Kubeconfig(_) => RouteName::Kubeconfig,
            Self::Request(_) => RouteName::Request,
            Self::Why(_) => RouteName::Why,
            Self::Wizard(_) => RouteName::Wizard,
            Self::Review => RouteName::Review,
            Self::Difference { .. } => RouteName::Difference,
            Self::Commands(_) => RouteName::Commands,
            Self::Served => RouteName::Served,
            Self::Component(_) => RouteName::Component,
            Self::Join => RouteName::Join,
            Self::Token(_) => RouteName::Token,
            Self::Guide(_) => RouteName::Guide,
            Self::Ledger => RouteName::Ledger,
            Self::LedgerEntry(_) => RouteName::LedgerEntry,
            Self::History => RouteName::History,
            Self::Operation(_) => RouteName::Operation,
            Self::Pasted(_) => RouteName::Pasted,
            Self::Unread => RouteName::Unread,
            Self::Lens => RouteName::Lens,
            Self::Palette => RouteName::Palette,
            Self::Help => RouteName::Help,
        }
    }
}
