//! `kubeconfig list` and `show`: who the users are, which cluster they reach, and never a secret.

use serde_json::Value;

use crate::support;
use crate::support::program::{self, Sample, texts};

fn sample() -> Option<Sample> {
    Sample::recorded("kubeadm-1.36-ecdsa")
}

fn list(sample: &Sample) -> Vec<Value> {
    let run = sample.kubepki(&["kubeconfig", "list", "-o", "json"]);
    run.ends_with(0);
    let document = run.json();
    assert_eq!(
        (&document["apiVersion"], &document["kind"]),
        (&"kubepki/v1".into(), &"KubeconfigList".into())
    );
    document["items"].as_array().expect("items").clone()
}

fn of<'a>(items: &'a [Value], path: &str) -> &'a Value {
    items
        .iter()
        .find(|item| item["path"] == path)
        .unwrap_or_else(|| panic!("{path} is not in {items:?}"))
}

#[test]
fn the_five_of_kubeadm() {
    let Some(sample) = sample() else { return };
    let items = list(&sample);
    assert_eq!(items.len(), 5);
    for (file, identity, groups) in [
        (
            "admin.conf",
            "kubernetes-admin",
            &["kubeadm:cluster-admins"][..],
        ),
        (
            "super-admin.conf",
            "kubernetes-super-admin",
            &["system:masters"],
        ),
        (
            "controller-manager.conf",
            "system:kube-controller-manager",
            &[],
        ),
        ("scheduler.conf", "system:kube-scheduler", &[]),
        ("kubelet.conf", "system:node:master-1", &["system:nodes"]),
    ] {
        let item = of(&items, &format!("/etc/kubernetes/{file}"));
        let (context, user, cluster) = (
            &item["contexts"][0],
            &item["users"][0],
            &item["clusters"][0],
        );
        assert_eq!(
            (&item["current"], &context["reaches"]),
            (&context["name"], &"this-master".into()),
            "{file}"
        );
        assert_eq!(
            (&user["kind"], &user["identity"]),
            (&"certificate".into(), &identity.into()),
            "{file}"
        );
        assert_eq!(
            (texts(user, "groups"), &user["certificate"]),
            (
                groups.iter().map(|it| (*it).to_owned()).collect(),
                &file.into()
            )
        );
        assert_eq!(
            (&cluster["certificateAuthority"], &cluster["server"]),
            (&"ca".into(), &context["server"]),
            "{file}"
        );
        assert!(
            cluster["server"]
                .as_str()
                .is_some_and(|server| server.starts_with("https://")),
            "{file}"
        );
    }
}

const TOKEN: &str = "07401b.f395accd246ae52d";
const PASSWORD: &str = "hunter2-not-to-be-seen";

fn with_other_users(sample: &Sample) {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: there\nclusters:\n- name: far\n  cluster:\n    server: https://far.example:6443\n    \
         insecure-skip-tls-verify: true\n- name: rancher\n  cluster:\n    server: https://rancher.example/k8s/clusters/c-1\n\
         contexts:\n- name: there\n  context: {{cluster: far, user: boot, namespace: 'yes'}}\n- name: proxied\n  context: {{cluster: rancher, user: login}}\n\
         users:\n- name: boot\n  user: {{token: {TOKEN}}}\n- name: login\n  user: {{username: ann, password: {PASSWORD}}}\n\
         - name: plugin\n  user:\n    exec: {{apiVersion: client.authentication.k8s.io/v1, command: get-token}}\n- name: nobody\n  user: {{}}\n"
    );
    let folder = sample.file("/root/.kube");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("config"), text).expect("written");
}

