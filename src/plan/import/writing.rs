//! What is written for each answer, and what one would type in place of it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::pair::{LeafWithKey, PlacedAuthorities};
use super::places::Places;
use super::waiting;
use crate::inventory::file::{Expectation, parse};
use crate::kubernetes::kubeconfig::{Edit, KubeconfigEntry, edit};
use crate::kubernetes::role::RoleId;
use crate::pki::text::{printable, quoted};
use crate::pki::{Certificate, Secret};
use crate::plan::files::Changes;
use crate::plan::{Change, Materials, PlanError};
use crate::record::{PathState, Place};

/// A new certificate is no secret (kubeadm pkiutil, WriteCert).
const CERTIFICATE_MODE: u32 = 0o644;

/// The files of an import in the making.
pub(super) struct Writing<'a> {
    places: &'a Places<'a>,
    materials: &'a Materials,
    authorities: &'a PlacedAuthorities,
    changes: Changes<'a>,
    /// Files of this machine.
    local: Changes<'a>,
    /// What becomes of each kubeconfig.
    kubeconfigs: BTreeMap<&'a str, Vec<Edit>>,
    commands: Vec<String>,
}

impl<'a> Writing<'a> {
    /// With the CAs already.
    pub(super) fn begin(
        places: &'a Places<'a>,
        materials: &'a Materials,
        authorities: &'a PlacedAuthorities,
    ) -> Result<Self, PlanError> {
        let (mut changes, mut commands) = (Changes::new(materials, Place::Master), Vec::new());
        for (path, chain) in authorities {
            let content = Secret::new(bundle(chain).into_bytes());
            changes.file(path, (content, CERTIFICATE_MODE), "certificate of a CA")?;
            commands.push(format!(
                "# {} gets the CA's certificate and those above it",
                printable(path)
            ));
        }
        Ok(Self {
            places,
            materials,
            authorities,
            changes,
            local: Changes::new(materials, Place::Local),
            kubeconfigs: BTreeMap::new(),
            commands,
        })
    }

    /// Adds an answer: to a kubeconfig, or as a file of its own.
    pub(super) fn add(&mut self, pair: &LeafWithKey<'a>) -> Result<(), PlanError> {
        let path = pair.waiting.path.as_str();
        let pem = pair.answer.certificate.to_pem();
        let file = quoted(&pair.answer.file);
        if let Some((user, clusters)) = &pair.waiting.user {
            let mut edits = vec![data(
                KubeconfigEntry::User(*user),
                "client-certificate-data",
                &pem,
            )];
            let authority = bundle(&self.trusted(pair));
            let clusters = clusters.iter().map(|at| KubeconfigEntry::Cluster(*at));
            edits.extend(
                clusters.map(|entry| data(entry, "certificate-authority-data", &authority)),
            );
            let known = self.kubeconfigs.entry(path).or_default();
            for edit in edits {
                if !known
                    .iter()
                    .any(|other| (other.entry, other.field) == (edit.entry, edit.field))
                {
                    known.push(edit);
                }
            }
            self.commands.push(format!(
                "# {}: client-certificate-data becomes base64 -w0 {file}",
                printable(path)
            ));
        } else if pair.waiting.place == Place::Local {
            self.beside(pair)?;
        } else {
            let content = Secret::new(pem.into_bytes());
            self.changes.file(
                path,
                (content, CERTIFICATE_MODE),
                "certificate of somebody else's CA",
            )?;
            let target = self.materials.root.word(path);
            self.commands
                .push(format!("openssl x509 -in {file} > {target}"));
        }
        Ok(())
    }

