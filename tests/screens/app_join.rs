//! The Join screen: what stands there, what its keys ask for, what they refuse.

use kubepki::app::Setup;
use kubepki::inventory::bootstrap::{Bootstrap, TokenFileItem};
use kubepki::kubernetes::bootstrap::LineFault;
use kubepki::model::route::RouteName;
use kubepki::model::world::Settings;
use kubepki::model::{Command, Event, Mouse, MouseKind};
use kubepki::plan::BootstrapRequest;
use time::Duration;

use crate::support::joining::{copied, join, reading, requested};
use crate::support::stage::{self, MOMENT, Stage};

/// The halves of the demo's tokens that nobody may see.
const SECRETS: [&str; 2] = ["f395accd246ae52d", "kq1kcu2pdfnl4z8b"];

/// All lines of the page, wherever it is scrolled to.
fn whole(stage: &mut Stage) -> String {
    stage.event(Event::Resize {
        columns: 160,
        rows: 100,
    });
    stage.text()
}

#[test]
fn the_worst_token_stands_first_and_none_is_shown() {
    let mut stage = join("");
    let text = whole(&mut stage);
    let at = |words: &str| {
        text.find(words)
            .unwrap_or_else(|| panic!("{words}: {text}"))
    };
    assert!(at("5emitj") < at("07401b"), "{text}");
    assert!(
        text.contains("✗   expired 2 d") && text.contains("18 h"),
        "{text}"
    );
    assert!(text.contains("8 Join·1!"), "{text}");
    for keys in ["<enter>", "<esc> j <enter>"] {
        stage.keys(keys);
        assert_eq!(stage.app.route().name(), RouteName::Token);
        let text = whole(&mut stage);
        assert!(
            SECRETS.iter().all(|secret| !text.contains(secret)),
            "{text}"
        );
        assert!(
            text.contains("system:bootstrap:") && text.contains("lets in"),
            "{text}"
        );
    }
}

