//! A new bootstrap token.

use time::{Duration, OffsetDateTime};

use super::{Draft, SECRET_MODE, checks, token_path};
use crate::kubernetes::bootstrap::{
    NewToken, SecretSpec, check_group, secret_manifest, secret_name, tokens_from_yaml,
};
use crate::pki::Secret;
use crate::pki::text::{is_hidden, printable};
use crate::plan::{BootstrapRequest, PlanError};
use crate::record::PathState;

/// The longest description, in characters: kubectl shows it in a line.
const LONGEST_DESCRIPTION: usize = 1024;

/// A new bootstrap token as the manifest of its Secret.
#[derive(Debug)]
pub struct NewSecret {
    /// The token's id.
    pub id: String,
    /// When it ends; `None`: never.
    pub expires: Option<OffsetDateTime>,
    /// The manifest.
    pub manifest: Secret,
}

/// Makes a token that lives for `hours` from `moment`; `None`: for ever.
///
/// # Errors
/// [`PlanError::Refused`] for what a token cannot be.
pub fn new_secret(
    description: &str,
    hours: Option<u32>,
    groups: &[String],
    moment: OffsetDateTime,
) -> Result<NewSecret, PlanError> {
    for group in groups {
        check_group(group).map_err(|why| {
            PlanError::refused(format!("the group \"{}\" {why}", printable(group)))
        })?;
    }
    if description.chars().any(is_hidden) || description.chars().count() > LONGEST_DESCRIPTION {
        return Err(PlanError::refused(
            "the description is not one line of visible text",
        ));
    }
    let expires = match hours {
        Some(0) => return Err(PlanError::refused("a token of no hours lets nobody in")),
        Some(hours) => {
            let end = moment
                .checked_add(Duration::hours(i64::from(hours)))
                .filter(|end| end.year() < 10_000);
            Some(end.ok_or_else(|| PlanError::refused("no calendar goes so far"))?)
        }
        None => None,
    };
    let spec = SecretSpec {
        description: description.trim().to_owned(),
        expires,
        groups: groups.to_vec(),
    };
    let token = NewToken::make()?;
    let manifest = secret_manifest(&token, &spec);
    check(&token, &spec, &manifest)?;
    Ok(NewSecret {
        id: token.id().to_owned(),
        expires,
        manifest: Secret::from(manifest),
    })
}

pub(super) fn add(draft: &mut Draft<'_>, request: &BootstrapRequest) -> Result<(), PlanError> {
    let BootstrapRequest::NewToken {
        description,
        hours,
        groups,
        path,
    } = request
    else {
        return Ok(());
    };
    let NewSecret {
        id,
        expires,
        manifest,
    } = new_secret(description, *hours, groups, draft.context.moment)?;
    let path = path.clone().unwrap_or_else(|| token_path(&id));
    if draft
        .materials
        .files
        .get(&path)
        .is_some_and(|material| material.path_state != PathState::Absent)
    {
        return Err(
            PlanError::refused(format!("{} is there already", printable(&path)))
                .hint("another path, or none: then the file has the token's name"),
        );
    }
    checks::manifest_path(draft, &path)?;
    draft.title = format!("New bootstrap token {id}");
    draft.write(
        &path,
        manifest,
        SECRET_MODE,
        &format!("Secret {}", secret_name(&id)),
    )?;
    draft.hand_over(&path);
    checks::lets_tokens_in(draft);
    checks::groups_are_bound(draft, groups);
    if expires.is_none() {
        let text = "it never ends: whoever learns it can ask for certificates until it is deleted";
        draft.warn_first(text);
    }
    Ok(())
}

/// Reads back what will be written.
fn check(token: &NewToken, spec: &SecretSpec, manifest: &str) -> Result<(), PlanError> {
    let is_it = tokens_from_yaml(manifest).is_ok_and(|read| {
        matches!(&read[..], [read] if read.token.is(token.expose())
            && read.faults.is_empty()
            && read.description == spec.description
            && read.groups[1..] == spec.groups[..])
    });
    if is_it {
        Ok(())
    } else {
        Err(PlanError::refused(
            "the token's manifest cannot be read back",
        ))
    }
}
