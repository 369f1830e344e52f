//! What the screens say of a dead CA, and of what was not judged: never that all is well.

use std::fs;
use std::path::Path;

use kubepki::app::Setup;
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::state::Status;
use kubepki::inventory::tree::Verified;
use kubepki::inventory::{Inventory, KeyState, Trouble, Unread};
use kubepki::kubernetes::role::RoleId;
use kubepki::model::Reading;
use kubepki::pki::issue::{CertificateSpec, self_sign};
use kubepki::pki::key::PrivateKey;
use kubepki::pki::{Certificate, Name, pem};
use kubepki::progress::silent;
use time::{Duration, OffsetDateTime};

use crate::support::ground::{Ground, ONE};
use crate::support::stage::{self, MOMENT, Stage};

fn read(root: &Path) -> Inventory {
    let options = OpenOptions {
        root: root.to_owned(),
        processes: false,
        ..OpenOptions::default()
    };
    let mut inventory = open(&options, &silent, &mut Verified::new()).expect("an inventory");
    stage::settle(&mut inventory);
    inventory
}

/// The demo's master, whose etcd CA lives from and to so many days from the demo's moment.
fn demo(from: i64, to: i64) -> Reading {
    let (folder, _) = stage::master();
    let root = folder.path().join("master");
    let file = |ending: &str| root.join(format!("etc/kubernetes/pki/etcd/ca.{ending}"));
    let key = PrivateKey::from_pem(&fs::read(file("key")).expect("a key")).expect("a key");
    let old = pem::blocks(&fs::read(file("crt")).expect("a CA"))
        .remove(0)
        .expect("PEM");
    let old = Certificate::from_der(&old.der).expect("a CA");
    let subject = Name::from_der(old.subject_der()).expect("a name");
    let life = (MOMENT + Duration::days(from), MOMENT + Duration::days(to));
    let new = self_sign(&CertificateSpec::authority(subject, life), &key).expect("a CA");
    fs::write(file("crt"), new.to_pem()).expect("written");
    Reading::new(read(&root))
}

fn shown(reading: Reading, columns: u16, rows: u16) -> Stage {
    Stage::with(stage::setup(), reading, columns, rows)
}

#[test]
fn a_dead_ca_is_counted_and_named() {
    let before = shown(stage::reading(), 120, 36);
    for (columns, rows) in [(80, 24), (120, 36)] {
        let mut stage = shown(demo(-4000, -3), columns, rows);
        let judged = &stage.app.world().judged;
        let dead = judged.dead_authority;
        assert!(
            dead >= 3 && judged.all_dead() > before.app.world().judged.all_dead(),
            "{judged:?}"
        );
        let text = stage.text();
        assert!(text.contains(&format!("{dead} with a dead CA")), "{text}");
        stage.keys("2 z");
        let text = stage.text();
        assert!(text.matches("dead CA").count() > dead, "{text}");
        stage.keys("/ dead-auth <enter>");
        let text = stage.text();
        assert!(
            text.contains("apiserver-etcd-client") && !text.contains("admin.conf"),
            "{text}"
        );
        stage.keys("<enter>");
        let text = stage.text();
        assert!(
            text.contains("its CA etcd-ca expired on 2026-11-19") && text.contains("dead, so"),
            "{text}"
        );
    }
}

#[test]
fn a_ca_that_ends_first_sets_the_horizon() {
    let stage = shown(demo(-4000, 5), 120, 36);
    let world = stage.app.world();
    let horizon = world
        .judged
        .horizon
        .and_then(|index| world.inventory().item(index))
        .expect("something ends");
    let end = world
        .judged
        .horizon
        .and_then(|index| world.end(index, horizon));
    assert_eq!(
        end,
        Some(MOMENT.replace_nanosecond(0).expect("a moment") + Duration::days(5)),
        "{}",
        horizon.id
    );
    let text = stage.text();
    assert!(text.contains("in 5 d"), "{text}");
    // A status changes when the CA's life does.
    assert!(
        world
            .judged
            .next_change
            .is_some_and(|next| next <= MOMENT + Duration::days(6))
    );
    // What ends with it stands where it ends, not where its own date does.
    let places = world
        .judged
        .worst_first
        .iter()
        .filter_map(|index| Some((*index, world.inventory().item(*index)?)));
    let soon: Vec<_> = places
        .filter(|(index, item)| item.in_use && world.status(*index) == Status::Expiring)
        .collect();
    let ends: Vec<_> = soon
        .iter()
        .map(|(index, item)| world.end(*index, item))
        .collect();
    assert!(ends.is_sorted(), "{ends:?}");
    let with_it = soon.iter().filter(|(_, item)| {
        item.roles
            .iter()
            .any(|role| role.issuer == Some(RoleId::EtcdCa))
    });
    assert!(with_it.count() >= 3, "{text}");
}

