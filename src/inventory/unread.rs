//! What lies there and was not read: what could not be, and temporary files, which are none of the PKI.

/// Something that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The path, as on the master.
    pub path: String,
    /// Why.
    pub why: String,
}

/// A temporary file that an operation has left behind. A private key may be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// The path, as on the master.
    pub path: String,
    /// The operation's id, as the file's name says it.
    pub operation: String,
}

/// What to do about such files, in words: nothing is removed unasked.
pub const LEFTOVER_HINT: &str = "no state folder here knows these operations as unfinished. Where theirs is kept elsewhere: \
     kubepki history recover --state-dir DIR; else look at them, and remove what nobody misses: rm -i FILE";
