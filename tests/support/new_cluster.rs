//! A machine on which a cluster is set up: an empty root, a state folder, a folder for archives.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use kubepki::engine::change::{Changer, Failure};
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::Inventory;
use kubepki::inventory::tree::Verified;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::{Plan, Request, SetupRequest};
use kubepki::progress::silent;
use kubepki::record::{OperationState, Place, Settings};
use kubepki::setup::{ClusterSpec, Node, NodeRole};
use tempfile::TempDir;
use time::OffsetDateTime;

use super::{succeed, text, tool};

/// Where kubeadm keeps certificates.
pub(crate) const PKI: &str = "/etc/kubernetes/pki";

/// The machine.
pub(crate) struct Stage {
    /// Deleted with the test.
    pub(crate) folder: TempDir,
    /// The root of the node here.
    pub(crate) root: PathBuf,
}

impl Stage {
    /// One without any PKI.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("etc")).expect("a folder");
        Self { folder, root }
    }

    /// A file below the root.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Takes a file away.
    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.file(path)).expect("removed");
    }

    fn options(&self) -> OpenOptions {
        OpenOptions {
            root: self.root.clone(),
            processes: false,
            ..OpenOptions::default()
        }
    }

    fn changer(&self) -> Changer {
        Changer::with_settings(
            &self.options(),
            Some(&self.folder.path().join("state")),
            Settings::default(),
        )
    }

    /// What is there.
    pub(crate) fn read(&self) -> Inventory {
        open(&self.options(), &silent, &mut Verified::new()).expect("it can be read")
    }

    /// A request for this cluster; the first node is the one here.
    pub(crate) fn request(&self, cluster: &ClusterSpec) -> SetupRequest {
        SetupRequest {
            cluster: cluster.clone(),
            here: cluster.nodes.first().map(|node| node.name.clone()),
            archives: Some(text(&self.folder.path().join("archives")).to_owned()),
            ..SetupRequest::default()
        }
    }

    pub(crate) fn plan(&self, request: SetupRequest) -> Result<Plan, Failure> {
        self.make(&Request::Setup(Box::new(request)))
    }

    /// The plan for any request.
    pub(crate) fn make(&self, request: &Request) -> Result<Plan, Failure> {
        self.changer()
            .prepare(&self.read(), request, OffsetDateTime::now_utc(), &silent)
    }

    pub(crate) fn apply(&self, plan: &Plan) {
        let done = self
            .changer()
            .apply(plan, &silent)
            .unwrap_or_else(|failure| panic!("not applied: {failure:?}"));
        assert_eq!(done.state, OperationState::Done, "{:?}", done.error);
    }

    /// Sets the cluster up.
    pub(crate) fn set_up(&self, cluster: &ClusterSpec) -> Plan {
        let plan = self
            .plan(self.request(cluster))
            .unwrap_or_else(|failure| panic!("no plan: {failure:?}"));
        self.apply(&plan);
        plan
    }

    /// The root of another node, with what its archive holds.
    pub(crate) fn unpacked(&self, archive: &str) -> Option<PathBuf> {
        let root = self.folder.path().join("nodes").join(archive);
        fs::create_dir_all(&root).expect("a folder");
        let archive = self
            .folder
            .path()
            .join("archives")
            .join(format!("{archive}.tar"));
        succeed(&tool("tar")?, &["-xpf", text(&archive), "-C", text(&root)]);
        Some(root)
    }
}

/// A machine.
pub(crate) fn node(name: &str, address: &str, roles: &[NodeRole]) -> Node {
    Node {
        name: name.to_owned(),
        addresses: vec![address.parse().expect("an address")],
        roles: roles.to_vec(),
    }
}

/// A cluster whose keys take no time.
pub(crate) fn cluster(layout: &str, nodes: Vec<Node>) -> ClusterSpec {
    ClusterSpec {
        name: "test".to_owned(),
        layout: layout.to_owned(),
        nodes,
        key_algorithm: KeyAlgorithm::EcdsaP256,
        ..ClusterSpec::default()
    }
}

/// A cluster of one master.
pub(crate) fn one_master(layout: &str) -> ClusterSpec {
    cluster(
        layout,
        vec![node("m1", "10.0.0.1", &[NodeRole::ControlPlane])],
    )
}

/// Files and folders below `root` in order, each with its mode: "0600 /etc/kubernetes/admin.conf".
pub(crate) fn listing(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let metadata = entry.metadata().expect("metadata");
            let path = entry.path();
            let name = path
                .strip_prefix(root)
                .expect("below it")
                .to_str()
                .expect("UTF-8")
                .to_owned();
            let end = if metadata.is_dir() { "/" } else { "" };
            found.push(format!(
                "{:04o} /{name}{end}",
                metadata.permissions().mode() & 0o7777
            ));
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort_by(|one, other| one[5..].cmp(&other[5..]));
    found
}

/// A `*-data` field of a kubeconfig, decoded.
pub(crate) fn data(kubeconfig: &Path, field: &str) -> Vec<u8> {
    let content = fs::read_to_string(kubeconfig).expect("a kubeconfig");
    let value = content
        .lines()
        .find_map(|line| line.trim().strip_prefix(field)?.strip_prefix(':'));
    base64::engine::general_purpose::STANDARD
        .decode(value.expect("the field").trim())
        .expect("base64")
}

/// A machine on which a master was set up, and the answers.
pub(crate) fn master(layout: &str) -> (Stage, ClusterSpec) {
    let (stage, cluster) = (Stage::new(), one_master(layout));
    stage.set_up(&cluster);
    (stage, cluster)
}

/// What the plan changes below the root.
pub(crate) fn changed(plan: &Plan) -> Vec<&str> {
    let master = plan
        .changes
        .iter()
        .filter(|change| change.place == Place::Master);
    master.map(|change| change.path.as_str()).collect()
}

/// All that is said of a failure.
pub(crate) fn words(failure: &Failure) -> String {
    format!(
        "{}: {} ({})",
        failure.problem.what,
        failure.problem.why.join("; "),
        failure.problem.hint
    )
}
