//! A new object, as one gives it to `kubectl create`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::kubernetes::yaml::scalar;

/// The manifest of a CertificateSigningRequest (certificates.k8s.io/v1): `request` is the PEM of its
/// PKCS#10, `seconds` its spec.expirationSeconds.
pub fn written(
    name: &str,
    signer_name: &str,
    request: &str,
    usages: &[String],
    seconds: Option<u32>,
) -> String {
    let usages = usages.iter().fold(String::new(), |out, usage| {
        let usage = if usage.contains(' ') {
            usage.clone()
        } else {
            scalar(usage).into_owned()
        };
        out + "  - " + &usage + "\n"
    });
    let seconds = seconds.map_or_else(String::new, |seconds| {
        format!("  expirationSeconds: {seconds}\n")
    });
    format!(
        "apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata:\n  name: {}\nspec:\n  request: {}\n  \
         signerName: {}\n{seconds}  usages:\n{usages}",
        scalar(name),
        STANDARD.encode(request),
        scalar(signer_name),
    )
}

#[cfg(test)]
mod tests {
    use crate::kubernetes::signing_request::from_yaml;

    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        for name in ["on", "1", "12.30", "a.b", "null"] {
            let text = written(
                name,
                "kubernetes.io/kubelet-serving",
                "x",
                &["server auth".to_owned()],
                Some(600),
            );
            let read = from_yaml(&text).expect("it is read").remove(0);
            assert_eq!(read.name, name, "{text}");
            assert_eq!(read.object.signer_name, "kubernetes.io/kubelet-serving");
            assert_eq!(read.object.expiration_seconds, Some(600));
            assert_eq!(read.object.usages[0].to_string(), "server auth");
        }
    }
}
