//! The shell commands that show the same without kubepki.

use std::borrow::Cow;

use crate::inventory::{Item, Source};
use crate::pki::text::printable;

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

/// `text` as one word for a POSIX shell; hidden characters are spelled out.
pub(super) fn quoted(text: &str) -> Cow<'_, str> {
    let text = printable(text);
    let harmless = |character: char| character.is_ascii_alphanumeric() || "/._-+:@%,=".contains(character);
    if !text.is_empty() && text.chars().all(harmless) {
        return text;
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_shell() {
        for (text, expected) in [
            ("/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.crt"),
            ("/etc/my certs/a.crt", "'/etc/my certs/a.crt'"),
            ("a'b$(id)", r"'a'\''b$(id)'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
