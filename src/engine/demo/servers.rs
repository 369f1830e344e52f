//! The demo's running side: servers on loopback, as the components of a master would serve.
//!
//! etcd is the one with the fault. Its folder of certificates was put aside and written anew when
//! it was renewed by hand, and a container keeps the folder that was mounted at its start: though
//! etcd reads its files for each connection, it reads the old ones until it is restarted.

mod identity;
mod listener;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;

use time::{Duration, OffsetDateTime};

use self::identity::Identity;
use self::listener::Listener;
use super::DemoError;
use super::certificates::OwnNames;
use crate::inventory::process::{Keeper, Process};
use crate::kubernetes::component::Component;

/// Tells the time.
pub type Clock = fn() -> OffsetDateTime;

/// How long a component is away when it is restarted.
const AWAY: std::time::Duration = std::time::Duration::from_millis(250);

/// One component of the demo.
struct StandIn {
    component: Component,
    pid: u32,
    /// How many days before the demo was made it began: etcd before its files were renewed, the
    /// others when they were there.
    days: i64,
    ports: &'static [Port],
}

/// One of its ports.
struct Port {
    /// Its name in the table of ports.
    name: &'static str,
    serves: Serves,
    asks: Asks,
}

/// What a port serves.
#[derive(Clone, Copy)]
enum Serves {
    /// The certificate and the key of this name below /etc/kubernetes/pki or /var/lib/kubelet/pki.
    Files(&'static str),
    /// The same; at first the old certificate of that name.
    OldFiles(&'static str, &'static str),
    /// A certificate that it makes when it starts.
    Own(OwnNames),
}

/// Whether a port asks for a client certificate, and of which CA.
#[derive(Clone, Copy)]
enum Asks {
    Nobody,
    Everybody(&'static str),
    Demands(&'static str),
}

const ETCD_CA: &str = "etc/kubernetes/pki/etcd/ca.crt";
const CA: &str = "etc/kubernetes/pki/ca.crt";

const STAND_INS: [StandIn; 5] = [
    StandIn {
        component: Component::Etcd,
        pid: 1843,
        days: 300,
        ports: &[
            Port {
                name: Component::Etcd.as_str(),
                serves: Serves::OldFiles("etc/kubernetes/pki/etcd/server", "etcd-server-old"),
                asks: Asks::Demands(ETCD_CA),
            },
            Port {
                name: "etcd-peer",
                serves: Serves::OldFiles("etc/kubernetes/pki/etcd/peer", "etcd-peer-old"),
                asks: Asks::Demands(ETCD_CA),
            },
        ],
    },
    StandIn {
        component: Component::KubeApiserver,
        pid: 20417,
        days: 0,
        ports: &[Port {
            name: Component::KubeApiserver.as_str(),
            serves: Serves::Files("etc/kubernetes/pki/apiserver"),
            asks: Asks::Everybody(CA),
        }],
    },
    StandIn {
        component: Component::KubeControllerManager,
        pid: 20466,
        days: 0,
        ports: &[Port {
            name: Component::KubeControllerManager.as_str(),
            serves: Serves::Own((
                "controller-manager-serving-ca",
                "controller-manager-serving",
            )),
            asks: Asks::Everybody(CA),
        }],
    },
    StandIn {
        component: Component::KubeScheduler,
        pid: 20509,
        days: 0,
        ports: &[Port {
            name: Component::KubeScheduler.as_str(),
            serves: Serves::Own(("scheduler-serving-ca", "scheduler-serving")),
            asks: Asks::Nobody,
        }],
    },
    StandIn {
        component: Component::Kubelet,
        pid: 912,
        days: 0,
        ports: &[Port {
            name: Component::Kubelet.as_str(),
            serves: Serves::Files("var/lib/kubelet/pki/kubelet"),
            asks: Asks::Everybody(CA),
        }],
    },
];

/// The demo's servers; they end when this is dropped.
pub struct Servers {
    state: Arc<Mutex<ServersState>>,
}

struct ServersState {
    root: PathBuf,
    clock: Clock,
    running: Vec<RunningServer>,
    /// Where each port listens, or did last.
    addresses: BTreeMap<&'static str, SocketAddr>,
    /// How often something was restarted.
    restarts: u32,
}

/// A component that runs: dropped, it ends.
struct RunningServer {
    process: Process,
    _listeners: Vec<Listener>,
}

impl ServersState {
    fn push(&mut self, process: Process, listeners: Vec<(&'static str, Listener)>) {
        self.addresses.extend(
            listeners
                .iter()
                .map(|(name, listener)| (*name, listener.address())),
        );
        let listeners = listeners
            .into_iter()
            .map(|(_, listener)| listener)
            .collect();
        self.running.push(RunningServer {
            process,
            _listeners: listeners,
        });
    }
}

impl Servers {
    /// Starts one for each port of the demo's master below `root`, which was there at `moment`, on
    /// 127.0.0.1 and ports that the system gives. Nothing listens before that.
    ///
    /// # Errors
    /// [`DemoError`] where a certificate cannot be made or a port not be had.
    pub fn start(root: &Path, moment: OffsetDateTime, clock: Clock) -> Result<Self, DemoError> {
        let (running, addresses) = (Vec::new(), BTreeMap::new());
        let mut state = ServersState {
            root: root.to_owned(),
            clock,
            running,
            addresses,
            restarts: 0,
        };
        for known in &STAND_INS {
            let began = moment
                .checked_sub(Duration::days(known.days))
                .unwrap_or(moment);
            let mut listeners = Vec::new();
            for port in known.ports {
                let identity = Identity::first(root, port, moment, began)?;
                let listener = Listener::start(port.name, identity);
                let fault = |error| DemoError::Serve(format!("{}: {error}", port.name));
                listeners.push((port.name, listener.map_err(fault)?));
            }
            state.push(known.process(known.pid, began), listeners);
        }
        Ok(Self {
            state: Arc::new(Mutex::new(state)),
        })
    }

    /// Where the port of this name in the table of ports really listens; where its component is
    /// away, nobody does. `None`: there is no such port.
    pub fn address(&self, port: &str) -> Option<SocketAddr> {
        locked(&self.state).addresses.get(port).copied()
    }

    /// The components as if they were processes.
    pub fn processes(&self) -> Vec<Process> {
        locked(&self.state)
            .running
            .iter()
            .map(|running| running.process.clone())
            .collect()
    }

    /// Stops a component; soon it is started again and serves what then lies on the disk. Where its
    /// key does not fit its certificate it stays away. False where there is no such component.
    pub fn restart(&self, component: Component) -> bool {
        let Some(known) = STAND_INS.iter().find(|one| one.component == component) else {
            return false;
        };
        let ended = {
            let mut state = locked(&self.state);
            let at = state
                .running
                .iter()
                .position(|running| running.process.component == known.component);
            at.map(|at| state.running.swap_remove(at))
        };
        drop(ended);
        let state = Arc::downgrade(&self.state);
        let again = move || {
            thread::sleep(AWAY);
            start_again(&state, known);
        };
        thread::Builder::new()
            .name(format!("start {}", known.component))
            .spawn(again)
            .is_ok()
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Servers").finish_non_exhaustive()
    }
}

impl StandIn {
    fn process(&self, pid: u32, began: OffsetDateTime) -> Process {
        let keeper = match self.component {
            Component::Kubelet => Keeper::Unit("kubelet.service".to_owned()),
            _ => Keeper::Container(format!("{pid:064x}")),
        };
        let (component, flags) = (self.component, Vec::new());
        Process {
            pid,
            component,
            started_at: began,
            since_boot: None,
            keeper,
            flags,
        }
    }
}

/// Starts a component if the servers are still wanted.
fn start_again(state: &Weak<Mutex<ServersState>>, known: &'static StandIn) {
    let Some(state) = state.upgrade() else { return };
    let mut state = locked(&state);
    if state
        .running
        .iter()
        .any(|running| running.process.component == known.component)
    {
        return;
    }
    let began = (state.clock)();
    let open = |port: &'static Port| {
        let identity = Identity::again(&state.root, port, began).ok()?;
        Some((port.name, Listener::start(port.name, identity).ok()?))
    };
    let Some(listeners) = known.ports.iter().map(open).collect() else {
        return;
    };
    state.restarts += 1;
    let process = known.process(30_000 + state.restarts, began);
    state.push(process, listeners);
}

/// A thread that panicked left nothing half done: what is behind the lock is replaced whole.
fn locked(state: &Mutex<ServersState>) -> MutexGuard<'_, ServersState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
