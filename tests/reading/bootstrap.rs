//! What lets nodes join, read from hostile and hand-made files, and changed through the front door.

use std::fs;
use std::path::Path;

use kubepki::engine::change::{Changer, Failure};
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::Inventory;
use kubepki::inventory::bootstrap::{TokenKind, bindings_state, endpoint, hashes, needed_flags, server, token_file};
use kubepki::inventory::process::{Keeper, Process};
use kubepki::inventory::tree::Verified;
use kubepki::kubernetes::bootstrap::BootstrapIdentity::{self, Bootstrapper, Token, TokenFile};
use kubepki::kubernetes::bootstrap::{
    add_line, bindings_manifest, expire, remove_user, token_file as parsed, token_file_line, tokens_from_yaml,
};
use kubepki::kubernetes::component::Component;
use kubepki::plan::{BootstrapRequest, Plan, Request};
use kubepki::progress::silent;
use kubepki::record::Settings;
use kubepki::running::{Observation, obstacle, statuses};
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

use crate::support::changing::{Master, differing};

const TOKENS: &str = "/etc/kubernetes/token.csv";

fn options(root: &Path) -> OpenOptions {
    // Nothing but tokens tells no layout.
    let is_told = ["pki", "ssl"].iter().any(|folder| root.join("etc/kubernetes").join(folder).is_dir());
    let layout = (!is_told).then(|| "kubeadm".to_owned());
    OpenOptions { root: root.to_owned(), layout, ..OpenOptions::default() }
}

fn read(root: &Path) -> Inventory {
    open(&options(root), &silent, &mut Verified::new()).expect("it is read")
}

fn write(root: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, content).expect("written");
}

fn prepare(root: &Path, request: BootstrapRequest) -> Result<Plan, Failure> {
    let state = root.join("var/lib/kubepki");
    let changer = Changer::with_settings(&options(root), Some(&state), Settings::default());
    changer.prepare(&read(root), &Request::Bootstrap(request), OffsetDateTime::now_utc(), &silent)
}

fn line_of(user: &str) -> BootstrapRequest {
    BootstrapRequest::NewLine { user: user.to_owned(), uid: String::new(), groups: vec!["g".to_owned()] }
}

#[test]
fn hostile_token_files_are_read_and_never_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let many = (0..20_000).fold(String::new(), |text, n| format!("{text}t{n},user-{n},{n}\n"));
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
        assert_eq!(plan.is_ok(), can_change, "{:?}: {:?}", &content[..content.len().min(20)], plan.err());
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
        plan.summary.restarts.is_empty() && plan.summary.warnings.iter().any(|text| text.contains("--token-auth-file"))
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
        format!("{text}a{n}: &a{n} [*a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}]\n", n - 1)
    });
    for (name, content) in [
        ("deep.yaml", deep.as_bytes()),
        ("bomb.yaml", bomb.as_bytes()),
        ("half.yaml", b"kind: Secret\ntype: bootstrap.kubernetes.io/token\nstringData: [\n"),
        ("bytes.json", b"\xff\xfe bootstrap.kubernetes.io/token"),
        ("word.yml", b"ClusterRoleBinding system:node-bootstrapper\n"),
        ("other.yaml", b"kind: Secret\ntype: Opaque\n# bootstrap.kubernetes.io/token\n"),
    ] {
        write(root, &format!("/etc/kubernetes/bootstrap/{name}"), content);
    }
    let odd = "kind: Secret\ntype: bootstrap.kubernetes.io/token\nmetadata: {name: bootstrap-token-abcdef}\nstringData:\n  \
               token-id: abcdef\n  token-secret: 0123456789abcdef\n  expiration: soon\n  description: \"a\\e[2J\\u202eb\"\n";
    write(root, "/etc/kubernetes/bootstrap/good.yaml", odd);
    let inventory = read(root);
    let [token] = &inventory.bootstrap.tokens[..] else { panic!("{:?}", inventory.bootstrap) };
    assert_eq!(
        (token.id.as_str(), token.kind, &*token.path),
        ("abcdef", TokenKind::Secret, "/etc/kubernetes/bootstrap/good.yaml")
    );
    // What is no time has ended for the API server.
    assert!(token.expires.is_some_and(|end| end < OffsetDateTime::now_utc()) && token.faults.len() == 1, "{token:?}");
    assert!(inventory.items.is_empty(), "{:?}", inventory.items);
    // A backup is no token of this master.
    write(root, "/etc/kubernetes/bootstrap.bak/old.yaml", odd.replace("abcdef", "zzzzzz"));
    assert_eq!(read(root).bootstrap.tokens.len(), 1);
}

