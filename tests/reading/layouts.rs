//! The layouts of hand-made masters, built file for file as the guides have them, and read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::tree::{Issuer, Verified};
use kubepki::inventory::{Inventory, Item, Reaches, Reader, UserKind};
use kubepki::progress::silent;
use tempfile::TempDir;

use crate::support::{succeed, text, tool};

/// openssl in a folder.
struct Maker {
    openssl: PathBuf,
    folder: PathBuf,
}

impl Maker {
    fn key(&self, path: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"];
        succeed(&self.openssl, &[&["genpkey"], &curve[..], &[text(&path)]].concat());
    }

    fn authority(&self, certificate: &str, key: &str, subject: &str) {
        self.key(key);
        let (certificate, key) = (self.at(certificate), self.at(key));
        let files = ["-key", text(&key), "-out", text(&certificate), "-subj", subject, "-days", "3650"];
        let extensions = ["-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"];
        succeed(&self.openssl, &[&["req", "-x509", "-new"], &files[..], &extensions].concat());
    }

    /// A certificate signed by an authority, whose serial file openssl makes beside it.
    fn leaf(&self, certificate: &str, key: &str, subject: &str, usages: &str, authority: (&str, &str)) {
        self.key(key);
        let (request, extensions) = (self.folder.join("request"), self.folder.join("extensions"));
        succeed(&self.openssl, &["req", "-new", "-key", text(&self.at(key)), "-subj", subject, "-out", text(&request)]);
        fs::write(&extensions, format!("extendedKeyUsage={usages}\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n"))
            .expect("written");
        let (ca, ca_key) = (self.at(authority.0), self.at(authority.1));
        let signer = ["-CA", text(&ca), "-CAkey", text(&ca_key), "-CAcreateserial", "-days", "365"];
        let out = self.at(certificate);
        let files = ["-in", text(&request), "-extfile", text(&extensions), "-out", text(&out)];
        succeed(&self.openssl, &[&["x509", "-req"], &signer[..], &files].concat());
        fs::remove_file(request).expect("removed");
        fs::remove_file(extensions).expect("removed");
    }

    /// A kubeconfig with everything in it, signed by `authority`.
    fn kubeconfig(&self, path: &str, subject: &str, authority: (&str, &str)) {
        self.leaf("user.crt", "user.key", subject, "clientAuth", authority);
        let credential = format!(
            "client-certificate-data: {}\n    client-key-data: {}",
            self.base64("user.crt"),
            self.base64("user.key")
        );
        self.write(path, &config(&format!("certificate-authority-data: {}", self.base64(authority.0)), &credential));
        fs::remove_file(self.at("user.crt")).expect("removed");
        fs::remove_file(self.at("user.key")).expect("removed");
    }

    fn base64(&self, path: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(fs::read(self.at(path)).expect("a file"))
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

fn config(authority: &str, credential: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: kubernetes\n  cluster:\n    server: https://10.0.0.10:6443\n    {authority}\n\
         users:\n- name: user\n  user:\n    {credential}\n\
         contexts:\n- name: default\n  context: {{cluster: kubernetes, user: user}}\ncurrent-context: default\n"
    )
}

fn files_below(folder: &Path) -> (usize, Vec<PathBuf>) {
    let (mut folders, mut files) = (0, Vec::new());
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            let (inner, more) = files_below(&path);
            folders += inner + 1;
            files.extend(more);
        } else {
            files.push(path);
        }
    }
    (folders, files)
}

fn read(options: &OpenOptions) -> Inventory {
    open(options, &silent, &mut Verified::new()).expect("it can be read")
}

fn at_root(root: &Path) -> OpenOptions {
    OpenOptions { root: root.to_owned(), ..OpenOptions::default() }
}

fn at_folder(folder: &Path) -> OpenOptions {
    OpenOptions { directory: Some(folder.to_owned()), ..OpenOptions::default() }
}

