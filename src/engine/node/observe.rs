//! Looking: every port that is asked for at once, with one deadline over all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::Node;
use crate::inventory::Inventory;
use crate::kubernetes::address::Address;
use crate::probe::{Target, probe};
use crate::progress::{Progress, Report};
use crate::running::{Observation, Port, PortAnswer, ProbeTarget, Served, Silence, ports};

/// How long all ports together have to answer.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Ports that are asked at once, at most: a folder may hold a thousand kubeconfigs.
const THREADS: usize = 128;

/// How long it may take until "stop" is heard.
const ATTENTION: Duration = Duration::from_millis(200);

/// One thing to ask, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    /// The port's name, or the server as it was asked for.
    of: Arc<str>,
    /// The hosts to dial, the best first.
    hosts: Vec<String>,
    port: u16,
}

impl Node {
    /// Looks at ports, all at once and with one deadline ([`PATIENCE`]), and at the processes.
    /// Opens connections. Ports that did not answer when `report` said "stop" are left out.
    pub fn observe(
        &self,
        inventory: &Inventory,
        asked: &[ProbeTarget],
        report: Report<'_>,
    ) -> Observation {
        let questions = self.questions(&ports(inventory), asked);
        let answers = ask_all(&questions, PATIENCE, report);
        Observation {
            answers,
            processes: self.processes(inventory),
        }
    }

    fn questions(&self, ports: &[Port], asked: &[ProbeTarget]) -> Vec<Question> {
        let mut questions: Vec<Question> = Vec::new();
        let of_port = |port: &Port| {
            let (hosts, number) = self.place(port)?;
            Some(Question {
                of: port.rule.name.into(),
                hosts,
                port: number,
            })
        };
        for asked in asked {
            let new: Vec<Question> = match asked {
                ProbeTarget::All => ports.iter().filter_map(of_port).collect(),
                ProbeTarget::Component(component) => ports
                    .iter()
                    .filter(|port| port.rule.component == *component)
                    .filter_map(of_port)
                    .collect(),
                ProbeTarget::Server(server) => vec![self.server(ports, server)],
            };
            for question in new {
                if !questions.iter().any(|known| known.of == question.of) {
                    questions.push(question);
                }
            }
        }
        questions
    }

    /// Where a port is dialled from here; `None`: nowhere.
    fn place(&self, port: &Port) -> Option<(Vec<String>, u16)> {
        match self {
            Self::ThisMachine => Some((port.local.clone(), port.number)),
            Self::Elsewhere => Some((port.remote.clone(), port.number)),
            Self::Demo(servers) => {
                let address = servers.address(port.rule.name)?;
                Some((vec![address.ip().to_string()], address.port()))
            }
        }
    }

    fn server(&self, ports: &[Port], server: &Arc<str>) -> Question {
        let address =
            Address::parse(server).map(|address| (address.host, address.port_or_default()));
        let (host, number) = address.unwrap_or_default();
        let place = match self {
            Self::ThisMachine | Self::Elsewhere => Some((vec![host.to_owned()], number)),
            // Nothing outside this program is ever dialled from the demo: it has its own API
            // server.
            Self::Demo(_) => {
                let port = ports
                    .iter()
                    .find(|port| port.number == number && port.rule.is_for_kubeconfigs);
                port.and_then(|port| self.place(port))
            }
        };
        let (hosts, port) = place.unwrap_or_default();
        Question {
            of: server.clone(),
            hosts: hosts.into_iter().filter(|host| !host.is_empty()).collect(),
            port,
        }
    }
}

/// Asks on a few threads; the answers are in the order of the questions. What nobody came to in
/// time has none.
fn ask_all(questions: &[Question], patience: Duration, report: Report<'_>) -> Vec<PortAnswer> {
    let (deadline, total) = (Instant::now() + patience, questions.len());
    let (next, is_wanted) = (AtomicUsize::new(0), AtomicBool::new(true));
    let (sender, receiver) = channel();
    let work = |answered: &Sender<(usize, PortAnswer)>| {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(question) = questions.get(at) else {
                return;
            };
            if Instant::now() >= deadline {
                return;
            }
            let answer = ask(question, deadline, &|| is_wanted.load(Ordering::Relaxed));
            // Whoever waits for it lives longer than this thread.
            let _ = answered.send((at, answer));
        }
    };
    let mut answers: Vec<(usize, PortAnswer)> = Vec::with_capacity(total);
    std::thread::scope(|scope| {
        for _ in 0..total.min(THREADS) {
            let (work, sender) = (&work, sender.clone());
            // Where the system gives no more threads, those that are there do it all.
            let _ = Builder::new()
                .name("ask".to_owned())
                .spawn_scoped(scope, move || work(&sender));
        }
        drop(sender);
        while answers.len() < total {
            if !report(progress(answers.len(), total)) {
                is_wanted.store(false, Ordering::Relaxed);
            }
            match receiver.recv_timeout(ATTENTION) {
                Ok(answer) => answers.push(answer),
                Err(RecvTimeoutError::Timeout) => {}
                // No thread is left: what came is what there is.
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    });
    answers.sort_by_key(|(at, _)| *at);
    let answers = answers.into_iter().map(|(_, answer)| answer);
    answers
        .filter(|answer| answer.result != Err(Silence::Stopped))
        .collect()
}

fn progress(done: usize, total: usize) -> Progress {
    let what = format!("asking {total} port{}", if total == 1 { "" } else { "s" });
    Progress {
        what,
        done: done as u64,
        total: total as u64,
    }
}

/// The first of its hosts at which somebody listens.
fn ask(
    question: &Question,
    deadline: Instant,
    is_wanted: &(dyn Fn() -> bool + Sync),
) -> PortAnswer {
    let Question { of, hosts, port } = question;
    let nowhere = Silence::Unreachable("there is no address to dial".to_owned());
    let mut last: (String, Result<Served, Silence>) = (String::new(), Err(nowhere));
    for host in hosts {
        let target = Target {
            host: host.clone(),
            port: *port,
            server_name: None,
        };
        let result = probe(&target, deadline, is_wanted);
        let is_nobody = matches!(
            result,
            Err(Silence::Refused | Silence::Unreachable(_) | Silence::NoSuchHost(_))
        );
        last = (address(host, *port), result);
        if !is_nobody {
            break;
        }
    }
    let (address, result) = last;
    PortAnswer {
        of: of.clone(),
        address,
        at: OffsetDateTime::now_utc(),
        result,
    }
}

fn address(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_came_to_in_time_was_not_asked() {
        let question = |number| Question {
            of: format!("{number}").into(),
            hosts: vec!["127.0.0.1".to_owned()],
            port: 1,
        };
        let questions: Vec<Question> = (0..3).map(question).collect();
        assert_eq!(
            ask_all(&questions, Duration::ZERO, &crate::progress::silent),
            []
        );
    }

    #[test]
    fn an_address_has_brackets_where_it_needs_them() {
        assert_eq!(address("::1", 6443), "[::1]:6443");
        assert_eq!(address("10.0.0.10", 6443), "10.0.0.10:6443");
    }
}
