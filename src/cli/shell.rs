//! The shell commands that show the same without kubepki.

use crate::inventory::{Item, Source};
use crate::pki::text::quoted;

/// The command with which openssl shows the certificate of `item`.
pub(super) fn openssl_command(item: &Item) -> String {
    let path = quoted(&item.path);
    match &item.source {
        Source::Kubeconfig { user } => format!(
            "kubectl config view --kubeconfig {path} --raw -o jsonpath={} | base64 -d | openssl x509 -noout -text",
            quoted(&format!("{{.users[?(@.name==\"{user}\")].user.client-certificate-data}}"))
        ),
        _ if item.index > 0 => {
            format!("openssl crl2pkcs7 -nocrl -certfile {path} | openssl pkcs7 -print_certs -text -noout")
        }
        _ => format!("openssl x509 -in {path} -noout -text"),
    }
}
