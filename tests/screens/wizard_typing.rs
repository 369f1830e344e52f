//! What is typed and pasted into the renew wizard, and what its footer says.

use kubepki::model::Event;
use kubepki::model::route::RouteName;
use kubepki::plan::{RenewRequest, SanChange};

use crate::support::asked::{about, asked, has_asked, one};
use crate::support::stage::Stage;

#[test]
fn a_lifetime_is_written_as_on_the_command_line() {
    for (typed, end, days) in [
        ("1", "1 day ", Some(1)),
        ("9 0", "90 days ", Some(90)),
        ("9 0 d", "90d ", Some(90)),
        ("1 2 w", "12w ", Some(84)),
        ("1 y", "1y ", Some(365)),
        ("4 8 h", "48h ", Some(2)),
        ("1 . 5", "\"1.5\" is no lifetime", None),
        ("- 5", "\"-5\" is no lifetime", None),
        ("y", "\"y\" is no lifetime", None),
        ("1 2 h", "not a number of whole days", None),
        ("2 0 0 y", "a lifetime is 1 to 36500 days", None),
        (
            "9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9",
            "a lifetime is 1 to 36500 days",
            None,
        ),
    ] {
        let mut stage = about("apiserver", 80, 24);
        stage.keys(typed);
        assert!(stage.text().contains(end), "{typed}: {}", stage.text());
        assert_eq!(
            stage.text().contains("until"),
            days.is_some(),
            "{typed}: {}",
            stage.text()
        );
        stage.keys("<enter> <enter> <enter>");
        assert_eq!(
            has_asked(&stage),
            days.is_some(),
            "{typed}: {}",
            stage.text()
        );
        if days.is_some() {
            assert_eq!(asked(&stage).days, days, "{typed}");
        }
    }
}

#[test]
fn a_pasted_list_is_several_names() {
    let three = ["a.example", "192.0.2.7", "b.example"];
    let added: Vec<SanChange> = three
        .iter()
        .map(|name| SanChange::Add((*name).to_owned()))
        .collect();
    for list in [
        "a.example\n192.0.2.7\nb.example\n",
        "a.example\r192.0.2.7\rb.example",
        "a.example\r\n192.0.2.7\r\n\r\nb.example",
        "a.example, 192.0.2.7,b.example",
        " a.example\t192.0.2.7  b.example ",
        "DNS:a.example, IP Address:192.0.2.7, DNS:b.example",
    ] {
        let mut stage = about("apiserver", 80, 24);
        stage.keys("<enter>");
        stage.event(Event::Paste(list.to_owned()));
        assert_eq!(
            stage.text().matches("+ ").count(),
            3,
            "{list:?}: {}",
            stage.text()
        );
        stage.keys("<enter> <enter>");
        let sans = asked(&stage).sans;
        if list.contains("DNS:") {
            assert_eq!(
                sans[1],
                SanChange::Add("IP:192.0.2.7".to_owned()),
                "{list:?}"
            );
        } else {
            assert_eq!(sans, added, "{list:?}");
        }
    }
}

/// It stays to be mended, and says why.
#[test]
fn what_is_no_name_in_a_pasted_list_costs_no_other() {
    let mut stage = about("apiserver", 80, 24);
    stage.keys("<enter>");
    stage.event(Event::Paste(
        "a.example\n10.0.0.999\nkubernetes\n".to_owned(),
    ));
    let text = stage.text();
    assert!(
        text.contains("+ a.example") && text.contains("› 10.0.0.999 kubernetes"),
        "{text}"
    );
    assert!(
        text.contains("\"10.0.0.999\" is not a DNS name or an IP address"),
        "{text}"
    );
    stage.keys("<enter> <pgdn>");
    assert!(stage.text().contains("2 of 3"), "{}", stage.text());
    stage.keys("<ctrl-u> <enter> <enter>");
    assert_eq!(
        asked(&stage).sans,
        [SanChange::Add("a.example".to_owned())],
        "{}",
        stage.text()
    );
}

#[test]
fn a_pasted_name_goes_on_from_what_was_typed() {
    let mut stage = about("apiserver", 80, 24);
    stage.keys("<enter> w w w .");
    stage.event(Event::Paste("a.example\r".to_owned()));
    assert!(stage.text().contains("› www.a.example"), "{}", stage.text());
    // Several that are typed are several, too.
    stage.keys("<space> b . c <enter> <enter> <enter>");
    let several = ["www.a.example", "b.c"].map(|name| SanChange::Add(name.to_owned()));
    assert_eq!(asked(&stage).sans, several, "{}", stage.text());
}

#[test]
fn the_footer_says_what_the_keys_do_and_f1_helps() {
    let mut stage = about("apiserver", 80, 24);
    let footer = |stage: &mut Stage| stage.text().lines().last().unwrap_or_default().to_owned();
    assert_eq!(
        footer(&mut stage),
        " ↵ go on  Tab next field  Esc leave  F1 help"
    );
    stage.keys("<enter> <up>");
    assert_eq!(
        footer(&mut stage),
        " ↵ go on  Space take it away  Tab next field  Esc leave  PgUp back  F1 help"
    );
    stage.keys("a . b");
    assert_eq!(
        footer(&mut stage),
        " ↵ add  PgDn go on  Tab next field  Esc leave  PgUp back  F1 help"
    );
    stage.keys("<enter> <enter>");
    assert_eq!(
        footer(&mut stage),
        " ↵ review  Space choose  Tab next field  Esc leave  PgUp back  F1 help"
    );
    stage.keys("<f1>");
    assert_eq!(stage.app.route().name(), RouteName::Help);
    stage.keys("<esc>");
    assert_eq!(stage.app.route().name(), RouteName::Wizard);
    stage.keys("<enter>");
    let text = stage.text();
    assert_eq!(
        text.lines().nth(1).unwrap_or_default().trim(),
        "Expiring › Renew apiserver",
        "one step: {text}"
    );
}

#[test]
fn what_is_wrong_stands_at_the_field() {
    let mut stage = about("apiserver", 80, 24);
    stage.keys("0");
    assert!(
        stage.text().contains("a lifetime is 1 to 36500 days"),
        "at once: {}",
        stage.text()
    );
    stage.keys("<enter> <backspace> 9 9 9 9 9 <tab> <tab> <enter>");
    assert!(
        stage.text().contains("▌lives for   99999 days"),
        "the cursor is back: {}",
        stage.text()
    );
    stage.keys("<ctrl-u> 3 0 <enter>");
    for (name, words) in [
        ("1 0 . 0 . 0 . 9 9 9", "a DNS name or an IP address"),
        ("a _ - . b", "a DNS name or an IP address"),
        ("k u b e r n e t e s", "kubernetes is there already"),
    ] {
        stage.keys(&format!("{name} <enter>"));
        assert!(stage.text().contains(words), "{name}: {}", stage.text());
        // Not by going on, either.
        stage.keys("<pgdn>");
        assert!(
            stage.text().contains("2 of 3") && stage.text().contains(words),
            "{name}: {}",
            stage.text()
        );
        stage.keys("<ctrl-u>");
        assert!(!stage.text().contains(words), "{name}: {}", stage.text());
    }
    // A name that was typed and not yet added is meant.
    stage.keys("n e w . e x a m p l e <tab> <enter> <enter>");
    let expected = RenewRequest {
        days: Some(30),
        sans: vec![SanChange::Add("new.example".into())],
        ..one("apiserver")
    };
    assert_eq!(asked(&stage), expected);
}
