//! What one would type without kubepki: openssl for certificates, kubectl for kubeconfigs. A shell script.

use time::OffsetDateTime;

use super::kubelet;
use super::making::{Issued, MadeRenewal};
use super::outline::key_files;
use super::select::kubeconfigs_of;
use crate::inventory::{Inventory, Item, ItemIndex, KubeconfigItem, Source};
use crate::pki::issue::CertificateSpec;
use crate::pki::text::{printable, quoted};
use crate::pki::{Curve, KeyKind, pem};
use crate::plan::{After, Materials, SHELL_IS_STRICT, openssl};
use crate::record::{PathState, RestartSummary};

/// The whole script, line by line; empty where nothing changes.
pub(super) fn script(
    inventory: &Inventory,
    materials: &Materials,
    made: &MadeRenewal,
    restarts: &[RestartSummary],
    moment: OffsetDateTime,
) -> Vec<String> {
    if made.changes.is_empty() {
        return Vec::new();
    }
    let mut script = Script { inventory, materials, lines: Vec::new() };
    let root = &materials.root;
    script.line(if root.is_here() {
        "# What one would type without kubepki, as root on the master; kubectl reads and writes kubeconfigs."
    } else {
        "# What one would type without kubepki, as root; kubectl reads and writes kubeconfigs. The master's files lie here:"
    });
    root.head().iter().for_each(|line| script.line(line));
    script.line(SHELL_IS_STRICT);
    script.line("umask 077");
    script.line("work=$(mktemp -d)");
    let old: Vec<_> =
        made.changes.iter().filter(|change| change.action() != crate::record::ChangeAction::Create).collect();
    let old: Vec<_> = old.iter().map(|change| root.word(&change.path)).collect();
    script.line(&format!("tar -cPf \"$HOME/before-$(date +%Y%m%d%H%M%S).tar\" {}", old.join(" ")));
    for issued in &made.issued {
        script.renewal(issued, moment);
    }
    for (from, to) in &made.pointers {
        script.pointer(*from, *to);
    }
    for change in &made.changes {
        if let (After::Attributes(after) | After::File { attributes: after, .. }, Some(before)) =
            (&change.after, change.before.attributes())
            && before.mode != after.mode
        {
            script.line(&format!("chmod {:o} {}", after.mode, script.file(&change.path)));
        }
    }
    script.line("rm -r \"$work\"");
    for restart in restarts.iter().filter(|restart| restart.required) {
        script.line(&format!("# {}: {}", restart.component, printable(&restart.reason)));
        let prefix = if root.is_here() { "" } else { "# on the master: " };
        restart.how.iter().for_each(|line| script.line(&format!("{prefix}{line}")));
    }
    script.lines
}

struct Script<'a> {
    inventory: &'a Inventory,
    materials: &'a Materials,
    lines: Vec<String>,
}

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

