//! Clusters set up as both faces do it, and their archives unpacked by the real tar.

use std::fs;
use std::path::{Path, PathBuf};

use kubepki::engine::change::{Changer, Failure};
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::Inventory;
use kubepki::inventory::tree::Verified;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::{Plan, Request, SetupRequest};
use kubepki::progress::silent;
use kubepki::record::{NodeSummary, Operation, OperationState, Settings};
use kubepki::setup::{ClusterSpec, Node, NodeRole};
use tempfile::TempDir;
use time::OffsetDateTime;

use super::{succeed, text, tool};

/// An empty root, a state folder and a folder for archives beside it.
pub(crate) struct Setup {
    pub(crate) folder: TempDir,
    pub(crate) root: PathBuf,
    pub(crate) state: PathBuf,
    pub(crate) archives: PathBuf,
}

/// Three control plane nodes, the last with two addresses.
pub(crate) const THREE: [(&str, &str); 3] = [
    ("m1", "10.0.0.1"),
    ("m2", "10.0.0.2"),
    ("m3", "10.0.0.3,fd00::3"),
];

/// Answers for control plane nodes of these names and addresses, with keys that are made fast.
pub(crate) fn spec(layout: &str, masters: &[(&str, &str)]) -> ClusterSpec {
    let node = |(name, addresses): &(&str, &str)| Node {
        name: (*name).to_owned(),
        addresses: addresses
            .split(',')
            .map(|one| one.parse().expect("an address"))
            .collect(),
        roles: vec![NodeRole::ControlPlane],
    };
    ClusterSpec {
        name: "prod".to_owned(),
        layout: layout.to_owned(),
        nodes: masters.iter().map(node).collect(),
        control_plane_endpoint: (masters.len() > 1).then(|| "api.example.com:6443".to_owned()),
        key_algorithm: KeyAlgorithm::EcdsaP256,
        ..ClusterSpec::default()
    }
}

impl Setup {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("root")).expect("a root");
        Self {
            root: path("root"),
            state: path("state"),
            archives: path("my archives"),
            folder,
        }
    }

    fn options(&self) -> OpenOptions {
        OpenOptions {
            root: self.root.clone(),
            processes: false,
            ..OpenOptions::default()
        }
    }

    pub(crate) fn read(&self) -> Inventory {
        open(&self.options(), &silent, &mut Verified::new()).expect("it can be read")
    }

    pub(crate) fn changer(&self) -> Changer {
        Changer::with_settings(&self.options(), Some(&self.state), Settings::default())
    }

    /// The first node is here, the others get archives.
    pub(crate) fn request(&self, cluster: &ClusterSpec) -> SetupRequest {
        SetupRequest {
            cluster: cluster.clone(),
            here: cluster.nodes.first().map(|node| node.name.clone()),
            archives: Some(text(&self.archives).to_owned()),
            ..SetupRequest::default()
        }
    }

    pub(crate) fn plan(&self, request: &Request) -> Result<Plan, Failure> {
        self.changer()
            .prepare(&self.read(), request, OffsetDateTime::now_utc(), &silent)
    }

    /// Why the setup is refused.
    pub(crate) fn refusal(&self, request: SetupRequest) -> Failure {
        self.plan(&Request::Setup(Box::new(request)))
            .expect_err("it is refused")
    }

    pub(crate) fn set_up(&self, request: SetupRequest) -> Operation {
        let plan = self
            .plan(&Request::Setup(Box::new(request)))
            .expect("a plan");
        let done = self.changer().apply(&plan, &silent).expect("it is applied");
        assert_eq!((done.state, &done.error), (OperationState::Done, &None));
        done
    }

    /// A path of the node here.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The folder in which the files of a node lie: the root, or the archive unpacked; its digest
    /// is checked first.
    pub(crate) fn unpack(&self, node: &NodeSummary) -> Option<PathBuf> {
        let Some(archive) = &node.archive else {
            return Some(self.root.clone());
        };
        let (tar, sha256sum) = (tool("tar")?, tool("sha256sum")?);
        let list = self.folder.path().join("sums");
        fs::write(&list, format!("{}  {}\n", archive.sha256, archive.path)).expect("written");
        succeed(&sha256sum, &["-c", text(&list)]);
        let folder = self.folder.path().join(&node.name);
        fs::create_dir_all(&folder).expect("a folder");
        succeed(&tar, &["-xpf", &archive.path, "-C", text(&folder)]);
        Some(folder)
    }
}

/// Every file below a folder, as its path there.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(one) = folders.pop() {
        for entry in fs::read_dir(&one).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(format!(
                    "/{}",
                    text(path.strip_prefix(folder).expect("below"))
                ));
            }
        }
    }
    found.sort();
    found
}

/// A path below kubeadm's folder.
pub(crate) fn pki(name: &str) -> String {
    format!("/etc/kubernetes/pki/{name}")
}

/// What is told of the node of this name.
pub(crate) fn node<'a>(nodes: &'a [NodeSummary], name: &str) -> &'a NodeSummary {
    nodes
        .iter()
        .find(|node| node.name == name)
        .unwrap_or_else(|| panic!("no {name} among {nodes:#?}"))
}
