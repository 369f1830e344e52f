//! The demo's servers, as openssl sees them.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kubepki::engine::demo;
use kubepki::engine::demo::servers::Servers;
use kubepki::engine::node::Node;
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::tree::Verified;
use kubepki::kubernetes::component::Component;
use kubepki::pki::{Certificate, pem};
use kubepki::progress::silent;
use kubepki::record::RestartState;
use kubepki::running::{Observation, ProbeTarget, Remedy, statuses};
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::support::{text, tool};

const MOMENT: OffsetDateTime = datetime!(2026-11-22 03:12:00 UTC);
const LATER: OffsetDateTime = datetime!(2026-11-22 03:20:00 UTC);

struct Master {
    folder: TempDir,
    servers: Servers,
    openssl: PathBuf,
}

impl Master {
    fn start() -> Option<Self> {
        let openssl = tool("openssl")?;
        let folder = tempfile::tempdir().expect("a folder");
        demo::create(folder.path(), MOMENT).expect("the demo");
        let servers = Servers::start(folder.path(), MOMENT, || LATER).expect("servers");
        Some(Self {
            folder,
            servers,
            openssl,
        })
    }

    fn pki(&self, name: &str) -> PathBuf {
        self.folder.path().join("etc/kubernetes/pki").join(name)
    }

    fn address(&self, port: &str) -> SocketAddr {
        self.servers
            .address(port)
            .unwrap_or_else(|| panic!("{port} listens"))
    }

    /// Waits until this component runs again.
    fn wait_for(&self, component: Component) {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.runs(component) {
            assert!(Instant::now() < end, "{component} does not come back");
            std::thread::yield_now();
        }
    }

    fn runs(&self, component: Component) -> bool {
        self.servers
            .processes()
            .iter()
            .any(|process| process.component == component)
    }

    /// The certificate that openssl sees, and all that it says.
    fn seen(&self, port: &str, more: &[&str]) -> (Option<Certificate>, String) {
        let address = self.address(port).to_string();
        // What the demo's etcd serves ends nine days after its moment, whenever the test runs.
        let moment = LATER.unix_timestamp().to_string();
        let mut command = Command::new(&self.openssl);
        command
            .args(["s_client", "-connect", &address, "-showcerts", "-ign_eof"])
            .args(["-attime", &moment])
            .args(more)
            .stdin(Stdio::null());
        let output = command.output().expect("openssl starts");
        let said = [output.stdout, output.stderr].concat();
        let first = pem::blocks(&said).into_iter().find_map(Result::ok);
        let certificate =
            first.map(|block| Certificate::from_der(&block.der).expect("a certificate"));
        (certificate, String::from_utf8_lossy(&said).into_owned())
    }

    fn serves(&self, port: &str) -> Certificate {
        let (certificate, said) = self.seen(port, &[]);
        certificate.unwrap_or_else(|| panic!("{port}: {said}"))
    }
}

fn on_disk(path: &Path) -> Certificate {
    let block = pem::blocks(&std::fs::read(path).expect("readable"))
        .remove(0)
        .expect("a block");
    Certificate::from_der(&block.der).expect("a certificate")
}

fn days(certificate: &Certificate) -> i64 {
    (certificate.not_after() - MOMENT).whole_days()
}

#[test]
fn etcd_alone_serves_what_is_on_the_disk_no_more() {
    let Some(master) = Master::start() else {
        return;
    };
    let kubelet = master.folder.path().join("var/lib/kubelet/pki/kubelet.crt");
    for (port, file) in [
        ("kube-apiserver", master.pki("apiserver.crt")),
        ("kubelet", kubelet),
    ] {
        assert!(master.serves(port) == on_disk(&file), "{port}");
    }
    for (port, file) in [("etcd", "etcd/server.crt"), ("etcd-peer", "etcd/peer.crt")] {
        let (served, disk) = (master.serves(port), on_disk(&master.pki(file)));
        assert_eq!((days(&served), days(&disk)), (9, 180), "{port}");
        let names = |certificate: &Certificate| certificate.details().subject_alt_names.clone();
        assert_eq!(names(&served), names(&disk));
    }
    for port in ["kube-controller-manager", "kube-scheduler"] {
        let served = master.serves(port);
        assert_eq!(days(&served), 364, "{port}");
        assert!(master.seen(port, &[]).1.contains("localhost-ca@"), "{port}");
    }
}

#[test]
fn etcd_demands_a_client_certificate_in_both_versions() {
    let Some(master) = Master::start() else {
        return;
    };
    let (ca, certificate) = (
        master.pki("etcd/ca.crt"),
        master.pki("etcd/healthcheck-client.crt"),
    );
    let key = master.pki("etcd/healthcheck-client.key");
    for version in ["-tls1_2", "-tls1_3"] {
        let without = master.seen("etcd", &[version]).1;
        assert!(
            without.contains("Acceptable client certificate CA names"),
            "{without}"
        );
        assert!(without.contains("alert"), "{without}");
        let client = [
            "-cert",
            text(&certificate),
            "-key",
            text(&key),
            "-CAfile",
            text(&ca),
            "-verify_return_error",
        ];
        let with = master.seen("etcd", &[&[version][..], &client].concat()).1;
        assert!(
            with.contains("Verify return code: 0 (ok)") && !with.contains("alert"),
            "{with}"
        );
    }
    for port in ["kube-apiserver", "kube-controller-manager", "kubelet"] {
        let said = master.seen(port, &["-tls1_3"]).1;
        assert!(
            said.contains("Acceptable client certificate CA names") && !said.contains("alert"),
            "{port}: {said}"
        );
    }
}

