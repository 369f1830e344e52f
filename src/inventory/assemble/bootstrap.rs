//! What lets nodes join: tokens and bindings in files.

use std::sync::Arc;

use super::paths::{is_backup, normal};
use crate::inventory::bootstrap::{BindingItem, Bootstrap, TokenFileItem, TokenItem, TokenKind};
use crate::inventory::file::ParsedFile;
use crate::kubernetes::bootstrap::{BootstrapToken, TokenFile};
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::FlagFact;
use crate::kubernetes::kubeconfig::Token;

/// The API server's flag.
const FLAG: &str = "token-auth-file";

/// The tokens in kubeconfigs, each with its file.
pub(super) type HeldTokens = Vec<(Token, Arc<str>)>;

/// Gathers the tokens in kubeconfigs.
pub(super) fn held(files: &[ParsedFile]) -> HeldTokens {
    let mut held = HeldTokens::new();
    for file in files {
        let users = file
            .content
            .kubeconfig
            .iter()
            .flatten()
            .flat_map(|kubeconfig| &kubeconfig.users);
        held.extend(users.filter_map(|user| Some((user.token.clone()?, Arc::clone(&file.path)))));
    }
    held
}

/// Everything that lets nodes join, in the order of files.
pub(super) fn of(files: &[ParsedFile], held: &HeldTokens, flags: &[FlagFact]) -> Bootstrap {
    let mut found = Bootstrap::default();
    for file in files.iter().filter(|file| !is_backup(&file.path)) {
        let Some(objects) = &file.content.bootstrap_objects else {
            continue;
        };
        found.tokens.extend(
            objects
                .tokens
                .iter()
                .map(|token| of_secret(token, file, held)),
        );
        found
            .bindings
            .extend(objects.bindings.iter().map(|binding| BindingItem {
                name: binding.name.clone(),
                cluster_role: binding.cluster_role.clone(),
                subjects: binding.subjects.clone(),
                path: Arc::clone(&file.path),
            }));
    }
    for file in files {
        let named_in = named_in(flags, &file.path);
        if let Some(tokens) = &file.content.tokens {
            found.tokens.extend(of_lines(tokens, file, held));
            found.token_files.push(TokenFileItem {
                faults: tokens.faults.clone(),
                ..token_file(file, named_in)
            });
        } else if named_in.is_some() {
            found.token_files.push(token_file(file, named_in));
        }
    }
    found
}

fn token_file(file: &ParsedFile, named_in: Option<(Arc<str>, u32)>) -> TokenFileItem {
    let fault = file
        .content
        .fault
        .clone()
        .filter(|_| file.content.tokens.is_none());
    TokenFileItem {
        path: Arc::clone(&file.path),
        named_in,
        fault,
        changed_at: file.changed_at,
        faults: Vec::new(),
    }
}

/// Where the API server is told to read this file; a line of a file beats what a process was
/// started with.
fn named_in(flags: &[FlagFact], path: &str) -> Option<(Arc<str>, u32)> {
    let names = |fact: &&FlagFact| {
        fact.component == Component::KubeApiserver
            && fact.flag == FLAG
            && normal(&fact.value) == path
    };
    let facts: Vec<&FlagFact> = flags.iter().filter(names).collect();
    let written = facts
        .iter()
        .find(|fact| !fact.file.starts_with("/proc/"))
        .or(facts.first())?;
    Some((written.file.as_str().into(), written.line))
}

fn holders(held: &HeldTokens, token: &Token) -> Vec<Arc<str>> {
    let mut paths: Vec<Arc<str>> = Vec::new();
    for (_, path) in held.iter().filter(|(other, _)| other == token) {
        if !paths.contains(path) {
            paths.push(Arc::clone(path));
        }
    }
    paths
}

fn of_secret(token: &BootstrapToken, file: &ParsedFile, held: &HeldTokens) -> TokenItem {
    TokenItem {
        id: token.id.clone(),
        kind: TokenKind::Secret,
        path: Arc::clone(&file.path),
        line: 1,
        user: token.user(),
        groups: token.groups.clone(),
        expires: token.expires,
        authenticates: token.authentication,
        signs: token.signing,
        description: token.description.clone(),
        faults: token
            .faults
            .iter()
            .map(|fault| (*fault).to_owned())
            .collect(),
        kubeconfigs: holders(held, &token.token),
    }
}

fn of_lines<'a>(
    tokens: &'a TokenFile,
    file: &'a ParsedFile,
    held: &'a HeldTokens,
) -> impl Iterator<Item = TokenItem> + 'a {
    tokens.lines.iter().map(|line| TokenItem {
        id: String::new(),
        kind: TokenKind::Line,
        path: Arc::clone(&file.path),
        line: line.line,
        user: line.user.clone(),
        groups: line.groups.clone(),
        expires: None,
        authenticates: true,
        signs: false,
        description: String::new(),
        faults: tokens
            .faults_of(line.line)
            .map(|fault| fault.to_string())
            .collect(),
        kubeconfigs: holders(held, &line.token),
    })
}
