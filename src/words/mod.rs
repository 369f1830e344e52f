//! The words that both faces say: one spelling for one thing. What is told is decided below; how it
//! looks (a colour, a column, a key to press) is each face's own.

pub mod certificate;
pub mod count;
pub mod date;
pub mod due;
pub mod given;
pub mod kubeconfig;
pub mod ledger;
pub mod letter;
pub mod operation;
pub mod recovery;
pub mod request;
pub mod shell;
pub mod span;
pub mod token;
pub mod trust;

/// What a part of a line is to its reader. Screens give it a colour, commands none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Plain.
    Text,
    /// What matters.
    Strong,
    /// What explains, or is over.
    Dim,
    /// What one types.
    Key,
    /// As it should be.
    Good,
    /// To be looked at.
    Warn,
    /// Dead, broken, gone.
    Bad,
}

/// A line in its parts.
pub type Line = Vec<(String, Meaning)>;

/// The same with a capital, as a title or a sentence begins.
pub fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// A line as bare text.
pub fn bare(line: &[(String, Meaning)]) -> String {
    line.iter().map(|(text, _)| text.as_str()).collect()
}
