//! What proves that a component was restarted and holds the new files.

use time::OffsetDateTime;
use time::macros::format_description;

use crate::inventory::Inventory;
use crate::inventory::process::{Process, of_component, surely_of_component};
use crate::kubernetes::component::Component;
use crate::pki::text::short_serial;
use crate::pki::{Certificate, Digest};
use crate::running::{Observation, Port};

/// What must be seen of one component.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Proof<'a> {
    inventory: &'a Inventory,
    component: Component,
    /// The ports that have a certificate on the disk, or answered before.
    ports: Vec<Expected>,
    /// Its processes before.
    before: Vec<Process>,
    /// What else ran before: nothing of that is its new process.
    strangers: Vec<Process>,
    /// Whether those were surely this master's: then no other counts afterwards.
    is_sure: bool,
}

/// What a port must serve: one of these; any where there is none.
#[derive(Debug, Clone, PartialEq)]
struct Expected {
    name: &'static str,
    number: u16,
    certificates: Vec<(Digest, String)>,
    /// Whether it did not serve one of them before: then that it does proves something.
    is_new: bool,
}

/// What an observation says to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RestartVerdict {
    /// It is as it should be; by what that is known, and the processes that run.
    Proven { by: String, running: Vec<u32> },
    /// It is not, for this is seen.
    NotYet(String),
}

impl<'a> Proof<'a> {
    /// For a component with these ports, of which this was seen before its restart.
    pub(super) fn new(inventory: &'a Inventory, component: Component, ports: &[Port], seen: &Observation) -> Self {
        let ports = ports.iter().filter(|port| port.rule.component == component);
        let ports = ports.filter_map(|port| {
            let items = port.on_disk.iter().filter_map(|index| inventory.item(*index)?.certificate());
            let certificates: Vec<_> =
                items.map(|certificate| (*certificate.sha256(), certificate.details().serial_number)).collect();
            let expected = Expected { name: port.rule.name, number: port.number, certificates, is_new: false };
            let served = expected.look(seen);
            (!expected.certificates.is_empty() || served.is_ok())
                .then(|| Expected { is_new: served.is_err() && !expected.certificates.is_empty(), ..expected })
        });
        let processes = seen.processes.as_deref().unwrap_or_default();
        let is_sure = !surely_of_component(inventory, processes, component).is_empty();
        let own = of_component(inventory, processes, component);
        let (before, strangers) = processes.iter().cloned().partition(|process| own.contains(&process));
        Self { inventory, component, ports: ports.collect(), before, strangers, is_sure }
    }

    /// The same for one that is restarted along: of its ports those count that answered, for nobody says that it runs.
    pub(super) fn along(self, seen: &Observation) -> Self {
        let answered = |port: &Expected| seen.answer(port.name).is_some_and(|answer| answer.result.is_ok());
        Self { ports: self.ports.into_iter().filter(answered).collect(), ..self }
    }

    /// The component.
    pub(super) fn component(&self) -> Component {
        self.component
    }

    /// What is waited for, without the component's name, as "port 2379 to serve 4a5b…6c7d".
    pub(super) fn awaited(&self) -> String {
        let ports = self.ports.iter().filter(|port| port.is_new).filter_map(|port| {
            let (_, serial) = port.certificates.first()?;
            Some(format!("port {} to serve {}", port.number, short_serial(serial)))
        });
        let ports: Vec<String> = ports.collect();
        if ports.is_empty() { "a new process of it".to_owned() } else { ports.join(", ") }
    }

    /// Whether a port shows that it is ready.
    pub(super) fn has_port(&self) -> bool {
        !self.ports.is_empty()
    }

    /// The ports that have a certificate on the disk.
    fn with_certificate(&self) -> impl Iterator<Item = &Expected> {
        self.ports.iter().filter(|port| !port.certificates.is_empty())
    }

    /// The serial number that its first port serves.
    pub(super) fn serial(&self, observation: &Observation) -> Option<String> {
        let port = self.with_certificate().next()?;
        let served = observation.answer(port.name)?.result.as_ref().ok()?;
        served.leaf().map(serial_of)
    }

    /// What every port serves, where there is one and that is right.
    pub(super) fn served(&self, observation: &Observation) -> Option<String> {
        let seen: Result<Vec<String>, String> = self.with_certificate().map(|port| port.look(observation)).collect();
        seen.ok().filter(|seen| !seen.is_empty()).map(|seen| seen.join(", "))
    }

