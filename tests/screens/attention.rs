//! What is wrong is counted and said, wherever it lies; what is not known is not made up.

use kubepki::app::Setup;
use kubepki::inventory::{Fault, FileFault, Inventory, Reaches, Source, Trouble, Unread};
use kubepki::kubernetes::kubeconfig::{KubeconfigFault, Named};
use kubepki::model::world::Settings;
use kubepki::model::{Event, Problem, Reading};
use time::Duration;

use crate::support::stage::{self, MOMENT, Stage};

/// The demo with something else in it.
pub(crate) fn changed(change: impl FnOnce(&mut Inventory)) -> Reading {
    let mut inventory = (*stage::reading().inventory).clone();
    change(&mut inventory);
    Reading::new(inventory)
}

pub(crate) fn shown(reading: Reading) -> Stage {
    Stage::with(stage::setup(), reading, 120, 36)
}

#[test]
fn a_broken_kubeconfig_is_counted() {
    let before = shown(stage::reading()).app.world().judged.all_broken();
    let stage = shown(changed(|inventory| {
        let one = inventory
            .kubeconfigs
            .iter_mut()
            .find(|one| one.path.ends_with("/scheduler.conf"));
        one.expect("the demo has it").fault =
            Some(FileFault::Parts(vec![KubeconfigFault::EntryTwice(
                Named::User("a".to_owned()),
            )]));
    }));
    assert_eq!(stage.app.world().judged.all_broken(), before + 1);
    assert!(
        stage.text().contains(&format!("{} broken", before + 1)),
        "{}",
        stage.text()
    );
    let stage = shown(changed(|inventory| {
        let one = inventory
            .kubeconfigs
            .iter_mut()
            .find(|one| one.path.ends_with("/scheduler.conf"));
        for context in &mut one.expect("the demo has it").contexts {
            context.reaches = Reaches::AnotherCluster;
        }
    }));
    assert_eq!(stage.app.world().judged.all_broken(), before + 1);
    assert!(stage.text().contains("✗ other cluster"), "{}", stage.text());
}

#[test]
fn a_pair_that_differs_is_counted_and_explained() {
    let before = shown(stage::reading()).app.world().judged.all_broken();
    let mut stage = shown(changed(|inventory| {
        let public = inventory
            .keys
            .iter_mut()
            .find(|key| key.public_only)
            .expect("sa.pub");
        public.spki_sha256 = Some([7; 32]);
    }));
    assert_eq!(stage.app.world().judged.all_broken(), before + 1);
    assert!(stage.text().contains("Authorities·1!"), "{}", stage.text());
    stage.keys("1 / sa.key <enter> <enter>");
    let text = stage.text();
    assert!(
        text.contains("sa.pub is not the public half of sa.key"),
        "{text}"
    );
    assert!(
        text.contains("every service account token is refused"),
        "{text}"
    );
}

#[test]
fn no_permission_is_not_broken() {
    let settings = Settings {
        sudo: "sudo kubepki".to_owned(),
        ..stage::setup().settings
    };
    let closed = changed(|inventory| {
        let one = inventory
            .kubeconfigs
            .iter_mut()
            .find(|one| one.path.ends_with("/scheduler.conf"));
        let one = one.expect("the demo has it");
        one.fault = Some(FileFault::Whole(Fault::Unreadable(Trouble::Denied)));
        (one.contexts, one.users, one.clusters) = (Vec::new(), Vec::new(), Vec::new());
        inventory.unread.push(Unread {
            path: one.path.to_string(),
            why: Trouble::Denied.into(),
        });
    });
    let before = shown(stage::reading()).app.world().judged.all_broken();
    let mut stage = Stage::with(
        Setup {
            settings,
            ..stage::setup()
        },
        closed,
        120,
        36,
    );
    assert_eq!(stage.app.world().judged.all_broken(), before);
    stage.keys("4 / scheduler <enter>");
    assert!(
        stage.text().contains("! ") && stage.text().contains("not read"),
        "{}",
        stage.text()
    );
    stage.keys("<enter>");
    let text = stage.text();
    assert!(
        text.contains("permission denied") && text.contains("sudo kubepki"),
        "{text}"
    );
    assert!(
        !text.contains("whom to ask") && !text.contains("broken:"),
        "{text}"
    );
}

#[test]
fn a_certificate_without_permission_is_not_broken() {
    let closed = changed(|inventory| {
        let one = inventory
            .items
            .iter_mut()
            .find(|item| *item.id == *"etcd-peer")
            .expect("the demo has it");
        one.content = Err(Fault::Unreadable(Trouble::Denied));
        inventory.unread.push(Unread {
            path: one.path.to_string(),
            why: Trouble::Denied.into(),
        });
    });
    let before = shown(stage::reading()).app.world().judged.all_broken();
    let mut stage = shown(closed);
    assert_eq!(stage.app.world().judged.all_broken(), before);
    stage.keys("2 / etcd-peer <enter>");
    assert!(
        stage.text().contains("! ") && stage.text().contains(" not read"),
        "{}",
        stage.text()
    );
    stage.keys("<enter>");
    let text = stage.text();
    assert!(
        text.contains("! not read") && text.contains("cannot be read: permission denied"),
        "{text}"
    );
}

