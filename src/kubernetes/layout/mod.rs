//! Layouts: which path is which role (`assets/layouts/`), and which layout a set of files is.

mod capability;
mod detect;
mod read;
mod setup;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use super::bootstrap::BootstrapIdentity;
use super::distribution::TEXTS;
use super::flags::FlagFact;
use super::role::{Part, Role};

pub use capability::{AlsoKept, ApiServer, Authorities, KeptBy, RenewsItself};
pub use detect::{Mounted, detect, mount};
pub use read::{LayoutError, parse};
pub use setup::{Extra, LayoutSetup, Machine, PlaceSetup, Starts};

/// Where the files of one kind of master lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// As "single-ca": for `--layout` and JSON.
    pub name: String,
    /// As it is shown: "single-ca (one CA for everything)".
    pub title: String,
    /// Its place among the layouts, the first of which wins a draw; where none is given it comes
    /// after all that have one.
    pub preference: u16,
    /// True for the layout of any folder, which is taken where no other fits.
    pub fallback: bool,
    /// The folder that stands for the layout, as "/etc/kubernetes".
    pub base: String,
    /// The folders in which to look for more than the places name. Empty: the folder that was
    /// given.
    pub folders: Vec<String>,
    /// The folders of a master that a given folder may stand for, tried in this order: `kubepki
    /// master-etc/` is "/etc".
    pub mounts: Vec<String>,
    /// Folders by which a whole root is known: one of them is in it.
    pub telling_folders: Vec<String>,
    /// How long a certificate lives that nobody asks another life for, in days.
    pub lifetime_days: u32,
    /// The places, the layout's own first, in the file's order.
    pub places: Vec<Place>,
    /// How a setup makes it; `None`: it cannot be set up.
    pub setup: Option<LayoutSetup>,
    /// Programs that are several components, or start them: theirs are processes and units of such
    /// a name.
    pub programs: Vec<String>,
    /// Who keeps its components running.
    pub keeper: KeptBy,
    /// Where its API server listens.
    pub api_server: ApiServer,
    /// Which of its CAs signs what.
    pub authorities: Authorities,
    /// That it renews its certificates itself; `None`: nothing says so.
    pub renews_itself: Option<RenewsItself>,
    /// Where else its certificates are kept; `None`: nowhere.
    pub also_kept: Option<AlsoKept>,
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
    /// True for what is there only where somebody asked for it: it says nothing of other masters of
    /// the layout.
    fn is_extra(&self) -> bool {
        self.setup
            .as_ref()
            .is_some_and(|setup| setup.only_with.is_some())
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
        self.path.split('/').all(|pattern| {
            segments
                .next()
                .is_some_and(|segment| segment_matches(pattern, segment))
        }) && segments.next().is_none()
    }
}

/// Whether `*` in `pattern` can stand for what `segment` has there. A leading dot is only matched
/// by a dot.
fn segment_matches(pattern: &str, segment: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else {
        return pattern == segment;
    };
    let Some(mut left) = segment.strip_prefix(before) else {
        return false;
    };
    if before.is_empty() && segment.starts_with('.') {
        return false;
    }
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    true
}

impl Layout {
    fn order(&self) -> (bool, u16, &str) {
        (self.fallback, self.preference, &self.name)
    }

    /// What lies at `path` (absolute, as on the master). A place that names the path beats a
    /// pattern.
    pub fn places_of<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Place> {
        let named = self.places.iter().any(|place| place.path == path);
        self.places.iter().filter(move |place| {
            if named {
                place.path == path
            } else {
                place.matches(path)
            }
        })
    }

    /// The same with its certificates in `folder` (kubeadm's certificatesDir); `None`: they cannot
    /// lie elsewhere.
    pub fn moved_to(&self, folder: &str) -> Option<Self> {
        let setup = self
            .setup
            .as_ref()
            .filter(|setup| setup.certificates_directory.is_some())?;
        let mut layout = self.clone();
        for place in &mut layout.places {
            place.path = setup.moved(&place.path, Some(folder));
        }
        layout.folders.push(folder.to_owned());
        Some(layout)
    }

