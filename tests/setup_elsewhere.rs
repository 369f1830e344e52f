//! A cluster whose certificates lie elsewhere: as long as no component has flags the kept answers say where.

#[path = "support/changing.rs"]
mod changing;
#[path = "support/ground.rs"]
mod ground;
#[path = "support/program.rs"]
mod program;
mod support;

use ground::{Ground, ONE};
use program::{by_id, texts};

fn configuration(folder: &str) -> String {
    format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncertificatesDir: {folder}\n")
}

#[test]
fn what_lies_elsewhere_is_found_and_renewed() {
    for folder in ["/etc/kubernetes/other", "/srv/pki"] {
        let ground = Ground::new();
        let run = ground.setup_with_input(&[&ONE[..], &["--config", "-", "--yes"]].concat(), &configuration(folder));
        run.ends_with(0);
        let found = by_id(&ground.master.kubepki(&["list", "-o", "json"]).json());
        for (id, file) in [("ca", "ca.crt"), ("apiserver", "apiserver.crt"), ("etcd-peer", "etcd/peer.crt")] {
            let item = found.get(id).unwrap_or_else(|| panic!("{folder}: no {id} in {:?}", found.keys()));
            assert_eq!(item["path"], format!("{folder}/{file}"), "{item}");
            assert_eq!(texts(item, "roles"), [id]);
            assert_eq!(item["status"], "ok", "{item}");
        }
        let hash = ground.master.kubepki(&["bootstrap", "hash"]);
        hash.ends_with(0);
        assert!(hash.stdout.starts_with("sha256:"), "{hash:?}");
        let plan = ground.master.kubepki(&["renew", "--all", "--dry-run", "-o", "json"]).json();
        assert_eq!(plan["issues"].as_array().map(Vec::len), Some(12), "{folder}: {plan}");
    }
}
