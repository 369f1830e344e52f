use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::{Credential, TokenKind};
use super::*;
use crate::pki::key::{KeyAlgorithm, PrivateKey};
use crate::pki::pem;

fn config(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: k\n  cluster:\n    server: https://10.0.0.10:6443\n{cluster}\
         contexts:\n- name: a@k\n  context: {{cluster: k, user: a}}\ncurrent-context: a@k\nusers:\n- name: a\n  user:\n{user}"
    )
}

fn faults(text: &str) -> Vec<String> {
    let words = |read: Kubeconfig| read.faults.iter().map(ToString::to_string).collect();
    parse(text).map_or_else(|error| vec![error.to_string()], words)
}

#[test]
fn a_user_is_one_kind() {
    let certificate = STANDARD.encode(pem::encode("CERTIFICATE", b"x"));
    for (user, expected) in [
        (
            format!("    client-certificate-data: {certificate}\n    token: t\n"),
            Credential::Certificate,
        ),
        (
            "    client-certificate: ../a.crt\n".to_owned(),
            Credential::Certificate,
        ),
        (
            "    tokenFile: /t\n    token: t\n".to_owned(),
            Credential::TokenFile("/t"),
        ),
        (
            "    token: hunter2\n".to_owned(),
            Credential::Token(&Token::new("hunter2")),
        ),
        (
            "    token: 12345\n".to_owned(),
            Credential::Token(&Token::new("12345")),
        ),
        (
            "    username: u\n    password: hunter2\n".to_owned(),
            Credential::Password("u"),
        ),
        (
            "    exec: {command: aws, args: [hunter2]}\n".to_owned(),
            Credential::Exec("aws"),
        ),
        (
            "    auth-provider: {name: oidc, config: {id-token: hunter2}}\n".to_owned(),
            Credential::AuthProvider("oidc"),
        ),
        ("    token: ''\n".to_owned(), Credential::None),
    ] {
        let read = parse(&config("", &user)).unwrap_or_default();
        assert_eq!(
            read.users.first().map(User::credential),
            Some(expected),
            "{user}"
        );
        assert_eq!(read.faults, []);
        assert!(!format!("{read:?}").contains("hunter2"), "{read:?}");
    }
}

#[test]
fn no_password_of_a_server() {
    for (server, expected) in [
        (
            "http://user:hunter2@10.0.0.10:8080",
            "http://***@10.0.0.10:8080",
        ),
        (
            "https://user:hun/hunter2@10.0.0.10",
            "https://***@10.0.0.10",
        ),
        ("user:hunter2@10.0.0.10", "***@10.0.0.10"),
        ("https://10.0.0.10:6443", "https://10.0.0.10:6443"),
        ("@", "***@"),
    ] {
        let text =
            config("", "    token: t\n").replace("https://10.0.0.10:6443", &format!("'{server}'"));
        let read = parse(&text).unwrap_or_default();
        assert_eq!(
            read.clusters.first().map(|cluster| cluster.server.as_str()),
            Some(expected)
        );
        assert!(!format!("{read:?}").contains("hunter2"), "{read:?}");
    }
}

#[test]
fn damage_is_a_fault_and_the_rest_is_read() {
    let block = pem::encode("CERTIFICATE", b"x");
    let good = STANDARD.encode(&block);
    let twice = STANDARD.encode(&good);
    let data = |data: &str| {
        config(
            &format!("    certificate-authority-data: {data}\n"),
            "    token: t\n",
        )
    };
    let prefix = "the cluster \"k\": certificate-authority-data cannot be used: ";
    for (text, expected) in [
        (data(&good), vec![]),
        (data(&format!("|\n      {}\n      {}", &good[..20], &good[20..])), vec![]),
        (data(&twice), vec![format!("{prefix}it is base64 twice over: decode it once more")]),
        (data("'%%%'"), vec![format!("{prefix}it is not base64")]),
        (data("aGVsbG8="), vec![format!("{prefix}it holds no PEM block")]),
        (
            config(&format!("    certificate-authority-data: {good}\n    certificate-authority: ca.crt\n"), "    token: t\n"),
            vec!["the cluster \"k\" has certificate-authority-data and certificate-authority: kubectl refuses both together".to_owned()],
        ),
        (
            config("", "    token: a\n    token: b\n"),
            vec!["users[0].user.token stands twice: the last one counts".to_owned()],
        ),
        (
            config("", "    token: a\n- name: a\n  user: {token: b}\n"),
            vec!["the user \"a\" stands twice: kubectl refuses the file".to_owned()],
        ),
        (
            config("", "    token: a\n").replace("current-context: a@k", "current-context: \"b\\e[2J\""),
            vec!["the current context \"b\\\\u{1b}[2J\" is not there".to_owned()],
        ),
        (
            config("", "    token: a\n").replace("cluster: k, user: a", "cluster: l, user: b"),
            vec![
                "the context \"a@k\" names a cluster that is not there".to_owned(),
                "the context \"a@k\" names a user that is not there".to_owned(),
            ],
        ),
    ] {
        assert_eq!(faults(&text), expected, "{text}");
    }
}