#[test]
fn bindings_are_known_by_what_they_bind() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let state = |identity| -> Vec<bool> {
        bindings_state(&read(root), identity).iter().map(|(_, path)| path.is_some()).collect()
    };
    write(root, "/etc/kubernetes/rbac.yaml", bindings_manifest(Bootstrapper));
    assert_eq!(state(Bootstrapper), [true; 3]);
    // Another user; the same groups.
    assert_eq!((state(TokenFile), state(Token)), (vec![false, true, true], vec![false, false, true]));
    assert_eq!(state(BootstrapIdentity::None), Vec::<bool>::new());
    // By another name, bound to the group.
    let by_group = "{\"kind\":\"ClusterRoleBinding\",\"metadata\":{\"name\":\"mine\"},\"roleRef\":{\"kind\":\"ClusterRole\",\
                    \"name\":\"system:node-bootstrapper\"},\"subjects\":[{\"kind\":\"User\",\"name\":\"kubelet-bootstrap\"}]}";
    write(root, "/etc/kubernetes/mine.json", by_group);
    assert_eq!(state(TokenFile), [true; 3]);
}

#[test]
fn a_hand_made_master_has_its_own_names() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    let inventory = read(&master.root);
    assert_eq!(server(&inventory).as_deref(), Some("https://k8s.example.com:6443"));
    assert_eq!(endpoint(&inventory).as_deref(), Some("k8s.example.com:6443"));
    assert_eq!(hashes(&inventory).len(), 1);
    // The same CA as the cfssl recipes have it.
    let single = tempfile::tempdir().expect("a folder");
    let root = single.path();
    let authority = fs::read(master.file("/etc/kubernetes/pki/ca.crt")).expect("a CA");
    write(root, "/etc/kubernetes/ssl/ca.pem", authority);
    write(root, TOKENS, "0123456789abcdef0123456789abcdef,kubelet-bootstrap,10001,\"system:kubelet-bootstrap\"\n");
    let service = "[Service]\nExecStart=/usr/bin/kube-apiserver --token-auth-file=/etc/kubernetes/token.csv \
                   --advertise-address=fd00::10 --secure-port=7443\n";
    write(root, "/etc/systemd/system/kube-apiserver.service", service);
    let inventory = read(root);
    assert_eq!(inventory.layout, "single-ca");
    assert_eq!(endpoint(&inventory).as_deref(), Some("[fd00::10]:7443"));
    let file = token_file(&inventory).expect("a token file");
    assert!(file.fault.is_none() && file.named_in.as_ref().is_some_and(|(_, line)| *line == 2), "{file:?}");
    let flags = needed_flags(&inventory, BootstrapIdentity::Usual);
    assert!(flags.contains(&(Component::KubeApiserver, "token-auth-file", TOKENS.to_owned())), "{flags:?}");
    assert!(flags.contains(&(
        Component::Kubelet,
        "bootstrap-kubeconfig",
        "/etc/kubernetes/bootstrap.kubeconfig".to_owned()
    )));
    let request = BootstrapRequest::Kubeconfig { identity: "kubelet-bootstrap".to_owned(), server: None, path: None };
    let plan = prepare(root, request).expect("a plan");
    assert_eq!(
        plan.changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(),
        ["/etc/kubernetes/bootstrap.kubeconfig"]
    );
    // The restart is that of the unit.
    let plan = prepare(root, BootstrapRequest::ExpireLine { user: "kubelet-bootstrap".to_owned() }).expect("a plan");
    assert_eq!(plan.summary.restarts[0].how, ["systemctl restart kube-apiserver"]);
}

#[test]
fn a_layout_with_a_token_file_has_it_read_without_a_flag() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    let authority = fs::read(master.file("/etc/kubernetes/pki/ca.crt")).expect("a CA");
    let split = tempfile::tempdir().expect("a folder");
    let root = split.path();
    write(root, "/etc/kubernetes/pki/ca.crt", &authority);
    write(root, "/etc/etcd/pki/ca.crt", &authority);
    write(root, TOKENS, "0123456789abcdef0123456789abcdef,w,10001\n");
    assert_eq!(read(root).layout, "split");
    for request in [line_of("b"), BootstrapRequest::ExpireLine { user: "w".to_owned() }] {
        let summary = prepare(root, request).expect("a plan").summary;
        let [restart] = &summary.restarts[..] else { panic!("{:?}", summary.restarts) };
        assert_eq!((restart.component, restart.required), (Component::KubeApiserver, true));
        let told = summary.warnings.iter().any(|text| text.contains("as the layout split has it, it reads"));
        assert!(told, "{:?}", summary.warnings);
    }
    // Once its flags are known, they decide.
    let service = "[Service]\nExecStart=/usr/bin/kube-apiserver --advertise-address=10.0.0.1\n";
    write(root, "/etc/systemd/system/kube-apiserver.service", service);
    let summary = prepare(root, line_of("b")).expect("a plan").summary;
    assert!(summary.restarts.is_empty(), "{:?}", summary.restarts);
    assert!(summary.warnings.iter().any(|text| text.contains("no flag of kube-apiserver that was found names")));
}

