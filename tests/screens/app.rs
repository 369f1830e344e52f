//! Keys in, commands and routes out, without a terminal.

use kubepki::app::Setup;
use kubepki::model::route::RouteName;
use kubepki::model::{Command, Event, Mouse, MouseKind, Pane, Route};

use crate::pointing::click;
use crate::support::stage::{self, Stage};

fn route(stage: &Stage) -> RouteName {
    stage.app.route().name()
}

#[test]
fn keys_lead_to_every_route() {
    for (keys, expected) in [
        ("", RouteName::Expiring),
        ("1", RouteName::Authorities),
        ("3", RouteName::Requests),
        ("4", RouteName::Kubeconfigs),
        ("<tab>", RouteName::Requests),
        ("<backtab>", RouteName::Authorities),
        ("h", RouteName::Authorities),
        ("3 l", RouteName::Kubeconfigs),
        ("<enter>", RouteName::Certificate),
        ("<enter> <esc>", RouteName::Expiring),
        ("4 <enter>", RouteName::Kubeconfig),
        ("4 <enter> 2", RouteName::Expiring),
        ("3 <enter>", RouteName::Request),
        ("w", RouteName::Why),
        ("<enter> w", RouteName::Why),
        ("?", RouteName::Help),
        (":", RouteName::Palette),
        ("t", RouteName::Lens),
        (": kubecon <enter>", RouteName::Kubeconfigs),
        ("? / date <enter> <enter>", RouteName::Lens),
        (": etcd-peer <enter>", RouteName::Certificate),
        ("7", RouteName::History),
        ("7 1", RouteName::Authorities),
        ("7 <tab>", RouteName::Authorities),
        ("7 <backtab>", RouteName::Ledger),
        ("6", RouteName::Ledger),
        ("6 <tab>", RouteName::History),
        ("6 <backtab>", RouteName::Kubeconfigs),
        ("6 <esc>", RouteName::Expiring),
        ("7 <esc>", RouteName::Expiring),
        ("R", RouteName::Review),
        ("R <esc>", RouteName::Expiring),
        ("R 2", RouteName::Expiring),
    ] {
        let mut stage = Stage::demo(80, 24);
        stage.keys(keys);
        assert_eq!(route(&stage), expected, "{keys}");
    }
}

#[test]
fn nothing_that_is_typed_into_a_filter_is_a_command() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ qzs?:t");
    assert_eq!(route(&stage), RouteName::Expiring);
    assert!(!stage.commands.contains(&Command::Quit));
    assert!(stage.text().contains("/qzs?:t"), "{}", stage.text());
    stage.keys("<esc> / etcd-p <enter>");
    let text = stage.text();
    assert!(
        text.contains("etcd-peer") && !text.contains("admin.conf"),
        "{text}"
    );
    stage.keys("<esc>");
    assert!(stage.text().contains("admin.conf"));
    // Ctrl-C ends even while one types.
    stage.keys("/ <ctrl-c>");
    assert_eq!(stage.commands.last(), Some(&Command::Quit));
}

#[test]
fn a_page_can_be_searched_too() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("1 j j <enter> / q <backspace> sha");
    let text = stage.text();
    assert!(
        text.contains("Certificate /sha") && text.contains("SHA-256") && !text.contains("Read by"),
        "{text}"
    );
    stage.keys("<enter> <esc>");
    assert!(stage.text().contains("Read by"));
    assert_eq!(route(&stage), RouteName::Certificate);
}

#[test]
fn pasted_text_is_text_alone() {
    let mut stage = Stage::demo(80, 24);
    stage.event(Event::Paste("q\nq".to_owned()));
    assert!(!stage.commands.contains(&Command::Quit));
    stage
        .keys("/")
        .event(Event::Paste("etcd-peer\nq\u{1b}[31m".to_owned()));
    assert!(stage.text().contains("/etcd-peer "), "{}", stage.text());
}

