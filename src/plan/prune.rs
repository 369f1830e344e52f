//! Old files of operations that are past keeping.

use super::{Circumstances, Error, Materials, Plan};

pub(super) fn plan(_: &Materials, _: Circumstances<'_>) -> Result<Plan, Error> {
    Err(Error::refused("not built yet"))
}
