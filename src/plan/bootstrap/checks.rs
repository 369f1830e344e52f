//! What can be seen here of whether a token, line or binding will do what it is for.

use std::path::Path;

use super::Draft;
use crate::inventory::bootstrap::TokenKind;
use crate::kubernetes::bootstrap::{
    BOOTSTRAPPERS, BootstrapIdentity, FOLDER, Grant, NODE_TOKENS, SubjectKind, bindings,
};
use crate::kubernetes::component::Component;
use crate::kubernetes::layout::{PlacePart, layout};
use crate::pki::text::printable;
use crate::plan::PlanError;

/// Where a manifest must not lie, and where it would not be found again.
pub(super) fn manifest_path(draft: &mut Draft<'_>, path: &str) -> Result<(), PlanError> {
    let known = layout(&draft.inventory.layout);
    let is_static_pod = known.is_some_and(|layout| {
        layout
            .places_of(path)
            .any(|place| place.part == PlacePart::Manifest)
    });
    if is_static_pod || path.starts_with("/etc/kubernetes/manifests/") {
        return Err(
            PlanError::refused(format!("{} is no place for it", printable(path)))
                .because("the kubelet takes every file of that folder for a static pod"),
        );
    }
    let is_read = [".yaml", ".yml", ".json"]
        .iter()
        .any(|ending| path.ends_with(ending));
    let mut folders: Vec<&str> = known
        .into_iter()
        .flat_map(|layout| &layout.folders)
        .map(String::as_str)
        .collect();
    if folders.is_empty() {
        // Where no PKI is yet, what lies there is found all the same.
        folders.push(FOLDER);
    }
    if !is_read
        || !folders
            .iter()
            .any(|folder| Path::new(path).starts_with(folder))
    {
        draft.warn(format!(
            "kubepki will not find it there again: it reads .yaml, .yml and .json files below {}",
            folders.join(", ")
        ));
    }
    Ok(())
}

/// Whether the components are told to care for bootstrap tokens, where their flags are known.
pub(super) fn lets_tokens_in(draft: &mut Draft<'_>) {
    let flags = &draft.inventory.flags;
    let is_known = |component: Component| flags.iter().any(|fact| fact.component == component);
    let value = |component: Component, is_it: &dyn Fn(&str) -> bool| {
        flags
            .iter()
            .find(|fact| fact.component == component && is_it(&fact.flag))
            .map(|fact| fact.value.as_str())
    };
    let mut texts = Vec::new();
    let lets_in = value(Component::KubeApiserver, &|flag| {
        flag.ends_with("bootstrap-token-auth")
    });
    if is_known(Component::KubeApiserver) && lets_in != Some("true") {
        texts.push("kube-apiserver lets no bootstrap token in: it needs --enable-bootstrap-token-auth=true");
    }
    let controllers = value(Component::KubeControllerManager, &|flag| {
        flag == "controllers"
    })
    .unwrap_or("*");
    let runs = |name: &str| controllers.split(',').any(|one| one.trim() == name);
    if is_known(Component::KubeControllerManager)
        && !(runs("bootstrapsigner") && runs("tokencleaner"))
    {
        texts.push(
            "kube-controller-manager neither signs cluster-info for kubeadm join nor deletes what has ended: it needs \
             --controllers=*,bootstrapsigner,tokencleaner",
        );
    }
    draft.warnings.extend(texts.into_iter().map(str::to_owned));
}

/// Whether a token's groups may ask for certificates, as far as kubeadm's bindings and manifests
/// here say it.
pub(super) fn groups_are_bound(draft: &mut Draft<'_>, groups: &[String]) {
    let all: Vec<&str> = groups
        .iter()
        .map(String::as_str)
        .chain([BOOTSTRAPPERS])
        .collect();
    let role = Grant::Create.cluster_role();
    let found = draft
        .inventory
        .bootstrap
        .bindings
        .iter()
        .filter(|binding| binding.cluster_role == role);
    let mut subjects = found.flat_map(|binding| &binding.subjects);
    let is_found = subjects
        .any(|(kind, name)| kind == SubjectKind::Group.word() && all.contains(&name.as_str()));
    if !is_found && !all.contains(&NODE_TOKENS) {
        draft.warn(format!(
            "no binding here lets {} ask for certificates: kubeadm's binds {NODE_TOKENS}",
            printable(&all.join(", "))
        ));
    }
}

/// Whether the first requests of those who stand in a token file are approved by themselves.
pub(super) fn users_are_bound(draft: &mut Draft<'_>, identity: BootstrapIdentity) {
    let Some(user) = identity.token_user() else {
        return;
    };
    let approved = bindings(identity)
        .iter()
        .filter(|binding| binding.grant == Grant::NodeClient);
    let groups: Vec<&str> = approved
        .flat_map(|binding| binding.subjects)
        .map(|subject| subject.name)
        .collect();
    let inventory = draft.inventory;
    let lines = inventory
        .bootstrap
        .tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Line);
    for line in lines.filter(|line| line.user == user.user) {
        if !line
            .groups
            .iter()
            .any(|group| groups.contains(&group.as_str()))
        {
            draft.warn(format!(
                "{}:{}: {} has none of the groups {}: a person approves its requests",
                printable(&line.path),
                line.line,
                printable(&line.user),
                groups.join(", ")
            ));
        }
    }
}
