//! With what nodes join the demo's cluster: two tokens, of which one has ended, and two of
//! kubeadm's three bindings.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::entry::{DemoEntry, file, secret};
use crate::kubernetes::bootstrap::{self, Binding, BootstrapIdentity, Grant, NODE_TOKENS};
use crate::pki::Error;

/// Id, secret, hours until its end, what for.
const TOKENS: [(&str, &str, i64, &str); 2] = [
    ("07401b", "f395accd246ae52d", 18, "workers of rack 7"),
    ("5emitj", "kq1kcu2pdfnl4z8b", -50, "the first workers"),
];

pub(super) fn entries(moment: OffsetDateTime) -> Result<Vec<DemoEntry>, Error> {
    let folder = "etc/kubernetes/bootstrap";
    let mut all = Vec::new();
    for (id, half, hours, description) in TOKENS {
        let end = moment
            .checked_add(Duration::hours(hours))
            .and_then(|end| end.format(&Rfc3339).ok());
        let end =
            end.ok_or_else(|| Error::Refused(format!("no token ends {hours} h from {moment}")))?;
        let name = bootstrap::secret_name(id);
        // As kubeadm writes it, but for the random token: the same moment gives the same bytes.
        let text = format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: kube-system\n\
             type: bootstrap.kubernetes.io/token\nstringData:\n  description: {description}\n  token-id: \"{id}\"\n  \
             token-secret: {half}\n  expiration: \"{end}\"\n  usage-bootstrap-authentication: \"true\"\n  \
             usage-bootstrap-signing: \"true\"\n  auth-extra-groups: {NODE_TOKENS}\n"
        );
        all.push(secret(
            &format!("{folder}/{name}.yaml"),
            Zeroizing::new(text),
        ));
    }
    // Somebody forgot that kubelets renew: the third is to be found missing.
    let bindings = bootstrap::bindings(BootstrapIdentity::Token).iter();
    let made: Vec<String> = bindings
        .filter(|binding| binding.grant != Grant::SelfNodeClient)
        .map(Binding::to_manifest)
        .collect();
    all.push(file(
        &format!("{folder}/bindings.yaml"),
        0o600,
        made.join("---\n"),
    ));
    Ok(all)
}
