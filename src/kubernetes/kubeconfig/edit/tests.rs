use super::*;

const OLD: &str = "T0xEIG9uZQ==";
const NEW: &str = "TkVXIG9uZQ==";

fn user(field: &'static str, value: Option<&str>) -> Edit {
    Edit {
        entry: KubeconfigEntry::User(0),
        field,
        value: value.map(|value| Zeroizing::new(value.to_owned())),
    }
}

fn edited(text: &str, edits: &[Edit]) -> String {
    edit(text, edits)
        .unwrap_or_else(|error| panic!("{error}: {text}"))
        .to_string()
}

/// A kubeconfig whose one user has these fields, each line given without its indentation.
fn block(lines: &[&str]) -> String {
    let fields = lines.join("\n    ");
    let fields = if lines.is_empty() {
        fields
    } else {
        format!("    {fields}\n")
    };
    format!("users: # who\n- name: admin\n  user: # here\n{fields}contexts: []\n")
}

/// Exchanges the value of each field, whatever stands around it, and with either end of line.
fn exchanged(cases: &[(&str, &str)]) {
    for (old, new) in cases {
        for (before, after) in [
            ("token: x", ""),
            ("", "as: y"),
            ("# one\n    token: x # two", "\n\n    as: y"),
        ] {
            let text = block(&[before, old, after]);
            assert_eq!(
                edited(&text, &[user("client-key-data", Some(NEW))]),
                block(&[before, new, after])
            );
            let windows = text.replace('\n', "\r\n");
            let expected = block(&[before, new, after]).replace('\n', "\r\n");
            assert_eq!(
                edited(&windows, &[user("client-key-data", Some(NEW))]),
                expected
            );
        }
    }
}

#[test]
fn the_value_alone_is_exchanged() {
    exchanged(&[
        (
            "client-key-data: T0xEIG9uZQ==  # note",
            "client-key-data: TkVXIG9uZQ==  # note",
        ),
        (
            "client-key-data: 'T0xEIG9uZQ==' # note",
            "client-key-data: 'TkVXIG9uZQ==' # note",
        ),
        (
            "\"client-key-data\" : \"T0xEIG9uZQ==\"",
            "\"client-key-data\" : \"TkVXIG9uZQ==\"",
        ),
        (
            "client-key-data: !!str T0xEIG9uZQ==",
            "client-key-data: !!str TkVXIG9uZQ==",
        ),
        (
            "client-key-data: &k T0xEIG9uZQ==",
            "client-key-data: &k TkVXIG9uZQ==",
        ),
        (
            "client-key-data: &k !!str 'T0xEIG9uZQ=='",
            "client-key-data: &k !!str 'TkVXIG9uZQ=='",
        ),
    ]);
}

#[test]
fn a_value_of_several_lines_becomes_one() {
    exchanged(&[
        (
            "client-key-data: T0xE\n      IG9uZQ== # note",
            "client-key-data: TkVXIG9uZQ== # note",
        ),
        (
            "client-key-data: \"T0xE\\\n      IG9uZQ==\"",
            "client-key-data: \"TkVXIG9uZQ==\"",
        ),
        (
            "client-key-data: |\n      T0xE\n      IG9uZQ==",
            "client-key-data: |\n      TkVXIG9uZQ==",
        ),
        (
            "client-key-data: |- # note\n       T0xE\n       IG9uZQ==\n",
            "client-key-data: |- # note\n       TkVXIG9uZQ==\n",
        ),
        (
            "client-key-data: >+\n      T0xE\n      IG9uZQ==\n\n",
            "client-key-data: >+\n      TkVXIG9uZQ==\n\n",
        ),
        (
            "client-key-data: |2\n      T0xE",
            "client-key-data: |2\n      TkVXIG9uZQ==",
        ),
    ]);
}

#[test]
fn a_value_that_is_not_there_is_written() {
    exchanged(&[
        (
            "? client-key-data\n    : T0xEIG9uZQ==",
            "? client-key-data\n    : TkVXIG9uZQ==",
        ),
        ("client-key-data:", "client-key-data: TkVXIG9uZQ=="),
        (
            "client-key-data: # none",
            "client-key-data: TkVXIG9uZQ== # none",
        ),
        ("client-key-data: ~", "client-key-data: TkVXIG9uZQ=="),
    ]);
}

