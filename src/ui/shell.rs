//! The shell commands that show the same without kubepki.

use super::document::Writer;
use super::theme::Role;
use super::world::World;
use crate::inventory::{Item, ItemIndex, KeyState, Source};
use crate::pki::text::quoted;

/// The openssl commands for a certificate.
pub(crate) fn certificate(page: &mut Writer<'_>, world: &World, index: ItemIndex, item: &Item) {
    page.heading("In a shell");
    let path = on_disk(world, &item.path);
    let text = match &item.source {
        Source::Kubeconfig { user } => {
            let data = format!(
                "kubectl config view --raw --kubeconfig={path} -o jsonpath={}",
                quoted(&format!("{{.users[?(@.name==\"{user}\")].user.client-certificate-data}}"))
            );
            format!("{data} | base64 -d | openssl x509 -noout -text")
        }
        _ if item.index > 0 => {
            format!("openssl crl2pkcs7 -nocrl -certfile {path} | openssl pkcs7 -print_certs -text -noout")
        }
        _ => format!("openssl x509 -in {path} -noout -text"),
    };
    command(page, &text);
    if matches!(item.source, Source::Kubeconfig { .. }) {
        return;
    }
    let chain = world.inventory().tree.chain(index);
    if let Some(root) = chain.get(1).and_then(|root| world.inventory().item(*root)) {
        command(page, &format!("openssl verify -partial_chain -CAfile {} {path}", on_disk(world, &root.path)));
    }
    if let Some(key) = item.key.path.as_deref().filter(|_| item.key.state == KeyState::Present) {
        command(page, &format!("openssl x509 -in {path} -noout -pubkey"));
        command(page, &format!("openssl pkey -in {} -pubout", on_disk(world, key)));
    }
}

/// One command: `y` on it copies it.
pub(crate) fn command(page: &mut Writer<'_>, text: &str) {
    page.text(vec![(text, Role::Text)]).copies(text);
}

/// A file of the master as a shell on this machine finds it: below the root, quoted.
pub(crate) fn on_disk(world: &World, path: &str) -> String {
    let root = world.inventory().root.trim_end_matches('/');
    let is_below = path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    // The files of a folder that was named bear its name already.
    if root.is_empty() || is_below { quoted(path).into_owned() } else { quoted(&format!("{root}{path}")).into_owned() }
}
