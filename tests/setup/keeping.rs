//! What is there already: it stays where it fits, is refused where it does not, and is never
//! written over unasked (kubeadm certs.go, kubeconfig.go).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use kubepki::kubernetes::component::Component;
use kubepki::plan::SetupRequest;

use crate::support::new_cluster::{PKI, changed, listing, master, words};

#[test]
fn a_second_setup_has_nothing_to_do() {
    for layout in ["kubeadm", "split", "single-ca"] {
        let (stage, cluster) = master(layout);
        let plan = stage.plan(stage.request(&cluster)).expect("a plan");
        assert_eq!(changed(&plan), [""; 0], "{layout}");
        let said = &plan.summary.warnings;
        // One that holds for the layout, whatever is there.
        let surprises = said
            .iter()
            .filter(|one| !one.starts_with("the CA's key signs service account tokens too"));
        assert!(
            plan.summary.issues.is_empty() && surprises.count() == 0,
            "{layout}: {said:?}"
        );
    }
}

#[test]
fn what_is_missing_is_made_again_and_nothing_else() {
    let (stage, cluster) = master("kubeadm");
    let gone = ["apiserver.crt", "apiserver.key", "sa.pub"].map(|name| format!("{PKI}/{name}"));
    for path in gone
        .iter()
        .chain([&"/etc/kubernetes/admin.conf".to_owned()])
    {
        fs::remove_file(stage.file(path)).expect("removed");
    }
    let plan = stage.set_up(&cluster);
    let mut expected = vec!["/etc/kubernetes/admin.conf"];
    expected.extend(gone.iter().map(String::as_str));
    let mut found = changed(&plan);
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(plan.summary.issues.len(), 2);
    let again = stage.plan(stage.request(&cluster)).expect("a plan");
    assert_eq!(changed(&again), [""; 0]);
}

#[test]
fn somebody_may_have_it_made_anew() {
    let (stage, mut cluster) = master("kubeadm");
    cluster.api_server_sans.push("more.example.com".to_owned());
    let replace = vec![format!("{PKI}/apiserver.crt")];
    let plan = stage
        .plan(SetupRequest {
            replace,
            ..stage.request(&cluster)
        })
        .expect("a plan");
    assert_eq!(
        changed(&plan),
        [
            format!("{PKI}/apiserver.key"),
            format!("{PKI}/apiserver.crt")
        ]
    );
    stage.apply(&plan);
    assert_eq!(
        changed(&stage.plan(stage.request(&cluster)).expect("a plan")),
        [""; 0]
    );
}

#[test]
fn what_others_trust_goes_only_by_its_own_name() {
    let (stage, cluster) = master("kubeadm");
    let anew = |name: &str| SetupRequest {
        replace: vec![format!("{PKI}/{name}")],
        ..stage.request(&cluster)
    };
    let said = words(
        &stage
            .plan(anew("ca.crt"))
            .expect_err("its key would go too"),
    );
    assert!(
        said.contains("is not made anew without its key")
            && said.contains(&format!("--replace {PKI}/ca.key")),
        "{said}"
    );
    fs::write(stage.file("/etc/kubernetes/pki/sa.pub"), "damaged").expect("written");
    let plan = stage.plan(anew("sa.pub")).expect("a plan");
    assert_eq!(changed(&plan), [format!("{PKI}/sa.pub")]);
    stage.apply(&plan);
    for (name, effect, component) in [
        (
            "sa.key",
            "every service account token of the cluster is worthless",
            Component::KubeApiserver,
        ),
        (
            "sa.key",
            "every service account token of the cluster is worthless",
            Component::KubeControllerManager,
        ),
        (
            "ca.key",
            "kube-root-ca.crt",
            Component::KubeControllerManager,
        ),
        (
            "etcd/ca.key",
            "what the old one signed anywhere",
            Component::Etcd,
        ),
    ] {
        let summary = stage.plan(anew(name)).expect("a plan").summary;
        assert!(
            summary.warnings.iter().any(|one| one.contains(effect)),
            "{name}: {:?}",
            summary.warnings
        );
        let mut restarts = summary.must_restart();
        assert!(
            restarts.any(|one| one.component == component),
            "{name}: {:?}",
            summary.restarts
        );
    }
}

#[test]
fn a_key_that_others_can_read_is_closed() {
    let (stage, cluster) = master("kubeadm");
    let mode = |path: &str, mode| {
        fs::set_permissions(stage.file(path), fs::Permissions::from_mode(mode))
            .expect("its mode is set");
    };
    mode("/etc/kubernetes/pki/ca.key", 0o644);
    mode("/etc/kubernetes/pki/sa.key", 0o400);
    let plan = stage.plan(stage.request(&cluster)).expect("a plan");
    assert_eq!(changed(&plan), [format!("{PKI}/ca.key")]);
    assert_eq!(plan.summary.restarts, []);
    let told = |name: &str| {
        let mut files = plan.summary.nodes[0].files.iter();
        files
            .find(|file| file.path == format!("{PKI}/{name}"))
            .map(|file| (file.mode, file.kept))
    };
    assert_eq!(
        (told("ca.key"), told("sa.key")),
        (Some((0o600, true)), Some((0o400, true)))
    );
    stage.apply(&plan);
    let listed = listing(&stage.root);
    assert!(
        listed.contains(&format!("0600 {PKI}/ca.key"))
            && listed.contains(&format!("0400 {PKI}/sa.key")),
        "{listed:?}"
    );
    assert_eq!(
        changed(&stage.plan(stage.request(&cluster)).expect("a plan")),
        [""; 0]
    );
}
