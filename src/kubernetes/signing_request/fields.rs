//! Fields that the objects share.

use std::collections::BTreeMap;

use serde_yaml::Value;
use zeroize::Zeroizing;

use super::{Condition, Decision, RequestFault};
use crate::kubernetes::kubeconfig::{decode, is_placeholder};
use crate::kubernetes::yaml;

/// The texts of a mapping of texts.
pub(super) fn pairs(fields: Option<&Value>) -> BTreeMap<String, String> {
    let fields = fields.and_then(Value::as_mapping).into_iter().flatten();
    fields
        .filter_map(|(key, value)| Some((yaml::text_of(key)?, yaml::text_of(value)?)))
        .collect()
}

/// The bytes of a field in base64.
pub(super) fn decoded(encoded: &str) -> Result<Zeroizing<Vec<u8>>, RequestFault> {
    if is_placeholder(encoded) {
        return Err(RequestFault::Placeholder);
    }
    decode(encoded.as_bytes()).ok_or(RequestFault::NotBase64)
}

/// How it stands. A condition counts where its status is "True", or, in v1beta1, not said.
pub(super) fn condition(conditions: Option<&Value>, is_issued: bool) -> Condition {
    let has = |kind: &str| {
        let conditions = conditions
            .and_then(Value::as_sequence)
            .into_iter()
            .flatten();
        let holds = |one: &&Value| {
            let status = one.get("status").and_then(yaml::text_of);
            status.is_none_or(|status| status.eq_ignore_ascii_case("true"))
        };
        conditions
            .filter(holds)
            .filter_map(|one| one.get("type").and_then(Value::as_str))
            .any(|found| found == kind)
    };
    let decision = match (has("Denied"), has("Approved")) {
        (true, _) => Decision::Denied,
        (false, true) => Decision::Approved,
        (false, false) => Decision::Pending,
    };
    Condition {
        decision,
        has_failed: has("Failed"),
        is_issued,
    }
}
