//! The kubeconfig of a kubelet that has no certificate yet, and the manifests of the bindings.

use zeroize::Zeroizing;

use super::{Draft, PUBLIC_MODE, SECRET_MODE, bindings_path, checks};
use crate::inventory::Inventory;
use crate::inventory::bootstrap::{TokenItem, TokenKind, authorities, kubeconfig_path, server};
use crate::kubernetes::address::Address;
use crate::kubernetes::bootstrap::{
    BootstrapIdentity, KubeconfigNames, NO_APPROVER, bindings_manifest, bootstrap_kubeconfig,
    token_file, tokens_from_yaml,
};
use crate::kubernetes::kubeconfig::{Credential, parse, token_id};
use crate::kubernetes::role::RoleId;
use crate::pki::text::printable;
use crate::pki::{Secret, trust};
use crate::plan::PlanError;
use crate::record::PathState;

/// The token of an identity: a bootstrap token by its id, else the last line of a user.
pub(super) fn token_item<'a>(
    inventory: &'a Inventory,
    identity: &str,
) -> Result<&'a TokenItem, PlanError> {
    let tokens = &inventory.bootstrap.tokens;
    let by_id = tokens
        .iter()
        .rev()
        .find(|token| token.kind == TokenKind::Secret && token.id == identity);
    let by_user = || {
        tokens
            .iter()
            .rev()
            .find(|token| token.kind == TokenKind::Line && token.user == identity)
    };
    by_id.or_else(by_user).ok_or_else(|| {
        let listed = |what: &str| {
            inventory
                .mounted
                .kubepki(&format!("bootstrap {what} --list"))
        };
        PlanError::refused(format!(
            "no token here is called \"{}\"",
            printable(identity)
        ))
        .because("neither a manifest of a bootstrap token nor a line of a token file has it")
        .hint(format!(
            "{} and {} name those that are here",
            listed("token"),
            listed("token-file")
        ))
    })
}

pub(super) fn kubeconfig(
    draft: &mut Draft<'_>,
    identity: &str,
    server: Option<&str>,
    path: Option<&str>,
) -> Result<(), PlanError> {
    let item = token_item(draft.inventory, identity)?;
    let token =
        token_of(item, draft.text(&item.path)?).ok_or_else(|| super::changed(&item.path))?;
    let server = server_of(draft.inventory, server)?;
    let path = path.map_or_else(|| kubeconfig_path(draft.inventory), str::to_owned);
    let authority = trusted(draft.inventory)?;
    let cluster = draft.inventory.cluster.as_deref().unwrap_or("kubernetes");
    let names = match item.kind {
        _ if !draft.inventory.known_layout().joins_by_hand() => KubeconfigNames::kubeadm(cluster),
        TokenKind::Secret => KubeconfigNames::guides(cluster, "kubelet-bootstrap"),
        TokenKind::Line => KubeconfigNames::guides(cluster, &item.user),
    };
    let text = bootstrap_kubeconfig(&names, &server, authority.as_bytes(), &token);
    let is_read = parse(&text).is_ok_and(|read| {
        let user = read
            .current_context()
            .and_then(|context| read.user(&context.user));
        read.faults.is_empty()
            && user.is_some_and(
                |user| matches!(user.credential(), Credential::Token(read) if read.is(&token)),
            )
    });
    if !is_read {
        return Err(PlanError::refused("the kubeconfig cannot be read back"));
    }
    let file = path.rsplit('/').next().unwrap_or(&path).to_owned();
    draft.title = format!("New {} for {}", printable(&file), printable(identity));
    if draft.material(&path)?.path_state != PathState::Absent {
        draft.ask(format!("{} is there, and is replaced", printable(&path)));
    }
    draft.write(
        &path,
        Secret::from(text),
        SECRET_MODE,
        "kubeconfig with a token",
    )?;
    let source = draft.materials.root.word(&path);
    let hint = format!("# on its way to the worker it is a secret: scp -p {source} root@WORKER:");
    draft.commands.push(format!(
        "{hint}{}",
        crate::pki::text::quoted(&kubeconfig_path(draft.inventory))
    ));
    judge_token(draft, item);
    judge_server(draft, &server);
    Ok(())
}

