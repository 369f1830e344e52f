//! A distribution is one YAML file: one that nobody ships is put among the layouts, and without a line of Rust the program
//! lists, explains and renews its master, and knows its ports and how it is restarted.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki::kubernetes::layout::{Layout, detect, layout, layouts, mount, parse};
use kubepki::pki::issue::CertificateSpec;
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{ExtendedKeyUsage, Name};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::authority::{Made, days, root};
use crate::support::copied_crate::CopiedCrate;
use crate::support::{succeed, text, tool};

const ACME: &str = include_str!("../fixtures/layouts/acme.yaml");

/// A leaf: file, CA, role, common name, groups, usages.
type Leaf =
    (&'static str, &'static str, &'static str, &'static str, &'static [&'static str], &'static [ExtendedKeyUsage]);

const CLIENT: &[ExtendedKeyUsage] = &[ExtendedKeyUsage::ClientAuth];
const BOTH: &[ExtendedKeyUsage] = &[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
const LEAVES: [Leaf; 6] = [
    ("api", "cluster", "apiserver", "kube-apiserver", &[], &[ExtendedKeyUsage::ServerAuth]),
    ("api-to-kubelet", "cluster", "apiserver-kubelet-client", "kube-apiserver-kubelet-client", &[], CLIENT),
    ("api-to-store", "store", "apiserver-etcd-client", "kube-apiserver-etcd-client", &[], CLIENT),
    ("store-server", "store", "etcd-server", "acme-1", &[], BOTH),
    ("store-peer", "store", "etcd-peer", "acme-1", &[], BOTH),
    ("proxy-client", "proxy", "front-proxy-client", "front-proxy-client", &[], CLIENT),
];
/// Whose kubeconfigs there are: file, common name, groups.
const USERS: [(&str, &str, &[&str]); 2] =
    [("admin", "kubernetes-admin", &["system:masters"]), ("controllers", "system:kube-controller-manager", &[])];
const AUTHORITIES: [(&str, &str); 3] = [("cluster", "ca"), ("store", "etcd-ca"), ("proxy", "front-proxy-ca")];

/// A master of it, whose leaves end in ten days.
struct Acme<'a> {
    folder: TempDir,
    program: &'a Path,
}

impl<'a> Acme<'a> {
    fn new(program: &'a Path) -> Self {
        let acme = Self { folder: TempDir::new().expect("a folder"), program };
        let tls = acme.file("opt/acme/tls");
        fs::create_dir_all(&tls).expect("made");
        for (file, role) in AUTHORITIES {
            let authority = root(&format!("acme-{role}"));
            authority.write(&tls, file, &[]);
            for (leaf, _, _, name, groups, usages) in LEAVES.into_iter().filter(|leaf| leaf.1 == file) {
                signed(&authority, name, groups, usages).write(&tls, leaf, &[]);
            }
            if role == "ca" {
                for (file, name, groups) in USERS {
                    let user = signed(&authority, name, groups, CLIENT);
                    acme.write(&format!("opt/acme/conf/{file}"), &kubeconfig(&authority, &user));
                }
            }
        }
        let tokens = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
        acme.write("opt/acme/tls/tokens.key", &tokens.to_pem());
        acme.write("opt/acme/tls/tokens.pub", &tokens.public_pem());
        acme.write("etc/systemd/system/acme.service", "[Service]\nExecStart=/opt/acme/bin/acmed serve --quiet\n");
        acme
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join("root").join(path)
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.file(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }

    /// Runs the program: standard output, which must come with this exit code.
    fn run(&self, arguments: &[&str], code: i32) -> String {
        let (root, state) = (self.file(""), self.folder.path().join("state"));
        let places = ["--root", text(&root), "--state-dir", text(&state)];
        let mut command = Command::new(self.program);
        command.args(places).args(arguments).env_clear().env("HOME", "/nonexistent");
        let output = command.output().expect("it starts");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}{err}");
        out.into_owned()
    }

    fn json(&self, arguments: &[&str], code: i32) -> Value {
        serde_json::from_str(&self.run(&[arguments, &["-o", "json"]].concat(), code)).expect("JSON")
    }
}

