//! The token with which new kubelets ask for their first certificate: in a token file or a Secret's manifest, and in the
//! kubeconfig of the nodes.

use time::Duration;
use zeroize::Zeroizing;

use super::kept::{self, refused};
use super::maker::Maker;
use crate::inventory::mounted::Mounted;
use crate::kubernetes::bootstrap::{
    self, NODE_TOKENS, NewToken, SecretSpec, TOKEN_HOURS, secret_manifest, token_file_line, token_file_token,
};
use crate::kubernetes::kubeconfig::{NewKubeconfig, Token};
use crate::pki::Secret;
use crate::pki::text::printable;
use crate::plan::PlanError;
use crate::setup::blueprint::{Placed, Thing, What};

impl<'a> Maker<'a> {
    pub(super) fn token_file(
        &mut self,
        thing: &'a Thing,
        file: &'a Placed,
        user: &str,
        groups: &[String],
    ) -> Result<(), PlanError> {
        if let Some(lies) = self.there(thing, file)? {
            self.tokens.token = user_token(lies, user);
            if self.tokens.token.is_none() {
                let how = self.materials.root.kubepki(&format!("bootstrap token-file --user {user}"));
                let path = printable(&file.path);
                self.made.warnings.push(format!("{path} stays as it is, and has no line for {user}: {how}"));
            }
            self.hand_out(thing, file, lies.clone(), "tokens", true);
            return Ok(());
        }
        self.refuse_another(thing, file)?;
        let token = match self.kubeconfig_token()? {
            Some(token) => token,
            None => Token::new(&token_file_token()?),
        };
        let mut line = token_file_line(token.expose(), user, "10001", groups);
        // Somebody appends a line by >>, and two in one stop the API server.
        line.push('\n');
        self.tokens.token = Some(token);
        self.hand_out(thing, file, Secret::from(line), "tokens", false);
        Ok(())
    }

    pub(super) fn token_secret(&mut self, thing: &'a Thing, file: &'a Placed) -> Result<(), PlanError> {
        if let Some(lies) = self.there(thing, file)? {
            self.tokens.token = manifest_token(&file.path, lies)?;
            self.hand_out(thing, file, lies.clone(), "manifest of", true);
            return Ok(());
        }
        let token = NewToken::make()?;
        let expires = self.moment.checked_add(Duration::hours(i64::from(TOKEN_HOURS)));
        let description = format!("for the nodes of {}", self.scope.request.cluster.name);
        let manifest =
            secret_manifest(&token, &SecretSpec { description, expires, groups: vec![NODE_TOKENS.to_owned()] });
        self.tokens.token = Some(Token::new(token.expose()));
        let is_here = self.scope.here(thing).iter().any(|here| here.path == file.path);
        let root = if is_here { &self.materials.root } else { &Mounted::default() };
        let command = root.apply(&file.path);
        self.made.warnings.push(format!(
            "the bootstrap token lets in for {TOKEN_HOURS} hours, and only once the cluster has it: {command}"
        ));
        self.hand_out(thing, file, Secret::from(manifest), "manifest of", false);
        Ok(())
    }

    pub(super) fn bootstrap_kubeconfig(
        &mut self,
        thing: &'a Thing,
        issuer: &str,
        file: &'a Placed,
        server: &str,
        names: &[String; 3],
    ) -> Result<(), PlanError> {
        let authority = self.authority_of(issuer)?.certificate.clone();
        if let Some(lies) = self.there(thing, file)? {
            let (read, mut warnings) = kept::kubeconfig(&file.path, lies, server, &authority)?;
            let token = kept::token(&file.path, &read)?;
            if self.tokens.token.as_ref().is_some_and(|other| other != token) {
                warnings.push(format!(
                    "the token in {} is another one than the API server is given",
                    printable(&file.path)
                ));
            }
            self.made.warnings.extend(warnings);
            self.hand_out(thing, file, lies.clone(), "kubeconfig", true);
            return Ok(());
        }
        let Some(token) = self.token()? else {
            let kubepki = |words: &str| self.materials.root.kubepki(words);
            let (token, line) = (kubepki("bootstrap token"), kubepki("bootstrap token-file --user NAME"));
            return Err(PlanError::refused(format!("there is no token for {}", printable(&file.path)))
                .because("it is made with the cluster, and lies on its control plane nodes")
                .hint(format!("make one first: {token}, or {line}")));
        };
        let authority = authority.to_pem();
        let new = NewKubeconfig { names, server, authority: authority.as_bytes() };
        let text: Zeroizing<String> = new.with_token(token.expose());
        self.hand_out(thing, file, Secret::from(text), "kubeconfig", false);
        Ok(())
    }

    /// The token that nodes get: the one that was just made, or one that lies here.
    fn token(&self) -> Result<Option<Token>, PlanError> {
        if let Some(token) = &self.tokens.token {
            return Ok(Some(token.clone()));
        }
        for thing in &self.scope.blueprint.things {
            let found = match &thing.what {
                What::TokenFile { file, user, .. } => self.lies(thing, file)?.and_then(|lies| user_token(lies, user)),
                What::TokenSecret { file } => match self.lies(thing, file)? {
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

    /// The token in a bootstrap kubeconfig that is there and stays.
    fn kubeconfig_token(&self) -> Result<Option<Token>, PlanError> {
        for thing in self.scope.things() {
            let What::BootstrapKubeconfig { file, .. } = &thing.what else { continue };
            if let Some(lies) = self.there(thing, file)? {
                let text =
                    std::str::from_utf8(lies.expose()).map_err(|_| refused(&file.path, "it is no kubeconfig"))?;
                let read = crate::kubernetes::kubeconfig::parse(text)
                    .map_err(|error| refused(&file.path, error.to_string()))?;
                return Ok(Some(kept::token(&file.path, &read)?.clone()));
            }
        }
        Ok(None)
    }
}

fn user_token(bytes: &Secret, user: &str) -> Option<Token> {
    let file = bootstrap::token_file(std::str::from_utf8(bytes.expose()).ok()?);
    file.lines.into_iter().find(|line| line.user == user).map(|line| line.token)
}

fn manifest_token(path: &str, bytes: &Secret) -> Result<Option<Token>, PlanError> {
    let text = std::str::from_utf8(bytes.expose()).unwrap_or_default();
    let tokens = bootstrap::tokens_from_yaml(text).map_err(|error| refused(path, error.to_string()))?;
    Ok(tokens.into_iter().next().map(|token| token.token))
}
