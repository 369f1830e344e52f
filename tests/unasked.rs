//! What is never signed, placed or changed unasked: what no CA here has signed, what somebody else can write, rights that a
//! role never had; and what is renewed all the same.

#[path = "support/authority.rs"]
mod authority;
#[path = "support/pair.rs"]
mod pair;
#[path = "support/program.rs"]
mod program;
#[path = "support/renewing.rs"]
mod renewing;
mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use authority::{Made, days, root};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki::pki::issue::CertificateSpec;
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{Certificate, Name, pem};
use program::{Run, kubepki, kubepki_with_variables};
use renewing::{Master, items};
use rustix::fs::{XattrFlags, setxattr};
use support::{run, succeed, text, tool};

const PKI: &str = "/etc/kubernetes/pki";

fn kubeadm() -> Option<Master> {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        eprintln!("skipped: only root gives files away");
    }
    Master::sample("kubeadm-1.36-ecdsa").filter(|_| is_root)
}

/// The CA of a master, with its key.
fn own(master: &Master, name: &str) -> Made {
    let key = PrivateKey::from_pem(&master.content(&format!("{PKI}/{name}.key"))).expect("a key");
    Made { certificate: certificate(&read(master, name)), key }
}

fn certificate(text: &[u8]) -> Certificate {
    let block = pem::blocks(text).into_iter().flatten().next().expect("a block");
    Certificate::from_der(&block.der).expect("a certificate")
}

/// A client's or server's certificate that has ended.
fn leaf(authority: &Made, (name, groups): (&str, &[&str]), usages: &[&str]) -> Made {
    let subject = Name::with_groups(name, groups).expect("a name");
    let (begin, end) = (authority.certificate.not_before(), days(0, -1).1);
    authority.sign(&CertificateSpec::leaf(subject, Vec::new(), usages, (begin, end)), KeyAlgorithm::EcdsaP256)
}

/// Puts a certificate and its key where those of `name` are.
fn plant(master: &Master, name: &str, made: &Made) {
    for (ending, text) in [("crt", made.certificate.to_pem()), ("key", made.key.to_pem().to_string())] {
        fs::write(master.path(&format!("{PKI}/{name}.{ending}")), text).expect("written");
    }
}

fn call(master: &Master, arguments: &[&str]) -> Run {
    let root = ["--root", text(&master.root)];
    kubepki(&[&root[..], arguments].concat())
}

fn read(master: &Master, name: &str) -> Vec<u8> {
    master.content(&format!("{PKI}/{name}.crt"))
}

fn signed_by(master: &Master, authority: &str, name: &str) -> bool {
    let Some(openssl) = tool("openssl") else { return true };
    let (ca, crt) = (master.path(&format!("{PKI}/{authority}.crt")), master.path(&format!("{PKI}/{name}.crt")));
    run(&openssl, &["verify", "-CAfile", text(&ca), "-purpose", "any", text(&crt)]).status.success()
}

/// A timer leaves it, says so, and ends with 4.
fn is_left(master: &Master, name: &str, why: &str) {
    let before = read(master, name);
    for what in ["--due", "--all"] {
        let run = call(master, &["renew", what, "--yes"]);
        assert!(run.stderr.contains(why), "{what}: {why:?} in {run:?}");
        assert_eq!(run.code, 4, "{what}: {run:?}");
        assert_eq!(read(master, name), before, "{what} has signed {name}");
    }
}

#[test]
fn what_no_ca_here_has_signed_is_signed_by_name_alone() {
    let Some(master) = kubeadm() else { return };
    let forger = root("kubernetes");
    plant(&master, "apiserver-kubelet-client", &leaf(&forger, ("mallory", &["system:masters"]), &["client auth"]));
    is_left(&master, "apiserver-kubelet-client", "no CA here has signed it");
    let run = call(&master, &["renew", "apiserver-kubelet-client", "--yes"]);
    run.ends_with(4);
    for told in ["--confirm apiserver-kubelet-client", "O=system:masters", "would be signed by ca"] {
        assert!(run.stderr.contains(told), "{told:?} in {run:?}");
    }
    call(&master, &["renew", "apiserver-kubelet-client", "--yes", "--confirm", "ca"]).ends_with(4);
    assert!(!signed_by(&master, "ca", "apiserver-kubelet-client"));
    call(&master, &["renew", "apiserver-kubelet-client", "--yes", "--confirm", "apiserver-kubelet-client"])
        .ends_with(0);
    assert!(signed_by(&master, "ca", "apiserver-kubelet-client"), "whoever names it gets it");
}

#[test]
fn a_server_without_rights_needs_no_second_word() {
    let Some(master) = kubeadm() else { return };
    plant(&master, "apiserver", &leaf(&root("kubernetes"), ("kube-apiserver", &[]), &["server auth"]));
    is_left(&master, "apiserver", "no CA here has signed it");
    call(&master, &["renew", "apiserver", "--yes"]).ends_with(0);
    assert!(signed_by(&master, "ca", "apiserver"));
}