    /// Adds an answer beside its key on this machine: with the CAs that a server shows beside it,
    /// and the one above them in a file of its own.
    fn beside(&mut self, pair: &LeafWithKey<'a>) -> Result<(), PlanError> {
        let path = &pair.waiting.path;
        let (roots, between): (Vec<_>, Vec<_>) =
            pair.chain.iter().partition(|one| one.is_self_issued());
        let certificates = std::iter::once(&pair.answer.certificate).chain(between);
        let text: String = certificates.map(Certificate::to_pem).collect();
        let content = Secret::new(text.into_bytes());
        let what = "certificate of somebody else's CA";
        self.refuse_another(path, |old| {
            old.spki_sha256() == pair.answer.certificate.spki_sha256()
        })?;
        self.local.file(path, (content, CERTIFICATE_MODE), what)?;
        if let Some(root) = roots.last() {
            let content = Secret::new(root.to_pem().into_bytes());
            let path = waiting::authority_path(path);
            let what = "the CA that others must know";
            self.refuse_another(&path, Certificate::is_authority)?;
            self.local.file(&path, (content, CERTIFICATE_MODE), what)?;
        }
        let (file, target) = (quoted(&pair.answer.file), quoted(path));
        self.commands
            .push(format!("openssl x509 -in {file} > {target}"));
        Ok(())
    }

    /// What lies there on this machine is replaced only where it is what was put there.
    fn refuse_another(
        &self,
        path: &str,
        is_ours: impl Fn(&Certificate) -> bool,
    ) -> Result<(), PlanError> {
        let Some(material) = self.materials.local.get(path) else {
            return Ok(());
        };
        let content = material.content.as_ref().ok();
        let lies = content.map(|bytes| parse(bytes.expose(), Expectation::default()).certificates);
        let first = lies.iter().flatten().next();
        let is_ours = matches!(first, Some(Ok(first)) if is_ours(first));
        if material.path_state == PathState::Absent || is_ours {
            return Ok(());
        }
        Err(
            PlanError::refused(format!("{} is something else", printable(path)))
                .because("an answer takes the place of what was placed for the same key alone")
                .hint("move it away, and import again"),
        )
    }

    /// The CA by which a kubeconfig's server is verified: that of its place, or the one that signed
    /// its client.
    fn trusted(&self, pair: &LeafWithKey<'_>) -> Vec<Certificate> {
        let path = self.places.authority(RoleId::Ca);
        let new = path
            .as_ref()
            .and_then(|path| self.authorities.get(path).cloned());
        let lying = |path: &String| waiting::certificates(self.materials, path);
        let present = || path.as_ref().map(lying).filter(|all| !all.is_empty());
        new.or_else(present).unwrap_or_else(|| pair.chain.clone())
    }

    /// All changes, and what one would type.
    pub(super) fn finish(mut self) -> Result<(Vec<Change>, Vec<String>), PlanError> {
        for (path, edits) in self.kubeconfigs {
            kubeconfig(&mut self.changes, self.materials, path, &edits)?;
        }
        let changes = self.changes.finish().chain(self.local.finish());
        Ok((changes.collect(), self.commands))
    }
}

fn bundle(chain: &[Certificate]) -> String {
    chain.iter().map(Certificate::to_pem).collect()
}

/// A field that holds this text.
fn data(entry: KubeconfigEntry, field: &'static str, text: &str) -> Edit {
    Edit {
        entry,
        field,
        value: Some(Zeroizing::new(STANDARD.encode(text.as_bytes()))),
    }
}

/// The kubeconfig with these fields; all else of it stays.
fn kubeconfig(
    changes: &mut Changes<'_>,
    materials: &Materials,
    path: &str,
    edits: &[Edit],
) -> Result<(), PlanError> {
    let refused = |why: String| {
        PlanError::refused(format!("{} cannot be edited", printable(path))).because(why)
    };
    let text = waiting::content(materials, path).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let text = text.ok_or_else(|| refused("it is not UTF-8".to_owned()))?;
    let edited = edit(text, edits).map_err(|error| refused(error.to_string()))?;
    let mode = materials
        .files
        .get(path)
        .and_then(|material| material.path_state.attributes());
    let mode = mode.map_or(0o600, |attributes| attributes.mode);
    changes.file(
        path,
        (Secret::from(edited), mode),
        "client certificate, CA data",
    )
}
