//! What only an input holds: lines of token files, and requests as `cfssl genkey` takes them.

use serde::Serialize;
use time::OffsetDateTime;

use super::sheet::Sheet;
use crate::cli::certificate::AlternativeNames;
use crate::cli::table::Style;
use crate::inventory::bootstrap::{TokenItem, TokenKind};
use crate::kubernetes::cfssl::CfsslRequest;
use crate::words::{given as told, token as words};

/// A request as `cfssl genkey` takes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CfsslDocument {
    subject: String,
    dns_names: Vec<String>,
    ip_addresses: Vec<String>,
    email_addresses: Vec<String>,
    uris: Vec<String>,
    key_algorithm: String,
    passed_over: Vec<String>,
}

pub(super) fn cfssl_document(request: &CfsslRequest) -> CfsslDocument {
    let names = AlternativeNames::of(&request.names);
    CfsslDocument {
        subject: request.subject.to_rfc4514(),
        dns_names: names.dns,
        ip_addresses: names.ip,
        email_addresses: names.email,
        uris: names.uri,
        key_algorithm: request.key_algorithm.to_string(),
        passed_over: request.passed_over.clone(),
    }
}

/// The same in words.
pub(super) fn cfssl(request: &CfsslRequest, style: Style) -> String {
    let mut sheet = Sheet::new();
    sheet.line("Request", "as cfssl genkey takes it");
    sheet.line("Subject", request.subject.to_rfc4514());
    sheet.line("Names", told::cfssl_names(request));
    sheet.line("Key", request.key_algorithm.to_string());
    sheet.several("Passed over", request.passed_over.iter().cloned());
    sheet.line("To do", told::CFSSL);
    sheet.render(style)
}

/// What a token's document is called.
pub(super) fn kind(token: &TokenItem) -> &'static str {
    match token.kind {
        TokenKind::Secret => "BootstrapToken",
        TokenKind::Line => "TokenLine",
    }
}

/// A token, but what it is.
pub(super) fn token(token: &TokenItem, at: OffsetDateTime, style: Style) -> String {
    let mut sheet = Sheet::new();
    let kind = match token.kind {
        TokenKind::Secret => "bootstrap token, as a Secret",
        TokenKind::Line => "line of a token file",
    };
    sheet.line("Token", kind);
    sheet.line("Id", &token.id);
    sheet.line("User", &token.user);
    sheet.several("Groups", token.groups.iter().cloned());
    sheet.line("Lets in", words::left(token, at));
    sheet.line("For", &token.description);
    sheet.several("Fault", token.faults.iter().cloned());
    sheet.render(style)
}
