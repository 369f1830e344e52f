//! The renew wizard: what is typed becomes the request that the command's flags make.

use std::sync::Arc;

use kubepki::app::Setup;
use kubepki::inventory::holders::Holders;
use kubepki::inventory::{Inventory, KeyState};
use kubepki::model::route::RouteName;
use kubepki::model::world::Settings;
use kubepki::model::{Command, Reading};
use kubepki::pki::Secret;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::{Passphrase, RenewRequest, SanChange};

use crate::support::asked::{about, asked, has_asked, one};
use crate::support::stage::{self, Stage};

#[test]
fn three_times_enter_is_renewal_as_it_is() {
    let mut stage = about("apiserver", 80, 24);
    stage.keys("<enter> <enter>");
    assert!(!has_asked(&stage));
    stage.keys("<enter>");
    assert_eq!(asked(&stage), one("apiserver"));
    assert_eq!(stage.app.route().name(), RouteName::Review);
}

#[test]
fn every_answer_is_in_the_request() {
    let mut stage = about("apiserver", 80, 24);
    stage.keys("9 0 <tab> <tab> <right> <right> <enter>");
    stage.keys("a p i . e x a m p l e <enter> 1 9 2 . 0 . 2 . 7 <enter> <up> <up> <up> <space> <tab> <space> <enter>");
    let text = stage.text();
    assert!(text.contains("Renew apiserver  3 of 3"), "{text}");
    stage.keys("<left> <enter>");
    let request = asked(&stage);
    let gone = match request.sans.as_slice() {
        [
            SanChange::Add(one),
            SanChange::Add(two),
            SanChange::Remove(gone),
        ] => {
            assert_eq!((one.as_str(), two.as_str()), ("api.example", "192.0.2.7"));
            gone.clone()
        }
        other => panic!("{other:?}"),
    };
    let reading = stage::reading();
    let item = reading
        .inventory
        .items
        .iter()
        .find(|item| &*item.id == "apiserver")
        .expect("the demo has it");
    let names = item
        .certificate()
        .expect("a certificate")
        .details()
        .subject_alt_names;
    let last = names.last().expect("names").to_string();
    assert!(last.ends_with(&gone), "{gone} is not the last of {names:?}");
    let expected = RenewRequest {
        days: Some(90),
        key_algorithm: Some(KeyAlgorithm::Rsa3072),
        sans: request.sans.clone(),
        to_specification: true,
        tighten_modes: true,
        ..one("apiserver")
    };
    assert_eq!(request, expected);
}

/// The demo where root's kubeconfig is a copy of `admin.conf`, and the kubelet keeps dated files
/// beside its own.
fn copied() -> Reading {
    let mut inventory: Inventory = (*stage::reading().inventory).clone();
    let admin = inventory
        .items
        .iter()
        .find(|item| item.path.ends_with("/admin.conf"))
        .expect("the demo has it");
    let content = admin.content.clone();
    let copy = inventory
        .items
        .iter_mut()
        .find(|item| item.path.ends_with(".kube/config"))
        .expect("the demo has it");
    (copy.content, copy.in_use, copy.key.matches) = (content, true, Some(true));
    let mut all = inventory.items.iter_mut();
    let kubelet = all
        .find(|item| item.path.contains("kubelet-client"))
        .expect("the demo has it");
    kubelet.copies.push(Arc::from(
        "/var/lib/kubelet/pki/kubelet-client-2025-06-28-00-01-00.pem",
    ));
    inventory.holders = Holders::of(&inventory.items, &inventory.kubeconfigs);
    Reading::new(inventory)
}

#[test]
fn copies_are_asked_about_where_there_are_some() {
    let open = |name: &str| {
        let mut stage = Stage::with(stage::setup(), copied(), 80, 24);
        stage.keys(&format!("/ {name} <enter> o <enter> <enter>"));
        stage
    };
    let mut stage = open("admin.conf");
    let text = stage.text();
    assert!(
        text.contains("copies      ● renew them too   ○ leave them")
            && text.contains(".kube/config"),
        "{text}"
    );
    stage.keys("<space> <down> <space> <enter>");
    let request = asked(&stage);
    assert_eq!(
        (request.refresh_copies, request.tighten_modes),
        (false, true),
        "{}",
        stage.text()
    );
    // The kubelet's dated files are no copies that anybody renews.
    for name in ["apiserver", "kubelet-client"] {
        let text = open(name).text();
        assert!(
            text.contains("3 of 3") && !text.contains("copies") && !text.contains("2025-06"),
            "{text}"
        );
    }
}

#[test]
fn a_key_that_stays_has_no_algorithm() {
    let mut stage = about("apiserver", 80, 24);
    stage.keys("<tab> <tab> <right> <backtab> <space>");
    assert!(!stage.text().contains("algorithm"), "{}", stage.text());
    stage.keys("<enter> <enter> <enter>");
    assert_eq!(
        asked(&stage),
        RenewRequest {
            keep_key: true,
            ..one("apiserver")
        }
    );
}

