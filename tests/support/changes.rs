//! Plans and operations for the tests of the application: real plans for the demo's master.

use std::collections::VecDeque;
use std::path::Path;

use kubepki::engine::change::Changer;
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::tree::Verified;
use kubepki::model::{Command, Event, Job, PlanId, Reading};
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{Certificate, pem};
use kubepki::plan::{self, Plan, PlanContext, Request};
use kubepki::progress;
use kubepki::record::{By, Operation, OperationState, PlanSummary, RestartRecord, Settings};
use kubepki::store::materials;
use kubepki::store::read::Root;
use time::{Duration, OffsetDateTime};

use super::setup_plan;
use super::stage::{self, MOMENT, Stage, master};

/// What the plan code says of a request on the demo's master. New keys are the demo's own: they
/// cost no time.
pub(crate) fn summary(request: &Request) -> Result<PlanSummary, plan::PlanError> {
    let (folder, reading) = master();
    let settings = Settings::default();
    let around = PlanContext {
        moment: MOMENT,
        settings: &settings,
        approval: &kubepki::record::Approval::default(),
    };
    let needs = plan::needs(&reading.inventory, request, around)?;
    let root =
        Root::open(&folder.path().join("master"), Path::new("/")).expect("the demo's folder");
    let mut read = materials::read(&root, &needs);
    if let Request::Issue(_) = request {
        setup_plan::this_machine(&mut read, &needs);
    }
    let mut keys = throwaway_keys();
    read.new_keys = needs
        .new_keys
        .iter()
        .map(|_| keys.pop_front().expect("a key of the demo"))
        .collect();
    let mut summary = plan::make(&reading.inventory, read, request, around)?.summary;
    for (at, issue) in (0x40..).zip(&mut summary.issues) {
        issue.after = with_serial(&issue.after, at);
    }
    Ok(summary)
}

/// The same certificate with a serial number that does not change from run to run; its signature is
/// wrong then.
fn with_serial(certificate: &Certificate, first: u8) -> Certificate {
    let mut der = certificate.der().to_vec();
    // Behind the headers of Certificate and TBSCertificate and the version stand the serial
    // number's tag and length.
    let end = 15 + usize::from(der[14]);
    der.splice(
        14..end,
        [8, first, 0x2a, 0x7b, 0x91, 0x0c, 0x5e, 0xd3, 0x18],
    );
    let longer = i16::try_from(9 + 14).expect("a small number")
        - i16::try_from(end).expect("a small number");
    for length in [2, 6] {
        let old = i16::from_be_bytes([der[length], der[length + 1]]);
        der[length..length + 2].copy_from_slice(&(old + longer).to_be_bytes());
    }
    Certificate::from_der(&der).expect("a certificate")
}

fn throwaway_keys() -> VecDeque<PrivateKey> {
    let blocks = pem::blocks(include_bytes!("../../assets/demo/keys.pem"))
        .into_iter()
        .filter_map(Result::ok);
    let keys = blocks.filter_map(|block| PrivateKey::from_block(&block).ok());
    let rsa = keys.filter(|key| key.public().algorithm == KeyAlgorithm::Rsa2048.kind());
    rsa.collect()
}

/// What became of a plan, `hours` after the moment of the tests.
pub(crate) fn operation(id: &str, plan: PlanSummary, hours: i64) -> Operation {
    let restarts = plan.restarts.iter().map(RestartRecord::from);
    Operation {
        id: id.to_owned(),
        root: "/".to_owned(),
        state: OperationState::Done,
        by: By {
            user: "root".to_owned(),
            sudo_user: Some("alice".to_owned()),
            ..By::default()
        },
        started_at: MOMENT + Duration::hours(hours),
        ended_at: Some(MOMENT + Duration::hours(hours)),
        ended_since_boot: None,
        error: None,
        restarts: restarts.collect(),
        undoes: None,
        undone_by: None,
        plan,
    }
}

