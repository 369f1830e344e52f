//! Who a kubeconfig's user is for the API server.

use super::Builder;
use crate::inventory::file::{FoundKey, ParsedFile};
use crate::inventory::{Inventory, ItemIndex, User, UserKind};
use crate::kubernetes::bootstrap::{BOOTSTRAPPERS, BootstrapToken, TokenFile};
use crate::kubernetes::kubeconfig::{self, Claims, Credential, Token, TokenKind};
use crate::kubernetes::role::{Part, RoleKind};

/// What a master knows of tokens: the public halves of its service account keys.
#[derive(Debug, Default)]
pub(super) struct Identities<'a> {
    /// SubjectPublicKeyInfo, DER.
    service_account_keys: Vec<&'a [u8]>,
    token_files: Vec<(&'a str, &'a TokenFile)>,
    bootstrap_tokens: Vec<&'a BootstrapToken>,
}

impl<'a> Identities<'a> {
    pub(super) fn of(builder: &Builder<'_>, files: &'a [ParsedFile]) -> Self {
        let mut identities = Self::default();
        for (at, file) in files.iter().enumerate() {
            let usage = builder.uses.get(at);
            identities.token_files.extend(
                file.content
                    .tokens
                    .iter()
                    .map(|tokens| (&*file.path, tokens)),
            );
            identities.bootstrap_tokens.extend(
                file.content
                    .bootstrap_objects
                    .iter()
                    .flat_map(|objects| &objects.tokens),
            );
            let verifies = |part: Part| matches!(part, Part::PublicKey | Part::Key);
            if usage
                .roles
                .iter()
                .any(|(role, part)| role.kind == RoleKind::KeyPair && verifies(*part))
            {
                let private = file.content.keys.iter().filter_map(|key| match key {
                    FoundKey::Readable(half) => Some(half.spki.as_slice()),
                    _ => None,
                });
                let public = file
                    .content
                    .public_keys
                    .iter()
                    .map(|half| half.spki.as_slice());
                identities
                    .service_account_keys
                    .extend(private.chain(public));
            }
        }
        identities
    }

    /// Who `user` is; `certificate` is its certificate among the items.
    pub(super) fn user(
        &self,
        user: &kubeconfig::User,
        certificate: Option<ItemIndex>,
        inventory: &Inventory,
    ) -> User {
        let mut known = User {
            name: user.name.clone(),
            kind: UserKind::None,
            certificate,
            identity: None,
            groups: Vec::new(),
            note: user
                .impersonates
                .as_ref()
                .map(|name| format!("acts as {name}")),
        };
        match user.credential() {
            Credential::Certificate => {
                known.kind = UserKind::Certificate;
                let certificate =
                    certificate.and_then(|index| inventory.item(index)?.certificate());
                if let Some(certificate) = certificate {
                    let subject = certificate.details().subject;
                    known.identity = subject.common_name().map(str::to_owned);
                    known.groups = subject
                        .organizations()
                        .into_iter()
                        .map(str::to_owned)
                        .collect();
                }
            }
            Credential::Token(token) => self.judge_token(token, &mut known),
            Credential::TokenFile(path) => {
                known.kind = UserKind::StaticToken;
                known.note = Some(format!("its token stands in {path}"));
            }
            Credential::Password(name) => {
                known.kind = UserKind::Password;
                known.identity = Some(name.to_owned());
                known.note = Some("Kubernetes takes no passwords since 1.19".to_owned());
            }
            Credential::Exec(command) => {
                known.kind = UserKind::Exec;
                known.note = Some(format!("runs {command}"));
            }
            Credential::AuthProvider(provider) => {
                known.note = Some(format!(
                    "auth-provider {provider} is gone since Kubernetes 1.26"
                ));
            }
            Credential::None => {}
        }
        known
    }

    fn judge_token(&self, token: &Token, known: &mut User) {
        match token.kind() {
            TokenKind::Bootstrap { id } => {
                known.kind = UserKind::BootstrapToken;
                known.identity = Some(format!("system:bootstrap:{id}"));
                let found = self
                    .bootstrap_tokens
                    .iter()
                    .find(|found| found.token == *token);
                known.groups = found.map_or_else(
                    || vec![BOOTSTRAPPERS.to_owned()],
                    |found| found.groups.clone(),
                );
            }
            TokenKind::Jwt(claims) => self.judge_claims(token, claims, known),
            TokenKind::Opaque => {
                known.kind = UserKind::StaticToken;
                let line = self
                    .token_files
                    .iter()
                    .find_map(|(path, file)| Some((path, file.user_of(token)?)));
                known.note = Some(match line {
                    Some((path, line)) => format!("its token stands in {path}, line {}", line.line),
                    None if self.token_files.is_empty() => {
                        "there is no token file here to look it up in".to_owned()
                    }
                    None => "no token file here has its token".to_owned(),
                });
                known.identity = line.map(|(_, line)| line.user.clone());
                known.groups = line
                    .map(|(_, line)| line.groups.clone())
                    .unwrap_or_default();
            }
        }
    }

    fn judge_claims(&self, token: &Token, claims: Claims, known: &mut User) {
        known.kind = UserKind::ServiceAccountToken;
        let answers: Vec<bool> = self
            .service_account_keys
            .iter()
            .filter_map(|spki| token.verify(spki))
            .collect();
        let signed = if answers.contains(&true) {
            "signed by this master's service account key"
        } else if answers.is_empty() {
            "its signature was not checked: no service account key here"
        } else {
            "not signed by this master's service account key"
        };
        let end = claims.expires.map_or_else(
            || "it does not end".to_owned(),
            |end| format!("it ends on {}", end.date()),
        );
        known.note = Some(format!("{signed}; {end}"));
        if let Some((namespace, _)) = claims
            .subject
            .strip_prefix("system:serviceaccount:")
            .and_then(|rest| rest.split_once(':'))
        {
            known.groups = vec![
                "system:serviceaccounts".to_owned(),
                format!("system:serviceaccounts:{namespace}"),
            ];
        }
        known.identity = Some(claims.subject).filter(|subject| !subject.is_empty());
    }
}
