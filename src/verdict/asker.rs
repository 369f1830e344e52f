//! Who asked, who could approve, and what would approve by itself. User and groups of an object in a
//! file are claims of whoever wrote the file: they speak against a request, never for it.

use super::Case;
use super::answers::AnswerSheet;
use super::rule::Rule;
use crate::inventory::KeyState;
use crate::inventory::writer::worst;
use crate::kubernetes::bootstrap::Grant;
use crate::kubernetes::controller_signer::ControllerSigner;
use crate::kubernetes::privileged::{CLUSTER_ADMINS, MASTERS, NODE_USER};
use crate::kubernetes::signing_request::SigningRequestKind;
use crate::pki::text::printable;

/// What is told of the asker.
pub(super) fn answer(case: Case<'_>, answers: &mut AnswerSheet) {
    requester(case, answers);
    self_approval(case, answers);
    auto_approval(case, answers);
}

fn requester(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::Requester;
    let asked = case.asked.subject.common_name().unwrap_or_default();
    let claimed = case.object.map_or("", |object| object.username.as_str());
    if claimed.is_empty() {
        if let (Some(path), Some(writers)) = (own_key(case), case.item.writers.as_deref()) {
            let accounts = &case.evidence.inventory.accounts;
            let who = worst(writers, accounts).map_or_else(String::new, |one| one.who.to_string());
            return answers.amber(
                rule,
                format!(
                    "its key lies here, in {}, where {who} can write too",
                    printable(path)
                ),
            );
        }
        if let Some(path) = own_key(case) {
            return answers.green(
                rule,
                format!(
                    "its key lies here, in {}: it was asked on this machine",
                    printable(path)
                ),
            );
        }
        return answers.not_known(
            rule,
            "who asked; a file does not say it, the API server's own object does (kubectl get csr -o yaml)",
        );
    }
    let is_node = |user: &str| user.starts_with(NODE_USER);
    let is_of_kubelet = matches!(
        case.controller,
        Some(ControllerSigner::KubeletClient | ControllerSigner::KubeletServing)
    );
    let (claimed_shown, asked_shown) = (printable(claimed), printable(asked));
    if is_of_kubelet && is_node(claimed) && claimed != asked {
        // pkg NodeRestriction, admission.go.
        answers.red(
            rule,
            format!("{claimed_shown} is said to have asked for {asked_shown}: a node may ask for itself alone"),
        );
    } else if case.controller == Some(ControllerSigner::KubeletServing) && claimed != asked {
        answers.red(
            rule,
            format!("{claimed_shown} is said to have asked for the serving certificate of {asked_shown}: a node asks for its own"),
        );
    } else if is_node(asked) && !is_of_kubelet && !is_node(claimed) {
        answers.red(
            rule,
            format!("{claimed_shown} is said to ask to become {asked_shown}"),
        );
    } else {
        answers.not_known(
            rule,
            &format!(
                "whether {claimed_shown} asked: the file says so, only the API server knows (kubectl get csr -o yaml)"
            ),
        );
    }
}

/// The file on this master with the request's key.
fn own_key(case: Case<'_>) -> Option<&str> {
    let path = case.item.key_path.as_deref()?;
    let mut keys = case.evidence.inventory.keys.iter();
    let is_there = keys.any(|key| &*key.path == path && key.state == KeyState::Present);
    is_there.then_some(path)
}

fn self_approval(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::SelfApproval;
    let Some(object) = case.object.filter(|object| !object.username.is_empty()) else {
        return;
    };
    let is_admin = |group: &&String| *group == MASTERS || *group == CLUSTER_ADMINS;
    let who = printable(&object.username).into_owned();
    if let Some(group) = object.groups.iter().find(is_admin) {
        answers.amber(
            rule,
            format!("{who} is said to be of {group}: it could approve what it asks for"),
        );
    } else if case.kind == SigningRequestKind::User {
        answers.not_known(
            rule,
            &format!("whether {who} could approve its own request (kubectl auth can-i approve signers --as={who})"),
        );
    }
}

fn auto_approval(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::AutoApproval;
    // sarapprove.go knows these two alone.
    let grant = match case.kind {
        SigningRequestKind::NodeClient => Grant::NodeClient,
        SigningRequestKind::SelfNodeClient => Grant::SelfNodeClient,
        SigningRequestKind::SelfNodeServer
        | SigningRequestKind::User
        | SigningRequestKind::Service
        | SigningRequestKind::Other => return,
    };
    if case.controller != Some(ControllerSigner::KubeletClient) {
        return;
    }
    let object = case.object;
    let is_bound = |(kind, name): &(String, String)| {
        let is_group = object.is_some_and(|object| object.groups.contains(name));
        let is_user = object.is_some_and(|object| object.username == *name);
        (kind == "Group" && is_group) || (kind == "User" && is_user)
    };
    let bindings = case.evidence.inventory.bootstrap.bindings.iter();
    let mut of_grant = bindings.filter(|one| one.cluster_role == grant.cluster_role());
    match of_grant.find(|binding| binding.subjects.iter().any(is_bound)) {
        Some(binding) => answers.amber(
            rule,
            format!(
                "the binding {} ({}) has it approved without anybody, if it is in the cluster",
                printable(&binding.name),
                printable(&binding.path)
            ),
        ),
        None => answers.not_known(
            rule,
            &format!(
                "whether a binding to {} has it approved without anybody (kubectl get clusterrolebindings)",
                grant.cluster_role()
            ),
        ),
    }
}
