//! The certificates themselves, and the files that they go to.

use time::OffsetDateTime;

use super::edits::{self, Edits, changed};
use super::key_file_owner::KeyFileOwner;
use super::kubeconfigs::{self, Renewed};
use super::notes::Notes;
use super::outline::Outline;
use super::renewal::Renewal;
use super::signers::Signers;
use super::{RenewalTask, identity, kubelet, select};
use crate::inventory::{Item, ItemIndex, Source};
use crate::pki::issue::{CertificateSpec, Issuer, issue};
use crate::pki::key::{Effort, PrivateKey, PublicHalf};
use crate::pki::{Certificate, Secret, pem};
use crate::plan::{After, Change, Materials, PlanError};
use crate::record::{Left, PathState, Place};

/// All that a plan is made of.
pub(super) struct MadeRenewal {
    pub(super) changes: Vec<Change>,
    pub(super) issued: Vec<Issued>,
    /// kubelet.conf, and what it points to from now on.
    pub(super) pointers: Vec<(ItemIndex, ItemIndex)>,
    pub(super) left_alone: Vec<Left>,
    pub(super) notes: Notes,
}

/// One new certificate.
pub(super) struct Issued {
    pub(super) renewal: Renewal,
    pub(super) spec: CertificateSpec,
    pub(super) certificate: Certificate,
    /// Where the kubelet's new dated file lies.
    pub(super) dated: Option<String>,
    /// Kubeconfigs whose CA data changes too, each with the cluster's name.
    pub(super) authority_data: Vec<(String, String)>,
}

/// What the steps share.
struct Maker<'a> {
    task: RenewalTask<'a>,
    materials: &'a Materials,
    keys: &'a [PrivateKey],
    signers: Signers<'a>,
    edits: Edits<'a>,
    links: Vec<Change>,
    left_alone: Vec<Left>,
    notes: Notes,
}

/// What takes the place of the old certificate and its key.
#[derive(Clone, Copy)]
struct NewPair<'a> {
    certificate: &'a Certificate,
    /// `None`: the old key stays.
    key: Option<&'a PrivateKey>,
}

/// Issues every certificate and works out what becomes of the files.
pub(super) fn make(
    task: RenewalTask<'_>,
    materials: &Materials,
    outline: Outline,
    keys: &[PrivateKey],
) -> Result<MadeRenewal, PlanError> {
    let Outline {
        renewals,
        pointers,
        left_alone,
        notes,
        ..
    } = outline;
    let edits = Edits::new(materials);
    let signers = Signers::new(
        &task.request.passphrases,
        Effort::new(task.context.settings.key_effort()),
    );
    let mut maker = Maker {
        task,
        materials,
        keys,
        signers,
        edits,
        links: Vec::new(),
        left_alone,
        notes,
    };
    let mut issued = Vec::with_capacity(renewals.len());
    for renewal in renewals {
        issued.push(maker.renew(renewal)?);
    }
    for (from, to) in &pointers {
        maker.point(*from, *to)?;
    }
    let (mut changes, readable) = maker.edits.finish(task.request.tighten_modes)?;
    changes.append(&mut maker.links);
    for (path, mode) in readable {
        let text =
            format!("{path} holds a private key and has mode {mode:04o}: others can read it");
        maker.notes.tell(if task.request.tighten_modes {
            format!("{text} until it becomes 0600")
        } else {
            text
        });
    }
    Ok(MadeRenewal {
        changes,
        issued,
        pointers,
        left_alone: maker.left_alone,
        notes: maker.notes,
    })
}

