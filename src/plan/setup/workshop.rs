//! What the steps of a setup share.

use time::{Duration, OffsetDateTime};

use super::made::{Issued, MadeCluster, MadeFile};
use super::scope::Scope;
use crate::pki::key::{KeyAlgorithm, PrivateKey};
use crate::pki::text::printable;
use crate::pki::{Certificate, Name, Secret};
use crate::plan::{BACKDATE, Materials, PlanError, keys};
use crate::setup::blueprint::{Identity, Placed, Thing, What};

/// What is there, and what was made so far.
pub(super) struct Workshop<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) materials: &'a Materials,
    pub(super) moment: OffsetDateTime,
    pub(super) new_keys: Vec<PrivateKey>,
    pub(super) made: MadeCluster,
}

/// What a file gets.
pub(super) struct Output {
    content: Secret,
    /// What it is of its thing, as "key of".
    what: &'static str,
    /// Whether it is there already, and stays.
    is_kept: bool,
}

impl Output {
    pub(super) fn new(content: Secret, what: &'static str) -> Self {
        Self {
            content,
            what,
            is_kept: false,
        }
    }

    pub(super) fn kept(content: Secret, what: &'static str) -> Self {
        Self {
            content,
            what,
            is_kept: true,
        }
    }

    /// One of the two.
    pub(super) fn of(content: Secret, what: &'static str, is_kept: bool) -> Self {
        Self {
            content,
            what,
            is_kept,
        }
    }
}

impl<'a> Workshop<'a> {
    /// What lies at a path of the node here, where it is not made anew; `None`: nothing.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn there(
        &self,
        thing: &'a Thing,
        file: &Placed,
    ) -> Result<Option<&'a Secret>, PlanError> {
        let is_replaced = self.scope.is_replaced(thing) || self.scope.is_file_named(thing, file);
        if is_replaced {
            Ok(None)
        } else {
            self.lies(thing, file)
        }
    }

    /// The same, also where it is made anew.
    pub(super) fn lies(
        &self,
        thing: &'a Thing,
        file: &Placed,
    ) -> Result<Option<&'a Secret>, PlanError> {
        if !self
            .scope
            .here(thing)
            .iter()
            .any(|here| here.path == file.path)
        {
            return Ok(None);
        }
        let Some(material) = self.materials.files.get(&file.path) else {
            return Ok(None);
        };
        match &material.content {
            Ok(content) => Ok(Some(content)),
            Err(_) if material.path_state == crate::record::PathState::Absent => Ok(None),
            Err(why) => Err(PlanError::refused(format!(
                "{} cannot be read",
                printable(&file.path)
            ))
            .unread(why)),
        }
    }

    /// Hands a file out to the nodes that get it.
    pub(super) fn hand_out(&mut self, thing: &Thing, file: &Placed, output: Output) {
        let Output {
            content,
            what,
            is_kept,
        } = output;
        let on = thing
            .files()
            .into_iter()
            .find(|(one, _)| one.path == file.path)
            .map_or(&[][..], |(_, on)| on);
        let is_authority_key = matches!(&thing.what, What::Authority { places, .. }
            if places.iter().any(|place| place.key.path == file.path));
        let nodes = self.scope.nodes(on);
        if nodes.is_empty() && !is_authority_key {
            return;
        }
        self.made.files.push(MadeFile {
            nodes,
            path: file.path.clone(),
            content,
            mode: file.mode,
            summary: format!("{what} {}", self.id(thing)),
            is_authority_key,
            is_shared: thing.node.is_none(),
            is_kept,
        });
    }

    /// The thing's id as it is told: without the name of the node here.
    pub(super) fn id(&self, thing: &Thing) -> String {
        let own = self
            .scope
            .request
            .here
            .as_deref()
            .and_then(|here| thing.id.strip_suffix(here)?.strip_suffix('@'));
        own.filter(|_| thing.node == self.scope.request.here)
            .unwrap_or(&thing.id)
            .to_owned()
    }

    /// A new key: one of those that were made for it.
    pub(super) fn take_key(&mut self, algorithm: KeyAlgorithm) -> Result<PrivateKey, PlanError> {
        keys::new_key(algorithm, &mut self.new_keys)
    }

    /// From five minutes ago until as many hours from now.
    ///
    /// # Errors
    /// [`PlanError::Refused`] for more than a date can hold.
    pub(super) fn lifetime(
        &self,
        hours: u32,
    ) -> Result<(OffsetDateTime, OffsetDateTime), PlanError> {
        let end = self.moment.checked_add(Duration::hours(i64::from(hours)));
        let end = end.ok_or_else(|| {
            PlanError::refused(format!("{hours} hours are more than a date can hold"))
        })?;
        Ok((self.moment.saturating_sub(BACKDATE), end))
    }

    /// Notes a new certificate.
    pub(super) fn issued(
        &mut self,
        thing: &Thing,
        issuer: &str,
        certificate: &Certificate,
        paths: Vec<String>,
    ) {
        let certificate = Issued {
            id: self.id(thing),
            roles: thing.roles.clone(),
            node: thing.node.clone(),
            authority: issuer.to_owned(),
            paths,
            certificate: certificate.clone(),
        };
        self.made.issued.push(certificate);
    }

    /// What is the same on all nodes is not made once more for one of them.
    pub(super) fn refuse_another(&self, thing: &Thing, file: &Placed) -> Result<(), PlanError> {
        if !self.scope.is_part() {
            return Ok(());
        }
        let path = printable(&file.path);
        Err(PlanError::refused(format!("the cluster's {} is not here", thing.id))
            .because(format!("{path} is the same on all nodes that have it, and there is none below the root"))
            .hint(
                "run it where the cluster's CAs are, or unpack a control plane node's archive below the root, and that of the \
                 CAs' keys where they are apart",
            ))
    }
}

/// The subject as the recipes order it: C, ST, L, O, OU, CN.
pub(super) fn subject(identity: &Identity) -> Result<Name, PlanError> {
    let is_unit = |attribute: &&(String, String)| attribute.0 == "OU";
    let pair = |(attribute, value): &'_ (String, String)| (attribute.clone(), value.clone());
    let mut parts: Vec<(String, String)> = identity
        .more
        .iter()
        .filter(|one| !is_unit(one))
        .map(pair)
        .collect();
    parts.extend(
        identity
            .organizations
            .iter()
            .map(|group| ("O".to_owned(), group.clone())),
    );
    parts.extend(identity.more.iter().filter(is_unit).map(pair));
    parts.push(("CN".to_owned(), identity.common_name.clone()));
    let parts: Vec<(&str, &str)> = parts
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    Ok(Name::with_attributes(&parts)?)
}
