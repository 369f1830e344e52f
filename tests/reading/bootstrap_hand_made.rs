//! What lets nodes join hand-made masters: the names of their own, and whose flags name their token
//! file.

use std::fs;

use kubepki::inventory::bootstrap::{endpoint, needed_flags, token_file};
use kubepki::kubernetes::bootstrap::BootstrapIdentity;
use kubepki::kubernetes::component::Component;
use kubepki::plan::BootstrapRequest;
use tempfile::TempDir;

use crate::bootstrap::{TOKENS, line_of, prepare, read, write};
use crate::support::changing::Master;

/// kubeadm's CA as the cfssl recipes have it, and a token file that a unit names.
fn hand_made() -> Option<TempDir> {
    let master = Master::sample("kubeadm-1.36-ecdsa")?;
    let single = tempfile::tempdir().expect("a folder");
    let root = single.path();
    let authority = fs::read(master.file("/etc/kubernetes/pki/ca.crt")).expect("a CA");
    write(root, "/etc/kubernetes/ssl/ca.pem", authority);
    write(
        root,
        TOKENS,
        "0123456789abcdef0123456789abcdef,kubelet-bootstrap,10001,\"system:kubelet-bootstrap\"\n",
    );
    let service = "[Service]\nExecStart=/usr/bin/kube-apiserver --token-auth-file=/etc/kubernetes/token.csv \
                   --advertise-address=fd00::10 --secure-port=7443\n";
    write(root, "/etc/systemd/system/kube-apiserver.service", service);
    Some(single)
}

#[test]
fn a_hand_made_master_has_its_own_names() {
    let Some(master) = hand_made() else { return };
    let inventory = read(master.path());
    assert_eq!(inventory.layout, "single-ca");
    assert_eq!(endpoint(&inventory).as_deref(), Some("[fd00::10]:7443"));
    let file = token_file(&inventory).expect("a token file");
    assert!(
        file.fault.is_none() && file.named_in.as_ref().is_some_and(|(_, line)| *line == 2),
        "{file:?}"
    );
    let flags = needed_flags(&inventory, BootstrapIdentity::Usual);
    assert!(
        flags.contains(&(
            Component::KubeApiserver,
            "token-auth-file",
            TOKENS.to_owned()
        )),
        "{flags:?}"
    );
    let kubeconfig = "/etc/kubernetes/bootstrap.kubeconfig".to_owned();
    assert!(
        flags.contains(&(Component::Kubelet, "bootstrap-kubeconfig", kubeconfig)),
        "{flags:?}"
    );
}

#[test]
fn a_hand_made_master_is_changed_by_its_own_names() {
    let Some(master) = hand_made() else { return };
    let identity = "kubelet-bootstrap".to_owned();
    let request = BootstrapRequest::Kubeconfig {
        identity: identity.clone(),
        server: None,
        path: None,
    };
    let plan = prepare(master.path(), request).expect("a plan");
    let changed: Vec<&str> = plan
        .changes
        .iter()
        .map(|change| change.path.as_str())
        .collect();
    assert_eq!(changed, ["/etc/kubernetes/bootstrap.kubeconfig"]);
    // The restart is that of the unit.
    let plan = prepare(
        master.path(),
        BootstrapRequest::ExpireLine { user: identity },
    )
    .expect("a plan");
    assert_eq!(
        plan.summary.restarts[0].how,
        ["systemctl restart kube-apiserver"]
    );
}

#[test]
fn a_layout_with_a_token_file_has_it_read_without_a_flag() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let authority = fs::read(master.file("/etc/kubernetes/pki/ca.crt")).expect("a CA");
    let split = tempfile::tempdir().expect("a folder");
    let root = split.path();
    write(root, "/etc/kubernetes/pki/ca.crt", &authority);
    write(root, "/etc/etcd/pki/ca.crt", &authority);
    write(root, TOKENS, "0123456789abcdef0123456789abcdef,w,10001\n");
    assert_eq!(read(root).layout, "split");
    for request in [
        line_of("b"),
        BootstrapRequest::ExpireLine {
            user: "w".to_owned(),
        },
    ] {
        let summary = prepare(root, request).expect("a plan").summary;
        let [restart] = &summary.restarts[..] else {
            panic!("{:?}", summary.restarts)
        };
        assert_eq!(
            (restart.component, restart.required),
            (Component::KubeApiserver, true)
        );
        let told = summary
            .warnings
            .iter()
            .any(|text| text.contains("as the layout split has it, it reads"));
        assert!(told, "{:?}", summary.warnings);
    }
    // Once its flags are known, they decide.
    let service = "[Service]\nExecStart=/usr/bin/kube-apiserver --advertise-address=10.0.0.1\n";
    write(root, "/etc/systemd/system/kube-apiserver.service", service);
    let summary = prepare(root, line_of("b")).expect("a plan").summary;
    assert!(summary.restarts.is_empty(), "{:?}", summary.restarts);
    assert!(
        summary
            .warnings
            .iter()
            .any(|text| text.contains("no flag of kube-apiserver that was found names"))
    );
}