#[test]
fn what_stops_kubectl_is_no_word_of_a_name() {
    let stops = |text: &str| -> Vec<bool> {
        parse(text).map_or_else(
            |_| Vec::new(),
            |read| read.faults.iter().map(KubeconfigFault::stops).collect(),
        )
    };
    let named = |name: &str| {
        config("", "    token: a\n")
            .replace("name: a@k", &format!("name: {name:?}"))
            .replace(
                "current-context: a@k",
                &format!("current-context: {name:?}"),
            )
            .replace("cluster: k, user: a", "cluster: l, user: a")
    };
    // A context that is called as the words of a fault costs itself alone.
    for name in [
        "a",
        "kubectl refuses; the current context",
        "cannot be used",
    ] {
        assert_eq!(stops(&named(name)), [false], "{name}");
    }
    assert_eq!(
        stops(&config("", "    token: a\n").replace("current-context: a@k", "current-context: b")),
        [true]
    );
    assert_eq!(
        stops(&config("", "    client-key-data: '%'\n    client-key: a\n")),
        [true, true]
    );
    assert_eq!(stops(&config("", "    token: a\n    token: b\n")), [false]);
}

#[test]
fn of_a_key_the_public_half_is_kept() -> Result<(), Box<dyn std::error::Error>> {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256)?;
    let data = STANDARD.encode(key.to_pem().as_bytes());
    let read = parse(&config(
        "",
        &format!("    client-key-data: {data}\n    client-key: /unused\n"),
    ))?;
    let user = read.users.first().ok_or("no user")?;
    assert_eq!(user.key.as_ref(), Some(&Ok(key.public().clone())));
    assert_eq!(
        (user.key_file_in_use(), user.key_file.as_deref()),
        (None, Some("/unused"))
    );
    let broken = parse(&config(
        "",
        &format!(
            "    client-key-data: {}\n",
            STANDARD.encode(pem::encode("CERTIFICATE", b"x"))
        ),
    ))?;
    assert_eq!(broken.users[0].key, Some(Err(DataFault::NoKey)));
    Ok(())
}

#[test]
fn clusters_say_where_they_are() {
    let text = config(
        "    insecure-skip-tls-verify: true\n    tls-server-name: kubernetes\n",
        "    token: abcdef.0123456789abcdef\n",
    );
    let read = parse(&text.replace(
        "https://10.0.0.10:6443",
        "https://rancher.example.com/k8s/clusters/c-m-x1",
    ))
    .unwrap_or_default();
    let cluster = &read.clusters[0];
    assert!(cluster.insecure);
    assert_eq!(
        (
            cluster.tls_server_name.as_deref(),
            cluster.rancher_cluster()
        ),
        (Some("kubernetes"), Some("c-m-x1"))
    );
    assert_eq!(
        read.current_context().map(|context| context.user.as_str()),
        Some("a")
    );
    let kind = read.users[0].token.as_ref().map(Token::kind);
    assert_eq!(
        kind,
        Some(TokenKind::Bootstrap {
            id: "abcdef".to_owned()
        })
    );
}

#[test]
fn json_and_what_is_none() {
    let json = r#"{"kind":"Config","clusters":[],"contexts":[],"users":[{"name":"a","user":{"token":"t"}}]}"#;
    assert_eq!(parse(json).map(|read| read.users.len()), Ok(1));
    for text in [
        "",
        "- a",
        "kind: Pod\nusers: []\n",
        "kind: Config\n",
        "users: 7\nkind: Secret\n",
        "users: [",
        "\0",
        "a: !x [b]",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    assert_eq!(
        faults("users: 7\nclusters: [1, {}, [], null]\ncontexts: {a: b}\n"),
        Vec::<String>::new()
    );
    assert!(looks_like(&config("", "    token: t\n")) && !looks_like("kind: Pod"));
}