#[test]
fn kinds_of_users_and_other_clusters_without_a_secret() {
    let Some(sample) = sample() else { return };
    with_other_users(&sample);
    let items = list(&sample);
    let item = of(&items, "/root/.kube/config");
    let users = item["users"].as_array().expect("users");
    let kinds: Vec<(&str, &str)> = users
        .iter()
        .map(|user| {
            (
                user["name"].as_str().expect("a name"),
                user["kind"].as_str().expect("a kind"),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("boot", "bootstrap-token"),
            ("login", "password"),
            ("plugin", "exec"),
            ("nobody", "none")
        ]
    );
    let contexts = item["contexts"].as_array().expect("contexts");
    assert_eq!(
        (&contexts[0]["namespace"], &contexts[0]["user"]),
        (&"yes".into(), &"boot".into())
    );
    assert_eq!(contexts[1]["reaches"], "through-rancher");
    assert_eq!(item["clusters"][0]["certificateAuthority"], Value::Null);
    for arguments in [
        &["kubeconfig", "list"][..],
        &["kubeconfig", "show", "/root/.kube/config"],
        &["show", "/root/.kube/config"],
        &["list"],
    ] {
        for form in ["table", "wide", "json", "yaml", "name"] {
            let mut all = arguments.to_vec();
            all.extend(["-o", form, "-v"]);
            let run = sample.kubepki(&all);
            run.ends_with(0);
            for secret in [TOKEN, "f395accd246ae52d", PASSWORD] {
                assert!(
                    !run.stdout.contains(secret) && !run.stderr.contains(secret),
                    "{all:?}: {run:?}"
                );
            }
        }
    }
}

#[test]
fn private_keys_never_leave() {
    let Some(sample) = sample() else { return };
    let config =
        std::fs::read_to_string(sample.file("/etc/kubernetes/admin.conf")).expect("a kubeconfig");
    let data = config
        .lines()
        .find_map(|line| line.trim().strip_prefix("client-key-data: "))
        .expect("a key");
    let key =
        std::fs::read_to_string(sample.file("/etc/kubernetes/pki/apiserver.key")).expect("a key");
    let inner = key.lines().nth(1).expect("base64");
    for arguments in [
        &["kubeconfig", "show", "admin.conf", "-o", "json"][..],
        &["show", "admin.conf", "-o", "wide"],
        &["show", "/etc/kubernetes/admin.conf", "-o", "yaml"],
        &["show", "apiserver", "-o", "wide", "-v"],
        &[
            "show",
            sample
                .file("/etc/kubernetes/pki/apiserver.key")
                .to_str()
                .expect("UTF-8"),
            "-o",
            "json",
        ],
    ] {
        let run = sample.kubepki(arguments);
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(
            !all.contains(data) && !all.contains(inner) && !all.contains("PRIVATE KEY"),
            "{arguments:?}: {run:?}"
        );
    }
    let run = program::kubepki_with_input(&["show", "-", "-o", "json"], key.as_bytes());
    run.ends_with(0);
    assert_eq!(
        (&run.json()["kind"], &run.json()["half"]),
        (&"Key".into(), &"private".into())
    );
    assert!(!run.stdout.contains(inner));
    let run = program::kubepki_with_input(&["show", "-", "-o", "wide"], config.as_bytes());
    run.ends_with(0);
    assert!(
        run.stdout.contains("kubernetes-admin") && !run.stdout.contains(data),
        "{run:?}"
    );
}

#[test]
fn show_finds_by_path_role_and_name() {
    let Some(sample) = sample() else { return };
    for what in ["/etc/kubernetes/scheduler.conf", "scheduler.conf"] {
        let run = sample.kubepki(&["kubeconfig", "show", what, "-o", "json"]);
        run.ends_with(0);
        assert_eq!(
            (&run.json()["kind"], &run.json()["path"]),
            (
                &"Kubeconfig".into(),
                &"/etc/kubernetes/scheduler.conf".into()
            )
        );
    }
    let text = sample.kubepki(&["show", "scheduler.conf"]).stdout;
    for part in ["system:kube-scheduler", "kubectl config view", "Contexts"] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}

#[test]
fn behind_sudo_the_invoking_users_own_is_read() {
    let Some(sample) = sample() else { return };
    let passwd = sample.file("/etc/passwd");
    std::fs::write(
        passwd,
        "root:x:0:0::/root:/bin/sh\nann:x:1000:1000:,,,:/home/ann:/bin/sh\n",
    )
    .expect("written");
    let folder = sample.file("/home/ann/.kube");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::copy(
        sample.file("/etc/kubernetes/admin.conf"),
        folder.join("config"),
    )
    .expect("copied");
    let arguments = [
        "--root",
        support::text(&sample.root),
        "kubeconfig",
        "list",
        "-o",
        "name",
    ];
    let names =
        |variables: &[(&str, &str)]| program::kubepki_with_variables(&arguments, variables).stdout;
    assert!(
        names(&[("SUDO_USER", "ann")])
            .lines()
            .any(|name| name == "/home/ann/.kube/config")
    );
    assert!(!names(&[]).contains("/home/ann"));
    assert!(!names(&[("SUDO_USER", "nobody-here")]).contains("/home/ann"));
}
