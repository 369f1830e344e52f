//! `restart` and `renew --restart` as scripts use them: dry runs, refusals, what waits. Restarts
//! that are carried out are tried in a node of their own (`node.rs`).

use kubepki::kubernetes::component::Component;
use serde_json::{Value, json};

use crate::support::alive::{move_ports, pair};
use crate::support::changing::{Master, differing};
use crate::support::program::{Run, texts};
use crate::support::serving::{Server, closed_port};
use crate::support::tool;

/// A master that is not running here.
fn master() -> Option<Master> {
    let master = Master::sample("kubeadm-1.36-ecdsa")?;
    move_ports(&master, closed_port(), closed_port());
    Some(master)
}

/// The components of a plan, in order.
fn components(run: &Run) -> Vec<String> {
    let restarts = run.json()["restarts"].as_array().expect("restarts").clone();
    restarts
        .iter()
        .map(|restart| restart["component"].as_str().expect("a name").to_owned())
        .collect()
}

fn command(component: Component) -> String {
    format!(
        "crictl ps --name '^{component}$' --label io.kubernetes.pod.namespace=kube-system -q | xargs -r crictl stop --timeout 30"
    )
}

#[test]
fn a_dry_run_names_components_reasons_and_commands_in_order() {
    let Some(master) = master() else { return };
    let before = master.tree();
    let command_line = [
        "restart",
        "kubelet",
        "kube-scheduler",
        "etcd",
        "kube-scheduler",
        "--dry-run",
    ];
    let run = master.kubepki(&[&command_line[..], &["-o", "json"]].concat());
    run.ends_with(0);
    assert_eq!(run.stderr, "");
    assert_eq!(components(&run), ["etcd", "kube-scheduler", "kubelet"]);
    let plan = run.json();
    assert_eq!(
        (&plan["kind"], &plan["changes"], &plan["issues"]),
        (&"Plan".into(), &json!([]), &json!([]))
    );
    assert_eq!(
        texts(&plan["restarts"][0], "how"),
        [command(Component::Etcd)]
    );
    assert_eq!(
        texts(&plan["restarts"][2], "how"),
        ["systemctl restart kubelet"]
    );
    for restart in plan["restarts"].as_array().expect("restarts") {
        assert_eq!(
            (&restart["required"], &restart["reason"]),
            (&true.into(), &"asked for".into()),
            "{restart}"
        );
    }
    let text = master.kubepki(&command_line).stdout;
    let lines: Vec<&str> = text.lines().collect();
    let etcd = format!("   {}", command(Component::Etcd));
    assert_eq!(lines[0], "Restart etcd, kube-scheduler, kubelet", "{text}");
    assert_eq!(lines[2..4], ["1. etcd: asked for", &etcd], "{text}");
    let names = master
        .kubepki(&[&command_line[..], &["-o", "name"]].concat())
        .stdout;
    assert_eq!(names, "etcd\nkube-scheduler\nkubelet\n");
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    assert!(!master.state.exists(), "a dry run leaves no state");
}

#[test]
fn what_cannot_be_restarted_from_here_is_refused_with_the_commands() {
    let Some(master) = master() else { return };
    for (arguments, code, words) in [
        (
            &["restart", "etcd", "kubelet", "--yes"][..],
            4,
            &["not those of the machine", "systemctl restart kubelet"][..],
        ),
        (
            &["restart", "etcd", "--yes", "--read-only"],
            4,
            &["--read-only"],
        ),
        (&["restart", "etcd"], 4, &["not those of the machine"]),
    ] {
        let run = master.kubepki(arguments);
        run.ends_with(code);
        let is_told = |word: &str| run.stderr.contains(word);
        assert!(
            words
                .iter()
                .copied()
                .chain([&*command(Component::Etcd)])
                .all(is_told),
            "{arguments:?}: {run:?}"
        );
        let document = master
            .kubepki(&[arguments, &["-o", "json"]].concat())
            .json();
        assert_eq!(document["kind"], "Error", "{arguments:?}");
        assert!(
            document["hint"]
                .as_str()
                .is_some_and(|hint| hint.contains(&command(Component::Etcd))),
            "{document}"
        );
    }
    for (arguments, word) in [
        (&["restart"][..], "COMPONENT"),
        (&["restart", "etcd", "--changed"], "--changed"),
        (&["restart", "etcd", "--at", "+1d", "--yes"], "--at"),
        (
            &["restart", "etcd", "kube-apiservre", "--yes"],
            "kube-apiserver",
        ),
        (&["restart", "etcd-peer", "--dry-run"], "known are"),
    ] {
        let run = master.kubepki(arguments);
        run.ends_with(64);
        assert!(
            run.stderr.contains(word) && run.stdout.is_empty(),
            "{arguments:?}: {run:?}"
        );
    }
    assert!(!master.state.exists(), "a refusal leaves no state");
}

