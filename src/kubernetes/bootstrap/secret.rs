//! Bootstrap tokens in manifests of their Secrets (`kube-system/bootstrap-token-<id>`).

use serde_yaml::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::{BOOTSTRAPPERS, NewToken};
use crate::kubernetes::kubeconfig::{self, Token, token_id};
use crate::kubernetes::yaml::{self, quoted, scalar};
use crate::pki::moment::rfc3339;

/// A bootstrap token as its Secret has it (`kube-system/bootstrap-token-<id>`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootstrapToken {
    /// The public half.
    pub id: String,
    /// `id.secret`, kept to be compared.
    pub token: Token,
    /// description; empty where not set.
    pub description: String,
    /// expiration; `None`: never. What is no time has ended long ago.
    pub expires: Option<OffsetDateTime>,
    /// usage-bootstrap-authentication: it lets in.
    pub authentication: bool,
    /// usage-bootstrap-signing: it signs `kube-public/cluster-info`.
    pub signing: bool,
    /// The groups of its user, `system:bootstrappers` first.
    pub groups: Vec<String>,
    /// What is wrong with it; never a token.
    pub faults: Vec<&'static str>,
}

impl BootstrapToken {
    /// The user that it stands for.
    pub fn user(&self) -> String {
        format!("system:bootstrap:{}", self.id)
    }
}

/// The bootstrap tokens among the objects of a YAML or JSON text; other objects are passed over.
pub fn tokens_from_yaml(text: &str) -> Result<Vec<BootstrapToken>, yaml::YamlError> {
    let mut found = Vec::new();
    for mut document in yaml::values(text)? {
        found.extend(
            yaml::objects(&document)
                .into_iter()
                .filter_map(bootstrap_token),
        );
        yaml::wipe(&mut document);
    }
    Ok(found)
}

fn bootstrap_token(secret: &Value) -> Option<BootstrapToken> {
    let kind = secret.get("kind").and_then(Value::as_str);
    if kind != Some("Secret") || secret.get("type").and_then(Value::as_str) != Some(TYPE) {
        return None;
    }
    let plain = |name: &str| field(secret, name).map(|text| text.trim().to_owned());
    let id = plain("token-id").unwrap_or_default();
    let secret_half = field(secret, "token-secret").unwrap_or_default();
    let mut faults = Vec::new();
    let token = Zeroizing::new(format!("{id}.{}", secret_half.trim()));
    if token_id(&token).is_none() {
        faults.push("token-id or token-secret has not the form of a bootstrap token");
    }
    let name = secret
        .get("metadata")
        .and_then(|metadata| metadata.get("name"))
        .and_then(Value::as_str);
    if name != Some(&secret_name(&id)) {
        faults.push("the Secret's name is not bootstrap-token-<token-id>: it is not looked up");
    }
    // An empty one is none (cluster-bootstrap secrets.go, HasExpired).
    let expiration = plain("expiration").filter(|text| !text.is_empty());
    let expires = expiration.map(|text| OffsetDateTime::parse(&text, &Rfc3339));
    if matches!(expires, Some(Err(_))) {
        faults.push("expiration is no RFC 3339 time: the token counts as expired");
    }
    let expires = expires.map(|end| end.unwrap_or(OffsetDateTime::UNIX_EPOCH));
    let extra = plain("auth-extra-groups").unwrap_or_default();
    let extra = extra
        .split(',')
        .filter(|group| !group.is_empty())
        .map(str::to_owned);
    Some(BootstrapToken {
        token: Token::new(&token),
        description: plain("description").unwrap_or_default(),
        expires,
        authentication: plain("usage-bootstrap-authentication").as_deref() == Some("true"),
        signing: plain("usage-bootstrap-signing").as_deref() == Some("true"),
        groups: [BOOTSTRAPPERS.to_owned()]
            .into_iter()
            .chain(extra)
            .collect(),
        faults,
        id,
    })
}

/// What a Secret has under this name, decoded.
fn field(secret: &Value, name: &str) -> Option<Zeroizing<String>> {
    // stringData wins (Secret's conversion on write).
    if let Some(text) = secret
        .get("stringData")
        .and_then(|data| data.get(name))
        .and_then(Value::as_str)
    {
        return Some(Zeroizing::new(text.to_owned()));
    }
    let encoded = secret.get("data")?.get(name)?.as_str()?;
    let bytes = kubeconfig::decode(encoded.as_bytes())?;
    std::str::from_utf8(&bytes)
        .ok()
        .map(|text| Zeroizing::new(text.to_owned()))
}

/// The type of the Secrets.
pub(super) const TYPE: &str = "bootstrap.kubernetes.io/token";

