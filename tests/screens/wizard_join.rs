//! The wizard of what lets nodes in: what is typed becomes the request that the command's flags
//! make.

use kubepki::kubernetes::bootstrap::{BootstrapIdentity, NODE_TOKENS};
use kubepki::model::route::RouteName;
use kubepki::model::{Event, Route, WizardName};
use kubepki::plan::BootstrapRequest;

use crate::support::joining::{join, reading, requested};
use crate::support::stage::{self, Stage};

fn new_token(hours: Option<u32>) -> BootstrapRequest {
    BootstrapRequest::NewToken {
        description: String::new(),
        hours,
        groups: vec![NODE_TOKENS.to_owned()],
        path: None,
    }
}

fn typed(stage: &mut Stage, text: &str) {
    stage.event(Event::Paste(text.to_owned()));
}

#[test]
fn enter_makes_kubeadms_token() {
    let mut stage = join("n");
    assert_eq!(stage.app.route(), Route::Wizard(WizardName::Token));
    assert!(
        stage.text().contains("until 23 Nov 2026 03:12Z"),
        "{}",
        stage.text()
    );
    stage.keys("<enter>");
    assert_eq!(requested(&stage), Some(new_token(Some(24))));
    assert_eq!(stage.app.route().name(), RouteName::Review);
}

#[test]
fn every_answer_about_a_token_is_in_the_request() {
    let mut stage = join("n <tab> 7 d <tab>");
    assert!(
        stage.text().contains("until 29 Nov 2026 03:12Z"),
        "{}",
        stage.text()
    );
    typed(&mut stage, "workers of rack 8");
    stage.keys("<tab>");
    typed(&mut stage, "system:bootstrappers:rack-8");
    stage.keys("<enter> <up> <up> <space> <tab>");
    typed(&mut stage, "/etc/kubernetes/bootstrap/rack-8.yaml");
    stage.keys("<enter>");
    let expected = BootstrapRequest::NewToken {
        description: "workers of rack 8".to_owned(),
        hours: Some(7 * 24),
        groups: vec!["system:bootstrappers:rack-8".to_owned()],
        path: Some("/etc/kubernetes/bootstrap/rack-8.yaml".to_owned()),
    };
    assert_eq!(requested(&stage), Some(expected));
}

#[test]
fn for_ever_is_said_to_be_for_ever() {
    let mut stage = join("n <tab> 0");
    assert!(stage.text().contains("it never ends"), "{}", stage.text());
    stage.keys("<enter>");
    assert_eq!(requested(&stage), Some(new_token(None)));
}

#[test]
fn wrong_answers_are_told_at_their_field() {
    for (keys, text, why) in [
        ("n <tab>", "soon", "is no time"),
        ("n <tab>", "900000", "876000 hours at most"),
        (
            "n <tab> <tab> <tab>",
            "system:masters ",
            "must begin with system:bootstrappers:",
        ),
        (
            "n <tab> <tab> <tab> <tab>",
            "rack.yaml",
            "a path on the master begins with /",
        ),
        (
            "n <tab> <tab> <tab> <tab>",
            "/etc/../x",
            "cannot stand in it",
        ),
        (
            "n <right> <right> <tab> <tab>",
            "10.0.0.10:6443",
            "write it as https://HOST:PORT",
        ),
        (
            "n <right> <right> <tab> <tab>",
            "http://10.0.0.10",
            "write it as https://HOST:PORT",
        ),
    ] {
        let mut stage = join(keys);
        typed(&mut stage, text);
        stage.keys("<enter>");
        assert!(stage.text().contains(why), "{text}: {}", stage.text());
        assert_eq!(requested(&stage), None, "{text}");
        assert_eq!(stage.app.route().name(), RouteName::Wizard);
    }
}

#[test]
fn a_line_of_the_token_file_has_its_layouts_user() {
    let mut stage = join("n <right>");
    let text = stage.text();
    assert!(
        text.contains("kubelet-bootstrap") && text.contains("system:kubelet-bootstrap"),
        "{text}"
    );
    assert!(text.contains("it must restart"), "{text}");
    stage.keys("<enter>");
    let line = |user: &str, group: &str| BootstrapRequest::NewLine {
        user: user.to_owned(),
        uid: String::new(),
        groups: vec![group.to_owned()],
    };
    assert_eq!(
        requested(&stage),
        Some(line("kubelet-bootstrap", "system:kubelet-bootstrap"))
    );
    let split = reading(|inventory| "split".clone_into(&mut inventory.layout));
    let mut stage = Stage::with(stage::setup(), split, 80, 24);
    stage.keys("8 n <right> <enter>");
    assert_eq!(
        requested(&stage),
        Some(line("system:bootstrapper", "system:bootstrappers"))
    );
}

#[test]
fn a_kubeconfig_takes_a_token_that_lets_in() {
    let mut stage = join("n <right> <right>");
    let text = stage.text();
    assert!(
        text.contains("● 07401b") && !text.contains("5emitj"),
        "{text}"
    );
    assert!(
        text.contains("https://10.0.0.10:6443")
            && text.contains("/etc/kubernetes/bootstrap-kubelet.conf"),
        "{text}"
    );
    stage.keys("<enter>");
    let expected = BootstrapRequest::Kubeconfig {
        identity: "07401b".to_owned(),
        server: None,
        path: None,
    };
    assert_eq!(requested(&stage), Some(expected));
    let none = reading(|inventory| inventory.bootstrap.tokens.clear());
    let mut stage = Stage::with(stage::setup(), none, 80, 24);
    stage.keys("8 n <right> <right>");
    assert!(stage.text().contains("make one first"), "{}", stage.text());
}

#[test]
fn bindings_are_for_whom_the_layout_has() {
    let mut stage = join("n <left>");
    let text = stage.text();
    assert!(
        text.contains("kubeadm:node-autoapprove-bootstrap") && text.contains("no approver"),
        "{text}"
    );
    stage.keys("<tab> <right> <enter>");
    let expected = BootstrapRequest::Manifests {
        identity: BootstrapIdentity::TokenFile,
        path: None,
    };
    assert_eq!(requested(&stage), Some(expected));
    // On a binding that is here, n begins with bindings.
    let stage = join("/ k u b e l e t - b o o t <enter> n");
    assert_eq!(
        stage.app.route(),
        Route::Wizard(WizardName::Bindings),
        "{}",
        stage.text()
    );
}

#[test]
fn what_was_typed_is_asked_for_once() {
    let mut stage = join("n <tab> 7 <esc>");
    assert_eq!(stage.app.route().name(), RouteName::Wizard);
    assert!(
        stage.text().contains("forget what you typed"),
        "{}",
        stage.text()
    );
    stage.keys("<esc>");
    assert_eq!(stage.app.route().name(), RouteName::Join);
    assert_eq!(requested(&stage), None);
}