#[test]
fn where_nothing_can_be_seen_nothing_is_claimed() {
    let Some(master) = master() else { return };
    for arguments in [
        &["restart", "--changed", "--yes"][..],
        &["restart", "--changed", "--yes", "--read-only"],
    ] {
        let run = master.kubepki(arguments);
        run.ends_with(4);
        for part in [
            "nothing was restarted",
            "kube-apiserver: port ",
            "nobody listens there",
            "none can be seen",
        ] {
            assert!(run.stderr.contains(part), "{part} is not in {run:?}");
        }
        assert!(
            run.stdout.is_empty() && !run.stderr.contains("nothing holds"),
            "{run:?}"
        );
    }
    let run = master.kubepki(&["restart", "--changed", "--dry-run"]);
    run.ends_with(3);
    assert!(
        run.stdout
            .starts_with("Nothing to restart\n! kubepki would refuse this: these files"),
        "{run:?}"
    );
    assert!(
        run.stderr.contains("etcd: port ") && run.stderr.contains("nobody listens there"),
        "{run:?}"
    );
    for (flag, why) in [
        ("--ascii", "not those of the machine"),
        ("--read-only", "--read-only"),
    ] {
        let plan = master.kubepki(&["restart", "etcd", "--dry-run", flag, "-o", "json"]);
        plan.ends_with(0);
        let warnings = texts(&plan.json(), "warnings");
        assert!(
            matches!(&warnings[..], [one] if one.contains("would refuse") && one.contains(why)),
            "{warnings:?}"
        );
    }
}

#[test]
fn what_would_not_come_back_is_left_and_said() {
    let (Some(openssl), Some(master)) = (tool("openssl"), Master::sample("kubeadm-1.36-ecdsa"))
    else {
        return;
    };
    let apiserver = Server::start(&openssl, &pair(&master, "apiserver"), &[]);
    move_ports(&master, apiserver.port, closed_port());
    master
        .kubepki(&["renew", "apiserver", "scheduler.conf", "--yes"])
        .ends_with(0);
    // Not the key of the new certificate.
    let other = pair(&master, "apiserver-etcd-client").key;
    std::fs::copy(other, pair(&master, "apiserver").key).expect("another key");
    let run = master.kubepki(&["restart", "--changed", "--dry-run", "-o", "json"]);
    run.ends_with(4);
    assert_eq!(components(&run), ["kube-scheduler"]);
    let why = "/etc/kubernetes/pki/apiserver.key is not the key of apiserver.crt";
    assert_eq!(
        run.json()["leaves"],
        json!([{"what": "kube-apiserver", "why": why, "due": false}])
    );
    let told = format!("kubepki: not restarted: kube-apiserver would not come back: {why}\n");
    assert!(run.stderr.starts_with(&told), "{run:?}");
}

#[test]
fn what_an_operation_waits_for_is_changed() {
    let Some(master) = master() else { return };
    let renewed = master.kubepki(&[
        "renew",
        "scheduler.conf",
        "controller-manager.conf",
        "--yes",
        "-o",
        "json",
    ]);
    renewed.ends_with(0);
    let run = master.kubepki(&["restart", "--changed", "--dry-run", "-o", "json"]);
    run.ends_with(3);
    assert_eq!(
        components(&run),
        ["kube-controller-manager", "kube-scheduler"]
    );
    let reason = &run.json()["restarts"][0]["reason"];
    assert!(
        reason
            .as_str()
            .is_some_and(|reason| reason.contains("files")),
        "{reason}"
    );
    let refused = master.kubepki(&["restart", "--changed", "--yes"]);
    refused.ends_with(4);
    assert!(
        refused.stderr.contains(&command(Component::KubeScheduler)),
        "{refused:?}"
    );
    let id = renewed.json()["id"].as_str().expect("an id").to_owned();
    let shown = master.kubepki(&["history", "show", &id]).stdout;
    let (_, restarts) = shown
        .split_once("Restarts so far\n")
        .expect("what became of restarts");
    for part in [
        "COMPONENT",
        "kube-controller-manager",
        "kube-scheduler",
        "needed",
    ] {
        assert!(restarts.contains(part), "{part} is not in\n{shown}");
    }
}

#[test]
fn renewing_with_restarts_is_refused_before_anything_changes() {
    let Some(master) = master() else { return };
    let before = master.tree();
    for arguments in [
        &["renew", "apiserver", "--yes", "--restart"][..],
        &["renew", "--due", "--yes", "--restart"],
    ] {
        let run = master.kubepki(arguments);
        run.ends_with(4);
        assert!(
            run.stdout.is_empty() && run.stderr.contains("not those of the machine"),
            "{run:?}"
        );
        assert_eq!(
            master
                .kubepki(&[arguments, &["-o", "json"]].concat())
                .json()["kind"],
            "Error"
        );
    }
    let dry_run = master.kubepki(&["renew", "apiserver", "--dry-run", "--restart", "-o", "json"]);
    dry_run.ends_with(0);
    assert_eq!(
        dry_run.json()["restarts"][0]["component"],
        Value::from("kube-apiserver")
    );
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    assert!(!master.state.exists(), "a refusal leaves no state");
}
