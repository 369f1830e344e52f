//! The job that reads what was pasted, or lies in a file beside the master.

use std::sync::Arc;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::shared::{Shared, caught};
use crate::inventory::given::{Given, HereOf, given};
use crate::model::pasted::{MOST_PASTED, PASTED};
use crate::model::{Beside, Event, JobId, Pasted, Problem};
use crate::pki::text::printable;
use crate::store::guarded;
use crate::verdict::{Evidence, judge_one};

/// Reads it, judges its requests by the master, and tells.
pub(super) fn look(shared: &Shared, id: JobId, beside: &Beside) {
    let pasted = caught("reading what is beside the master", || match beside {
        Beside::Pasted(text) => {
            let bytes = Zeroizing::new(text.expose().to_vec());
            let given = given(PASTED, bytes).named_by_subject();
            Ok(Box::new(read(shared, given, None)))
        }
        Beside::File(path) => {
            let bytes = guarded::given(path, MOST_PASTED as u64).map_err(|trouble| {
                let what = format!("{} cannot be read", printable(path));
                Problem::new(what).because(format!("it {trouble}"))
            })?;
            let file = Some(Arc::clone(path));
            Ok(Box::new(read(shared, given(path, bytes), file)))
        }
    });
    shared.tell(Event::Pasted { id, pasted });
}

fn read(shared: &Shared, given: Given, file: Option<Arc<str>>) -> Pasted {
    let (inventory, changer) = {
        let mut master = shared.master();
        (master.inventory.clone(), master.changer().ok())
    };
    // What does not count of it was told when the master was read.
    let approval = changer.map(|changer| changer.approval().0);
    let approval = approval.unwrap_or_default();
    let evidence = Evidence::new(&inventory, &approval, OffsetDateTime::now_utc());
    let here = HereOf::find(&inventory, &given.inventory);
    Pasted::new(given, file, here, |request| judge_one(request, &evidence))
}