#[test]
fn what_has_changed_meanwhile_is_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, TOKENS, "t1,a,1\n");
    let master = Master::at(root);
    let changer = Changer::with_settings(&options(root), Some(&master.state), Settings::default());
    let plan = changer.prepare(&read(root), &Request::Bootstrap(line_of("b")), OffsetDateTime::now_utc(), &silent);
    let plan = plan.expect("a plan");
    write(root, TOKENS, "t1,a,1\nt2,c,2\n");
    let before = master.tree();
    let refused = changer.apply(&plan, &silent);
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
}

#[test]
fn a_running_api_server_holds_the_token_file() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    let manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
    let text = fs::read_to_string(master.file(manifest)).expect("a manifest");
    let flag = format!("    - --token-auth-file={TOKENS}\n    - --tls-cert-file");
    write(&master.root, manifest, text.replacen("    - --tls-cert-file", &flag, 1));
    write(&master.root, TOKENS, "t1,a,1\n");
    let now = OffsetDateTime::now_utc();
    let observation = |started_at| Observation {
        answers: Vec::new(),
        processes: Some(vec![Process {
            pid: 7,
            component: Component::KubeApiserver,
            started_at,
            since_boot: None,
            keeper: Keeper::Unknown,
            flags: Vec::new(),
        }]),
    };
    let inventory = read(&master.root);
    for (started_at, is_held) in [(now - Duration::hours(1), true), (now + Duration::hours(1), false)] {
        let statuses = statuses(&inventory, &observation(started_at), now);
        let truth =
            statuses.iter().find(|truth| truth.component == Some(Component::KubeApiserver)).expect("it is known");
        assert_eq!(truth.stale.iter().any(|held| &*held.path == TOKENS), is_held, "{truth:?}");
    }
    // It would not come back from a file that it cannot read.
    let obstacle =
        |root: &Path| obstacle(&read(root), &observation(now), Component::KubeApiserver, now).unwrap_or_default();
    assert!(!obstacle(&master.root).contains(TOKENS));
    write(&master.root, TOKENS, "t1,a,1\nbroken\n");
    assert!(obstacle(&master.root).starts_with(&format!("{TOKENS}:2: ")));
    fs::remove_file(master.file(TOKENS)).expect("removed");
    assert!(obstacle(&master.root).contains("is not there"), "{}", obstacle(&master.root));
}

proptest! {
    #[test]
    fn lines_come_and_go_and_all_else_stays(
        old in "([a-z0-9,\" #\u{feff}\r]{0,20}\n){0,6}[a-z,\"]{0,5}",
        user in "[a-zA-Z:,\" -]{1,12}",
        groups in proptest::collection::vec("[a-z:\" -]{1,12}", 0..3),
    ) {
        let line = token_file_line("0f", &user, "7", &groups);
        if let Ok(added) = add_line(old.as_bytes(), &line) {
            prop_assert!(added.starts_with(old.as_bytes()));
            let file = parsed(&String::from_utf8_lossy(&added));
            let last = file.lines.last().expect("the new line");
            prop_assert_eq!((&last.user, &last.groups), (&user, &groups));
            if let Ok(removed) = remove_user(&added, &user) {
                let left = parsed(&String::from_utf8_lossy(&removed));
                prop_assert!(left.lines.iter().all(|line| line.user != user));
                prop_assert_eq!(left.lines.len(), file.lines.iter().filter(|line| line.user != user).count());
            }
        }
    }

    #[test]
    fn ending_a_token_damages_no_text(
        before in "([a-z]{0,6}: ?[\\[{\"'|>&*!#a-z -]{0,9}\r?\n){0,4}(---\n)?",
        between in "([a-z \"-]{0,9}(#[a-z]{0,4})?\n){0,2}",
        id in "[a-z0-9]{6}",
    ) {
        let text = format!(
            "{before}kind: Secret\ntype: bootstrap.kubernetes.io/token\nstringData:\n{between}  token-id: \"{id}\"\n"
        );
        if let Ok(edited) = expire(&text, &id, OffsetDateTime::UNIX_EPOCH) {
            let read = tokens_from_yaml(&edited).expect("YAML");
            prop_assert!(read.iter().any(|token| token.id == id && token.expires == Some(OffsetDateTime::UNIX_EPOCH)));
            prop_assert!(text.lines().all(|line| edited.contains(line)));
        }
    }
}
