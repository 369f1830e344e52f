//! Every question of a setup, declared once: the wizard's pages, the command line's flags, what is
//! wrong with an answer, and kubeadm's own file come from these rows.

mod authorities;
mod cluster;
mod flag;
mod keys;
mod kind;
mod kubeadm;
mod network;
#[cfg(test)]
mod tests;

use std::fmt;

use super::{ClusterField, ClusterSpec};
use kind::toggle;

pub use flag::{Flag, Flags, Heading, Takes};
pub use kind::{Check, Kind, Text, Texts};
pub use kubeadm::{Document, KubeadmField, KubeadmValue, Read, Versions};

/// A question, and all that hangs on it.
pub struct Question {
    /// Whose answer it asks for.
    pub field: ClusterField,
    /// The name in the kept answers, as "etcd.peerAuthority".
    pub name: &'static str,
    /// Where the wizard asks it.
    pub asked: Asked,
    /// How it is answered.
    pub kind: Kind,
    /// What is wrong with a text of the answer, by itself.
    pub check: Check,
    /// Whether an answer means something beside the others; else it stays the usual one.
    pub applies: fn(&ClusterSpec) -> bool,
    /// How the command line asks it.
    pub flags: Flags,
    /// Where it stands in kubeadm's own file.
    pub kubeadm: &'static [KubeadmField],
    /// Whether kubeadm's own file cannot say this answer.
    pub is_lost: fn(&Self, &ClusterSpec) -> bool,
}

/// Where the wizard asks a question.
pub enum Asked {
    /// Among others.
    On {
        /// The page.
        page: Page,
        /// One or two words before the answer.
        label: &'static str,
        /// One sentence.
        help: &'static str,
    },
    /// On no page: what is wrong is said at another question. With the reason.
    At(ClusterField, &'static str),
}

/// A page of the wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Which cluster.
    Cluster,
    /// Which machines.
    Machines,
    /// Names and subnets.
    Network,
    /// etcd, and who signs.
    Authorities,
    /// Keys and lifetimes.
    Keys,
    /// How nodes join.
    Joining,
}

/// What most rows have.
const USUAL: Question = Question {
    field: ClusterField::Name,
    name: "",
    asked: Asked::At(ClusterField::Name, ""),
    kind: toggle(["", ""], |_| false, |_, _| {}),
    check: |_| Ok(()),
    applies: |_| true,
    flags: Flags::None(""),
    kubeadm: &[],
    is_lost: Question::is_changed_and_unsaid,
};

const fn on(page: Page, label: &'static str, help: &'static str) -> Asked {
    Asked::On { page, label, help }
}

/// All questions, in the order in which they are asked.
pub fn questions() -> impl Iterator<Item = &'static Question> {
    [
        cluster::QUESTIONS,
        network::QUESTIONS,
        authorities::QUESTIONS,
        keys::QUESTIONS,
    ]
    .into_iter()
    .flatten()
}

impl Question {
    /// The label and help of one that is on a page.
    pub fn words(&self) -> (&'static str, &'static str) {
        match self.asked {
            Asked::On { label, help, .. } => (label, help),
            Asked::At(..) => (self.name, ""),
        }
    }

    /// The page on which it is asked.
    pub fn page(&self) -> Option<Page> {
        match self.asked {
            Asked::On { page, .. } => Some(page),
            Asked::At(..) => None,
        }
    }

    /// Where the wizard says what is wrong with the answer.
    pub fn said_at(&self) -> ClusterField {
        match self.asked {
            Asked::On { .. } => self.field,
            Asked::At(field, _) => field,
        }
    }

    /// The flag that is made from it.
    pub fn flag(&self) -> Option<&Flag> {
        if let Flags::Own(flag) = &self.flags {
            Some(flag)
        } else {
            None
        }
    }

