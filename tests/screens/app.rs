//! Keys in, commands and routes out, without a terminal.

use kubepki::app::Setup;
use kubepki::inventory::{Trouble, Unread};
use kubepki::model::route::RouteName;
use kubepki::model::world::Settings;
use kubepki::model::{Command, Event, Job, JobId, Key, Mouse, MouseKind, Pane, Problem, Reading, Route};
use time::Duration;
use time::macros::datetime;

use crate::support::stage::{self, MOMENT, Stage};

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
        ("7 <backtab>", RouteName::Kubeconfigs),
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
    assert!(text.contains("etcd-peer") && !text.contains("admin.conf"), "{text}");
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
    assert!(text.contains("Certificate /sha") && text.contains("SHA-256") && !text.contains("Read by"), "{text}");
    stage.keys("<enter> <esc>");
    assert!(stage.text().contains("Read by"));
    assert_eq!(route(&stage), RouteName::Certificate);
}

#[test]
fn pasted_text_is_text_alone() {
    let mut stage = Stage::demo(80, 24);
    stage.event(Event::Paste("q\nq".to_owned()));
    assert!(!stage.commands.contains(&Command::Quit));
    stage.keys("/").event(Event::Paste("etcd-peer\nq\u{1b}[31m".to_owned()));
    assert!(stage.text().contains("/etcd-peer "), "{}", stage.text());
}