#[test]
fn bindings_say_which_are_here_and_what_nobody_approves() {
    let text = whole(&mut join(""));
    for words in [
        "● kubeadm:kubelet-bootstrap   bootstrap/bindings.yaml",
        "● kubeadm:node-autoapprove-bootstrap   bootstrap/bindings.yaml",
        "! kubeadm:node-autoapprove-certificate-rotation   missing",
        "○ auto-approve-csrs-for-group   not here",
        "Kubernetes has no approver",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn a_token_is_ended_after_a_review() {
    let stage = join("j e");
    assert_eq!(
        requested(&stage),
        Some(BootstrapRequest::ExpireToken {
            id: "07401b".to_owned()
        })
    );
    assert_eq!(stage.app.route().name(), RouteName::Review);
    // From its own page too.
    let stage = join("j <enter> e");
    assert_eq!(
        requested(&stage),
        Some(BootstrapRequest::ExpireToken {
            id: "07401b".to_owned()
        })
    );
}

#[test]
fn what_cannot_be_done_says_why() {
    for (keys, why) in [
        ("e", "it has ended already"),
        ("G e", "there is no token under the cursor"),
        ("r", "this page is not about a certificate"),
        ("z", "this is a page, not a list"),
    ] {
        let stage = join(keys);
        assert!(stage.text().contains(why), "{keys}: {}", stage.text());
        assert_eq!(requested(&stage), None);
    }
    let settings = Settings {
        read_only: true,
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
    for keys in ["8 j e", "n"] {
        stage.keys(keys);
        assert!(stage.text().contains("--read-only"), "{}", stage.text());
        assert_eq!(stage.app.route().name(), RouteName::Join);
    }
    let mut stage = Stage::demo(80, 24);
    stage.keys("t + 9 0 d <enter> 8 n");
    assert!(
        stage.text().contains("another date is looked at"),
        "{}",
        stage.text()
    );
}

#[test]
fn another_date_ends_tokens() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("t + 2 d <enter> 8");
    let text = stage.text();
    assert!(
        text.contains("8 Join·2!") && text.contains("expired 1 d"),
        "{text}"
    );
}

#[test]
fn the_end_of_a_token_is_waited_for() {
    let stage = Stage::with(
        stage::setup(),
        reading(|inventory| {
            for token in &mut inventory.bootstrap.tokens {
                token.expires = Some(MOMENT + Duration::minutes(5));
            }
        }),
        80,
        24,
    );
    let mut wakes = stage.commands.iter().filter_map(|command| match command {
        Command::Wake(at) => *at,
        _ => None,
    });
    assert_eq!(wakes.next_back(), Some(MOMENT + Duration::minutes(5)));
}

#[test]
fn copies_hold_no_secret() {
    let mut stage = join("/ d i s c o v e r y <enter> y");
    let hash = copied(&stage);
    assert!(
        hash.starts_with("sha256:") && hash.len() == 7 + 64,
        "{hash}"
    );
    assert!(stage.text().contains("copied the line"), "{}", stage.text());
    stage.keys("<esc> / k u b e a d m <space> j o i n <enter> y");
    let line = copied(&stage);
    let expected = format!(
        "kubeadm join 10.0.0.10:6443 --token 07401b.<secret> --discovery-token-ca-cert-hash {hash}"
    );
    assert_eq!(line, expected);
    stage.keys("<esc> / r o t a t i o n <enter> y");
    let manifest = copied(&stage);
    assert!(
        manifest.contains("name: kubeadm:node-autoapprove-certificate-rotation"),
        "{manifest}"
    );
    assert!(
        stage.text().contains("copied the manifest"),
        "{}",
        stage.text()
    );
}

#[test]
fn a_filter_leaves_what_holds_a_text() {
    let mut stage = join("/ 0 7 4 0 1 b <enter>");
    let text = stage.text();
    assert!(
        text.contains("workers of rack 7") && !text.contains("the first workers"),
        "{text}"
    );
    stage.keys("e");
    assert_eq!(
        requested(&stage),
        Some(BootstrapRequest::ExpireToken {
            id: "07401b".to_owned()
        })
    );
}

#[test]
fn where_nothing_lets_in_it_is_explained() {
    let empty = || reading(|inventory| inventory.bootstrap = Bootstrap::default());
    for (columns, rows) in [(80, 24), (40, 12)] {
        let mut stage = Stage::with(stage::setup(), empty(), columns, rows);
        stage.keys("8");
        let text = stage.text();
        assert!(text.contains("Nothing here lets a node in"), "{text}");
        assert!(text.contains("it shows a token once"), "{text}");
        stage.keys("n");
        assert_eq!(stage.app.route().name(), RouteName::Wizard);
    }
}

#[test]
fn the_tab_is_there_at_every_width() {
    for columns in [80, 100, 120] {
        let mut stage = Stage::demo(columns, 24);
        let text = stage.text();
        let tabs = text.lines().nth(1).expect("a tab line");
        for name in [
            "1 ",
            "2 Expiring",
            "3 Requests",
            "4 ",
            // What is kept of before has its name where there is room.
            "6 ",
            "7 ",
            "8 Join",
            "0 Served",
        ] {
            assert!(tabs.contains(name), "{columns}: {tabs}");
        }
        let column = u16::try_from(tabs.find("8 Join").expect("the tab")).expect("on the screen");
        stage.event(Event::Mouse(Mouse {
            kind: MouseKind::Click,
            column,
            row: 1,
        }));
        assert_eq!(stage.app.route().name(), RouteName::Join);
    }
}

#[test]
fn what_the_api_server_stumbles_over_is_told() {
    let broken = reading(|inventory| {
        inventory.bootstrap.token_files.push(TokenFileItem {
            path: "/etc/kubernetes/token.csv".into(),
            named_in: Some(("/etc/kubernetes/manifests/kube-apiserver.yaml".into(), 20)),
            fault: None,
            faults: vec![(3, LineFault::TooFewColumns)],
            changed_at: None,
        });
    });
    let mut stage = Stage::with(stage::setup(), broken, 80, 24);
    stage.keys("8");
    let text = stage.text();
    assert!(
        text.contains("8 Join·2!") && text.contains("token.csv:3"),
        "{text}"
    );
    assert!(text.contains("fewer than three columns"), "{text}");
}

#[test]
fn the_mouse_opens_a_token() {
    let mut stage = join("");
    let row = stage
        .text()
        .lines()
        .position(|line| line.contains("07401b"))
        .expect("a row");
    let row = u16::try_from(row).expect("on the screen");
    let click = Event::Mouse(Mouse {
        kind: MouseKind::Click,
        column: 5,
        row,
    });
    stage.event(click.clone());
    assert_eq!(stage.app.route().name(), RouteName::Join);
    stage.event(click);
    assert_eq!(stage.app.route().name(), RouteName::Token);
    assert!(
        stage.text().contains("system:bootstrap:07401b"),
        "{}",
        stage.text()
    );
}

#[test]
fn texts_of_files_are_shown_escaped() {
    let hostile = reading(|inventory| {
        for token in &mut inventory.bootstrap.tokens {
            token.description = "a\u{1b}[31mb\u{202e}".to_owned();
            token.groups.push("g\u{7}".to_owned());
            token.user = "u\u{1b}]0;x".to_owned();
            token.id.clear();
        }
        for binding in &mut inventory.bootstrap.bindings {
            binding.path = "/etc/\u{1b}[2J".into();
        }
    });
    let mut stage = Stage::with(stage::setup(), hostile, 120, 36);
    for keys in ["8", "<enter>", "<esc> n"] {
        stage.keys(keys);
        let text = stage.text();
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text}");
    }
}

#[test]
fn a_file_that_lets_nodes_in_is_explained() {
    let mut stage = Stage::demo(120, 36);
    let lines = whole(stage.keys("8")).lines().count();
    let mut explained = 0;
    for line in 0..lines {
        let down = "j ".repeat(line);
        stage.keys("<esc> 8 g").keys(&down).keys("w");
        let text = stage.text();
        assert!(!text.contains("not there any more"), "line {line}: {text}");
        explained += usize::from(text.contains("a manifest") || text.contains("a token file"));
    }
    assert!(explained > 2, "{explained}");
}

#[test]
fn where_no_kubeadm_made_the_cluster_the_screen_says_what_the_command_prints() {
    for layout in ["split", "single-ca"] {
        let bare = reading(|inventory| {
            layout.clone_into(&mut inventory.layout);
            inventory.bootstrap.tokens.clear();
        });
        let mut stage = Stage::with(stage::setup(), bare, 120, 36);
        stage.keys("8");
        let text = whole(&mut stage);
        assert!(
            text.contains("no kubeadm made this cluster")
                && text.contains("kubepki bootstrap join"),
            "{text}"
        );
        assert!(
            !text.contains("kubeadm join ") && !text.contains("prints it whole"),
            "{text}"
        );
    }
    let kept = reading(|inventory| "split".clone_into(&mut inventory.layout));
    let mut stage = Stage::with(stage::setup(), kept, 120, 36);
    stage.keys("8");
    assert!(
        whole(&mut stage).contains("kubeadm join 10.0.0.10:6443 --token 07401b."),
        "{}",
        stage.text()
    );
}
