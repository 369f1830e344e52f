//! A distribution is one YAML file: one that nobody ships is put among the layouts, and without a
//! line of Rust the program lists, explains and renews its master, and knows its ports and how it
//! is restarted.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use kubepki::kubernetes::layout::{Layout, detect, layout, layouts, mount, parse};
use serde_json::Value;

use crate::acme::{AUTHORITIES, Acme, CLIENT, LEAVES, Leaf};
use crate::support::copied_crate::CopiedCrate;
use crate::support::{succeed, text, tool};

const ACME: &str = include_str!("../fixtures/layouts/acme.yaml");

fn items(list: &Value) -> &[Value] {
    list["items"].as_array().expect("items")
}

fn item<'a>(list: &'a Value, role: &str) -> &'a Value {
    let found = items(list)
        .iter()
        .find(|item| item["roles"] == Value::from(vec![role]));
    found.unwrap_or_else(|| panic!("no {role} in {list}"))
}

/// Every command by which a plan's restarts are carried out.
fn commands(plan: &Value) -> BTreeSet<&str> {
    let restarts = plan["restarts"].as_array().expect("restarts");
    restarts
        .iter()
        .flat_map(|restart| restart["how"].as_array().expect("commands"))
        .filter_map(Value::as_str)
        .collect()
}

#[test]
fn its_yaml_is_a_layout_that_its_files_are_known_by() {
    assert_eq!(layout("acme"), None, "nobody ships it");
    let all: Vec<Layout> = layouts()
        .iter()
        .cloned()
        .chain([parse(ACME).expect("a layout")])
        .collect();
    let files = |prefix: &str| -> Vec<String> {
        let leaves = LEAVES
            .iter()
            .map(|leaf| leaf.file)
            .chain(AUTHORITIES.iter().map(|one| one.0));
        leaves
            .flat_map(|name| ["crt", "key"].map(|ending| format!("{prefix}/{name}.{ending}")))
            .collect()
    };
    assert_eq!(detect(&all, &files("/opt/acme/tls")).name, "acme");
    for (prefix, at) in [
        ("/opt/acme/tls", "/"),
        ("/tls", "/opt/acme"),
        ("", "/opt/acme/tls"),
    ] {
        let mounted = mount(&all, &files(prefix));
        assert_eq!((mounted.layout.name.as_str(), mounted.at), ("acme", at));
    }
}

#[test]
fn one_yaml_file_makes_it_known() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let copied = CopiedCrate::build(&[("assets/layouts/acme.yaml", ACME)]);
    let usual = Acme::new(Path::new(env!("CARGO_BIN_EXE_kubepki")));
    usual.run(&["--layout", "acme", "list"], 64);
    let acme = Acme::new(&copied.program);
    is_listed_and_explained(&acme);
    its_ports_and_restarts_are_known(&acme);
    its_units_are_read_for_flags(&acme);
    its_renewal_is_planned(&acme);
    is_renewed(&acme, &openssl);
}

