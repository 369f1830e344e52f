//! Renewal: what is due, how long the new one lives, and what the clock must not say.

use kubepki::plan::{RenewRequest, due as is_due};
use time::{Duration, OffsetDateTime};

use crate::support::planned::warned;
use crate::support::renewing::{Master, items};

#[test]
fn due_follows_the_date_and_the_role() {
    let Some(master) = Master::sample("kubeadm-1.36-rsa") else {
        return;
    };
    let end = master
        .item("apiserver")
        .certificate()
        .expect("a certificate")
        .not_after();
    for (id, from_end, expected) in [
        ("apiserver", Duration::days(-365), "not due: 365 d left"),
        ("apiserver", Duration::days(-30), "not due: 30 d left"),
        ("apiserver", Duration::days(-30) + Duration::SECOND, ""),
        ("apiserver", Duration::days(500), ""),
        ("kubelet.conf", Duration::days(500), ""),
        (
            "ca",
            Duration::days(500),
            "a CA: a new one changes whom everybody trusts",
        ),
        (
            "ca",
            Duration::days(4000),
            "a CA: a new one changes whom everybody trusts",
        ),
        (
            "apiserver",
            Duration::days(4000),
            "the CA kubernetes expired on",
        ),
    ] {
        let moment = end + from_end;
        let answer = is_due(&master.inventory, master.index(id), master.item(id), moment);
        let answer = answer.err().unwrap_or_default();
        assert!(
            if expected.is_empty() {
                answer.is_empty()
            } else {
                answer.starts_with(expected)
            },
            "{id}: {answer}"
        );
    }
}

#[test]
fn a_clock_that_was_set_back_is_noticed() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    master.moment = OffsetDateTime::now_utc();
    let plan = master.plan(items(&["scheduler.conf"]));
    assert!(!warned(&plan, "set back"), "{:?}", plan.summary.warnings);
    master.apply(&plan);
    master.moment = OffsetDateTime::now_utc() - Duration::seconds(1);
    let soon = master.plan(items(&["apiserver"]));
    assert!(
        !warned(&soon, "set back"),
        "two changes in one second: {:?}",
        soon.summary.warnings
    );
    master.moment -= Duration::hours(3);
    let back = master.plan(items(&["apiserver"]));
    assert!(
        warned(&back, "scheduler.conf is valid from") || warned(&back, "the last change here"),
        "{:?}",
        back.summary.warnings
    );
    assert!(
        back.summary
            .ask()
            .as_deref()
            .is_some_and(|ask| ask.contains("is it set back?"))
    );
}

#[test]
fn a_lifetime_is_asked_for_or_set_or_usual() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let end = |master: &Master, request: RenewRequest| {
        let plan = master.plan(request);
        (plan.summary.issues[0].after.not_after() - master.moment)
            .whole_seconds()
            .div_euclid(3600)
    };
    assert_eq!(end(&master, items(&["apiserver"])), 365 * 24 - 1);
    master.settings.lifetime_days = Some(200);
    assert_eq!(end(&master, items(&["apiserver"])), 200 * 24 - 1);
    let short = RenewRequest {
        days: Some(7),
        ..items(&["apiserver"])
    };
    assert_eq!(end(&master, short.clone()), 7 * 24 - 1);
    assert!(warned(
        &master.plan(short),
        "apiserver is shortened: the old one lives until"
    ));
    assert!(
        master
            .try_plan(RenewRequest {
                days: Some(0),
                ..items(&["apiserver"])
            })
            .is_err()
    );
    let longest = master.plan(RenewRequest {
        days: Some(u32::MAX / 2000),
        ..items(&["apiserver"])
    });
    assert!(warned(&longest, "the CA ca ends first"));
    assert!(
        master
            .try_plan(RenewRequest {
                days: Some(u32::MAX),
                ..items(&["apiserver"])
            })
            .is_err()
    );
}
