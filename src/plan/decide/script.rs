//! What one would type without kubepki.

use super::{DecideTask, DecidedOne};
use crate::inventory::Item;
use crate::pki::text::quoted;
use crate::plan::request::{AskedDecision, RequestSource};
use crate::plan::{Materials, SHELL_IS_STRICT, openssl};
use crate::record::Place;

/// The script, line by line.
pub(super) fn lines(
    task: DecideTask<'_>,
    materials: &Materials,
    all: &[DecidedOne<'_>],
) -> Vec<String> {
    let mut lines = vec!["# What one would type without kubepki.".to_owned()];
    lines.extend(materials.root.head());
    lines.push(SHELL_IS_STRICT.to_owned());
    for one in all {
        lines.extend(of_one(task, materials, one));
    }
    lines
}

fn of_one(task: DecideTask<'_>, materials: &Materials, one: &DecidedOne<'_>) -> Vec<String> {
    let name = quoted(&one.asked.item.name).into_owned();
    let word = |(place, path): &(Place, String)| match place {
        Place::Master => materials.root.word(path),
        Place::Local => quoted(path).into_owned(),
    };
    let own = one.outline.own.as_ref().map(word);
    match &task.request.decision {
        AskedDecision::Deny { .. } => vec![format!("kubectl certificate deny {name}")],
        AskedDecision::Delete => own.map(|own| format!("rm {own}")).into_iter().collect(),
        AskedDecision::Approve(_) => {
            let (Some(signed), Some(certificate), Some(key_path)) =
                (&one.signed, &one.outline.certificate, &one.outline.key_path)
            else {
                return Vec::new();
            };
            let authority = one.outline.authority.and_then(|at| task.inventory.item(at));
            let extensions: Vec<String> = openssl::extensions(&signed.certificate)
                .iter()
                .map(|extension| quoted(extension).into_owned())
                .collect();
            let days = openssl::days(task.context.moment, signed.certificate.not_after());
            let request = match (&one.asked.source, &one.asked.item.object, own) {
                (RequestSource::Given(_), ..) | (_, _, None) => "request.csr".to_owned(),
                (_, Some(_), Some(own)) => format!(
                    "<(kubectl get --local -o jsonpath='{{.spec.request}}' -f {own} | base64 -d)"
                ),
                (_, None, Some(own)) => own,
            };
            vec![format!(
                "openssl x509 -req -in {request} -CA {} -CAkey {} -set_serial 0x$(openssl rand -hex 8) -days {days} \
                     -extfile <(printf '%s\\n' {}) -out {}",
                materials
                    .root
                    .word(authority.map_or("", |item: &Item| &item.path)),
                materials.root.word(key_path),
                extensions.join(" "),
                word(certificate)
            )]
        }
    }
}
