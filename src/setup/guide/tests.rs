use std::collections::BTreeSet;

use super::super::blueprint::What;
use super::super::{AuthorityKeys, Etcd, check};
use super::*;
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::{
    FlagFact, from_environment, from_etcd_config, from_kubelet_config, from_manifest, from_unit,
};
use crate::kubernetes::layout::layout;
use crate::kubernetes::role::Role;

fn cluster(layout: &str, nodes: &str) -> ClusterSpec {
    let nodes = check::nodes(nodes).expect("nodes");
    let control_plane_endpoint = Some("10.0.0.1:6443".into());
    ClusterSpec { name: "prod".into(), layout: layout.into(), nodes, control_plane_endpoint, ..ClusterSpec::default() }
}

const THREE: &str = "m1 10.0.0.1 master,worker\nm2 10.0.0.2 master,worker\nm3 10.0.0.3 master,worker\n";

/// What the program's own readers find in the snippets.
fn read_back(guide: &Guide) -> Vec<FlagFact> {
    let mut facts = Vec::new();
    for component in &guide.components {
        let text = component.snippet.join("\n") + "\n";
        let title = component.snippet_title.as_str();
        let path = title.split(',').next().unwrap_or_default();
        let found = if title.starts_with("/etc/kubernetes/manifests/") {
            let command = component.snippet.join("\n    ");
            let pod = format!("spec:\n  containers:\n  - name: x\n    command:\n    {command}\n");
            from_manifest(path, &pod).expect("a pod")
        } else if title == "/etc/etcd/etcd.conf" {
            from_etcd_config(path, &text).expect("a configuration of etcd")
        } else if title.ends_with("config.yaml") {
            from_kubelet_config(path, &text).expect("a configuration of the kubelet")
        } else if title.starts_with("/etc/systemd/") {
            from_unit(path, &text, &mut |_| Vec::new())
        } else if title.contains("10-kubeadm.conf") {
            let unit = format!("{text}ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS\n");
            from_unit("/etc/systemd/system/kubelet.service", &unit, &mut |_| Vec::new())
        } else {
            from_environment(path, &text)
        };
        let told: BTreeSet<_> = component.flags.iter().cloned().collect();
        let read: BTreeSet<_> = found.iter().map(|fact| (fact.flag.clone(), fact.value.clone())).collect();
        assert_eq!(read, told, "{title}\n{text}");
        assert!(found.iter().all(|fact| fact.component == component.component), "{title}");
        facts.extend(found);
    }
    facts
}

#[test]
fn snippets_name_every_role_to_its_reader() {
    for name in ["kubeadm", "split", "single-ca"] {
        let cluster = cluster(name, THREE);
        assert_eq!(cluster.faults(), []);
        let facts = read_back(&guide(&cluster, None));
        let layout = layout(name).expect("a layout");
        let mut named = BTreeSet::new();
        for fact in facts.iter().filter(|fact| !fact.value.is_empty()) {
            for (role, part) in layout.roles_by_flag(fact) {
                assert!(fact.value.starts_with('/'), "{fact:?}");
                named.insert((role.name, format!("{part:?}"), fact.value.clone()));
            }
        }
        let blueprint = Blueprint::of(&cluster).expect("a blueprint");
        for thing in &blueprint.things {
            for role in thing.roles.iter().filter(|role| is_named_by_a_flag(role)) {
                assert!(named.iter().any(|(found, ..)| *found == role.name), "{name} {}: {named:?}", role.name);
            }
        }
        for (role, _, path) in &named {
            let has =
                |thing: &super::super::blueprint::Thing| thing.files().iter().any(|(placed, _)| placed.path == *path);
            assert!(blueprint.things.iter().any(has) || role.contains("kubelet.conf"), "{name} {role} {path}");
        }
    }
}

fn is_named_by_a_flag(role: &Role) -> bool {
    let of_people = |component: Component| matches!(component, Component::Kubectl | Component::Etcdctl);
    // single-ca's kube-proxy finds its certificate through its kubeconfig.
    role.readers.iter().any(|rule| !rule.flag.is_empty() && !of_people(rule.component))
}

