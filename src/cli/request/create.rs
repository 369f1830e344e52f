//! `request create`: key, request and object, from flags or from cfssl's JSON.

use crate::cli::arguments::{CreateArguments, Form, Global};
use crate::cli::change::Change;
use crate::cli::failure::Failure;
use crate::cli::input::{absolute, shown, text_of};
use crate::cli::master::{Master, open_options};
use crate::cli::table::Style;
use crate::engine::machine::machine;
use crate::inventory::beginning::Machine;
use crate::kubernetes::cfssl;
use crate::pki::ExtendedKeyUsage;
use crate::plan::issue::{names_of_machine, usual_out};
use crate::plan::{AskedObject, IssueRequest, Profile, Purpose, Request, ServiceName};

/// Runs it: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    arguments: &CreateArguments,
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
    arguments: &CreateArguments,
) -> Result<IssueRequest, Failure> {
    let purpose = match arguments.role {
        Some(role) => Purpose::Role {
            role,
            node: arguments.node.clone(),
        },
        None => Purpose::Profile(profile(arguments)),
    };
    let mut request = IssueRequest {
        usages: arguments.subject.usages.clone(),
        days: arguments.days,
        request_only: true,
        note: arguments.note.clone(),
        is_bare: arguments.bare.is_some(),
        object: arguments.bare.is_none().then(|| AskedObject {
            name: arguments.name.clone(),
            signer_name: arguments.signer.clone(),
        }),
        ..IssueRequest::new(purpose)
    };
    let machine = machine(&open_options(global, None), &master.inventory);
    if let Some(file) = &arguments.file {
        as_written(&mut request, file)?;
    } else {
        by_flags(&mut request, arguments, &machine);
    }
    let paths = arguments.replace.iter().map(|path| absolute(path));
    request.replace = paths.collect::<Result<_, _>>()?;
    let said = arguments.out.as_deref().or(arguments.bare.as_deref());
    request.out = said.map(absolute).transpose()?;
    let own = master.inventory.node.as_deref();
    request.out = request
        .out
        .take()
        .or_else(|| usual_out(&machine.home, &request, own));
    Ok(request)
}

/// Who it is by flags.
fn by_flags(request: &mut IssueRequest, arguments: &CreateArguments, machine: &Machine) {
    let subject = &arguments.subject;
    request.common_name.clone_from(&subject.cn);
    request.organizations.clone_from(&subject.organizations);
    request.names.clone_from(&subject.names);
    if subject.this_node {
        request.names.extend(names_of_machine(machine));
    }
    request.service = subject.service.clone().map(|name| ServiceName {
        name,
        namespace: arguments.namespace.clone(),
    });
    request.key_algorithm = subject.key_algorithm;
}

/// What it is for: as it is said, else as its usages say, else a server.
fn profile(arguments: &CreateArguments) -> Profile {
    let usages = &arguments.subject.usages;
    let is_client = usages.contains(&ExtendedKeyUsage::ClientAuth);
    let is_server = usages.contains(&ExtendedKeyUsage::ServerAuth);
    arguments.profile.unwrap_or(match (is_server, is_client) {
        (true, true) => Profile::Peer,
        (false, true) => Profile::Client,
        (_, false) => Profile::Server,
    })
}

/// Who it is by cfssl's JSON.
fn as_written(request: &mut IssueRequest, file: &str) -> Result<(), Failure> {
    let read = cfssl::from_json(&text_of(file)?).map_err(|error| {
        Failure::usage(format!("{} is no request", shown(file))).because(error.to_string())
    })?;
    request.ask_as_written(read);
    Ok(())
}
