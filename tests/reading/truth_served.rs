//! What follows from what ports serve: compared with the disk, and judged by who trusts it.

use std::sync::Arc;

use kubepki::inventory::Inventory;
use kubepki::pki::issue::CertificateSpec;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::pki::{Certificate, ExtendedKeyUsage, Name};
use kubepki::running::{
    ComponentStatus, Observation, Remedy, SeenOnPort, ServerVerdict, kubeconfig_views, statuses,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::authority;
use crate::truth_masters::{
    MOMENT, answer, certificate, changed_at, masters, of_api_server, process, truth,
};

#[test]
fn what_is_served_is_compared_with_the_disk() {
    let Some(masters) = masters() else { return };
    let new = certificate(&masters.now, "apiserver");
    let changed = changed_at(&masters.now, "apiserver");
    let later = changed + Duration::hours(1);
    let same = of_api_server(&masters.now, later, Ok(vec![new.clone()]));
    assert_eq!(
        same.served,
        SeenOnPort::Served {
            certificate: new,
            is_on_disk: Some(true)
        }
    );
    assert!(same.is_known());
    assert_eq!(
        (same.remedy, same.why.as_str()),
        (
            Remedy::Nothing,
            "serves what is on the disk: 14d1…9790 for 364 d"
        )
    );
    let old = certificate(&masters.before, "apiserver");
    let stale = of_api_server(&masters.now, later, Ok(vec![old.clone()]));
    assert_eq!(
        stale.served,
        SeenOnPort::Served {
            certificate: old.clone(),
            is_on_disk: Some(false)
        }
    );
    assert_eq!(stale.remedy, Remedy::Restart);
    assert_eq!(
        stale.why,
        "serves 389b…3295 for 364 d; on the disk is 14d1…9790 for 364 d"
    );
    assert!(
        stale.trusted.iter().all(|one| one.answer == Ok(true)),
        "one CA signed both: {stale:?}"
    );
    let fresh = of_api_server(&masters.now, changed + Duration::seconds(30), Ok(vec![old]));
    assert_eq!(
        fresh.remedy,
        Remedy::Reload,
        "it may still read the new file by itself"
    );
}

#[test]
fn what_nobody_trusts_is_told() {
    let Some(masters) = masters() else { return };
    let later = changed_at(&masters.now, "apiserver") + Duration::hours(1);
    let truth = of_api_server(
        &masters.now,
        later,
        Ok(vec![certificate(&masters.stranger, "apiserver")]),
    );
    assert_eq!(
        truth.remedy,
        Remedy::Restart,
        "what lies on the disk is good"
    );
    assert!(
        truth.trusted.iter().all(|one| one.answer.is_err()),
        "{truth:?}"
    );
    let expected = "d, signed by another CN=kubernetes than the one here (same name, another key); on the disk is 14d1…";
    assert!(truth.why.contains(expected), "{}", truth.why);
    // The other way round: the disk holds what nobody trusts.
    let mut inventory = masters.now.clone();
    let at = inventory
        .items
        .iter()
        .position(|item| &*item.id == "apiserver")
        .expect("the item");
    inventory.items[at].content = Ok(certificate(&masters.stranger, "apiserver"));
    let truth = truth_of_disk(&inventory);
    assert_eq!(truth.remedy, Remedy::Replace);
    assert!(
        truth
            .why
            .starts_with("apiserver.crt on the disk is not taken by admin.conf and 5 others"),
        "{}",
        truth.why
    );
    let held = of_api_server(
        &inventory,
        later,
        Ok(vec![certificate(&masters.now, "apiserver")]),
    );
    assert_eq!(
        held.remedy,
        Remedy::Replace,
        "a restart would break what still works"
    );
    assert!(
        held.why.ends_with("; it serves 14d1…9790 for 364 d"),
        "{}",
        held.why
    );
    assert!(held.trusted.iter().all(|one| one.answer == Ok(true)));
}

fn truth_of_disk(inventory: &Inventory) -> ComponentStatus {
    truth(inventory, &Observation::default(), "kube-apiserver")
}

#[test]
fn a_certificate_of_its_own_is_made_anew_by_a_restart() {
    let Some(masters) = masters() else { return };
    let own = self_made("master-1", "master-1-ca@1779178000");
    let observation = |at| Observation {
        answers: vec![answer("kube-scheduler", at, Ok(vec![own.clone()]))],
        processes: None,
    };
    let found = |moment| {
        let statuses = statuses(&masters.now, &observation(moment), moment);
        let truth = statuses
            .into_iter()
            .find(|truth| &*truth.name == "kube-scheduler")
            .expect("it");
        (truth.remedy, truth.why, truth.on_disk)
    };
    assert_eq!(
        found(MOMENT),
        (
            Remedy::Nothing,
            "serves 05 for 10 d, which it made itself".to_owned(),
            None
        )
    );
    assert_eq!(found(datetime!(2028-01-01 00:00 UTC)).0, Remedy::Restart);
}

/// What client-go makes for a server without a certificate: signed by a CA whose key nobody has.
fn self_made(host: &str, authority: &str) -> Certificate {
    let root = authority::root(authority);
    let subject = Name::with_groups(&format!("{host}@1779178000"), &[]).expect("a name");
    let mut spec = CertificateSpec::leaf(
        subject,
        Vec::new(),
        &[ExtendedKeyUsage::ServerAuth],
        ten_days(),
    );
    spec.serial_number = Some(5);
    root.sign(&spec, KeyAlgorithm::EcdsaP256).certificate
}

fn ten_days() -> (OffsetDateTime, OffsetDateTime) {
    (MOMENT - Duration::days(1), MOMENT + Duration::days(10))
}

/// A proxy on the way, another cluster, a wrong host: a restart mends none of them.
#[test]
fn who_signed_what_a_stranger_serves_is_told() {
    let Some(masters) = masters() else { return };
    let middle = authority::root("far-root").intermediate("egress-ca");
    let stranger = middle
        .server(&["proxy"], KeyAlgorithm::EcdsaP256, ten_days())
        .certificate;
    let chain = vec![stranger, middle.certificate];
    let changed = changed_at(&masters.now, "etcd-server");
    let seen = |name: &str, chain: &[Certificate], started_at: Option<OffsetDateTime>| {
        let answers = vec![answer(
            name,
            changed + Duration::seconds(30),
            Ok(chain.to_vec()),
        )];
        let processes = started_at
            .map(|started_at| vec![process(name.parse().expect("a component"), started_at)]);
        let truth = truth(&masters.now, &Observation { answers, processes }, name);
        (truth.remedy, truth.why)
    };
    let signed = "signed by CN=egress-ca, which is not here, not taken by kube-apiserver: 127.0.0.1 is not among its names";
    for started_at in [None, Some(changed + Duration::hours(1))] {
        let (verb, why) = seen("etcd", &chain, started_at);
        assert_eq!(verb, Remedy::Replace, "{why}");
        let (told, on_disk) = why.split_once("; on the disk is ").expect("both");
        assert!(
            told.ends_with(&format!("{signed}: another server seems to answer")),
            "{why}"
        );
        assert!(on_disk.ends_with(" for 364 d"), "{why}");
    }
    // It may hold what another CA signed before.
    let (verb, why) = seen("etcd", &chain, Some(changed - Duration::hours(1)));
    assert!(
        verb == Remedy::Restart && why.contains(signed) && !why.contains("another server"),
        "{why}"
    );
    let (verb, why) = seen("kubelet", &chain, None);
    assert!(
        verb == Remedy::Replace
            && why.ends_with("egress-ca, which is not here: another server seems to answer"),
        "{why}"
    );
    // A CA of this master signed it: as the kubelet's, that the cluster gave it.
    let (verb, why) = seen(
        "kubelet",
        &[certificate(&masters.before, "apiserver")],
        None,
    );
    assert_eq!(
        (verb, why.as_str()),
        (Remedy::Nothing, "serves 389b…3295 for 364 d")
    );
}

#[test]
fn kubectl_sees_what_it_trusts() {
    let Some(masters) = masters() else { return };
    let server: Arc<str> = "https://k8s.example.com:6443".into();
    let live = |chain: Option<Vec<Certificate>>| {
        let answers = chain
            .map(|chain| answer(&server, MOMENT, Ok(chain)))
            .into_iter()
            .collect();
        let views = kubeconfig_views(
            &masters.now,
            &Observation {
                answers,
                processes: None,
            },
            MOMENT,
        );
        let view = views
            .into_iter()
            .find(|view| &*view.path == "/etc/kubernetes/admin.conf")
            .expect("admin.conf");
        assert!(view.is_current && view.server == *server, "{view:?}");
        assert_eq!(view.on_disk, ServerVerdict::Match);
        view.live
    };
    assert_eq!(
        live(None),
        ServerVerdict::Unknown("it was not asked".to_owned())
    );
    assert_eq!(
        live(Some(vec![certificate(&masters.before, "apiserver")])),
        ServerVerdict::Match
    );
    let ServerVerdict::Refused(why) = live(Some(vec![certificate(&masters.now, "etcd-server")]))
    else {
        panic!("etcd is not the API server")
    };
    assert_eq!(
        why,
        "k8s.example.com is not among its names; CN=master-1 is served, signed by CN=etcd-ca for DNS:localhost, \
         DNS:master-1, IP:10.0.0.10, IP:127.0.0.1, IP:::1"
    );
}