impl Maker<'_> {
    fn renew(&mut self, renewal: Renewal) -> Result<Issued, PlanError> {
        let inventory = self.task.inventory;
        let first = renewal.items.first().and_then(|at| inventory.item(*at));
        let item = first
            .ok_or_else(|| PlanError::refused("what should be renewed is not there any more"))?;
        let authority = inventory
            .item(renewal.authority.item)
            .ok_or_else(|| changed(&item.path))?;
        let signer = authority
            .certificate()
            .ok_or_else(|| changed(&authority.path))?;
        let lifetime = identity::lifetime(self.task, authority, item, &mut self.notes)?;
        let spec = self.spec(item, lifetime)?;
        let opened = self.signers.open(&renewal.authority.key_path, signer, || {
            self.edits.content(&renewal.authority.key_path)
        })?;
        let key = renewal.key.map(|slot| &self.keys[slot]);
        let public = match (key, item.certificate()) {
            (Some(key), _) => key.public().clone(),
            (None, Some(old)) => PublicHalf::from_spki(&old.details().spki)?,
            (None, None) => return Err(changed(&item.path)),
        };
        let certificate = issue(
            &spec,
            &public,
            Issuer {
                certificate: signer,
                key: opened,
            },
        )
        .map_err(|error| {
            PlanError::refused(format!("{} cannot be renewed", item.id)).because(error.to_string())
        })?;
        let new = NewPair {
            certificate: &certificate,
            key,
        };
        let dated = self.place(&renewal, new)?;
        let authority_data = self.kubeconfigs(&renewal, item, new, authority)?;
        Ok(Issued {
            renewal,
            spec,
            certificate,
            dated,
            authority_data,
        })
    }

    fn spec(
        &mut self,
        item: &Item,
        lifetime: (OffsetDateTime, OffsetDateTime),
    ) -> Result<CertificateSpec, PlanError> {
        match item.certificate() {
            Some(old) => identity::of_old(self.task, item, old, lifetime, &mut self.notes),
            None => Ok(identity::of_kubelet(
                kubelet::identity(self.task.inventory, item)?,
                lifetime,
            )),
        }
    }

    /// Puts key and certificate where the old ones are: the key's file first. Gives the kubelet's
    /// new dated file.
    fn place(&mut self, renewal: &Renewal, new: NewPair<'_>) -> Result<Option<String>, PlanError> {
        let mut dated = None;
        for item in self.task.items(&renewal.items) {
            if let Some(path) = item.key.path.as_ref().filter(|_| new.key.is_some()) {
                self.edits.holder(
                    path,
                    KeyFileOwner::of(self.task.inventory, self.materials, item),
                );
            }
            match &item.source {
                Source::Kubeconfig { .. } => self.key_beside(item, new.key)?,
                _ if self.is_store(item) => dated = self.store(item, new)?,
                _ => {
                    self.key_beside(item, new.key)?;
                    if let Some(old) = item.certificate() {
                        self.edits.certificate(&item.path, old, new.certificate)?;
                    }
                }
            }
        }
        Ok(dated)
    }

    /// Edits the kubeconfigs that embed or name the certificate. Gives those whose CA data changes.
    fn kubeconfigs(
        &mut self,
        renewal: &Renewal,
        item: &Item,
        new: NewPair<'_>,
        authority: &Item,
    ) -> Result<Vec<(String, String)>, PlanError> {
        let signer = authority
            .certificate()
            .ok_or_else(|| changed(&authority.path))?;
        let content = self.edits.content(&authority.path)?;
        if edits::places_of(content, signer).is_empty() && content != signer.der() {
            return Err(changed(&authority.path));
        }
        let Some(old) = item.certificate() else {
            return Ok(Vec::new());
        };
        let file = kubeconfigs::authority_pem(content, signer);
        let mut authority_data = Vec::new();
        for (kubeconfig, at) in select::kubeconfigs_of(self.task.inventory, &renewal.items) {
            let renewed = Renewed {
                old,
                new: new.certificate,
                key: new.key,
                authority: (signer, file.as_slice()),
            };
            let answer = kubeconfigs::renew(&mut self.edits, &kubeconfig.path, at, renewed)?;
            authority_data.extend(
                answer
                    .clusters
                    .into_iter()
                    .map(|name| (kubeconfig.path.to_string(), name)),
            );
            for left in answer.left {
                if !self.left_alone.contains(&left) {
                    self.left_alone.push(left);
                }
            }
        }
        Ok(authority_data)
    }

    /// Exchanges the key in the file that `item` has for it; one inside a kubeconfig is no file.
    fn key_beside(&mut self, item: &Item, key: Option<&PrivateKey>) -> Result<(), PlanError> {
        let is_embedded = matches!(item.source, Source::Kubeconfig { .. })
            && item.key.path.as_ref() == Some(&item.path);
        let Some(path) = item.key.path.as_ref().filter(|_| !is_embedded) else {
            return Ok(());
        };
        let Some(key) = key else {
            self.edits.kept_key(path);
            return Ok(());
        };
        self.edits
            .key(path, item.certificate().map(Certificate::spki_sha256), key)
    }

    /// True where the kubelet's link stands, or nothing: a regular file in its place is changed as
    /// one.
    fn is_store(&self, item: &Item) -> bool {
        let path_state = self.materials.links.get(&*item.path);
        kubelet::store_of(&item.path).is_some()
            && matches!(
                path_state,
                Some(PathState::Link { .. } | PathState::Absent) | None
            )
    }

    /// A new dated file and the link to it, as the kubelet does it (certificate_store.go, Update):
    /// certificate first, then its key, and an absolute link.
    fn store(&mut self, item: &Item, new: NewPair<'_>) -> Result<Option<String>, PlanError> {
        let path = kubelet::store_of(&item.path)
            .map(|store| kubelet::dated_path(store, self.task.moment()));
        let path = path.ok_or_else(|| changed(&item.path))?;
        let material = self.edits.material(&path)?;
        if material.path_state != PathState::Absent {
            return Err(PlanError::refused(format!("{path} is there already"))
                .hint("wait a second and renew again"));
        }
        let content = self.stored(item, new)?;
        self.edits.holder(
            &path,
            KeyFileOwner::of(self.task.inventory, self.materials, item),
        );
        self.edits.create(&path, content, "new certificate and key");
        let before = self
            .materials
            .links
            .get(&*item.path)
            .cloned()
            .unwrap_or(PathState::Absent);
        self.links.push(Change {
            place: Place::Master,
            path: item.path.to_string(),
            summary: "leads to the new file".to_owned(),
            before,
            after: After::Link(path.clone()),
        });
        Ok(Some(path))
    }

    /// The old file with the new certificate and key in it; where that is gone, these two.
    fn stored(&self, item: &Item, new: NewPair<'_>) -> Result<Secret, PlanError> {
        let NewPair {
            certificate: new,
            key,
        } = new;
        let Some(old) = item.certificate() else {
            let key = key.ok_or_else(|| changed(&item.path))?;
            return Ok(edits::joined(new.to_pem().as_bytes(), &[key.to_pem()]));
        };
        let content = self.edits.content(&item.path)?;
        let blocks = pem::blocks(content);
        let mut replaced: Vec<(usize, String, zeroize::Zeroizing<Vec<u8>>)> = Vec::new();
        for at in edits::places_of(content, old) {
            replaced.push((
                at,
                "CERTIFICATE".to_owned(),
                zeroize::Zeroizing::new(new.der().to_vec()),
            ));
        }
        let place = edits::key_block(&blocks, Some(old.spki_sha256()));
        if let (Some(key), Some(at), Some(Ok(block))) = (key, place, place.map(|at| &blocks[at])) {
            let form = key.to_pem_like(&block.label);
            let written = pem::blocks(form.as_bytes()).into_iter().flatten().next();
            replaced.extend(written.map(|block| (at, block.label.clone(), block.der.clone())));
        }
        if replaced.is_empty() {
            return Err(changed(&item.path));
        }
        let replaced: Vec<_> = replaced
            .iter()
            .map(|(at, label, der)| (*at, label.as_str(), der.as_slice()))
            .collect();
        let missing = key.filter(|_| place.is_none()).map(PrivateKey::to_pem);
        Ok(edits::joined(
            &pem::replace(content, &replaced)?,
            &missing.into_iter().collect::<Vec<_>>(),
        ))
    }

    fn point(&mut self, from: ItemIndex, to: ItemIndex) -> Result<(), PlanError> {
        let inventory = self.task.inventory;
        let (Some(from_item), Some(target)) = (inventory.item(from), inventory.item(to)) else {
            return Ok(());
        };
        for (kubeconfig, at) in select::kubeconfigs_of(inventory, &[from]) {
            if kubeconfig.path == from_item.path {
                kubeconfigs::point(&mut self.edits, &kubeconfig.path, at, &target.path)?;
            }
        }
        Ok(())
    }
}
