//! A kubeconfig as text.

use std::fmt::Write as _;

use super::{given, reader};
use crate::cli::certificate::readers;
use crate::cli::show::sheet::Sheet;
use crate::cli::table::Style;
use crate::inventory::judged::{is_astray, is_closed};
use crate::inventory::right::holder;
use crate::inventory::{Inventory, KubeconfigItem, User};
use crate::words::kubeconfig as words;

/// A kubeconfig.
pub(crate) fn kubeconfig(
    inventory: &Inventory,
    item: &KubeconfigItem,
    commands: Vec<String>,
    style: Style,
) -> String {
    let mut sheet = Sheet::new();
    sheet.line("Kubeconfig", &item.path);
    sheet.line(
        "Role",
        item.roles
            .iter()
            .map(|role| role.name)
            .collect::<Vec<_>>()
            .join(", "),
    );
    let fault = item
        .fault
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    sheet.line(if is_closed(item) { "Why" } else { "Fault" }, fault);
    sheet.line("Fault", if is_astray(item) { words::ASTRAY } else { "" });
    sheet.line("Current context", &item.current);
    let contexts = item.contexts.iter().map(|context| {
        let (reaches, _) = words::reaches(context.reaches);
        format!(
            "{}: {}; reaches: {reaches}",
            context.name,
            words::context(context)
        )
    });
    let none = || (!is_closed(item)).then(|| words::NO_CONTEXT.to_owned());
    let contexts: Vec<String> = contexts.collect();
    sheet.several(
        "Contexts",
        if contexts.is_empty() {
            none().into_iter().collect()
        } else {
            contexts
        },
    );
    sheet.several(
        "Users",
        item.users
            .iter()
            .map(|user| kubeconfig_user(inventory, user)),
    );
    sheet.several(
        "Clusters",
        item.clusters.iter().map(|cluster| {
            let server = if cluster.server.is_empty() {
                "no server"
            } else {
                &cluster.server
            };
            format!(
                "{}: {server}; its CA: {}",
                cluster.name, cluster.authority_text
            )
        }),
    );
    sheet.several("Read by", readers(&item.read_by).iter().map(reader));
    sheet.several("Without kubepki", commands);
    sheet.render(style)
}

fn kubeconfig_user(inventory: &Inventory, user: &User) -> String {
    let (identity, _) = words::identity(user);
    let mut text = format!(
        "{}: shows: {}; is for the API: {identity}",
        user.name,
        words::kind(user.kind)
    );
    for group in &user.groups {
        let _ = write!(text, "; group: {group}");
    }
    if let Some((index, item)) = user
        .certificate
        .and_then(|index| Some((index, inventory.item(index)?)))
    {
        let _ = write!(text, "; certificate: {}", item.id);
        if let Some(right) = holder(inventory, index, item).and_then(|holder| holder.right) {
            let _ = write!(text, "; right: {}", given(Some(right)));
        }
    }
    if let Some(note) = &user.note {
        let _ = write!(text, "; note: {note}");
    }
    text
}
