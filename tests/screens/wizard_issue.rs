//! The wizard that issues certificates: what is typed becomes the request that the command's flags
//! make.

use kubepki::inventory::{Fault, Inventory};
use kubepki::kubernetes::role::RoleId;
use kubepki::model::route::RouteName;
use kubepki::model::{Event, IssueAbout, Reading, Route, WizardName};
use kubepki::pki::ExtendedKeyUsage;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::{IssueRequest, Profile, Purpose, SecretName, ServiceName};

use crate::support::changes;
use crate::support::issue_wizard::{requested, wizard};
use crate::support::stage::{self, Stage};

fn typed(stage: &mut Stage, text: &str) {
    stage.event(Event::Paste(text.to_owned()));
}

fn of(profile: Profile) -> IssueRequest {
    IssueRequest::new(Purpose::Profile(profile))
}

/// A reading of the demo that was changed.
fn changed(change: impl FnOnce(&mut Inventory)) -> Reading {
    let mut inventory: Inventory = (*stage::reading().inventory).clone();
    change(&mut inventory);
    Reading {
        machine: stage::machine(),
        ..Reading::new(inventory)
    }
}

/// The demo without the certificate of this path, which a flag still names.
fn without(path: &'static str) -> Reading {
    changed(move |inventory| {
        let item = inventory.items.iter_mut().find(|item| *item.path == *path);
        item.expect("the demo has it").content = Err(Fault::Absent("a flag names it".to_owned()));
    })
}

const CLIENT_OF_ETCD: &str = "/etc/kubernetes/pki/apiserver-etcd-client.crt";

#[test]
fn a_server_needs_its_name_and_three_enters() {
    let mut stage = wizard(120, 36);
    stage.keys("<enter>");
    typed(&mut stage, "web.example");
    stage.keys("<enter> <enter> <enter>");
    let expected = IssueRequest {
        names: vec!["web.example".to_owned()],
        out: Some("/root/kubepki/web.example/web.example".to_owned()),
        ..of(Profile::Server)
    };
    assert_eq!(requested(&stage), Some(expected));
    assert_eq!(stage.app.route().name(), RouteName::Review);
}

#[test]
fn every_answer_about_a_server_is_in_the_request() {
    let mut stage = wizard(120, 36);
    stage.keys("<enter>");
    typed(&mut stage, "shop.example, 10.0.0.80");
    stage.keys("<tab>");
    typed(&mut stage, "shop.example");
    stage.keys("<tab>");
    typed(&mut stage, "Example Corp");
    stage.keys("<enter>");
    typed(&mut stage, "Shops; Web");
    stage.keys("<tab>");
    typed(&mut stage, "web");
    stage.keys("<tab> <space> <tab>");
    typed(&mut stage, "web-tls");
    stage.keys("<tab>");
    typed(&mut stage, "shop");
    stage.keys("<enter> <tab> <tab>");
    typed(&mut stage, "900");
    assert!(
        stage.text().contains("Apple's systems refuse"),
        "{}",
        stage.text()
    );
    stage.keys("<tab> <right> <right> <right> <tab>");
    typed(&mut stage, "client-auth 1.2.3.4");
    stage.keys("<tab>");
    typed(&mut stage, "/srv/shop/tls");
    stage.keys("<tab>");
    typed(&mut stage, "/srv/shop/tls.key");
    stage.keys("<enter> <tab>");
    typed(&mut stage, "the shop of rack 8");
    stage.keys("<enter>");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let expected = IssueRequest {
        common_name: "shop.example".to_owned(),
        organizations: words(&["Example Corp", "Shops", "Web"]),
        names: words(&["shop.example", "10.0.0.80", "master-1", "10.0.0.10"]),
        service: Some(ServiceName {
            name: "web".to_owned(),
            namespace: "shop".to_owned(),
        }),
        usages: vec![
            ExtendedKeyUsage::ClientAuth,
            ExtendedKeyUsage::Other("1.2.3.4".to_owned()),
        ],
        days: Some(900),
        key_algorithm: Some(KeyAlgorithm::EcdsaP256),
        out: Some("/srv/shop/tls".to_owned()),
        ingress: Some(SecretName {
            name: "web-tls".to_owned(),
            namespace: "shop".to_owned(),
        }),
        note: "the shop of rack 8".to_owned(),
        replace: words(&["/srv/shop/tls.key"]),
        ..of(Profile::Server)
    };
    assert_eq!(requested(&stage), Some(expected));
}

