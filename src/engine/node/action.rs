//! What is done so that a component starts anew.

use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

use super::Node;
use super::program::{self, Trouble};
use super::way::{Own, RestartMethod, nobody_starts_again};
use crate::inventory::Inventory;
use crate::inventory::process::Process;
use crate::kubernetes::component::Component;
use crate::plan::restart::RestartTarget;

/// Why a restart was not carried out.
pub(super) enum Obstacle {
    /// Nothing was done, or what was done did not work.
    Failed(String),
    /// Somebody said "stop".
    Stopped,
}

/// One restart that is not yet begun.
pub(super) struct RestartAction<'a> {
    pub(super) node: &'a Node,
    pub(super) inventory: &'a Inventory,
    pub(super) component: Component,
    pub(super) target: &'a RestartTarget,
    /// The components that run; `None`: nobody can look from here.
    pub(super) processes: Option<&'a [Process]>,
}

impl RestartAction<'_> {
    /// Does it, and gives the way that it took, where that is not the usual one.
    pub(super) fn carry_out(
        &self,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Option<String>, Obstacle> {
        if !is_wanted() {
            return Err(Obstacle::Stopped);
        }
        match self.node {
            Node::Demo(servers) => {
                let is_known = servers.restart(self.component);
                let unknown = || Obstacle::Failed("the demo has no such component".to_owned());
                return if is_known { Ok(None) } else { Err(unknown()) };
            }
            Node::Elsewhere | Node::ThisMachine => {}
        }
        let by_hand = |why: String| {
            Obstacle::Failed(format!(
                "{}; by hand: {}",
                why.trim_end_matches('.'),
                self.target.command()
            ))
        };
        if let Some(why) = self.node.refusal() {
            return Err(by_hand(why.to_owned()));
        }
        if let Some(why) = nobody_starts_again(self.target, self.inventory, self.processes) {
            return Err(Obstacle::Failed(why));
        }
        let find = |name: &str| program::find(name, std::env::var_os("PATH").as_deref());
        let way = RestartMethod::choose(self.target, self.inventory, self.processes, &find)
            .map_err(by_hand)?;
        let done = match &way {
            RestartMethod::Crictl { program, process } => {
                self.stop_containers(program, process, is_wanted)
            }
            RestartMethod::Signal(process) => self
                .signal(*process)
                .map(|()| Some(signalled(*process, "crictl is not found"))),
            RestartMethod::Systemctl { program, unit } => {
                program::run(program, &["restart", unit], program::DEADLINE, is_wanted)
                    .map(|_| None)
            }
        };
        done.map_err(|trouble| match trouble {
            Trouble::Stopped => Obstacle::Stopped,
            trouble => by_hand(trouble.to_string()),
        })
    }

    /// Gives what was done instead, where `crictl` could not tell the containers.
    fn stop_containers(
        &self,
        crictl: &Path,
        process: &Own,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Option<String>, Trouble> {
        let list = RestartTarget::list(self.component);
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let listed = program::run(crictl, &list, program::SHORT, is_wanted);
        let containers = listed.as_deref().unwrap_or_default().split_whitespace();
        let containers: Vec<&str> = containers.collect();
        let why = match listed.as_ref() {
            Ok(_) if containers.is_empty() => "crictl knows no container of it".to_owned(),
            Ok(_) => {
                let arguments: Vec<&str> =
                    RestartTarget::STOP.into_iter().chain(containers).collect();
                return program::run(crictl, &arguments, program::DEADLINE, is_wanted)
                    .map(|_| None);
            }
            Err(Trouble::Stopped) => return Err(Trouble::Stopped),
            // It may ask another runtime than the kubelet's: nothing was stopped yet.
            Err(trouble) => trouble.to_string(),
        };
        match (process, listed) {
            (Ok(Some(process)), _) => self
                .signal(*process)
                .map(|()| Some(signalled(*process, &why))),
            // Between two of its lives the kubelet starts it anyway.
            (Ok(None), Ok(_)) => Ok(None),
            (Err(unclear), Ok(_)) => Err(Trouble::Unclear {
                why,
                unclear: unclear.clone(),
            }),
            (_, Err(trouble)) => Err(trouble),
        }
    }

    /// Asks a process to end, if it still is the component: what has ended meanwhile may have left
    /// its number to another.
    fn signal(&self, number: u32) -> Result<(), Trouble> {
        let is_it =
            |process: &Process| process.pid == number && process.component == self.component;
        if !self
            .node
            .processes(self.inventory)
            .is_some_and(|processes| processes.iter().any(is_it))
        {
            return Ok(());
        }
        let pid = i32::try_from(number).ok().and_then(Pid::from_raw);
        match pid.map_or(Ok(()), |pid| kill_process(pid, Signal::TERM)) {
            // It has ended by itself.
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(errno) => {
                let why = std::io::Error::from(errno).to_string();
                Err(Trouble::NotRun {
                    program: format!("kill {number}"),
                    why,
                })
            }
        }
    }
}

fn signalled(process: u32, why: &str) -> String {
    format!("{why}: its process {process} was asked to end (SIGTERM)")
}