fn roles(item: &Item) -> String {
    item.roles.iter().map(|role| role.name).collect::<Vec<_>>().join(" ")
}

/// "component flag" of each reader.
fn readers(readers: &[Reader]) -> Vec<String> {
    readers.iter().map(|reader| format!("{} {}", reader.component, reader.flag).trim().to_owned()).collect()
}

fn authority(inventory: &Inventory, item: &Item) -> Option<String> {
    let (index, _) = inventory.indexed().find(|(_, other)| other.id == item.id)?;
    match inventory.tree.issuer(index) {
        Issuer::Item(index) => inventory.item(index).map(|item| item.id.to_string()),
        _ => None,
    }
}

fn build_split(maker: &Maker) {
    let (ca, etcd) = (("kubernetes/pki/ca.crt", "kubernetes/pki/ca.key"), ("etcd/pki/ca.crt", "etcd/pki/ca.key"));
    let proxy = ("kubernetes/pki/front-proxy-ca.crt", "kubernetes/pki/front-proxy-ca.key");
    maker.authority(ca.0, ca.1, "/CN=kubernetes");
    maker.authority(etcd.0, etcd.1, "/CN=etcd-ca");
    maker.authority(proxy.0, proxy.1, "/CN=front-proxy-ca");
    for (stem, subject, usages, by) in [
        ("etcd/pki/server", "/CN=cp1", "serverAuth", etcd),
        ("etcd/pki/peer", "/CN=cp1", "serverAuth,clientAuth", etcd),
        ("kubernetes/pki/apiserver", "/CN=kube-apiserver", "serverAuth", ca),
        ("kubernetes/pki/apiserver-etcd-client", "/CN=kube-apiserver-etcd-client", "clientAuth", etcd),
        (
            "kubernetes/pki/apiserver-kubelet-client",
            "/O=system:masters/CN=kube-apiserver-kubelet-client",
            "clientAuth",
            ca,
        ),
        ("kubernetes/pki/front-proxy-client", "/CN=front-proxy-client", "clientAuth", proxy),
    ] {
        maker.leaf(&format!("{stem}.crt"), &format!("{stem}.key"), subject, usages, by);
    }
    for (name, subject) in [
        ("admin", "/O=system:masters/CN=kubernetes-admin"),
        ("controller-manager", "/CN=system:kube-controller-manager"),
        ("scheduler", "/CN=system:kube-scheduler"),
    ] {
        maker.kubeconfig(&format!("kubernetes/auth/{name}.conf"), subject, ca);
    }
    maker.key("kubernetes/pki/sa.key");
    let (private, public) = (maker.at("kubernetes/pki/sa.key"), maker.at("kubernetes/pki/sa.pub"));
    succeed(&maker.openssl, &["pkey", "-in", text(&private), "-pubout", "-out", text(&public)]);
    maker.write(
        "kubernetes/token.csv",
        "0123456789abcdef0123456789abcdef,system:bootstrapper,10001,\"system:bootstrappers\"\n",
    );
}

/// What each file of the split tree is: roles, its authority, the components that read it.
const SPLIT: [(&str, &str, Option<&str>, &str); 12] = [
    ("/etc/etcd/pki/ca.crt", "etcd-ca", None, "etcd kube-apiserver"),
    ("/etc/etcd/pki/peer.crt", "etcd-peer", Some("etcd-ca"), "etcd"),
    ("/etc/etcd/pki/server.crt", "etcd-server", Some("etcd-ca"), "etcd"),
    ("/etc/kubernetes/auth/admin.conf", "admin.conf", Some("ca"), "kubectl"),
    ("/etc/kubernetes/auth/controller-manager.conf", "controller-manager.conf", Some("ca"), "kube-controller-manager"),
    ("/etc/kubernetes/auth/scheduler.conf", "scheduler.conf", Some("ca"), "kube-scheduler"),
    ("/etc/kubernetes/pki/apiserver-etcd-client.crt", "apiserver-etcd-client", Some("etcd-ca"), "kube-apiserver"),
    ("/etc/kubernetes/pki/apiserver-kubelet-client.crt", "apiserver-kubelet-client", Some("ca"), "kube-apiserver"),
    ("/etc/kubernetes/pki/apiserver.crt", "apiserver", Some("ca"), "kube-apiserver"),
    ("/etc/kubernetes/pki/ca.crt", "ca", None, "kube-apiserver kube-controller-manager"),
    ("/etc/kubernetes/pki/front-proxy-ca.crt", "front-proxy-ca", None, "kube-apiserver"),
    ("/etc/kubernetes/pki/front-proxy-client.crt", "front-proxy-client", Some("front-proxy-ca"), "kube-apiserver"),
];

