//! `list --ledger`: found by anything one has in hand, in every form.

use std::collections::BTreeSet;

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::changing::Master;
use crate::support::issuing::Issuing;
use crate::support::ledger::rows;

/// What the contract names, in its order, and what is beside it.
const CONTRACT: [&str; 10] = [
    "sha256",
    "serialNumber",
    "subject",
    "issuer",
    "notBefore",
    "notAfter",
    "issuedAt",
    "by",
    "operation",
    "note",
];

/// A CN that a spreadsheet would run.
const FORMULA: &str = "=HYPERLINK(1)";

/// A master with two certificates made for others.
fn issuing() -> Issuing {
    let issuing = Issuing::new();
    issuing.issued(
        "web",
        "--profile server --san shop.example.org --days 30 --note shop-window",
    );
    issuing.issued(
        "robot",
        &format!("--profile client --cn {FORMULA} --org robots"),
    );
    issuing
}

/// The subjects that `list --ledger` gives with these flags, each once.
fn subjects(master: &Master, flags: &[&str]) -> BTreeSet<String> {
    let found = rows(master, flags);
    let subject = |row: &Value| row["subject"].as_str().expect("text").to_owned();
    found.iter().map(subject).collect()
}

/// The one row with this note or subject.
fn row(all: &[Value], field: &str, value: &str) -> Value {
    let mut found = all.iter().filter(|row| row[field] == *value);
    let one = found
        .next()
        .unwrap_or_else(|| panic!("{field} {value} in {all:?}"));
    assert_eq!(found.next(), None);
    one.clone()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {row}"))
}

fn colons(digits: &str) -> String {
    let pairs = digits.as_bytes().chunks(2);
    let pairs: Vec<&str> = pairs
        .map(|pair| std::str::from_utf8(pair).expect("ASCII"))
        .collect();
    pairs.join(":")
}

#[test]
fn a_certificate_is_found_by_what_one_has_in_hand() {
    let issuing = issuing();
    let master = &issuing.ground.master;
    let all = rows(master, &[]);
    let web = row(&all, "note", "shop-window");
    let (serial, sha256) = (text(&web, "serialNumber"), text(&web, "sha256"));
    let spki = text(&web, "spkiSha256");
    for words in [
        serial.to_owned(),
        serial.to_uppercase(),
        format!("0x{serial}"),
        format!("00:{}", colons(serial).to_uppercase()),
        sha256.to_owned(),
        sha256[..8].to_owned(),
        format!("SHA256:{}", colons(sha256).to_uppercase()),
        spki[..12].to_owned(),
        "SHOP.example".to_owned(),
        "dns:shop".to_owned(),
        "op-win".to_owned(),
        "others/web.crt".to_owned(),
        text(&web, "operation")[..20].to_owned(),
    ] {
        let found = rows(master, &["--match", &words]);
        assert_eq!(found, std::slice::from_ref(&web), "{words}");
    }
    // Of a digest fewer digits are no name.
    for words in [&sha256[..7], "shop window", "nobody"] {
        assert_eq!(
            rows(master, &["--match", words]),
            Vec::<Value>::new(),
            "{words}"
        );
    }
    // A CA's key identifier means it, and all that it has signed.
    let ca = row(&all, "subject", "CN=kubernetes");
    let identifier = text(&ca, "subjectKeyIdentifier");
    let by_identifier = rows(master, &["--match", &colons(identifier)]);
    assert_eq!(
        by_identifier,
        rows(master, &["--match", "cn=kubernetes"])
            .into_iter()
            .filter(|row| row["subject"] == "CN=kubernetes" || row["issuer"] == "CN=kubernetes")
            .collect::<Vec<Value>>()
    );
    assert_eq!(
        rows(master, &["--match", "robots"])[0]["subject"],
        format!("CN={FORMULA},O=robots")
    );
}

#[test]
fn dates_part_the_rows() {
    let issuing = issuing();
    let master = &issuing.ground.master;
    let all = rows(master, &[]);
    let web = row(&all, "note", "shop-window");
    let made = OffsetDateTime::parse(text(&web, "issuedAt"), &Rfc3339).expect("a moment");
    let day = |moment: OffsetDateTime| moment.date().to_string();
    let (today, tomorrow) = (day(made), day(made + Duration::DAY));
    let (yesterday, next_year) = (day(made - Duration::DAY), day(made + Duration::days(365)));
    let in_time = |flag: &str, time: &str| rows(master, &[flag, time]).len();
    let number = all.len();
    // Both days belong to it, and an end may be absent. A test may run at midnight.
    for (time, expected) in [
        (format!("{today}..{tomorrow}"), number),
        (format!("{yesterday}.."), number),
        (format!("..{tomorrow}"), number),
        (format!("..{}", day(made - Duration::days(2))), 0),
        (format!("{next_year}.."), 0),
        ("..".to_owned(), number),
    ] {
        assert_eq!(in_time("--issued", &time), expected, "{time}");
    }
    let end = day(made + Duration::days(30));
    let ends = subjects(master, &["--expires", &format!("{today}..{end}")]);
    assert_eq!(ends, BTreeSet::from(["CN=shop.example.org".to_owned()]));
    assert_eq!(subjects(master, &["--expires-within", "60d"]), ends);
    // Plain lists take a range too.
    let listed = master.kubepki(&[
        "list",
        "--expires",
        &format!("{end}..{next_year}"),
        "-o",
        "name",
    ]);
    listed.ends_with(0);
    assert!(
        listed.stdout.contains("apiserver\n") && !listed.stdout.contains("ca\n"),
        "{listed:?}"
    );
    let later = rows(master, &["--valid", "--at", "+60d"]);
    assert_eq!(later.len(), number - 1);
    assert!(!later.contains(&web));
}

