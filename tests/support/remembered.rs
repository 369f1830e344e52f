//! What a state folder remembers, read without the history that the program makes of it.

use std::path::Path;

use kubepki::record::Operation;
use kubepki::store::journal;
use kubepki::store::read::Root;
use kubepki::store::state::StateFolder;

/// Its operations, the oldest first.
pub(crate) fn operations(state: &Path) -> Vec<Operation> {
    let whole = Path::new("/");
    let state =
        StateFolder::of(state, &Root::open(whole, whole).expect("a root")).expect("a place");
    let ids = journal::ids(&state).expect("ids");
    ids.iter()
        .map(|id| journal::read(&state, id).expect("a journal").0)
        .collect()
}
