//! Real plans of setups, the same in each run: on an empty root, with throwaway keys.

use std::path::Path;

use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::Trouble;
use kubepki::inventory::tree::Verified;
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::pem;
use kubepki::plan::{self, Material, Materials, Needs, PlanContext, Request};
use kubepki::progress;
use kubepki::record::{Attributes, PathState, PlanSummary, Settings};
use kubepki::store::materials;
use kubepki::store::read::Root;

use super::stage::MOMENT;

/// Folders of this machine that are there.
const FOLDERS: [&str; 5] = ["/", "/root", "/var", "/var/lib", "/var/lib/kubepki"];

/// What the plan code says of a setup where nothing is.
pub(crate) fn summary(request: &Request) -> PlanSummary {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("etc")).expect("a folder");
    let options = OpenOptions {
        root: folder.path().to_owned(),
        processes: false,
        ..OpenOptions::default()
    };
    let inventory = open(&options, &progress::silent, &mut Verified::new()).expect("an inventory");
    let settings = Settings::default();
    let around = PlanContext {
        moment: MOMENT,
        settings: &settings,
        approval: &kubepki::record::Approval::default(),
    };
    let needs = plan::needs(&inventory, request, around).expect("the answers are sound");
    let root = Root::open(folder.path(), Path::new("/")).expect("a root");
    let mut read = materials::read(
        &root,
        &Needs {
            local: Vec::new(),
            ..needs.clone()
        },
    );
    this_machine(&mut read, &needs);
    read.new_keys = throwaway_keys().cycle_to(needs.new_keys.len());
    let mut summary = plan::make(&inventory, read, request, around)
        .expect("a plan")
        .summary;
    for (at, archive) in (1..).zip(
        summary
            .nodes
            .iter_mut()
            .filter_map(|node| node.archive.as_mut()),
    ) {
        let digest = format!("{at:x}f2a7b910c5ed318").repeat(4);
        for line in &mut archive.send {
            *line = line.replace(&archive.sha256, &digest);
        }
        archive.sha256 = digest;
    }
    summary
}

/// As if this machine had its usual folders, and nothing in them.
pub(crate) fn this_machine(read: &mut Materials, needs: &Needs) {
    let state = "/var/lib/kubepki";
    let kept = needs.state.iter().map(|path| format!("{state}/{path}"));
    read.local = kept
        .chain(needs.local.iter().cloned())
        .map(|path| (path.clone(), local(&path)))
        .collect();
    read.state = Some(state.to_owned());
}

fn local(path: &str) -> Material {
    let attributes = Attributes {
        owner: 0,
        group: 0,
        mode: 0o755,
    };
    let is_folder = FOLDERS.contains(&path);
    let path_state = if is_folder {
        PathState::Directory { attributes }
    } else {
        PathState::Absent
    };
    Material {
        path_state,
        content: Err(Trouble::Absent),
        exposed: None,
    }
}

struct Keys(Vec<pem::Block>);

fn throwaway_keys() -> Keys {
    Keys(
        pem::blocks(include_bytes!("../../assets/demo/keys.pem"))
            .into_iter()
            .filter_map(Result::ok)
            .collect(),
    )
}

impl Keys {
    fn cycle_to(&self, count: usize) -> Vec<PrivateKey> {
        let keys = self
            .0
            .iter()
            .cycle()
            .filter_map(|block| PrivateKey::from_block(block).ok());
        keys.filter(|key| key.public().algorithm == KeyAlgorithm::Rsa2048.kind())
            .take(count)
            .collect()
    }
}