#[test]
fn the_lens_sees_a_ca_die() {
    let mut stage = shown(demo(-4000, 5), 120, 36);
    let before = stage.app.world().judged.all_dead();
    stage.keys("t +6d");
    let text = stage.text();
    assert!(
        text.contains("ends 27 Nov 2026") && text.contains("apiserver-etcd-client"),
        "{text}"
    );
    stage.keys("<enter>");
    assert!(stage.app.world().judged.all_dead() > before + 3);
    let text = stage.text();
    assert!(
        text.contains("are dead: ") && text.contains("with a dead CA"),
        "{text}"
    );
}

/// A healthy master that was set up now, changed so, at a lens that is now.
fn healthy(change: impl FnOnce(&mut Inventory)) -> Stage {
    let ground = Ground::new();
    ground.setup(&[&ONE[..], &["--yes"]].concat()).ends_with(0);
    let mut inventory = read(&ground.master.root);
    change(&mut inventory);
    let lens = Some(OffsetDateTime::now_utc() + Duration::hours(1));
    Stage::with(
        Setup {
            lens,
            ..stage::setup()
        },
        Reading::new(inventory),
        120,
        36,
    )
}

#[test]
fn all_valid_is_said_of_what_was_judged_alone() {
    let text = healthy(|_| {}).text();
    assert!(
        text.contains(" all valid") && text.contains("nothing is dead then"),
        "{text}"
    );
    let encrypted = healthy(|inventory| {
        let authority = inventory
            .items
            .iter_mut()
            .find(|item| *item.id == *"ca")
            .expect("the CA");
        (authority.key.state, authority.key.matches) = (KeyState::Encrypted, None);
    });
    let text = encrypted.text();
    assert!(
        !text.contains("all valid") && text.contains("all that could be judged is valid"),
        "{text}"
    );
    assert!(
        text.contains("nothing that could be judged is dead then"),
        "{text}"
    );
    let unread = healthy(|inventory| {
        inventory.unread.push(Unread {
            path: "/etc/kubernetes/pki/x".to_owned(),
            why: Trouble::Denied.into(),
        });
    });
    let text = unread.text();
    assert!(
        !text.contains("all valid") && text.contains("all that was read is valid"),
        "{text}"
    );
    assert!(
        text.contains("nothing that was read is dead then"),
        "{text}"
    );
    // A row that nobody uses is no fault of the master, and is no part of all.
    let unused = healthy(|inventory| {
        let item = inventory
            .items
            .iter_mut()
            .find(|item| *item.id == *"front-proxy-client")
            .expect("it is there");
        (item.in_use, item.key.matches) = (false, Some(false));
    });
    let text = unused.text();
    assert!(
        !text.contains("all valid") && text.contains("all in use is valid"),
        "{text}"
    );
}

#[test]
fn another_date_says_what_it_does_not_know() {
    let mut stage = healthy(|inventory| {
        inventory.unread.push(Unread {
            path: "/etc/kubernetes/pki/x".to_owned(),
            why: Trouble::Denied.into(),
        });
    });
    stage.keys("t");
    let text = stage.text();
    assert!(
        text.contains("0 certificates are dead, as far as could be read"),
        "{text}"
    );
}

#[test]
fn a_ca_that_ends_soon_is_told_apart_from_what_is_due() {
    let mut stage = Stage::demo(120, 36);
    // The demo's CAs live for 3,650 days, of which they have 3,040 left.
    stage.keys("t +3020d <enter>");
    let text = stage.text();
    let header = text.lines().next().expect("a header");
    assert!(
        header.contains(" · 3 CAs end soon") && !header.contains(" due"),
        "{text}"
    );
}