/// Answers all that was asked for, as the runtime would: plans by the plan code, and a reading that
/// follows an application by what the disk holds then.
pub(crate) fn play(stage: &mut Stage, before: &Reading) {
    play_with(stage, before, &mut |_, _| {});
}

/// The same; what is asked for besides is answered by `other`.
pub(crate) fn play_with(
    stage: &mut Stage,
    before: &Reading,
    other: &mut dyn FnMut(&mut Stage, &Command),
) {
    let mut done: Option<Request> = None;
    loop {
        let asked = stage.asked();
        if asked.is_empty() {
            return;
        }
        for command in asked {
            match command {
                Command::Start {
                    job: Job::Plan { plan, request },
                    ..
                } => {
                    answer(stage, plan, summary(&request).expect("a plan"));
                }
                Command::Start {
                    job: Job::Apply(plan),
                    ..
                } => {
                    let change = stage.app.world().change.clone().expect("a change");
                    let made = change.summary().cloned().expect("a plan");
                    done = Some(change.request);
                    applied(stage, plan, operation("20261122T031500Z-4f2a9c", made, 0));
                }
                Command::Start { id, job: Job::Read } => {
                    let reading = done
                        .take()
                        .map_or_else(|| before.clone(), |request| after(&request));
                    stage.event(Event::Read {
                        id,
                        at: MOMENT,
                        reading: Ok(reading),
                    });
                }
                command => other(stage, &command),
            }
        }
    }
}

/// The demo's master after a request was fulfilled, on a disk.
fn after(request: &Request) -> Reading {
    let (folder, before) = master();
    let root = folder.path().join("master");
    let options = OpenOptions {
        root,
        processes: false,
        ..OpenOptions::default()
    };
    let changer = Changer::with_settings(
        &options,
        Some(&folder.path().join("state")),
        Settings::default(),
    );
    let plan = changer
        .prepare(&before.inventory, request, MOMENT, &progress::silent)
        .expect("a plan");
    // Made for the moment of the tests, and not an old one.
    let plan = Plan {
        moment: OffsetDateTime::now_utc(),
        ..plan
    };
    changer
        .apply(&plan, &progress::silent)
        .expect("an operation");
    let mut inventory =
        open(&options, &progress::silent, &mut Verified::new()).expect("an inventory");
    stage::settle(&mut inventory);
    Reading::new(inventory)
}

/// The one plan that was asked for since the last look, and the request.
pub(crate) fn planned(stage: &mut Stage) -> (PlanId, Request) {
    let asked = stage.asked();
    let mut plans = asked.iter().filter_map(|command| match command {
        Command::Start {
            job: Job::Plan { plan, request },
            ..
        } => Some((*plan, request.clone())),
        _ => None,
    });
    let found = plans
        .next()
        .unwrap_or_else(|| panic!("no plan was asked for: {asked:?}\n{}", stage.text()));
    assert_eq!(plans.next(), None);
    found
}

/// Answers a plan.
pub(crate) fn answer(stage: &mut Stage, plan: PlanId, summary: PlanSummary) {
    stage.event(Event::Planned {
        plan,
        summary: Ok(Box::new(summary)),
    });
}

/// Answers the plan that was asked for with what the plan code says.
pub(crate) fn make(stage: &mut Stage) -> (PlanId, PlanSummary) {
    let (plan, request) = planned(stage);
    let made = summary(&request).unwrap_or_else(|error| panic!("{error}"));
    answer(stage, plan, made.clone());
    (plan, made)
}

/// The plans that were to be applied since the last look.
pub(crate) fn applying(stage: &mut Stage) -> Vec<PlanId> {
    let apply = |command: Command| match command {
        Command::Start {
            job: Job::Apply(plan),
            ..
        } => Some(plan),
        _ => None,
    };
    stage.asked().into_iter().filter_map(apply).collect()
}

/// Answers an application.
pub(crate) fn applied(stage: &mut Stage, plan: PlanId, operation: Operation) {
    stage.event(Event::Applied {
        plan,
        operation: Ok(Box::new(operation)),
    });
}
