//! What the keys of a page do about what runs: ask, restart, leave.

use super::super::steps;
use super::Detail;
use crate::inventory::KubeconfigItem;
use crate::kubernetes::component::Component;
use crate::model::world::World;
use crate::model::{Action, Effect, Route};
use crate::record::{RestartRecord, RestartState, waiting};
use crate::running::ProbeTarget;

impl Detail {
    /// The step of a check list that the cursor stands on.
    pub(super) fn step(&self) -> Option<Component> {
        self.document.entries.get(self.entry)?.runs
    }

    /// The component that the page, or the line under the cursor, is about.
    pub(super) fn component(&self, world: &World) -> Option<Component> {
        match &self.route {
            Route::Component(name) => world.running.status(name)?.component,
            _ => self.step(),
        }
    }

    /// What an operation still waits for; elsewhere all that hold old files.
    pub(super) fn to_restart(&self, world: &World) -> Vec<Component> {
        let operation = match &self.route {
            Route::Operation(id) => world.operation(id),
            _ => None,
        };
        let own = operation.map(|operation| steps::open(world, operation).map(|one| one.component));
        let own: Vec<Component> = own.map(Iterator::collect).unwrap_or_default();
        if own.is_empty() {
            world.to_restart()
        } else {
            waiting::in_order(own.clone(), &own)
        }
    }

    /// The component of the step is restarted, or left as it is.
    pub(super) fn step_taken(&self, world: &World, action: Action) -> Vec<Effect> {
        let component = self.component(world);
        let effect = component.map(|one| match action {
            Action::SkipRestart => Effect::Skip(one),
            _ => Effect::Restart(vec![one]),
        });
        effect.into_iter().collect()
    }

    /// Why nothing can be done with a step.
    pub(super) fn step_refusal(&self, world: &World, action: Action) -> Option<&'static str> {
        let Some(component) = self.component(world) else {
            return Some("this line is no component to restart");
        };
        let Route::Operation(id) = &self.route else {
            return world.needless(component);
        };
        let is_it = |record: &&RestartRecord| Some(record.component) == self.step();
        let operation = world.operation(id)?;
        let record = operation.restarts.iter().find(is_it)?;
        let is_open = steps::open(world, operation).any(|one| one.component == record.component);
        let was_skipped = record.state == RestartState::Skipped;
        match action {
            Action::SkipRestart if was_skipped => Some("it is skipped already"),
            _ if is_open || was_skipped => None,
            _ => Some("it is done"),
        }
    }

    /// What must be asked to know what is served of the thing of this page.
    pub(super) fn asked(&self, world: &World) -> Vec<ProbeTarget> {
        match &self.route {
            Route::Certificate(id) => world
                .item_named(id)
                .map(|(index, _)| world.running.asked_for(index))
                .unwrap_or_default(),
            Route::Kubeconfig(path) => {
                let kubeconfig = world
                    .inventory()
                    .kubeconfigs
                    .iter()
                    .find(|one| one.path == *path);
                let server = kubeconfig.and_then(KubeconfigItem::current_server);
                server
                    .map(|server| ProbeTarget::Server(server.into()))
                    .into_iter()
                    .collect()
            }
            Route::Component(name) => {
                let status = world
                    .running
                    .status(name)
                    .filter(|status| status.port.is_some());
                status
                    .and_then(|status| status.component)
                    .map(ProbeTarget::Component)
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}
