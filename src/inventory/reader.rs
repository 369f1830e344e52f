//! Who reads a file, and who says so.

use std::sync::Arc;

use crate::kubernetes::component::Component;
use crate::kubernetes::flags::{self, FlagFact};

/// Who reads a file, and where that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Who reads it.
    pub component: Component,
    /// Without dashes; empty where only the layout says it.
    pub flag: Arc<str>,
    /// The file in which the flag stands; empty where the layout's default says it.
    pub file: Arc<str>,
    /// The line, counted from 1; 0 where the layout's default says it.
    pub line: u32,
    /// Nothing of root's confirms it: a process says so of itself, or a file that others can write.
    pub is_claim: bool,
}

/// Those of `readers` that root's files say, or a process that root has started.
pub fn confirmed(readers: &[Reader]) -> impl Iterator<Item = &Reader> + Clone {
    readers.iter().filter(|reader| !reader.is_claim)
}

impl Reader {
    /// What is said of a claim where it is shown.
    pub const CLAIMED: &'static str = "(it says so, and nothing of root's confirms it)";

    /// The flag as one writes it, as "--tls-cert-file"; a field of a file as it stands. Empty: a
    /// habit, no flag.
    pub fn written_flag(&self) -> String {
        flags::written(&self.flag)
    }

    /// One that no flag names, by the component's habit or the layout's default.
    pub fn by_habit(component: Component) -> Self {
        Self {
            component,
            flag: "".into(),
            file: "".into(),
            line: 0,
            is_claim: false,
        }
    }

    /// One that is told by this flag.
    pub fn told_by(fact: &FlagFact, is_claim: bool) -> Self {
        Self {
            component: fact.component,
            flag: fact.flag.as_str().into(),
            file: fact.file.as_str().into(),
            line: fact.line,
            is_claim,
        }
    }
}
