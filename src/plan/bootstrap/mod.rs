//! Tokens, bindings and kubeconfigs with which kubelets join a cluster. What is written here is one
//! half: the cluster learns of Secrets and bindings by `kubectl apply`, and of token files when its
//! API server is restarted.

mod checks;
mod ending;
mod files;
mod lines;
mod tokens;

use std::path::{self, Path};

pub use files::token_of;
pub use tokens::{NewSecret, new_secret};

use super::files::{Changes, add_folders};
use super::{
    BootstrapRequest, Material, Materials, Needs, Plan, PlanContext, PlanError, notices, restart,
};
use crate::inventory::Inventory;
use crate::inventory::bootstrap::{TokenKind, kubeconfig_path, token_file_path};
use crate::kubernetes::bootstrap::secret_name;
use crate::kubernetes::component::Component;
use crate::pki::Secret;
use crate::pki::text::printable;
use crate::record::{PathState, Place, PlanKind, PlanSummary, Reason, RestartSummary};

pub use crate::kubernetes::bootstrap::FOLDER;

/// Permission bits of what holds a token.
const SECRET_MODE: u32 = 0o600;

/// Permission bits of what holds none.
const PUBLIC_MODE: u32 = 0o644;

/// The files that are read, and the folders above them.
///
/// # Errors
/// [`PlanError::Refused`] where nothing here is what the request names.
pub(super) fn needs(inventory: &Inventory, request: &BootstrapRequest) -> Result<Needs, PlanError> {
    let mut files = match request {
        BootstrapRequest::NewToken { path, .. } => {
            vec![path.clone().unwrap_or_else(|| token_path("new"))]
        }
        BootstrapRequest::NewLine { .. } => vec![token_file_path(inventory)],
        BootstrapRequest::ExpireToken { id } => ending::files_of(inventory, id)?,
        BootstrapRequest::ExpireLine { user } => lines::files_of(inventory, user)?,
        BootstrapRequest::Kubeconfig { identity, path, .. } => {
            let token = files::token_item(inventory, identity)?;
            vec![
                path.clone().unwrap_or_else(|| kubeconfig_path(inventory)),
                token.path.to_string(),
            ]
        }
        BootstrapRequest::Manifests { path, .. } => {
            vec![path.clone().unwrap_or_else(bindings_path)]
        }
    };
    files.dedup();
    for path in &files {
        check_path(path)?;
    }
    add_folders(&mut files);
    Ok(Needs {
        files,
        ..Needs::default()
    })
}

/// The plan.
///
/// # Errors
/// [`PlanError`] where nothing may or can be done.
pub(super) fn plan(
    inventory: &Inventory,
    materials: &Materials,
    request: &BootstrapRequest,
    context: PlanContext<'_>,
) -> Result<Plan, PlanError> {
    let mut draft = Draft::new(inventory, materials, context);
    match request {
        BootstrapRequest::NewToken { .. } => tokens::add(&mut draft, request)?,
        BootstrapRequest::NewLine { user, uid, groups } => {
            lines::add(&mut draft, user, uid, groups)?;
        }
        BootstrapRequest::ExpireToken { id } => ending::end(&mut draft, id)?,
        BootstrapRequest::ExpireLine { user } => lines::remove(&mut draft, user)?,
        BootstrapRequest::Kubeconfig {
            identity,
            server,
            path,
        } => {
            files::kubeconfig(&mut draft, identity, server.as_deref(), path.as_deref())?;
        }
        BootstrapRequest::Manifests { identity, path } => {
            files::bindings(&mut draft, *identity, path.as_deref())?;
        }
    }
    Ok(draft.finish())
}

/// Where a new token's manifest goes.
fn token_path(id: &str) -> String {
    format!("{FOLDER}/{}.yaml", secret_name(id))
}

/// Where the manifests of bindings go.
fn bindings_path() -> String {
    format!("{FOLDER}/bindings.yaml")
}

/// A file of the master by its plain, absolute name.
fn check_path(path: &str) -> Result<(), PlanError> {
    let is_plain = Path::new(path)
        .components()
        .all(|part| matches!(part, path::Component::RootDir | path::Component::Normal(_)));
    if !path.starts_with('/') || !is_plain || path.ends_with('/') || printable(path) != path {
        return Err(PlanError::refused(format!(
            "{} is no path of a file on the master",
            printable(path)
        ))
        .hint("an absolute path without \"..\", as /etc/kubernetes/bootstrap/token.yaml"));
    }
    Ok(())
}

/// A plan in the making.
struct Draft<'a> {
    inventory: &'a Inventory,
    materials: &'a Materials,
    context: PlanContext<'a>,
    changes: Changes<'a>,
    title: String,
    restarts: Vec<RestartSummary>,
    warnings: Vec<String>,
    asks: Vec<Reason>,
    /// What is typed afterwards, so that the cluster learns of it.
    commands: Vec<String>,
    /// The files that those commands give to the cluster.
    hand_over: Vec<String>,
}