#[test]
fn split_is_read_file_for_file() {
    let Some(openssl) = tool("openssl") else { return };
    let folder = TempDir::new().expect("a temporary folder");
    let master = folder.path().join("master-etc");
    build_split(&Maker { openssl, folder: master.clone() });
    let (folders, files) = files_below(&master);
    assert_eq!((folders, files.len()), (5, 27), "{files:?}");
    check_split(&read(&at_folder(&master)));
    // The same tree on the machine: below a root.
    let root = folder.path().join("root");
    fs::create_dir_all(&root).expect("made");
    fs::rename(&master, root.join("etc")).expect("moved");
    check_split(&read(&at_root(&root)));
    check_split(&read(&at_folder(&root)));
    assert_eq!(read(&at_folder(&root.join("etc/kubernetes"))).layout, "split");
}

fn check_split(inventory: &Inventory) {
    assert_eq!((inventory.layout.as_str(), inventory.unread.len()), ("split", 0));
    let mut items: BTreeMap<&str, &Item> = inventory.items.iter().map(|item| (&*item.path, item)).collect();
    for (path, role, issuer, components) in SPLIT {
        let item = items.remove(path).unwrap_or_else(|| panic!("no item {path}"));
        assert_eq!((roles(item).as_str(), &*item.id, item.in_use), (role, role, true), "{path}");
        assert_eq!(authority(inventory, item).as_deref(), issuer, "{path}");
        assert_eq!(item.key.matches, Some(true), "{path}");
        let read_by = readers(&item.read_by);
        for component in components.split(' ') {
            assert!(read_by.iter().any(|reader| reader.starts_with(component)), "{path} {read_by:?}");
        }
    }
    assert!(items.is_empty(), "{items:?}");
    let keys: Vec<(&str, bool, String)> =
        inventory.keys.iter().map(|key| (&*key.path, key.public_only, readers(&key.read_by).join(", "))).collect();
    let (private, public) = ("kube-apiserver, kube-controller-manager".to_owned(), "kube-apiserver".to_owned());
    assert_eq!(keys, [("/etc/kubernetes/pki/sa.key", false, private), ("/etc/kubernetes/pki/sa.pub", true, public)]);
    let [admin, ..] = &inventory.kubeconfigs[..] else { panic!("no kubeconfigs") };
    assert_eq!(admin.users[0].groups, ["system:masters"]);
    assert!(inventory.kubeconfigs.iter().all(|it| it.contexts[0].reaches == Reaches::ThisMaster));
}

