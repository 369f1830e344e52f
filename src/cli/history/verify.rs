//! `history verify`: whether every record is as it was written.

use serde::Serialize;

use super::super::arguments::Form;
use super::super::document::API_VERSION;
use super::super::failure::{Exit, Failure};
use super::super::output;
use super::super::table::{Cell, Style, Table};
use crate::engine::change::{Verification, Verified};
use crate::pki::text::printable;
use crate::words::count;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerificationList<'a> {
    api_version: &'static str,
    kind: &'static str,
    items: Vec<VerificationDocument<'a>>,
    /// `null` where there is none.
    index: Option<IndexDocument<'a>>,
    /// `null` where there is none.
    ledger: Option<LedgerDocument<'a>>,
    /// What lies among the operations and is none of kubepki's.
    others: &'a [String],
}

impl<'a> VerificationList<'a> {
    fn of(verified: &'a Verification) -> Self {
        let operations = verified.operations.iter();
        Self {
            api_version: API_VERSION,
            kind: "OperationVerificationList",
            items: operations
                .map(|one| VerificationDocument {
                    id: &one.id,
                    faults: &one.faults,
                })
                .collect(),
            index: verified
                .index
                .as_ref()
                .map(|faults| IndexDocument { faults }),
            ledger: verified.ledger.as_ref().map(|faults| LedgerDocument {
                faults,
                remnants: &verified.remnants,
            }),
            others: &verified.others,
        }
    }
}

#[derive(Serialize)]
struct IndexDocument<'a> {
    faults: &'a [String],
}

#[derive(Serialize)]
struct LedgerDocument<'a> {
    faults: &'a [String],
    /// What lies in it and hides nothing.
    remnants: &'a [String],
}

#[derive(Serialize)]
struct VerificationDocument<'a> {
    id: &'a str,
    faults: &'a [String],
}

/// Exit 3 where something is not as it should be.
pub(super) fn verify(
    verified: &Verification,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    for remnant in &verified.remnants {
        output::tell(&format!("kubepki: the ledger: {remnant}\n"));
    }
    let text = match form {
        Form::Json => output::json(&VerificationList::of(verified))?,
        Form::Yaml => output::yaml(&VerificationList::of(verified))?,
        Form::Name => {
            faulty(verified).fold(String::new(), |out, one| out + &printable(&one.id) + "\n")
        }
        _ if verified.is_whole() => {
            let mut looked_at = vec![count::of(verified.operations.len(), "operation")];
            looked_at.extend(verified.index.as_ref().map(|_| "their index".to_owned()));
            looked_at.extend(verified.ledger.as_ref().map(|_| "the ledger".to_owned()));
            let last = looked_at.split_off(looked_at.len() - 1).join("");
            let before = looked_at.join(", ");
            let and = if before.is_empty() { "" } else { " and " };
            format!("{before}{and}{last}: all whole\n")
        }
        _ => faults(verified).render(style),
    };
    Ok((
        text,
        if verified.is_whole() {
            0
        } else {
            Exit::Unable.code()
        },
    ))
}

/// The operations with whose records something is wrong.
fn faulty(verified: &Verification) -> impl Iterator<Item = &Verified> {
    verified
        .operations
        .iter()
        .filter(|one| !one.faults.is_empty())
}

/// Everything that is wrong.
fn faults(verified: &Verification) -> Table {
    let mut table = Table::new(&["ID", "FAULT"]);
    for one in faulty(verified) {
        for fault in &one.faults {
            table.push(vec![Cell::new(&one.id), Cell::new(fault)]);
        }
    }
    for fault in verified.index.iter().flatten() {
        table.push(vec![Cell::new("the index"), Cell::new(fault)]);
    }
    for fault in verified.ledger.iter().flatten() {
        table.push(vec![Cell::new("the ledger"), Cell::new(fault)]);
    }
    for other in &verified.others {
        table.push(vec![Cell::new("no operation"), Cell::new(other)]);
    }
    table
}