#[test]
fn a_restart_brings_what_is_on_the_disk() {
    let Some(master) = Master::start() else {
        return;
    };
    let other = master.address("kube-scheduler");
    let began = |component: Component| {
        let all = master.servers.processes();
        all.into_iter()
            .find(|process| process.component == component)
            .map(|process| process.started_at)
    };
    let before = began(Component::Etcd).expect("it runs");
    assert!(before < on_disk(&master.pki("etcd/server.crt")).not_before());
    assert!(master.servers.restart(Component::Etcd));
    master.wait_for(Component::Etcd);
    assert_eq!(began(Component::Etcd), Some(LATER));
    assert!(master.serves("etcd") == on_disk(&master.pki("etcd/server.crt")));
    assert!(master.serves("etcd-peer") == on_disk(&master.pki("etcd/peer.crt")));
    assert_eq!(master.address("kube-scheduler"), other);
    let old = master.serves("kube-scheduler");
    assert!(master.servers.restart(Component::KubeScheduler));
    master.wait_for(Component::KubeScheduler);
    let new = master.serves("kube-scheduler");
    assert!(
        new.details().serial_number != old.details().serial_number
            && new.not_after() > old.not_after()
    );
    assert_eq!(master.servers.processes().len(), 5);
    assert!(!master.servers.restart(Component::KubeProxy));
}

#[test]
fn a_pair_that_does_not_fit_is_not_served() {
    let Some(master) = Master::start() else {
        return;
    };
    let served = master.serves("kube-apiserver");
    std::fs::copy(
        master.pki("apiserver-kubelet-client.crt"),
        master.pki("apiserver.crt"),
    )
    .expect("a copy");
    assert!(
        master.serves("kube-apiserver") == served,
        "who runs keeps what it has"
    );
    std::fs::copy(
        master.pki("apiserver-kubelet-client.key"),
        master.pki("apiserver.key"),
    )
    .expect("a copy");
    assert!(
        master.serves("kube-apiserver") == on_disk(&master.pki("apiserver.crt")),
        "a pair that fits is taken"
    );
    std::fs::copy(master.pki("ca.key"), master.pki("apiserver.key")).expect("a copy");
    assert!(master.servers.restart(Component::KubeApiserver));
    assert!(master.servers.restart(Component::KubeScheduler));
    // Both were away as long; who starts with a pair that does not fit is not there then.
    master.wait_for(Component::KubeScheduler);
    assert!(!master.runs(Component::KubeApiserver));
    assert!(TcpStream::connect(master.address("kube-apiserver")).is_err());
}

#[test]
fn who_is_silent_holds_nobody_up_and_the_end_closes_all() {
    let Some(master) = Master::start() else {
        return;
    };
    let address = master.address("etcd");
    let _silent: Vec<TcpStream> = (0..4)
        .map(|_| TcpStream::connect(address).expect("it listens"))
        .collect();
    assert_eq!(days(&master.serves("etcd")), 9);
    drop(master.servers);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_look_finds_the_old_certificate_and_a_restart_proves_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    demo::create(folder.path(), OffsetDateTime::now_utc()).expect("the demo");
    let moment = OffsetDateTime::now_utc();
    let options = OpenOptions {
        root: folder.path().to_owned(),
        processes: false,
        ..OpenOptions::default()
    };
    let inventory = open(&options, &silent, &mut Verified::new()).expect("an inventory");
    let servers = Servers::start(folder.path(), moment, OffsetDateTime::now_utc).expect("servers");
    let node = Node::Demo(Arc::new(servers));
    let mut seen = node.observe(&inventory, &[ProbeTarget::All], &silent);
    let judged = |seen: &Observation| {
        let all = statuses(&inventory, seen, moment);
        all.into_iter()
            .map(|truth| (truth.name.to_string(), truth.remedy, truth.why))
            .collect::<Vec<_>>()
    };
    let verbs = |judged: &[(String, Remedy, String)]| {
        let open = judged
            .iter()
            .filter(|(_, verb, _)| *verb != Remedy::Nothing);
        open.map(|(name, verb, _)| (name.clone(), *verb))
            .collect::<Vec<_>>()
    };
    let before = judged(&seen);
    let expired = ("kube-apiserver".to_owned(), Remedy::Replace);
    let old = |name: &str| (name.to_owned(), Remedy::Restart);
    assert_eq!(
        verbs(&before),
        [old("etcd"), old("etcd-peer"), expired.clone()],
        "{before:?}"
    );
    let patience = Duration::from_mins(1);
    let (record, newer) = node
        .look(&inventory, Component::Etcd, &[], &silent)
        .run(patience, &silent);
    assert_eq!(record.state, RestartState::Done, "{record:?}");
    let served = inventory
        .items
        .iter()
        .find(|item| &*item.path == "/etc/kubernetes/pki/etcd/server.crt");
    let serial = served
        .and_then(|item| item.certificate())
        .map(|certificate| certificate.details().serial_number);
    assert_eq!(record.served_after, serial);
    assert_ne!(record.served_before, serial);
    seen.take(newer);
    let after = judged(&seen);
    assert_eq!(verbs(&after), [expired], "{after:?}");
}
