//! Kubeconfigs in somebody's home: whose key they get, and whose they never get.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki::pki::ExtendedKeyUsage;
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};

use crate::support::authority::root;
use crate::support::planting::{kubeadm, leaf};
use crate::support::program::kubepki_with_variables;
use crate::support::renewing::Master;
use crate::support::text;

/// A kubeconfig in somebody's home, whose passwd line is there too.
fn home(master: &Master, user: &str, number: u32, content: &str, mode: u32) -> std::path::PathBuf {
    let folder = master.path(&format!("/home/{user}/.kube"));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("config");
    fs::write(&path, content).expect("written");
    fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
    for path in [folder.parent().expect("a home"), &folder, &path] {
        chown(path, Some(number), Some(number)).expect("given");
    }
    let passwd = master.path("/etc/passwd");
    let known = fs::read_to_string(&passwd).unwrap_or_default();
    fs::write(
        passwd,
        format!("{known}{user}:x:{number}:{number}::/home/{user}:/bin/sh\n"),
    )
    .expect("written");
    path
}

fn field<'a>(kubeconfig: &'a str, name: &str) -> &'a str {
    let mut lines = kubeconfig
        .lines()
        .filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "));
    lines.next_back().unwrap_or_default()
}

#[test]
fn only_who_has_the_key_gets_the_new_one() {
    let Some(master) = kubeadm() else { return };
    let text_of = |path: &Path| fs::read_to_string(path).expect("text");
    let (admin, supreme) = (
        master.path("/etc/kubernetes/admin.conf"),
        master.path("/etc/kubernetes/super-admin.conf"),
    );
    let old = text_of(&supreme);
    let another = STANDARD.encode(
        PrivateKey::generate(KeyAlgorithm::EcdsaP256)
            .expect("a key")
            .to_pem()
            .as_bytes(),
    );
    let foreign = old.replace(field(&old, "client-key-data"), &another);
    let keyless: String = old
        .split_inclusive('\n')
        .filter(|line| !line.contains("client-key-data"))
        .collect();
    let alice = home(&master, "alice", 1001, &foreign, 0o600);
    let bob = home(&master, "bob", 1002, &keyless, 0o600);
    let dave = home(&master, "dave", 1003, &text_of(&admin), 0o644);
    for user in ["dave", "alice", "bob"] {
        let root = ["--root", text(&master.root), "renew", "--all", "--yes"];
        let run = kubepki_with_variables(&root, &[("SUDO_USER", user)]);
        assert!(run.code == 0 || user != "dave", "{run:?}");
        if user == "dave" {
            assert_eq!(
                field(&text_of(&dave), "client-key-data"),
                field(&text_of(&admin), "client-key-data")
            );
            assert!(
                run.stderr.contains("uid 1003 can write /home/dave"),
                "the review names it: {run:?}"
            );
        }
    }
    assert_eq!(
        (text_of(&alice), text_of(&bob)),
        (foreign, keyless),
        "a public certificate makes no copy"
    );
    let facts = fs::metadata(&dave).expect("it");
    assert_eq!(
        (facts.uid(), facts.mode() & 0o7777),
        (1003, 0o600),
        "his own, and nobody else's"
    );
}

#[test]
fn a_forged_kubeconfig_of_the_sudo_user_stays_forged() {
    let Some(master) = kubeadm() else { return };
    let forged = leaf(
        &root("kubernetes"),
        ("alice", &["system:masters"]),
        &[ExtendedKeyUsage::ClientAuth],
    );
    let admin = fs::read_to_string(master.path("/etc/kubernetes/admin.conf")).expect("text");
    let with = |text: String, name: &str, pem: &str| {
        text.replace(field(&text, name), &STANDARD.encode(pem))
    };
    let config = with(
        admin,
        "client-certificate-data",
        &forged.certificate.to_pem(),
    );
    let config = with(config, "client-key-data", &forged.key.to_pem());
    let path = home(&master, "alice", 1001, &config, 0o600);
    let run = kubepki_with_variables(
        &["--root", text(&master.root), "renew", "--due", "--yes"],
        &[("SUDO_USER", "alice")],
    );
    assert_eq!(run.code, 4, "{run:?}");
    assert_eq!(fs::read_to_string(path).expect("text"), config);
}
