//! How a question is answered.

use crate::setup::ClusterSpec;

/// How a question is answered, and the answer as text.
pub enum Kind {
    /// One line.
    Line {
        /// The answer.
        text: Text,
        /// What an empty one means; `None`: the usual answer.
        empty: Option<fn(&ClusterSpec) -> &'static str>,
    },
    /// One of several.
    Choice {
        /// The answer, by the word of its option.
        text: Text,
        /// All of them: the word that stands for each in flags and files, and the words by which it
        /// is offered.
        options: fn() -> Vec<(&'static str, String)>,
    },
    /// Yes or no.
    Toggle {
        /// What either means, yes first.
        words: [&'static str; 2],
        /// The answer.
        get: fn(&ClusterSpec) -> bool,
        /// Takes it.
        set: fn(&mut ClusterSpec, bool),
    },
    /// Names beside each other.
    Names {
        /// The answer.
        texts: Texts,
        /// Whether two of them say the same.
        are_alike: fn(&str, &str) -> bool,
    },
    /// Lines below each other.
    Lines {
        /// The answer.
        texts: Texts,
    },
}

/// An answer that is one text.
pub struct Text {
    /// As it stands; empty for none.
    pub get: fn(&ClusterSpec) -> String,
    /// Takes a text of the right form, whatever else is wrong with it.
    pub set: fn(&mut ClusterSpec, &str) -> Result<(), String>,
}

/// An answer of several texts.
pub struct Texts {
    /// What one of them is called, as "name".
    pub one: &'static str,
    /// Those that there are.
    pub get: fn(&ClusterSpec) -> Vec<String>,
    /// Takes them in place of those, as far as they can be read.
    pub set: fn(&mut ClusterSpec, &[String]),
}

/// Says in a sentence what is wrong with a text.
pub type Check = fn(&str) -> Result<(), String>;

pub(super) const fn line(
    get: fn(&ClusterSpec) -> String,
    set: fn(&mut ClusterSpec, &str) -> Result<(), String>,
) -> Kind {
    Kind::Line {
        text: Text { get, set },
        empty: None,
    }
}

/// A line that means this where it is empty.
pub(super) const fn line_or(
    empty: fn(&ClusterSpec) -> &'static str,
    get: fn(&ClusterSpec) -> String,
    set: fn(&mut ClusterSpec, &str) -> Result<(), String>,
) -> Kind {
    Kind::Line {
        text: Text { get, set },
        empty: Some(empty),
    }
}

pub(super) const fn choice(
    get: fn(&ClusterSpec) -> String,
    set: fn(&mut ClusterSpec, &str) -> Result<(), String>,
    options: fn() -> Vec<(&'static str, String)>,
) -> Kind {
    Kind::Choice {
        text: Text { get, set },
        options,
    }
}

pub(super) const fn toggle(
    words: [&'static str; 2],
    get: fn(&ClusterSpec) -> bool,
    set: fn(&mut ClusterSpec, bool),
) -> Kind {
    Kind::Toggle { words, get, set }
}

pub(super) const fn names(
    get: fn(&ClusterSpec) -> Vec<String>,
    set: fn(&mut ClusterSpec, &[String]),
    are_alike: fn(&str, &str) -> bool,
) -> Kind {
    Kind::Names {
        texts: Texts {
            one: "name",
            get,
            set,
        },
        are_alike,
    }
}

pub(super) const fn lines(
    one: &'static str,
    get: fn(&ClusterSpec) -> Vec<String>,
    set: fn(&mut ClusterSpec, &[String]),
) -> Kind {
    Kind::Lines {
        texts: Texts { one, get, set },
    }
}

/// Puts what was read in an answer's place.
pub(super) fn read<T>(answer: &mut T, read: Result<T, String>) -> Result<(), String> {
    *answer = read?;
    Ok(())
}

impl Kind {
    /// Whether other questions may hang on it.
    pub fn decides(&self) -> bool {
        matches!(self, Self::Choice { .. } | Self::Toggle { .. })
    }

    /// The words of a choice, none for another kind.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        if let Self::Choice { options, .. } = self {
            options()
        } else {
            Vec::new()
        }
    }
}
