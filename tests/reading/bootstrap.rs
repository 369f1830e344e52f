//! What lets nodes join, read from hostile and hand-made files, and changed through the front door.

use std::fs;
use std::path::Path;

use kubepki::engine::change::{Changer, Failure};
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::Inventory;
use kubepki::inventory::bootstrap::{TokenKind, bindings_state, endpoint, hashes, server};
use kubepki::inventory::process::{Keeper, Process};
use kubepki::inventory::tree::Verified;
use kubepki::kubernetes::bootstrap::BootstrapIdentity::{self, Bootstrapper, Token, TokenFile};
use kubepki::kubernetes::bootstrap::bindings_manifest;
use kubepki::kubernetes::component::Component;
use kubepki::plan::{BootstrapRequest, Plan, Request};
use kubepki::progress::silent;
use kubepki::record::Settings;
use kubepki::running::{Observation, obstacle, statuses};
use time::{Duration, OffsetDateTime};

use crate::support::changing::{Master, differing};

pub(crate) const TOKENS: &str = "/etc/kubernetes/token.csv";

fn options(root: &Path) -> OpenOptions {
    // Nothing but tokens tells no layout.
    let is_told = ["pki", "ssl"]
        .iter()
        .any(|folder| root.join("etc/kubernetes").join(folder).is_dir());
    let layout = (!is_told).then(|| "kubeadm".to_owned());
    OpenOptions {
        root: root.to_owned(),
        layout,
        ..OpenOptions::default()
    }
}

pub(crate) fn read(root: &Path) -> Inventory {
    open(&options(root), &silent, &mut Verified::new()).expect("it is read")
}

pub(crate) fn write(root: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, content).expect("written");
}

pub(crate) fn prepare(root: &Path, request: BootstrapRequest) -> Result<Plan, Failure> {
    let state = root.join("var/lib/kubepki");
    let changer = Changer::with_settings(&options(root), Some(&state), Settings::default());
    changer.prepare(
        &read(root),
        &Request::Bootstrap(request),
        OffsetDateTime::now_utc(),
        &silent,
    )
}

pub(crate) fn line_of(user: &str) -> BootstrapRequest {
    BootstrapRequest::NewLine {
        user: user.to_owned(),
        uid: String::new(),
        groups: vec!["g".to_owned()],
    }
}

#[test]
fn hostile_token_files_are_read_and_never_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let many = (0..20_000).fold(String::new(), |text, n| {
        format!("{text}t{n},user-{n},{n}\n")
    });
    let quotes = "\"".repeat(100_001);
    let open_quotes = "\"\n".repeat(5_000);
    for (content, can_change) in [
        (&b""[..], true),
        (b"\n\n\n", true),
        (b"\xff\xfe,a,b\n", false),
        (b"t1,a,1\n\"open", false),
        (b"t1,\x1b[2J\xe2\x80\xaex,1\n", true),
        (b"t1,a,1\0\0\0", true),
        (b"# comment\nt1,a,1\n", true),
        (quotes.as_bytes(), false),
        (many.as_bytes(), true),
    ] {
        write(root, TOKENS, content);
        let plan = prepare(root, line_of("new"));
        assert_eq!(
            plan.is_ok(),
            can_change,
            "{:?}: {:?}",
            &content[..content.len().min(20)],
            plan.err()
        );
    }
    write(root, TOKENS, &open_quotes);
    assert!(read(root).bootstrap.tokens.len() <= 5_000);
    write(root, TOKENS, &many);
    let inventory = read(root);
    assert_eq!(inventory.bootstrap.tokens.len(), 20_000);
    assert!(!format!("{:?}", inventory.bootstrap).contains("t19999"));
    // Nobody reads it: that is said.
    let plan = prepare(root, line_of("new")).expect("a plan");
    assert!(
        plan.summary.restarts.is_empty()
            && plan
                .summary
                .warnings
                .iter()
                .any(|text| text.contains("--token-auth-file"))
    );
    assert!(!format!("{plan:?}").contains("t19999,"));
}

#[test]
fn hostile_manifests_cost_only_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let kind = "type: bootstrap.kubernetes.io/token\n";
    let deep = format!("{kind}a: {}", "[".repeat(100_000));
    let bomb = (1..30).fold(format!("{kind}a0: &a0 x\n"), |text, n| {
        format!(
            "{text}a{n}: &a{n} [*a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}]\n",
            n - 1
        )
    });
    for (name, content) in [
        ("deep.yaml", deep.as_bytes()),
        ("bomb.yaml", bomb.as_bytes()),
        (
            "half.yaml",
            b"kind: Secret\ntype: bootstrap.kubernetes.io/token\nstringData: [\n",
        ),
        ("bytes.json", b"\xff\xfe bootstrap.kubernetes.io/token"),
        ("word.yml", b"ClusterRoleBinding system:node-bootstrapper\n"),
        (
            "other.yaml",
            b"kind: Secret\ntype: Opaque\n# bootstrap.kubernetes.io/token\n",
        ),
    ] {
        write(root, &format!("/etc/kubernetes/bootstrap/{name}"), content);
    }
    let odd = "kind: Secret\ntype: bootstrap.kubernetes.io/token\nmetadata: {name: bootstrap-token-abcdef}\nstringData:\n  \
               token-id: abcdef\n  token-secret: 0123456789abcdef\n  expiration: soon\n  description: \"a\\e[2J\\u202eb\"\n";
    write(root, "/etc/kubernetes/bootstrap/good.yaml", odd);
    let inventory = read(root);
    let [token] = &inventory.bootstrap.tokens[..] else {
        panic!("{:?}", inventory.bootstrap)
    };
    assert_eq!(
        (token.id.as_str(), token.kind, &*token.path),
        (
            "abcdef",
            TokenKind::Secret,
            "/etc/kubernetes/bootstrap/good.yaml"
        )
    );
    // What is no time has ended for the API server.
    assert!(
        token
            .expires
            .is_some_and(|end| end < OffsetDateTime::now_utc())
            && token.faults.len() == 1,
        "{token:?}"
    );
    assert!(inventory.items.is_empty(), "{:?}", inventory.items);
    // A backup is no token of this master.
    write(
        root,
        "/etc/kubernetes/bootstrap.bak/old.yaml",
        odd.replace("abcdef", "zzzzzz"),
    );
    assert_eq!(read(root).bootstrap.tokens.len(), 1);
}

