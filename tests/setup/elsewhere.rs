//! A setup that is not quite the usual one: certificates in another folder, no node here, somebody
//! who is not root, a configuration that cannot hold everything.

use std::fs;

use crate::support::ground::{Ground, ONE};
use crate::support::program::{Run, by_id, texts};
use crate::support::{is_root, run, skip, text, tool};

/// A master and a worker whose kubelet comes with a line of `token.csv`.
const TWO: &str = "master-1 10.0.0.10\nworker-1 10.0.0.20 worker\n";

#[test]
fn certificates_in_another_folder_are_found_again() {
    for folder in ["/etc/kubernetes/other", "/srv/certificates"] {
        let ground = Ground::new();
        let config = ground.folder.path().join("kubeadm.yaml");
        let lines = [
            "apiVersion: kubeadm.k8s.io/v1beta4",
            "kind: ClusterConfiguration",
            "certificatesDir: ",
        ];
        fs::write(&config, lines.join("\n") + folder).expect("written");
        ground
            .setup(&[&ONE[..], &["--config", text(&config), "--yes"]].concat())
            .ends_with(0);
        assert!(ground.master.file(&format!("{folder}/ca.crt")).is_file());
        for layout in [&[][..], &["--layout", "kubeadm"]] {
            let list = ground
                .master
                .kubepki(&[&["list", "-o", "json"], layout].concat())
                .json();
            let items = by_id(&list);
            assert_eq!(
                (items.len(), &list["layout"]),
                (15, &"kubeadm".into()),
                "{folder}: {items:?}"
            );
            for (id, item) in &items {
                assert_eq!(
                    (texts(item, "roles").len(), &item["inUse"]),
                    (1, &true.into()),
                    "{folder}: {id}"
                );
            }
        }
        let hash = ground.master.kubepki(&["bootstrap", "hash"]);
        hash.ends_with(0);
        assert!(hash.stdout.starts_with("sha256:"), "{hash:?}");
        let plan = ground
            .master
            .kubepki(&["renew", "--all", "--dry-run", "-o", "json"])
            .json();
        assert_eq!(
            plan["issues"].as_array().expect("issues").len(),
            12,
            "seven leaves, five kubeconfigs: {plan}"
        );
        // Answers are no proof: without their certificates the layout's own places count.
        fs::remove_dir_all(ground.master.file(folder)).expect("removed");
        let list = ground.master.kubepki(&["list", "-o", "json"]).json();
        assert_eq!(
            (by_id(&list).len(), &list["layout"]),
            (5, &"kubeadm".into()),
            "{list}"
        );
    }
}

/// The warnings of a run, line by line.
fn warnings(run: &Run) -> String {
    run.ends_with(0);
    let is_warning = |line: &&str| line.starts_with('!');
    run.stdout
        .lines()
        .chain(run.stderr.lines())
        .filter(is_warning)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_kubeadms_configuration_cannot_hold_is_named() {
    let ground = Ground::new();
    let config = ground.folder.path().join("kubeadm.yaml");
    let written = |flags: &[&str]| {
        let all = [
            &ONE[..],
            &["--dry-run", "--write-config", text(&config)],
            flags,
        ]
        .concat();
        warnings(&ground.setup(&all))
    };
    assert!(!written(&[]).contains("no fields"));
    assert!(!written(&["--days", "100", "--san", "more.example.org"]).contains("no fields"));
    for flags in [
        &["--layout", "split"][..],
        &["--layout", "single-ca"],
        &["--one-authority"],
        &["--peer-authority"],
        &["--authority-keys", "apart"],
        &["--bootstrap", "token"],
        &["--days", "100", "--kubernetes-version", "1.30.0"],
    ] {
        let said = written(flags);
        assert!(
            said.contains("no fields for ") && said.contains(flags[0]),
            "{flags:?}: {said}"
        );
    }
}

#[test]
fn kubeadms_api_server_reads_the_token_file() {
    for (version, argument) in [
        ("1.30.0", "token-auth-file: \"/etc/kubernetes/token.csv\""),
        ("1.36.2", "value: \"/etc/kubernetes/token.csv\""),
    ] {
        let ground = Ground::new();
        let config = ground.folder.path().join("kubeadm.yaml");
        let flags = [
            "--nodes",
            "-",
            "--here",
            "master-1",
            "--bootstrap",
            "token-file",
            "--kubernetes-version",
            version,
        ];
        let all = [&flags[..], &["--write-config", text(&config), "--yes"]].concat();
        ground.setup_with_input(&all, TWO).ends_with(0);
        let written = fs::read_to_string(&config).expect("a configuration");
        for part in [
            argument,
            "extraVolumes:",
            "mountPath: \"/etc/kubernetes/token.csv\"",
            "pathType: File",
        ] {
            assert!(written.contains(part), "{part}:\n{written}");
        }
        let page = ground.master.kubepki(&["setup", "guide"]).stdout;
        for part in [
            "apiServer.extraVolumes",
            "FileAvailable--etc-kubernetes-pki-ca.crt,FileAvailable--etc-kubernetes-bootstrap-kubelet.conf",
        ] {
            assert!(page.contains(part), "{part}:\n{page}");
        }
        let again = Ground::new();
        let read = again.setup(&["--config", text(&config), "--dry-run"]);
        read.ends_with(0);
        assert!(
            read.stderr.contains("--token-auth-file wants a file"),
            "{read:?}"
        );
    }
}

#[test]
fn who_is_not_root_is_told_whose_the_files_are() {
    let ground = Ground::new();
    if !is_root() {
        return;
    }
    assert!(!warnings(&ground.setup(&[&ONE[..], &["--dry-run"]].concat())).contains("not root"));
    let Some(setpriv) = tool("setpriv") else {
        return;
    };
    // The folders above a test's own are often closed to others, and so is the program in its
    // target folder.
    let probe = [
        "--reuid",
        "65534",
        "--clear-groups",
        env!("CARGO_BIN_EXE_kubepki"),
    ];
    let flags = [
        "setup",
        "--key-algorithm",
        "ECDSA-P256",
        "--dry-run",
        "--root",
        text(&ground.master.root),
    ];
    let state = ground.folder.path().join("own");
    let own = ["--state-dir", text(&state), "--config-dir", text(&state)];
    let all = [&probe[..], &flags, &ONE, &own].concat();
    for path in [ground.folder.path(), &ground.master.root] {
        std::os::unix::fs::chown(path, Some(65534), None).expect("given away");
    }
    let output = run(&setpriv, &all);
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if said.contains("failed to execute") {
        return skip(&said);
    }
    assert!(
        output.status.success() && said.contains("belongs to the user 65534"),
        "{said}"
    );
}
