//! Whether the life of a certificate ends soon: by its own date, or with a CA above it.

use time::OffsetDateTime;

use crate::inventory::life::Life;
use crate::inventory::state::{Status, is_near, judge};
use crate::inventory::{Inventory, Item, ItemIndex};
use crate::pki::moment::span;

/// Whether the date alone makes it due.
pub(super) fn near_its_end(item: &Item, moment: OffsetDateTime) -> Result<(), String> {
    let Some(certificate) = item.certificate() else {
        return Ok(());
    };
    let (begin, end) = (certificate.not_before(), certificate.not_after());
    if is_near(certificate, moment) {
        return Ok(());
    }
    if moment < begin {
        return Err(format!(
            "it is valid only from {}, and the clock says {}",
            begin.date(),
            moment.date()
        ));
    }
    Err(format!("not due: {} left", span(end - moment)))
}

/// The life of a certificate with which a CA above it ends soon, or is dead already, and the
/// sentence that says so.
pub(super) fn ends_with_authority(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    moment: OffsetDateTime,
) -> Option<(Life, String)> {
    let state = judge(inventory, index, item, moment);
    let life = state.life?;
    let ends = state.status == Status::Expiring && life.ends_with != index;
    (ends || state.status == Status::DeadAuthority).then_some((life, state.why))
}
