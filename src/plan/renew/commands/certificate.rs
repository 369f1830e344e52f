//! The lines of a script that make one certificate and put it where the old one is.

use time::OffsetDateTime;

use super::Script;
use crate::inventory::{Item, KubeconfigItem, Source};
use crate::pki::issue::CertificateSpec;
use crate::pki::text::{printable, quoted};
use crate::pki::{Curve, KeyKind, pem};
use crate::plan::openssl;
use crate::plan::renew::kubelet;
use crate::plan::renew::making::Issued;
use crate::plan::renew::select::kubeconfigs_of;

/// The old certificate, where the script has put it, the new key and the new certificate.
const OLD: &str = "\"$work/old.crt\"";
const KEY: &str = "\"$work/new.key\"";
const REQUEST: &str = "\"$work/new.csr\"";
const EXTENSIONS: &str = "\"$work/extensions\"";
const NEW: &str = "\"$work/new.crt\"";

/// What a new client certificate of the kubelet says beside its name.
const OF_KUBELETS: [&str; 3] = [
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature,keyEncipherment",
    "extendedKeyUsage=clientAuth",
];

/// One certificate in the script.
pub(super) struct NewCertificate<'s, 'a> {
    script: &'s mut Script<'a>,
    issued: &'s Issued,
    /// The items that hold the old one, and that of them that stands for it.
    items: Vec<&'a Item>,
    item: &'a Item,
    authority: &'a Item,
}

impl<'s, 'a> NewCertificate<'s, 'a> {
    /// `None`: what is renewed is not there any more.
    pub(super) fn of(script: &'s mut Script<'a>, issued: &'s Issued) -> Option<Self> {
        let inventory = script.inventory;
        let items: Vec<&Item> = issued
            .renewal
            .items
            .iter()
            .filter_map(|at| inventory.item(*at))
            .collect();
        let item = *items.first()?;
        Some(Self {
            script,
            issued,
            items,
            item,
            authority: inventory.item(issued.renewal.authority.item)?,
        })
    }

    pub(super) fn write(mut self, moment: OffsetDateTime) {
        let (issued, item) = (self.issued, self.item);
        self.script.line(&format!(
            "# {}, signed by {}",
            printable(&item.id),
            printable(&self.authority.id)
        ));
        let key = self.key();
        let mut extensions = vec!["authorityKeyIdentifier=keyid".to_owned()];
        if let Some(old) = item.certificate() {
            self.old();
            self.script.line(&format!(
                "openssl x509 -x509toreq -in {OLD} -signkey {key} -copy_extensions copyall -out {REQUEST}"
            ));
            extensions.extend(differing(&issued.spec, &old.details()));
        } else {
            let subject = openssl::subject(&issued.spec.subject);
            self.script.line(&format!(
                "openssl req -new -key {key} -subj {subject} -out {REQUEST}"
            ));
            extensions.extend(OF_KUBELETS.map(str::to_owned));
        }
        let words: Vec<_> = extensions.iter().map(|line| quoted(line)).collect();
        self.script.line(&format!(
            "printf '%s\\n' {} > {EXTENSIONS}",
            words.join(" ")
        ));
        self.sign(moment);
        self.install();
    }

    fn sign(&mut self, moment: OffsetDateTime) {
        let issued = self.issued;
        let days = openssl::days(moment, issued.certificate.not_after());
        let (ca, ca_key) = (
            self.script.file(&self.authority.path),
            self.script.file(&issued.renewal.authority.key_path),
        );
        let changed = self
            .item
            .certificate()
            .is_some_and(|old| old.subject_der() != issued.spec.subject.as_der());
        let subject = if changed {
            format!(" -subj {}", openssl::subject(&issued.spec.subject))
        } else {
            String::new()
        };
        self.script.line(&format!(
            "openssl x509 -req -in {REQUEST} -CA {ca} -CAkey {ca_key} -days {days}{subject} -copy_extensions copyall \
             -extfile {EXTENSIONS} -out {NEW}"
        ));
    }

    /// Makes the new key, or says where the old one is.
    fn key(&mut self) -> String {
        let (issued, item) = (self.issued, self.item);
        if issued.renewal.key.is_none() {
            return match (&item.key.path, &item.source) {
                (Some(path), source)
                    if !matches!(source, Source::Kubeconfig { .. }) || *path != item.path =>
                {
                    self.script.file(path)
                }
                _ => {
                    if let Some((kubeconfig, at)) = self.user() {
                        self.script.line(&format!(
                            "{} > {KEY}",
                            self.script.data(kubeconfig, at, "client-key-data")
                        ));
                    }
                    KEY.to_owned()
                }
            };
        }
        let algorithm = issued.certificate.details().key_algorithm;
        self.script.line(&match algorithm {
            KeyKind::Rsa(bits) => format!("openssl genrsa -traditional -out {KEY} {bits}"),
            KeyKind::Ecdsa(curve) => {
                let name = match curve {
                    Curve::P384 => "secp384r1",
                    Curve::P521 => "secp521r1",
                    _ => "prime256v1",
                };
                format!("openssl ecparam -name {name} -genkey -noout -out {KEY}")
            }
            _ => format!("openssl genpkey -algorithm ed25519 -out {KEY}"),
        });
        KEY.to_owned()
    }

    /// The kubeconfig in which the old certificate is, and its user there.
    fn user(&self) -> Option<(&'a KubeconfigItem, usize)> {
        kubeconfigs_of(self.script.inventory, &self.issued.renewal.items)
            .into_iter()
            .find(|(one, _)| one.path == self.item.path)
    }