impl Script<'_> {
    fn line(&mut self, text: &str) {
        self.lines.push(text.to_owned());
    }

    /// The file at a path as one word. An absolute link of a mounted disk leads to this machine's own files.
    fn file(&self, path: &str) -> String {
        let root = &self.materials.root;
        let path_state = self.materials.files.get(path).map(|material| &material.path_state);
        match path_state {
            Some(PathState::File { through: Some(text), .. }) if text.starts_with('/') => root.word(text),
            _ => root.word(path),
        }
    }

    fn renewal(&mut self, issued: &Issued, moment: OffsetDateTime) {
        let inventory = self.inventory;
        let items: Vec<&Item> = issued.renewal.items.iter().filter_map(|at| inventory.item(*at)).collect();
        let (Some(item), Some(authority)) = (items.first(), inventory.item(issued.renewal.authority.item)) else {
            return;
        };
        self.line(&format!("# {}, signed by {}", printable(&item.id), printable(&authority.id)));
        let key = self.key(issued, item);
        let mut extensions = vec!["authorityKeyIdentifier=keyid".to_owned()];
        if let Some(old) = item.certificate() {
            self.old(item, issued);
            self.line(&format!(
                "openssl x509 -x509toreq -in {OLD} -signkey {key} -copy_extensions copyall -out {REQUEST}"
            ));
            extensions.extend(differing(&issued.spec, &old.details()));
        } else {
            self.line(&format!(
                "openssl req -new -key {key} -subj {} -out {REQUEST}",
                openssl::subject(&issued.spec.subject)
            ));
            extensions.extend(OF_KUBELETS.map(str::to_owned));
        }
        let words: Vec<_> = extensions.iter().map(|line| quoted(line)).collect();
        self.line(&format!("printf '%s\\n' {} > {EXTENSIONS}", words.join(" ")));
        // Seconds that are cut off do not make a day.
        let days = ((issued.certificate.not_after() - moment).whole_seconds() + 60).div_euclid(86_400).max(1);
        let (ca, ca_key) = (self.file(&authority.path), self.file(&issued.renewal.authority.key_path));
        let changed = item.certificate().is_some_and(|old| old.subject_der() != issued.spec.subject.as_der());
        let subject =
            if changed { format!(" -subj {}", openssl::subject(&issued.spec.subject)) } else { String::new() };
        self.line(&format!(
            "openssl x509 -req -in {REQUEST} -CA {ca} -CAkey {ca_key} -days {days}{subject} -copy_extensions copyall \
             -extfile {EXTENSIONS} -out {NEW}"
        ));
        self.install(issued, &items);
    }

    /// Makes the new key, or says where the old one is.
    fn key(&mut self, issued: &Issued, item: &Item) -> String {
        if issued.renewal.key.is_none() {
            return match (&item.key.path, &item.source) {
                (Some(path), source) if !matches!(source, Source::Kubeconfig { .. }) || *path != item.path => {
                    self.file(path)
                }
                _ => {
                    if let Some((kubeconfig, at)) = self.user(issued, item) {
                        self.line(&format!("{} > {KEY}", self.data(kubeconfig, at, "client-key-data")));
                    }
                    KEY.to_owned()
                }
            };
        }
        let algorithm = issued.certificate.details().key_algorithm;
        self.line(&match algorithm {
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

    fn user(&self, issued: &Issued, item: &Item) -> Option<(&KubeconfigItem, usize)> {
        kubeconfigs_of(self.inventory, &issued.renewal.items).into_iter().find(|(one, _)| one.path == item.path)
    }

    /// Takes the old certificate out of where it is.
    fn old(&mut self, item: &Item, issued: &Issued) {
        let path = self.file(&item.path);
        let line = match (&item.source, self.user(issued, item), self.place(item)) {
            (Source::Kubeconfig { .. }, Some((kubeconfig, at)), _) => {
                format!("{} > {OLD}", self.data(kubeconfig, at, "client-certificate-data"))
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
        self.line(&line);
    }

    /// Which certificate of its file an item is, and how many blocks the file has; `None` for DER.
    fn place(&self, item: &Item) -> Option<(usize, usize)> {
        let content = self.materials.files.get(&*item.path)?.content.as_ref().ok()?.expose();
        let blocks = pem::blocks(content);
        let certificates = blocks.iter().flatten().filter(|block| block.label == "CERTIFICATE");
        let at =
            certificates.clone().position(|block| item.certificate().is_some_and(|own| *block.der == own.der()))?;
        Some((at, blocks.len()))
    }

    /// Puts key and certificate where the old ones are; `cat` keeps mode and owner.
    fn install(&mut self, issued: &Issued, items: &[&Item]) {
        let has_key = issued.renewal.key.is_some();
        let in_one = |path: &str| items.iter().any(|item| *item.path == *path);
        for path in key_files(self.inventory, &issued.renewal).iter().filter(|path| has_key && !in_one(path)) {
            self.line(&format!("cat {KEY} > {}", self.file(path)));
        }
        for item in items.iter().filter(|item| !matches!(item.source, Source::Kubeconfig { .. })) {
            let path = self.file(&item.path);
            if let Some(dated) = issued.dated.as_ref().filter(|_| kubelet::store_of(&item.path).is_some()) {
                let (link, root) = (quoted(dated), &self.materials.root);
                let (dated, path) = (root.word(dated), root.word(&item.path));
                self.line(&format!("cat {NEW} {KEY} > {dated} && ln -sfn {link} {path}"));
                continue;
            }
            let key =
                if has_key && item.key.path.as_ref() == Some(&item.path) { format!(" {KEY}") } else { String::new() };
            match self.place(item) {
                None => self.line(&format!("openssl x509 -in {NEW} -outform DER | cat > {path}")),
                Some((_, 1)) => self.line(&format!("cat {NEW} > {path}")),
                Some((0, 2)) if !key.is_empty() => self.line(&format!("cat {NEW}{key} > {path}")),
                Some((0, _)) if key.is_empty() => {
                    self.line(&format!("sed '1,/^-----END CERTIFICATE-----/d' {path} > \"$work/rest\""));
                    self.line(&format!("cat {NEW} \"$work/rest\" > {path}"));
                }
                Some((at, _)) => {
                    self.line(&format!("# by hand: {NEW}{key} in the place of certificate {} in {path}", at + 1));
                }
            }
        }
        for (kubeconfig, at) in kubeconfigs_of(self.inventory, &issued.renewal.items) {
            self.kubeconfig(issued, items, kubeconfig, at);
        }
    }

    fn kubeconfig(&mut self, issued: &Issued, items: &[&Item], kubeconfig: &KubeconfigItem, at: usize) {
        let path = self.file(&kubeconfig.path);
        let Some(user) = kubeconfig.users.get(at) else { return };
        let embedded = items.iter().find(|item| item.path == kubeconfig.path);
        if let Some(item) = embedded {
            let key = (issued.renewal.key.is_some() && item.key.path.as_ref() == Some(&item.path))
                .then(|| format!(" --client-key={KEY}"));
            self.line(&format!(
                "kubectl config set-credentials {} --kubeconfig={path} --client-certificate={NEW}{} --embed-certs=true",
                quoted(&user.name),
                key.unwrap_or_default()
            ));
        }
        let authority = self.inventory.item(issued.renewal.authority.item);
        for cluster in issued.authority_data.iter().filter(|(file, _)| *file == *kubeconfig.path).map(|(_, name)| name)
        {
            self.line(&format!(
                "kubectl config set-cluster {} --kubeconfig={path} --certificate-authority={} --embed-certs=true",
                quoted(cluster),
                self.file(authority.map_or("", |item| &*item.path))
            ));
        }
    }

    fn pointer(&mut self, from: ItemIndex, to: ItemIndex) {
        let inventory = self.inventory;
        let Some(target) = inventory.item(to).map(|item| quoted(&item.path)) else { return };
        for (kubeconfig, at) in kubeconfigs_of(inventory, &[from]) {
            let user = kubeconfig.users.get(at).map_or("", |user| user.name.as_str());
            self.line(&format!("# {}: the kubelet keeps its certificate itself", printable(&kubeconfig.path)));
            self.line(&format!(
                "kubectl config set-credentials {} --kubeconfig={} --client-certificate={target} --client-key={target}",
                quoted(user),
                self.file(&kubeconfig.path)
            ));
        }
    }

    fn data(&self, kubeconfig: &KubeconfigItem, at: usize, field: &str) -> String {
        let path = self.file(&kubeconfig.path);
        format!("kubectl config view --raw --kubeconfig={path} -o jsonpath='{{.users[{at}].user.{field}}}' | base64 -d")
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