#[test]
fn the_end_follows_from_the_days() {
    let mut stage = about("apiserver", 80, 24);
    assert!(
        stage.text().contains("until 22 Nov 2027 03:12Z"),
        "{}",
        stage.text()
    );
    stage.keys("3 0");
    assert!(
        stage.text().contains("until 22 Dec 2026 03:12Z"),
        "{}",
        stage.text()
    );
    stage.keys("0 0 0");
    let text = stage.text();
    assert!(text.contains("the CA kubernetes ends on"), "{text}");
    let settings = Settings {
        lifetime_days: Some(10),
        ..stage::setup().settings
    };
    let mut stage = Stage::with(
        Setup {
            settings,
            ..stage::setup()
        },
        stage::reading(),
        80,
        24,
    );
    stage.keys("/ apiserver-kubelet <enter> o");
    let text = stage.text();
    assert!(
        text.contains("10 days") && text.contains("until 2 Dec 2026 03:12Z"),
        "{text}"
    );
    assert!(
        text.contains("shorter than now: apiserver-kubelet-client"),
        "{text}"
    );
}

#[test]
fn the_difference_of_the_names_is_seen() {
    let mut stage = about("apiserver", 80, 24);
    stage.keys("<enter> a . b <enter> <up> <up> <space>");
    let text = stage.text();
    assert!(text.contains("+ a.b") && text.contains("− "), "{text}");
    // What was taken away comes back, what was added goes.
    stage.keys("<space> <down> <space>");
    let text = stage.text();
    assert!(!text.contains("+ a.b") && !text.contains("− "), "{text}");
    stage.keys("<enter> <enter>");
    assert_eq!(asked(&stage), one("apiserver"));
}

#[test]
fn letters_are_text_and_esc_asks_once() {
    let mut stage = about("apiserver", 80, 24);
    stage.keys("<esc>");
    assert_eq!(
        stage.app.route().name(),
        RouteName::Expiring,
        "nothing was typed"
    );
    stage.keys("o q ? : <ctrl-u> 9 <esc>");
    assert!(
        stage.text().contains("Esc forget what you typed"),
        "{}",
        stage.text()
    );
    stage.keys("q");
    assert_eq!(stage.app.route().name(), RouteName::Wizard);
    assert!(
        stage.text().contains("▌lives for   9 days"),
        "{}",
        stage.text()
    );
    stage.keys("<enter> q . q <pgup> <pgdn>");
    assert!(
        stage.text().contains("q.q"),
        "going back keeps answers: {}",
        stage.text()
    );
    stage.keys("<esc> <esc>");
    assert_eq!(stage.app.route().name(), RouteName::Expiring);
    assert!(!stage.commands.contains(&Command::Quit) && !has_asked(&stage));
    // Ctrl-C ends even here.
    stage.keys("o <ctrl-c>");
    assert_eq!(stage.commands.last(), Some(&Command::Quit));
}

/// The demo with the cluster's CA key encrypted.
pub(crate) fn sealed() -> Reading {
    let mut inventory: Inventory = (*stage::reading().inventory).clone();
    let authorities = inventory
        .items
        .iter_mut()
        .filter(|item| item.is_authority());
    authorities.for_each(|item| item.key.state = KeyState::Encrypted);
    Reading::new(inventory)
}

#[test]
fn a_passphrase_is_asked_only_where_it_is_needed_and_never_shown() {
    assert!(
        !about("apiserver", 80, 24)
            .keys("<enter> <enter>")
            .text()
            .contains("passphrase")
    );
    let mut stage = Stage::with(stage::setup(), sealed(), 80, 24);
    stage.keys("/ apiserver <enter> o <enter> <enter> <backtab> h u n t e r 2");
    let text = stage.text();
    assert!(
        text.contains("*******") && !text.contains("hunter"),
        "{text}"
    );
    let told = format!("{:?} {:?}", stage.app, stage.app.spoken());
    assert!(!told.contains("hunter"), "{told}");
    stage.keys("<enter>");
    let given = Passphrase {
        asked_for: None,
        text: Secret::new(b"hunter2".to_vec()),
    };
    let expected = RenewRequest {
        passphrases: vec![given],
        ..one("apiserver")
    };
    assert_eq!(asked(&stage), expected);
    assert!(!format!("{:?}", stage.commands).contains("hunter"));
}

#[test]
fn several_certificates_share_their_answers() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ etcd-server <enter> <space> <esc> / etcd-peer <enter> <space> <esc> o <enter>");
    let text = stage.text();
    assert!(
        text.contains("Renew 2 certificates") && text.contains("all of them have"),
        "{text}"
    );
    assert!(text.contains("localhost"), "{text}");
}
