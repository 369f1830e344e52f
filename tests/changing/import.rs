//! Answers of somebody else's CA: openssl signs the requests of `kubeadm certs generate-csr`,
//! kubepki places the answers, openssl and kubectl judge.

use std::fs;
use std::path::Path;

use kubepki::engine::change::Failure;
use kubepki::plan::Plan;
use kubepki::progress::silent;
use kubepki::record::OperationState;
use time::OffsetDateTime;

use crate::support::answered::{Master, PKI, import, master};
use crate::support::outside::{ASKED, CLIENT, SERVER};
use crate::support::text;

#[test]
fn all_answers_find_their_keys_and_everything_verifies() {
    let Some(master) = master() else { return };
    let plan = master
        .plan(master.outside.answers(&master.root))
        .expect("a plan");
    assert_eq!(
        plan.summary.issues.len(),
        ASKED.len(),
        "{:#?}",
        plan.summary
    );
    assert_eq!(plan.summary.left_alone, [], "nothing is left over");
    assert!(
        !master.file(PKI).join("ca.crt").exists(),
        "a plan changes nothing"
    );
    let done = master
        .changer()
        .apply(&plan, &silent)
        .expect("it is applied");
    assert_eq!((done.state, done.error), (OperationState::Done, None));
    master.satisfies_openssl();
    master.lacks_nothing();
    master.satisfies_kubectl();
    let placed = fs::read(master.file(PKI).join("apiserver.crt")).expect("read");
    let again = master.outside.path("again.crt");
    fs::write(&again, &placed).expect("written");
    let again = master
        .plan(vec![text(&again).to_owned()])
        .expect("a plan")
        .summary;
    assert!(
        again.changes.is_empty() && again.issues.is_empty(),
        "{again:?}"
    );
    assert_eq!(
        again.left_alone[0].why,
        "this certificate is in its place already"
    );
}

fn because(answer: Result<Plan, Failure>) -> String {
    answer.expect_err("refused").problem.why.join("; ")
}

#[test]
fn what_is_not_what_was_asked_for_is_refused_whole() {
    let Some(master) = master() else { return };
    let outside = &master.outside;
    let request = master.request("apiserver");
    let key = master.file(PKI).join("apiserver.key");
    let ca = outside.path("kubernetes.crt");
    let good = outside.sign(&request, SERVER, "kubernetes", "good.crt");
    assert!(
        because(master.plan_for(&[&good]))
            .contains("no CA that was given or is here has signed it")
    );
    let client = outside.sign(&request, CLIENT, "kubernetes", "client.crt");
    assert!(because(master.plan_for(&[&client, &ca])).contains("not for server auth"));
    let bare = outside.sign(
        &outside.ask(&key, "kube-apiserver"),
        SERVER,
        "kubernetes",
        "bare.crt",
    );
    assert!(because(master.plan_for(&[&bare, &ca])).contains("it lacks the names DNS:cp1"));
    let other = outside.sign(
        &outside.ask(&key, "somebody"),
        SERVER,
        "kubernetes",
        "other.crt",
    );
    assert!(
        because(master.plan_for(&[&other, &ca]))
            .contains("it is for CN=somebody, asked was CN=kube-apiserver")
    );
    assert!(because(master.plan_for(&[&good, &bare, &ca])).contains("are both for"));
    let later = OffsetDateTime::now_utc() + time::Duration::days(100);
    let files = vec![text(&good).to_owned(), text(&ca).to_owned()];
    let late = master
        .changer()
        .prepare(&master.read(), &import(files), later, &silent);
    assert!(because(late).contains("it has ended on"));
    assert!(!master.file(PKI).join("apiserver.crt").exists());
    assert!(
        master.plan_for(&[&good, &ca, &ca]).is_ok(),
        "the same CA twice is no other CA"
    );
}

#[test]
fn what_is_no_answer_is_told() {
    let Some(master) = master() else { return };
    let outside = &master.outside;
    let plan = |file: &Path| master.plan_for(&[file]);
    let noise = outside.path("noise");
    fs::write(&noise, "no certificate").expect("written");
    assert!(because(plan(&noise)).contains("holds no certificate"));
    assert!(
        because(plan(&outside.path("root.key"))).contains("holds no certificate, but: PRIVATE KEY")
    );
    assert!(because(plan(&outside.path("absent"))).contains("does not exist"));
    let stranger = outside.sign(
        &outside.ask(&outside.path("root.key"), "x"),
        CLIENT,
        "kubernetes",
        "stranger.crt",
    );
    assert!(because(plan(&stranger)).contains("no key here belongs to it"));
    assert!(
        because(plan(&outside.path("root.crt")))
            .contains("this CA has signed nothing that is placed here")
    );
    assert!(master.plan(Vec::new()).is_err());
}

