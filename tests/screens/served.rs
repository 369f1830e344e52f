//! What is served: keys in, commands and frames out, without a terminal. What is seen comes from
//! real handshakes with the demo's servers.

use kubepki::app::Setup;
use kubepki::model::route::RouteName;
use kubepki::model::world::Settings;
use kubepki::model::{Event, Problem};
use kubepki::running::{ProbeTarget, Silence};
use time::Duration;

use crate::pointing::click;
use crate::spelled_out::{EVIL, nothing_is_hidden};
use crate::support::seen::{self, answer, observation, observed, probing};
use crate::support::stage::{self, MOMENT, Stage};

fn component(name: &str) -> ProbeTarget {
    ProbeTarget::Component(name.parse().expect("a component"))
}

#[test]
fn nothing_is_asked_before_a_key_and_then_what_the_cursor_is_on() {
    let reading = stage::reading();
    for (keys, expected) in [
        ("0 g p", component("etcd")),
        ("0 G p", component("kubelet")),
        ("2 / apiserver <enter> p", component("kube-apiserver")),
        (
            "2 / apiserver <enter> <enter> p",
            component("kube-apiserver"),
        ),
        ("1 / etcd-peer <enter> j p", component("etcd")),
        (
            "4 g p",
            ProbeTarget::Server("https://10.0.0.10:6443".into()),
        ),
        (
            "4 g <enter> p",
            ProbeTarget::Server("https://10.0.0.10:6443".into()),
        ),
        ("0 g <enter> p", component("etcd")),
        ("2 P", ProbeTarget::All),
        ("1 <enter> P", ProbeTarget::All),
        ("? <esc> 0 P", ProbeTarget::All),
    ] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), 80, 24);
        assert_eq!(probing(&mut stage), []);
        stage.keys(keys);
        let asked: Vec<Vec<ProbeTarget>> = probing(&mut stage)
            .into_iter()
            .map(|(_, asked)| asked)
            .collect();
        assert_eq!(asked, [[expected]], "{keys}: {}", stage.text());
        assert!(stage.text().contains("asking "), "{keys}: {}", stage.text());
    }
    for (keys, words) in [
        (
            "2 / scheduler <enter> p",
            "probe: no port of this master serves it",
        ),
        ("3 p", "probe: no port of this master serves it"),
        (
            "3 <enter> p",
            "probe: no port serves what this page is about",
        ),
        ("7 P", "prune: nothing was done here yet"),
    ] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), 80, 24);
        stage.keys(keys);
        assert_eq!(probing(&mut stage), [], "{keys}");
        assert!(stage.text().contains(words), "{keys}: {}", stage.text());
    }
}

#[test]
fn an_old_one_shows_everywhere_until_it_is_gone() {
    let mut stage = Stage::demo(80, 24);
    assert!(!stage.text().contains("serves old"));
    stage.keys("P");
    assert_eq!(answer(&mut stage), [ProbeTarget::All]);
    let text = stage.text();
    assert!(
        text.contains("6 ports: 2 serve what is on disk (1 expired), 2 serve an old one (etcd)"),
        "{text}"
    );
    assert!(text.contains("(0 shows it)"), "{text}");
    stage.keys("0 P");
    answer(&mut stage);
    assert!(
        !stage.text().contains("shows it"),
        "on the screen that shows it: {}",
        stage.text()
    );
    stage.keys("2 g");
    let text = stage.text();
    assert!(
        text.contains("1 serves old") && text.contains("0 Served·2!"),
        "{text}"
    );
    assert!(text.contains("on disk 180 d, served 9 d"), "{text}");
    // What was seen outlives a rescan.
    stage.keys("<f5>");
    stage.read(Ok(stage::reading()));
    assert!(stage.text().contains("1 serves old"), "{}", stage.text());
    // Another answer for one component leaves those for the others.
    stage.keys("0 g p");
    let (id, asked) = probing(&mut stage).remove(0);
    assert_eq!(asked, [component("etcd")]);
    let mut seen = observation(&asked);
    for answer in &mut seen.answers {
        answer.result = Err(Silence::Refused);
    }
    observed(&mut stage, id, seen);
    let text = stage.text();
    assert!(
        text.contains("2 ports: 2 silent") && !text.contains("serves old"),
        "{text}"
    );
    assert!(
        text.contains("● nothing"),
        "what others answered still stands: {text}"
    );
}

#[test]
fn what_does_not_answer_is_counted_and_not_left_alone() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("0 P");
    answer(&mut stage);
    stage.keys("G p");
    let (id, asked) = probing(&mut stage).remove(0);
    let mut seen = observation(&asked);
    seen.answers
        .iter_mut()
        .for_each(|answer| answer.result = Err(Silence::Refused));
    observed(&mut stage, id, seen);
    let text = stage.text();
    assert!(
        text.contains("1 silent") && text.contains("0 Served·3!"),
        "{text}"
    );
    let row = text
        .lines()
        .find(|line| line.contains("kubelet") && line.contains("10250"))
        .unwrap_or_default();
    // Nothing is served there that anybody could trust.
    assert!(row.contains("refused               ! see why"), "{text}");
    assert!(
        stage.app.spoken().line.contains("to do: see why"),
        "{:?}",
        stage.app.spoken()
    );
}

