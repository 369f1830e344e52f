//! What the wizard that issues certificates does not take: faults at their fields, and what gives
//! rights without its very word.

use kubepki::model::Event;

use crate::support::issue_wizard::{requested, wizard};
use crate::support::stage::Stage;

fn typed(stage: &mut Stage, text: &str) {
    stage.event(Event::Paste(text.to_owned()));
}

/// The keys that lead to a field, what is typed there, and what is said of it.
const WRONG: [(&str, &str, &str); 14] = [
    ("<enter>", "web/x ", "web/x"),
    (
        "<enter>",
        "",
        "a server that has no name can be verified by nobody",
    ),
    (USER, "", "a user has a name"),
    ("<right> <enter>", "", "a client has a name"),
    (USER, LONG, "is longer than 64"),
    (
        "<enter> w e b <tab> <tab> <tab>",
        "Web",
        "is no name of a service",
    ),
    (
        "<enter> w e b <tab> <tab> <tab> <tab> <tab>",
        "web_tls",
        "is no name of a Secret",
    ),
    (
        "<enter> w e b <tab> <tab> <tab> w <tab> <tab> <tab>",
        "a.b",
        "is no name of a namespace",
    ),
    (DAYS, "soon", "is no lifetime"),
    (DAYS, "0", "a lifetime is 1 to 36500 days"),
    (USAGES, "fun ", "fun is no usage"),
    (USAGES, "server-auth ", "is there already"),
    (OUT, "web", "an absolute path"),
    (
        OUT,
        "/etc/kubernetes/pki/web",
        "is read by the master's components",
    ),
];

const USER: &str = "<right> <right> <right> <enter>";
const LONG: &str = "0123456789012345678901234567890123456789012345678901234567890123456789";
const DAYS: &str = "<enter> w e b <pgdn> <tab> <tab>";
const USAGES: &str = "<enter> w e b <pgdn> <tab> <tab> <tab> <tab>";
const OUT: &str = "<enter> w e b <pgdn> <tab> <tab> <tab> <tab> <tab>";

#[test]
fn wrong_answers_are_told_at_their_field() {
    for (keys, text, why) in WRONG {
        let mut stage = wizard(120, 36);
        stage.keys(keys);
        typed(&mut stage, text);
        stage.keys("<enter>");
        assert!(stage.text().contains(why), "{text}: {}", stage.text());
        assert_eq!(requested(&stage), None, "{text}");
    }
}

#[test]
fn what_gives_rights_wants_its_very_word() {
    for (keys, word, field) in [
        ("<right> <right> <right>", "system:masters", "groups"),
        (
            "<right> <right> <right>",
            "kubeadm:cluster-admins",
            "groups",
        ),
        ("<right> <right> <right>", "system:nodes", "groups"),
        ("<right>", "system:kube-scheduler", "cn"),
        ("<right> <right> <right> <right>", "Rack CA", "cn"),
    ] {
        let mut stage = wizard(120, 36);
        stage.keys(keys).keys("<enter>");
        if field == "groups" {
            typed(&mut stage, "ann");
            stage.keys("<tab>");
        }
        typed(&mut stage, word);
        stage.keys("<enter> <enter>");
        let text = stage.text();
        assert!(text.contains(&format!("type {word} here")), "{text}");
        typed(&mut stage, "yes");
        stage.keys("<enter>");
        assert!(stage.text().contains("2 of 3"), "{}", stage.text());
        stage.keys("<backspace> <backspace> <backspace>");
        typed(&mut stage, word);
        stage.keys("<enter>");
        assert!(stage.text().contains("3 of 3"), "{}", stage.text());
        stage.keys("<enter>");
        let request = requested(&stage).unwrap_or_else(|| panic!("{}", stage.text()));
        let says = if field == "groups" {
            request.organizations == [word]
        } else {
            request.common_name == word
        };
        assert!(says, "{request:?}");
    }
}

#[test]
fn a_word_for_one_group_is_none_for_another() {
    let mut stage = wizard(120, 36);
    stage.keys("<right> <right> <right> <enter>");
    typed(&mut stage, "ann");
    stage.keys("<tab>");
    typed(&mut stage, "system:masters");
    stage.keys("<enter> <tab> <tab>");
    typed(&mut stage, "system:masters");
    stage.keys("<backtab> <backtab>");
    typed(&mut stage, "system:nodes");
    stage.keys("<enter> <enter>");
    let text = stage.text();
    assert!(
        text.contains("2 of 3") && text.contains("type system:masters, system:nodes here"),
        "{text}"
    );
}
