//! Layouts: which path is which role (`assets/layouts/`), and which layout a set of files is.

mod detect;
mod read;
mod setup;

use std::sync::LazyLock;

use super::flags::FlagFact;
use super::role::{Part, Role};

pub use detect::{MOUNTS, Mounted, detect, mount};
pub use read::{Error, parse};
pub use setup::{Extra, LayoutSetup, Machine, PlaceSetup};

/// Where the files of one kind of master lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// As "single-ca": for `--layout` and JSON.
    pub name: String,
    /// As it is shown: "single-ca (one CA for everything)".
    pub title: String,
    /// The folder that stands for the layout, as "/etc/kubernetes".
    pub base: String,
    /// The folders in which to look for more than the places name. Empty: the folder that was given.
    pub folders: Vec<String>,
    /// How long a certificate lives that nobody asks another life for, in days.
    pub lifetime_days: u32,
    /// The places, the layout's own first, in the file's order.
    pub places: Vec<Place>,
    /// How a setup makes it; `None`: it cannot be set up.
    pub setup: Option<LayoutSetup>,
    /// System accounts to which recipes give its files.
    pub accounts: SystemAccounts,
}

/// Names of system accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SystemAccounts {
    /// Users.
    pub users: Vec<String>,
    /// Groups.
    pub groups: Vec<String>,
}

/// One path (or pattern of paths), and what lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Absolute on the master. A `*` stands for any characters inside one segment.
    pub path: String,
    /// What the file is for. Empty: known, and no role of its own.
    pub roles: Vec<&'static Role>,
    /// What sort of file it is.
    pub part: PlacePart,
    /// False for what lies there and nobody reads, such as the kubelet's older dated files.
    pub in_use: bool,
    /// False for a place that every layout has and that says nothing of which one it is.
    pub telling: bool,
    /// What a setup makes there; `None`: nothing.
    pub setup: Option<PlaceSetup>,
}

/// What sort of file lies at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlacePart {
    /// One certificate or several.
    Certificate,
    /// A private key.
    Key,
    /// A public key: `sa.pub`.
    PublicKey,
    /// Certificate and key in one file: the kubelet's `.pem`.
    CertificateAndKey,
    /// A kubeconfig.
    Kubeconfig,
    /// `token.csv`.
    TokenFile,
    /// openssl's serial file.
    Serial,
    /// Variables: an `EnvironmentFile` of systemd.
    Environment,
    /// A component's own configuration in YAML.
    Configuration,
    /// A static pod.
    Manifest,
    /// A unit of systemd, or a drop-in for one.
    Unit,
    /// A PKCS#10 request.
    Request,
}

impl Place {
    /// True for what is there only where somebody asked for it: it says nothing of other masters of the layout.
    fn is_extra(&self) -> bool {
        self.setup.as_ref().is_some_and(|setup| setup.only_with.is_some())
    }

    /// True where a `*` stands in the path.
    pub fn is_pattern(&self) -> bool {
        self.path.contains('*')
    }

    /// True where `path` (absolute, as on the master) is this place.
    pub fn matches(&self, path: &str) -> bool {
        if !self.is_pattern() {
            return self.path == path;
        }
        // Most files lie elsewhere: this is asked for every file of a folder with 100,000.
        let literal = self.path.split('*').next().unwrap_or_default();
        if !path.starts_with(literal) {
            return false;
        }
        // `kube-etcd-*.pem` is the certificate, `kube-etcd-*-key.pem` its key.
        if path.ends_with("-key.pem") && !self.path.ends_with("-key.pem") {
            return false;
        }
        let mut segments = path.split('/');
        self.path.split('/').all(|pattern| segments.next().is_some_and(|segment| segment_matches(pattern, segment)))
            && segments.next().is_none()
    }
}

/// Whether `*` in `pattern` can stand for what `segment` has there. A leading dot is only matched by a dot.
fn segment_matches(pattern: &str, segment: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return pattern == segment };
    let Some(mut left) = segment.strip_prefix(before) else { return false };
    if before.is_empty() && segment.starts_with('.') {
        return false;
    }
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    true
}

