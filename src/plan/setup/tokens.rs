//! The token with which new kubelets ask for their first certificate: in a token file or a Secret's
//! manifest, and in the kubeconfig of the nodes.

use time::Duration;
use zeroize::Zeroizing;

use super::kept::{self, refused};
use super::workshop::{Output, Workshop};
use crate::inventory::mounted::Mounted;
use crate::kubernetes::bootstrap::{
    self, NODE_TOKENS, NewToken, SecretSpec, TOKEN_HOURS, secret_manifest, token_file_line,
    token_file_token,
};
use crate::kubernetes::kubeconfig::{NewKubeconfig, Token};
use crate::pki::text::printable;
use crate::pki::{Certificate, Secret};
use crate::plan::PlanError;
use crate::setup::blueprint::{Placed, Thing, What};

/// The tokens of a setup.
#[derive(Default)]
pub(super) struct Tokens {
    /// The one for kubeconfigs.
    token: Option<Token>,
}

/// The line of a token file.
#[derive(Clone, Copy)]
pub(super) struct TokenLine<'a> {
    file: &'a Placed,
    user: &'a str,
    groups: &'a [String],
}

/// Where a kubeconfig goes, and what it reaches.
#[derive(Clone, Copy)]
pub(super) struct KubeconfigPlace<'a> {
    pub(super) file: &'a Placed,
    /// The server's URL.
    pub(super) server: &'a str,
    /// The names of cluster, user and context.
    pub(super) names: &'a [String; 3],
}

impl<'a> TokenLine<'a> {
    pub(super) fn of(file: &'a Placed, user: &'a str, groups: &'a [String]) -> Self {
        Self { file, user, groups }
    }
}

impl<'a> KubeconfigPlace<'a> {
    pub(super) fn of(file: &'a Placed, server: &'a str, names: &'a [String; 3]) -> Self {
        Self {
            file,
            server,
            names,
        }
    }
}

