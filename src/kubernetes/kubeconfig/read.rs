//! Reading a kubeconfig as client-go does, with a word on what it would refuse or pass over.

use serde_yaml::Value;

use super::data::{key_of, pem_of};
use super::{Cluster, Context, DataFault, Kubeconfig, Token, User};
use crate::kubernetes::yaml;
use crate::pki::text::printable;

/// Why a text is no kubeconfig at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// YAML or JSON of another kind.
    #[error("this is no kubeconfig")]
    NotAKubeconfig,
}

/// A cheap guess, to tell kubeconfigs among other YAML files.
pub fn looks_like(text: &str) -> bool {
    text.len() <= yaml::LONGEST && ["clusters", "contexts", "users"].iter().all(|field| text.contains(field))
}

/// Reads a kubeconfig, YAML or JSON. What is damaged inside becomes a fault, and the rest is read.
pub fn parse(text: &str) -> Result<Kubeconfig, Error> {
    let (mut value, doubles) = yaml::value_and_doubles(text)?;
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or("Config");
    let fields = ["clusters", "contexts", "users"];
    if kind != "Config" || !fields.iter().any(|field| value.get(field).is_some()) {
        yaml::wipe(&mut value);
        return Err(Error::NotAKubeconfig);
    }
    let mut read = Kubeconfig { current: text_at(&value, "current-context").unwrap_or_default(), ..Default::default() };
    read.faults.extend(doubles.iter().map(|path| format!("{} stands twice: the last one counts", printable(path))));
    for (name, value) in named(&value, "clusters", "cluster") {
        read.clusters.push(cluster(name, value));
    }
    for (name, value) in named(&value, "contexts", "context") {
        let text = |field| text_at(value, field).unwrap_or_default();
        let namespace = text_at(value, "namespace").filter(|namespace| !namespace.is_empty());
        read.contexts.push(Context { name, cluster: text("cluster"), user: text("user"), namespace });
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
fn named<'a>(value: &'a Value, list: &str, field: &'a str) -> impl Iterator<Item = (String, &'a Value)> {
    value
        .get(list)
        .and_then(Value::as_sequence)
        .into_iter()
        .flatten()
        .filter(|entry| entry.is_mapping())
        .map(move |entry| (text_at(entry, "name").unwrap_or_default(), entry.get(field).unwrap_or(&Value::Null)))
}

fn text_at(value: &Value, field: &str) -> Option<String> {
    value.get(field).and_then(yaml::text_of)
}

/// A field that counts only where it is not empty.
fn filled<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

fn cluster(name: String, value: &Value) -> Cluster {
    Cluster {
        name,
        server: text_at(value, "server").map(without_password).unwrap_or_default(),
        authority: filled(value, "certificate-authority-data").map(|text| pem_of(text).map(|bytes| bytes.to_vec())),
        authority_file: filled(value, "certificate-authority").map(str::to_owned),
        insecure: value.get("insecure-skip-tls-verify").and_then(Value::as_bool).unwrap_or(false),
        tls_server_name: filled(value, "tls-server-name").map(str::to_owned),
        proxy: filled(value, "proxy-url").map(|url| without_password(url.to_owned())),
    }
}

/// A URL without its user name and password (RFC 3986 §3.2.1), which no output may show. A password with an
/// unescaped "/" is no URL any more, and a secret all the same: all before the last "@" goes.
fn without_password(mut server: String) -> String {
    let Some(at) = server.rfind('@') else { return server };
    let start = server.find("://").map(|scheme| scheme + 3).filter(|start| *start <= at).unwrap_or(0);
    let kept = format!("{}***{}", &server[..start], &server[at..]);
    zeroize::Zeroize::zeroize(&mut server);
    kept
}

fn user(name: String, value: &Value) -> User {
    let owned = |field| filled(value, field).map(str::to_owned);
    let named = |field: &str, inner| value.get(field).and_then(|value| text_at(value, inner));
    User {
        name,
        certificate: filled(value, "client-certificate-data").map(|text| pem_of(text).map(|bytes| bytes.to_vec())),
        certificate_file: owned("client-certificate"),
        key: filled(value, "client-key-data").map(key_of),
        key_file: owned("client-key"),
        token: text_at(value, "token").filter(|token| !token.trim().is_empty()).map(|mut token| {
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

fn faults(read: &Kubeconfig) -> Vec<String> {
    let mut faults = Vec::new();
    let names = |names: Vec<&str>, what: &str, faults: &mut Vec<String>| {
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                faults.push(format!("the {what} {:?} stands twice: kubectl refuses the file", printable(name)));
            }
        }
    };
    names(read.clusters.iter().map(|cluster| cluster.name.as_str()).collect(), "cluster", &mut faults);
    names(read.contexts.iter().map(|context| context.name.as_str()).collect(), "context", &mut faults);
    names(read.users.iter().map(|user| user.name.as_str()).collect(), "user", &mut faults);
    if !read.current.is_empty() && read.current_context().is_none() {
        faults.push(format!("the current context {:?} is not there", printable(&read.current)));
    }
    for context in &read.contexts {
        let name = printable(&context.name);
        if read.cluster(&context.cluster).is_none() {
            faults.push(format!("the context {name:?} names a cluster that is not there"));
        }
        if !context.user.is_empty() && read.user(&context.user).is_none() {
            faults.push(format!("the context {name:?} names a user that is not there"));
        }
    }
    for cluster in &read.clusters {
        let owner = format!("the cluster {:?}", printable(&cluster.name));
        let data = cluster.authority.as_ref().map(|data| data.as_ref().map(|_| ()));
        field_faults(&owner, "certificate-authority", data, cluster.authority_file.as_ref(), &mut faults);
        if cluster.insecure && (cluster.authority.is_some() || cluster.authority_file.is_some()) {
            faults.push(format!("{owner} names a CA and skips verification: kubectl refuses both together"));
        }
    }
    for user in &read.users {
        let owner = format!("the user {:?}", printable(&user.name));
        let certificate = user.certificate.as_ref().map(|data| data.as_ref().map(|_| ()));
        field_faults(&owner, "client-certificate", certificate, user.certificate_file.as_ref(), &mut faults);
        let key = user.key.as_ref().map(|data| data.as_ref().map(|_| ()));
        field_faults(&owner, "client-key", key, user.key_file.as_ref(), &mut faults);
    }
    faults
}

fn field_faults(
    owner: &str,
    field: &str,
    data: Option<Result<(), &DataFault>>,
    file: Option<&String>,
    faults: &mut Vec<String>,
) {
    if let Some(Err(fault)) = data {
        faults.push(format!("{owner}: {field}-data cannot be used: {fault}"));
    }
    if data.is_some() && file.is_some() {
        faults.push(format!("{owner} has {field}-data and {field}: kubectl refuses both together"));
    }
}

#[cfg(test)]
mod tests;
