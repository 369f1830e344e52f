//! The wizard in the real program: typed answers make the plan that the command's flags make.

use serde_json::{Value, json};
use tempfile::TempDir;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::changing::Master;
use crate::support::program::texts;
use crate::support::terminal::Terminal;

/// Longer than a page must have been on the screen before it takes a key.
const READ: std::time::Duration = std::time::Duration::from_millis(700);

const UP: &str = "\x1b[A";
const RIGHT: &str = "\x1b[C";

/// All of a plan but what is another each time: serial numbers, digests, seconds.
pub(crate) fn of_plan(plan: &Value) -> Value {
    let keep = |value: &Value, fields: &[&str]| -> Value {
        fields
            .iter()
            .map(|field| ((*field).to_owned(), value[*field].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let all = |list: &str, fields: &[&str]| -> Vec<Value> {
        plan[list]
            .as_array()
            .expect(list)
            .iter()
            .map(|one| keep(one, fields))
            .collect()
    };
    let issued = [
        "subject",
        "issuer",
        "dnsNames",
        "ipAddresses",
        "keyUsage",
        "extendedKeyUsage",
        "keyAlgorithm",
        "key",
    ];
    json!({
        "plan": keep(plan, &["title", "ask", "warnings", "leaves", "restarts"]),
        "changes": all("changes", &["place", "action", "path", "summary", "owner", "group", "mode"]),
        "issues": all("issues", &issued),
    })
}

/// The end of the one certificate.
pub(crate) fn end(plan: &Value) -> OffsetDateTime {
    let end = plan["issues"][0]["notAfter"].as_str().expect("a date");
    OffsetDateTime::parse(end, &Rfc3339).expect("a date")
}

/// The plan of the command, by which the address `gone` goes.
fn planned_by_flags(master: &Master, gone: &str) -> Value {
    let run = master.kubepki(&[
        "renew",
        "apiserver",
        "--days",
        "90",
        "--key-algorithm",
        "ECDSA-P384",
        "--add-san",
        "new.example",
        "--add-san",
        "192.0.2.77",
        "--remove-san",
        gone,
        "--to-specification",
        "--tighten-modes",
        "--dry-run",
        "-o",
        "json",
    ]);
    run.ends_with(0);
    run.json()
}

/// Applies what the review shows once it says this, and leaves: the one plan, as it was kept.
pub(super) fn applied(mut terminal: Terminal, master: &Master, says: &[&str]) -> Value {
    for text in says {
        terminal.wait_for(text);
    }
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("undoes");
    terminal.send("q");
    assert_eq!(terminal.wait_end(), 0);
    let history = master.kubepki(&["history", "-o", "json"]).json();
    let done = history["items"].as_array().expect("items");
    assert_eq!(done.len(), 1);
    done[0]["plan"].clone()
}

#[test]
fn typed_answers_make_the_plan_of_the_flags() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let home = TempDir::new().expect("a home");
    let shown = master.kubepki(&["show", "apiserver", "-o", "json"]).json();
    let gone = texts(&shown, "ipAddresses").pop().expect("an address");
    let by_flags = planned_by_flags(&master, &gone);

    let mut terminal = Terminal::start(home.path(), &master.flags(), 100, 30);
    terminal.wait_for("apiserver");
    terminal.send("/apiserver\r");
    terminal.send("o");
    terminal.wait_for("Renew apiserver  1 of 3");
    terminal.send(&format!("90\t\t{}\r", RIGHT.repeat(5)));
    terminal.wait_for("2 of 3");
    terminal.send("new.example\r192.0.2.77\r");
    terminal.wait_for("+ 192.0.2.77");
    terminal.send(&format!("{} ", UP.repeat(3)));
    terminal.wait_for(&format!("− {gone}"));
    terminal.send("\t \r");
    terminal.wait_for("3 of 3");
    terminal.send(" \r");
    let typed = applied(terminal, &master, &["Plan", "new.example"]);
    assert_eq!(of_plan(&typed), of_plan(&by_flags));
    let apart = end(&typed) - end(&by_flags);
    assert!(
        !apart.is_negative() && apart < Duration::hours(1),
        "{apart}"
    );
}