#[test]
fn braces_and_json_stay() {
    for (old, new) in [
        (
            "{client-key-data: T0xEIG9uZQ==, token: x}",
            "{client-key-data: TkVXIG9uZQ==, token: x}",
        ),
        (
            "{token: x,client-key-data: 'T0xEIG9uZQ=='}",
            "{token: x,client-key-data: 'TkVXIG9uZQ=='}",
        ),
        (
            "{\"client-key-data\":\"T0xEIG9uZQ==\",\"token\":\"x\"}",
            "{\"client-key-data\":\"TkVXIG9uZQ==\",\"token\":\"x\"}",
        ),
        (
            "{\n   token: x, # a\n   client-key-data: T0xEIG9uZQ== # b\n   }",
            "{\n   token: x, # a\n   client-key-data: TkVXIG9uZQ== # b\n   }",
        ),
        (
            "{token: x}",
            "{client-key-data: \"TkVXIG9uZQ==\", token: x}",
        ),
        (
            "{\n    \"token\": \"x\" }",
            "{\n    \"client-key-data\": \"TkVXIG9uZQ==\",\n    \"token\": \"x\" }",
        ),
        ("{}", "{\"client-key-data\": \"TkVXIG9uZQ==\"}"),
        ("null", "{\"client-key-data\": \"TkVXIG9uZQ==\"}"),
    ] {
        let text = |user: &str| format!("users: [ {{name: a, user: {user} }} ]\nkind: Config\n");
        assert_eq!(
            edited(&text(old), &[user("client-key-data", Some(NEW))]),
            text(new)
        );
    }
    let empty = "users:\n- user: # none\n  name: a\n";
    let filled = "users:\n- user: {\"client-key-data\": \"TkVXIG9uZQ==\"} # none\n  name: a\n";
    assert_eq!(edited(empty, &[user("client-key-data", Some(NEW))]), filled);
}

#[test]
fn fields_are_removed_with_their_lines() {
    let fields = [
        "as: y # z",
        "client-key-data: |\n      T0xE\n",
        "# kept",
        "client-certificate: /a # gone",
        "token: x",
    ];
    let text = block(&fields);
    assert_eq!(
        edited(&text, &[user("client-certificate", None)]),
        block(&[fields[0], fields[1], fields[2], fields[4]])
    );
    assert_eq!(edited(&text, &[user("as", None)]), block(&fields[1..]));
    assert_eq!(edited(&text, &[user("token", None)]), block(&fields[..4]));
    assert_eq!(edited(&text, &[user("username", None)]), text);
    assert_eq!(
        edited(&block(&["token: x"]), &[user("token", None)]),
        block(&[])
    );
    assert_eq!(
        edited(
            &block(&["token:", "as: y", "token: z"]),
            &[user("token", None)]
        ),
        block(&["as: y"])
    );
    let text = |fields: &str| format!("{{\"users\":[{{\"name\":\"a\",\"user\":{{{fields}}}}}]}}");
    for (old, new) in [
        ("\"token\":\"x\", \"as\":\"y\"", "\"as\":\"y\""),
        ("\"as\":\"y\", \"token\":\"x\"", "\"as\":\"y\""),
        (
            "\n  \"as\": \"y\",\n  \"token\": \"x\",\n  \"b\": 1\n",
            "\n  \"as\": \"y\",\n  \"b\": 1\n",
        ),
        ("\"token\":\"x\"", ""),
    ] {
        assert_eq!(edited(&text(old), &[user("token", None)]), text(new));
    }
}

#[test]
fn a_file_takes_the_place_of_data() {
    let edits = [
        user("client-certificate-data", None),
        user("client-key-data", None),
        user(
            "client-certificate",
            Some("/var/lib/kubelet/pki/kubelet-client-current.pem"),
        ),
        user(
            "client-key",
            Some("/var/lib/kubelet/pki/kubelet-client-current.pem"),
        ),
    ];
    let old = block(&[
        "client-certificate-data: T0xEIG9uZQ== # c",
        "client-key-data: 'T0xEIG9uZQ=='",
    ]);
    let new = block(&[
        "client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem # c",
        "client-key: '/var/lib/kubelet/pki/kubelet-client-current.pem'",
    ]);
    assert_eq!(edited(&old, &edits), new);
    let json = |fields: &str| format!("{{\"users\":[{{\"name\":\"a\",\"user\":{{{fields}}}}}]}}");
    let old = json("\"client-certificate-data\": \"x\",\n\"client-key-data\": \"y\"");
    let path = "\"/var/lib/kubelet/pki/kubelet-client-current.pem\"";
    assert_eq!(
        edited(&old, &edits),
        json(&format!(
            "\"client-certificate\": {path},\n\"client-key\": {path}"
        ))
    );
}