#[test]
fn an_authority_that_nobody_takes_is_not_placed() {
    let Some(master) = master() else { return };
    let outside = &master.outside;
    let request = master.request("apiserver");
    let (root, ca) = (outside.path("root.crt"), outside.path("kubernetes.crt"));
    let answer = outside.sign(&request, SERVER, "kubernetes", "answer.crt");
    let again = outside.ask(
        &outside.path("kubernetes.key"),
        "kubernetes of somebody else",
    );
    let extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n";
    let again = outside
        .lasting(-1)
        .sign(&again, extensions, "kubernetes", "again.crt");
    let why = because(master.plan_for(&[&answer, &again]));
    assert!(
        why.contains("its CA CN=kubernetes of somebody else has ended on"),
        "{why}"
    );
    assert!(
        master.plan_for(&[&answer, &again, &ca, &root]).is_ok(),
        "one of two with the same key and name is taken"
    );
    let wrong = outside.sign(
        &request,
        "basicConstraints=critical,CA:TRUE\n",
        "kubernetes",
        "wrong.crt",
    );
    let why = because(master.plan_for(&[&wrong, &ca]));
    assert!(
        why.contains("apiserver.crt: it is a CA's certificate (basic constraints)"),
        "{why}"
    );
}

/// How many warnings of a plan for these files say this.
fn told(master: &Master, files: &[&Path], words: &str) -> usize {
    let plan = master.plan_for(files).expect("a plan");
    plan.summary
        .warnings
        .iter()
        .filter(|warning| warning.contains(words))
        .count()
}

#[test]
fn what_may_surprise_is_said() {
    let Some(master) = master() else { return };
    let outside = &master.outside;
    let (root, ca) = (outside.path("root.crt"), outside.path("kubernetes.crt"));
    let apiserver = outside.sign(
        &master.request("apiserver"),
        SERVER,
        "kubernetes",
        "apiserver.crt",
    );
    let front = outside.sign(
        &master.request("front-proxy-client"),
        CLIENT,
        "kubernetes",
        "front-proxy-client.crt",
    );
    let whole = master.plan_for(&[&apiserver, &ca, &root]).expect("a plan");
    assert_eq!(
        whole.summary.warnings.len(),
        1,
        "{:?}",
        whole.summary.warnings
    );
    assert_eq!(
        told(
            &master,
            &[&apiserver, &ca],
            "without the one above it, CN=root of somebody else"
        ),
        1
    );
    let both = "one CA signs clients and the front proxy";
    assert_eq!(told(&master, &[&apiserver, &front, &ca, &root], both), 1);
    master
        .changer()
        .apply(&whole, &silent)
        .expect("it is applied");
    assert_eq!(
        told(&master, &[&front, &ca, &root], both),
        1,
        "it is there already"
    );
}

#[test]
fn an_answer_that_ends_before_the_one_in_its_place_is_said_to() {
    let Some(master) = master() else { return };
    let outside = &master.outside;
    let (root, ca) = (outside.path("root.crt"), outside.path("kubernetes.crt"));
    let request = master.request("apiserver");
    let apiserver = outside.sign(&request, SERVER, "kubernetes", "apiserver.crt");
    let whole = master.plan_for(&[&apiserver, &ca, &root]).expect("a plan");
    master
        .changer()
        .apply(&whole, &silent)
        .expect("it is applied");
    let longer = outside
        .lasting(200)
        .sign(&request, SERVER, "kubernetes", "longer.crt");
    assert_eq!(told(&master, &[&longer], "ends on"), 0);
    let longer = master.plan_for(&[&longer]).expect("a plan");
    master
        .changer()
        .apply(&longer, &silent)
        .expect("it is applied");
    assert_eq!(
        told(
            &master,
            &[&apiserver],
            "the one that /etc/kubernetes/pki/apiserver.crt has now on"
        ),
        1
    );
}
