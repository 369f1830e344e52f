//! Masters whose files are not root's alone by design: `renew --due --yes` renews all of them as it
//! does anybody's.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, lchown};
use std::path::Path;
use std::process::Command;

use time::Duration;

use crate::support::planting::call;
use crate::support::renewing::Master;
use crate::support::{is_root, text, tool};

/// A master all of whose leaves have ended.
fn expired() -> Option<Master> {
    // Files are given away.
    if !is_root() {
        return None;
    }
    let date = (time::OffsetDateTime::now_utc() - Duration::days(500)).date();
    Master::of_zoo("healthy-ecdsa-136", &format!("{date}T00:00:00Z"))
}

/// Every path below `folder`, itself too.
fn below(folder: &Path, each: &dyn Fn(&Path)) {
    each(folder);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            below(&entry.path(), each);
        } else {
            each(&entry.path());
        }
    }
}

fn all_is_renewed(master: &Master, whose: &str) {
    let run = call(master, &["renew", "--due", "--yes"]);
    run.ends_with(0);
    let list = call(
        master,
        &[
            "list",
            "--expires-within",
            "1d",
            "--kind",
            "certificate",
            "-o",
            "name",
        ],
    );
    // What the kubelet makes itself, and what it keeps of before, is not kubepki's to renew.
    let is_own = |name: &&str| *name == "kubelet-serving" || name.contains("/kubelet-client-2");
    let left: Vec<&str> = list.stdout.lines().filter(|name| !is_own(name)).collect();
    assert_eq!(left, [""; 0], "{whose}: {run:?}");
}

#[test]
fn kubesprays_owner() {
    let Some(master) = expired() else { return };
    fs::write(
        master.path("/etc/passwd"),
        "kube:x:995:995::/:/bin/false\netcd:x:994:994::/:/bin/false\n",
    )
    .expect("written");
    for (folder, number) in [("/etc/kubernetes", 995), ("/etc/kubernetes/pki/etcd", 994)] {
        below(&master.path(folder), &|path| {
            chown(path, Some(number), None).expect("given");
        });
    }
    all_is_renewed(&master, "kube");
    let key = |name: &str| {
        fs::metadata(master.path(&format!("/etc/kubernetes/pki/{name}.key")))
            .expect("it")
            .uid()
    };
    assert_eq!(
        (key("apiserver"), key("etcd/server")),
        (995, 994),
        "they stay whose they were"
    );
}

#[test]
fn the_group_of_microk8s() {
    let Some(master) = expired() else { return };
    fs::write(master.path("/etc/group"), "microk8s:x:990:ann,bob\n").expect("written");
    below(&master.path("/etc/kubernetes"), &|path| {
        chown(path, None, Some(990)).expect("given");
        let mode = if path.is_dir() { 0o770 } else { 0o660 };
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    });
    all_is_renewed(&master, "microk8s");
    let key = fs::metadata(master.path("/etc/kubernetes/pki/apiserver.key")).expect("it");
    assert_eq!(
        (key.gid(), key.mode() & 0o777),
        (990, 0o640),
        "the group reads it as before"
    );
}

#[test]
fn a_control_plane_without_root() {
    let Some(master) = expired() else { return };
    for (number, component) in (61_001..).zip([
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "etcd",
    ]) {
        let path = master.path(&format!("/etc/kubernetes/manifests/{component}.yaml"));
        let text = fs::read_to_string(&path).expect("a manifest");
        let (who, context) = (
            format!("runAsUser: {number}, runAsGroup: {number}"),
            "  securityContext:\n",
        );
        let spec = if text.contains(context) {
            text.replacen(
                context,
                &format!("{context}    {}\n", who.replace(", ", "\n    ")),
                1,
            )
        } else {
            text.replacen(
                "spec:\n",
                &format!("spec:\n  securityContext: {{{who}}}\n"),
                1,
            )
        };
        fs::write(&path, spec).expect("written");
    }
    for (name, number) in [
        ("apiserver", 61_001),
        ("front-proxy-client", 61_001),
        ("etcd/server", 61_004),
    ] {
        chown(
            master.path(&format!("/etc/kubernetes/pki/{name}.key")),
            Some(number),
            Some(number),
        )
        .expect("given");
    }
    chown(
        master.path("/etc/kubernetes/scheduler.conf"),
        Some(61_003),
        Some(61_003),
    )
    .expect("given");
    all_is_renewed(&master, "rootless");
    let owner = |path: &str| fs::metadata(master.path(path)).expect("it").uid();
    assert_eq!(owner("/etc/kubernetes/pki/apiserver.key"), 61_001);
    assert_eq!(owner("/etc/kubernetes/scheduler.conf"), 61_003);
}

#[test]
fn what_is_no_pod_beside_the_pods_is_read_and_what_is_no_yaml_is_not() {
    let Some(master) = expired() else { return };
    let path = master.path("/etc/kubernetes/manifests/notes.yaml");
    fs::write(&path, "kind: ConfigMap\n").expect("written");
    all_is_renewed(&master, "a note");
    fs::write(&path, "a: [\n").expect("written");
    let run = call(&master, &["renew", "--due", "--yes"]);
    run.ends_with(3);
    assert!(run.stderr.contains("notes.yaml"), "{run:?}");
}

#[test]
fn the_folder_of_a_user_who_calls_it_himself() {
    let Some(master) = expired() else { return };
    let Some(setpriv) = tool("setpriv") else {
        return;
    };
    let folder = master.folder.path();
    fs::set_permissions(folder, Permissions::from_mode(0o755)).expect("a mode");
    fs::create_dir(folder.join("home")).expect("a folder");
    below(folder, &|path| {
        lchown(path, Some(1000), Some(1000)).expect("given");
    });
    let program = folder.join("kubepki");
    fs::copy(env!("CARGO_BIN_EXE_kubepki"), &program).expect("a copy");
    let kubepki = |arguments: &[&str]| {
        let mut command = Command::new(&setpriv);
        command
            .args(["--reuid", "1000", "--regid", "1000", "--clear-groups"])
            .arg(&program);
        command.args(["--root", text(&master.root)]).args(arguments);
        let output = command
            .env_clear()
            .env("HOME", folder.join("home"))
            .output()
            .expect("it runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
            output.stdout,
        )
    };
    let (code, said, _) = kubepki(&["renew", "--due", "--yes"]);
    assert_eq!(code, Some(0), "{said}");
    let (_, said, names) = kubepki(&[
        "list",
        "--expires-within",
        "1d",
        "--kind",
        "certificate",
        "-o",
        "name",
    ]);
    let names = String::from_utf8(names).expect("text");
    let is_own = |name: &str| name == "kubelet-serving" || name.contains("/kubelet-client-2");
    assert!(names.lines().all(is_own), "{names} {said}");
}
