//! What one would type without kubepki: openssl, as a shell script.

use super::MadeIssue;
use super::draft::IssueDraft;
use super::outline::{Destination, FileKind};
use super::signer::Signer;
use crate::pki::text::quoted;
use crate::plan::{SHELL_IS_STRICT, openssl};

/// The script, line by line.
pub(super) fn lines(draft: &IssueDraft<'_>) -> Vec<String> {
    let root = &draft.materials.root;
    let path = |kind| {
        let path = draft.outline.path(kind).unwrap_or_default();
        match draft.outline.destination {
            Destination::Prefix(_) => quoted(&path).into_owned(),
            Destination::Places { .. } => root.word(&path),
        }
    };
    let mut lines = vec!["# What one would type without kubepki.".to_owned()];
    lines.extend(root.head());
    lines.push(SHELL_IS_STRICT.to_owned());
    lines.push("umask 077".to_owned());
    if let Destination::Prefix(prefix) = &draft.outline.destination
        && let Some((folder, _)) = prefix.rsplit_once('/')
    {
        lines.push(format!(
            "mkdir -p {}",
            quoted(if folder.is_empty() { "/" } else { folder })
        ));
    }
    if !draft.is_kept {
        let make = openssl::new_key(&draft.key.public().algorithm);
        lines.push(format!("{make} -out {}", path(FileKind::Key)));
    }
    lines.extend(signed(draft, &path));
    lines
}

fn signed(draft: &IssueDraft<'_>, path: &impl Fn(FileKind) -> String) -> Vec<String> {
    let subject = openssl::subject(draft.identity.subject());
    let key = path(FileKind::Key);
    match draft.made {
        MadeIssue::Request(request) => {
            let added: Vec<String> = openssl::request_extensions(request)
                .iter()
                .map(|extension| format!("-addext {}", quoted(extension)))
                .collect();
            vec![format!(
                "openssl req -new -key {key} -subj {subject} {} -out {}",
                added.join(" "),
                path(FileKind::Request)
            )]
        }
        MadeIssue::Certificate(certificate) => {
            let Signer::Here { item, key_path } = &draft.outline.signer else {
                return Vec::new();
            };
            let root = &draft.materials.root;
            let authority = draft
                .task
                .inventory
                .item(*item)
                .map_or("", |item| &item.path);
            let extensions: Vec<String> = openssl::extensions(certificate)
                .iter()
                .map(|extension| quoted(extension).into_owned())
                .collect();
            let days = openssl::days(draft.task.context.moment, certificate.not_after());
            let (authority, signing_key) = (root.word(authority), root.word(key_path));
            let made = path(FileKind::Certificate);
            vec![
                "work=$(mktemp -d)".to_owned(),
                format!(
                    "printf '%s\\n' {} > \"$work\"/extensions",
                    extensions.join(" ")
                ),
                format!("openssl req -new -key {key} -subj {subject} -out \"$work\"/request"),
                format!(
                    "openssl x509 -req -in \"$work\"/request -CA {authority} -CAkey {signing_key} -set_serial 0x$(openssl rand -hex 8) -days {days} \
                     -extfile \"$work\"/extensions -out {made}"
                ),
                "rm -r \"$work\"".to_owned(),
            ]
        }
    }
}
