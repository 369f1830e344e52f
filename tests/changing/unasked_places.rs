//! Where nothing is changed, and no key is put, unasked: where somebody else can write; and whose a key becomes.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

use kubepki::pki::ExtendedKeyUsage;
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use rustix::fs::{XattrFlags, setxattr};

use crate::support::planting::{PKI, call, is_left, kubeadm, leaf, own, plant, signed_by};
use crate::support::{skip, text, tool};

#[test]
fn nothing_is_changed_unasked_where_somebody_else_writes() {
    let Some(master) = kubeadm() else { return };
    let etcd = own(&master, "etcd/ca");
    plant(&master, "etcd/server", &leaf(&etcd, ("master-1", &[]), &[ExtendedKeyUsage::ServerAuth]));
    let folder = master.path(&format!("{PKI}/etcd"));
    let set = |owner: u32, group: u32, mode: u32| {
        chown(&folder, Some(owner), Some(group)).expect("given");
        fs::set_permissions(&folder, Permissions::from_mode(mode)).expect("a mode");
    };
    for (owner, group, mode, why) in [
        (1000, 0, 0o755, "uid 1000 can write /etc/kubernetes/pki/etcd"),
        (0, 1000, 0o775, "the group 1000 can write /etc/kubernetes/pki/etcd"),
        (0, 0, 0o777, "everybody can write /etc/kubernetes/pki/etcd"),
    ] {
        set(owner, group, mode);
        is_left(&master, "etcd/server", why);
    }
    set(0, 0, 0o755);
    // acl(5): user:1000 may write, and the group's bits say only that somebody may.
    let entries: [(u16, u16, u32); 5] =
        [(1, 7, u32::MAX), (2, 7, 1000), (4, 5, u32::MAX), (0x10, 7, u32::MAX), (0x20, 5, u32::MAX)];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        list.extend([&tag.to_le_bytes()[..], &rights.to_le_bytes(), &id.to_le_bytes()].concat());
    }
    if setxattr(&folder, "system.posix_acl_access", &list, XattrFlags::empty()).is_ok() {
        is_left(&master, "etcd/server", "those of its access control list can write /etc/kubernetes/pki/etcd");
        rustix::fs::removexattr(&folder, "system.posix_acl_access").expect("removed");
    }
    // In a sticky folder of root's nobody touches what is root's.
    set(0, 0, 0o1777);
    call(&master, &["renew", "--due", "--yes"]).ends_with(0);
    assert!(signed_by(&master, "etcd/ca", "etcd/server"));
}

#[test]
fn by_name_a_key_goes_to_root_where_another_file_lay_in_its_place() {
    let Some(master) = kubeadm() else { return };
    let etcd = own(&master, "etcd/ca");
    for content in ["", "garbage\n", &*PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key").to_pem()] {
        plant(&master, "etcd/server", &leaf(&etcd, ("master-1", &[]), &[ExtendedKeyUsage::ServerAuth]));
        let key = master.path(&format!("{PKI}/etcd/server.key"));
        fs::write(&key, content).expect("written");
        chown(master.path(&format!("{PKI}/etcd")), Some(1000), Some(1000)).expect("given");
        chown(&key, Some(1000), Some(1000)).expect("given");
        fs::set_permissions(&key, Permissions::from_mode(0o666)).expect("a mode");
        is_left(&master, "etcd/server", "uid 1000 can write");
        assert_eq!(fs::read_to_string(&key).expect("it"), content, "no key was put there");
        call(&master, &["renew", "etcd-server", "--yes"]).ends_with(0);
        let facts = fs::metadata(&key).expect("it");
        assert_eq!((facts.uid(), facts.gid(), facts.mode() & 0o7777), (0, 0, 0o600), "{content:?}");
    }
}

