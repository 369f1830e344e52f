//! What the fuzz targets do with bytes. `tests/pki/corpus.rs` of the package above takes this very
//! file and gives it the seeds, so that what was found once stays found.
//!
//! Each function reads the bytes as one kind of input and holds what was read to what is known of
//! it. It panics where that does not hold, and answers whether there was anything to read.

mod der;
mod flags;
mod journal;
mod kubeconfig;
mod pem;
mod requests;
mod said;
mod tokens;
mod yaml;

pub use der::der;
pub use flags::flags;
pub use journal::journal;
pub use kubeconfig::kubeconfig;
pub use pem::pem;
pub use requests::requests;
pub use tokens::tokens;
pub use yaml::yaml;

/// One kind of input: what the folder of its seeds is named, and what is done with them.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// All of them.
pub const TARGETS: [Target; 8] = [
    ("der", der),
    ("flags", flags),
    ("journal", journal),
    ("kubeconfig", kubeconfig),
    ("pem", pem),
    ("requests", requests),
    ("tokens", tokens),
    ("yaml", yaml),
];