#[test]
fn what_is_not_asked_any_more_is_not_in_the_request() {
    let mut stage = wizard(120, 36);
    stage.keys("<enter>");
    typed(&mut stage, "web.example");
    stage.keys("<enter> <tab>");
    typed(&mut stage, "web.example");
    stage.keys("<tab> <tab>");
    typed(&mut stage, "web");
    stage.keys("<tab> <space> <tab>");
    typed(&mut stage, "web-tls");
    // It becomes a client: no names, no service, no Secret.
    stage.keys("<pgup> <right> <enter> <enter> <enter>");
    let expected = IssueRequest {
        common_name: "web.example".to_owned(),
        out: Some("/root/kubepki/web.example/web.example".to_owned()),
        ..of(Profile::Client)
    };
    assert_eq!(requested(&stage), Some(expected));
}

#[test]
fn a_missing_file_of_a_role_begins_with_that_role() {
    let mut stage = Stage::with(stage::setup(), without(CLIENT_OF_ETCD), 120, 36);
    stage.keys("2 / e t c d - c l i e n t <enter> i");
    let role = RoleId::ApiserverEtcdClient;
    assert_eq!(
        stage.app.route(),
        Route::Wizard(WizardName::Issue(IssueAbout::Role(role)))
    );
    let text = stage.text();
    assert!(
        text.contains("● apiserver-etcd-client (not here)") && text.contains(CLIENT_OF_ETCD),
        "{text}"
    );
    stage.keys("<enter> <enter> <enter>");
    assert_eq!(
        requested(&stage),
        Some(IssueRequest::new(Purpose::Role { role, node: None }))
    );
}

#[test]
fn for_another_node_the_files_go_to_a_place_of_their_own() {
    let mut stage = wizard(120, 36);
    stage.keys("<left> <tab>");
    let place = |stage: &Stage, role: &str| stage.text().contains(&format!("● {role}"));
    for _ in 0..20 {
        if place(&stage, "etcd-peer") {
            break;
        }
        stage.keys("<right>");
    }
    assert!(place(&stage, "etcd-peer"), "{}", stage.text());
    assert!(
        stage.text().contains("is there already"),
        "{}",
        stage.text()
    );
    stage.keys("<enter> <enter> <enter>");
    assert_eq!(requested(&stage), None, "{}", stage.text());
    assert!(stage.text().contains("renew that one"), "{}", stage.text());
    stage.keys("<pgup> <pgup> <tab> <tab>");
    typed(&mut stage, "master-2");
    stage.keys("<enter>");
    typed(&mut stage, "10.0.0.11");
    stage.keys("<enter> <enter> <enter>");
    let expected = IssueRequest {
        names: vec!["10.0.0.11".to_owned()],
        out: Some("/root/kubepki/etcd-peer-master-2/etcd-peer-master-2".to_owned()),
        ..IssueRequest::new(Purpose::Role {
            role: RoleId::EtcdPeer,
            node: Some("master-2".to_owned()),
        })
    };
    assert_eq!(requested(&stage), Some(expected));
}

