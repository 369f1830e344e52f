//! What an Ingress and its Secret say of a server's certificate (Kubernetes networking/v1 types.go,
//! IngressTLS; core/v1, Secret of the type `kubernetes.io/tls`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::yaml::quoted;

/// The manifest of a TLS Secret: `certificates` is the chain, leaf first, `key` its private key,
/// both as PEM.
pub fn tls_secret(name: &str, namespace: &str, certificates: &str, key: &str) -> Zeroizing<String> {
    let data = Zeroizing::new(STANDARD.encode(key));
    let mut text = Zeroizing::new(String::new());
    // It is not moved while it grows: what is left behind would hold the key.
    text.reserve_exact(data.len() + certificates.len() * 2 + name.len() + namespace.len() + 256);
    for part in [
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata:\n  name: ",
        &quoted(name),
        "\n  namespace: ",
        &quoted(namespace),
        "\ndata:\n  tls.crt: ",
        &STANDARD.encode(certificates),
        "\n  tls.key: ",
        &data,
        "\n",
    ] {
        text.push_str(part);
    }
    text
}

/// The part of an Ingress that names the Secret, as it stands below `spec`.
pub fn ingress_tls(secret: &str, hosts: &[&str]) -> String {
    let hosts: Vec<String> = hosts
        .iter()
        .map(|host| format!("    - {}\n", quoted(host)))
        .collect();
    let hosts = hosts.concat();
    let secret = quoted(secret);
    format!("spec:\n  tls:\n  - hosts:\n{hosts}    secretName: {secret}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::yaml;

    #[test]
    fn names_that_other_readers_take_for_values_stay_names() {
        for name in ["on", "1", "12:30", "1e3", "null", "a.b"] {
            let secret = tls_secret(name, "yes", "C\n", "K\n");
            let read = yaml::value(&secret).expect("it is read");
            assert_eq!(read["metadata"]["name"].as_str(), Some(name));
            assert_eq!(read["metadata"]["namespace"].as_str(), Some("yes"));
            assert_eq!(read["data"]["tls.key"].as_str(), Some("Swo="));
            assert_eq!(read["data"]["tls.crt"].as_str(), Some("Qwo="));
            assert!(
                secret.contains(&format!("  name: \"{name}\"\n")),
                "{}",
                *secret
            );
            let ingress = yaml::value(&ingress_tls(name, &["*.a.example"])).expect("it is read");
            assert_eq!(ingress["spec"]["tls"][0]["secretName"].as_str(), Some(name));
            assert_eq!(
                ingress["spec"]["tls"][0]["hosts"][0].as_str(),
                Some("*.a.example")
            );
        }
    }
}
