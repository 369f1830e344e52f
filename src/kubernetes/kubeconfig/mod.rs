//! Kubeconfigs: contexts, clusters, users (client-go tools/clientcmd/api/v1/types.go). Never a
//! secret comes out: of a key only the public half is kept, a token can only be compared and
//! judged.

mod data;
mod edit;
mod fault;
mod read;
mod token;
mod write;

use crate::pki::key::PublicHalf;

pub use data::DataFault;
pub(crate) use data::{decode, is_placeholder};
pub use edit::{Edit, EditError, KubeconfigEntry, edit};
pub use fault::{KubeconfigFault, Named};
pub use read::{KubeconfigError, looks_like, parse, parse_bytes};
pub(in crate::kubernetes) use token::BOOTSTRAP_ALPHABET;
pub use token::{Claims, Token, TokenKind, token_id, verify_jwt};
pub use write::NewKubeconfig;

/// The fields of a kubeconfig that name files of the PKI.
pub const FILE_FIELDS: [&str; 3] = ["certificate-authority", "client-certificate", "client-key"];

/// A kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kubeconfig {
    /// current-context; empty where not set.
    pub current: String,
    /// In the file's order.
    pub contexts: Vec<Context>,
    /// In the file's order.
    pub clusters: Vec<Cluster>,
    /// In the file's order.
    pub users: Vec<User>,
    /// What is wrong with the file.
    pub faults: Vec<KubeconfigFault>,
}

/// A context: a cluster and a user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The cluster that it names.
    pub cluster: String,
    /// The user that it names.
    pub user: String,
    /// The namespace, where one is set.
    pub namespace: Option<String>,
}

/// A cluster: where it is and whom to trust.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// The API server's URL; what stands before its "@" is masked.
    pub server: String,
    /// certificate-authority-data, decoded. It wins over the file.
    pub authority: Option<Result<Vec<u8>, DataFault>>,
    /// certificate-authority: a path, relative to the kubeconfig's folder.
    pub authority_file: Option<String>,
    /// insecure-skip-tls-verify: nothing is verified.
    pub insecure: bool,
    /// tls-server-name: the name to verify instead of the URL's.
    pub tls_server_name: Option<String>,
    /// proxy-url: the proxy that stands before the server; what stands before its "@" is masked.
    pub proxy: Option<String>,
}

/// A user: who one is, by whatever means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// Its name.
    pub name: String,
    /// client-certificate-data, decoded. It wins over the file.
    pub certificate: Option<Result<Vec<u8>, DataFault>>,
    /// client-certificate: a path, relative to the kubeconfig's folder.
    pub certificate_file: Option<String>,
    /// The public half of client-key-data. It wins over the file.
    pub key: Option<Result<PublicHalf, DataFault>>,
    /// client-key: a path, relative to the kubeconfig's folder.
    pub key_file: Option<String>,
    /// token. A tokenFile wins over it.
    pub token: Option<Token>,
    /// tokenFile: a path, relative to the kubeconfig's folder.
    pub token_file: Option<String>,
    /// username, where user name and password are used.
    pub username: Option<String>,
    /// exec: the command that gives a credential, without its arguments.
    pub exec: Option<String>,
    /// auth-provider: its name.
    pub auth_provider: Option<String>,
    /// act-as (as): the user that is impersonated.
    pub impersonates: Option<String>,
}

/// How a user shows who it is: the first of these that the API server looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential<'a> {
    /// A client certificate.
    Certificate,
    /// A token in the file.
    Token(&'a Token),
    /// A token in another file.
    TokenFile(&'a str),
    /// User name and password.
    Password(&'a str),
    /// A command that gives a credential.
    Exec(&'a str),
    /// A plugin of client-go, removed since 1.26.
    AuthProvider(&'a str),
    /// Nothing: the anonymous user.
    None,
}

impl Kubeconfig {
    /// The cluster of this name; of two the last, as kubectl takes it.
    pub fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters
            .iter()
            .rev()
            .find(|cluster| cluster.name == name)
    }

    /// The user of this name; of two the last.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().rev().find(|user| user.name == name)
    }

    /// The context in use.
    pub fn current_context(&self) -> Option<&Context> {
        self.contexts
            .iter()
            .rev()
            .find(|context| context.name == self.current)
    }
}

impl Cluster {
    /// The authority's file, unless data stand beside it and win.
    pub fn authority_file_in_use(&self) -> Option<&str> {
        self.authority_file
            .as_deref()
            .filter(|_| self.authority.is_none())
    }

    /// The id of the cluster that Rancher's proxy reaches under this URL:
    /// `https://rancher/k8s/clusters/c-m-x1`. There Rancher's CA is the right one.
    pub fn rancher_cluster(&self) -> Option<&str> {
        let id = self
            .server
            .split_once("/k8s/clusters/")?
            .1
            .split('/')
            .next()?;
        (!id.is_empty()).then_some(id)
    }
}

impl User {
    /// The certificate's file, unless data stand beside it and win.
    pub fn certificate_file_in_use(&self) -> Option<&str> {
        self.certificate_file
            .as_deref()
            .filter(|_| self.certificate.is_none())
    }

    /// The key's file, unless data stand beside it and win.
    pub fn key_file_in_use(&self) -> Option<&str> {
        self.key_file.as_deref().filter(|_| self.key.is_none())
    }

    /// How it shows who it is. The API server looks at a client certificate before it looks at a
    /// token.
    pub fn credential(&self) -> Credential<'_> {
        if self.certificate.is_some() || self.certificate_file.is_some() {
            Credential::Certificate
        } else if let Some(file) = &self.token_file {
            Credential::TokenFile(file)
        } else if let Some(token) = &self.token {
            Credential::Token(token)
        } else if let Some(username) = &self.username {
            Credential::Password(username)
        } else if let Some(command) = &self.exec {
            Credential::Exec(command)
        } else if let Some(provider) = &self.auth_provider {
            Credential::AuthProvider(provider)
        } else {
            Credential::None
        }
    }
}