    /// Whether this is what should be seen.
    pub(super) fn judge(&self, observation: &Observation) -> RestartVerdict {
        let mut seen = Vec::new();
        for port in &self.ports {
            match port.look(observation) {
                Ok(words) if port.is_new => seen.push(words),
                Ok(_) => {}
                Err(words) => return RestartVerdict::NotYet(words),
            }
        }
        let running = observation.processes.as_deref().unwrap_or_default();
        let own = if self.is_sure { surely_of_component } else { of_component };
        let mut running = own(self.inventory, running, self.component);
        let is_among = |process: &Process, known: &[Process]| known.iter().any(|one| one.is_same(process));
        if let Some(old) = running.iter().find(|process| is_among(process, &self.before)) {
            return RestartVerdict::NotYet(format!("its old process ({}) still runs", old.pid));
        }
        running.retain(|process| !is_among(process, &self.strangers));
        match running.iter().map(|process| process.started_at).min() {
            Some(began) if seen.is_empty() => {
                seen.push(super::began(began));
            }
            Some(_) => {}
            // Where no process could be seen before there may be none to see: what a port had not served proves it.
            None if self.before.is_empty() && !seen.is_empty() => {}
            None => return RestartVerdict::NotYet("no process of it is seen".to_owned()),
        }
        let running = running.iter().map(|process| process.pid).collect();
        RestartVerdict::Proven { by: seen.join(", "), running }
    }
}

impl Expected {
    /// What it serves, where that is right.
    fn look(&self, observation: &Observation) -> Result<String, String> {
        let number = self.number;
        let Some(answer) = observation.answer(self.name) else { return Err(format!("port {number} was not asked")) };
        let served = answer.result.as_ref().map_err(|silence| format!("port {number}: {silence}"))?;
        let leaf = served.leaf().ok_or_else(|| format!("port {number} serves nothing"))?;
        let serial = serial_of(leaf);
        if self.certificates.is_empty() || self.certificates.iter().any(|(digest, _)| digest == leaf.sha256()) {
            return Ok(format!("port {number} serves {}", short_serial(&serial)));
        }
        Err(format!("port {number} serves {}, which is not on the disk", short_serial(&serial)))
    }
}

fn serial_of(certificate: &Certificate) -> String {
    certificate.details().serial_number
}

