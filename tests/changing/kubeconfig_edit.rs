//! Kubeconfigs edited in place: nothing but the value changes, whatever the form, and kubectl reads
//! the same.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use kubepki::kubernetes::kubeconfig::{Edit, KubeconfigEntry, edit, parse};
use proptest::prelude::*;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::support::{succeed, text, tool};

fn set(entry: KubeconfigEntry, field: &'static str, value: &str) -> Edit {
    Edit {
        entry,
        field,
        value: Some(Zeroizing::new(value.to_owned())),
    }
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// What kubectl reads, with the fields that may differ taken out.
fn kubectl(program: &Path, file: &Path) -> Value {
    let said = succeed(
        program,
        &[
            "--kubeconfig",
            text(file),
            "config",
            "view",
            "--raw",
            "-o",
            "json",
        ],
    );
    serde_json::from_str(&said).expect("JSON")
}

fn data(pem: &str) -> String {
    base64(
        format!(
            "-----BEGIN X-----\n{}\n-----END X-----\n",
            base64(pem.as_bytes())
        )
        .as_bytes(),
    )
}

/// What the edits of a sample put there.
fn wanted() -> [(KubeconfigEntry, &'static str, String); 3] {
    [
        (
            KubeconfigEntry::User(0),
            "client-certificate-data",
            data("certificate"),
        ),
        (KubeconfigEntry::User(0), "client-key-data", data("key")),
        (
            KubeconfigEntry::Cluster(0),
            "certificate-authority-data",
            data("authority"),
        ),
    ]
}

/// The file's text with that put there, in which no other line differs.
fn edited(old: &str, name: &str) -> String {
    let wanted = wanted();
    let edits: Vec<Edit> = wanted
        .iter()
        .map(|(entry, field, value)| set(*entry, field, value))
        .collect();
    let new = edit(old, &edits).expect(name);
    assert_eq!(old.lines().count(), new.lines().count(), "{name}");
    let differing = old.lines().zip(new.lines()).filter(|(old, new)| old != new);
    let differing: Vec<_> = differing.map(|(_, new)| new.trim().to_owned()).collect();
    let expected = [2, 0, 1]
        .map(|index| &wanted[index])
        .map(|(_, field, value)| format!("{field}: {value}"));
    assert_eq!(differing, expected, "{name}");
    new.to_string()
}

#[test]
fn samples_differ_in_the_values_alone() {
    let (Some(tar), kubectl_program) = (tool("tar"), tool("kubectl")) else {
        return;
    };
    for sample in ["kubeadm-1.36-rsa", "kubeadm-1.36-ecdsa"] {
        let folder = tempfile::tempdir().expect("a folder");
        let archive = format!(
            "{}/tests/fixtures/samples/{sample}.tar.gz",
            env!("CARGO_MANIFEST_DIR")
        );
        succeed(&tar, &["-xpzf", &archive, "-C", text(folder.path())]);
        let files = folder.path().join(sample).join("etc/kubernetes");
        for name in [
            "admin",
            "super-admin",
            "controller-manager",
            "scheduler",
            "kubelet",
        ] {
            let path = files.join(format!("{name}.conf"));
            let new = edited(&fs::read_to_string(&path).expect("a kubeconfig"), name);
            let Some(program) = &kubectl_program else {
                continue;
            };
            let mut before = kubectl(program, &path);
            fs::write(&path, new).expect("writable");
            for (entry, field, value) in wanted() {
                let place = match entry {
                    KubeconfigEntry::User(_) => &mut before["users"][0]["user"],
                    KubeconfigEntry::Cluster(_) => &mut before["clusters"][0]["cluster"],
                };
                place[field] = value.into();
            }
            assert_eq!(kubectl(program, &path), before, "{name}");
        }
    }
}

/// A way to write a value. What stands before it in the line, and how the value is written.
#[derive(Debug, Clone, Copy)]
struct Style {
    before: &'static str,
    write: fn(&str) -> String,
}

const STYLES: [Style; 9] = [
    Style {
        before: "",
        write: str::to_owned,
    },
    Style {
        before: "",
        write: |value| format!("'{value}'"),
    },
    Style {
        before: "",
        write: |value| format!("\"{value}\""),
    },
    Style {
        before: "&anchor ",
        write: str::to_owned,
    },
    Style {
        before: "!!str ",
        write: |value| format!("'{value}'"),
    },
    Style {
        before: "|\n        ",
        write: str::to_owned,
    },
    Style {
        before: "|- # literal\n        ",
        write: str::to_owned,
    },
    Style {
        before: ">-\n        ",
        write: str::to_owned,
    },
    Style {
        before: "\n        ",
        write: str::to_owned,
    },
];

/// Lines that may stand beside the value, unknown and hostile to simple search among them.
const OTHERS: [&str; 9] = [
    "token: client-key-data",
    "# client-key-data: LS0tLS1CRUdJTiBY",
    "'as': \"a # b\"",
    "x-client-key-data: [1, {client-key-data: x}]",
    "exec: {command: a, args: [\"client-key-data: b\"], env: }",
    "note: |\n      client-key-data: not this one\n\n       nor that",
    "auth-provider:\n      # inside\n      name: oidc\n      config:\n        client-key-data: deeper",
    "\"quoted\": 'it''s'",
    "? explicit\n    : value",
];

/// The text before and behind the value of client-key-data in the second of three users.
fn around(before: &[usize], behind: &[usize], comment: bool, style: Style) -> (String, String) {
    // Each may stand once: a second key of the same name is another matter.
    let lines = |which: &[usize]| -> String {
        which
            .iter()
            .map(|index| format!("    {}\n", OTHERS[*index]))
            .fold(String::new(), |text, line| text + &line)
    };
    let is_block = style.before.starts_with(['|', '>']);
    let comment = if comment && !is_block { "  # why" } else { "" };
    let start = format!(
        "# ours\n---\napiVersion: v1\nkind: Config\nusers:\n- name: a\n  user: {{client-key-data: LS0t, token: x}}\n\
         - user:  # mine\n{}    client-key-data: {}",
        lines(before),
        style.before
    );
    let end = format!(
        "{comment}\n{}  name: b\n\n- name: c\n  user:\n    client-key-data: \"LS0t\"\nclusters: []\ncontexts: []\n",
        lines(behind)
    );
    (start, end)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_other_byte_is_kept(
        style in prop::sample::select(&STYLES[..]),
        order in Just((0..OTHERS.len()).collect::<Vec<_>>()).prop_shuffle(),
        (first, second) in (0..OTHERS.len(), 0..OTHERS.len()),
        (comment, windows, mark) in any::<(bool, bool, bool)>(),
        (old, new) in (prop::collection::vec(any::<u8>(), 40..300), prop::collection::vec(any::<u8>(), 40..300)),
    ) {
        let (old, new) = (data(&base64(&old)), data(&base64(&new)));
        let (from, to) = (first.min(second), first.max(second));
        let (start, end) = around(&order[..from], &order[to..], comment, style);
        let finish = |value: &str| {
            let text = format!("{}{start}{}{end}", if mark { "\u{feff}" } else { "" }, (style.write)(value));
            if windows { text.replace('\n', "\r\n") } else { text }
        };
        let text = finish(&old);
        let found = edit(&text, &[set(KubeconfigEntry::User(1), "client-key-data", &new)]);
        let found = found.unwrap_or_else(|error| panic!("{error}\n{text}"));
        // Where a plain value began in a line of its own, that line is kept.
        prop_assert_eq!(&*found, &finish(&new));
    }

    #[test]
    fn any_text_is_edited_rightly_or_refused(text in "[a-z{}\\[\\]:,#&*|>'\" \n-]{0,60}", at in 0..4_usize) {
        let whole = [
            format!("users:\n- name: a\n  user:\n    {text}\n"),
            format!("users:\n- user: {{{text}}}\n"),
            format!("{text}\nusers:\n- user:\n    client-key: {text}\n"),
            format!("users: {text}"),
        ];
        let edits = [set(KubeconfigEntry::User(0), "client-key", "/a/b.key")];
        if let Ok(edited) = edit(&whole[at], &edits) {
            let read = parse(&edited).expect("it reads");
            prop_assert_eq!(read.users[0].key_file.as_deref(), Some("/a/b.key"));
        }
    }
}

#[test]
fn kubectl_reads_the_new_value_in_every_form() {
    let Some(program) = tool("kubectl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config");
    for (number, style) in STYLES.into_iter().enumerate() {
        let others = if number % 2 == 0 {
            &[1, 2, 5][..]
        } else {
            &[1, 7, 4]
        };
        let (start, end) = around(&others[..1], &others[1..], true, style);
        let text = format!("{start}{}{end}", (style.write)(&data("old")));
        let edits = [
            set(KubeconfigEntry::User(1), "client-key-data", &data("new")),
            set(
                KubeconfigEntry::User(1),
                "client-certificate",
                "/etc/kubernetes/yes",
            ),
            set(KubeconfigEntry::User(0), "client-certificate", "12:30"),
            Edit {
                entry: KubeconfigEntry::User(2),
                field: "client-key-data",
                value: None,
            },
            set(KubeconfigEntry::User(2), "client-key", "on"),
        ];
        fs::write(&path, edit(&text, &edits).expect("edited").as_bytes()).expect("writable");
        let users = &kubectl(&program, &path)["users"];
        assert_eq!(users[0]["user"]["client-key-data"], "LS0t");
        assert_eq!(users[0]["user"]["client-certificate"], "12:30");
        assert_eq!(
            users[1]["user"]["client-key-data"],
            data("new"),
            "{style:?}"
        );
        assert_eq!(
            users[1]["user"]["client-certificate"], "/etc/kubernetes/yes",
            "{style:?}"
        );
        assert_eq!(users[2]["user"], serde_json::json!({"client-key": "on"}));
    }
}
