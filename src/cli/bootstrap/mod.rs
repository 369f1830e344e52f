//! `bootstrap`: tokens, bindings and kubeconfigs with which nodes join. What changes something is a
//! plan as any other.

mod document;
mod join;
mod tokens;

use super::arguments::{
    BootstrapCommand, ChangeArguments, Form, Global, IdentityName, TokenArguments,
    TokenFileArguments,
};
use super::change::Change;
use super::exit_of;
use super::failure::Failure;
use super::master::{Master, moment};
use super::table::Style;
use crate::engine::change;
use crate::inventory::bootstrap::TokenKind;
use crate::kubernetes::bootstrap::{BootstrapIdentity, NO_APPROVER, bindings_manifest};
use crate::plan::bootstrap::new_secret;
use crate::plan::{BootstrapRequest, Request};

/// Runs it: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    command: &BootstrapCommand,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let change =
        |arguments: &ChangeArguments, request| changed(global, arguments, request, form, style);
    match command {
        BootstrapCommand::Token(arguments) if arguments.list => {
            list(global, TokenKind::Secret, form, style)
        }
        BootstrapCommand::Token(arguments) if arguments.print => {
            Ok((printed(global, arguments)?, 0))
        }
        BootstrapCommand::Token(arguments) => change(&arguments.change, of_token(arguments)),
        BootstrapCommand::TokenFile(arguments) if arguments.list => {
            list(global, TokenKind::Line, form, style)
        }
        BootstrapCommand::TokenFile(arguments) => change(&arguments.change, of_line(arguments)),
        BootstrapCommand::Kubeconfig {
            identity,
            server,
            path,
            change: arguments,
        } => change(
            arguments,
            BootstrapRequest::Kubeconfig {
                identity: identity.clone(),
                server: server.clone(),
                path: path.clone(),
            },
        ),
        BootstrapCommand::Manifests {
            identity,
            print: true,
            ..
        } => Ok((bindings(global, *identity)?, 0)),
        BootstrapCommand::Manifests {
            identity,
            path,
            change: arguments,
            ..
        } => {
            let identity = identity.map_or(BootstrapIdentity::Usual, Into::into);
            change(
                arguments,
                BootstrapRequest::Manifests {
                    identity,
                    path: path.clone(),
                },
            )
        }
        BootstrapCommand::Hash => join::hash(&Master::open(global, None)?, form),
        BootstrapCommand::Join {
            token,
            control_plane,
        } => join::join(
            global,
            &Master::open(global, None)?,
            token.as_deref(),
            *control_plane,
            form,
        ),
    }
}

/// Plans and does what a request asks for.
fn changed(
    global: &Global,
    arguments: &ChangeArguments,
    request: BootstrapRequest,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let change = Change::new(global, arguments, form, style);
    change.run(|_| Ok(Request::Bootstrap(request)))
}

/// The manifest of the bindings for those who join, written nowhere.
fn bindings(global: &Global, identity: Option<IdentityName>) -> Result<String, Failure> {
    let identity = match identity.map_or(BootstrapIdentity::Usual, Into::into) {
        BootstrapIdentity::Usual => Master::open(global, None)?
            .inventory
            .known_layout()
            .usual_identity(),
        other => other,
    };
    super::output::tell(&format!("kubepki: {NO_APPROVER}\n"));
    Ok(bindings_manifest(identity))
}

fn list(
    global: &Global,
    kind: TokenKind,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let master = Master::open(global, None)?;
    Ok((tokens::list(&master, kind, form, style)?, exit_of(&master)))
}

/// The manifest of a token that is written nowhere.
fn printed(global: &Global, arguments: &TokenArguments) -> Result<String, Failure> {
    let moment = moment(global.at.as_deref())?;
    let made = new_secret(
        &arguments.description,
        arguments.ttl.0,
        &arguments.groups,
        moment,
    );
    let made = made.map_err(change::Failure::from)?;
    Ok(String::from_utf8_lossy(made.manifest.expose()).into_owned())
}

fn of_token(arguments: &TokenArguments) -> BootstrapRequest {
    match &arguments.expire {
        Some(id) => BootstrapRequest::ExpireToken { id: id.clone() },
        None => BootstrapRequest::NewToken {
            description: arguments.description.clone(),
            hours: arguments.ttl.0,
            groups: arguments.groups.clone(),
            path: arguments.path.clone(),
        },
    }
}

fn of_line(arguments: &TokenFileArguments) -> BootstrapRequest {
    if let Some(user) = &arguments.expire {
        return BootstrapRequest::ExpireLine { user: user.clone() };
    }
    let user = arguments.user.clone().unwrap_or_default();
    let usual = || {
        let known = [
            BootstrapIdentity::TokenFile,
            BootstrapIdentity::Bootstrapper,
        ];
        let found = known
            .into_iter()
            .filter_map(BootstrapIdentity::token_user)
            .find(|known| known.user == user);
        found
            .map(|known| known.group.to_owned())
            .into_iter()
            .collect()
    };
    let groups = if arguments.groups.is_empty() {
        usual()
    } else {
        arguments.groups.clone()
    };
    BootstrapRequest::NewLine {
        uid: arguments.uid.clone().unwrap_or_default(),
        groups,
        user,
    }
}
