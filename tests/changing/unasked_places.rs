//! Where nothing is changed, and no key is put, unasked: where somebody else can write; and whose a
//! key becomes.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::PathBuf;

use kubepki::pki::ExtendedKeyUsage;
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use rustix::fs::{XattrFlags, setxattr};

use crate::support::authority::Made;
use crate::support::planting::{PKI, call, is_left, kubeadm, leaf, own, plant, signed_by};
use crate::support::renewing::Master;
use crate::support::{acl, skip, text, tool};

/// Gives the folder of etcd's certificates away.
fn give_etcd(master: &Master, owner: u32, group: u32, mode: u32) -> PathBuf {
    let folder = master.path(&format!("{PKI}/etcd"));
    chown(&folder, Some(owner), Some(group)).expect("given");
    fs::set_permissions(&folder, Permissions::from_mode(mode)).expect("a mode");
    folder
}

/// A master whose etcd's certificate its own CA has signed, and that has ended.
fn with_an_old_server() -> Option<Master> {
    let master = kubeadm()?;
    plant(
        &master,
        "etcd/server",
        &leaf(
            &own(&master, "etcd/ca"),
            ("master-1", &[]),
            &[ExtendedKeyUsage::ServerAuth],
        ),
    );
    Some(master)
}

#[test]
fn nothing_is_changed_unasked_where_somebody_else_writes() {
    let Some(master) = with_an_old_server() else {
        return;
    };
    for (owner, group, mode, why) in [
        (
            1000,
            0,
            0o755,
            "uid 1000 can write /etc/kubernetes/pki/etcd",
        ),
        (
            0,
            1000,
            0o775,
            "the group 1000 can write /etc/kubernetes/pki/etcd",
        ),
        (0, 0, 0o777, "everybody can write /etc/kubernetes/pki/etcd"),
    ] {
        give_etcd(&master, owner, group, mode);
        is_left(&master, "etcd/server", why);
    }
    // In a sticky folder of root's nobody touches what is root's.
    give_etcd(&master, 0, 0, 0o1777);
    call(&master, &["renew", "--due", "--yes"]).ends_with(0);
    assert!(signed_by(&master, "etcd/ca", "etcd/server"));
}

#[test]
fn nothing_is_changed_unasked_where_an_access_control_list_lets_somebody_write() {
    let Some(master) = with_an_old_server() else {
        return;
    };
    let folder = give_etcd(&master, 0, 0, 0o755);
    // The group's bits say only that somebody may.
    let list = acl::list(&[
        (acl::Who::Owner, 7),
        (acl::Who::User(1000), 7),
        (acl::Who::Group, 5),
        (acl::Who::Mask, 7),
        (acl::Who::Others, 5),
    ]);
    if let Err(errno) = setxattr(&folder, acl::ACL, &list, XattrFlags::empty()) {
        return skip(&format!("no ACL here ({errno})"));
    }
    is_left(
        &master,
        "etcd/server",
        "those of its access control list can write /etc/kubernetes/pki/etcd",
    );
}

#[test]
fn by_name_a_key_goes_to_root_where_another_file_lay_in_its_place() {
    let Some(master) = kubeadm() else { return };
    let etcd = own(&master, "etcd/ca");
    for content in [
        "",
        "garbage\n",
        &*PrivateKey::generate(KeyAlgorithm::EcdsaP256)
            .expect("a key")
            .to_pem(),
    ] {
        plant(
            &master,
            "etcd/server",
            &leaf(&etcd, ("master-1", &[]), &[ExtendedKeyUsage::ServerAuth]),
        );
        let key = master.path(&format!("{PKI}/etcd/server.key"));
        fs::write(&key, content).expect("written");
        give_etcd(&master, 1000, 1000, 0o755);
        chown(&key, Some(1000), Some(1000)).expect("given");
        fs::set_permissions(&key, Permissions::from_mode(0o666)).expect("a mode");
        is_left(&master, "etcd/server", "uid 1000 can write");
        assert_eq!(
            fs::read_to_string(&key).expect("it"),
            content,
            "no key was put there"
        );
        call(&master, &["renew", "etcd-server", "--yes"]).ends_with(0);
        let facts = fs::metadata(&key).expect("it");
        assert_eq!(
            (facts.uid(), facts.gid(), facts.mode() & 0o7777),
            (0, 0, 0o600),
            "{content:?}"
        );
    }
}

/// A master whose etcd has an account of its own.
fn with_an_account() -> Option<Master> {
    let master = kubeadm()?;
    let passwd = "root:x:0:0::/root:/bin/sh\netcd:x:1501:1501::/:/bin/false\n";
    fs::write(master.path("/etc/passwd"), passwd).expect("written");
    fs::create_dir_all(master.path("/etc/systemd/system")).expect("a folder");
    let unit = "[Service]\nUser=etcd\nExecStart=/bin/etcd --name=a\n";
    fs::write(master.path("/etc/systemd/system/etcd.service"), unit).expect("written");
    Some(master)
}

