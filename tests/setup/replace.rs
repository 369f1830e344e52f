//! `--replace`: what is named is made anew, and nothing beside it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::changing::differing;
use crate::support::ground::{Ground, ONE};
use crate::support::text;

const APISERVER: &str = "/etc/kubernetes/pki/apiserver.crt";

#[test]
fn only_what_is_named_is_replaced() {
    let ground = Ground::set_up();
    let before = ground.master.tree();
    for path in [APISERVER, "pki/apiserver.crt", "apiserver.crt"] {
        let old = fs::read(ground.master.file(APISERVER)).expect("a certificate");
        ground
            .again(&["--replace", path, "--san", "more.example.org"])
            .ends_with(0);
        assert_ne!(
            fs::read(ground.master.file(APISERVER)).expect("a certificate"),
            old,
            "{path}"
        );
    }
    let differs = differing(&before, &ground.master.tree());
    assert_eq!(
        differs,
        [
            "etc/kubernetes/pki/apiserver.crt",
            "etc/kubernetes/pki/apiserver.key"
        ]
    );
    let run = ground.again(&["--replace", "/etc/passwd"]);
    run.ends_with(64);
    assert!(run.stderr.contains("/etc/passwd"), "{run:?}");
    // What a new CA had signed is made anew with it, and that is said.
    ground.refuses(
        &["--replace", "pki/ca.crt"],
        &[
            "pki/ca.crt is not made anew without its key",
            "another CA",
            "pki/ca.key",
        ],
    );
    let plan = ground
        .setup(
            &[
                &ONE[..],
                &["--replace", "pki/ca.key", "--dry-run", "-o", "json"],
            ]
            .concat(),
        )
        .json();
    let issued: Vec<&str> = plan["issues"]
        .as_array()
        .expect("issues")
        .iter()
        .filter_map(|issue| issue["id"].as_str())
        .collect();
    for id in ["ca", "apiserver", "admin.conf"] {
        assert!(issued.contains(&id), "{id} is not in {issued:?}");
    }
    assert!(
        !issued.contains(&"etcd-server")
            && !plan["warnings"].as_array().expect("warnings").is_empty(),
        "{plan}"
    );
}

#[test]
fn a_name_that_fits_several_files_replaces_none() {
    let ground = Ground::set_up();
    let before = ground.everything();
    let run = ground.again(&["--replace", "ca.key"]);
    run.ends_with(64);
    for word in [
        "ambiguous",
        "/etc/kubernetes/pki/ca.key",
        "/etc/kubernetes/pki/etcd/ca.key",
    ] {
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    }
    assert_eq!(
        differing(&before, &ground.everything()),
        Vec::<String>::new()
    );
    // In the folder of one of them that one is meant.
    let flags = [
        &[
            "setup",
            "--replace",
            "ca.key",
            "--yes",
            "--root",
            text(&ground.master.root),
        ][..],
        &ONE,
    ]
    .concat();
    let run = Command::new(env!("CARGO_BIN_EXE_kubepki"))
        .args(flags)
        .args([
            "--key-algorithm",
            "ECDSA-P256",
            "--state-dir",
            text(&ground.master.state),
        ])
        .current_dir(ground.master.file("/etc/kubernetes/pki/etcd"))
        .output()
        .expect("kubepki runs");
    assert!(run.status.success(), "{run:?}");
    let differs = differing(&before, &ground.everything());
    assert!(
        differs.contains(&"root/etc/kubernetes/pki/etcd/ca.key".to_owned()),
        "{differs:?}"
    );
    assert!(
        !differs.contains(&"root/etc/kubernetes/pki/ca.key".to_owned()),
        "{differs:?}"
    );
}

#[test]
fn what_shall_be_made_anew_is_one_path() {
    let ground = Ground::set_up();
    for (path, words) in [
        (
            "ca.key",
            &[
                "ambiguous",
                "/etc/kubernetes/pki/ca.key",
                "/etc/kubernetes/pki/etcd/ca.key",
            ][..],
        ),
        ("apiserver.cert", &["no setup of this cluster makes"]),
        ("/etc/foo", &["no setup of this cluster makes"]),
    ] {
        ground.refused(64, words, || ground.again(&["--replace", path]));
    }
    let replaced = |path: &str, folder: &Path| {
        let words = [
            "setup",
            "--key-algorithm",
            "ECDSA-P256",
            "--dry-run",
            "-o",
            "name",
            "--replace",
            path,
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
        command
            .args(words)
            .args(ONE)
            .args(ground.master.flags())
            .current_dir(folder)
            .env_clear();
        let output = command.output().expect("kubepki ends");
        assert!(output.status.success(), "{path}: {output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let (pki, anywhere) = (
        ground.master.file("/etc/kubernetes/pki"),
        ground.folder.path(),
    );
    let of_etcd = "/etc/kubernetes/pki/etcd/ca.key";
    for (path, folder) in [
        ("ca.key", pki.join("etcd")),
        ("etcd/ca.key", pki.clone()),
        ("etcd/ca.key", anywhere.to_owned()),
    ] {
        let said = replaced(path, &folder);
        assert!(said.lines().any(|line| line == of_etcd), "{path}: {said}");
        assert!(
            !said
                .lines()
                .any(|line| line == "/etc/kubernetes/pki/ca.key"),
            "{path}: {said}"
        );
    }
    assert!(replaced("apiserver.crt", anywhere).contains("/etc/kubernetes/pki/apiserver.crt"));
}