#[test]
fn copies_go_to_the_terminal() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ apiserver <enter> y Y");
    let copied: Vec<&String> = stage
        .commands
        .iter()
        .filter_map(|command| if let Command::Copy(text) = command { Some(text) } else { None })
        .collect();
    let certificate = stage::reading().inventory.items.iter().find_map(|item| {
        item.certificate().filter(|certificate| certificate.common_name() == Some("kube-apiserver")).cloned()
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
fn the_date_is_a_lens() {
    let mut stage = Stage::demo(80, 24);
    let before = stage.app.world().judged.expired;
    stage.keys("t +30d");
    assert!(stage.text().contains("certificates are dead"), "{}", stage.text());
    assert_eq!(stage.app.world().judged.expired, before, "typing alone changes nothing");
    stage.keys("<enter>");
    let text = stage.text();
    assert_eq!(stage.app.world().moment(), MOMENT + Duration::days(30));
    assert_eq!(
        stage.app.world().judged.expired,
        before + 2,
        "apiserver-kubelet-client and scheduler.conf die within 30 days"
    );
    assert!(text.contains("22 Dec 03:12Z") && text.contains("are dead:"), "{text}");
    assert_eq!(stage.commands.last(), Some(&Command::Wake(None)), "no wake-up while another date is looked at");
    stage.keys("t <ctrl-u> nonsense <enter>");
    assert!(stage.text().contains("\"nonsense\" is no moment"));
    stage.keys("<ctrl-u> now <enter>");
    assert_eq!(stage.app.world().judged.expired, before);
}

#[test]
fn a_lens_from_the_command_line_holds_from_the_start() {
    let setup = Setup { lens: Some(MOMENT + Duration::days(400)), ..stage::setup() };
    let stage = Stage::with(setup, stage::reading(), 120, 36);
    assert!(stage.app.world().judged.expired > 10);
    assert!(stage.text().contains("as it will be on 27 Dec 2027"), "{}", stage.text());
}

#[test]
fn it_wakes_at_the_next_change_of_a_state() {
    // A token may end before any certificate does.
    let mut inventory = (*stage::reading().inventory).clone();
    inventory.bootstrap.tokens.clear();
    let mut stage = Stage::with(stage::setup(), Reading::new(inventory), 80, 24);
    let woken = stage.commands.iter().rev().find_map(|command| match command {
        Command::Wake(moment) => *moment,
        _ => None,
    });
    let moment = woken.expect("a moment");
    assert!(moment > MOMENT);
    let before = stage.app.world().judged.status.clone();
    stage.event(Event::Moment(moment - Duration::seconds(2)));
    assert_eq!(stage.app.world().judged.status, before);
    stage.event(Event::Moment(moment));
    assert_ne!(stage.app.world().judged.status, before);
}

fn read_id(command: &Command) -> Option<JobId> {
    match command {
        Command::Start { id, job: Job::Read } => Some(*id),
        _ => None,
    }
}

#[test]
fn late_answers_are_dropped_and_the_newest_read_wins() {
    let mut stage = Stage::demo(80, 24);
    let items = stage.app.world().inventory().items.len();
    stage.event(Event::FilesChanged);
    stage.keys("<f5>");
    let ids: Vec<JobId> = stage.commands.iter().filter_map(read_id).collect();
    assert_eq!(ids.len(), 3);
    stage.event(Event::Read { id: ids[1], at: MOMENT, reading: Ok(Reading::default()) });
    assert_eq!(stage.app.world().inventory().items.len(), items, "the answer to an older question");
    stage.event(Event::Read { id: ids[2], at: MOMENT, reading: Err(Problem::new("the disk is gone")) });
    assert_eq!(stage.app.world().inventory().items.len(), items, "what was read before still stands");
    assert!(stage.text().contains("the disk is gone"));
}

#[test]
fn the_cursor_stays_on_its_thing_when_files_change() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ etcd-server <enter>");
    stage.keys("<enter>");
    let before = stage.app.route();
    let mut reading = (*stage::reading().inventory).clone();
    reading.items.rotate_left(3);
    reading.tree = kubepki::inventory::tree::Tree::default();
    stage.event(Event::FilesChanged);
    stage.read(Ok(Reading::new(reading)));
    assert_eq!(stage.app.route(), before);
    assert!(stage.text().contains("etcd-server"), "{}", stage.text());
    stage.event(Event::FilesChanged);
    stage.read(Ok(Reading::default()));
    assert!(stage.text().contains("not there any more"), "{}", stage.text());
}

#[test]
fn a_first_reading_that_fails_is_a_page() {
    let mut stage = Stage::with(stage::setup(), Reading::default(), 80, 24);
    let problem = Problem { why: vec!["permission denied".to_owned()], ..Problem::new("no permission to read /etc") };
    let mut fresh = kubepki::app::App::new(stage::setup());
    fresh.start();
    stage.app = fresh;
    stage.event(Event::Read { id: JobId(1), at: MOMENT, reading: Err(problem.hint("try: sudo kubepki")) });
    let text = stage.text();
    for words in ["no permission to read /etc", "permission denied", "try: sudo kubepki"] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn what_could_not_be_read_is_said() {
    let mut inventory = (*stage::reading().inventory).clone();
    inventory.unread = vec![Unread { path: "/etc/kubernetes/pki/ca.key".to_owned(), why: Trouble::Denied.into() }];
    let settings = Settings { sudo: "sudo kubepki".to_owned(), ..stage::setup().settings };
    let mut stage = Stage::with(Setup { settings, ..stage::setup() }, Reading::new(inventory), 80, 24);
    let text = stage.text();
    assert!(text.contains("1 path could not be read") && text.contains("sudo kubepki"), "{text}");
    stage.keys("!");
    assert_eq!(route(&stage), RouteName::Unread);
    assert!(stage.text().contains("/etc/kubernetes/pki/ca.key"));
}

#[test]
fn a_disabled_action_says_why() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("!");
    assert!(stage.text().contains("everything could be read"), "{}", stage.text());
    stage.keys("2 f");
    assert!(stage.text().contains("only a CA that signed something can be folded"));
    stage.keys(": fold");
    assert!(stage.text().contains("not now: only a CA"), "{}", stage.text());
}

#[test]
fn folding_hides_what_a_ca_signed() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("1 g");
    assert!(stage.text().contains("apiserver-kubelet-client"));
    stage.keys("f");
    assert!(!stage.text().contains("apiserver-kubelet-client"), "{}", stage.text());
    stage.keys("f");
    assert!(stage.text().contains("apiserver-kubelet-client"));
}

#[test]
fn the_mouse_points_opens_and_turns() {
    let mut stage = Stage::demo(120, 36);
    let click = |column, row| Event::Mouse(Mouse { kind: MouseKind::Click, column, row });
    stage.event(click(10, 4));
    assert_eq!(stage.app.route(), Route::Overview(Pane::Authorities));
    stage.event(click(10, 4));
    assert_eq!(route(&stage), RouteName::Certificate);
    stage.keys("<esc>").event(Event::Mouse(Mouse { kind: MouseKind::WheelDown, column: 70, row: 30 }));
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
        let setup = Setup { keymap: keymap.map(str::to_owned), theme: theme.map(str::to_owned), ..stage::setup() };
        let mut stage = Stage::with(setup, stage::reading(), 100, 24);
        assert!(stage.text().contains(words), "{}", stage.text());
        stage.keys("q");
        assert_eq!(stage.commands.last(), Some(&Command::Quit));
    }
    let setup = Setup { keymap: Some("quit: [Q]".to_owned()), ..stage::setup() };
    let mut stage = Stage::with(setup, stage::reading(), 80, 24);
    assert!(stage.text().contains("Q quit"));
    stage.keys("q");
    assert!(!stage.commands.contains(&Command::Quit));
}