#[test]
fn a_node_of_split_is_split() {
    let Some(openssl) = tool("openssl") else { return };
    let folder = TempDir::new().expect("a temporary folder");
    let maker = Maker { openssl, folder: folder.path().join("node-etc") };
    let ca = ("kubernetes/pki/ca.crt", "kubernetes/pki/ca.key");
    maker.authority(ca.0, ca.1, "/CN=kubernetes");
    maker.kubeconfig("kubernetes/auth/kube-proxy.conf", "/CN=system:kube-proxy", ca);
    maker.write(
        "kubernetes/auth/bootstrap.conf",
        &config("certificate-authority: ../pki/ca.crt", "token: 0123456789abcdef0123456789abcdef"),
    );
    fs::remove_file(maker.at(ca.1)).expect("removed");
    fs::remove_file(maker.at("kubernetes/pki/ca.srl")).expect("removed");
    let (folders, files) = files_below(&maker.folder);
    assert_eq!((folders, files.len()), (3, 3));
    let inventory = read(&at_folder(&maker.folder));
    assert_eq!((inventory.layout.as_str(), inventory.items.len()), ("split", 2));
    let bootstrap =
        inventory.kubeconfigs.iter().find(|it| it.path.ends_with("bootstrap.conf")).expect("bootstrap.conf");
    assert_eq!(bootstrap.roles[0].name, "bootstrap-kubelet.conf");
    assert_eq!((bootstrap.users[0].kind, bootstrap.contexts[0].reaches), (UserKind::StaticToken, Reaches::ThisMaster));
    let ca = inventory.items.iter().find(|item| &*item.id == "ca").expect("the CA");
    let line =
        ca.read_by.iter().find(|reader| &*reader.flag == "certificate-authority").expect("named by bootstrap.conf");
    assert_eq!((&*line.file, line.line), ("/etc/kubernetes/auth/bootstrap.conf", 7));
}

const API_ARGS: &str = "--token-auth-file=/etc/kubernetes/token.csv --tls-cert-file=/etc/kubernetes/ssl/kubernetes.pem \
--tls-private-key-file=/etc/kubernetes/ssl/kubernetes-key.pem --client-ca-file=/etc/kubernetes/ssl/ca.pem \
--service-account-key-file=/etc/kubernetes/ssl/ca-key.pem --etcd-cafile=/etc/kubernetes/ssl/ca.pem \
--etcd-certfile=/etc/kubernetes/ssl/kubernetes.pem --etcd-keyfile=/etc/kubernetes/ssl/kubernetes-key.pem \
--kubelet-client-certificate=/etc/kubernetes/ssl/kubernetes.pem --kubelet-client-key=/etc/kubernetes/ssl/kubernetes-key.pem";

const ETCD: &str = "# etcd\nETCD_CERT_FILE=/etc/kubernetes/ssl/kubernetes.pem\nETCD_KEY_FILE=/etc/kubernetes/ssl/kubernetes-key.pem\n\
ETCD_TRUSTED_CA_FILE=/etc/kubernetes/ssl/ca.pem\nETCD_PEER_CERT_FILE=/etc/kubernetes/ssl/kubernetes.pem\n\
ETCD_PEER_KEY_FILE=/etc/kubernetes/ssl/kubernetes-key.pem\nETCD_PEER_TRUSTED_CA_FILE=/etc/kubernetes/ssl/ca.pem\n";

