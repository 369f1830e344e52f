//! `issue`: the flags as the request that the wizard makes too.

use super::arguments::{Form, Global, IssueArguments};
use super::change::Change;
use super::failure::Failure;
use super::input::absolute;
use super::master::{Master, open_options};
use super::select;
use super::table::Style;
use crate::engine::machine::machine;
use crate::plan::issue::{names_of_machine, usual_out};
use crate::plan::{IssueRequest, Purpose, Request, SecretName, ServiceName};

/// Runs `issue`: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    arguments: &IssueArguments,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let change = Change::new(global, &arguments.change, form, style);
    change.run(|master| {
        let request = request(global, master, arguments)?;
        Ok(Request::Issue(Box::new(request)))
    })
}

fn request(
    global: &Global,
    master: &Master,
    arguments: &IssueArguments,
) -> Result<IssueRequest, Failure> {
    let (subject, written) = (&arguments.subject, &arguments.written);
    let purpose = match (arguments.profile, arguments.role) {
        (Some(profile), _) => Purpose::Profile(profile),
        (None, Some(role)) => Purpose::Role {
            role,
            node: arguments.node.clone(),
        },
        (None, None) => return Err(Failure::usage("--profile or --role says what it is for")),
    };
    let machine = machine(&open_options(global, None), &master.inventory);
    let mut names = subject.names.clone();
    if subject.this_node {
        names.extend(names_of_machine(&machine));
    }
    let authority = arguments.authority.as_deref();
    let namespace = || written.namespace.clone();
    let paths = written.replace.iter().map(|path| absolute(path));
    let mut request = IssueRequest {
        common_name: subject.cn.clone(),
        organizations: subject.organizations.clone(),
        names,
        service: subject.service.clone().map(|name| ServiceName {
            name,
            namespace: namespace(),
        }),
        usages: subject.usages.clone(),
        days: arguments.days,
        key_algorithm: subject.key_algorithm,
        authority: authority
            .map(|what| select::authority(master, what))
            .transpose()?,
        out: written.out.as_deref().map(absolute).transpose()?,
        ingress: written.ingress.clone().map(|name| SecretName {
            name,
            namespace: namespace(),
        }),
        request_only: written.request_only,
        note: arguments.note.clone(),
        replace: paths.collect::<Result<_, _>>()?,
        ..IssueRequest::new(purpose)
    };
    let own = master.inventory.node.as_deref();
    request.out = request
        .out
        .take()
        .or_else(|| usual_out(&machine.home, &request, own));
    Ok(request)
}