#[test]
fn bindings_are_known_by_what_they_bind() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let state = |identity| -> Vec<bool> {
        bindings_state(&read(root), identity)
            .iter()
            .map(|(_, path)| path.is_some())
            .collect()
    };
    write(
        root,
        "/etc/kubernetes/rbac.yaml",
        bindings_manifest(Bootstrapper),
    );
    assert_eq!(state(Bootstrapper), [true; 3]);
    // Another user; the same groups.
    assert_eq!(
        (state(TokenFile), state(Token)),
        (vec![false, true, true], vec![false, false, true])
    );
    assert_eq!(state(BootstrapIdentity::None), Vec::<bool>::new());
    // By another name, bound to the group.
    let by_group = "{\"kind\":\"ClusterRoleBinding\",\"metadata\":{\"name\":\"mine\"},\"roleRef\":{\"kind\":\"ClusterRole\",\
                    \"name\":\"system:node-bootstrapper\"},\"subjects\":[{\"kind\":\"User\",\"name\":\"kubelet-bootstrap\"}]}";
    write(root, "/etc/kubernetes/mine.json", by_group);
    assert_eq!(state(TokenFile), [true; 3]);
}

#[test]
fn a_master_of_kubeadm_is_joined_by_its_controlplane_endpoint() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let inventory = read(&master.root);
    assert_eq!(
        server(&inventory).as_deref(),
        Some("https://k8s.example.com:6443")
    );
    assert_eq!(
        endpoint(&inventory).as_deref(),
        Some("k8s.example.com:6443")
    );
    assert_eq!(hashes(&inventory).len(), 1);
}

#[test]
fn what_has_changed_meanwhile_is_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, TOKENS, "t1,a,1\n");
    let master = Master::at(root);
    let changer = Changer::with_settings(&options(root), Some(&master.state), Settings::default());
    let plan = changer.prepare(
        &read(root),
        &Request::Bootstrap(line_of("b")),
        OffsetDateTime::now_utc(),
        &silent,
    );
    let plan = plan.expect("a plan");
    write(root, TOKENS, "t1,a,1\nt2,c,2\n");
    let before = master.tree();
    let refused = changer.apply(&plan, &silent);
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
}

/// A master whose API server reads a token file by its flag.
fn with_a_token_file() -> Option<Master> {
    let master = Master::sample("kubeadm-1.36-ecdsa")?;
    let manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
    let text = fs::read_to_string(master.file(manifest)).expect("a manifest");
    let flag = format!("    - --token-auth-file={TOKENS}\n    - --tls-cert-file");
    write(
        &master.root,
        manifest,
        text.replacen("    - --tls-cert-file", &flag, 1),
    );
    write(&master.root, TOKENS, "t1,a,1\n");
    Some(master)
}

/// An API server that began then.
fn running(started_at: OffsetDateTime) -> Observation {
    let (component, keeper, flags) = (Component::KubeApiserver, Keeper::Unknown, Vec::new());
    let process = Process {
        pid: 7,
        component,
        started_at,
        since_boot: None,
        keeper,
        flags,
    };
    Observation {
        answers: Vec::new(),
        processes: Some(vec![process]),
    }
}

#[test]
fn a_running_api_server_holds_the_token_file() {
    let Some(master) = with_a_token_file() else {
        return;
    };
    let now = OffsetDateTime::now_utc();
    let inventory = read(&master.root);
    for (started_at, is_held) in [
        (now - Duration::hours(1), true),
        (now + Duration::hours(1), false),
    ] {
        let statuses = statuses(&inventory, &running(started_at), now);
        let truth = statuses
            .iter()
            .find(|truth| truth.component == Some(Component::KubeApiserver))
            .expect("it is known");
        assert_eq!(
            truth.stale.iter().any(|held| &*held.path == TOKENS),
            is_held,
            "{truth:?}"
        );
    }
}

#[test]
fn a_running_api_server_would_not_come_back_from_a_token_file_that_it_cannot_read() {
    let Some(master) = with_a_token_file() else {
        return;
    };
    let now = OffsetDateTime::now_utc();
    let obstacle = |root: &Path| {
        obstacle(&read(root), &running(now), Component::KubeApiserver, now).unwrap_or_default()
    };
    assert!(!obstacle(&master.root).contains(TOKENS));
    write(&master.root, TOKENS, "t1,a,1\nbroken\n");
    assert!(obstacle(&master.root).starts_with(&format!("{TOKENS}:2: ")));
    fs::remove_file(master.file(TOKENS)).expect("removed");
    assert!(
        obstacle(&master.root).contains("is not there"),
        "{}",
        obstacle(&master.root)
    );
}