fn signed(authority: &Made, name: &str, groups: &[&str], usages: &[ExtendedKeyUsage]) -> Made {
    let names = ["acme-1", "localhost", "127.0.0.1"].iter().map(|name| name.parse().expect("a name"));
    let names = if usages == CLIENT { Vec::new() } else { names.collect() };
    let subject = Name::with_groups(name, groups).expect("a name");
    authority.sign(&CertificateSpec::leaf(subject, names, usages, days(-80, 10)), KeyAlgorithm::EcdsaP256)
}

fn kubeconfig(authority: &Made, user: &Made) -> String {
    let [ca, certificate] = [&authority.certificate, &user.certificate].map(|one| STANDARD.encode(one.to_pem()));
    let key = STANDARD.encode(user.key.to_pem().as_bytes());
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: acme\n\
         clusters: [{{name: acme, cluster: {{server: 'https://127.0.0.1:7443', certificate-authority-data: {ca}}}}}]\n\
         users: [{{name: admin, user: {{client-certificate-data: {certificate}, client-key-data: {key}}}}}]\n\
         contexts: [{{name: acme, context: {{cluster: acme, user: admin}}}}]\n"
    )
}

fn items(list: &Value) -> &[Value] {
    list["items"].as_array().expect("items")
}

fn item<'a>(list: &'a Value, role: &str) -> &'a Value {
    let found = items(list).iter().find(|item| item["roles"] == Value::from(vec![role]));
    found.unwrap_or_else(|| panic!("no {role} in {list}"))
}

/// Every command by which a plan's restarts are carried out.
fn commands(plan: &Value) -> BTreeSet<&str> {
    let restarts = plan["restarts"].as_array().expect("restarts");
    restarts.iter().flat_map(|restart| restart["how"].as_array().expect("commands")).filter_map(Value::as_str).collect()
}

#[test]
fn its_yaml_is_a_layout_that_its_files_are_known_by() {
    assert_eq!(layout("acme"), None, "nobody ships it");
    let all: Vec<Layout> = layouts().iter().cloned().chain([parse(ACME).expect("a layout")]).collect();
    let files = |prefix: &str| -> Vec<String> {
        let leaves = LEAVES.iter().map(|leaf| leaf.0).chain(AUTHORITIES.iter().map(|one| one.0));
        leaves.flat_map(|name| ["crt", "key"].map(|ending| format!("{prefix}/{name}.{ending}"))).collect()
    };
    assert_eq!(detect(&all, &files("/opt/acme/tls")).name, "acme");
    for (prefix, at) in [("/opt/acme/tls", "/"), ("/tls", "/opt/acme"), ("", "/opt/acme/tls")] {
        let mounted = mount(&all, &files(prefix));
        assert_eq!((mounted.layout.name.as_str(), mounted.at), ("acme", at));
    }
}

#[test]
fn one_yaml_file_makes_it_known() {
    let Some(openssl) = tool("openssl") else { return };
    let copied = CopiedCrate::build(&[("assets/layouts/acme.yaml", ACME)]);
    let usual = Acme::new(Path::new(env!("CARGO_BIN_EXE_kubepki")));
    usual.run(&["--layout", "acme", "list"], 64);
    let acme = Acme::new(&copied.program);
    is_listed_and_explained(&acme);
    its_ports_and_restarts_are_known(&acme);
    its_units_are_read_for_flags(&acme);
    is_renewed(&acme, &openssl);
}

