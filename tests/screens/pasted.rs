//! What is pasted onto a list opens; what is pasted elsewhere is text.

use kubepki::model::pasted::MOST_PASTED;
use kubepki::model::route::RouteName;
use kubepki::model::{Command, Event, Job};
use kubepki::plan::{Request, RequestSource};

use crate::support::stage::{self, Stage};

/// The PEM of an item of the demo.
fn certificate(stage: &Stage, id: &str) -> String {
    let items = &stage.app.world().inventory().items;
    let item = items.iter().find(|item| &*item.id == id).expect("an item");
    item.certificate().expect("a certificate").to_pem()
}

/// The PEM of the demo's request that is no object.
fn request(stage: &Stage) -> String {
    let requests = &stage.app.world().inventory().requests;
    let found = requests.iter().find(|request| request.object.is_none());
    let asked = found.and_then(|found| found.request.as_ref().ok());
    asked.expect("a request").to_pem()
}

fn shown(stage: &Stage) -> String {
    stage::text(&stage.buffer())
}

fn has_asked(stage: &mut Stage) -> bool {
    let is_paste = |command: &Command| {
        matches!(
            command,
            Command::Start {
                job: Job::Look(_),
                ..
            }
        )
    };
    stage.asked().iter().any(is_paste)
}

#[test]
fn one_thing_opens_its_own_page_on_every_list() {
    for list in ["1", "2", "3", "4", "6", "7", "8", "0", "2 <enter>"] {
        let mut stage = Stage::demo(120, 36);
        let pem = certificate(&stage, "ca");
        stage.keys(list).paste(&pem.replace('\n', "\r"));
        let page = shown(&stage);
        assert!(page.contains("here: it is kubernetes"), "{list}:\n{page}");
        assert!(
            page.contains("discovery hash") || page.contains("Chain"),
            "{list}:\n{page}"
        );
        stage.keys("<esc>");
        assert_ne!(stage.app.route().name(), RouteName::Pasted, "{list}");
    }
}

#[test]
fn several_things_are_a_list_and_each_has_its_page() {
    let mut stage = Stage::demo(120, 36);
    let pem = certificate(&stage, "apiserver") + &request(&stage);
    stage.keys("3").paste(&pem);
    let page = shown(&stage);
    for told in ["2 things", "here: it is apiserver", "ci-deployer"] {
        assert!(page.contains(told), "{told}:\n{page}");
    }
    // The first line is a certificate, the second a request, which can be decided on from here.
    stage.settle().keys("a");
    assert!(
        shown(&stage).contains("no request here"),
        "{}",
        shown(&stage)
    );
    stage.keys("<down> a");
    assert!(
        shown(&stage).contains("Approve ci-deployer"),
        "{}",
        shown(&stage)
    );
    stage.keys("<esc> <up> <enter>");
    assert!(
        shown(&stage).contains("kube-apiserver"),
        "{}",
        shown(&stage)
    );
    stage.keys("<esc> <down> <enter>");
    assert!(
        shown(&stage).contains("Does the asker hold the key?"),
        "{}",
        shown(&stage)
    );
    // The next paste takes the place of this one.
    let pem = certificate(&stage, "ca");
    stage.paste(&pem).keys("<esc>");
    assert_eq!(stage.app.route().name(), RouteName::Requests);
}

#[test]
fn a_pasted_request_is_decided_on_and_asks_where() {
    let mut stage = Stage::demo(120, 36);
    let pem = request(&stage);
    stage.keys("3").paste(&pem).settle();
    stage.keys("a").asked();
    let page = shown(&stage);
    assert!(
        page.contains("/root/kubepki/ci-deployer/ci-deployer"),
        "{page}"
    );
    stage.keys("<enter>");
    let plans = stage
        .asked()
        .into_iter()
        .filter_map(|command| match command {
            Command::Start {
                job:
                    Job::Plan {
                        request: Request::Decide(request),
                        ..
                    },
                ..
            } => Some(request),
            _ => None,
        });
    let decided: Vec<_> = plans.collect();
    assert_eq!(decided.len(), 1, "{}", shown(&stage));
    assert!(matches!(
        decided[0].asked[0].source,
        RequestSource::Given(_)
    ));
    assert_eq!(decided[0].asked[0].item.name, "ci-deployer");
}

#[test]
fn a_paste_is_text_where_one_types_and_nothing_in_a_review() {
    let mut stage = Stage::demo(120, 36);
    stage.keys("2 /").paste("apiserver\rmore");
    assert!(!has_asked(&mut stage));
    assert!(shown(&stage).contains("apiserver"), "{}", shown(&stage));
    stage.keys("<esc> R").paste("-----BEGIN CERTIFICATE-----");
    assert!(!has_asked(&mut stage));
    assert_eq!(stage.app.route().name(), RouteName::Review);
}

#[test]
fn what_is_too_much_or_nothing_is_told() {
    let mut stage = Stage::demo(120, 36);
    stage.paste(&"A".repeat(MOST_PASTED + 1));
    assert!(!has_asked(&mut stage));
    assert!(
        shown(&stage).contains("1.1 MB were pasted"),
        "{}",
        shown(&stage)
    );
    stage.paste("q R y and other words");
    assert!(
        shown(&stage).contains("nothing of it could be decoded"),
        "{}",
        shown(&stage)
    );
    assert_eq!(stage.app.route().name(), RouteName::Expiring);
    stage.paste(" \r\n");
    assert!(stage.app.world().pasted.is_none());
}

#[test]
fn only_the_newest_paste_opens_and_never_over_what_one_types() {
    let mut stage = Stage::demo(120, 36);
    let pem = certificate(&stage, "ca");
    let mut ids = Vec::new();
    for _ in 0..2 {
        stage.event(Event::Paste(pem.clone()));
        let asked = stage.asked().into_iter().find_map(|command| match command {
            Command::Start {
                id,
                job: Job::Look(_),
            } => Some(id),
            _ => None,
        });
        ids.push(asked.expect("a job"));
    }
    let answer = |stage: &mut Stage, at: usize| {
        let pasted = Ok(Box::new(stage.pasted(pem.clone().into_bytes())));
        stage.event(Event::Pasted {
            id: ids[at],
            pasted,
        });
    };
    answer(&mut stage, 0);
    assert_eq!(stage.app.route().name(), RouteName::Expiring);
    stage.keys("/");
    answer(&mut stage, 1);
    assert_eq!(stage.app.route().name(), RouteName::Expiring);
    assert!(shown(&stage).contains("is not opened"), "{}", shown(&stage));
}