impl Layout {
    /// What lies at `path` (absolute, as on the master). A place that names the path beats a pattern.
    pub fn places_of<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Place> {
        let named = self.places.iter().any(|place| place.path == path);
        self.places.iter().filter(move |place| if named { place.path == path } else { place.matches(path) })
    }

    /// The same with its certificates in `folder` (kubeadm's certificatesDir); `None`: they cannot lie elsewhere.
    pub fn moved_to(&self, folder: &str) -> Option<Self> {
        let setup = self.setup.as_ref().filter(|setup| setup.certificates_directory.is_some())?;
        let mut layout = self.clone();
        for place in &mut layout.places {
            place.path = setup.moved(&place.path, Some(folder));
        }
        layout.folders.push(folder.to_owned());
        Some(layout)
    }

    /// True where a place of the layout has this role.
    pub fn has_role(&self, role: &Role) -> bool {
        self.places.iter().any(|place| !place.is_extra() && place.roles.contains(&role))
    }

    /// The roles that a flag gives to the file it names. `--client-ca-file` names `client-ca` in a layout that has one,
    /// else `ca`; a flag that names a place of something extra names what that is for.
    pub fn roles_by_flag(&self, fact: &FlagFact) -> Vec<(&'static Role, Part)> {
        let mut found = super::flags::candidates(fact);
        let extra = self.places.iter().find(|place| place.is_extra() && place.path == fact.value);
        if let Some(place) = extra.filter(|place| found.iter().any(|(role, _)| place.roles.contains(role))) {
            found.retain(|(role, _)| place.roles.contains(role));
            return found;
        }
        if found.iter().any(|(role, _)| role.is_of_distribution() && self.has_role(role)) {
            found.retain(|(role, _)| self.has_role(role));
        } else {
            found.retain(|(role, _)| !role.is_of_distribution());
        }
        found
    }
}

/// The embedded layouts, the one preferred in a draw first; `directory` is the last.
pub fn layouts() -> &'static [Layout] {
    static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
        [
            include_str!("../../../assets/layouts/kubeadm.yaml"),
            include_str!("../../../assets/layouts/split.yaml"),
            include_str!("../../../assets/layouts/single-ca.yaml"),
            include_str!("../../../assets/layouts/k3s.yaml"),
            include_str!("../../../assets/layouts/rke2.yaml"),
            include_str!("../../../assets/layouts/rke1.yaml"),
            include_str!("../../../assets/layouts/directory.yaml"),
        ]
        .into_iter()
        .map(|text| parse(text).unwrap_or_else(|error| unreachable!("an embedded layout: {error}")))
        .collect()
    });
    &LAYOUTS
}

/// The layout of any folder: no place has a role.
fn directory() -> &'static Layout {
    static DIRECTORY: LazyLock<Layout> = LazyLock::new(|| {
        parse(include_str!("../../../assets/layouts/directory.yaml"))
            .unwrap_or_else(|error| unreachable!("an embedded layout: {error}"))
    });
    &DIRECTORY
}

