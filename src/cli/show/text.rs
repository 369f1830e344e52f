//! One thing as text for people: a name a line, what belongs together side by side.

use std::fmt::Write as _;

use time::Duration;
use unicode_width::UnicodeWidthStr as _;

use crate::cli::arguments::Form;
use crate::cli::certificate::readers;
use crate::cli::document::{CertificateDetails, HalfDocument, KeyDocument, ReaderDocument, RequestDocument};
use crate::cli::table::{Style, dressed, sign};
use crate::inventory::judged::{JudgedItem, is_astray, is_closed};
use crate::inventory::right::{CertificateHolder, holder};
use crate::inventory::{Inventory, Item, KubeconfigItem, Reader, User};
use crate::kubernetes::flags::written;
use crate::kubernetes::role::Right;
use crate::pki::text::printable;
use crate::words::{certificate as told, date, kubeconfig as words, span};

/// Names and values, aligned.
pub(crate) struct Sheet {
    lines: Vec<(&'static str, String)>,
}

impl Sheet {
    pub(crate) fn new() -> Self {
        Self { lines: Vec::new() }
    }

    /// One line; nothing where the value is empty. Hidden characters are spelled out.
    pub(crate) fn line(&mut self, name: &'static str, value: impl AsRef<str>) {
        let value = value.as_ref();
        if !value.is_empty() {
            self.lines.push((name, printable(value).into_owned()));
        }
    }

    /// The name once, then one value a line.
    fn several(&mut self, name: &'static str, values: impl IntoIterator<Item = String>) {
        for (position, value) in values.into_iter().enumerate() {
            self.line(if position == 0 { name } else { "" }, value);
        }
    }

    /// A value that is dressed already and holds nothing from outside.
    fn dressed(&mut self, name: &'static str, value: String) {
        self.lines.push((name, value));
    }

