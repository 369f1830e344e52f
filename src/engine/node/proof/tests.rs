use time::Duration;

use super::*;
use crate::inventory::process::{Keeper, SinceBoot};
use crate::pki::pem;
use crate::running::{PortAnswer, Served, Silence};

fn certificate(text: &str) -> Certificate {
    let block = pem::blocks(text.as_bytes())
        .into_iter()
        .flatten()
        .next()
        .expect("a block");
    Certificate::from_der(&block.der).expect("a certificate")
}

fn old() -> Certificate {
    certificate(include_str!(
        "../../../../tests/fixtures/certificates/kubeadm-ca-ecdsa.crt"
    ))
}

fn new() -> Certificate {
    certificate(include_str!(
        "../../../../tests/fixtures/certificates/kubeadm-apiserver.crt"
    ))
}

fn process(pid: u32, minute: i64) -> Process {
    let started_at = OffsetDateTime::UNIX_EPOCH + Duration::minutes(minute);
    let (component, keeper, flags) = (Component::Etcd, Keeper::Unknown, Vec::new());
    Process {
        pid,
        component,
        started_at,
        since_boot: None,
        keeper,
        flags,
    }
}

fn proof<'a>(inventory: &'a Inventory, ports: Vec<Expected>, before: &[Process]) -> Proof<'a> {
    let (component, before, strangers) = (Component::Etcd, before.to_vec(), Vec::new());
    Proof {
        inventory,
        component,
        ports,
        before,
        strangers,
        is_sure: false,
    }
}

fn chain(certificate: Certificate) -> Served {
    Served {
        chain: vec![certificate],
        version: "TLS 1.3",
        demands_client: true,
        fault: None,
    }
}

fn seen(result: Result<Served, Silence>, processes: Option<Vec<Process>>) -> Observation {
    let (of, address, at) = (
        "etcd".into(),
        "127.0.0.1:2379".to_owned(),
        OffsetDateTime::UNIX_EPOCH,
    );
    Observation {
        answers: vec![PortAnswer {
            of,
            address,
            at,
            result,
        }],
        processes,
    }
}

fn judged(proof: &Proof<'_>, observation: &Observation) -> String {
    match proof.judge(observation) {
        RestartVerdict::Proven { by, .. } => by,
        RestartVerdict::NotYet(seen) => format!("not yet: {seen}"),
    }
}

/// What etcd's port must serve.
fn port(is_new: bool) -> Expected {
    Expected {
        name: "etcd",
        number: 2379,
        certificates: vec![(*new().sha256(), serial_of(&new()))],
        is_new,
    }
}

/// Another process than the one before.
fn anew() -> Vec<Process> {
    vec![process(9, 2)]
}

const BEGAN: &str = "its process began at 00:02:00Z, after the files changed";

#[test]
fn what_proves_a_restart() {
    let inventory = Inventory::default();
    let before = [process(7, 1)];
    let [at, other] = [new(), old()].map(|one| short_serial(&serial_of(&one)).into_owned());
    let good = format!("port 2379 serves {at}");
    let bad = format!("not yet: port 2379 serves {other}, which is not on the disk");
    let same = Some(vec![process(7, 1)]);
    for (before, observation, expected) in [
        (&before[..], seen(Ok(chain(new())), Some(anew())), &*good),
        (&[], seen(Ok(chain(new())), Some(Vec::new())), &good),
        (&[], seen(Ok(chain(new())), None), &good),
        (
            &before,
            seen(Ok(chain(new())), same),
            "not yet: its old process (7) still runs",
        ),
        (
            &before,
            seen(Ok(chain(new())), Some(Vec::new())),
            "not yet: no process of it is seen",
        ),
        (&before, seen(Ok(chain(old())), Some(anew())), &bad),
        (
            &before,
            seen(Err(Silence::Refused), Some(anew())),
            "not yet: port 2379: nobody listens there",
        ),
        (
            &before,
            Observation::default(),
            "not yet: port 2379 was not asked",
        ),
    ] {
        let proof = proof(&inventory, vec![port(true)], before);
        assert_eq!(
            judged(&proof, &observation),
            expected,
            "{before:?} {observation:?}"
        );
    }
}