/// The name of a token's Secret, in `kube-system`.
pub fn secret_name(id: &str) -> String {
    format!("bootstrap-token-{id}")
}

/// What a new token's Secret says beside the token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecretSpec {
    /// What it is for; empty: nothing is said.
    pub description: String,
    /// When it ends; `None`: never.
    pub expires: Option<OffsetDateTime>,
    /// Groups beside `system:bootstrappers`, which have passed [`super::check_group`].
    pub groups: Vec<String>,
}

/// The manifest of a token's Secret, for both usages (website bootstrap-tokens.md). What may look
/// like a number is quoted.
pub fn secret_manifest(token: &NewToken, spec: &SecretSpec) -> Zeroizing<String> {
    use std::fmt::Write as _;
    let (id, secret) = token.expose().split_once('.').unwrap_or_default();
    let mut before = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n  namespace: kube-system\ntype: {TYPE}\nstringData:\n",
        secret_name(id)
    );
    if !spec.description.is_empty() {
        let _ = writeln!(before, "  description: {}", quoted(&spec.description));
    }
    let _ = write!(before, "  token-id: \"{id}\"\n  token-secret: \"");
    let mut after = "\"\n".to_owned();
    if let Some(end) = spec.expires {
        let _ = writeln!(after, "  expiration: \"{}\"", rfc3339(end));
    }
    after.push_str(
        "  usage-bootstrap-authentication: \"true\"\n  usage-bootstrap-signing: \"true\"\n",
    );
    if !spec.groups.is_empty() {
        let _ = writeln!(
            after,
            "  auth-extra-groups: {}",
            scalar(&spec.groups.join(","))
        );
    }
    // A text that grows leaves copies of the secret behind.
    let mut text = Zeroizing::new(String::with_capacity(
        before.len() + secret.len() + after.len(),
    ));
    text.push_str(&before);
    text.push_str(secret);
    text.push_str(&after);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_read() -> Result<(), yaml::YamlError> {
        let text = "apiVersion: v1\nkind: Secret\ntype: bootstrap.kubernetes.io/token\nmetadata:\n  name: \
                    bootstrap-token-07401b\n  namespace: kube-system\nstringData:\n  token-id: 07401b\n  token-secret: \
                    f395accd246ae52d\n  expiration: 2027-03-10T03:22:11Z\n  usage-bootstrap-authentication: \"true\"\n  \
                    auth-extra-groups: system:bootstrappers:kubeadm:default-node-token\n---\nkind: ConfigMap\n---\n\
                    kind: List\nitems:\n- kind: Secret\n  type: bootstrap.kubernetes.io/token\n  data: {token-id: YWJjZGVm, \
                    expiration: eA==}\n";
        let tokens = tokens_from_yaml(text)?;
        assert_eq!(tokens.len(), 2);
        assert_eq!(tokens[0].user(), "system:bootstrap:07401b");
        assert_eq!(
            tokens[0].groups,
            [
                BOOTSTRAPPERS,
                "system:bootstrappers:kubeadm:default-node-token"
            ]
        );
        assert!(tokens[0].authentication && !tokens[0].signing && tokens[0].faults.is_empty());
        assert_eq!(tokens[0].expires.map(OffsetDateTime::year), Some(2027));
        assert!(tokens[0].token.is("07401b.f395accd246ae52d"));
        assert_eq!(
            (tokens[1].id.as_str(), tokens[1].faults.len()),
            ("abcdef", 3)
        );
        Ok(())
    }

    #[test]
    fn what_is_written_is_read_back() -> Result<(), Box<dyn std::error::Error>> {
        for (description, groups, expires) in [
            (
                "for worker-1",
                &["system:bootstrappers:a", "system:bootstrappers:b"][..],
                Some(1_800_000_000),
            ),
            (
                "\"quoted\" # 主: \\ \u{202e}",
                &[super::super::NODE_TOKENS],
                None,
            ),
            ("", &[], Some(0)),
        ] {
            let spec = SecretSpec {
                description: description.to_owned(),
                expires: expires
                    .map(OffsetDateTime::from_unix_timestamp)
                    .transpose()?,
                groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            };
            let token = NewToken::make()?;
            let read = tokens_from_yaml(&secret_manifest(&token, &spec))?;
            let [read] = &read[..] else {
                return Err("one token".into());
            };
            assert!(
                read.token.is(token.expose())
                    && read.authentication
                    && read.signing
                    && read.faults.is_empty()
            );
            assert_eq!(
                (read.id.as_str(), &read.description, read.expires),
                (token.id(), &spec.description, spec.expires)
            );
            assert_eq!(read.groups[1..], spec.groups);
        }
        Ok(())
    }
}
