//! One thing as text for people: a name a line, what belongs together side by side.

mod kubeconfig;

use time::Duration;

use crate::cli::arguments::Form;
use crate::cli::document::{
    CertificateDetails, HalfDocument, KeyDocument, ReaderDocument, RequestDocument,
};
use crate::cli::show::sheet::Sheet;
use crate::cli::table::{Style, dressed, sign};
use crate::inventory::judged::JudgedItem;
use crate::inventory::right::{CertificateHolder, holder};
use crate::inventory::{Inventory, Item, Reader};
use crate::kubernetes::flags::written;
use crate::kubernetes::role::Right;
use crate::words::{certificate as told, date, span};
pub(crate) use kubeconfig::kubeconfig;

fn owned(text: Option<&String>) -> &str {
    text.map_or("", String::as_str)
}

/// A certificate and what an inventory knows of it.
pub(crate) struct ShownCertificate<'a> {
    pub(crate) inventory: &'a Inventory,
    pub(crate) details: &'a CertificateDetails,
    pub(crate) judged: &'a JudgedItem<'a>,
    /// The moment as of which it is judged.
    pub(crate) at: time::OffsetDateTime,
}

impl ShownCertificate<'_> {
    /// As text.
    pub(crate) fn text(&self, form: Form, style: Style) -> String {
        let Self {
            inventory,
            details,
            judged,
            ..
        } = self;
        let mut sheet = Sheet::new();
        place(&mut sheet, details, judged, style);
        identity(&mut sheet, inventory, details, judged);
        self.life(&mut sheet);
        usages(&mut sheet, details);
        key(&mut sheet, details, judged.item);
        sheet.several("Read by", details.certificate.read_by.iter().map(reader));
        let writers = details.certificate.writable_by.iter();
        sheet.several(
            "Written by",
            writers.map(|writer| format!("{} can write {}", writer.who, writer.path)),
        );
        right(
            &mut sheet,
            holder(inventory, judged.index, judged.item).as_ref(),
        );
        sheet.several("When it is dead", details.consequences.iter().cloned());
        digests(&mut sheet, details);
        if form == Form::Wide {
            extensions(&mut sheet, details);
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

    /// From when to when it is good, and what is left of that.
    fn life(&self, sheet: &mut Sheet) {
        let Some(certificate) = self.judged.item.certificate() else {
            return;
        };
        sheet.line("Not before", date::minute(certificate.not_before()));
        let (end, left) = (
            date::minute(certificate.not_after()),
            span::left(certificate.not_after(), self.at),
        );
        sheet.line("Not after", format!("{end}  ({left})"));
        if let (Some(authority), Some(life)) =
            (&self.details.certificate.ends_with, self.judged.state.life)
        {
            let (end, left) = (date::minute(life.end), span::left(life.end, self.at));
            sheet.line(
                "Works until",
                format!("{end}  ({left}), the end of its CA {authority}"),
            );
        }
    }
}

/// All extensions, with those that have fields of their own.
fn extensions(sheet: &mut Sheet, details: &CertificateDetails) {
    let told = details.extensions.iter().map(|extension| {
        let critical = if extension.critical { ", critical" } else { "" };
        format!(
            "{} ({}{critical}): {}",
            extension.name, extension.oid, extension.text
        )
    });
    sheet.several("Extensions", told);
}

fn place(sheet: &mut Sheet, details: &CertificateDetails, judged: &JudgedItem<'_>, style: Style) {
    let document = &details.certificate;
    sheet.line("Name", &document.id);
    let sign = if style.plain {
        String::new()
    } else {
        format!("{} ", sign(judged.state.status, style.ascii).trim())
    };
    let word = format!("{}{}", sign.trim_start(), document.status);
    sheet.dressed(
        "Status",
        dressed(&word, judged.state.status, style.color).into_owned(),
    );
    sheet.line("Why", owned(document.why.as_ref()));
    sheet.several(
        "Role",
        judged.item.roles.iter().map(|role| match role.purpose {
            "" => role.name.to_owned(),
            purpose => format!("{}: {purpose}", role.name),
        }),
    );
    let index = if document.index > 0 {
        format!(", certificate {} of the file", document.index + 1)
    } else {
        String::new()
    };
    let used = if document.in_use || document.path == super::INPUT {
        ""
    } else {
        "  (not in use)"
    };
    sheet.line("Path", format!("{}{index}{used}", document.path));
    sheet.several("Also in", document.copies.iter().cloned());
}

fn identity(
    sheet: &mut Sheet,
    inventory: &Inventory,
    details: &CertificateDetails,
    judged: &JudgedItem<'_>,
) {
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
        let constraints = details
            .extensions
            .iter()
            .find(|extension| extension.oid == "2.5.29.19");
        sheet.line(
            "Authority",
            constraints
                .map(|extension| extension.text.as_str())
                .unwrap_or_default(),
        );
    }
    sheet.line("Key usage", document.key_usage.join(", "));
    sheet.line("Extended usage", document.extended_key_usage.join(", "));
    names(
        sheet,
        [
            &document.dns_names,
            &document.ip_addresses,
            &document.email_addresses,
            &document.uris,
        ],
    );
}

/// Subject alternative names by their kinds.
fn names(sheet: &mut Sheet, kinds: [&[String]; 4]) {
    for (label, names) in ["DNS names", "IP addresses", "Email", "URIs"]
        .into_iter()
        .zip(kinds)
    {
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
    sheet.line(
        "Subject key id",
        owned(document.subject_key_identifier.as_ref()),
    );
    sheet.line(
        "Authority key id",
        owned(document.authority_key_identifier.as_ref()),
    );
    sheet.line("SHA-256", owned(document.sha256.as_ref()));
    sheet.line("SHA-256 of key", owned(document.spki_sha256.as_ref()));
}

fn reader(reader: &ReaderDocument) -> String {
    let flag = reader
        .flag
        .as_deref()
        .map(|flag| format!(" {}", written(flag)))
        .unwrap_or_default();
    let place = match (&reader.file, reader.line) {
        (Some(file), Some(line)) => format!("  {file}:{line}"),
        (Some(file), None) => format!("  {file}"),
        _ => "  (by default)".to_owned(),
    };
    let claimed = if reader.claimed {
        format!(" {}", Reader::CLAIMED)
    } else {
        String::new()
    };
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
    if by.is_empty() {
        gives.to_owned()
    } else {
        format!("{gives}, {by}")
    }
}

/// A request.
pub(crate) fn request(document: &RequestDocument, style: Style) -> String {
    let mut sheet = Sheet::new();
    sheet.line("Request", &document.name);
    sheet.line("Path", owned(document.path.as_ref()));
    sheet.line("Fault", owned(document.why.as_ref()));
    sheet.line("State", owned(document.state.as_ref()));
    sheet.line("Signer", owned(document.signer_name.as_ref()));
    if let Some(pod) = &document.pod {
        sheet.line("Pod", format!("{}/{}", pod.namespace, pod.name));
        sheet.line("Account", &pod.service_account);
        sheet.line("Node", &pod.node);
    }
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
    sheet.line(
        "Signature",
        format!("{}{valid}", owned(document.signature_algorithm.as_ref())),
    );
    sheet.line("Key usage", document.key_usage.join(", "));
    sheet.line("Extended usage", document.extended_key_usage.join(", "));
    names(
        &mut sheet,
        [
            &document.dns_names,
            &document.ip_addresses,
            &document.email_addresses,
            &document.uris,
        ],
    );
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
