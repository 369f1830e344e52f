//! The job that reads what was pasted.

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::shared::{Shared, caught};
use crate::inventory::given::{HereOf, given};
use crate::model::pasted::PASTED;
use crate::model::{Event, JobId, Pasted, Problem};
use crate::pki::Secret;
use crate::verdict::{Evidence, judge_one};

/// Reads it, judges its requests by the master, and tells.
pub(super) fn paste(shared: &Shared, id: JobId, text: &Secret) {
    let pasted = caught("reading what was pasted", || {
        Ok::<_, Problem>(Box::new(read(shared, text)))
    });
    shared.tell(Event::Pasted { id, pasted });
}

fn read(shared: &Shared, text: &Secret) -> Pasted {
    let given = given(PASTED, Zeroizing::new(text.expose().to_vec())).named_by_subject();
    let (inventory, changer) = {
        let mut master = shared.master();
        (master.inventory.clone(), master.changer().ok())
    };
    // What does not count of it was told when the master was read.
    let approval = changer
        .map(|changer| changer.approval().0)
        .unwrap_or_default();
    let evidence = Evidence::new(&inventory, &approval, OffsetDateTime::now_utc());
    let here = HereOf::find(&inventory, &given.inventory);
    Pasted::new(given, here, |request| judge_one(request, &evidence))
}