    /// Takes texts that flags or a wizard have given: one, or as many as there are; none says yes.
    ///
    /// # Errors
    /// A sentence, where a text is not of the right form.
    pub fn take(&self, cluster: &mut ClusterSpec, given: &[String]) -> Result<(), String> {
        let text = given.first().map_or("", String::as_str);
        match &self.kind {
            Kind::Line { text: answer, .. } | Kind::Choice { text: answer, .. } => {
                return (answer.set)(cluster, text);
            }
            Kind::Toggle { set, .. } => set(cluster, true),
            Kind::Names { texts, .. } | Kind::Lines { texts } => (texts.set)(cluster, given),
        }
        Ok(())
    }

    /// Looks at what its flag was given, before it is taken: what is usual where nothing is said
    /// cannot be told from it after.
    ///
    /// # Errors
    /// A sentence, where an empty text is no answer.
    pub fn check_given(&self, given: &[String]) -> Result<(), String> {
        let says_something = self
            .flag()
            .is_some_and(|flag| matches!(flag.takes, Takes::Answer(_)));
        if says_something && given.iter().any(String::is_empty) {
            (self.check)("")
        } else {
            Ok(())
        }
    }

    /// Takes over the answer that `from` has.
    pub fn copy(&self, from: &ClusterSpec, to: &mut ClusterSpec) {
        match &self.kind {
            Kind::Line { text, .. } | Kind::Choice { text, .. } => {
                // What an answer says of itself is of the right form.
                let _ = (text.set)(to, &(text.get)(from));
            }
            Kind::Toggle { get, set, .. } => set(to, get(from)),
            Kind::Names { texts, .. } | Kind::Lines { texts } => {
                (texts.set)(to, &(texts.get)(from));
            }
        }
    }

    /// The answer in texts.
    fn texts(&self, cluster: &ClusterSpec) -> Vec<String> {
        match &self.kind {
            Kind::Line { text, .. } | Kind::Choice { text, .. } => vec![(text.get)(cluster)],
            Kind::Toggle { get, .. } => vec![get(cluster).to_string()],
            Kind::Names { texts, .. } | Kind::Lines { texts } => (texts.get)(cluster),
        }
    }

    /// Whether the answer is another one than the usual.
    pub fn is_changed(&self, cluster: &ClusterSpec) -> bool {
        self.texts(cluster) != self.texts(&ClusterSpec::default())
    }

    /// What is wrong with the answer by itself, in sentences; the usual one is right.
    pub fn faults(&self, cluster: &ClusterSpec) -> Vec<String> {
        let texts = if self.is_changed(cluster) {
            self.texts(cluster)
        } else {
            Vec::new()
        };
        texts
            .iter()
            .filter_map(|text| (self.check)(text).err())
            .collect()
    }

    /// Whether the answer is another one than the usual, and kubeadm's file of its release has no
    /// field for it.
    pub fn is_changed_and_unsaid(&self, cluster: &ClusterSpec) -> bool {
        !self
            .kubeadm
            .iter()
            .any(|field| field.versions.have(cluster.kubernetes_version))
            && self.is_changed(cluster)
    }

    /// The flags by which it is told of, as "--days"; without one kubeadm's field.
    pub fn told(&self) -> String {
        let dashed = |names: &[&str]| {
            names
                .iter()
                .map(|name| format!("--{name}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        match &self.flags {
            Flags::Own(flag) => dashed(&[flag.name]),
            Flags::Declared(names) => dashed(names),
            Flags::Of(fields) => fields
                .iter()
                .map(|field| field.question().told())
                .collect::<Vec<_>>()
                .join(", "),
            Flags::None(_) => self
                .kubeadm
                .first()
                .map_or(self.name, |field| field.path)
                .to_owned(),
        }
    }

    /// The one flag that says all of the answer.
    pub fn told_by_one(&self) -> String {
        match &self.flags {
            Flags::Declared([.., last]) => format!("--{last}"),
            _ => self.told(),
        }
    }
}

impl ClusterField {
    /// The question that asks for it.
    pub fn question(self) -> &'static Question {
        questions()
            .find(|question| question.field == self)
            .unwrap_or(&cluster::QUESTIONS[0])
    }
}

impl fmt::Display for ClusterField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.question().name)
    }
}
