//! The documents of the command line as scripts read them, of recorded masters; openssl and
//! python3-yaml judge.

use serde_json::Value;

use crate::support;
use crate::support::openssl::Facts;
use crate::support::program::{AT, Sample, by_id, texts};

const SAMPLES: [&str; 2] = ["kubeadm-1.36-rsa", "kubeadm-1.36-ecdsa"];

/// Role, file below /etc/kubernetes/pki, the authority's role.
const FILES: [(&str, &str, &str); 10] = [
    ("ca", "ca.crt", "ca"),
    ("apiserver", "apiserver.crt", "ca"),
    (
        "apiserver-kubelet-client",
        "apiserver-kubelet-client.crt",
        "ca",
    ),
    ("front-proxy-ca", "front-proxy-ca.crt", "front-proxy-ca"),
    (
        "front-proxy-client",
        "front-proxy-client.crt",
        "front-proxy-ca",
    ),
    ("etcd-ca", "etcd/ca.crt", "etcd-ca"),
    ("etcd-server", "etcd/server.crt", "etcd-ca"),
    ("etcd-peer", "etcd/peer.crt", "etcd-ca"),
    (
        "etcd-healthcheck-client",
        "etcd/healthcheck-client.crt",
        "etcd-ca",
    ),
    (
        "apiserver-etcd-client",
        "apiserver-etcd-client.crt",
        "etcd-ca",
    ),
];

const KUBECONFIGS: [&str; 5] = [
    "admin.conf",
    "super-admin.conf",
    "controller-manager.conf",
    "scheduler.conf",
    "kubelet.conf",
];

#[test]
fn a_list_says_what_openssl_says() {
    let Some(openssl) = support::tool("openssl") else {
        return;
    };
    for name in SAMPLES {
        let Some(sample) = Sample::recorded(name) else {
            return;
        };
        let list = sample.kubepki(&["list", "-o", "json"]).json();
        assert_eq!(
            (&list["apiVersion"], &list["kind"], &list["at"]),
            (&"kubepki/v1".into(), &"CertificateList".into(), &AT.into())
        );
        assert_eq!(list["layout"], "kubeadm");
        let items = by_id(&list);
        assert_eq!(items.len(), 15, "{:?}", items.keys());
        assert_eq!(
            items
                .values()
                .filter(|item| item["isAuthority"] == true)
                .count(),
            3
        );
        for (role, file, authority) in FILES {
            let item = items
                .get(role)
                .unwrap_or_else(|| panic!("{role} is not in {:?}", items.keys()));
            let path = format!("/etc/kubernetes/pki/{file}");
            assert_eq!(
                Facts::of_document(item),
                Facts::of(&openssl, &sample.file(&path)),
                "{role}"
            );
            assert_eq!(item["authority"], authority, "{role}");
            assert_of_file(item, role, &path);
        }
        for role in KUBECONFIGS {
            let item = &items[role];
            let embedded = embedded_certificate(&sample, role);
            assert_eq!(
                Facts::of_document(item),
                Facts::of(&openssl, &embedded),
                "{role}"
            );
            assert_eq!(
                (&item["source"], &item["authority"]),
                (&"kubeconfig".into(), &"ca".into()),
                "{role}"
            );
            assert_eq!(item["keyMatches"], true, "{role}");
        }
    }
}

/// What is said of a certificate of this role that has a file of its own, and its key beside it.
fn assert_of_file(item: &Value, role: &str, path: &str) {
    assert_eq!(
        (&item["path"], &item["source"], &item["inUse"]),
        (&path.into(), &"file".into(), &true.into()),
        "{role}"
    );
    assert_eq!(texts(item, "roles"), [role]);
    assert_eq!(
        (&item["keyState"], &item["keyMatches"]),
        (&"present".into(), &true.into()),
        "{role}"
    );
    assert_eq!(item["keyPath"], path.replace(".crt", ".key").as_str());
}

/// The client certificate of a kubeconfig as a PEM file, taken out by hand.
fn embedded_certificate(sample: &Sample, role: &str) -> std::path::PathBuf {
    use base64::Engine as _;
    let text = std::fs::read_to_string(sample.file(&format!("/etc/kubernetes/{role}")))
        .expect("a kubeconfig");
    let data = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("client-certificate-data: "))
        .expect("data");
    let pem = base64::engine::general_purpose::STANDARD
        .decode(data)
        .expect("base64");
    let path = sample.file(&format!("/{role}.pem"));
    std::fs::write(&path, pem).expect("written");
    path
}

#[test]
fn every_field_of_the_contract_is_there() {
    let Some(sample) = Sample::recorded(SAMPLES[1]) else {
        return;
    };
    let list = sample.kubepki(&["list", "-o", "json"]).json();
    for field in [
        "apiVersion",
        "kind",
        "at",
        "root",
        "layout",
        "unread",
        "items",
    ] {
        assert!(list.get(field).is_some(), "{field}");
    }
    for item in list["items"].as_array().expect("items") {
        for field in "id roles path index source inUse copies subject issuer commonName organizations serialNumber \
            authority notBefore notAfter daysLeft status why isAuthority keyAlgorithm signatureAlgorithm keyUsage \
            extendedKeyUsage dnsNames ipAddresses emailAddresses uris subjectKeyIdentifier authorityKeyIdentifier \
            sha256 spkiSha256 keyPath keyState keyMatches readBy right served"
            .split_whitespace()
        {
            assert!(item.get(field).is_some(), "{field} is not in {item}");
        }
        assert_eq!(item["served"], Value::Null);
    }
    let items = by_id(&list);
    assert_eq!(items["apiserver"]["keyAlgorithm"], "ECDSA-P256");
    assert_eq!(items["apiserver"]["right"], Value::Null);
    let right = &items["admin.conf"]["right"];
    assert_eq!(right["user"], "kubernetes-admin");
    assert_eq!(texts(right, "groups"), ["kubeadm:cluster-admins"]);
    assert_eq!(
        (&right["binding"], &right["clusterRole"]),
        (&"kubeadm:cluster-admins".into(), &"cluster-admin".into())
    );
    let reader = &items["apiserver"]["readBy"][0];
    assert_eq!(
        (&reader["component"], &reader["flag"]),
        (&"kube-apiserver".into(), &"tls-cert-file".into())
    );
    let file = sample.file(reader["file"].as_str().expect("a file"));
    let line = usize::try_from(reader["line"].as_u64().expect("a line")).expect("small");
    let manifest = std::fs::read_to_string(file).expect("the manifest");
    assert!(
        manifest
            .lines()
            .nth(line - 1)
            .expect("that line")
            .contains("--tls-cert-file=")
    );
}