impl<'a> Draft<'a> {
    fn new(inventory: &'a Inventory, materials: &'a Materials, context: PlanContext<'a>) -> Self {
        let changes = Changes::new(materials, Place::Master);
        let (title, restarts, warnings) = (String::new(), Vec::new(), Vec::new());
        let (asks, commands, hand_over) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            inventory,
            materials,
            context,
            changes,
            title,
            restarts,
            warnings,
            asks,
            commands,
            hand_over,
        }
    }

    fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }

    /// A reason to look that is no warning.
    fn ask(&mut self, text: impl Into<String>) {
        self.asks.push(Reason::Look(text.into()));
    }

    /// A warning that must be seen.
    fn warn_first(&mut self, text: &str) {
        self.asks.push(Reason::Warning(self.warnings.len()));
        self.warn(text);
    }

    fn material(&self, path: &str) -> Result<&'a Material, PlanError> {
        self.materials.files.get(path).ok_or_else(|| changed(path))
    }

    /// The content of a file that must be there.
    fn content(&self, path: &str) -> Result<&'a [u8], PlanError> {
        match &self.material(path)?.content {
            Ok(content) => Ok(content.expose()),
            Err(why) => {
                Err(PlanError::refused(format!("{} cannot be read", printable(path))).unread(why))
            }
        }
    }

    /// The same as text.
    fn text(&self, path: &str) -> Result<&'a str, PlanError> {
        let damaged = || PlanError::refused(format!("{} is not UTF-8 text", printable(path)));
        std::str::from_utf8(self.content(path)?).map_err(|_| damaged())
    }

    /// Writes a file. Where others could lead the change elsewhere, nothing is written.
    fn write(
        &mut self,
        path: &str,
        content: Secret,
        mode: u32,
        summary: &str,
    ) -> Result<(), PlanError> {
        if let Some(why) = self
            .materials
            .files
            .get(path)
            .and_then(|material| material.exposed.clone())
        {
            return Err(
                PlanError::refused(format!("{} must not be written", printable(path))).because(why),
            );
        }
        self.changes.file(path, (content, mode), summary)
    }

    /// The permission bits of a file that is there, else `mode`.
    fn mode(&self, path: &str, mode: u32) -> u32 {
        let material = self.materials.files.get(path);
        material
            .and_then(|material| material.path_state.attributes())
            .map_or(mode, |attributes| attributes.mode)
    }

    /// The API server reads its token file once.
    fn restart_for(&mut self, path: &str) {
        self.restarts.push(restart::at_start(
            self.inventory,
            Component::KubeApiserver,
            path,
        ));
    }

    /// The cluster learns of a file when it is handed over.
    fn hand_over(&mut self, path: &str) {
        self.commands
            .push(self.materials.root.apply_in_script(path));
        self.hand_over.push(path.to_owned());
    }

    fn finish(mut self) -> Plan {
        let changes: Vec<_> = self.changes.finish().collect();
        if changes.is_empty() {
            self.restarts.clear();
        }
        let clock =
            notices::clock_is_behind(self.inventory, &self.materials.history, self.context.moment);
        let clock = clock.filter(|_| !changes.is_empty());
        let is_changed = |path: &str| changes.iter().any(|change| change.path == path);
        let is_file = |path_state: &PathState| matches!(path_state, PathState::File { .. });
        let read = self
            .materials
            .files
            .iter()
            .filter(|(path, read)| !is_changed(path) && is_file(&read.path_state));
        let mut commands: Vec<String> = self.materials.root.head().into_iter().collect();
        commands.append(&mut self.commands);
        let mut summary = PlanSummary {
            title: self.title,
            changes: changes.iter().map(super::Change::to_summary).collect(),
            restarts: self.restarts,
            warnings: self.warnings,
            kind: Some(PlanKind::Bootstrap),
            asks: if changes.is_empty() {
                Vec::new()
            } else {
                self.asks
            },
            commands: if changes.is_empty() {
                Vec::new()
            } else {
                commands
            },
            hand_over: if changes.is_empty() {
                Vec::new()
            } else {
                self.hand_over
            },
            ..PlanSummary::default()
        };
        if let Some(text) = clock {
            summary.warn_first(text);
        }
        let made_from = read
            .map(|(path, read)| (path.clone(), read.path_state.clone()))
            .collect();
        Plan {
            summary,
            changes,
            made_from,
            undoes: None,
            moment: self.context.moment,
        }
    }
}

fn changed(path: &str) -> PlanError {
    PlanError::refused(format!("{} has changed since it was read", printable(path)))
        .hint("look again")
}

/// The manifests or token files that hold what is named, each once.
fn paths_of(
    inventory: &Inventory,
    kind: TokenKind,
    is_it: impl Fn(&str, &str) -> bool,
) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for token in inventory
        .bootstrap
        .tokens
        .iter()
        .filter(|token| token.kind == kind && is_it(&token.id, &token.user))
    {
        if !paths.iter().any(|path| **path == *token.path) {
            paths.push(token.path.to_string());
        }
    }
    paths
}