/// The embedded layout of this name.
pub fn layout(name: &str) -> Option<&'static Layout> {
    layouts().iter().find(|layout| layout.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::component::Component;

    fn roles(layout: &Layout, path: &str) -> Vec<String> {
        layout
            .places_of(path)
            .map(|place| {
                let names: Vec<_> = place.roles.iter().map(|role| role.name).collect();
                format!("{:?} {}{}", place.part, names.join(","), if place.in_use { "" } else { " unused" })
            })
            .collect()
    }

    #[test]
    fn places_have_roles() {
        for (name, path, expected) in [
            ("kubeadm", "/etc/kubernetes/pki/etcd/ca.key", "Key etcd-ca"),
            ("kubeadm", "/etc/kubernetes/pki/sa.pub", "PublicKey sa"),
            ("kubeadm", "/var/lib/kubelet/pki/kubelet-client-current.pem", "CertificateAndKey kubelet-client"),
            (
                "kubeadm",
                "/var/lib/kubelet/pki/kubelet-client-2026-07-11-01-07-32.pem",
                "CertificateAndKey kubelet-client unused",
            ),
            ("kubeadm", "/home/ann/.kube/config", "Kubeconfig "),
            ("kubeadm", "/etc/kubernetes/manifests/etcd.yaml", "Manifest "),
            ("split", "/etc/etcd/pki/ca.srl", "Serial etcd-ca"),
            ("split", "/etc/kubernetes/pki/apiserver-etcd-client.crt", "Certificate apiserver-etcd-client"),
            ("split", "/etc/kubernetes/auth/bootstrap.conf", "Kubeconfig bootstrap-kubelet.conf"),
            ("single-ca", "/etc/kubernetes/ssl/ca.pem", "Certificate ca,etcd-ca"),
            ("single-ca", "/etc/kubernetes/ssl/ca-key.pem", "Key ca,etcd-ca,sa"),
            (
                "single-ca",
                "/etc/kubernetes/ssl/kubernetes.pem",
                "Certificate apiserver,apiserver-kubelet-client,apiserver-etcd-client,etcd-server,etcd-peer",
            ),
            ("single-ca", "/etc/kubernetes/proxy", "Environment "),
            ("rke1", "/etc/kubernetes/ssl/kube-etcd-10-0-0-10.pem", "Certificate etcd-server,etcd-peer"),
            ("rke1", "/etc/kubernetes/ssl/kube-etcd-10-0-0-10-key.pem", "Key etcd-server,etcd-peer"),
            ("rke1", "/etc/kubernetes/ssl/kube-etcd-client-key.pem", "Key apiserver-etcd-client"),
            ("rke2", "/var/lib/rancher/rke2/server/tls/etcd/peer-ca.crt", "Certificate etcd-peer-ca"),
            ("rke2", "/var/lib/rancher/rke2/agent/client-rke2-controller.crt", "Certificate k3s-controller"),
        ] {
            assert_eq!(layout(name).map(|layout| roles(layout, path)), Some(vec![expected.to_owned()]), "{path}");
        }
    }

    #[test]
    fn lifetimes_are_those_of_the_makers() {
        // kubeadm constants.go: 8760h; rke pki/pki.go: ten years; layouts that say nothing have kubeadm's.
        for (name, days) in [("kubeadm", 365), ("rke1", 3650), ("k3s", 365), ("directory", 365)] {
            assert_eq!(layout(name).map(|layout| layout.lifetime_days), Some(days), "{name}");
        }
    }

    #[test]
    fn a_star_stays_in_its_segment() {
        for (pattern, path, expected) in [
            ("/home/*/.kube/config", "/home/ann/.kube/config", true),
            ("/home/*/.kube/config", "/home/ann/x/.kube/config", false),
            ("/home/*/.kube/config", "/home/.kube/config", false),
            ("/a/*.csr", "/a/.csr", false),
            ("/a/*.csr", "/a/b.csr", true),
            ("/a/*.csr", "/a/b.csr/c", false),
            ("/a/x*y*z", "/a/x1y2z", true),
            ("/a/x*y*z", "/a/x12z", false),
            ("/a/x*x", "/a/x", false),
        ] {
            let place = Place {
                path: pattern.into(),
                roles: vec![],
                part: PlacePart::Key,
                in_use: true,
                telling: true,
                setup: None,
            };
            assert_eq!(place.matches(path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_flag_names_the_role_that_the_layout_has() {
        let fact = |component: Component, flag: &str| FlagFact {
            component,
            flag: flag.to_owned(),
            value: "/x".to_owned(),
            file: "/f".to_owned(),
            line: 1,
        };
        for (name, component, flag, expected) in [
            ("kubeadm", Component::KubeApiserver, "client-ca-file", "ca"),
            ("rke2", Component::KubeApiserver, "client-ca-file", "client-ca"),
            ("rke2", Component::Etcd, "trusted-ca-file", "etcd-ca"),
            ("rke2", Component::Etcd, "peer-trusted-ca-file", "etcd-ca,etcd-peer-ca"),
            ("rke1", Component::Etcd, "peer-trusted-ca-file", "etcd-ca"),
            ("directory", Component::KubeApiserver, "tls-cert-file", "apiserver"),
            ("directory", Component::KubeApiserver, "client-ca-file", "ca"),
        ] {
            let found: Vec<_> = layout(name)
                .into_iter()
                .flat_map(|layout| layout.roles_by_flag(&fact(component, flag)))
                .map(|(role, _)| role.name)
                .collect();
            assert_eq!(found.join(","), expected, "{name} {flag}");
        }
    }
}