#[test]
fn signers_people_and_operations_part_the_rows() {
    let issuing = issuing();
    let master = &issuing.ground.master;
    let all = rows(master, &[]);
    let web = row(&all, "note", "shop-window");
    let number = all.len();
    let signed = subjects(master, &["--authority", "etcd-ca"]);
    assert!(
        signed.contains("CN=kube-etcd-healthcheck-client") && signed.len() == 4,
        "{signed:?}"
    );
    let user = text(&web["by"], "user");
    assert_eq!(rows(master, &["--by", user]).len(), number);
    assert_eq!(rows(master, &["--by", "nobody-else"]).len(), 0);
    let operation = text(&web, "operation");
    for id in [operation, &operation[..22]] {
        assert_eq!(
            rows(master, &["--operation", id]),
            std::slice::from_ref(&web)
        );
    }
    // All that is asked for must hold.
    assert_eq!(
        rows(master, &["--operation", operation, "--match", "robot"]).len(),
        0
    );
}

#[test]
fn every_form_says_the_same() {
    let issuing = issuing();
    let master = &issuing.ground.master;
    let all = rows(master, &[]);
    for row in &all {
        let fields: Vec<&str> = CONTRACT
            .into_iter()
            .filter(|field| row.get(field).is_none())
            .collect();
        assert_eq!(fields, Vec::<&str>::new());
    }
    let run = |form: &str| {
        let run = master.kubepki(&["list", "--ledger", "-o", form]);
        run.ends_with(0);
        assert!(!run.stdout.contains('\u{1b}'), "{run:?}");
        run
    };
    let names = run("name").stdout;
    let expected: Vec<&str> = all.iter().map(|row| text(row, "sha256")).collect();
    assert_eq!(names.lines().collect::<Vec<_>>(), expected);
    let limit = "This ledger holds what kubepki made";
    for form in ["table", "wide", "csv"] {
        let run = run(form);
        assert_eq!(run.stdout.lines().count(), all.len() + 1, "{form}");
        assert!(
            run.stderr.starts_with(limit) && !run.stdout.contains(limit),
            "{form}"
        );
    }
    let csv = run("csv").stdout;
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().expect("a head").split(',').collect();
    assert!(
        CONTRACT.iter().all(|field| head.contains(field)),
        "{head:?}"
    );
    let formula = format!("\"CN={FORMULA},O=robots\"");
    assert!(csv.contains(&formula), "a subject begins with CN=: {csv}");
    let markdown = run("markdown");
    let paragraphs: Vec<&str> = markdown.stdout.trim_end().split("\n\n").collect();
    let [table, last] = paragraphs[..] else {
        panic!("{markdown:?}");
    };
    assert_eq!(table.lines().count(), all.len() + 2);
    assert!(
        last.starts_with(limit) && last.lines().count() == 1,
        "{last}"
    );
    assert!(markdown.stderr.is_empty());
    let yaml = run("yaml").stdout;
    assert!(yaml.contains("kind: LedgerList") && yaml.contains("note: shop-window"));
}

#[test]
fn a_spreadsheet_runs_no_note_or_path() {
    let issuing = Issuing::new();
    issuing.issued("web", "--profile server --san a.example.org --note =1+1");
    issuing.issued("mail", "--profile server --san b.example.org --note @sum");
    let run = issuing
        .ground
        .master
        .kubepki(&["list", "--ledger", "-o", "csv"]);
    run.ends_with(0);
    for note in ["'=1+1", "'@sum"] {
        assert_eq!(
            run.stdout
                .lines()
                .filter(|line| line.ends_with(&format!(",{note}")))
                .count(),
            1,
            "{run:?}"
        );
    }
}

#[test]
fn what_cannot_be_asked_is_wrong_usage() {
    let issuing = Issuing::new();
    let master = &issuing.ground.master;
    for flags in [
        &["--ledger", "--issued", "soon"][..],
        &["--ledger", "--issued", "2027..2026"],
        &["--ledger", "--expires", "2026Q5.."],
        &["--ledger", "--expires-within", "30"],
        &["--ledger", "--authority", "apiserver"],
        &["--ledger", "--authority", "nobody"],
        &["--ledger", "--role", "apiserver"],
        &["--ledger", "--kind", "authority"],
        &["--issued", "2026"],
        &["--valid"],
        &["--match", "a"],
        &["--by", "root"],
        &["--operation", "2026"],
    ] {
        let run = master.kubepki(&[&["list"], flags].concat());
        run.ends_with(64);
        assert!(run.stdout.is_empty(), "{run:?}");
    }
    let none = master.kubepki(&["list", "--ledger", "--match", "nobody"]);
    none.ends_with(0);
    assert!(
        none.stdout.is_empty() && none.stderr.contains("no such certificate"),
        "{none:?}"
    );
    // A folder that is empty is not healthy.
    let empty = issuing.ground.folder.path().join("empty");
    std::fs::create_dir(&empty).expect("a folder");
    let empty = Master::at(&empty);
    empty.kubepki(&["list", "--ledger"]).ends_with(3);
    assert!(!empty.state.exists());
}