    /// Takes the old certificate out of where it is.
    fn old(&mut self) {
        let item = self.item;
        let path = self.script.file(&item.path);
        let line = match (&item.source, self.user(), self.place(item)) {
            (Source::Kubeconfig { .. }, Some((kubeconfig, at)), _) => {
                format!(
                    "{} > {OLD}",
                    self.script.data(kubeconfig, at, "client-certificate-data")
                )
            }
            (_, _, Some((at, _))) if at > 0 => {
                format!(
                    "awk '/-----BEGIN CERTIFICATE-----/ {{ n++ }} n == {}' {path} | openssl x509 -out {OLD}",
                    at + 1
                )
            }
            (_, _, Some(_)) => format!("openssl x509 -in {path} -out {OLD}"),
            (_, _, None) => format!("openssl x509 -inform DER -in {path} -out {OLD}"),
        };
        self.script.line(&line);
    }

    /// Which certificate of its file an item is, and how many blocks the file has; `None` for DER.
    fn place(&self, item: &Item) -> Option<(usize, usize)> {
        let content = self
            .script
            .materials
            .files
            .get(&*item.path)?
            .content
            .as_ref()
            .ok()?
            .expose();
        let blocks = pem::blocks(content);
        let certificates = blocks
            .iter()
            .flatten()
            .filter(|block| block.label == "CERTIFICATE");
        let at = certificates.clone().position(|block| {
            item.certificate()
                .is_some_and(|own| *block.der == own.der())
        })?;
        Some((at, blocks.len()))
    }

    /// Puts key and certificate where the old ones are; `cat` keeps mode and owner.
    fn install(&mut self) {
        let issued = self.issued;
        let has_key = issued.renewal.key.is_some();
        let in_one = |path: &str| self.items.iter().any(|item| *item.path == *path);
        for path in issued
            .renewal
            .key_files(self.script.inventory)
            .iter()
            .filter(|path| has_key && !in_one(path))
        {
            self.script
                .line(&format!("cat {KEY} > {}", self.script.file(path)));
        }
        for item in self
            .items
            .iter()
            .filter(|item| !matches!(item.source, Source::Kubeconfig { .. }))
        {
            for line in self.in_file(item) {
                self.script.lines.push(line);
            }
        }
        for (kubeconfig, at) in kubeconfigs_of(self.script.inventory, &issued.renewal.items) {
            self.kubeconfig(kubeconfig, at);
        }
    }

    /// The lines that put them into the file of `item`.
    fn in_file(&self, item: &Item) -> Vec<String> {
        let has_key = self.issued.renewal.key.is_some();
        let path = self.script.file(&item.path);
        if let Some(dated) = self
            .issued
            .dated
            .as_ref()
            .filter(|_| kubelet::store_of(&item.path).is_some())
        {
            let (link, root) = (quoted(dated), &self.script.materials.root);
            let (dated, path) = (root.word(dated), root.word(&item.path));
            return vec![format!(
                "cat {NEW} {KEY} > {dated} && ln -sfn {link} {path}"
            )];
        }
        let key = if has_key && item.key.path.as_ref() == Some(&item.path) {
            format!(" {KEY}")
        } else {
            String::new()
        };
        match self.place(item) {
            None => vec![format!(
                "openssl x509 -in {NEW} -outform DER | cat > {path}"
            )],
            Some((_, 1)) => vec![format!("cat {NEW} > {path}")],
            Some((0, 2)) if !key.is_empty() => vec![format!("cat {NEW}{key} > {path}")],
            Some((0, _)) if key.is_empty() => vec![
                format!("sed '1,/^-----END CERTIFICATE-----/d' {path} > \"$work/rest\""),
                format!("cat {NEW} \"$work/rest\" > {path}"),
            ],
            Some((at, _)) => {
                vec![format!(
                    "# by hand: {NEW}{key} in the place of certificate {} in {path}",
                    at + 1
                )]
            }
        }
    }

    fn kubeconfig(&mut self, kubeconfig: &KubeconfigItem, at: usize) {
        let path = self.script.file(&kubeconfig.path);
        let Some(user) = kubeconfig.users.get(at) else {
            return;
        };
        let embedded = self.items.iter().find(|item| item.path == kubeconfig.path);
        if let Some(item) = embedded {
            let key = (self.issued.renewal.key.is_some()
                && item.key.path.as_ref() == Some(&item.path))
            .then(|| format!(" --client-key={KEY}"));
            self.script.line(&format!(
                "kubectl config set-credentials {} --kubeconfig={path} --client-certificate={NEW}{} --embed-certs=true",
                quoted(&user.name),
                key.unwrap_or_default()
            ));
        }
        for cluster in self
            .issued
            .authority_data
            .iter()
            .filter(|(file, _)| *file == *kubeconfig.path)
            .map(|(_, name)| name)
        {
            self.script.line(&format!(
                "kubectl config set-cluster {} --kubeconfig={path} --certificate-authority={} --embed-certs=true",
                quoted(cluster),
                self.script.file(&self.authority.path)
            ));
        }
    }
}

/// The lines of an openssl extension file for what is not copied from the old certificate.
fn differing(spec: &CertificateSpec, old: &crate::pki::Details) -> Vec<String> {
    let mut lines = Vec::new();
    if spec.subject_alt_names != old.subject_alt_names && !spec.subject_alt_names.is_empty() {
        lines.push(openssl::alt_names(&spec.subject_alt_names));
    }
    if spec.extended_key_usage != old.extended_key_usage {
        lines.push(openssl::extended_key_usage(&spec.extended_key_usage));
    }
    lines
}
