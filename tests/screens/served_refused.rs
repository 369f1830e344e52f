//! Restarts and questions that are refused, and the commands that are there instead.

use kubepki::app::Setup;
use kubepki::model::world::Settings;
use kubepki::model::{Command, Reading};
use time::Duration;

use crate::support::seen::{answer, probing, restarting};
use crate::support::stage::{self, MOMENT, Stage};

const ELSEWHERE: &str = "these files are not those of the machine that is running here";

#[test]
fn what_is_refused_says_why() {
    let read_only = Settings {
        read_only: true,
        ..stage::setup().settings
    };
    let unrestartable = Reading {
        unrestartable: Some(ELSEWHERE),
        ..stage::reading()
    };
    for (setup, reading, keys, words) in [
        (
            Setup {
                settings: read_only,
                ..stage::setup()
            },
            stage::reading(),
            "x",
            "kubepki was started with --read-only",
        ),
        (stage::setup(), unrestartable, "A", ELSEWHERE),
        (
            Setup {
                lens: Some(MOMENT + Duration::days(9)),
                ..stage::setup()
            },
            stage::reading(),
            "x",
            "another date",
        ),
    ] {
        let mut stage = Stage::with(setup, reading, 120, 36);
        stage.keys("0 P");
        answer(&mut stage);
        stage.settle().keys("0 g").settle().keys(keys);
        assert_eq!(restarting(&mut stage), [""; 0]);
        assert!(stage.text().contains(words), "{words}: {}", stage.text());
        // Looking is no change.
        stage.keys("P");
        assert_eq!(probing(&mut stage).len(), 1);
    }
}

#[test]
fn what_nothing_calls_for_is_refused() {
    // A key too much must not take the API of a sound master away.
    let mut stage = Stage::demo(80, 24);
    for keys in ["0 g x", "<enter> x"] {
        stage.keys(keys);
        assert!(
            stage
                .text()
                .contains("restart: nothing says that it holds old files"),
            "{}",
            stage.text()
        );
    }
    let mut stage = Stage::demo(80, 24);
    stage.keys("0 A");
    assert!(
        stage
            .text()
            .contains("restart all: nothing here is known to hold old files"),
        "{}",
        stage.text()
    );
    stage.keys("2 x");
    assert!(
        stage
            .text()
            .contains("restart: this screen has nothing for it"),
        "{}",
        stage.text()
    );
}

#[test]
fn nothing_is_asked_where_no_port_is_known() {
    let mut stage = Stage::with(stage::setup(), Reading::default(), 80, 24);
    stage.keys("0 P");
    assert!(
        stage.text().contains("probe all: no port is known here"),
        "{}",
        stage.text()
    );
}

#[test]
fn the_commands_are_there_where_kubepki_may_not() {
    let reading = Reading {
        unrestartable: Some(ELSEWHERE),
        ..stage::reading()
    };
    let mut stage = Stage::with(stage::setup(), reading, 100, 24);
    stage.keys("0 P");
    answer(&mut stage);
    stage.keys("0 g <enter> j j y");
    let text = stage.text();
    assert!(
        text.contains(ELSEWHERE)
            && text.contains(
                "crictl ps --name '^etcd$' --label io.kubernetes.pod.namespace=kube-system -q"
            ),
        "{text}"
    );
    let copied = stage.asked().into_iter().find_map(|command| match command {
        Command::Copy(text) => Some(text),
        _ => None,
    });
    assert_eq!(
        copied.as_deref(),
        Some(
            "crictl ps --name '^etcd$' --label io.kubernetes.pod.namespace=kube-system -q | xargs -r crictl stop --timeout 30"
        )
    );
}
