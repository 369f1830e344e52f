//! Lines of the token file, which the API server reads at its start.

use super::{Draft, SECRET_MODE, paths_of};
use crate::inventory::Inventory;
use crate::inventory::bootstrap::{TokenKind, is_read_by_habit, token_file_path};
use crate::kubernetes::bootstrap::{
    Damaged, LineFault, add_line, check_field, next_uid, remove_user, token_file, token_file_line,
    token_file_token,
};
use crate::pki::Secret;
use crate::pki::text::{file_name, printable};
use crate::plan::PlanError;
use crate::record::PathState;

/// The group whose members may do everything.
const MASTERS: &str = "system:masters";

/// Faults of the file that are told at most.
const MOST_FAULTS: usize = 8;

pub(super) fn add(
    draft: &mut Draft<'_>,
    user: &str,
    uid: &str,
    groups: &[String],
) -> Result<(), PlanError> {
    let path = token_file_path(draft.inventory);
    check_field(user, false).map_err(|why| wrong("user", user, why))?;
    for group in groups {
        check_field(group, true).map_err(|why| wrong("group", group, why))?;
    }
    let is_new = draft.material(&path)?.path_state == PathState::Absent;
    let old = if is_new { "" } else { draft.text(&path)? };
    let before = token_file(old);
    let uid = if uid.is_empty() {
        next_uid(&before)
    } else {
        uid.to_owned()
    };
    check_field(&uid, false).map_err(|why| wrong("uid", &uid, why))?;
    let line = token_file_line(&token_file_token()?, user, &uid, groups);
    let content =
        add_line(old.as_bytes(), &line).map_err(|error| damaged(draft.inventory, &path, error))?;
    draft.title = format!("New token of {} in {}", printable(user), file_name(&path));
    let mode = draft.mode(&path, SECRET_MODE);
    draft.write(
        &path,
        Secret::from(content),
        mode,
        &format!("a line for {}", printable(user)),
    )?;
    if mode & 0o077 != 0 {
        draft.warn(format!(
            "{path} holds tokens and has mode {mode:04o}: others can read it"
        ));
    }
    if before.lines.iter().any(|line| line.user == user) {
        draft.warn(format!(
            "{} has a line already: the old token lets in too, until it is taken out",
            printable(user)
        ));
    }
    if before
        .lines
        .iter()
        .any(|line| line.uid == uid && line.user != user)
    {
        draft.warn(format!("another user has the uid {} too", printable(&uid)));
    }
    if groups.iter().any(|group| group == MASTERS) {
        draft.warn(format!(
            "whoever has the token may do everything: RBAC does not stop the group {MASTERS}"
        ));
    }
    draft.ask("a token in a file never ends: it lets in until its line is taken out");
    warn_of_faults(draft, &path, &before.faults);
    told(draft, &path);
    Ok(())
}

fn wrong(what: &str, text: &str, why: &str) -> PlanError {
    PlanError::refused(format!("the {what} \"{}\" {why}", printable(text)))
}

/// What the API server stumbles over in the file as it is.
fn warn_of_faults(draft: &mut Draft<'_>, path: &str, faults: &[(u32, LineFault)]) {
    for (at, fault) in faults.iter().take(MOST_FAULTS) {
        draft.warn(format!("{path}:{at}: {fault}"));
    }
    if let Some(more) = faults
        .len()
        .checked_sub(MOST_FAULTS)
        .filter(|more| *more > 0)
    {
        draft.warn(format!("{path}: {more} more lines are at fault"));
    }
}

/// The token files that have lines of the user.
pub(super) fn files_of(inventory: &Inventory, user: &str) -> Result<Vec<String>, PlanError> {
    let paths = paths_of(inventory, TokenKind::Line, |_, found| found == user);
    if paths.is_empty() {
        return Err(PlanError::refused(format!(
            "no token file here has a line of \"{}\"",
            printable(user)
        )));
    }
    Ok(paths)
}

pub(super) fn remove(draft: &mut Draft<'_>, user: &str) -> Result<(), PlanError> {
    for path in files_of(draft.inventory, user)? {
        let content = remove_user(draft.content(&path)?, user)
            .map_err(|error| damaged(draft.inventory, &path, error))?;
        let summary = format!("without the lines of {}", printable(user));
        draft.write(
            &path,
            Secret::from(content),
            draft.mode(&path, SECRET_MODE),
            &summary,
        )?;
        draft.title = format!("Take {} out of {}", printable(user), file_name(&path));
        told(draft, &path);
    }
    draft.warn(
        "the API server that runs knows the old lines, and lets in whoever has their tokens, until it is restarted",
    );
    draft.ask(format!(
        "who joins as {} cannot join any more",
        printable(user)
    ));
    let held = draft
        .inventory
        .bootstrap
        .tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Line && token.user == user);
    let held: Vec<String> = held
        .flat_map(|token| &token.kubeconfigs)
        .map(|path| printable(path).into_owned())
        .collect();
    if !held.is_empty() {
        draft.warn(format!(
            "{} holds a token of it, and lets nobody in any more",
            held.join(", ")
        ));
    }
    Ok(())
}

/// Who must read the file anew; or that nobody reads it.
fn told(draft: &mut Draft<'_>, path: &str) {
    let files = &draft.inventory.bootstrap.token_files;
    if files
        .iter()
        .any(|file| *file.path == *path && file.named_in.is_some())
    {
        draft.restart_for(path);
    } else if is_read_by_habit(draft.inventory, path) {
        draft.restart_for(path);
        draft.warn(format!(
            "no flag of kube-apiserver was found here: as the layout {} has it, it reads {path} (--token-auth-file)",
            draft.inventory.layout
        ));
    } else {
        let others = files
            .iter()
            .filter(|file| file.named_in.is_some())
            .map(|file| printable(&file.path).into_owned());
        let others: Vec<String> = others.collect();
        draft.warn(if others.is_empty() {
            format!("no flag of kube-apiserver that was found names {path}: it reads it with --token-auth-file={path}")
        } else {
            format!("kube-apiserver reads {}, not {path}", others.join(", "))
        });
    }
}

fn damaged(inventory: &Inventory, path: &str, error: Damaged) -> PlanError {
    PlanError::refused(format!("{} cannot be changed", printable(path)))
        .because(error.to_string())
        .hint(format!(
            "mend it by hand: {} names the lines",
            inventory.mounted.kubepki("bootstrap token-file --list")
        ))
}
