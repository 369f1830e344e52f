//! How what was decided gets into the cluster.

use super::{DecideTask, DecidedOne};
use crate::inventory::{Item, Source};
use crate::kubernetes::controller_signer::ControllerSigner;
use crate::kubernetes::flags::FlagForm;
use crate::kubernetes::kubectl;
use crate::kubernetes::role::RoleId;
use crate::pki::text::quoted;
use crate::plan::Materials;
use crate::plan::request::AskedDecision;
use crate::record::Place;
use crate::verdict::authority::{ControllerSigning, controller_signing, file_of_flags};

/// What is still to be done after it, a sentence each; commands stand in them as one types them.
pub(super) fn next(
    task: DecideTask<'_>,
    materials: &Materials,
    one: &DecidedOne<'_>,
) -> Vec<String> {
    let name = quoted(&one.asked.item.name).into_owned();
    let is_object = one.asked.item.object.is_some();
    match (&task.request.decision, is_object) {
        (AskedDecision::Approve(_), true) => approved(task, materials, one, &name),
        (AskedDecision::Approve(_), false) => {
            let path = one
                .outline
                .certificate
                .as_ref()
                .map(|(_, path)| path.as_str());
            vec![format!(
                "{} goes to whoever asked, who has the key",
                path.unwrap_or_default()
            )]
        }
        (AskedDecision::Deny { .. }, true) => vec![format!(
            "the cluster does not know it yet: kubectl certificate deny {name}"
        )],
        (AskedDecision::Delete, true) => {
            let pod = one
                .asked
                .item
                .object
                .as_ref()
                .and_then(|object| object.pod.as_ref());
            let what = pod.map_or_else(
                || format!("csr {name}"),
                |pod| format!("podcertificaterequest {name} -n {}", quoted(&pod.namespace)),
            );
            vec![format!(
                "in the cluster it is still there, if it ever was: kubectl delete {what}"
            )]
        }
        (AskedDecision::Deny { .. } | AskedDecision::Delete, false) => Vec::new(),
    }
}

fn approved(
    task: DecideTask<'_>,
    materials: &Materials,
    one: &DecidedOne<'_>,
    name: &str,
) -> Vec<String> {
    let approve = format!("kubectl certificate approve {name}");
    let Some(signer) = one.outline.controller else {
        return vec![format!(
            "nothing in Kubernetes signs for {}: {approve}, then {}",
            one.outline.signer_name.as_deref().unwrap_or_default(),
            replace_status(materials, one)
        )];
    };
    let mut next = vec![match controller_signing(task.inventory, signer) {
        ControllerSigning::With { certificate, .. }
            if let Some(count) = bundle(task, &certificate.value) =>
        {
            format!(
                "kube-controller-manager signs nothing while {} holds {count} certificates; without it: {approve}, then {}",
                certificate.value,
                replace_status(materials, one)
            )
        }
        ControllerSigning::With { .. } => format!(
            "where kube-controller-manager runs it signs this itself: {approve}, and nothing signed here is needed"
        ),
        ControllerSigning::Without { flags } => format!(
            "{} without it: {approve}, then {}",
            wants(task, &flags),
            replace_status(materials, one)
        ),
        ControllerSigning::NotSeen => format!(
            "not known whether kube-controller-manager signs this itself (its flags were not read): {approve}; if no certificate \
             comes, {}",
            replace_status(materials, one)
        ),
    }];
    next.extend(without_server(one, signer));
    next
}

/// What the controller manager would need to sign by itself, as it is written in its file.
fn wants(task: DecideTask<'_>, flags: &[String]) -> String {
    let inventory = task.inventory;
    let is_ca = |item: &&Item| item.roles.iter().any(|role| role.id == RoleId::Ca);
    let mut authorities = inventory
        .items
        .iter()
        .filter(|item| item.in_use && item.is_authority());
    let authority = authorities.find(is_ca);
    let file = file_of_flags(inventory);
    let form = file.as_deref().map_or(FlagForm::Unit, FlagForm::of);
    let line = |flag: &String| {
        let path = match authority {
            Some(item) if flag.ends_with("-cert-file") => Some(&*item.path),
            Some(item) => item.key.path.as_deref(),
            None => None,
        };
        form.written(flag, path.unwrap_or("FILE"))
    };
    let lines: Vec<String> = flags.iter().map(line).collect();
    let place = file.map(|file| format!(" in {file}, {},", form.place()));
    format!(
        "kube-controller-manager would sign this itself with{} {} (the certificate's file must hold one certificate alone);",
        place.unwrap_or_default(),
        lines.join(" and ")
    )
}

/// How many certificates lie in the file by which the controller manager signs, where they are more
/// than one: it signs nothing then (pkg/controller/certificates/signer/ca_provider.go).
fn bundle(task: DecideTask<'_>, path: &str) -> Option<usize> {
    let items = task.inventory.items.iter();
    let in_file = items.filter(|item| *item.path == *path && item.source == Source::File);
    Some(in_file.count()).filter(|count| *count > 1)
}

fn replace_status(materials: &Materials, one: &DecidedOne<'_>) -> String {
    let Some((place, path)) = &one.outline.object else {
        return String::new();
    };
    let word = match place {
        Place::Master => materials.root.word(path),
        Place::Local => quoted(path).into_owned(),
    };
    format!(
        "kubectl replace --subresource=status {}",
        kubectl::file(path, &word)
    )
}

/// Where a node's own certificate goes while no API server answers.
fn without_server(one: &DecidedOne<'_>, signer: ControllerSigner) -> Option<String> {
    let (_, certificate) = one.outline.certificate.as_ref()?;
    match signer {
        ControllerSigner::KubeletClient => Some(format!(
            "while no API server answers: on that node {certificate} and the key that waits in \
             /var/lib/kubelet/pki/kubelet-client.key.tmp go, in this order, into one file of mode 0600, to which \
             /var/lib/kubelet/pki/kubelet-client-current.pem is linked; then systemctl restart kubelet. A kubelet that renews \
             keeps its new key in memory alone: then only the API server can hand it over"
        )),
        ControllerSigner::KubeletServing => Some(
            "a kubelet keeps the key of its serving certificate in memory until it is issued: only the API server can hand it over"
                .to_owned(),
        ),
        ControllerSigner::ApiserverClient | ControllerSigner::LegacyUnknown => None,
    }
}