fn build_single_ca(maker: &Maker) {
    let ca = ("etc/kubernetes/ssl/ca.pem", "etc/kubernetes/ssl/ca-key.pem");
    let of =
        |organization: &str, name: &str| format!("/C=CN/ST=BeiJing/L=BeiJing/O={organization}/OU=System/CN={name}");
    maker.authority(ca.0, ca.1, &of("k8s", "kubernetes"));
    for (name, organization, common, usages) in [
        ("kubernetes", "k8s", "kubernetes", "serverAuth,clientAuth"),
        ("admin", "system:masters", "admin", "clientAuth"),
        ("kube-proxy", "k8s", "system:kube-proxy", "clientAuth"),
    ] {
        let (certificate, key) =
            (format!("etc/kubernetes/ssl/{name}.pem"), format!("etc/kubernetes/ssl/{name}-key.pem"));
        maker.leaf(&certificate, &key, &of(organization, common), usages, ca);
    }
    maker.leaf(
        "etc/kubernetes/ssl/kubelet-client.crt",
        "etc/kubernetes/ssl/kubelet-client.key",
        "/O=system:nodes/CN=system:node:n1",
        "clientAuth",
        ca,
    );
    maker.authority("etc/kubernetes/ssl/kubelet.crt", "etc/kubernetes/ssl/kubelet.key", "/CN=n1@1700000000");
    maker.write(
        "etc/kubernetes/token.csv",
        "0123456789abcdef0123456789abcdef,kubelet-bootstrap,10001,\"system:kubelet-bootstrap\"\n",
    );
    let embedded = format!("certificate-authority-data: {}", maker.base64(ca.0));
    maker.write("etc/kubernetes/bootstrap.kubeconfig", &config(&embedded, "token: 0123456789abcdef0123456789abcdef"));
    maker.kubeconfig("etc/kubernetes/kube-proxy.kubeconfig", &of("k8s", "system:kube-proxy"), ca);
    maker.write(
        "etc/kubernetes/kubelet.kubeconfig",
        &config(&embedded, "client-certificate: ssl/kubelet-client.crt\n    client-key: ssl/kubelet-client.key"),
    );
    maker.write("etc/kubernetes/config", "KUBE_LOGTOSTDERR=\"--logtostderr=true\"\n");
    maker.write(
        "etc/kubernetes/apiserver",
        &format!("# the API server\nKUBE_API_ADDRESS=\"--bind-address=10.0.0.1\"\nKUBE_API_ARGS=\"{API_ARGS}\"\n"),
    );
    maker.write("etc/kubernetes/controller-manager", "KUBE_CONTROLLER_MANAGER_ARGS=\"--cluster-name=north --cluster-signing-cert-file=/etc/kubernetes/ssl/ca.pem --cluster-signing-key-file=/etc/kubernetes/ssl/ca-key.pem --service-account-private-key-file=/etc/kubernetes/ssl/ca-key.pem --root-ca-file=/etc/kubernetes/ssl/ca.pem\"\n");
    maker.write("etc/kubernetes/scheduler", "KUBE_SCHEDULER_ARGS=\"--leader-elect=true\"\n");
    maker.write("etc/kubernetes/kubelet", "KUBELET_HOSTNAME=\"--hostname-override=n1\"\nKUBELET_ARGS=\"--bootstrap-kubeconfig=/etc/kubernetes/bootstrap.kubeconfig --kubeconfig=/etc/kubernetes/kubelet.kubeconfig --cert-dir=/etc/kubernetes/ssl --client-ca-file=/etc/kubernetes/ssl/ca.pem\"\n");
    maker.write("etc/kubernetes/proxy", "KUBE_PROXY_ARGS=\"--kubeconfig=/etc/kubernetes/kube-proxy.kubeconfig\"\n");
    maker.write("etc/etcd/etcd.conf", ETCD);
    build_units(maker);
}

fn build_units(maker: &Maker) {
    for (unit, command, variables) in [
        ("kube-apiserver", "kube-apiserver", "$KUBE_API_ADDRESS $KUBE_API_ARGS"),
        ("kube-controller-manager", "kube-controller-manager", "$KUBE_CONTROLLER_MANAGER_ARGS"),
        ("kubelet", "kubelet", "$KUBELET_HOSTNAME $KUBELET_ARGS"),
        ("kube-proxy", "kube-proxy", "$KUBE_PROXY_ARGS"),
    ] {
        let file = unit.strip_prefix("kube-").unwrap_or(unit);
        let text = format!(
            "[Service]\nEnvironmentFile=-/etc/kubernetes/config\nEnvironmentFile=-/etc/kubernetes/{file}\nExecStart=/usr/bin/{command} \\\n  $KUBE_LOGTOSTDERR \\\n  {variables}\n"
        );
        maker.write(&format!("usr/lib/systemd/system/{unit}.service"), &text);
    }
    maker.write(
        "usr/lib/systemd/system/etcd.service",
        "[Service]\nEnvironmentFile=-/etc/etcd/etcd.conf\nExecStart=/usr/bin/etcd\n",
    );
}

