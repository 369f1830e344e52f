//! The tokens that are here, never their secrets.

use time::OffsetDateTime;

use crate::cli::arguments::Form;
use crate::cli::document::ListDocument;
use crate::cli::failure::Failure;
use crate::cli::master::Master;
use crate::cli::output;
use crate::cli::table::{Cell, Style, Table};
use crate::cli::token::document;
use crate::inventory::bootstrap::{TokenItem, TokenKind, TokenState, is_read_by_habit};
use crate::inventory::state::Status;
use crate::kubernetes::bootstrap::BOOTSTRAPPERS;
use crate::pki::text::printable;
use crate::words::token;

/// The text for standard output.
pub(super) fn list(
    master: &Master,
    kind: TokenKind,
    form: Form,
    style: Style,
) -> Result<String, Failure> {
    let tokens = || {
        master
            .inventory
            .bootstrap
            .worst_first(master.at)
            .into_iter()
            .filter(move |token| token.kind == kind)
    };
    let document = || ListDocument {
        head: master.head("BootstrapTokenList"),
        items: tokens().map(|token| document(token, master.at)).collect(),
    };
    match form {
        Form::Json => output::json(&document()),
        Form::Yaml => output::yaml(&document()),
        Form::Name => Ok(tokens().fold(String::new(), |out, token| {
            out + &printable(token.name()) + "\n"
        })),
        _ => {
            tell_faults(master, kind);
            if tokens().next().is_none() {
                output::tell(match kind {
                    TokenKind::Secret => "kubepki: no manifest of a bootstrap token found\n",
                    TokenKind::Line => "kubepki: no token file with a line found\n",
                });
                return Ok(String::new());
            }
            let mut table = Table::new(&[
                "TOKEN", "STATE", "CAN", "USER", "GROUPS", "PLACE", "HELD BY", "NOTE",
            ]);
            tokens().for_each(|token| table.push(row(token, master.at)));
            Ok(table.without_empty_columns().render(style))
        }
    }
}

/// Lines that hold no token, and token files that nobody reads.
fn tell_faults(master: &Master, kind: TokenKind) {
    let files = master
        .inventory
        .bootstrap
        .token_files
        .iter()
        .filter(|_| kind == TokenKind::Line);
    for file in files {
        let path = printable(&file.path);
        if file.named_in.is_none() && !is_read_by_habit(&master.inventory, &file.path) {
            output::tell(&format!(
                "kubepki: no flag of kube-apiserver that was found names {path}\n"
            ));
        } else if let Some(fault) = &file.fault {
            output::tell(&format!(
                "kubepki: {path}, which kube-apiserver reads: {}\n",
                printable(&fault.to_string())
            ));
        }
        for (line, fault) in &file.faults {
            output::tell(&format!("kubepki: {path}:{line}: {fault}\n"));
        }
    }
}

fn row(token: &TokenItem, at: OffsetDateTime) -> Vec<Cell> {
    let state = Cell::colored(
        token::left(token, at),
        match token.state(at) {
            TokenState::Expired => Status::Expired,
            TokenState::Faulty => Status::Broken,
            TokenState::Endless => Status::Expiring,
            TokenState::Valid => Status::Ok,
        },
    );
    let own: Vec<&str> = token
        .groups
        .iter()
        .map(String::as_str)
        .filter(|group| *group != BOOTSTRAPPERS)
        .collect();
    let groups = if token.kind == TokenKind::Line {
        token.groups.join(" ")
    } else {
        own.join(" ")
    };
    let held: Vec<&str> = token.kubeconfigs.iter().map(|path| &**path).collect();
    let place = match token.kind {
        TokenKind::Secret => token.path.to_string(),
        TokenKind::Line => format!("{}:{}", token.path, token.line),
    };
    let note = if token.faults.is_empty() {
        token.description.clone()
    } else {
        token.faults.join("; ")
    };
    let mut row = vec![Cell::new(token.name()), state, Cell::new(token::can(token))];
    row.push(Cell::new(if token.id.is_empty() {
        ""
    } else {
        &token.user
    }));
    row.extend([groups, place, held.join(" "), note].map(Cell::new));
    row
}
