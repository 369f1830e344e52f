//! Verdicts on requests: a line of the table is a request and what one rule says of it.

use std::fs;
use std::path::Path;

use kubepki::inventory::RequestItem;
use kubepki::inventory::file::{Expectation, parse};
use kubepki::pki::pem;
use kubepki::record::{Answer, Approval};
use kubepki::verdict::{Rule, Verdict};
use time::macros::datetime;

use crate::support::judging::{Asked, Bench};
use crate::support::{succeed, text, tool};
use crate::verdicts_table::{MADE_BY_OPENSSL, TABLE};

/// As the table says it.
fn said(verdict: &Verdict, rule: &str) -> &'static str {
    let rule = Rule::ALL
        .into_iter()
        .find(|one| one.id() == rule)
        .expect(rule);
    let answers = verdict.rules.iter().filter(|one| one.rule == rule);
    let worst = answers.max_by_key(|one| (one.answer, one.is_known));
    match worst.map(|one| (one.answer, one.is_known)) {
        None => "silent",
        Some((Answer::Green, true)) => "green",
        Some((Answer::Amber, true)) => "amber",
        Some((Answer::Amber, false)) => "unknown",
        Some((Answer::Red, true)) => "red",
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn each_rule_says_of_each_request_what_the_table_says() {
    let bench = Bench::new();
    assert!(TABLE.len() >= 100, "{} lines", TABLE.len());
    let mut wrong = Vec::new();
    for (rule, expected, line) in TABLE {
        let verdict = bench.judge(line);
        let answer = said(&verdict, rule);
        if answer != *expected {
            let told = verdict.rules.iter().filter(|one| one.rule.id() == *rule);
            let told: Vec<&str> = told.map(|one| one.text.as_str()).collect();
            wrong.push(format!(
                "{rule} of {line:?}: {answer}, not {expected}: {told:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A request that openssl makes, as it lies in a file.
fn made_by_openssl(openssl: &Path, folder: &Path, key: &str, more: &[&str]) -> Vec<u8> {
    let (key_path, out) = (folder.join("key"), folder.join("request.csr"));
    let mut make = vec!["genpkey", "-out", text(&key_path), "-algorithm"];
    make.extend(key.split_whitespace());
    succeed(openssl, &make);
    let config = folder.join("challenge.cnf");
    let words = "[req]\nprompt=no\ndistinguished_name=dn\nattributes=at\n[dn]\nCN=a\n[at]\nchallengePassword=throwaway\n";
    fs::write(&config, words).expect("it is written");
    let mut ask = vec!["req", "-new", "-key", text(&key_path), "-out", text(&out)];
    // With a subject on the command line openssl passes over what the file says.
    if !more.contains(&"CHALLENGE") {
        ask.extend(["-subj", "/CN=a"]);
    }
    ask.extend(more.iter().map(|word| {
        if *word == "CHALLENGE" {
            text(&config)
        } else {
            *word
        }
    }));
    succeed(openssl, &ask);
    fs::read(out).expect("a request")
}

/// The first request of a file, as a master's is read.
fn of_file(bytes: &[u8]) -> RequestItem {
    let mut content = parse(bytes, Expectation::default());
    RequestItem {
        writers: None,
        id: "request".into(),
        path: "/etc/kubernetes/pki/request.csr".into(),
        name: "request.csr".to_owned(),
        request: content.requests.remove(0),
        object: None,
        key_path: None,
    }
}

#[test]
fn what_openssl_makes_is_judged_by_what_it_is() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let bench = Bench::new();
    for (key, more, expected) in MADE_BY_OPENSSL {
        let bytes = made_by_openssl(&openssl, bench.ground.folder.path(), key, more);
        let verdict = bench.judged(&of_file(&bytes));
        for (rule, answer) in *expected {
            assert_eq!(
                said(&verdict, rule),
                *answer,
                "{rule} of {key} {more:?}: {verdict:?}"
            );
        }
    }
}

#[test]
fn what_was_changed_after_it_was_signed_is_red() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let bench = Bench::new();
    let key = "EC -pkeyopt ec_paramgen_curve:P-256";
    let bytes = made_by_openssl(&openssl, bench.ground.folder.path(), key, &[]);
    let block = pem::blocks(&bytes).remove(0).expect("a block");
    let mut der = block.der.to_vec();
    let at = der
        .windows(3)
        .position(|three| three == [0x0c, 1, b'a'])
        .expect("the CN");
    der[at + 2] = b'b';
    assert_eq!(said(&bench.judged(&of_file(&der)), "own-signature"), "red");
}

#[test]
fn the_example_of_the_documentation_is_judged_as_cfssl_makes_it() {
    let Some(cfssl) = tool("cfssl") else {
        return;
    };
    let bench = Bench::new();
    let asked = bench.ground.folder.path().join("request.json");
    let words = r#"{"hosts": ["my-svc.my-namespace.svc.cluster.local", "my-pod.my-namespace.pod.cluster.local",
        "192.0.2.24", "10.0.34.2"], "CN": "my-pod.my-namespace.pod.cluster.local", "key": {"algo": "ecdsa", "size": 256}}"#;
    fs::write(&asked, words).expect("it is written");
    let answer: serde_json::Value =
        serde_json::from_str(&succeed(&cfssl, &["genkey", text(&asked)])).expect("JSON");
    let request = of_file(answer["csr"].as_str().expect("a request").as_bytes());
    let verdict = bench.judged(&request);
    for (rule, expected) in [
        ("own-signature", "green"),
        ("key-strength", "green"),
        ("privileges", "green"),
        ("requester", "unknown"),
        ("signer", "unknown"),
    ] {
        assert_eq!(said(&verdict, rule), expected, "{rule}");
    }
}

#[test]
fn every_rule_and_every_answer_that_it_can_give_is_in_the_table() {
    for rule in Rule::ALL {
        let of_rule = TABLE.iter().filter(|(of, ..)| *of == rule.id());
        let made = MADE_BY_OPENSSL.iter().flat_map(|(.., expected)| *expected);
        let made = made
            .filter(|(of, _)| *of == rule.id())
            .map(|(_, answer)| *answer);
        let mut answers: Vec<&str> = of_rule.map(|(_, answer, _)| *answer).chain(made).collect();
        answers.sort_unstable();
        answers.dedup();
        assert!(answers.len() >= 2, "{}: {answers:?}", rule.id());
    }
}

#[test]
fn nothing_is_green_by_what_a_file_claims() {
    let bench = Bench::new();
    for (_, _, line) in TABLE.iter().filter(|(_, _, line)| line.contains("user=")) {
        assert_ne!(said(&bench.judge(line), "requester"), "green", "{line}");
    }
}

#[test]
fn ten_thousand_requests_are_judged_in_one_go() {
    let bench = Bench::new();
    let request = bench.request(&Asked("cn=ann eku=client"));
    let mut inventory = bench.inventory.clone();
    inventory.requests = (0..10_000).map(|_| request.clone()).collect();
    let approval = Approval::default();
    let moment = datetime!(2026-12-01 00:00 UTC);
    let all = kubepki::verdict::judge_all(&inventory, &approval, moment);
    assert_eq!(all.len(), 10_000);
    assert_eq!(said(&all[9_999].verdict, "key-once"), "amber");
}
