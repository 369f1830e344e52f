//! Reading a kubeconfig as client-go does, with a word on what it would refuse or pass over.

use serde_yaml::Value;

use super::data::{key_of, pem_of};
use super::{Cluster, Context, DataFault, Kubeconfig, KubeconfigFault, Named, Token, User};
use crate::kubernetes::yaml;

/// Why a text is no kubeconfig at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KubeconfigError {
    /// No YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::YamlError),
    /// No byte.
    #[error("it is empty")]
    Empty,
    /// Bytes that are no text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// YAML or JSON of another kind.
    #[error("this is no kubeconfig")]
    NotAKubeconfig,
}

/// A cheap guess, to tell kubeconfigs among other YAML files.
pub fn looks_like(text: &str) -> bool {
    text.len() <= yaml::LONGEST
        && ["clusters", "contexts", "users"]
            .iter()
            .all(|field| text.contains(field))
}

/// Reads a kubeconfig's file.
pub fn parse_bytes(bytes: &[u8]) -> Result<Kubeconfig, KubeconfigError> {
    if bytes.is_empty() {
        return Err(KubeconfigError::Empty);
    }
    parse(std::str::from_utf8(bytes).map_err(|_| KubeconfigError::NotText)?)
}

/// Reads a kubeconfig, YAML or JSON. What is damaged inside becomes a fault, and the rest is read.
pub fn parse(text: &str) -> Result<Kubeconfig, KubeconfigError> {
    let (mut value, doubles) = yaml::value_and_doubles(text)?;
    let kind = value
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or("Config");
    let fields = ["clusters", "contexts", "users"];
    if kind != "Config" || !fields.iter().any(|field| value.get(field).is_some()) {
        yaml::wipe(&mut value);
        return Err(KubeconfigError::NotAKubeconfig);
    }
    let mut read = Kubeconfig {
        current: text_at(&value, "current-context").unwrap_or_default(),
        ..Default::default()
    };
    read.faults
        .extend(doubles.into_iter().map(KubeconfigFault::FieldTwice));
    for (name, value) in named(&value, "clusters", "cluster") {
        read.clusters.push(cluster(name, value));
    }
    for (name, value) in named(&value, "contexts", "context") {
        let text = |field| text_at(value, field).unwrap_or_default();
        let namespace = text_at(value, "namespace").filter(|namespace| !namespace.is_empty());
        read.contexts.push(Context {
            name,
            cluster: text("cluster"),
            user: text("user"),
            namespace,
        });
    }
    for (name, value) in named(&value, "users", "user") {
        read.users.push(user(name, value));
    }
    yaml::wipe(&mut value);
    let faults = faults(&read);
    read.faults.extend(faults);
    Ok(read)
}

/// The entries of a list of `{name: …, <field>: {…}}`.
fn named<'a>(
    value: &'a Value,
    list: &str,
    field: &'a str,
) -> impl Iterator<Item = (String, &'a Value)> {
    value
        .get(list)
        .and_then(Value::as_sequence)
        .into_iter()
        .flatten()
        .filter(|entry| entry.is_mapping())
        .map(move |entry| {
            (
                text_at(entry, "name").unwrap_or_default(),
                entry.get(field).unwrap_or(&Value::Null),
            )
        })
}

fn text_at(value: &Value, field: &str) -> Option<String> {
    value.get(field).and_then(yaml::text_of)
}

/// A field that counts only where it is not empty.
fn filled<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value
        .get(field)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
}

fn cluster(name: String, value: &Value) -> Cluster {
    Cluster {
        name,
        server: text_at(value, "server")
            .map(without_password)
            .unwrap_or_default(),
        authority: filled(value, "certificate-authority-data")
            .map(|text| pem_of(text).map(|bytes| bytes.to_vec())),
        authority_file: filled(value, "certificate-authority").map(str::to_owned),
        insecure: value
            .get("insecure-skip-tls-verify")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        tls_server_name: filled(value, "tls-server-name").map(str::to_owned),
        proxy: filled(value, "proxy-url").map(|url| without_password(url.to_owned())),
    }
}

/// A URL without its user name and password (RFC 3986 §3.2.1), which no output may show. A password
/// with an unescaped "/" is no URL any more, and a secret all the same: all before the last "@"
/// goes.
fn without_password(mut server: String) -> String {
    let Some(at) = server.rfind('@') else {
        return server;
    };
    let start = server
        .find("://")
        .map(|scheme| scheme + 3)
        .filter(|start| *start <= at)
        .unwrap_or(0);
    let kept = format!("{}***{}", &server[..start], &server[at..]);
    zeroize::Zeroize::zeroize(&mut server);
    kept
}

