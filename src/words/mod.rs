//! The words that both faces say: one spelling for one thing. What is told is decided below; how it looks (a colour, a
//! column, a key to press) is each face's own.

pub mod count;
pub mod date;
pub mod recovery;
pub mod shell;
pub mod span;