#[test]
fn flags_are_kubeadms_own() {
    let mut cluster = cluster("kubeadm", "master-1 10.0.0.10\n");
    cluster.control_plane_endpoint = Some("k8s.example.com:6443".into());
    let expected = [
        ("advertise-address", "10.0.0.10"),
        ("authorization-mode", "Node,RBAC"),
        ("client-ca-file", "/etc/kubernetes/pki/ca.crt"),
        ("enable-admission-plugins", "NodeRestriction"),
        ("enable-bootstrap-token-auth", "true"),
        ("etcd-cafile", "/etc/kubernetes/pki/etcd/ca.crt"),
        ("etcd-certfile", "/etc/kubernetes/pki/apiserver-etcd-client.crt"),
        ("etcd-keyfile", "/etc/kubernetes/pki/apiserver-etcd-client.key"),
        ("etcd-servers", "https://127.0.0.1:2379"),
        ("kubelet-client-certificate", "/etc/kubernetes/pki/apiserver-kubelet-client.crt"),
        ("kubelet-client-key", "/etc/kubernetes/pki/apiserver-kubelet-client.key"),
        ("kubelet-preferred-address-types", "InternalIP,ExternalIP,Hostname"),
        ("proxy-client-cert-file", "/etc/kubernetes/pki/front-proxy-client.crt"),
        ("proxy-client-key-file", "/etc/kubernetes/pki/front-proxy-client.key"),
        ("requestheader-allowed-names", "front-proxy-client"),
        ("requestheader-client-ca-file", "/etc/kubernetes/pki/front-proxy-ca.crt"),
        ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
        ("requestheader-group-headers", "X-Remote-Group"),
        ("requestheader-username-headers", "X-Remote-User"),
        ("secure-port", "6443"),
        ("service-account-issuer", "https://kubernetes.default.svc.cluster.local"),
        ("service-account-key-file", "/etc/kubernetes/pki/sa.pub"),
        ("service-account-signing-key-file", "/etc/kubernetes/pki/sa.key"),
        ("service-cluster-ip-range", "10.96.0.0/12"),
        ("tls-cert-file", "/etc/kubernetes/pki/apiserver.crt"),
        ("tls-private-key-file", "/etc/kubernetes/pki/apiserver.key"),
    ];
    let expected: Vec<_> = expected.iter().map(|(flag, value)| ((*flag).to_owned(), (*value).to_owned())).collect();
    assert_eq!(flags(&cluster, "master-1", Component::KubeApiserver), expected);
    assert_eq!(flags(&cluster, "nobody", Component::KubeApiserver), []);
}

fn flag(cluster: &ClusterSpec, node: &str, component: Component, flag: &str) -> Option<String> {
    flags(cluster, node, component).into_iter().find(|(name, _)| name == flag).map(|(_, value)| value)
}