/// etcd's own, which has ended.
fn old_server(master: &Master) -> Made {
    let usages = [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
    leaf(&own(master, "etcd/ca"), ("master-1", &[]), &usages)
}

/// Gives etcd's files to its account.
fn give_to_the_account(master: &Master) {
    for name in ["", "/server.crt", "/server.key"] {
        chown(
            master.path(&format!("{PKI}/etcd{name}")),
            Some(1501),
            Some(1501),
        )
        .expect("given");
    }
}

/// For all that the account owns its files, this certificate is left.
fn is_left_to_the_account(master: &Master, lack: &str) {
    give_to_the_account(master);
    let why = format!("uid 1501 can write /etc/kubernetes/pki/etcd, and {lack}");
    is_left(master, "etcd/server", &why);
}

#[test]
fn an_account_of_etcd_may_own_its_files_and_no_more() {
    let Some(master) = with_an_account() else {
        return;
    };
    let (etcd, cluster) = (own(&master, "etcd/ca"), own(&master, "ca"));
    for (authority, name, groups, usage, why) in [
        (
            &cluster,
            "bob",
            &[][..],
            ExtendedKeyUsage::ClientAuth,
            "it is not signed by the CA of its role",
        ),
        (
            &etcd,
            "x",
            &["system:masters"],
            ExtendedKeyUsage::ClientAuth,
            "its subject is not that of its role",
        ),
        (
            &etcd,
            "x",
            &[],
            ExtendedKeyUsage::CodeSigning,
            "its subject is not that of its role",
        ),
    ] {
        plant(
            &master,
            "etcd/server",
            &leaf(authority, (name, groups), &[usage]),
        );
        is_left_to_the_account(&master, why);
    }
    plant(&master, "etcd/server", &old_server(&master));
    let another = PrivateKey::generate(KeyAlgorithm::EcdsaP256)
        .expect("a key")
        .to_pem();
    fs::write(master.path(&format!("{PKI}/etcd/server.key")), &*another).expect("written");
    is_left_to_the_account(&master, "its old key is not there");
}

#[test]
fn what_an_account_of_etcd_owns_is_renewed_and_stays_its_own() {
    let Some(master) = with_an_account() else {
        return;
    };
    plant(&master, "etcd/server", &old_server(&master));
    give_to_the_account(&master);
    let key = master.path(&format!("{PKI}/etcd/server.key"));
    fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("a mode");
    let run = call(&master, &["renew", "--due", "--yes"]);
    run.ends_with(0);
    assert!(
        run.stderr
            .contains("uid 1501 can write /etc/kubernetes/pki/etcd"),
        "the folder is named: {run:?}"
    );
    let facts = fs::metadata(&key).expect("it");
    let found = (facts.uid(), facts.gid(), facts.mode() & 0o7777);
    assert_eq!(
        found,
        (1501, 1501, 0o640),
        "nobody but those of etcd may read it"
    );
    assert!(signed_by(&master, "etcd/ca", "etcd/server"));
}

#[test]
fn a_person_called_like_an_account_is_none() {
    let Some(master) = with_an_old_server() else {
        return;
    };
    chown(master.path(&format!("{PKI}/etcd")), Some(1000), None).expect("given");
    let passwd = master.path("/etc/passwd");
    fs::write(&passwd, "kube:x:1000:1000::/home/kube:/bin/sh\n").expect("written");
    is_left(&master, "etcd/server", "uid 1000 can write");
    // Kubespray's is a system account.
    chown(master.path(&format!("{PKI}/etcd")), Some(995), None).expect("given");
    fs::write(&passwd, "kube:x:995:995::/home/kube:/bin/sh\n").expect("written");
    call(&master, &["renew", "--due", "--yes"]).ends_with(0);
}

#[test]
fn what_is_bound_below_a_root_is_not_the_disks() {
    let (Some(unshare), Some(bash)) = (tool("unshare"), tool("bash")) else {
        return;
    };
    for is_bound in [false, true] {
        let Some(master) = kubeadm() else { return };
        let (host, run) = (master.folder.path().join("host"), master.path("/run"));
        fs::create_dir_all(&host).expect("a folder");
        fs::create_dir_all(&run).expect("a folder");
        let here = if is_bound { &host } else { &run };
        leaf(
            &own(&master, "ca"),
            ("x", &[]),
            &[ExtendedKeyUsage::ServerAuth],
        )
        .write(here, "x", &[]);
        fs::create_dir_all(master.path("/etc/systemd/system")).expect("a folder");
        let unit = "[Service]\nExecStart=/bin/kube-apiserver --tls-cert-file=/run/x.crt --tls-private-key-file=/run/x.key\n";
        fs::write(
            master.path("/etc/systemd/system/kube-apiserver.service"),
            unit,
        )
        .expect("written");
        let before = fs::read(here.join("x.key")).expect("it");
        let bind = format!(
            "mount --make-rprivate / && mount --bind {} {} &&",
            text(&host),
            text(&run)
        );
        let renew = format!(
            "{} --root {} renew --due --yes",
            env!("CARGO_BIN_EXE_kubepki"),
            text(&master.root)
        );
        let commands = if is_bound {
            format!("{bind} {renew}")
        } else {
            renew
        };
        let output = std::process::Command::new(&unshare)
            .arg("--mount")
            .arg(&bash)
            .args(["-c", &commands])
            .output();
        let said = output
            .map(|output| String::from_utf8_lossy(&output.stderr).into_owned())
            .expect("it runs");
        if said.contains("unshare failed") {
            skip("the system gives no namespaces");
            return;
        }
        assert_eq!(
            fs::read(here.join("x.key")).expect("it") == before,
            is_bound,
            "{is_bound}: {said}"
        );
    }
}