fn is_listed_and_explained(acme: &Acme<'_>) {
    let list = acme.json(&["list"], 0);
    assert_eq!(list["layout"], "acme");
    for (_, role) in AUTHORITIES {
        assert_eq!(item(&list, role)["status"], "ok", "{role}");
    }
    for Leaf {
        authority, role, ..
    } in LEAVES
    {
        let signer = AUTHORITIES
            .iter()
            .find(|(file, _)| *file == authority)
            .map(|(_, role)| *role);
        let found = item(&list, role);
        assert_eq!(
            (found["status"].as_str(), found["authority"].as_str()),
            (Some("expiring"), signer),
            "{role}"
        );
        assert_eq!(
            (&found["inUse"], &found["keyMatches"]),
            (&true.into(), &true.into()),
            "{role}"
        );
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
    let ports: Vec<(&str, Option<u64>)> = items(&probe)
        .iter()
        .filter_map(|one| Some((one["name"].as_str()?, one["port"].as_u64())))
        .collect();
    assert!(ports.contains(&("kube-apiserver", Some(7443))), "{ports:?}");
    assert!(ports.contains(&("etcd", Some(2379))), "{ports:?}");
    let plan = acme.json(&["restart", "etcd", "kube-apiserver", "--dry-run"], 0);
    assert_eq!(
        commands(&plan),
        BTreeSet::from(["systemctl restart acme"]),
        "{plan}"
    );
}

/// Its keeper's unit is not called as its program, and another one is called as that and as none of
/// Kubernetes'.
fn its_units_are_read_for_flags(acme: &Acme<'_>) {
    let port = |name: &str| {
        let probe = acme.json(&["probe"], 3);
        items(&probe)
            .iter()
            .find(|one| one["name"] == name)
            .and_then(|one| one["port"].as_u64())
    };
    let unit = |path: &str, command: &str| {
        acme.write(
            &format!("etc/systemd/system/{path}"),
            &format!("[Service]\nExecStart=\nExecStart={command}\n"),
        );
    };
    let serving = "--tls-cert-file=/opt/acme/tls/api.crt";
    unit(
        "acme.service.d/api.conf",
        &format!("/opt/acme/bin/kube-apiserver --secure-port=7444 {serving}"),
    );
    unit(
        "acmed-store.service",
        "/opt/acme/bin/etcd --listen-client-urls=https://127.0.0.1:2999",
    );
    unit(
        "acme-backup.service",
        "/opt/acme/bin/etcd --listen-client-urls=https://127.0.0.1:2888",
    );
    assert_eq!(
        (port("kube-apiserver"), port("etcd")),
        (Some(7444), Some(2999))
    );
    let shown = acme.run(&["show", "apiserver"], 0);
    assert!(
        shown.contains("/etc/systemd/system/acme.service.d/api.conf:3"),
        "{shown}"
    );
    // What others can write says nothing that is gone by.
    let drop_in = acme.file("etc/systemd/system/acme.service.d/api.conf");
    fs::set_permissions(&drop_in, Permissions::from_mode(0o666)).expect("given");
    assert_eq!(port("kube-apiserver"), Some(7443));
    for path in [
        "acme.service.d",
        "acmed-store.service",
        "acme-backup.service",
    ] {
        let path = acme.file(&format!("etc/systemd/system/{path}"));
        if path.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        }
        .expect("removed");
    }
}

fn its_renewal_is_planned(acme: &Acme<'_>) {
    let plan = acme.json(&["renew", "--all", "--dry-run"], 0);
    let told = plan["warnings"].to_string();
    assert!(
        !told.contains("itself") && !told.contains("puts those back"),
        "{told}"
    );
    let restarts = plan["restarts"].as_array().expect("restarts");
    let components: Vec<&str> = restarts
        .iter()
        .filter_map(|restart| restart["component"].as_str())
        .collect();
    for component in ["etcd", "kube-apiserver", "kube-controller-manager"] {
        assert!(
            components.contains(&component),
            "{component}: {components:?}"
        );
    }
    assert_eq!(
        commands(&plan),
        BTreeSet::from(["systemctl restart acme"]),
        "the one that reads its file at its start"
    );
}

fn is_renewed(acme: &Acme<'_>, openssl: &Path) {
    let before = acme.json(&["list"], 0);
    acme.run(&["renew", "--all", "--yes"], 0);
    let list = acme.json(&["list"], 0);
    for Leaf {
        file: leaf,
        authority,
        role,
        usages,
        ..
    } in LEAVES
    {
        let (old, new) = (item(&before, role), item(&list, role));
        assert_eq!(
            (&new["status"], new["path"].as_str()),
            (&"ok".into(), old["path"].as_str()),
            "{role}"
        );
        assert_ne!(new["serialNumber"], old["serialNumber"], "{role}");
        let left = new["daysLeft"].as_u64();
        assert!(
            matches!(left, Some(89 | 90)),
            "as long as the layout says: {new}"
        );
        let [ca, leaf] =
            [authority, leaf].map(|name| acme.file(&format!("opt/acme/tls/{name}.crt")));
        let purpose = if usages == CLIENT {
            "sslclient"
        } else {
            "sslserver"
        };
        let files = ["-CAfile", text(&ca), text(&leaf)];
        succeed(
            openssl,
            &[&["verify", "-x509_strict", "-purpose", purpose], &files[..]].concat(),
        );
    }
    for role in ["admin.conf", "controller-manager.conf"] {
        assert_eq!(item(&list, role)["status"], "ok", "{role}");
    }
    // On a disk nothing runs that could be seen to hold old files.
    let waiting = acme.json(&["restart", "--changed", "--dry-run"], 3);
    assert!(
        commands(&waiting)
            .iter()
            .all(|command| *command == "systemctl restart acme"),
        "{waiting}"
    );
}