#[test]
fn what_was_not_read_is_not_called_valid() {
    let stage = shown(changed(|inventory| {
        let healthy = |name: &str| name == "etcd-peer";
        inventory.items.retain(|item| healthy(&item.id));
        inventory.tree = kubepki::inventory::tree::Tree::default();
        inventory.kubeconfigs.clear();
        for item in &mut inventory.items {
            item.in_use = false;
        }
        inventory.unread.push(Unread {
            path: "/etc/kubernetes/pki/ca.key".to_owned(),
            why: Trouble::Denied.into(),
        });
    }));
    let text = stage.text();
    assert!(text.contains("all that was read is valid"), "{text}");
    assert!(!text.contains(" all valid"), "{text}");
}

#[test]
fn one_kubeconfig_in_a_folder_hides_nothing() {
    let reading = changed(|inventory| {
        "directory".clone_into(&mut inventory.layout);
        "/".clone_into(&mut inventory.base);
        for item in &mut inventory.items {
            item.in_use = matches!(item.source, Source::Kubeconfig { .. });
        }
    });
    assert!(!reading.order.any_in_use);
    let stage = shown(reading);
    assert!(
        stage.app.world().judged.expired >= 2,
        "apiserver is expired, whoever names it"
    );
    assert!(stage.app.world().judged.horizon.is_some());
}

#[test]
fn a_date_before_the_certificates_kills_none_and_says_so() {
    let setup = Setup {
        lens: Some(MOMENT - Duration::days(4000)),
        ..stage::setup()
    };
    let stage = Stage::with(setup, stage::reading(), 120, 36);
    let text = stage.text();
    assert!(
        text.contains("not yet valid then") && !text.contains("nothing is dead"),
        "{text}"
    );
    assert_eq!(
        (
            stage.app.world().judged.due,
            stage.app.world().judged.horizon
        ),
        (0, None),
        "{text}"
    );
}

#[test]
fn the_lens_keeps_the_notice_and_says_first_what_stops() {
    let setup = Setup {
        lens: Some(MOMENT + Duration::days(730)),
        ..stage::setup()
    };
    let reading = changed(|inventory| {
        inventory.unread.push(Unread {
            path: "/etc/x".to_owned(),
            why: Trouble::Denied.into(),
        });
    });
    let stage = Stage::with(setup, reading, 80, 24);
    let text = stage.text();
    let notice = text.lines().nth(1).unwrap_or_default();
    assert!(
        notice.contains("dead: the API server goes dark") && notice.contains('…'),
        "{notice}"
    );
    assert!(notice.ends_with("! 1 not read !"), "{notice}");
}

#[test]
fn a_problem_outlives_its_toast() {
    let setup = Setup {
        keymap: Some("quit: [j]".to_owned()),
        ..stage::setup()
    };
    let small = Stage::with(setup.clone(), stage::reading(), 80, 9);
    assert!(
        small.text().contains("! shows it whole"),
        "{}",
        small.text()
    );
    let mut stage = Stage::with(setup, stage::reading(), 80, 24);
    assert!(stage.text().contains("are used)"), "{}", stage.text());
    stage.keys("g !");
    assert!(stage.text().contains("keys are used)"), "{}", stage.text());
}

/// The answer to the reading that a change on the disk starts.
fn read_again(stage: &mut Stage, reading: Result<Reading, Problem>) {
    stage.event(Event::FilesChanged);
    stage.read(reading);
}

#[test]
fn a_disk_that_went_away_leaves_a_lasting_notice() {
    let mut stage = Stage::demo(80, 24);
    read_again(&mut stage, Err(Problem::new("the disk is gone")));
    stage.keys("j j");
    assert!(
        stage.text().contains("not read again: the disk is gone"),
        "{}",
        stage.text()
    );
    read_again(&mut stage, Ok(stage::reading()));
    assert!(!stage.text().contains("the disk is gone"));
}

#[test]
fn a_key_that_is_named_and_not_there_breaks_its_certificate() {
    let reading = changed(|inventory| {
        let item = inventory
            .items
            .iter_mut()
            .find(|item| &*item.id == "apiserver-etcd-client")
            .expect("the demo has it");
        item.key.state = kubepki::inventory::KeyState::Absent;
        item.key.matches = None;
    });
    let mut stage = shown(reading);
    stage.keys("/ apiserver-etcd <enter> <enter>");
    let text = stage.text();
    assert!(
        text.contains("✗ broken") && text.contains("apiserver-etcd-client.key does not exist"),
        "{text}"
    );
}

#[test]
fn the_lens_says_how_to_come_back() {
    let mut stage = Stage::demo(80, 24);
    stage.event(Event::Moment(MOMENT + Duration::nanoseconds(952_826_302)));
    stage.keys("t + 9 0 d <enter>");
    assert!(
        stage.text().contains("t other date or now"),
        "{}",
        stage.text()
    );
    stage.keys("t");
    let text = stage.text();
    assert!(
        text.contains("date  2027-02-20T03:12:00Z "),
        "whole seconds: {text}"
    );
    assert!(
        text.contains("↵ look at that date  Ctrl-u Enter back to now"),
        "{text}"
    );
    stage.keys("<ctrl-u>");
    assert!(stage.text().contains("↵ look at now"), "{}", stage.text());
    stage.keys("<enter>");
    assert!(!stage.text().contains("or now"), "{}", stage.text());
}
