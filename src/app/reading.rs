//! What a reading brings: everything is judged anew. It says what follows.

use time::OffsetDateTime;

use crate::model::world::{Loaded, World};
use crate::model::{Effect, Problem, Reading};
use crate::running::ProbeTarget;

/// Takes what was read at this moment, or why nothing could be.
pub(super) fn read(
    world: &mut World,
    at: OffsetDateTime,
    reading: Result<Reading, Problem>,
) -> Vec<Effect> {
    let is_first = matches!(world.loaded, Loaded::Reading(_));
    // Who changed the files may have been another kubepki: it wrote down what it did.
    let mut effects = vec![Effect::ReadHistory];
    if !world.take(reading) {
        effects.push(Effect::Refresh);
        return effects;
    }
    // It was just looked at.
    if world.inventory().processes.is_some() {
        world.running.observation.processes = None;
    }
    world.now = at;
    world.judge();
    effects.extend([Effect::Judged, Effect::ReadLedger]);
    if is_first {
        effects.push(Effect::Begin);
        if world.settings.probe_at_start {
            effects.push(Effect::Probe(vec![ProbeTarget::All]));
        }
    }
    effects
}