#[test]
fn single_ca_has_files_of_many_roles() {
    let Some(openssl) = tool("openssl") else { return };
    let folder = TempDir::new().expect("a temporary folder");
    let maker = Maker { openssl, folder: folder.path().to_owned() };
    build_single_ca(&maker);
    check_single_ca(&read(&at_root(folder.path())));
    // On the admin's machine only /etc was copied: no units tell who reads the environment files.
    check_single_ca(&read(&at_folder(&folder.path().join("etc"))));
}

fn check_single_ca(inventory: &Inventory) {
    assert_eq!((inventory.layout.as_str(), inventory.unread.len()), ("single-ca", 0));
    assert_eq!((inventory.cluster.as_deref(), inventory.node.as_deref()), (Some("north"), Some("n1")));
    let item =
        |name: &str| inventory.items.iter().find(|item| item.path.ends_with(name)).unwrap_or_else(|| panic!("{name}"));
    let kubernetes = item("ssl/kubernetes.pem");
    assert_eq!(roles(kubernetes), "apiserver apiserver-kubelet-client apiserver-etcd-client etcd-server etcd-peer");
    let mut read_by = readers(&kubernetes.read_by);
    read_by.sort();
    let expected = [
        "etcd cert-file",
        "etcd peer-cert-file",
        "kube-apiserver etcd-certfile",
        "kube-apiserver kubelet-client-certificate",
        "kube-apiserver tls-cert-file",
    ];
    assert_eq!(read_by, expected);
    let place = |flag: &str| {
        kubernetes
            .read_by
            .iter()
            .find(|reader| &*reader.flag == flag)
            .map(|reader| (reader.file.to_string(), reader.line))
    };
    assert_eq!(place("tls-cert-file"), Some(("/etc/kubernetes/apiserver".to_owned(), 3)));
    assert_eq!(place("peer-cert-file"), Some(("/etc/etcd/etcd.conf".to_owned(), 5)));
    assert_eq!(roles(item("ssl/ca.pem")), "ca etcd-ca");
    for (name, expected, components) in [
        ("ssl/admin.pem", "admin", "kubectl"),
        ("ssl/kube-proxy.pem", "kube-proxy-client", "kube-proxy"),
        ("ssl/kubelet-client.crt", "kubelet-client", "kubelet client-certificate"),
        ("ssl/kubelet.crt", "kubelet-serving", "kubelet"),
        ("/kube-proxy.kubeconfig", "kube-proxy.conf", "kube-proxy kubeconfig"),
    ] {
        assert_eq!(roles(item(name)), expected, "{name}");
        assert_eq!(readers(&item(name).read_by), [components], "{name}");
    }
    assert!(inventory.items.iter().all(|item| item.in_use && item.key.matches == Some(true)), "{:?}", inventory.items);
    let [key] = &inventory.keys[..] else { panic!("{:?}", inventory.keys) };
    assert_eq!(&*key.path, "/etc/kubernetes/ssl/ca-key.pem");
    assert_eq!(key.roles.iter().map(|role| role.name).collect::<Vec<_>>(), ["ca", "etcd-ca", "sa"]);
    let mut read_by = readers(&key.read_by);
    read_by.sort();
    assert_eq!(
        read_by,
        [
            "kube-apiserver service-account-key-file",
            "kube-controller-manager cluster-signing-key-file",
            "kube-controller-manager service-account-private-key-file"
        ]
    );
    let bootstrap = inventory.kubeconfigs.iter().find(|it| it.path.ends_with("bootstrap.kubeconfig")).expect("it");
    assert_eq!(bootstrap.users[0].identity.as_deref(), Some("kubelet-bootstrap"));
    assert_eq!(bootstrap.users[0].groups, ["system:kubelet-bootstrap"]);
}
