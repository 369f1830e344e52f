//! ```text
//! ╭─ Kubeconfigs ──────────────────────────────────────╮
//! │ admin.conf        kubernetes-admin  ✗ expired 2 d  │
//! │ ~/.kube/config    kubernetes-admin  ✗ expired 9 d  │
//! ╰────────────────────────────────────────────────────╯
//! ```

use ratatui::text::Line;

use super::{PaneRow, holds, kubeconfig};
use crate::inventory::judged::is_astray;
use crate::inventory::{KubeconfigItem, Reaches};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::ui::rows::{self, Cell};
use crate::ui::text;
use crate::ui::words::{self, STATE_CELLS, StateWords};
use crate::words::{Meaning, kubeconfig as told};

pub(super) fn rows(world: &World, sort: usize, needle: &str) -> Vec<PaneRow> {
    let kubeconfigs = &world.inventory().kubeconfigs;
    let mut places: Vec<u32> = (0u32..)
        .zip(kubeconfigs)
        .filter(|(_, kubeconfig)| matches(world, kubeconfig, needle))
        .map(|(at, _)| at)
        .collect();
    let of = |at: &u32| &kubeconfigs[*at as usize];
    match sort {
        1 => places.sort_by_key(|at| words::kubeconfig_status(world, of(at))),
        2 => places.sort_by_key(|at| who(of(at))),
        _ => {}
    }
    places.into_iter().map(PaneRow::Kubeconfig).collect()
}

fn matches(world: &World, kubeconfig: &KubeconfigItem, needle: &str) -> bool {
    holds(&kubeconfig.path, needle)
        || holds(&who(kubeconfig), needle)
        || holds(words::kubeconfig_status(world, kubeconfig).word(), needle)
        || kubeconfig
            .clusters
            .iter()
            .any(|cluster| holds(&cluster.server, needle))
}

/// Who the API server takes it for.
fn who(kubeconfig: &KubeconfigItem) -> String {
    let user = kubeconfig.current_user();
    user.map(|user| user.identity.clone().unwrap_or_else(|| user.name.clone()))
        .unwrap_or_default()
}

pub(super) fn line(world: &World, row: PaneRow, width: usize, selected: bool) -> Line<'static> {
    let PaneRow::Kubeconfig(at) = row else {
        return Line::default();
    };
    let Some(kubeconfig) = kubeconfig(world, at) else {
        return Line::default();
    };
    let plain = world.style(Tone::Text);
    let explains = world.style(Tone::Dim);
    let rest = width.saturating_sub(1 + 1 + STATE_CELLS + if width < 74 { 1 } else { 2 });
    let [name, user, tail] = columns(world, width, rest);
    let shown = words::short_path(world, &kubeconfig.path);
    let mut cells = vec![Cell::left(
        shown,
        name,
        words::name_style(world, selected, false),
    )];
    if user > 0 {
        cells.push(Cell::left("", 1, plain));
        cells.push(Cell::left(text::show(&who(kubeconfig)), user - 1, explains));
    }
    cells.push(Cell::left("", 1, plain));
    cells.extend(state(world, kubeconfig));
    if tail > 0 {
        cells.push(Cell::left("", 2, plain));
        cells.extend(cluster(world, kubeconfig, tail));
    }
    rows::line(world, selected, cells)
}

/// Cells for name, user and what stands behind the state: as wide as what is in them, while there
/// is room.
fn columns(world: &World, width: usize, rest: usize) -> [usize; 3] {
    if width < 46 {
        return [rest, 0, 0];
    }
    let sample = || world.inventory().kubeconfigs.iter().take(100);
    let names = sample()
        .map(|one| text::width(&words::short_path(world, &one.path)))
        .max()
        .unwrap_or(0);
    let users = sample()
        .map(|one| text::width(&who(one)))
        .max()
        .unwrap_or(0)
        + 1;
    let (least_name, behind) = if width < 74 { (16, 0) } else { (23, 15) };
    let room = rest.saturating_sub(behind);
    let user = users
        .min(room.saturating_sub(names.clamp(least_name, least_name + room / 4)))
        .max(room.min(12));
    let name = names.max(least_name).min(room.saturating_sub(user));
    if width < 74 {
        [rest - user, user, 0]
    } else {
        [name, user, rest - name - user]
    }
}

/// Its user's state; a kubeconfig of another cluster says that where nothing worse is to be said.
fn state(world: &World, kubeconfig: &KubeconfigItem) -> [Cell; 2] {
    let reaches = kubeconfig.current_context().map(|context| context.reaches);
    let mut state = words::kubeconfig_state(world, kubeconfig);
    if reaches == Some(Reaches::AnotherCluster)
        && (state.tone == Tone::Text || (is_astray(kubeconfig) && state.tone == Tone::Warn))
    {
        let text = "other cluster".to_owned();
        let is_astray = is_astray(kubeconfig);
        let (sign, tone) = if is_astray {
            (world.signs().bad, Tone::Bad)
        } else {
            (world.signs().warn, Tone::Warn)
        };
        state = StateWords { sign, text, tone };
    }
    state.cells(world, false)
}

/// Which cluster it reaches, and where.
fn cluster(world: &World, kubeconfig: &KubeconfigItem, cells: usize) -> Vec<Cell> {
    let explains = world.style(Tone::Dim);
    let Some(context) = kubeconfig.current_context() else {
        return vec![Cell::left("", cells, explains)];
    };
    let server = kubeconfig
        .clusters
        .iter()
        .find(|cluster| cluster.name == context.cluster);
    let (reaches, meaning) = told::reaches(context.reaches);
    // What is as it should be is quiet.
    let tone = if meaning == Meaning::Good {
        Tone::Dim
    } else {
        meaning.into()
    };
    if cells < 34 {
        return vec![Cell::left(reaches, cells, world.style(tone))];
    }
    let server = server
        .map(|cluster| text::show(&cluster.server))
        .unwrap_or_default();
    vec![
        Cell::left(reaches, 17, world.style(tone)),
        Cell::left(server, cells - 17, explains),
    ]
}