fn is_listed_and_explained(acme: &Acme<'_>) {
    let list = acme.json(&["list"], 0);
    assert_eq!(list["layout"], "acme");
    for (_, role) in AUTHORITIES {
        assert_eq!(item(&list, role)["status"], "ok", "{role}");
    }
    for (_, authority, role, ..) in LEAVES {
        let signer = AUTHORITIES.iter().find(|(file, _)| *file == authority).map(|(_, role)| *role);
        let found = item(&list, role);
        assert_eq!((found["status"].as_str(), found["authority"].as_str()), (Some("expiring"), signer), "{role}");
        assert_eq!((&found["inUse"], &found["keyMatches"]), (&true.into(), &true.into()), "{role}");
    }
    assert_eq!(item(&list, "admin.conf")["status"], "expiring");
    let shown = acme.run(&["show", "apiserver"], 0);
    for words in [
        "Role              apiserver: serves the Kubernetes API",
        "Path              /opt/acme/tls/api.crt",
        "When it is dead   the API server goes dark for every client",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

fn its_ports_and_restarts_are_known(acme: &Acme<'_>) {
    let probe = acme.json(&["probe"], 3);
    let ports: Vec<(&str, Option<u64>)> =
        items(&probe).iter().filter_map(|one| Some((one["name"].as_str()?, one["port"].as_u64()))).collect();
    assert!(ports.contains(&("kube-apiserver", Some(7443))), "{ports:?}");
    assert!(ports.contains(&("etcd", Some(2379))), "{ports:?}");
    let plan = acme.json(&["restart", "etcd", "kube-apiserver", "--dry-run"], 0);
    assert_eq!(commands(&plan), BTreeSet::from(["systemctl restart acme"]), "{plan}");
}

/// Its keeper's unit is not called as its program, and another one is called as that and as none of Kubernetes'.
fn its_units_are_read_for_flags(acme: &Acme<'_>) {
    let port = |name: &str| {
        let probe = acme.json(&["probe"], 3);
        items(&probe).iter().find(|one| one["name"] == name).and_then(|one| one["port"].as_u64())
    };
    let unit = |path: &str, command: &str| {
        acme.write(&format!("etc/systemd/system/{path}"), &format!("[Service]\nExecStart=\nExecStart={command}\n"));
    };
    let serving = "--tls-cert-file=/opt/acme/tls/api.crt";
    unit("acme.service.d/api.conf", &format!("/opt/acme/bin/kube-apiserver --secure-port=7444 {serving}"));
    unit("acmed-store.service", "/opt/acme/bin/etcd --listen-client-urls=https://127.0.0.1:2999");
    unit("acme-backup.service", "/opt/acme/bin/etcd --listen-client-urls=https://127.0.0.1:2888");
    assert_eq!((port("kube-apiserver"), port("etcd")), (Some(7444), Some(2999)));
    let shown = acme.run(&["show", "apiserver"], 0);
    assert!(shown.contains("/etc/systemd/system/acme.service.d/api.conf:3"), "{shown}");
    // What others can write says nothing that is gone by.
    let drop_in = acme.file("etc/systemd/system/acme.service.d/api.conf");
    fs::set_permissions(&drop_in, Permissions::from_mode(0o666)).expect("given");
    assert_eq!(port("kube-apiserver"), Some(7443));
    for path in ["acme.service.d", "acmed-store.service", "acme-backup.service"] {
        let path = acme.file(&format!("etc/systemd/system/{path}"));
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("removed");
    }
}

fn is_renewed(acme: &Acme<'_>, openssl: &Path) {
    let plan = acme.json(&["renew", "--all", "--dry-run"], 0);
    let told = plan["warnings"].to_string();
    assert!(!told.contains("itself") && !told.contains("puts those back"), "{told}");
    let restarts = plan["restarts"].as_array().expect("restarts");
    let components: Vec<&str> = restarts.iter().filter_map(|restart| restart["component"].as_str()).collect();
    for component in ["etcd", "kube-apiserver", "kube-controller-manager"] {
        assert!(components.contains(&component), "{component}: {components:?}");
    }
    assert_eq!(commands(&plan), BTreeSet::from(["systemctl restart acme"]), "the one that reads its file at its start");
    let before = acme.json(&["list"], 0);
    acme.run(&["renew", "--all", "--yes"], 0);
    let list = acme.json(&["list"], 0);
    for (leaf, authority, role, _, _, usages) in LEAVES {
        let (old, new) = (item(&before, role), item(&list, role));
        assert_eq!((&new["status"], new["path"].as_str()), (&"ok".into(), old["path"].as_str()), "{role}");
        assert_ne!(new["serialNumber"], old["serialNumber"], "{role}");
        let left = new["daysLeft"].as_u64();
        assert!(matches!(left, Some(89 | 90)), "as long as the layout says: {new}");
        let [ca, leaf] = [authority, leaf].map(|name| acme.file(&format!("opt/acme/tls/{name}.crt")));
        let purpose = if usages == CLIENT { "sslclient" } else { "sslserver" };
        let files = ["-CAfile", text(&ca), text(&leaf)];
        succeed(openssl, &[&["verify", "-x509_strict", "-purpose", purpose], &files[..]].concat());
    }
    for role in ["admin.conf", "controller-manager.conf"] {
        assert_eq!(item(&list, role)["status"], "ok", "{role}");
    }
    // On a disk nothing runs that could be seen to hold old files.
    let waiting = acme.json(&["restart", "--changed", "--dry-run"], 3);
    assert!(commands(&waiting).iter().all(|command| *command == "systemctl restart acme"), "{waiting}");
}
