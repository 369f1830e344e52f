//! The shell commands that show the same without kubepki, for whoever types them on the machine that read the files.

use crate::inventory::{Inventory, Item, ItemIndex, KeyState, Source};
use crate::pki::text::quoted;

/// The command with which openssl shows the certificate of `item`.
pub fn decoded(inventory: &Inventory, item: &Item) -> String {
    let path = inventory.mounted.typed(&item.path);
    match &item.source {
        Source::Kubeconfig { user } => format!(
            "kubectl config view --kubeconfig={path} --raw -o jsonpath={} | base64 -d | openssl x509 -noout -text",
            quoted(&format!("{{.users[?(@.name=={})].user.client-certificate-data}}", literal(user)))
        ),
        _ if item.index > 0 => {
            format!("openssl crl2pkcs7 -nocrl -certfile {path} | openssl pkcs7 -print_certs -text -noout")
        }
        _ => format!("openssl x509 -in {path} -noout -text"),
    }
}

/// A text as kubectl's JSONPath takes it (client-go, util/jsonpath, parser.go: UnquoteExtend).
fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

/// The commands that hold a certificate to the one that signed it, and to its key.
pub fn compared(inventory: &Inventory, index: ItemIndex, item: &Item) -> Vec<String> {
    if matches!(item.source, Source::Kubeconfig { .. }) {
        return Vec::new();
    }
    let typed = |path: &str| inventory.mounted.typed(path);
    let path = typed(&item.path);
    let mut lines = Vec::new();
    if let Some(signer) = inventory.tree.chain(index).get(1).and_then(|signer| inventory.item(*signer)) {
        lines.push(format!("openssl verify -partial_chain -CAfile {} {path}", typed(&signer.path)));
    }
    if let Some(key) = item.key.path.as_deref().filter(|_| item.key.state == KeyState::Present) {
        lines.push(format!("openssl x509 -in {path} -noout -pubkey"));
        lines.push(format!("openssl pkey -in {} -pubout", typed(key)));
    }
    lines
}