#[test]
fn no_size_and_no_key_makes_it_panic() {
    let reading = stage::reading();
    let keys =
        "j;G;<pgdn>;z;s;<enter>;<tab>;w;<esc>;3;4;?;<esc>;: a;<esc>;t x;<esc>;1 f <space> / e <esc> h l <backtab> g";
    for (columns, rows) in [(1, 1), (1, 40), (200, 1), (2, 2), (5, 3), (13, 7), (40, 12), (80, 24), (300, 100)] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), columns, rows);
        for keys in keys.split(';') {
            stage.keys(keys);
            stage.buffer();
        }
        // The frame may still be of another size than the application knows.
        stage.app.update(Event::Resize { columns: 120, rows: 36 });
        stage.buffer();
    }
}

#[test]
fn every_key_of_the_keymap_is_safe_everywhere() {
    let reading = stage::reading();
    let letters: Vec<Key> = (' '..='~').map(Key::char).collect();
    for start in ["", "1", "3", "4", "<enter>", "4 <enter>", "3 <enter>", "w", "?", ":", "t", "/"] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), 80, 24);
        stage.keys(start);
        for key in &letters {
            stage.event(Event::Key(*key));
            stage.buffer();
        }
    }
}

#[test]
fn ascii_is_ascii_and_no_color_is_no_color() {
    let setup =
        Setup { settings: Settings { ascii: true, ..stage::setup().settings }, no_color: true, ..stage::setup() };
    let mut stage = Stage::with(setup, stage::reading(), 120, 36);
    for keys in ["", "<enter>", "<esc> 4 <enter>", "<esc> ?", "<esc> t"] {
        stage.keys(keys);
        let buffer = stage.buffer();
        assert!(stage::text(&buffer).is_ascii(), "{}", stage::text(&buffer));
        assert!(buffer.content.iter().all(|cell| cell.fg == ratatui::style::Color::Reset));
    }
}

#[test]
fn hostile_names_are_spelled_out_on_every_screen() {
    let mut inventory = (*stage::reading().inventory).clone();
    let evil = "evil\u{1b}[2J\u{202e}\u{7}name";
    for item in &mut inventory.items {
        item.path = format!("{}{evil}", item.path).into();
    }
    for kubeconfig in &mut inventory.kubeconfigs {
        for user in &mut kubeconfig.users {
            user.name.push_str(evil);
            user.identity = Some(evil.to_owned());
        }
        for cluster in &mut kubeconfig.clusters {
            cluster.server.push_str(evil);
        }
    }
    for request in &mut inventory.requests {
        request.name.push_str(evil);
    }
    inventory.cluster = Some(evil.to_owned());
    inventory.node = Some(evil.to_owned());
    inventory.unread = vec![Unread { path: evil.to_owned(), why: Trouble::Io(evil.to_owned()).into() }];
    let mut stage = Stage::with(stage::setup(), Reading::new(inventory), 120, 36);
    for keys in ["", "z", "<enter>", "w", "2 4 <enter>", "2 3 <enter>", "!", ": evil", "<esc> t"] {
        stage.keys(keys);
        let buffer = stage.buffer();
        let hidden = buffer.content.iter().find(|cell| cell.symbol().chars().any(kubepki::pki::text::is_hidden));
        assert_eq!(hidden, None, "{keys}");
        for line in stage.app.spoken().page {
            assert!(!line.chars().any(kubepki::pki::text::is_hidden), "{line:?}");
        }
    }
}

#[test]
fn plain_tells_the_row_under_the_cursor() {
    let mut stage = Stage::demo(80, 24);
    let told = stage.app.spoken();
    assert!(told.page[0].contains("expired"), "{told:?}");
    assert!(told.page.iter().any(|line| line.starts_with("apiserver ✗ expired 2 d")), "{told:?}");
    stage.keys("/ apiserver-kub <enter>");
    assert!(stage.app.spoken().line.starts_with("apiserver-kubelet-client ! 12 d"), "{:?}", stage.app.spoken());
}

#[test]
fn dates_before_the_certificates_are_not_valid_yet() {
    let setup = Setup { lens: Some(datetime!(2001-01-01 0:00 UTC)), ..stage::setup() };
    let stage = Stage::with(setup, stage::reading(), 80, 24);
    assert!(stage.text().contains("not yet valid"), "{}", stage.text());
    assert_eq!(stage.app.world().judged.expired, 0);
}