#[test]
fn on_a_ca_that_one_is_chosen() {
    let mut stage = Stage::with(stage::setup(), stage::reading(), 120, 36);
    stage.keys("1 / e t c d - c a <enter> i <right> <enter>");
    typed(&mut stage, "robot");
    stage.keys("<enter>");
    let text = stage.text();
    assert!(
        text.contains("● etcd-ca") && text.contains("etcd takes every client"),
        "{text}"
    );
    stage.keys("<enter>");
    let authority = requested(&stage).and_then(|request| request.authority);
    assert_eq!(authority.as_deref(), Some("etcd-ca"));
}

#[test]
fn a_ca_whose_key_is_elsewhere_gets_a_request() {
    let without_key = changed(|inventory| {
        let ca = inventory
            .items
            .iter_mut()
            .find(|item| *item.path == *"/etc/kubernetes/pki/ca.crt");
        let key = &mut ca.expect("the CA").key;
        key.state = kubepki::inventory::KeyState::Absent;
        key.path = None;
        key.matches = None;
        inventory.keys.clear();
    });
    let mut stage = Stage::with(stage::setup(), without_key, 120, 36);
    stage.keys("2 i <enter>");
    typed(&mut stage, "web.example");
    stage.keys("<enter> <enter>");
    let text = stage.text();
    assert!(
        text.contains("its key is not here: a request is made for it")
            && text.contains("web.example: .key, .csr")
            && !text.contains("here and now"),
        "{text}"
    );
    stage.keys("<pgup> <tab> <tab> <tab> <tab> <tab>");
    typed(&mut stage, "web-tls");
    stage.keys("<enter> <enter>");
    assert_eq!(requested(&stage), None);
    assert!(
        stage.text().contains("a request is not enough"),
        "{}",
        stage.text()
    );
}

#[test]
fn a_request_only_is_asked_for() {
    let mut stage = wizard(120, 36);
    stage.keys("<enter>");
    typed(&mut stage, "web.example");
    stage.keys("<enter> <enter> <tab> <space> <enter>");
    let request = requested(&stage).unwrap_or_else(|| panic!("{}", stage.text()));
    assert!(request.request_only);
}

#[test]
fn where_no_ca_is_a_request_is_made() {
    let bare = changed(|inventory| {
        inventory.items.clear();
        inventory.keys.clear();
        inventory.tree = kubepki::inventory::tree::Tree::default();
    });
    let mut stage = Stage::with(stage::setup(), bare, 120, 36);
    stage.keys("2 i <right> <enter>");
    typed(&mut stage, "robot");
    stage.keys("<enter>");
    assert!(
        stage.text().contains("nothing here says which"),
        "{}",
        stage.text()
    );
    stage.keys("<enter>");
    let request = requested(&stage).unwrap_or_else(|| panic!("{}", stage.text()));
    assert!(request.request_only && request.authority.is_none());
}

#[test]
fn options_of_the_review_lead_back_to_the_answers() {
    let mut stage = wizard(120, 36);
    stage.keys("<enter>");
    typed(&mut stage, "web.example");
    stage.keys("<enter> <enter> <enter>");
    changes::make(&mut stage);
    stage.keys("o");
    let text = stage.text();
    assert!(
        text.contains("3 of 3") && text.contains("web.example"),
        "{text}"
    );
    assert_eq!(stage.app.route().name(), RouteName::Wizard);
}

#[test]
fn nothing_is_issued_where_nothing_may_be_changed() {
    let mut setup = stage::setup();
    setup.settings.read_only = true;
    let mut stage = Stage::with(setup, stage::reading(), 120, 36);
    stage.keys("2 i");
    assert_eq!(stage.app.route().name(), RouteName::Expiring);
    assert!(stage.text().contains("--read-only"), "{}", stage.text());
    let mut stage = Stage::with(stage::setup(), stage::reading(), 120, 36);
    stage.keys("t + 9 0 d <enter> 2 i");
    assert_eq!(stage.app.route().name(), RouteName::Expiring);
    assert!(
        stage.text().contains("another date is looked at"),
        "{}",
        stage.text()
    );
}