#[test]
fn an_account_of_etcd_may_own_its_files_and_no_more() {
    let Some(master) = kubeadm() else { return };
    let (etcd, cluster) = (own(&master, "etcd/ca"), own(&master, "ca"));
    fs::write(master.path("/etc/passwd"), "root:x:0:0::/root:/bin/sh\netcd:x:1501:1501::/:/bin/false\n")
        .expect("written");
    fs::create_dir_all(master.path("/etc/systemd/system")).expect("a folder");
    fs::write(master.path("/etc/systemd/system/etcd.service"), "[Service]\nUser=etcd\nExecStart=/bin/etcd --name=a\n")
        .expect("written");
    let give = || {
        for name in ["", "/server.crt", "/server.key"] {
            chown(master.path(&format!("{PKI}/etcd{name}")), Some(1501), Some(1501)).expect("given");
        }
    };
    let key = master.path(&format!("{PKI}/etcd/server.key"));
    let lack = |why: &str| format!("uid 1501 can write /etc/kubernetes/pki/etcd, and {why}");
    for (authority, name, groups, usage, why) in [
        (&cluster, "bob", &[][..], ExtendedKeyUsage::ClientAuth, "it is not signed by the CA of its role"),
        (&etcd, "x", &["system:masters"], ExtendedKeyUsage::ClientAuth, "its subject is not that of its role"),
        (&etcd, "x", &[], ExtendedKeyUsage::CodeSigning, "its subject is not that of its role"),
    ] {
        plant(&master, "etcd/server", &leaf(authority, (name, groups), &[usage]));
        give();
        is_left(&master, "etcd/server", &lack(why));
    }
    plant(
        &master,
        "etcd/server",
        &leaf(&etcd, ("master-1", &[]), &[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth]),
    );
    fs::write(&key, &*PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key").to_pem()).expect("written");
    give();
    is_left(&master, "etcd/server", &lack("its old key is not there"));
    plant(
        &master,
        "etcd/server",
        &leaf(&etcd, ("master-1", &[]), &[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth]),
    );
    give();
    fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("a mode");
    let run = call(&master, &["renew", "--due", "--yes"]);
    run.ends_with(0);
    assert!(run.stderr.contains("uid 1501 can write /etc/kubernetes/pki/etcd"), "the folder is named: {run:?}");
    let facts = fs::metadata(&key).expect("it");
    assert_eq!(
        (facts.uid(), facts.gid(), facts.mode() & 0o7777),
        (1501, 1501, 0o640),
        "nobody but those of etcd may read it"
    );
    assert!(signed_by(&master, "etcd/ca", "etcd/server"));
}

#[test]
fn a_person_called_like_an_account_is_none() {
    let Some(master) = kubeadm() else { return };
    plant(&master, "etcd/server", &leaf(&own(&master, "etcd/ca"), ("master-1", &[]), &[ExtendedKeyUsage::ServerAuth]));
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
    let (Some(unshare), Some(bash)) = (tool("unshare"), tool("bash")) else { return };
    for is_bound in [false, true] {
        let Some(master) = kubeadm() else { return };
        let (host, run) = (master.folder.path().join("host"), master.path("/run"));
        fs::create_dir_all(&host).expect("a folder");
        fs::create_dir_all(&run).expect("a folder");
        let here = if is_bound { &host } else { &run };
        leaf(&own(&master, "ca"), ("x", &[]), &[ExtendedKeyUsage::ServerAuth]).write(here, "x", &[]);
        fs::create_dir_all(master.path("/etc/systemd/system")).expect("a folder");
        let unit =
            "[Service]\nExecStart=/bin/kube-apiserver --tls-cert-file=/run/x.crt --tls-private-key-file=/run/x.key\n";
        fs::write(master.path("/etc/systemd/system/kube-apiserver.service"), unit).expect("written");
        let before = fs::read(here.join("x.key")).expect("it");
        let bind = format!("mount --make-rprivate / && mount --bind {} {} &&", text(&host), text(&run));
        let renew = format!("{} --root {} renew --due --yes", env!("CARGO_BIN_EXE_kubepki"), text(&master.root));
        let commands = if is_bound { format!("{bind} {renew}") } else { renew };
        let output = std::process::Command::new(&unshare).arg("--mount").arg(&bash).args(["-c", &commands]).output();
        let said = output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).expect("it runs");
        if said.contains("unshare failed") {
            skip("the system gives no namespaces");
            return;
        }
        assert_eq!(fs::read(here.join("x.key")).expect("it") == before, is_bound, "{is_bound}: {said}");
    }
}
