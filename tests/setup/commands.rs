//! The commands that a plan tells make the same files, where somebody runs them in a shell.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use kubepki::plan::Request;
use kubepki::record::NodeSummary;

use crate::support::cluster::{Setup, THREE, node, spec};
use crate::support::{succeed, text, tool};

/// Folders and files below `root` but those of every system, each with its mode; what a person
/// writes is left out.
fn modes(root: &Path, by_hand: &[&str]) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let (path, facts) = (entry.path(), entry.metadata().expect("it is there"));
            if facts.is_dir() {
                folders.push(path.clone());
            }
            let name = format!("/{}", text(path.strip_prefix(root).expect("below")));
            if name != "/etc" && !by_hand.contains(&name.as_str()) {
                found.push(format!("{name} {:04o}", facts.mode() & 0o7777));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_commands_make_the_same_files() {
    let (Some(_), Some(_), Some(sh)) = (tool("openssl"), tool("kubectl"), tool("sh")) else {
        return;
    };
    for layout in ["kubeadm", "split"] {
        let (setup, usual, cluster) = (Setup::new(), Setup::new(), spec(layout, &THREE));
        let plan = setup
            .plan(&Request::Setup(Box::new(setup.request(&cluster))))
            .expect("a plan")
            .summary;
        let script = setup.folder.path().join("script");
        fs::write(&script, plan.commands.join("\n")).expect("written");
        succeed(&sh, &[text(&script)]);
        let by_hand: Vec<&str> = plan
            .commands
            .iter()
            .filter_map(|line| line.strip_prefix("# by hand: ")?.split(' ').next())
            .collect();
        let done = usual.set_up(usual.request(&cluster));
        for name in ["m1", "m2"] {
            let scripted = node(&plan.nodes, name);
            if let Some(archive) = &scripted.archive {
                let Some(tar) = tool("tar") else { return };
                let listed = succeed(&tar, &["-tf", &archive.path]);
                assert!(
                    !listed.lines().any(|line| ["./", "etc/"].contains(&line)),
                    "{listed}"
                );
            }
            let (by_script, by_kubepki) = (
                unpacked(&setup, scripted),
                usual.unpack(node(&done.plan.nodes, name)),
            );
            let (Some(by_script), Some(by_kubepki)) = (by_script, by_kubepki) else {
                return;
            };
            assert_eq!(
                modes(&by_script, &by_hand),
                modes(&by_kubepki, &by_hand),
                "{layout} {name}"
            );
        }
        let (Some(openssl), pki) = (tool("openssl"), setup.file("/etc/kubernetes/pki")) else {
            return;
        };
        let (ca, leaf) = (pki.join("ca.crt"), pki.join("apiserver.crt"));
        succeed(
            &openssl,
            &["verify", "-x509_strict", "-CAfile", text(&ca), text(&leaf)],
        );
    }
}

/// What the archive that the commands made holds; its digest is another than that of the plan's.
fn unpacked(setup: &Setup, node: &NodeSummary) -> Option<PathBuf> {
    let Some(archive) = &node.archive else {
        return Some(setup.root.clone());
    };
    let folder = setup.folder.path().join(&node.name);
    fs::create_dir(&folder).expect("a folder");
    succeed(&tool("tar")?, &["-xpf", &archive.path, "-C", text(&folder)]);
    Some(folder)
}