#[test]
fn the_worst_comes_first_and_the_moment_decides() {
    let Some(sample) = Sample::recorded(SAMPLES[1]) else {
        return;
    };
    let statuses = |at: &str| -> Vec<String> {
        let list = sample.kubepki(&["list", "-o", "json", "--at", at]).json();
        let items = list["items"].as_array().expect("items").clone();
        items
            .iter()
            .map(|item| item["status"].as_str().expect("a status").to_owned())
            .collect()
    };
    // kubeadm's leaves live a year: 364 days later they are expiring, 2 years later expired, the
    // CAs still ok.
    let expiring = statuses("2027-11-20T00:00:00Z");
    let (leaves, authorities) = expiring.split_at(12);
    assert!(
        leaves.iter().all(|status| status == "expiring") && authorities == ["ok"; 3],
        "{expiring:?}"
    );
    let expired = statuses("2028-11-20");
    let (leaves, authorities) = expired.split_at(12);
    assert!(
        leaves.iter().all(|status| status == "expired") && authorities == ["ok"; 3],
        "{expired:?}"
    );
    assert!(
        statuses("2020-01-01T00:00:00Z")
            .iter()
            .all(|status| status == "not-yet-valid")
    );
    assert!(statuses(AT).iter().all(|status| status == "ok"));
}

#[test]
fn filters_leave_what_they_say() {
    let Some(sample) = Sample::recorded(SAMPLES[1]) else {
        return;
    };
    let names = |arguments: &[&str]| -> Vec<String> {
        let mut all = vec!["list", "-o", "name"];
        all.extend(arguments);
        let run = sample.kubepki(&all);
        run.ends_with(0);
        let mut names: Vec<String> = run.stdout.lines().map(ToOwned::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(
        names(&["--kind", "authority"]),
        ["ca", "etcd-ca", "front-proxy-ca"]
    );
    let mut kubeconfigs = KUBECONFIGS.to_vec();
    kubeconfigs.sort_unstable();
    assert_eq!(names(&["--kind", "kubeconfig"]), kubeconfigs);
    assert_eq!(names(&["--kind", "certificate"]).len(), 7);
    assert_eq!(
        names(&["--authority", "front-proxy-ca"]),
        ["front-proxy-ca", "front-proxy-client"]
    );
    assert_eq!(
        names(&["--role", "etcd-peer", "--role", "ca"]),
        ["ca", "etcd-peer"]
    );
    assert_eq!(names(&["--expires-within", "30d"]), Vec::<String>::new());
    assert_eq!(names(&["--expires-within", "1y"]).len(), 12);
    assert_eq!(
        names(&["--expires-within", "1y", "--kind", "kubeconfig"]).len(),
        5
    );
    assert_eq!(names(&["--expires", "2027Q4"]).len(), 12);
    assert_eq!(names(&["--expires", "2027-11"]).len(), 12);
    assert_eq!(
        names(&["--expires", "2036", "--kind", "authority"]).len(),
        3
    );
    assert_eq!(names(&["--expires", "2026"]), Vec::<String>::new());
}

#[test]
fn csv_and_markdown_have_a_row_each() {
    let Some(sample) = Sample::recorded(SAMPLES[1]) else {
        return;
    };
    let csv = sample.kubepki(&["list", "-o", "csv"]).stdout;
    assert_eq!(csv.lines().count(), 16);
    assert!(csv.starts_with("id,status,"));
    let markdown = sample.kubepki(&["list", "-o", "markdown"]).stdout;
    assert_eq!(markdown.lines().count(), 17);
    assert!(
        markdown
            .lines()
            .all(|line| line.starts_with("| ") && line.ends_with(" |"))
    );
}

#[test]
fn yaml_reads_as_the_json() {
    let Some(python) = support::python("yaml") else {
        return;
    };
    let Some(sample) = Sample::recorded(SAMPLES[0]) else {
        return;
    };
    for arguments in [
        &["list"][..],
        &["kubeconfig", "list"],
        &["show", "apiserver"],
    ] {
        let with = |form: &'static str| {
            let mut all = arguments.to_vec();
            all.extend(["-o", form]);
            sample.kubepki(&all).stdout
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list.yaml");
        std::fs::write(&path, with("yaml")).expect("written");
        let read = support::succeed(&python, &["-c", READ_YAML, support::text(&path)]);
        let read: Value = serde_json::from_str(&read).expect("JSON");
        let expected: Value = serde_json::from_str(&with("json")).expect("JSON");
        assert_eq!(read, expected, "{arguments:?}");
    }
}

const READ_YAML: &str =
    "import sys,yaml,json; print(json.dumps(yaml.safe_load(open(sys.argv[1],encoding='utf-8'))))";