impl Tokens {
    pub(super) fn add_file<'a>(
        &mut self,
        shop: &mut Workshop<'a>,
        thing: &'a Thing,
        line: TokenLine<'a>,
    ) -> Result<(), PlanError> {
        let TokenLine { file, user, groups } = line;
        if let Some(lies) = shop.there(thing, file)? {
            self.token = user_token(lies, user);
            if self.token.is_none() {
                let how = shop
                    .materials
                    .root
                    .kubepki(&format!("bootstrap token-file --user {user}"));
                let path = printable(&file.path);
                shop.made.warnings.push(format!(
                    "{path} stays as it is, and has no line for {user}: {how}"
                ));
            }
            shop.hand_out(thing, file, Output::kept(lies.clone(), "tokens"));
            return Ok(());
        }
        shop.refuse_another(thing, file)?;
        let token = match kubeconfig_token(shop)? {
            Some(token) => token,
            None => Token::new(&token_file_token()?),
        };
        let mut line = token_file_line(token.expose(), user, "10001", groups);
        // Somebody appends a line by >>, and two in one stop the API server.
        line.push('\n');
        self.token = Some(token);
        shop.hand_out(thing, file, Output::new(Secret::from(line), "tokens"));
        Ok(())
    }

    pub(super) fn add_secret<'a>(
        &mut self,
        shop: &mut Workshop<'a>,
        thing: &'a Thing,
        file: &'a Placed,
    ) -> Result<(), PlanError> {
        if let Some(lies) = shop.there(thing, file)? {
            self.token = manifest_token(&file.path, lies)?;
            shop.hand_out(thing, file, Output::kept(lies.clone(), "manifest of"));
            return Ok(());
        }
        let token = NewToken::make()?;
        let expires = shop
            .moment
            .checked_add(Duration::hours(i64::from(TOKEN_HOURS)));
        let description = format!("for the nodes of {}", shop.scope.request.cluster.name);
        let manifest = secret_manifest(
            &token,
            &SecretSpec {
                description,
                expires,
                groups: vec![NODE_TOKENS.to_owned()],
            },
        );
        self.token = Some(Token::new(token.expose()));
        let is_here = shop
            .scope
            .here(thing)
            .iter()
            .any(|here| here.path == file.path);
        let root = if is_here {
            &shop.materials.root
        } else {
            &Mounted::default()
        };
        let command = root.apply(&file.path);
        shop.made.warnings.push(format!(
            "the bootstrap token lets in for {TOKEN_HOURS} hours, and only once the cluster has it: {command}"
        ));
        shop.hand_out(
            thing,
            file,
            Output::new(Secret::from(manifest), "manifest of"),
        );
        Ok(())
    }

    /// A kubeconfig with the token in it. `authority`: by which its server is verified.
    pub(super) fn add_kubeconfig<'a>(
        &self,
        shop: &mut Workshop<'a>,
        thing: &'a Thing,
        place: KubeconfigPlace<'a>,
        authority: &Certificate,
    ) -> Result<(), PlanError> {
        let KubeconfigPlace {
            file,
            server,
            names,
        } = place;
        if let Some(lies) = shop.there(thing, file)? {
            let (read, mut warnings) = kept::kubeconfig(&file.path, lies, server, authority)?;
            let token = kept::token(&file.path, &read)?;
            if self.token.as_ref().is_some_and(|other| other != token) {
                warnings.push(format!(
                    "the token in {} is another one than the API server is given",
                    printable(&file.path)
                ));
            }
            shop.made.warnings.extend(warnings);
            shop.hand_out(thing, file, Output::kept(lies.clone(), "kubeconfig"));
            return Ok(());
        }
        let Some(token) = self.token(shop)? else {
            let kubepki = |words: &str| shop.materials.root.kubepki(words);
            let (token, line) = (
                kubepki("bootstrap token"),
                kubepki("bootstrap token-file --user NAME"),
            );
            return Err(PlanError::refused(format!(
                "there is no token for {}",
                printable(&file.path)
            ))
            .because("it is made with the cluster, and lies on its control plane nodes")
            .hint(format!("make one first: {token}, or {line}")));
        };
        let authority = authority.to_pem();
        let new = NewKubeconfig {
            names,
            server,
            authority: authority.as_bytes(),
        };
        let text: Zeroizing<String> = new.with_token(token.expose());
        shop.hand_out(thing, file, Output::new(Secret::from(text), "kubeconfig"));
        Ok(())
    }

    /// The token that nodes get: the one that was just made, or one that lies here.
    fn token(&self, shop: &Workshop<'_>) -> Result<Option<Token>, PlanError> {
        if let Some(token) = &self.token {
            return Ok(Some(token.clone()));
        }
        for thing in &shop.scope.blueprint.things {
            let found = match &thing.what {
                What::TokenFile { file, user, .. } => shop
                    .lies(thing, file)?
                    .and_then(|lies| user_token(lies, user)),
                What::TokenSecret { file } => match shop.lies(thing, file)? {
                    Some(lies) => manifest_token(&file.path, lies)?,
                    None => None,
                },
                _ => None,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// The token in a bootstrap kubeconfig that is there and stays.
fn kubeconfig_token(shop: &Workshop<'_>) -> Result<Option<Token>, PlanError> {
    for thing in shop.scope.things() {
        let What::BootstrapKubeconfig { file, .. } = &thing.what else {
            continue;
        };
        if let Some(lies) = shop.there(thing, file)? {
            let text = std::str::from_utf8(lies.expose())
                .map_err(|_| refused(&file.path, "it is no kubeconfig"))?;
            let read = crate::kubernetes::kubeconfig::parse(text)
                .map_err(|error| refused(&file.path, error.to_string()))?;
            return Ok(Some(kept::token(&file.path, &read)?.clone()));
        }
    }
    Ok(None)
}

fn user_token(bytes: &Secret, user: &str) -> Option<Token> {
    let file = bootstrap::token_file(std::str::from_utf8(bytes.expose()).ok()?);
    file.lines
        .into_iter()
        .find(|line| line.user == user)
        .map(|line| line.token)
}

fn manifest_token(path: &str, bytes: &Secret) -> Result<Option<Token>, PlanError> {
    let text = std::str::from_utf8(bytes.expose()).unwrap_or_default();
    let tokens =
        bootstrap::tokens_from_yaml(text).map_err(|error| refused(path, error.to_string()))?;
    Ok(tokens.into_iter().next().map(|token| token.token))
}
