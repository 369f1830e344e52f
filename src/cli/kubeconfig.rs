//! `kubeconfig list` and `show`: who the users are and which cluster they reach. Never a secret.

mod check;

use super::arguments::{Form, Global, KubeconfigCommand};
use super::document::{KubeconfigDocument, ListDocument};
use super::failure::Failure;
use super::master::Master;
use super::output;
use super::show::kubeconfig::{document, one_document};
use super::table::{Cell, Style, Table};
use super::{exit_of, tell_unfinished};
use crate::inventory::state::judge;
use crate::inventory::{KubeconfigContext, KubeconfigItem, Reaches, User};
use crate::pki::text::printable;
use crate::words::{kubeconfig as told, span};
use check::check;

/// Runs `kubeconfig` and what is below it: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    command: &KubeconfigCommand,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    tell_unfinished(global, None);
    let master = Master::open(global, None)?;
    match command {
        KubeconfigCommand::List => {
            let text = list(&master, form, style)?;
            Ok((text, exit_of(&master).max(master.tell_nothing())))
        }
        KubeconfigCommand::Show { what } => Ok((show(&master, what, form, style)?, 0)),
        KubeconfigCommand::Check(arguments) => check(global, &master, arguments, form, style),
    }
}

/// Runs `kubeconfig list`: the text for standard output.
fn list(master: &Master, form: Form, style: Style) -> Result<String, Failure> {
    let items = &master.inventory.kubeconfigs;
    match form {
        Form::Json => output::json(&list_document(master)),
        Form::Yaml => output::yaml(&list_document(master)),
        Form::Name => Ok(items.iter().fold(String::new(), |out, item| {
            out + &printable(&item.path) + "\n"
        })),
        _ => {
            if items.is_empty() {
                output::tell("kubepki: no kubeconfig found\n");
                return Ok(String::new());
            }
            Ok(table(master, form).without_empty_columns().render(style))
        }
    }
}

/// Runs `kubeconfig show`.
fn show(master: &Master, what: &str, form: Form, style: Style) -> Result<String, Failure> {
    let item = find(master, what)?;
    match form {
        Form::Json => output::json(&one_document(master, item)),
        Form::Yaml => output::yaml(&one_document(master, item)),
        Form::Name => Ok(format!("{}\n", printable(&item.path))),
        _ => Ok(super::show::kubeconfig::text(master, item, style)),
    }
}

fn find<'a>(master: &'a Master, what: &str) -> Result<&'a KubeconfigItem, Failure> {
    let paths = master.paths_of(what);
    let all = &master.inventory.kubeconfigs;
    if let Some(item) = all
        .iter()
        .find(|item| paths.iter().any(|path| *path == *item.path))
    {
        return Ok(item);
    }
    let by_name: Vec<&KubeconfigItem> = all
        .iter()
        .filter(|item| {
            item.roles.iter().any(|role| role.name == what)
                || item.path.rsplit('/').next() == Some(what)
        })
        .collect();
    match by_name.as_slice() {
        [one] => Ok(one),
        [] => {
            let list = master.inventory.mounted.kubepki("kubeconfig list");
            Err(Failure::usage(format!("no kubeconfig is called {what:?}"))
                .hint(format!("see: {list}")))
        }
        several => Err(Failure::usage(format!("{what:?} is ambiguous"))
            .because_all(several.iter().map(|item| item.path.to_string()))),
    }
}

fn list_document(master: &Master) -> ListDocument<KubeconfigDocument> {
    ListDocument {
        head: master.head("KubeconfigList"),
        items: master
            .inventory
            .kubeconfigs
            .iter()
            .map(|item| document(&master.inventory, item))
            .collect(),
    }
}

/// One row a context; a kubeconfig without contexts has one row too.
fn table(master: &Master, form: Form) -> Table {
    let mut head = vec![
        "PATH", "CONTEXT", "USER IS", "BY", "ENDS", "SERVER", "REACHES",
    ];
    if form == Form::Wide {
        head.extend(["GROUPS", "CA", "USER", "NAMESPACE"]);
    }
    head.push("NOTE");
    let mut table = Table::new(&head);
    for item in &master.inventory.kubeconfigs {
        let none = KubeconfigContext {
            name: String::new(),
            cluster: String::new(),
            user: String::new(),
            namespace: None,
            reaches: Reaches::Unknown,
        };
        let contexts: Vec<&KubeconfigContext> = if item.contexts.is_empty() {
            vec![&none]
        } else {
            item.contexts.iter().collect()
        };
        for context in contexts {
            table.push(row(master, item, context, form));
        }
    }
    table
}

fn row(
    master: &Master,
    item: &KubeconfigItem,
    context: &KubeconfigContext,
    form: Form,
) -> Vec<Cell> {
    let user = item.users.iter().find(|user| user.name == context.user);
    let cluster = item
        .clusters
        .iter()
        .find(|cluster| cluster.name == context.cluster);
    let current = !context.name.is_empty() && context.name == item.current;
    let name = if current {
        format!("{} (current)", context.name)
    } else {
        context.name.clone()
    };
    let mut row = vec![
        Cell::new(&*item.path),
        Cell::new(name),
        Cell::new(
            user.and_then(|user| user.identity.as_deref())
                .unwrap_or_default(),
        ),
        Cell::new(user.map(|user| told::kind(user.kind)).unwrap_or_default()),
        ends(master, user),
        Cell::new(
            cluster
                .map(|cluster| cluster.server.as_str())
                .unwrap_or_default(),
        ),
        Cell::new(if context.name.is_empty() {
            ""
        } else {
            told::reaches(context.reaches).0
        }),
    ];
    if form == Form::Wide {
        row.push(Cell::new(
            user.map(|user| user.groups.join(" ")).unwrap_or_default(),
        ));
        row.push(Cell::new(
            cluster
                .map(|cluster| cluster.authority_text.as_str())
                .unwrap_or_default(),
        ));
        row.push(Cell::new(&context.user));
        row.push(Cell::new(context.namespace.as_deref().unwrap_or_default()));
    }
    let fault = item.fault.as_ref().map(ToString::to_string);
    let note = fault
        .as_deref()
        .or(user.and_then(|user| user.note.as_deref()));
    row.push(Cell::new(note.unwrap_or_default()));
    row
}

fn ends(master: &Master, user: Option<&User>) -> Cell {
    let Some(index) = user.and_then(|user| user.certificate) else {
        return Cell::new("");
    };
    let state = master
        .inventory
        .item(index)
        .map(|item| judge(&master.inventory, index, item, master.at));
    let Some((status, life)) = state.and_then(|state| Some((state.status, state.life?))) else {
        return Cell::new("");
    };
    Cell::colored(span::left(life.end, master.at), status)
}
