//! What follows from what runs: which files a process holds, and why nobody answers.

use kubepki::inventory::bootstrap::TokenFileItem;
use kubepki::kubernetes::component::Component;
use kubepki::running::{Observation, Remedy, Silence};
use time::Duration;

use crate::truth_masters::{MOMENT, answer, changed_at, masters, process, truth};

#[test]
fn a_process_holds_what_changed_after_its_start() {
    let Some(masters) = masters() else { return };
    let changed = changed_at(&masters.now, "etcd-ca");
    let look = |started_at| {
        let components = ["etcd", "kube-apiserver", "kube-controller-manager"];
        let processes = components
            .iter()
            .map(|component| process(component.parse().expect("a component"), started_at))
            .collect();
        Observation {
            answers: Vec::new(),
            processes: Some(processes),
        }
    };
    let held = |observation: &Observation, name| {
        let truth = truth(&masters.now, observation, name);
        let files: Vec<String> = truth
            .stale
            .iter()
            .map(|held| held.path.to_string())
            .collect();
        (truth.remedy, files)
    };
    let early = look(changed - Duration::hours(1));
    let etcd_ca = "/etc/kubernetes/pki/etcd/ca.crt".to_owned();
    assert_eq!(
        held(&early, "etcd"),
        (Remedy::Restart, vec![etcd_ca.clone()])
    );
    assert_eq!(
        held(&early, "etcd-peer"),
        (Remedy::Restart, vec![etcd_ca.clone()])
    );
    let (verb, files) = held(&early, "kube-apiserver");
    assert_eq!(verb, Remedy::Restart);
    assert!(
        files.contains(&etcd_ca) && files.contains(&"/etc/kubernetes/pki/sa.pub".to_owned()),
        "{files:?}"
    );
    assert!(
        !files.contains(&"/etc/kubernetes/pki/apiserver.crt".to_owned()),
        "it reads that again: {files:?}"
    );
    let (_, files) = held(&early, "kube-controller-manager");
    assert!(
        files.contains(&"/etc/kubernetes/controller-manager.conf".to_owned()),
        "{files:?}"
    );
    let why = truth(&masters.now, &early, "etcd").why;
    assert!(
        why.starts_with("ca.crt changed at ") && why.contains(", after it started ("),
        "{why}"
    );
    let late = look(changed + Duration::hours(1));
    for name in ["etcd", "kube-apiserver", "kube-controller-manager"] {
        assert_eq!(held(&late, name), (Remedy::Nothing, Vec::new()));
    }
    assert_eq!(truth(&masters.now, &late, "kube-scheduler").process, None);
}

#[test]
fn the_api_server_holds_a_token_file_that_changed_after_its_start() {
    let Some(masters) = masters() else { return };
    let changed = changed_at(&masters.now, "etcd-ca") + Duration::hours(3);
    let of = |named_in| {
        let mut inventory = masters.now.clone();
        inventory.bootstrap.token_files.push(TokenFileItem {
            path: "/etc/kubernetes/token.csv".into(),
            named_in,
            fault: None,
            faults: Vec::new(),
            changed_at: Some(changed),
        });
        let processes = Some(vec![process(
            Component::KubeApiserver,
            changed - Duration::hours(1),
        )]);
        truth(
            &inventory,
            &Observation {
                answers: Vec::new(),
                processes,
            },
            "kube-apiserver",
        )
    };
    let truth = of(Some((
        "/etc/kubernetes/manifests/kube-apiserver.yaml".into(),
        20,
    )));
    assert_eq!(truth.remedy, Remedy::Restart);
    assert!(
        truth.why.starts_with("token.csv changed at "),
        "{}",
        truth.why
    );
    assert_eq!(
        of(None).remedy,
        Remedy::Nothing,
        "it does not read that file"
    );
}

#[test]
fn silence_is_told_with_what_runs() {
    let Some(masters) = masters() else { return };
    let look = |silence: Silence, processes| {
        let answers = vec![answer("kube-apiserver", MOMENT, Err(silence))];
        let truth = truth(
            &masters.now,
            &Observation { answers, processes },
            "kube-apiserver",
        );
        assert_eq!(
            (truth.remedy, truth.is_known()),
            (Remedy::Nothing, false),
            "nothing is known to be done"
        );
        truth.why
    };
    let started_at = changed_at(&masters.now, "apiserver") + Duration::hours(1);
    let runs = || Some(vec![process(Component::KubeApiserver, started_at)]);
    let log = "; crictl ps -a --name kube-apiserver says more";
    assert_eq!(
        look(Silence::Refused, Some(Vec::new())),
        format!("it does not run: nobody listens on port 6443{log}")
    );
    assert_eq!(
        look(Silence::Refused, None),
        "port 6443: nobody listens there"
    );
    let why = look(Silence::TimedOut(5), runs());
    assert!(
        why.starts_with("runs since ")
            && why.ends_with(&format!(", yet port 6443: no answer in 5 s{log}")),
        "{why}"
    );
}
