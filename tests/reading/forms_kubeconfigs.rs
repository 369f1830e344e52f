//! Forms of credentials and clusters in kubeconfigs: who the user is, and which cluster is reached.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::tree::Verified;
use kubepki::inventory::{Reaches, User, UserKind};
use kubepki::progress::silent;

use crate::forms::Place;
use crate::support::text;

fn user(place: &Place, credential: &str, server: &str, authority: &str) -> (User, Reaches) {
    let text = format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    server: {server}\n    {authority}\nusers:\n- name: u\n  user:\n    {credential}\n\
         contexts:\n- name: x\n  context:\n    cluster: c\n    user: u\ncurrent-context: x\n"
    );
    place.write("etc/kubernetes/admin.conf", text);
    let options = OpenOptions {
        root: place.folder.path().to_owned(),
        ..OpenOptions::default()
    };
    let inventory = open(&options, &silent, &mut Verified::new()).expect("it can be read");
    let kubeconfig = inventory
        .kubeconfigs
        .into_iter()
        .find(|it| it.path.ends_with("admin.conf"))
        .expect("it is there");
    let [context] = &kubeconfig.contexts[..] else {
        panic!("one context")
    };
    let reaches = context.reaches;
    (
        kubeconfig.users.into_iter().next().expect("one user"),
        reaches,
    )
}

/// A master with a CA and service account keys.
fn master() -> Option<Place> {
    let place = Place::new()?;
    place.pair("etc/kubernetes/pki/ca", "/CN=kubernetes");
    let private = place.at("etc/kubernetes/pki/sa.key");
    let public = place.at("etc/kubernetes/pki/sa.pub");
    place.openssl(&["genrsa", "-out", text(&private), "2048"]);
    place.openssl(&[
        "rsa",
        "-in",
        text(&private),
        "-pubout",
        "-out",
        text(&public),
    ]);
    place.write("etc/kubernetes/manifests/kube-apiserver.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: kube-apiserver\n    command:\n    - kube-apiserver\n    - --token-auth-file=/etc/kubernetes/known.csv\n");
    place.write(
        "etc/kubernetes/known.csv",
        "s3cr3t,jane,7,\"developers,testers\"\n",
    );
    Some(place)
}

fn service_account_token(place: &Place, key: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    let claims = URL_SAFE_NO_PAD
        .encode(r#"{"sub":"system:serviceaccount:kube-system:builder","exp":1800000000}"#);
    place.write("signed", format!("{header}.{claims}"));
    let (data, signature) = (place.at("signed"), place.at("signature"));
    place.openssl(&[
        "dgst",
        "-sha256",
        "-sign",
        text(&place.at(key)),
        "-out",
        text(&signature),
        text(&data),
    ]);
    format!(
        "{header}.{claims}.{}",
        URL_SAFE_NO_PAD.encode(place.bytes("signature"))
    )
}

/// Whose a credential is.
struct Whose {
    kind: UserKind,
    identity: Option<&'static str>,
    groups: &'static [&'static str],
    /// A part of the note beside it.
    note: &'static str,
}

/// Those that name one of Kubernetes' users, and those that name nobody.
const CREDENTIALS: [(&str, Whose); 6] = [
    (
        "token: abcdef.0123456789abcdef",
        Whose {
            kind: UserKind::BootstrapToken,
            identity: Some("system:bootstrap:abcdef"),
            groups: &["system:bootstrappers"],
            note: "",
        },
    ),
    (
        "token: s3cr3t",
        Whose {
            kind: UserKind::StaticToken,
            identity: Some("jane"),
            groups: &["developers", "testers"],
            note: "line 1",
        },
    ),
    (
        "token: unknown",
        Whose {
            kind: UserKind::StaticToken,
            identity: None,
            groups: &[],
            note: "no token file here has its token",
        },
    ),
    (
        "username: bob\n    password: s3cr3t",
        Whose {
            kind: UserKind::Password,
            identity: Some("bob"),
            groups: &[],
            note: "no passwords",
        },
    ),
    (
        "exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: aws-iam",
        Whose {
            kind: UserKind::Exec,
            identity: None,
            groups: &[],
            note: "runs aws-iam",
        },
    ),
    (
        "{}",
        Whose {
            kind: UserKind::None,
            identity: None,
            groups: &[],
            note: "",
        },
    ),
];

/// What is said of a credential; gives the note.
fn said(place: &Place, credential: &str, whose: &Whose) -> String {
    let (user, _) = user(
        place,
        credential,
        "https://10.0.0.10:6443",
        "insecure-skip-tls-verify: true",
    );
    assert_eq!(
        (user.kind, user.identity.as_deref()),
        (whose.kind, whose.identity),
        "{credential}"
    );
    assert_eq!(user.groups, whose.groups, "{credential}");
    assert!(
        !format!("{user:?}").contains("s3cr3t"),
        "no secret comes out"
    );
    let said = user.note.unwrap_or_default();
    assert!(said.contains(whose.note), "{credential}: {said}");
    said
}

#[test]
fn users_are_who_their_credential_says() {
    let Some(place) = master() else { return };
    for (credential, whose) in &CREDENTIALS {
        let said = said(&place, credential, whose);
        assert!(!said.contains("not signed"), "{said}");
    }
}

#[test]
fn service_accounts_are_who_this_master_signed_for() {
    let Some(place) = master() else { return };
    place.openssl(&["genrsa", "-out", text(&place.at("foreign.key")), "2048"]);
    for (key, is_own) in [("etc/kubernetes/pki/sa.key", true), ("foreign.key", false)] {
        let token = service_account_token(&place, key);
        let whose = Whose {
            kind: UserKind::ServiceAccountToken,
            identity: Some("system:serviceaccount:kube-system:builder"),
            groups: &[
                "system:serviceaccounts",
                "system:serviceaccounts:kube-system",
            ],
            note: "signed by this master's",
        };
        let said = said(&place, &format!("token: {token}"), &whose);
        assert_eq!(
            said.contains("not signed by this master's"),
            !is_own,
            "{said}"
        );
    }
}

#[test]
fn contexts_reach_what_their_authority_says() {
    let Some(place) = master() else { return };
    place.pair("foreign", "/CN=kubernetes");
    let data = |name: &str| {
        format!(
            "certificate-authority-data: {}",
            STANDARD.encode(place.bytes(name))
        )
    };
    for (server, authority, expected) in [
        (
            "https://10.0.0.10:6443",
            data("etc/kubernetes/pki/ca.crt"),
            Reaches::ThisMaster,
        ),
        (
            "https://10.0.0.10:6443",
            "certificate-authority: pki/ca.crt".to_owned(),
            Reaches::ThisMaster,
        ),
        (
            "https://10.0.0.10:6443",
            data("foreign.crt"),
            Reaches::AnotherCluster,
        ),
        (
            "https://rancher.example/k8s/clusters/c-m-abc",
            data("foreign.crt"),
            Reaches::ThroughRancher,
        ),
        (
            "https://10.0.0.10:6443",
            "insecure-skip-tls-verify: true".to_owned(),
            Reaches::Unknown,
        ),
    ] {
        let (_, reaches) = user(&place, "token: x", server, &authority);
        assert_eq!(reaches, expected, "{server} {}", &authority[..30]);
    }
}
