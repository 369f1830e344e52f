mod flags;

use std::collections::BTreeSet;

use super::super::blueprint::What;
use super::super::check;
use super::*;
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::{
    FlagFact, from_environment, from_etcd_config, from_kubelet_config, from_manifest, from_unit,
};
use crate::kubernetes::layout::layout;
use crate::kubernetes::role::Role;

fn cluster(layout: &str, nodes: &str) -> ClusterSpec {
    let nodes = check::nodes(nodes).expect("nodes");
    let control_plane_endpoint = Some("10.0.0.1:6443".into());
    ClusterSpec {
        name: "prod".into(),
        layout: layout.into(),
        nodes,
        control_plane_endpoint,
        ..ClusterSpec::default()
    }
}

const THREE: &str =
    "m1 10.0.0.1 master,worker\nm2 10.0.0.2 master,worker\nm3 10.0.0.3 master,worker\n";

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
            from_unit("/etc/systemd/system/kubelet.service", &unit, &mut |_| {
                Vec::new()
            })
        } else {
            from_environment(path, &text)
        };
        let told: BTreeSet<_> = component.flags.iter().cloned().collect();
        let read: BTreeSet<_> = found
            .iter()
            .map(|fact| (fact.flag.clone(), fact.value.clone()))
            .collect();
        assert_eq!(read, told, "{title}\n{text}");
        assert!(
            found
                .iter()
                .all(|fact| fact.component == component.component),
            "{title}"
        );
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
                assert!(
                    named.iter().any(|(found, ..)| *found == role.name),
                    "{name} {}: {named:?}",
                    role.name
                );
            }
        }
        for (role, _, path) in &named {
            let has = |thing: &super::super::blueprint::Thing| {
                thing.files().iter().any(|(placed, _)| placed.path == *path)
            };
            assert!(
                blueprint.things.iter().any(has) || role.contains("kubelet.conf"),
                "{name} {role} {path}"
            );
        }
    }
}

fn is_named_by_a_flag(role: &Role) -> bool {
    let of_people =
        |component: Component| matches!(component, Component::Kubectl | Component::Etcdctl);
    // single-ca's kube-proxy finds its certificate through its kubeconfig.
    role.readers
        .iter()
        .any(|rule| !rule.flag.is_empty() && !of_people(rule.component))
}

#[test]
fn a_page_has_everybody_and_no_secret() {
    for name in ["kubeadm", "split", "single-ca"] {
        let cluster = cluster(name, THREE);
        let page = guide(&cluster, None);
        let markdown = page.to_markdown();
        let blueprint = Blueprint::of(&cluster).expect("a blueprint");
        for thing in blueprint
            .things
            .iter()
            .filter(|thing| thing.identity().is_some())
        {
            assert!(
                page.identities.iter().any(|one| one.id == thing.id),
                "{}",
                thing.id
            );
            assert!(
                markdown.contains(&format!("| {} |", thing.id)),
                "{name} {}\n{markdown}",
                thing.id
            );
        }
        for thing in &blueprint.things {
            for (placed, _) in thing
                .files()
                .iter()
                .filter(|(placed, _)| placed.mode == 0o600 && !placed.path.ends_with("sa.pub"))
            {
                assert!(
                    page.secrets.iter().any(|(path, _)| *path == placed.path),
                    "{name} {}",
                    placed.path
                );
            }
        }
        for table in markdown.split("\n\n").filter(|part| part.starts_with('|')) {
            let bars = |line: &str| line.replace(r"\|", "").matches('|').count();
            let first = table.lines().next().map(bars);
            assert!(
                table.lines().all(|line| Some(bars(line)) == first),
                "{table}"
            );
        }
        assert!(
            !markdown.contains("PRIVATE KEY") && page.next.len() >= 3,
            "{markdown}"
        );
        let one = guide(&cluster, Some("m2"));
        assert!(
            one.identities.iter().all(|one| !one.id.ends_with("@m1")),
            "{name}"
        );
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
    assert_eq!(
        one("etcd-server@m2").map(|one| (one.kind, one.owner)),
        Some(("both".into(), "etcd on m2".into()))
    );
    assert_eq!(one("ca").map(|one| one.kind).as_deref(), Some("CA"));
    let split = guide(&cluster("split", THREE), None);
    assert!(
        split
            .next
            .iter()
            .any(|step| step.contains("--user=kube-apiserver-kubelet-client")),
        "{:?}",
        split.next
    );
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
        read_back(&guide(
            &ClusterSpec {
                layout: layout.into(),
                ..cluster.clone()
            },
            None,
        ));
    }
    let empty = guide(
        &ClusterSpec {
            layout: "k3s".into(),
            ..cluster
        },
        None,
    );
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
    assert!(
        from_environment("/etc/kubernetes/config", &common).is_empty(),
        "{common}"
    );
    let blueprint = Blueprint::of(&cluster).expect("a blueprint");
    let files = blueprint
        .things
        .iter()
        .filter(|thing| matches!(thing.what, What::Environment { .. }));
    for thing in files {
        let What::Environment { file, component } = &thing.what else {
            continue;
        };
        let node = thing.node.as_deref().unwrap_or("m1");
        let facts = from_environment(&file.path, &environment(&cluster, node, *component));
        assert!(
            facts.iter().all(|fact| Some(fact.component) == *component),
            "{} {facts:?}",
            file.path
        );
        assert_eq!(facts.is_empty(), component.is_none(), "{}", file.path);
    }
}