#[test]
fn late_answers_are_taken_and_say_nothing() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("0 P g p");
    let asked = probing(&mut stage);
    let ids: Vec<_> = asked.iter().map(|(id, _)| *id).collect();
    observed(&mut stage, ids[0], observation(&[ProbeTarget::All]));
    let text = stage.text();
    assert!(
        text.contains("asking 2 ports") && text.contains("1 serves old"),
        "{text}"
    );
    let problem = Problem::new("the demo's servers do not start");
    stage.event(Event::Observed {
        id: ids[1],
        observation: Err(problem),
    });
    assert!(
        stage.text().contains("the demo's servers do not start"),
        "{}",
        stage.text()
    );
}

#[test]
fn what_was_made_after_the_reading_is_judged_for_when_it_was_seen() {
    let mut stage = Stage::demo(120, 36);
    stage.keys("0 P");
    let (id, asked) = probing(&mut stage).remove(0);
    let later = MOMENT + Duration::days(2);
    observed(&mut stage, id, seen::observation_at(&asked, later));
    let text = stage.text();
    assert!(
        text.contains("as of 24 Nov 03:12Z") && !text.contains("not yet"),
        "{text}"
    );
    let own = text
        .lines()
        .find(|line| line.contains("kube-scheduler"))
        .unwrap_or_default();
    assert!(own.contains("nothing"), "{text}");
}

#[test]
fn settings_may_ask_at_the_start() {
    let settings = Settings {
        probe_at_start: true,
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
    assert_eq!(answer(&mut stage), [ProbeTarget::All]);
    stage.keys("<f5>");
    stage.read(Ok(stage::reading()));
    assert_eq!(probing(&mut stage), [], "only after the first reading");
}

#[test]
fn the_mouse_and_plain_text_know_the_screen() {
    let mut stage = Stage::demo(80, 24);
    click(&mut stage, 67, 1);
    assert_eq!(
        stage.app.route().name(),
        RouteName::Served,
        "{}",
        stage.text()
    );
    click(&mut stage, 5, 4);
    assert!(
        stage.app.spoken().line.starts_with("etcd on port 2379"),
        "{:?}",
        stage.app.spoken()
    );
    click(&mut stage, 5, 4);
    assert_eq!(stage.app.route().name(), RouteName::Component);
    stage.keys("<esc> P");
    answer(&mut stage);
    let told = stage.app.spoken();
    assert!(
        told.line
            .contains("on disk 180 d, serves another one, 9 d, to do: restart"),
        "{told:?}"
    );
    assert!(
        told.page
            .iter()
            .any(|line| line.contains("serves what is on the disk, to do: replace")),
        "{told:?}"
    );
    let unseen =
        "client certificates inside processes cannot be seen: judged by when the process began";
    assert!(told.page.iter().any(|line| line == unseen), "{told:?}");
}

#[test]
fn what_a_server_sends_is_spelled_out() {
    let mut stage = Stage::demo(120, 36);
    stage.keys("0 P");
    let (id, asked) = probing(&mut stage).remove(0);
    let mut seen = observation(&asked);
    for answer in &mut seen.answers {
        answer.address.push_str(EVIL);
        match &mut answer.result {
            Ok(served) if *answer.of == *"etcd" => served.fault = Some(EVIL.to_owned()),
            result => *result = Err(Silence::Ended(EVIL.to_owned())),
        }
    }
    observed(&mut stage, id, seen);
    for keys in [
        "g",
        "<enter>",
        "<esc> j j",
        "<enter>",
        "2 / apiserver <enter> <enter>",
    ] {
        stage.keys(keys);
        nothing_is_hidden(&stage, keys);
    }
}

#[test]
fn no_column_of_the_list_is_cut_where_there_is_room() {
    for (columns, words) in [
        (80, " -97 d  "),
        (102, " -97 d  "),
        (112, "expired 97 d  "),
        (120, "expired 97 d  "),
    ] {
        let lens = Some(MOMENT + Duration::days(95));
        let mut stage = Stage::with(
            Setup {
                lens,
                ..stage::setup()
            },
            stage::reading(),
            columns,
            36,
        );
        stage.keys("0 P");
        answer(&mut stage);
        let text = stage.text();
        let row = text
            .lines()
            .find(|line| line.contains("6443"))
            .unwrap_or_default();
        assert_eq!(row.matches(words).count(), 2, "{columns}: {text}");
        stage.keys("g");
        let text = stage.text();
        assert!(
            text.contains("asked 22 Nov 03:12Z, judged as of 25 Feb 2027"),
            "{text}"
        );
        let header = text.lines().next().unwrap_or_default();
        assert!(!header.contains('…'), "{header}");
    }
}

#[test]
fn what_only_its_own_machine_can_ask_was_not_asked() {
    let mut stage = Stage::demo(80, 40);
    stage.keys("0 P");
    let (id, asked) = probing(&mut stage).remove(0);
    let mut seen = observation(&asked);
    for answer in seen
        .answers
        .iter_mut()
        .filter(|answer| *answer.of == *"kube-scheduler")
    {
        answer.address.clear();
        answer.result = Err(Silence::Unreachable(
            "there is no address to dial".to_owned(),
        ));
    }
    observed(&mut stage, id, seen);
    let text = stage.text();
    let row = text
        .lines()
        .find(|line| line.contains("10259"))
        .unwrap_or_default();
    assert!(
        row.contains("only there") && !text.contains("silent"),
        "{text}"
    );
    stage.keys("g j j j j <enter>");
    let text = stage.text();
    assert!(
        text.contains("not asked: it listens only on its own machine; ask there"),
        "{text}"
    );
    assert!(
        text.contains("In a shell of that machine") && text.contains("-connect 127.0.0.1:10259 "),
        "{text}"
    );
}