#[test]
fn the_ca_is_that_of_the_role_whatever_the_old_file_says() {
    let Some(master) = kubeadm() else { return };
    plant(&master, "etcd/server", &leaf(&root("kubernetes"), ("etcd", &[]), &["client auth"]));
    is_left(&master, "etcd/server", "no CA here has signed it");
    let run = call(&master, &["renew", "etcd-server", "--yes"]);
    run.ends_with(4);
    assert!(run.stderr.contains("would be signed by etcd-ca"), "{run:?}");
    call(&master, &["renew", "etcd-server", "--yes", "--confirm", "etcd-server"]).ends_with(0);
    assert!(signed_by(&master, "etcd/ca", "etcd/server") && !signed_by(&master, "ca", "etcd/server"));
}

#[test]
fn a_ca_that_only_lies_there_proves_nothing() {
    let Some(master) = kubeadm() else { return };
    let forger = root("kubernetes");
    fs::write(master.path(&format!("{PKI}/former-ca.crt")), forger.certificate.to_pem()).expect("written");
    plant(&master, "front-proxy-client", &leaf(&forger, ("front-proxy-client", &[]), &["client auth"]));
    is_left(&master, "front-proxy-client", "no CA here has signed it");
}

#[test]
fn what_cannot_be_checked_is_not_signed() {
    let Some(openssl) = tool("openssl") else { return };
    let Some(master) = Master::sample("kubeadm-1.36-rsa") else { return };
    let at = |name: &str| text(&master.folder.path().join(name)).to_owned();
    let made = |arguments: &[&str]| drop(succeed(&openssl, arguments));
    let (ca, ca_key, request) = (at("forged.crt"), at("forged.key"), at("request"));
    made(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=kubernetes",
        "-keyout",
        &ca_key,
        "-out",
        &ca,
    ]);
    let key = at("leaf.key");
    made(&[
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/O=system:masters/CN=x",
        "-keyout",
        &key,
        "-out",
        &request,
    ]);
    let crt = at("leaf.crt");
    // MD5 is a signature that nobody checks any more.
    made(&["x509", "-req", "-md5", "-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-days", "1", "-out", &crt]);
    let name = "apiserver-kubelet-client";
    for (ending, from) in [("crt", &crt), ("key", &key)] {
        fs::copy(from, master.path(&format!("{PKI}/{name}.{ending}"))).expect("a copy");
    }
    let before = read(&master, name);
    for what in ["--due", "--all"] {
        call(&master, &["renew", what, "--yes"]);
        assert_eq!(read(&master, name), before, "{what} has signed it");
    }
    let run = call(&master, &["renew", name, "--yes"]);
    run.ends_with(4);
    assert!(run.stderr.contains("no CA here has signed it"), "{run:?}");
}

#[test]
fn nothing_is_changed_unasked_where_somebody_else_writes() {
    let Some(master) = kubeadm() else { return };
    let etcd = own(&master, "etcd/ca");
    plant(&master, "etcd/server", &leaf(&etcd, ("master-1", &[]), &["server auth"]));
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
        plant(&master, "etcd/server", &leaf(&etcd, ("master-1", &[]), &["server auth"]));
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
        (&cluster, "bob", &[][..], "client auth", "it is not signed by the CA of its role"),
        (&etcd, "x", &["system:masters"], "client auth", "its subject is not that of its role"),
        (&etcd, "x", &[], "code signing", "its subject is not that of its role"),
    ] {
        plant(&master, "etcd/server", &leaf(authority, (name, groups), &[usage]));
        give();
        is_left(&master, "etcd/server", &lack(why));
    }
    plant(&master, "etcd/server", &leaf(&etcd, ("master-1", &[]), &["server auth", "client auth"]));
    fs::write(&key, &*PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key").to_pem()).expect("written");
    give();
    is_left(&master, "etcd/server", &lack("its old key is not there"));
    plant(&master, "etcd/server", &leaf(&etcd, ("master-1", &[]), &["server auth", "client auth"]));
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
    plant(&master, "etcd/server", &leaf(&own(&master, "etcd/ca"), ("master-1", &[]), &["server auth"]));
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
fn a_right_that_its_role_never_had_is_asked_for() {
    let Some(master) = kubeadm() else { return };
    let cluster = own(&master, "ca");
    plant(&master, "apiserver-kubelet-client", &leaf(&cluster, ("x", &["system:nodes"]), &["client auth"]));
    is_left(&master, "apiserver-kubelet-client", "it gives the right of system:nodes, which its role never had");
    call(&master, &["renew", "apiserver-kubelet-client", "--yes"]).ends_with(4);
    // What old releases had is renewed as it is (kubeadm before 1.29).
    let old = leaf(&cluster, ("kube-apiserver-kubelet-client", &["system:masters"]), &["client auth"]);
    plant(&master, "apiserver-kubelet-client", &old);
    call(&master, &["renew", "--due", "--yes"]).ends_with(0);
    let new = certificate(&read(&master, "apiserver-kubelet-client"));
    assert_eq!(new.details().subject.organizations(), ["system:masters"]);
}

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
    fs::write(passwd, format!("{known}{user}:x:{number}:{number}::/home/{user}:/bin/sh\n")).expect("written");
    path
}