#[test]
fn what_other_readers_would_take_for_something_else_is_quoted() {
    for (value, written) in [
        ("yes", "\"yes\""),
        ("1_000_000", "\"1_000_000\""),
        ("12:30:45", "\"12:30:45\""),
        ("/a path/# b", "\"/a path/# b\""),
        ("C:\\keys\\\"a\"", "\"C:\\\\keys\\\\\\\"a\\\"\""),
        ("a\tb\u{7f}", "\"a\\tb\\u007f\""),
        ("", "\"\""),
        (
            "/etc/kubernetes/pki/ключ.pem",
            "\"/etc/kubernetes/pki/ключ.pem\"",
        ),
    ] {
        let text = block(&["client-key: old-one"]);
        let expected = block(&[&format!("client-key: {written}")]);
        assert_eq!(edited(&text, &[user("client-key", Some(value))]), expected);
    }
    let text = block(&["client-key: 'old'"]);
    assert_eq!(
        edited(&text, &[user("client-key", Some("it's"))]),
        block(&["client-key: 'it''s'"])
    );
    // A block scalar's line end would become a part of a path.
    let text = block(&["client-key: |\n      old", "as: y"]);
    assert_eq!(
        edited(&text, &[user("client-key", Some("/a/key.pem"))]),
        block(&["client-key: /a/key.pem", "as: y"])
    );
}

#[test]
fn aliases_are_kept_and_never_reach_further() {
    let shared = "users:\n- name: a\n  user: &u\n    token: x\n    client-key-data: T0xEIG9uZQ==\n- name: b\n  user: *u\n";
    let both = [
        user("client-key-data", Some(NEW)),
        Edit {
            entry: KubeconfigEntry::User(1),
            ..user("client-key-data", Some(NEW))
        },
    ];
    assert_eq!(edited(shared, &both), shared.replace(OLD, NEW));
    assert!(matches!(
        edit(shared, &both[..1]),
        Err(EditError::Form { .. })
    ));
    let alias = "x: &k T0xEIG9uZQ==\nusers:\n- name: a\n  user:\n    client-key-data: *k # note\n";
    assert_eq!(edited(alias, &both[..1]), alias.replace("*k", NEW));
    let merged =
        "x: &m {client-key-data: T0xE}\nusers:\n- name: a\n  user:\n    <<: *m\n    token: x\n";
    assert_eq!(
        edited(merged, &both[..1]),
        merged.replace("    <<", "    client-key-data: TkVXIG9uZQ==\n    <<")
    );
    assert!(matches!(
        edit(merged, &[user("client-key-data", None)]),
        Err(EditError::Form { .. })
    ));
    let twice = block(&["client-key-data: a", "token: x", "client-key-data: b"]);
    assert_eq!(
        edited(&twice, &both[..1]),
        twice.replace(": b", ": TkVXIG9uZQ==")
    );
}

#[test]
fn what_is_not_there_is_named() {
    let second = Edit {
        entry: KubeconfigEntry::User(1),
        ..user("token", None)
    };
    assert_eq!(
        edit(&block(&[]), std::slice::from_ref(&second)),
        Err(EditError::NoEntry(KubeconfigEntry::User(1)))
    );
    assert_eq!(
        EditError::NoEntry(KubeconfigEntry::User(1)).to_string(),
        "entry 2 of users is not there"
    );
    for text in [
        "users: x",
        "users: [1, {name: a}]",
        "[]",
        "users: [{user: []}]",
    ] {
        assert_eq!(
            edit(text, &[user("token", None)]),
            Err(EditError::NoEntry(KubeconfigEntry::User(0))),
            "{text}"
        );
    }
    assert!(matches!(
        edit("users: [", &[user("token", None)]),
        Err(EditError::Yaml(_))
    ));
    let list = block(&["client-key-data: [a]"]);
    assert!(matches!(
        edit(&list, &[user("client-key-data", Some(NEW))]),
        Err(EditError::Form { .. })
    ));
}

#[test]
fn nothing_of_a_value_is_shown() {
    let edit = user("client-key-data", Some("hunter2"));
    assert_eq!(
        format!("{edit:?}"),
        "Edit(entry 1 of users, client-key-data, …)"
    );
}