    /// Whether it is set up by kubeadm, which starts its components and lets machines join.
    pub fn is_of_kubeadm(&self) -> bool {
        self.setup
            .as_ref()
            .is_some_and(|setup| setup.starts == Starts::Kubeadm)
    }

    /// Whether machines join by kubelet flags and a bootstrap kubeconfig that somebody writes, not
    /// by kubeadm.
    pub fn joins_by_hand(&self) -> bool {
        self.setup.is_some() && !self.is_of_kubeadm()
    }

    /// What [`BootstrapIdentity::Usual`] stands for; bindings and commands take kubeadm's tokens
    /// where it has none.
    pub fn usual_identity(&self) -> BootstrapIdentity {
        match self
            .setup
            .as_ref()
            .map_or(BootstrapIdentity::None, |setup| setup.bootstrap)
        {
            BootstrapIdentity::None | BootstrapIdentity::Usual => BootstrapIdentity::Token,
            identity => identity,
        }
    }

    /// True where a place of the layout has this role.
    pub fn has_role(&self, role: &Role) -> bool {
        self.places
            .iter()
            .any(|place| !place.is_extra() && place.roles.contains(&role))
    }

    /// The roles that a flag gives to the file it names. `--client-ca-file` names `client-ca` in a
    /// layout that has one, else `ca`; a flag that names a place of something extra names what that
    /// is for.
    pub fn roles_by_flag(&self, fact: &FlagFact) -> Vec<(&'static Role, Part)> {
        let mut found = super::flags::candidates(fact);
        let extra = self
            .places
            .iter()
            .find(|place| place.is_extra() && place.path == fact.value);
        if let Some(place) =
            extra.filter(|place| found.iter().any(|(role, _)| place.roles.contains(role)))
        {
            found.retain(|(role, _)| place.roles.contains(role));
            return found;
        }
        if found
            .iter()
            .any(|(role, _)| role.is_of_distribution() && self.has_role(role))
        {
            found.retain(|(role, _)| self.has_role(role));
        } else {
            found.retain(|(role, _)| !role.is_of_distribution());
        }
        found
    }
}

/// The embedded layouts, the one preferred in a draw first; the one of any folder is the last.
pub fn layouts() -> &'static [Layout] {
    static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
        let parsed = TEXTS.iter().map(|text| parse(text));
        let mut layouts: Vec<Layout> = parsed
            .map(|layout| {
                layout.unwrap_or_else(|error| unreachable!("an embedded layout: {error}"))
            })
            .collect();
        layouts.sort_by(|one, other| one.order().cmp(&other.order()));
        layouts
    });
    &LAYOUTS
}

/// The layouts that a setup can make, in their order.
pub fn settable() -> impl Iterator<Item = &'static Layout> {
    layouts().iter().filter(|layout| layout.setup.is_some())
}

/// The layout of any folder: no place of its own has a role.
pub fn fallback() -> &'static Layout {
    let found = layouts().iter().rfind(|layout| layout.fallback);
    found.unwrap_or_else(|| unreachable!("one of the embedded layouts is that of any folder"))
}

/// The folders in which static pods lie where no kubelet says otherwise, each once: the places of
/// all layouts.
pub fn manifest_folders() -> &'static [String] {
    static FOLDERS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let places = layouts().iter().flat_map(|layout| &layout.places);
        let manifests = places.filter(|place| place.part == PlacePart::Manifest);
        let mut folders: Vec<String> = Vec::new();
        for folder in manifests.filter_map(|place| Some(place.path.rsplit_once('/')?.0)) {
            if !folder.contains('*') && !folders.iter().any(|known| known == folder) {
                folders.push(folder.to_owned());
            }
        }
        folders
    });
    &FOLDERS
}

/// Whether a file is, by where it lies, the manifest of a static pod.
pub fn is_manifest(path: &str) -> bool {
    let is_in = |folder: &String| {
        path.strip_prefix(folder.as_str())
            .is_some_and(|rest| rest.starts_with('/'))
    };
    path.contains("manifests/") || manifest_folders().iter().any(is_in)
}

/// The embedded layout of this name.
pub fn layout(name: &str) -> Option<&'static Layout> {
    layouts().iter().find(|layout| layout.name == name)
}
