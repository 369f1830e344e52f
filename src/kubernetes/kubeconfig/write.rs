//! A new kubeconfig, its fields in the order in which client-go writes them
//! (clientcmd/api/v1/types.go): kubeadm's are so, byte for byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::kubernetes::yaml::{quoted, scalar};

/// A kubeconfig of one context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKubeconfig<'a> {
    /// The names of cluster, user and context.
    pub names: &'a [String; 3],
    /// The server's URL.
    pub server: &'a str,
    /// The CA certificates by which the server is verified, PEM; empty: none are named yet.
    pub authority: &'a [u8],
}

impl NewKubeconfig<'_> {
    /// With a client certificate and its key, both PEM; an empty certificate is one that is yet to
    /// come.
    pub fn with_certificate(&self, certificate: &[u8], key: &[u8]) -> Zeroizing<String> {
        let key = Zeroizing::new(STANDARD.encode(key));
        if certificate.is_empty() {
            return self.text(&[("client-key-data", &key)]);
        }
        self.text(&[
            ("client-certificate-data", &STANDARD.encode(certificate)),
            ("client-key-data", &key),
        ])
    }

    /// With a bearer token.
    pub fn with_token(&self, token: &str) -> Zeroizing<String> {
        // A token of digits looks like a number.
        let is_plain = token.starts_with(|first: char| first.is_ascii_alphabetic())
            && token
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        if is_plain {
            self.text(&[("token", token)])
        } else {
            self.text(&[("token", &Zeroizing::new(quoted(token)))])
        }
    }

    fn text(&self, fields: &[(&str, &str)]) -> Zeroizing<String> {
        let [cluster, user, context] = self.names.each_ref().map(|name| scalar(name));
        let authority = match self.authority {
            [] => String::new(),
            authority => format!(
                "    certificate-authority-data: {}\n",
                STANDARD.encode(authority)
            ),
        };
        let head = format!(
            "apiVersion: v1\nclusters:\n- cluster:\n{authority}    server: {}\n  name: {cluster}\ncontexts:\n- context:\n    \
             cluster: {cluster}\n    user: {user}\n  name: {context}\ncurrent-context: {context}\nkind: Config\nusers:\n\
             - name: {user}\n  user:\n",
            scalar(self.server)
        );
        // A text that grows leaves copies of the key behind.
        let length = |(name, value): &(&str, &str)| "    : \n".len() + name.len() + value.len();
        let mut text = Zeroizing::new(String::with_capacity(
            head.len() + fields.iter().map(length).sum::<usize>(),
        ));
        text.push_str(&head);
        for part in fields
            .iter()
            .flat_map(|(name, value)| ["    ", name, ": ", value, "\n"])
        {
            text.push_str(part);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::kubeconfig::parse;
    use crate::pki::key::{KeyAlgorithm, PrivateKey};

    #[test]
    fn what_is_written_is_read_back() {
        let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let authority = key.public_pem();
        for (cluster, user) in [
            ("kubernetes", "system:node:m1"),
            ("yes", "1"),
            ("a \"b\": #", "ж"),
        ] {
            let names = [
                cluster.to_owned(),
                user.to_owned(),
                format!("{user}@{cluster}"),
            ];
            let server = "https://[fd00::1]:6443";
            let new = NewKubeconfig {
                names: &names,
                server,
                authority: authority.as_bytes(),
            };
            let text = new.with_certificate(b"", key.to_pem().as_bytes());
            let read = parse(&text).unwrap();
            assert_eq!(read.faults, []);
            let context = read.current_context().unwrap();
            assert_eq!(
                [&context.cluster, &context.user, &context.name],
                names.each_ref()
            );
            assert_eq!(
                read.cluster(cluster).unwrap().server,
                "https://[fd00::1]:6443"
            );
            let user = read.user(user).unwrap();
            assert_eq!(user.key, Some(Ok(key.public().clone())));
            assert_eq!(user.certificate, None);
        }
    }
}