#[test]
fn answers_change_flags() {
    let usual = cluster("kubeadm", THREE);
    let signing = |cluster: &ClusterSpec, node: &str| {
        flag(cluster, node, Component::KubeControllerManager, "cluster-signing-key-file")
    };
    assert_eq!(signing(&usual, "m2").as_deref(), Some("/etc/kubernetes/pki/ca.key"));
    let here = ClusterSpec { authority_keys: AuthorityKeys::Here, ..usual.clone() };
    assert_eq!(
        [signing(&here, "m1").as_deref(), signing(&here, "m2").as_deref()],
        [Some("/etc/kubernetes/pki/ca.key"), Some("")]
    );
    for away in [
        ClusterSpec { authority_keys: AuthorityKeys::Apart, ..usual.clone() },
        ClusterSpec { external_authority: true, ..usual.clone() },
    ] {
        assert_eq!(signing(&away, "m1").as_deref(), Some(""));
        assert_eq!(
            flag(&away, "m1", Component::KubeControllerManager, "cluster-signing-cert-file").as_deref(),
            Some("")
        );
        assert_eq!(
            flag(&away, "m1", Component::KubeControllerManager, "root-ca-file").as_deref(),
            Some("/etc/kubernetes/pki/ca.crt")
        );
    }
    assert_eq!(
        flag(&usual, "m2", Component::Etcd, "initial-cluster").as_deref(),
        Some("m1=https://10.0.0.1:2380,m2=https://10.0.0.2:2380")
    );
    assert_eq!(flag(&usual, "m2", Component::Etcd, "initial-cluster-state").as_deref(), Some("existing"));
    let apart = cluster("kubeadm", "m fd00::1\ne1 fd00::2 etcd\ne2 fd00::3 etcd\ne3 fd00::4 etcd\n");
    assert_eq!(
        flag(&apart, "m", Component::KubeApiserver, "etcd-servers").as_deref(),
        Some("https://[fd00::2]:2379,https://[fd00::3]:2379,https://[fd00::4]:2379")
    );
    assert_eq!(
        flag(&apart, "e1", Component::Etcd, "listen-client-urls").as_deref(),
        Some("https://[::1]:2379,https://[fd00::2]:2379")
    );
    let peers = ClusterSpec { etcd: Etcd { peer_authority: true, ..Etcd::default() }, ..usual.clone() };
    assert_eq!(
        flag(&peers, "m1", Component::Etcd, "peer-trusted-ca-file").as_deref(),
        Some("/etc/kubernetes/pki/etcd/peer-ca.crt")
    );
    assert_eq!(
        flag(&peers, "m1", Component::Etcd, "trusted-ca-file").as_deref(),
        Some("/etc/kubernetes/pki/etcd/ca.crt")
    );
    let one = ClusterSpec { one_authority: true, ..usual };
    assert_eq!(
        flag(&one, "m1", Component::Etcd, "trusted-ca-file").as_deref(),
        Some("/etc/kubernetes/pki/etcd/ca.crt")
    );
    assert_eq!(
        flag(&one, "m1", Component::KubeApiserver, "requestheader-client-ca-file").as_deref(),
        Some("/etc/kubernetes/pki/front-proxy-ca.crt")
    );
}

#[test]
fn bootstrapping_has_its_flags() {
    for (layout, bootstrap, expected) in [
        ("kubeadm", BootstrapIdentity::Usual, &["enable-bootstrap-token-auth"][..]),
        ("kubeadm", BootstrapIdentity::TokenFile, &["enable-bootstrap-token-auth", "token-auth-file"]),
        ("split", BootstrapIdentity::Usual, &["token-auth-file"]),
        ("split", BootstrapIdentity::Token, &["enable-bootstrap-token-auth"]),
        ("split", BootstrapIdentity::None, &[]),
        ("single-ca", BootstrapIdentity::Usual, &["token-auth-file"]),
    ] {
        let cluster = ClusterSpec { bootstrap, ..cluster(layout, THREE) };
        let found: Vec<String> = flags(&cluster, "m1", Component::KubeApiserver)
            .into_iter()
            .map(|(flag, _)| flag)
            .filter(|flag| flag.contains("token"))
            .collect();
        assert_eq!(found, expected, "{layout} {bootstrap:?}");
    }
    let split = cluster("split", THREE);
    assert_eq!(
        flag(&split, "m1", Component::Kubelet, "bootstrap-kubeconfig").as_deref(),
        Some("/etc/kubernetes/auth/bootstrap.conf")
    );
    assert_eq!(
        flag(&split, "m1", Component::Kubelet, "kubeconfig").as_deref(),
        Some("/etc/kubernetes/auth/kubelet.conf")
    );
    assert_eq!(flag(&split, "m1", Component::Kubelet, "cluster-dns").as_deref(), Some("10.96.0.10"));
}