#[test]
fn copies_go_to_the_terminal() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ apiserver <enter> y Y");
    let copied: Vec<&String> = stage
        .commands
        .iter()
        .filter_map(|command| {
            if let Command::Copy(text) = command {
                Some(text)
            } else {
                None
            }
        })
        .collect();
    let certificate = stage::reading().inventory.items.iter().find_map(|item| {
        item.certificate()
            .filter(|certificate| certificate.common_name() == Some("kube-apiserver"))
            .cloned()
    });
    let certificate = certificate.expect("the demo has it");
    assert_eq!(*copied[0], certificate.to_pem());
    assert_eq!(*copied[1], kubepki::pki::hex(certificate.sha256()));
    assert!(stage.text().contains("copied the SHA-256 of apiserver"));
    // A toast leaves at the next key.
    stage.keys("j");
    assert!(!stage.text().contains("copied"));
}

#[test]
fn a_disabled_action_says_why() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("!");
    assert!(
        stage.text().contains("everything could be read"),
        "{}",
        stage.text()
    );
    stage.keys("2 f");
    assert!(
        stage
            .text()
            .contains("only a CA that signed something can be folded")
    );
    stage.keys(": fold");
    assert!(
        stage.text().contains("not now: only a CA"),
        "{}",
        stage.text()
    );
}

#[test]
fn folding_hides_what_a_ca_signed() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("1 g");
    assert!(stage.text().contains("apiserver-kubelet-client"));
    stage.keys("f");
    assert!(
        !stage.text().contains("apiserver-kubelet-client"),
        "{}",
        stage.text()
    );
    stage.keys("f");
    assert!(stage.text().contains("apiserver-kubelet-client"));
}

#[test]
fn the_mouse_points_opens_and_turns() {
    let mut stage = Stage::demo(120, 36);
    click(&mut stage, 10, 4);
    assert_eq!(stage.app.route(), Route::Overview(Pane::Authorities));
    click(&mut stage, 10, 4);
    assert_eq!(route(&stage), RouteName::Certificate);
    stage.keys("<esc>").event(Event::Mouse(Mouse {
        kind: MouseKind::WheelDown,
        column: 70,
        row: 30,
    }));
    assert_eq!(stage.app.route(), Route::Overview(Pane::Kubeconfigs));
    for kind in [MouseKind::Click, MouseKind::WheelUp, MouseKind::WheelDown] {
        for (column, row) in [(0, 0), (119, 35), (60, 3), (500, 500), (0, 35)] {
            stage.event(Event::Mouse(Mouse { kind, column, row }));
        }
    }
}

#[test]
fn wrong_user_files_leave_the_shipped_ones_and_say_so() {
    for (keymap, theme, words) in [
        (Some("quit: [j]"), None, "the key j is bound twice"),
        (Some("quiet: [x]"), None, "no action is called \"quiet\""),
        (None, Some("roles: {bda: {}}"), "no role is called \"bda\""),
    ] {
        let setup = Setup {
            keymap: keymap.map(str::to_owned),
            theme: theme.map(str::to_owned),
            ..stage::setup()
        };
        let mut stage = Stage::with(setup, stage::reading(), 100, 24);
        assert!(stage.text().contains(words), "{}", stage.text());
        stage.keys("q");
        assert_eq!(stage.commands.last(), Some(&Command::Quit));
    }
    let setup = Setup {
        keymap: Some("quit: [Q]".to_owned()),
        ..stage::setup()
    };
    let mut stage = Stage::with(setup, stage::reading(), 80, 24);
    assert!(stage.text().contains("Q quit"));
    stage.keys("q");
    assert!(!stage.commands.contains(&Command::Quit));
}

#[test]
fn plain_tells_the_row_under_the_cursor() {
    let mut stage = Stage::demo(80, 24);
    let told = stage.app.spoken();
    assert!(told.page[0].contains("expired"), "{told:?}");
    assert!(
        told.page
            .iter()
            .any(|line| line.starts_with("apiserver ✗ expired 2 d")),
        "{told:?}"
    );
    stage.keys("/ apiserver-kub <enter>");
    assert!(
        stage
            .app
            .spoken()
            .line
            .starts_with("apiserver-kubelet-client ! 12 d"),
        "{:?}",
        stage.app.spoken()
    );
}