/// The CAs that the kubeconfig trusts, PEM, each once.
fn trusted(inventory: &Inventory) -> Result<String, PlanError> {
    let certificates = authorities(inventory).filter_map(|item| item.certificate());
    let trusted = certificates.fold(String::new(), |text, certificate| {
        if text.contains(&certificate.to_pem()) {
            text
        } else {
            text + &certificate.to_pem()
        }
    });
    if trusted.is_empty() {
        return Err(PlanError::refused(
            "there is no CA of the cluster here for the kubeconfig to trust",
        ));
    }
    Ok(trusted)
}

/// The token itself, in the text of its file; `None`: it is not there any more.
pub fn token_of(item: &TokenItem, text: &str) -> Option<Zeroizing<String>> {
    let token = match item.kind {
        TokenKind::Secret => {
            let mut tokens = tokens_from_yaml(text).ok()?.into_iter().rev();
            tokens
                .find(|token| token.id == item.id && token_id(token.token.expose()).is_some())?
                .token
        }
        TokenKind::Line => {
            token_file(text)
                .lines
                .into_iter()
                .rev()
                .find(|line| line.user == item.user)?
                .token
        }
    };
    Some(Zeroizing::new(token.expose().to_owned()))
}

/// The server that is asked for, else the one that other machines reach.
fn server_of(inventory: &Inventory, asked: Option<&str>) -> Result<String, PlanError> {
    let unknown = || {
        PlanError::refused("the API server's address is not known")
            .because("no kubeconfig here and no flag of kube-apiserver names one that other machines reach")
            .hint("give it, as --server https://10.0.0.10:6443")
    };
    let server = asked
        .map(str::to_owned)
        .or_else(|| server(inventory))
        .ok_or_else(unknown)?;
    let is_url = server.starts_with("https://") && Address::parse(&server).is_some();
    if !is_url || printable(&server) != server || server.contains(char::is_whitespace) {
        return Err(PlanError::refused(format!(
            "\"{}\" is no URL of an API server",
            printable(&server)
        ))
        .hint("as https://10.0.0.10:6443, an IPv6 address in brackets"));
    }
    Ok(server)
}

/// What makes a token useless.
fn judge_token(draft: &mut Draft<'_>, item: &TokenItem) {
    if item.expires.is_some_and(|end| end <= draft.context.moment) {
        draft.warn(format!(
            "the token {} has ended: it lets nobody in",
            printable(&item.id)
        ));
    }
    if !item.authenticates {
        draft.warn(format!(
            "the token {} lets nobody in: usage-bootstrap-authentication is not set",
            printable(&item.id)
        ));
    }
    for fault in &item.faults {
        draft.warn(format!(
            "{}:{}: {}",
            printable(&item.path),
            item.line,
            printable(fault)
        ));
    }
}

/// Whether the API server's certificate has the name by which it will be called.
fn judge_server(draft: &mut Draft<'_>, server: &str) {
    let Some(address) = Address::parse(server) else {
        return;
    };
    let mut items = draft.inventory.items.iter().filter(|item| item.in_use);
    let shown = items.find(|item| item.roles.iter().any(|role| role.id == RoleId::Apiserver));
    if let Some(certificate) = shown.and_then(|item| item.certificate())
        && !trust::matches_host(certificate, address.host)
    {
        draft.warn(format!(
            "the API server's certificate is not for {}: kubelets will refuse it",
            address.host
        ));
    }
}

pub(super) fn bindings(
    draft: &mut Draft<'_>,
    identity: BootstrapIdentity,
    path: Option<&str>,
) -> Result<(), PlanError> {
    let identity = identity.or_usual(draft.inventory.known_layout().usual_identity());
    if identity == BootstrapIdentity::None {
        return Err(PlanError::refused(
            "nobody joins with a token: there is nothing to bind",
        ));
    }
    let path = path.map_or_else(bindings_path, str::to_owned);
    checks::manifest_path(draft, &path)?;
    if draft.material(&path)?.path_state != PathState::Absent {
        draft.ask(format!("{} is there, and is replaced", printable(&path)));
    }
    draft.title = format!("Bindings for {}", identity.title());
    let manifest = Secret::new(bindings_manifest(identity).into_bytes());
    draft.write(
        &path,
        manifest,
        draft.mode(&path, PUBLIC_MODE),
        "3 ClusterRoleBindings",
    )?;
    draft.hand_over(&path);
    draft.warn(NO_APPROVER);
    checks::users_are_bound(draft, identity);
    Ok(())
}