#[test]
fn a_page_has_everybody_and_no_secret() {
    for name in ["kubeadm", "split", "single-ca"] {
        let cluster = cluster(name, THREE);
        let page = guide(&cluster, None);
        let markdown = page.to_markdown();
        let blueprint = Blueprint::of(&cluster).expect("a blueprint");
        for thing in blueprint.things.iter().filter(|thing| thing.identity().is_some()) {
            assert!(page.identities.iter().any(|one| one.id == thing.id), "{}", thing.id);
            assert!(markdown.contains(&format!("| {} |", thing.id)), "{name} {}\n{markdown}", thing.id);
        }
        for thing in &blueprint.things {
            for (placed, _) in
                thing.files().iter().filter(|(placed, _)| placed.mode == 0o600 && !placed.path.ends_with("sa.pub"))
            {
                assert!(page.secrets.iter().any(|(path, _)| *path == placed.path), "{name} {}", placed.path);
            }
        }
        for table in markdown.split("\n\n").filter(|part| part.starts_with('|')) {
            let bars = |line: &str| line.replace(r"\|", "").matches('|').count();
            let first = table.lines().next().map(bars);
            assert!(table.lines().all(|line| Some(bars(line)) == first), "{table}");
        }
        assert!(!markdown.contains("PRIVATE KEY") && page.next.len() >= 3, "{markdown}");
        let one = guide(&cluster, Some("m2"));
        assert!(one.identities.iter().all(|one| !one.id.ends_with("@m1")), "{name}");
        assert!(one.components.iter().all(|one| one.nodes == "m2"), "{name}");
        read_back(&one);
    }
}

#[test]
fn rights_and_owners_are_the_role_tables() {
    let page = guide(&cluster("kubeadm", THREE), None);
    let one = |id: &str| page.identities.iter().find(|one| one.id == id).cloned();
    let expected = IdentityGuide {
        id: "admin.conf@m1".into(),
        kind: "client".into(),
        subject: "CN=kubernetes-admin, O=kubeadm:cluster-admins".into(),
        purpose: "the administrator's kubeconfig".into(),
        right: "cluster-admin through kubeadm:cluster-admins".into(),
        owner: "kubectl on m1".into(),
    };
    assert_eq!(one("admin.conf@m1"), Some(expected));
    assert_eq!(one("etcd-server@m2").map(|one| (one.kind, one.owner)), Some(("both".into(), "etcd on m2".into())));
    assert_eq!(one("ca").map(|one| one.kind).as_deref(), Some("CA"));
    let split = guide(&cluster("split", THREE), None);
    assert!(split.next.iter().any(|step| step.contains("--user=kube-apiserver-kubelet-client")), "{:?}", split.next);
}

#[test]
fn strange_names_change_no_table_and_no_snippet() {
    let mut cluster = cluster("split", THREE);
    cluster.name = "a|b`c *d* $e \"f\" 'g' \\h".into();
    assert_eq!(cluster.faults(), []);
    let page = guide(&cluster, None);
    read_back(&page);
    let markdown = page.to_markdown();
    assert!(markdown.starts_with("# a\\|b\\`c \\*d\\* $e"), "{markdown}");
    for layout in ["kubeadm", "single-ca"] {
        read_back(&guide(&ClusterSpec { layout: layout.into(), ..cluster.clone() }, None));
    }
    let empty = guide(&ClusterSpec { layout: "k3s".into(), ..cluster }, None);
    assert!(empty.components.is_empty() && empty.identities.is_empty());
}

#[test]
fn environment_files_are_the_snippets() {
    let cluster = cluster("single-ca", THREE);
    let text = environment(&cluster, "m1", Some(Component::KubeApiserver));
    let page = guide(&cluster, Some("m1"));
    let snippet = page
        .components
        .iter()
        .find(|one| one.component == Component::KubeApiserver)
        .map(|one| one.snippet.join("\n") + "\n");
    assert_eq!(Some(text), snippet);
    let common = environment(&cluster, "m1", None);
    assert!(from_environment("/etc/kubernetes/config", &common).is_empty(), "{common}");
    let blueprint = Blueprint::of(&cluster).expect("a blueprint");
    let files = blueprint.things.iter().filter(|thing| matches!(thing.what, What::Environment { .. }));
    for thing in files {
        let What::Environment { file, component } = &thing.what else { continue };
        let node = thing.node.as_deref().unwrap_or("m1");
        let facts = from_environment(&file.path, &environment(&cluster, node, *component));
        assert!(facts.iter().all(|fact| Some(fact.component) == *component), "{} {facts:?}", file.path);
        assert_eq!(facts.is_empty(), component.is_none(), "{}", file.path);
    }
}