    pub(crate) fn render(&self, style: Style) -> String {
        let width = self.lines.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
        let mut out = String::new();
        let mut last = "";
        for (name, value) in &self.lines {
            if style.plain {
                // A screen reader gets the name again on each line.
                last = if name.is_empty() { last } else { name };
                let _ = writeln!(out, "{last}: {value}");
            } else {
                let _ = writeln!(out, "{name}{}  {value}", " ".repeat(width - name.width()));
            }
        }
        out
    }
}

fn owned(text: Option<&String>) -> &str {
    text.map_or("", String::as_str)
}

/// A certificate.
pub(crate) fn certificate(
    inventory: &Inventory,
    details: &CertificateDetails,
    judged: &JudgedItem<'_>,
    at: time::OffsetDateTime,
    form: Form,
    style: Style,
) -> String {
    let mut sheet = Sheet::new();
    place(&mut sheet, details, judged, style);
    identity(&mut sheet, inventory, details, judged);
    if let Some(certificate) = judged.item.certificate() {
        sheet.line("Not before", date::minute(certificate.not_before()));
        let (end, left) = (date::minute(certificate.not_after()), span::left(certificate.not_after(), at));
        sheet.line("Not after", format!("{end}  ({left})"));
        if let (Some(authority), Some(life)) = (&details.certificate.ends_with, judged.state.life) {
            let (end, left) = (date::minute(life.end), span::left(life.end, at));
            sheet.line("Works until", format!("{end}  ({left}), the end of its CA {authority}"));
        }
    }
    usages(&mut sheet, details);
    key(&mut sheet, details, judged.item);
    sheet.several("Read by", details.certificate.read_by.iter().map(reader));
    let writers = details.certificate.writable_by.iter();
    sheet.several("Written by", writers.map(|writer| format!("{} can write {}", writer.who, writer.path)));
    right(&mut sheet, holder(inventory, judged.index, judged.item).as_ref());
    sheet.several("When it is dead", details.consequences.iter().cloned());
    digests(&mut sheet, details);
    if form == Form::Wide {
        sheet.several(
            "Extensions",
            details.extensions.iter().map(|extension| {
                let critical = if extension.critical { ", critical" } else { "" };
                format!("{} ({}{critical}): {}", extension.name, extension.oid, extension.text)
            }),
        );
    }
    sheet.several("Without kubepki", details.commands.iter().cloned());
    let mut out = sheet.render(style);
    if form == Form::Wide
        && let Some(pem) = &details.pem
    {
        out.push_str(pem);
    }
    out
}

fn place(sheet: &mut Sheet, details: &CertificateDetails, judged: &JudgedItem<'_>, style: Style) {
    let document = &details.certificate;
    sheet.line("Name", &document.id);
    let sign = if style.plain { String::new() } else { format!("{} ", sign(judged.state.status, style.ascii).trim()) };
    let word = format!("{}{}", sign.trim_start(), document.status);
    sheet.dressed("Status", dressed(&word, judged.state.status, style.color).into_owned());
    sheet.line("Why", owned(document.why.as_ref()));
    sheet.several(
        "Role",
        judged.item.roles.iter().map(|role| match role.purpose {
            "" => role.name.to_owned(),
            purpose => format!("{}: {purpose}", role.name),
        }),
    );
    let index =
        if document.index > 0 { format!(", certificate {} of the file", document.index + 1) } else { String::new() };
    let used = if document.in_use || document.path == super::INPUT { "" } else { "  (not in use)" };
    sheet.line("Path", format!("{}{index}{used}", document.path));
    sheet.several("Also in", document.copies.iter().cloned());
}

fn identity(sheet: &mut Sheet, inventory: &Inventory, details: &CertificateDetails, judged: &JudgedItem<'_>) {
    let document = &details.certificate;
    sheet.line("Subject", owned(document.subject.as_ref()));
    sheet.line("Issuer", owned(document.issuer.as_ref()));
    if document.subject.is_some() {
        let (signer, _) = told::issuer(inventory, judged.index, |item| item.id.to_string());
        sheet.line("Signed by", signer);
    }
    if details.chain.len() > 1 {
        sheet.line("Chain", details.chain.join(" < "));
    }
    sheet.line("Serial number", owned(document.serial_number.as_ref()));
}

fn usages(sheet: &mut Sheet, details: &CertificateDetails) {
    let document = &details.certificate;
    if document.is_authority {
        let constraints = details.extensions.iter().find(|extension| extension.oid == "2.5.29.19");
        sheet.line("Authority", constraints.map(|extension| extension.text.as_str()).unwrap_or_default());
    }
    sheet.line("Key usage", document.key_usage.join(", "));
    sheet.line("Extended usage", document.extended_key_usage.join(", "));
    names(sheet, [&document.dns_names, &document.ip_addresses, &document.email_addresses, &document.uris]);
}

/// Subject alternative names by their kinds.
fn names(sheet: &mut Sheet, kinds: [&[String]; 4]) {
    for (label, names) in ["DNS names", "IP addresses", "Email", "URIs"].into_iter().zip(kinds) {
        sheet.several(label, names.iter().cloned());
    }
}

fn key(sheet: &mut Sheet, details: &CertificateDetails, item: &Item) {
    let document = &details.certificate;
    sheet.line("Key", owned(document.key_algorithm.as_ref()));
    sheet.line("Signature", owned(document.signature_algorithm.as_ref()));
    let path = match &document.key_path {
        Some(path) if *path == document.path => "in the same file: ".to_owned(),
        Some(path) => format!("{path}: "),
        None => String::new(),
    };
    let (state, _) = told::key(&item.key, document.is_authority);
    sheet.line("Private key", format!("{path}{state}"));
}

fn digests(sheet: &mut Sheet, details: &CertificateDetails) {
    let document = &details.certificate;
    sheet.line("Subject key id", owned(document.subject_key_identifier.as_ref()));
    sheet.line("Authority key id", owned(document.authority_key_identifier.as_ref()));
    sheet.line("SHA-256", owned(document.sha256.as_ref()));
    sheet.line("SHA-256 of key", owned(document.spki_sha256.as_ref()));
}

fn reader(reader: &ReaderDocument) -> String {
    let flag = reader.flag.as_deref().map(|flag| format!(" {}", written(flag))).unwrap_or_default();
    let place = match (&reader.file, reader.line) {
        (Some(file), Some(line)) => format!("  {file}:{line}"),
        (Some(file), None) => format!("  {file}"),
        _ => "  (by default)".to_owned(),
    };
    let claimed = if reader.claimed { format!(" {}", Reader::CLAIMED) } else { String::new() };
    format!("{}{flag}{place}{claimed}", reader.component)
}

fn right(sheet: &mut Sheet, holder: Option<&CertificateHolder>) {
    let Some(holder) = holder else {
        return;
    };
    sheet.line("User", told::user(holder.user.as_deref()));
    sheet.several("Groups", holder.groups.iter().cloned());
    sheet.line("Right", given(holder.right));
}

/// What is given to a user, and what gives it.
fn given(right: Option<&Right>) -> String {
    let (gives, by) = told::right(right);
    if by.is_empty() { gives.to_owned() } else { format!("{gives}, {by}") }
}

/// A kubeconfig.
pub(crate) fn kubeconfig(inventory: &Inventory, item: &KubeconfigItem, commands: Vec<String>, style: Style) -> String {
    let mut sheet = Sheet::new();
    sheet.line("Kubeconfig", &item.path);
    sheet.line("Role", item.roles.iter().map(|role| role.name).collect::<Vec<_>>().join(", "));
    let fault = item.fault.as_ref().map(ToString::to_string).unwrap_or_default();
    sheet.line(if is_closed(item) { "Why" } else { "Fault" }, fault);
    sheet.line("Fault", if is_astray(item) { words::ASTRAY } else { "" });
    sheet.line("Current context", &item.current);
    let contexts = item.contexts.iter().map(|context| {
        let (reaches, _) = words::reaches(context.reaches);
        format!("{}: {}; reaches: {reaches}", context.name, words::context(context))
    });
    let none = || (!is_closed(item)).then(|| words::NO_CONTEXT.to_owned());
    let contexts: Vec<String> = contexts.collect();
    sheet.several("Contexts", if contexts.is_empty() { none().into_iter().collect() } else { contexts });
    sheet.several("Users", item.users.iter().map(|user| kubeconfig_user(inventory, user)));
    sheet.several(
        "Clusters",
        item.clusters.iter().map(|cluster| {
            let server = if cluster.server.is_empty() { "no server" } else { &cluster.server };
            format!("{}: {server}; its CA: {}", cluster.name, cluster.authority_text)
        }),
    );
    sheet.several("Read by", readers(&item.read_by).iter().map(reader));
    sheet.several("Without kubepki", commands);
    sheet.render(style)
}

fn kubeconfig_user(inventory: &Inventory, user: &User) -> String {
    let (identity, _) = words::identity(user);
    let mut text = format!("{}: shows: {}; is for the API: {identity}", user.name, words::kind(user.kind));
    for group in &user.groups {
        let _ = write!(text, "; group: {group}");
    }
    if let Some((index, item)) = user.certificate.and_then(|index| Some((index, inventory.item(index)?))) {
        let _ = write!(text, "; certificate: {}", item.id);
        if let Some(right) = holder(inventory, index, item).and_then(|holder| holder.right) {
            let _ = write!(text, "; right: {}", given(Some(right)));
        }
    }
    if let Some(note) = &user.note {
        let _ = write!(text, "; note: {note}");
    }
    text
}

/// A request.
pub(crate) fn request(document: &RequestDocument, style: Style) -> String {
    let mut sheet = Sheet::new();
    sheet.line("Request", &document.name);
    sheet.line("Path", owned(document.path.as_ref()));
    sheet.line("Fault", owned(document.why.as_ref()));
    sheet.line("State", owned(document.state.as_ref()));
    sheet.line("Signer", owned(document.signer_name.as_ref()));
    if let Some(requester) = &document.requester {
        sheet.line("Asked by", &requester.username);
        sheet.several("In groups", requester.groups.iter().cloned());
    }
    sheet.line("Created", owned(document.created.as_ref()));
    sheet.line("Asked usages", document.usages.join(", "));
    let life = document.expiration_seconds.map(Duration::seconds);
    sheet.line("Asked life", life.map(span::span).unwrap_or_default());
    sheet.line("Subject", owned(document.subject.as_ref()));
    sheet.line("Key", owned(document.key_algorithm.as_ref()));
    let valid = match document.signature_valid {
        Some(true) => ", made with that key",
        Some(false) => ", not made with that key",
        None => "",
    };
    sheet.line("Signature", format!("{}{valid}", owned(document.signature_algorithm.as_ref())));
    sheet.line("Key usage", document.key_usage.join(", "));
    sheet.line("Extended usage", document.extended_key_usage.join(", "));
    names(&mut sheet, [&document.dns_names, &document.ip_addresses, &document.email_addresses, &document.uris]);
    sheet.line("Private key", owned(document.key_path.as_ref()));
    sheet.line("SHA-256 of key", owned(document.spki_sha256.as_ref()));
    sheet.several("Without kubepki", document.commands.iter().cloned());
    sheet.render(style)
}

/// A key without a certificate.
pub(crate) fn key_pair(document: &KeyDocument, style: Style) -> String {
    let mut sheet = Sheet::new();
    sheet.line("Key", owned(document.path.as_ref()));
    sheet.line("Role", document.roles.join(", "));
    sheet.several("For", document.purposes.iter().cloned());
    sheet.line("Half", document.half);
    sheet.line("State", document.key_state);
    sheet.line("Algorithm", owned(document.key_algorithm.as_ref()));
    sheet.line("Mode", owned(document.mode.as_ref()));
    sheet.several("Read by", document.read_by.iter().map(reader));
    sheet.several("Other half", document.other_halves.iter().map(other_half));
    sheet.line("SHA-256 of key", owned(document.spki_sha256.as_ref()));
    sheet.render(style)
}

fn other_half(half: &HalfDocument) -> String {
    let says = match half.matches {
        Some(true) => "of the same key",
        Some(false) => "of ANOTHER key",
        None => "not known whether of the same key",
    };
    format!("{}: {says}", half.path)
}
