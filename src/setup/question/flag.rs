//! How the command line asks a question.

use super::kind::Check;
use crate::kubernetes::component::Component;
use crate::setup::ClusterField;

/// How the command line asks a question.
pub enum Flags {
    /// By a flag that is made from this.
    Own(Flag),
    /// By flags that it declares itself; the last of them says all.
    Declared(&'static [&'static str]),
    /// By those of other questions.
    Of(&'static [ClusterField]),
    /// Not at all, with the reason.
    None(&'static str),
}

/// A flag.
pub struct Flag {
    /// Without dashes.
    pub name: &'static str,
    /// Under which others it stands.
    pub heading: Heading,
    /// One sentence, and what is usual.
    pub help: &'static str,
    /// What it takes.
    pub takes: Takes,
}

/// Flags that are shown together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// Which cluster.
    Machines,
    /// Names and subnets.
    Network,
    /// etcd's part.
    Etcd,
    /// CAs, keys, lifetimes, who a new kubelet is.
    Authorities,
}

/// What a flag takes, and what that is called.
#[derive(Clone, Copy)]
pub enum Takes {
    /// Nothing: it says yes.
    Nothing,
    /// Any text.
    Text(&'static str),
    /// A text that says something: an empty one, as of a shell variable that is not set, is no
    /// answer.
    Answer(&'static str),
    /// A text of this form.
    Form(&'static str, Check),
    /// One of the words of the choice.
    Word(&'static str),
    /// A port.
    Port,
    /// A number of days.
    Days,
    /// Texts, each by a flag of its own; they may begin with a dash.
    Names(&'static str),
    /// The same, and none begins with a dash.
    Texts(&'static str),
    /// The same, each of this form.
    Forms(&'static str, Check),
}

pub(super) const fn flag(
    heading: Heading,
    name: &'static str,
    takes: Takes,
    help: &'static str,
) -> Flags {
    Flags::Own(Flag {
        name,
        heading,
        help,
        takes,
    })
}

impl Heading {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Machines, Self::Network, Self::Etcd, Self::Authorities];

    /// The words above the flags.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Machines => "Cluster and machines",
            Self::Network => "Network",
            Self::Etcd => Component::Etcd.as_str(),
            Self::Authorities => "CAs and keys",
        }
    }
}
