//! The shell commands that show the same without kubepki, for whoever types them on the machine
//! that read the files: they name each file as it is found there, below the root that was read.

use crate::inventory::bootstrap::{TokenItem, TokenKind};
use crate::inventory::mounted::Mounted;
use crate::inventory::{Inventory, Item, ItemIndex, KeyState, RequestItem, Source};
use crate::pki::text::quoted;
use crate::record::PlanSummary;

/// The commands that show a certificate, and hold it to the one that signed it and to its key.
pub fn certificate(inventory: &Inventory, index: ItemIndex, item: &Item) -> Vec<String> {
    let mut lines = vec![decoded(inventory, item)];
    lines.extend(compared(inventory, index, item));
    lines
}

/// The command with which openssl shows the certificate of `item`.
fn decoded(inventory: &Inventory, item: &Item) -> String {
    let path = inventory.mounted.typed(&item.path);
    match &item.source {
        Source::Kubeconfig { user } => format!(
            "kubectl config view --kubeconfig={path} --raw -o jsonpath={} | base64 -d | openssl x509 -noout -text",
            quoted(&format!(
                "{{.users[?(@.name=={})].user.client-certificate-data}}",
                literal(user)
            ))
        ),
        _ if item.index > 0 => {
            format!(
                "openssl crl2pkcs7 -nocrl -certfile {path} | openssl pkcs7 -print_certs -text -noout"
            )
        }
        _ => format!("openssl x509 -in {path} -noout -text"),
    }
}

/// A text as kubectl's JSONPath takes it (client-go, util/jsonpath, parser.go: UnquoteExtend).
fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

/// The commands that hold a certificate to the one that signed it, and to its key. openssl reads
/// the first certificate of a file only, so there are none for those behind it; and where the
/// signer lies in the same file, it would be held to itself.
fn compared(inventory: &Inventory, index: ItemIndex, item: &Item) -> Vec<String> {
    if matches!(item.source, Source::Kubeconfig { .. }) || item.index > 0 {
        return Vec::new();
    }
    let typed = |path: &str| inventory.mounted.typed(path);
    let path = typed(&item.path);
    let mut lines = Vec::new();
    let signer = inventory
        .tree
        .chain(index)
        .get(1)
        .and_then(|signer| inventory.item(*signer));
    if let Some(signer) = signer.filter(|signer| signer.path != item.path) {
        lines.push(format!(
            "openssl verify -partial_chain -CAfile {} {path}",
            typed(&signer.path)
        ));
    }
    if let Some(key) = item
        .key
        .path
        .as_deref()
        .filter(|_| item.key.state == KeyState::Present)
    {
        lines.push(format!("openssl x509 -in {path} -noout -pubkey"));
        lines.push(format!("openssl pkey -in {} -pubout", typed(key)));
    }
    lines
}

/// The commands that show a request, and what became of it in the cluster.
pub fn request(mounted: &Mounted, item: &RequestItem) -> Vec<String> {
    if item.object.is_none() {
        return vec![format!(
            "openssl req -in {} -noout -text -verify",
            mounted.typed(&item.path)
        )];
    }
    let file = mounted.kubectl_file(&item.path);
    let pod = item.object.as_ref().and_then(|object| object.pod.as_ref());
    let (field, form) = match pod {
        Some(_) => ("stubPKCS10Request", " -inform DER"),
        None => ("request", ""),
    };
    let name = quoted(&item.name);
    let described = match pod {
        Some(pod) => format!("podcertificaterequest {name} -n {}", quoted(&pod.namespace)),
        None => format!("csr {name}"),
    };
    // `--local` reads the file alone; what creates, even as a dry run, wants an API server.
    let decoded = format!(
        "kubectl patch --local {file} -p '{{}}' -o jsonpath='{{.spec.{field}}}' | base64 -d"
    );
    vec![
        format!("{decoded} | openssl req{form} -noout -text -verify"),
        format!("kubectl describe {described}"),
    ]
}

/// The commands that show a kubeconfig, and whom the API server takes its user for.
pub fn kubeconfig(mounted: &Mounted, path: &str) -> Vec<String> {
    let file = mounted.typed(path);
    ["config get-contexts", "auth whoami"]
        .map(|what| format!("kubectl --kubeconfig={file} {what}"))
        .into()
}

/// The commands that give the cluster what a plan wrote: a manifest on a disk lets nobody in.
pub fn handed_over(mounted: &Mounted, plan: &PlanSummary) -> Vec<String> {
    plan.handed_over()
        .iter()
        .map(|path| mounted.apply(path))
        .collect()
}

/// The commands that give a token to the cluster, and show what the cluster knows of it. None
/// prints the token.
pub fn token(mounted: &Mounted, token: &TokenItem) -> Vec<String> {
    let file = mounted.typed(&token.path);
    if token.kind == TokenKind::Line {
        return vec![format!("cut -d, -f2- {file}")];
    }
    let mut lines = vec![mounted.apply(&token.path), "kubeadm token list".to_owned()];
    if !token.id.is_empty() {
        let name = format!("bootstrap-token-{}", token.id);
        lines.push(format!(
            "kubectl -n kube-system get secret {}",
            quoted(&name)
        ));
    }
    lines
}

/// The command that shows a line of a file.
pub fn line_of(mounted: &Mounted, file: &str, line: u32) -> String {
    format!("less +{line} {}", mounted.typed(file))
}

/// The command that shows what a server presents.
pub fn served(address: &str) -> String {
    format!("openssl s_client -connect {address} -showcerts </dev/null")
}