fn user(name: String, value: &Value) -> User {
    let owned = |field| filled(value, field).map(str::to_owned);
    let named = |field: &str, inner| value.get(field).and_then(|value| text_at(value, inner));
    User {
        name,
        certificate: filled(value, "client-certificate-data")
            .map(|text| pem_of(text).map(|bytes| bytes.to_vec())),
        certificate_file: owned("client-certificate"),
        key: filled(value, "client-key-data").map(key_of),
        key_file: owned("client-key"),
        token: text_at(value, "token")
            .filter(|token| !token.trim().is_empty())
            .map(|mut token| {
                let kept = Token::new(&token);
                zeroize::Zeroize::zeroize(&mut token);
                kept
            }),
        token_file: owned("tokenFile"),
        username: text_at(value, "username").filter(|name| !name.is_empty()),
        exec: named("exec", "command"),
        auth_provider: named("auth-provider", "name"),
        impersonates: owned("as"),
    }
}

fn faults(read: &Kubeconfig) -> Vec<KubeconfigFault> {
    let mut faults = Vec::new();
    twice(
        read.clusters.iter().map(|cluster| &cluster.name),
        Named::Cluster,
        &mut faults,
    );
    twice(
        read.contexts.iter().map(|context| &context.name),
        Named::Context,
        &mut faults,
    );
    twice(
        read.users.iter().map(|user| &user.name),
        Named::User,
        &mut faults,
    );
    if !read.current.is_empty() && read.current_context().is_none() {
        faults.push(KubeconfigFault::NoCurrentContext(read.current.clone()));
    }
    for context in &read.contexts {
        if read.cluster(&context.cluster).is_none() {
            faults.push(KubeconfigFault::NoCluster {
                context: context.name.clone(),
            });
        }
        if !context.user.is_empty() && read.user(&context.user).is_none() {
            faults.push(KubeconfigFault::NoUser {
                context: context.name.clone(),
            });
        }
    }
    read.clusters
        .iter()
        .for_each(|cluster| cluster_faults(cluster, &mut faults));
    read.users
        .iter()
        .for_each(|user| user_faults(user, &mut faults));
    faults
}

fn cluster_faults(cluster: &Cluster, faults: &mut Vec<KubeconfigFault>) {
    let owner = Named::Cluster(cluster.name.clone());
    let data = cluster
        .authority
        .as_ref()
        .map(|data| data.as_ref().map(|_| ()));
    field_faults(
        &owner,
        "certificate-authority",
        data,
        cluster.authority_file.as_ref(),
        faults,
    );
    if cluster.insecure && (cluster.authority.is_some() || cluster.authority_file.is_some()) {
        faults.push(KubeconfigFault::Unverified(cluster.name.clone()));
    }
}

fn user_faults(user: &User, faults: &mut Vec<KubeconfigFault>) {
    let owner = Named::User(user.name.clone());
    let certificate = user
        .certificate
        .as_ref()
        .map(|data| data.as_ref().map(|_| ()));
    field_faults(
        &owner,
        "client-certificate",
        certificate,
        user.certificate_file.as_ref(),
        faults,
    );
    let key = user.key.as_ref().map(|data| data.as_ref().map(|_| ()));
    field_faults(&owner, "client-key", key, user.key_file.as_ref(), faults);
}

/// Each name that stood before in the same list.
fn twice<'a>(
    names: impl Iterator<Item = &'a String>,
    entry: fn(String) -> Named,
    faults: &mut Vec<KubeconfigFault>,
) {
    let mut known: Vec<&String> = Vec::new();
    for name in names {
        if known.contains(&name) {
            faults.push(KubeconfigFault::EntryTwice(entry(name.clone())));
        }
        known.push(name);
    }
}

fn field_faults(
    owner: &Named,
    field: &'static str,
    data: Option<Result<(), &DataFault>>,
    file: Option<&String>,
    faults: &mut Vec<KubeconfigFault>,
) {
    if let Some(Err(why)) = data {
        faults.push(KubeconfigFault::Data {
            owner: owner.clone(),
            field,
            why: why.clone(),
        });
    }
    if data.is_some() && file.is_some() {
        faults.push(KubeconfigFault::DataAndFile {
            owner: owner.clone(),
            field,
        });
    }
}

#[cfg(test)]
mod tests;