#[test]
fn without_a_port_a_new_process_proves_it() {
    let inventory = Inventory::default();
    let before = [process(7, 1)];
    for (before, observation, expected) in [
        (&before[..], seen(Ok(chain(old())), Some(anew())), BEGAN),
        (
            &[],
            seen(Ok(chain(old())), None),
            "not yet: no process of it is seen",
        ),
        (
            &before,
            seen(Ok(chain(old())), Some(Vec::new())),
            "not yet: no process of it is seen",
        ),
    ] {
        let proof = proof(&inventory, Vec::new(), before);
        assert_eq!(
            judged(&proof, &observation),
            expected,
            "{before:?} {observation:?}"
        );
    }
}

#[test]
fn what_a_port_served_before_proves_nothing_and_that_it_serves_again_something() {
    let inventory = Inventory::default();
    for port in [
        port(false),
        Expected {
            certificates: Vec::new(),
            ..port(false)
        },
    ] {
        let proof = proof(&inventory, vec![port], &[process(7, 1)]);
        let silent = seen(Err(Silence::Refused), Some(anew()));
        assert_eq!(
            judged(&proof, &silent),
            "not yet: port 2379: nobody listens there"
        );
        assert_eq!(judged(&proof, &seen(Ok(chain(new())), Some(anew()))), BEGAN);
    }
}

#[test]
fn a_new_process_is_one_that_did_not_run_before() {
    let inventory = Inventory::default();
    let since = |process: Process, milliseconds| Process {
        since_boot: Some(SinceBoot {
            boot: "a".to_owned(),
            milliseconds,
        }),
        ..process
    };
    let (old, stranger) = (since(process(7, 1), 60_000), since(process(8, 1), 50_000));
    let before = Observation {
        processes: Some(vec![old.clone(), stranger.clone()]),
        ..Observation::default()
    };
    let proof = Proof {
        before: vec![old.clone()],
        strangers: vec![stranger.clone()],
        ..Proof::new(&inventory, Component::Etcd, &[], &before)
    };
    let now = |processes| Observation {
        processes: Some(processes),
        ..Observation::default()
    };
    assert_eq!(
        judged(&proof, &now(vec![old])),
        "not yet: its old process (7) still runs"
    );
    assert_eq!(
        judged(&proof, &now(vec![stranger.clone()])),
        "not yet: no process of it is seen"
    );
    // Its number was given again.
    let again = since(process(7, 2), 120_000);
    let began = "its process began at 00:02:00Z, after the files changed";
    assert_eq!(judged(&proof, &now(vec![stranger, again])), began);
}

#[test]
fn where_no_process_can_be_seen_what_was_served_before_proves_nothing() {
    let inventory = Inventory::default();
    let certificates = vec![(*new().sha256(), serial_of(&new()))];
    let ports = vec![Expected {
        name: "etcd",
        number: 2379,
        certificates,
        is_new: false,
    }];
    let same = judged(
        &proof(&inventory, ports, &[]),
        &seen(Ok(chain(new())), None),
    );
    assert_eq!(same, "not yet: no process of it is seen");
}

#[test]
fn it_says_what_it_waits_for_and_what_is_served() {
    let inventory = Inventory::default();
    let certificates = vec![(*new().sha256(), serial_of(&new()))];
    let ports = vec![Expected {
        name: "etcd",
        number: 2379,
        certificates,
        is_new: true,
    }];
    let proof = proof(&inventory, ports, &[]);
    assert_eq!(
        proof.awaited(),
        format!("port 2379 to serve {}", short_serial(&serial_of(&new())))
    );
    assert_eq!(
        proof.serial(&seen(Ok(chain(old())), None)),
        Some(serial_of(&old()))
    );
    assert_eq!(proof.serial(&seen(Err(Silence::Refused), None)), None);
    assert_eq!(
        Proof {
            ports: Vec::new(),
            ..proof
        }
        .awaited(),
        "a new process of it"
    );
}