fn field<'a>(kubeconfig: &'a str, name: &str) -> &'a str {
    let lines = kubeconfig.lines().filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "));
    lines.last().unwrap_or_default()
}

#[test]
fn only_who_has_the_key_gets_the_new_one() {
    let Some(master) = kubeadm() else { return };
    let text_of = |path: &Path| fs::read_to_string(path).expect("text");
    let (admin, supreme) = (master.path("/etc/kubernetes/admin.conf"), master.path("/etc/kubernetes/super-admin.conf"));
    let old = text_of(&supreme);
    let another = STANDARD.encode(PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key").to_pem().as_bytes());
    let foreign = old.replace(field(&old, "client-key-data"), &another);
    let keyless: String =
        old.lines().filter(|line| !line.contains("client-key-data")).map(|line| format!("{line}\n")).collect();
    let alice = home(&master, "alice", 1001, &foreign, 0o600);
    let bob = home(&master, "bob", 1002, &keyless, 0o600);
    let dave = home(&master, "dave", 1003, &text_of(&admin), 0o644);
    for user in ["dave", "alice", "bob"] {
        let root = ["--root", text(&master.root), "renew", "--all", "--yes"];
        let run = kubepki_with_variables(&root, &[("SUDO_USER", user)]);
        assert!(run.code == 0 || user != "dave", "{run:?}");
        if user == "dave" {
            assert_eq!(field(&text_of(&dave), "client-key-data"), field(&text_of(&admin), "client-key-data"));
            assert!(run.stderr.contains("uid 1003 can write /home/dave"), "the review names it: {run:?}");
        }
    }
    assert_eq!((text_of(&alice), text_of(&bob)), (foreign, keyless), "a public certificate makes no copy");
    let facts = fs::metadata(&dave).expect("it");
    assert_eq!((facts.uid(), facts.mode() & 0o7777), (1003, 0o600), "his own, and nobody else's");
}

#[test]
fn a_forged_kubeconfig_of_the_sudo_user_stays_forged() {
    let Some(master) = kubeadm() else { return };
    let forged = leaf(&root("kubernetes"), ("alice", &["system:masters"]), &["client auth"]);
    let admin = fs::read_to_string(master.path("/etc/kubernetes/admin.conf")).expect("text");
    let with = |text: String, name: &str, pem: &str| text.replace(field(&text, name), &STANDARD.encode(pem));
    let config = with(admin, "client-certificate-data", &forged.certificate.to_pem());
    let config = with(config, "client-key-data", &forged.key.to_pem());
    let path = home(&master, "alice", 1001, &config, 0o600);
    let run =
        kubepki_with_variables(&["--root", text(&master.root), "renew", "--due", "--yes"], &[("SUDO_USER", "alice")]);
    assert_eq!(run.code, 4, "{run:?}");
    assert_eq!(fs::read_to_string(path).expect("text"), config);
}

#[test]
fn flags_in_a_file_that_others_write_are_claims() {
    let Some(mut master) = kubeadm() else { return };
    let forged = leaf(&root("kubernetes"), ("mallory", &["system:masters"]), &["client auth"]);
    let genuine = leaf(&own(&master, "ca"), ("mallory", &["system:masters"]), &["client auth"]);
    let home = master.path("/home/mallory");
    fs::create_dir_all(&home).expect("a folder");
    for (name, made) in [("forged", &forged), ("genuine", &genuine)] {
        made.write(&home, name, &[]);
    }
    let flags =
        "ARGS=--kubelet-client-certificate=/home/mallory/genuine.crt --kubelet-client-key=/home/mallory/genuine.key\n";
    fs::write(home.join("env"), flags).expect("written");
    for name in ["", "/env", "/forged.crt", "/forged.key", "/genuine.crt", "/genuine.key"] {
        chown(master.path(&format!("/home/mallory{name}")), Some(1000), Some(1000)).expect("given");
    }
    fs::create_dir_all(master.path("/etc/systemd/system")).expect("a folder");
    let unit = "[Service]\nEnvironmentFile=/home/mallory/env\nExecStart=/bin/kube-apiserver --secure-port=6443 $ARGS\n";
    fs::write(master.path("/etc/systemd/system/kube-apiserver.service"), unit).expect("written");
    let before = fs::read(home.join("genuine.crt")).expect("it");
    call(&master, &["renew", "--due", "--yes"]).ends_with(0);
    assert_eq!(fs::read(home.join("genuine.crt")).expect("it"), before);
    master.read();
    let claimed: Vec<_> = master.inventory.claims.iter().map(|fact| &*fact.flag).collect();
    assert_eq!(claimed, ["kubelet-client-certificate", "kubelet-client-key"]);
    assert!(master.inventory.flags.iter().any(|fact| fact.flag == "secure-port"), "root's own line counts");
    let show = call(&master, &["show", "/home/mallory/genuine.crt"]);
    assert!(show.stdout.contains("nothing of root's confirms it"), "{show:?}");
    // By its name, seen and confirmed, it is the administrator's will.
    let id = "/home/mallory/genuine.crt";
    assert!(master.try_plan(items(&[id])).is_err(), "nothing uses it");
}