/// By what a component without a port is known to hold the new files.
pub(in crate::engine) fn words_of(began: OffsetDateTime) -> String {
    let format = format_description!("[hour]:[minute]:[second]Z");
    let clock = began.checked_to_offset(time::UtcOffset::UTC).unwrap_or(began).format(format).unwrap_or_default();
    format!("its process began at {clock}, after the files changed")
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::inventory::process::{Keeper, SinceBoot};
    use crate::pki::pem;
    use crate::running::{PortAnswer, Served, Silence};

    fn certificate(text: &str) -> Certificate {
        let block = pem::blocks(text.as_bytes()).into_iter().flatten().next().expect("a block");
        Certificate::from_der(&block.der).expect("a certificate")
    }

    fn old() -> Certificate {
        certificate(include_str!("../../../tests/fixtures/certificates/kubeadm-ca-ecdsa.crt"))
    }

    fn new() -> Certificate {
        certificate(include_str!("../../../tests/fixtures/certificates/kubeadm-apiserver.crt"))
    }

    fn process(pid: u32, minute: i64) -> Process {
        let started_at = OffsetDateTime::UNIX_EPOCH + Duration::minutes(minute);
        let (component, keeper, flags) = (Component::Etcd, Keeper::Unknown, Vec::new());
        Process { pid, component, started_at, since_boot: None, keeper, flags }
    }

    fn proof<'a>(inventory: &'a Inventory, ports: Vec<Expected>, before: &[Process]) -> Proof<'a> {
        let (component, before, strangers) = (Component::Etcd, before.to_vec(), Vec::new());
        Proof { inventory, component, ports, before, strangers, is_sure: false }
    }

    fn chain(certificate: Certificate) -> Served {
        Served { chain: vec![certificate], version: "TLS 1.3", demands_client: true, fault: None }
    }

    fn seen(result: Result<Served, Silence>, processes: Option<Vec<Process>>) -> Observation {
        let (of, address, at) = ("etcd".into(), "127.0.0.1:2379".to_owned(), OffsetDateTime::UNIX_EPOCH);
        Observation { answers: vec![PortAnswer { of, address, at, result }], processes }
    }

    fn judged(proof: &Proof<'_>, observation: &Observation) -> String {
        match proof.judge(observation) {
            RestartVerdict::Proven { by, .. } => by,
            RestartVerdict::NotYet(seen) => format!("not yet: {seen}"),
        }
    }

    #[test]
    fn what_proves_a_restart() {
        let inventory = Inventory::default();
        let before = [process(7, 1)];
        let expected = |is_new, certificates| Expected { name: "etcd", number: 2379, certificates, is_new };
        let certificates = || vec![(*new().sha256(), serial_of(&new()))];
        let port = || expected(true, certificates());
        let [at, other] = [new(), old()].map(|one| short_serial(&serial_of(&one)).into_owned());
        let good = format!("port 2379 serves {at}");
        let replaced = || Some(vec![process(9, 2)]);
        for (with_port, before, observation, expected) in [
            (true, &before[..], seen(Ok(chain(new())), replaced()), &*good),
            (true, &[], seen(Ok(chain(new())), Some(Vec::new())), &good),
            (true, &[], seen(Ok(chain(new())), None), &good),
            (
                true,
                &before,
                seen(Ok(chain(new())), Some(vec![process(7, 1)])),
                "not yet: its old process (7) still runs",
            ),
            (true, &before, seen(Ok(chain(new())), Some(Vec::new())), "not yet: no process of it is seen"),
            (
                true,
                &before,
                seen(Ok(chain(old())), replaced()),
                &format!("not yet: port 2379 serves {other}, which is not on the disk"),
            ),
            (true, &before, seen(Err(Silence::Refused), replaced()), "not yet: port 2379: nobody listens there"),
            (true, &before, Observation::default(), "not yet: port 2379 was not asked"),
            (
                false,
                &before,
                seen(Ok(chain(old())), replaced()),
                "its process began at 00:02:00Z, after the files changed",
            ),
            (false, &[], seen(Ok(chain(old())), None), "not yet: no process of it is seen"),
            (false, &before, seen(Ok(chain(old())), Some(Vec::new())), "not yet: no process of it is seen"),
        ] {
            let ports = if with_port { vec![port()] } else { Vec::new() };
            let proof = proof(&inventory, ports, before);
            assert_eq!(judged(&proof, &observation), expected, "{before:?} {observation:?}");
        }
        // What a port served before proves nothing; that it serves again, something.
        for certificates in [certificates(), Vec::new()] {
            let ports = vec![expected(false, certificates)];
            let proof = proof(&inventory, ports, &before);
            let silent = seen(Err(Silence::Refused), replaced());
            assert_eq!(judged(&proof, &silent), "not yet: port 2379: nobody listens there");
            let began = "its process began at 00:02:00Z, after the files changed";
            assert_eq!(judged(&proof, &seen(Ok(chain(new())), replaced())), began);
        }
    }

    #[test]
    fn a_new_process_is_one_that_did_not_run_before() {
        let inventory = Inventory::default();
        let since = |process: Process, milliseconds| Process {
            since_boot: Some(SinceBoot { boot: "a".to_owned(), milliseconds }),
            ..process
        };
        let (old, stranger) = (since(process(7, 1), 60_000), since(process(8, 1), 50_000));
        let before = Observation { processes: Some(vec![old.clone(), stranger.clone()]), ..Observation::default() };
        let proof = Proof {
            before: vec![old.clone()],
            strangers: vec![stranger.clone()],
            ..Proof::new(&inventory, Component::Etcd, &[], &before)
        };
        let now = |processes| Observation { processes: Some(processes), ..Observation::default() };
        assert_eq!(judged(&proof, &now(vec![old])), "not yet: its old process (7) still runs");
        assert_eq!(judged(&proof, &now(vec![stranger.clone()])), "not yet: no process of it is seen");
        // Its number was given again.
        let again = since(process(7, 2), 120_000);
        let began = "its process began at 00:02:00Z, after the files changed";
        assert_eq!(judged(&proof, &now(vec![stranger, again])), began);
    }

    #[test]
    fn where_no_process_can_be_seen_what_was_served_before_proves_nothing() {
        let inventory = Inventory::default();
        let certificates = vec![(*new().sha256(), serial_of(&new()))];
        let ports = vec![Expected { name: "etcd", number: 2379, certificates, is_new: false }];
        let same = judged(&proof(&inventory, ports, &[]), &seen(Ok(chain(new())), None));
        assert_eq!(same, "not yet: no process of it is seen");
    }

    #[test]
    fn it_says_what_it_waits_for_and_what_is_served() {
        let inventory = Inventory::default();
        let certificates = vec![(*new().sha256(), serial_of(&new()))];
        let ports = vec![Expected { name: "etcd", number: 2379, certificates, is_new: true }];
        let proof = proof(&inventory, ports, &[]);
        assert_eq!(proof.awaited(), format!("port 2379 to serve {}", short_serial(&serial_of(&new()))));
        assert_eq!(proof.serial(&seen(Ok(chain(old())), None)), Some(serial_of(&old())));
        assert_eq!(proof.serial(&seen(Err(Silence::Refused), None)), None);
        assert_eq!(Proof { ports: Vec::new(), ..proof }.awaited(), "a new process of it");
    }
}
