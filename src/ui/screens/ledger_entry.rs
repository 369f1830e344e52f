//! One row of the ledger.
//!
//! ```text
//! ● valid   until 1 Dec 2027
//! so   whoever has it and its key uses it until then
//! do   its operation, below: u there takes the files back, not the certificate
//!
//! Certificate   subject, names, issuer, dates
//! Made          when, by whom, in which operation, why
//! To find it    serial number, digests, key identifiers
//! ```

use super::super::document::{Document, PageWriter};
use super::super::{ledger, text, words};
use super::gone::gone;
use crate::inventory::Item;
use crate::model::Route;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::record::LedgerEntry;
use crate::words::date;
use crate::words::ledger::{self as told, Standing};

/// The page of the row with this SHA-256.
pub(super) fn document(world: &World, sha256: &str) -> Document {
    let Some(entry) = ledger::entry(world, sha256) else {
        return gone("row of the ledger");
    };
    let mut page = PageWriter::new(world);
    let here = lying(world, entry);
    verdict(&mut page, world, entry, here);
    let start = page.len().saturating_sub(1);
    certificate(&mut page, entry);
    origin(&mut page, entry);
    page.heading("To find it");
    page.fact("serial number", &entry.serial_number);
    page.fact("SHA-256", &entry.sha256);
    page.fact("of its key", &entry.spki_sha256);
    let identifiers = [
        ("key id", &entry.subject_key_identifier),
        ("CA's key id", &entry.authority_key_identifier),
    ];
    for (label, identifier) in identifiers {
        if let Some(identifier) = identifier {
            page.fact(label, identifier);
        }
    }
    page.heading("What the ledger cannot know");
    page.sentence(vec![(told::LIMITS, Tone::Dim)]);
    Document {
        kind: "Ledger",
        title: told::name(entry),
        start,
        entries: page.finish(),
        ..Document::default()
    }
}

/// Where it lies now.
fn lying<'a>(world: &'a World, entry: &LedgerEntry) -> Option<&'a Item> {
    let items = world.inventory().items.iter();
    let is_it = |item: &&Item| {
        let certificate = item.certificate();
        certificate.is_some_and(|one| ledger::is_of(entry, one.sha256()))
    };
    let mut found = items.filter(is_it);
    found.find(|item| item.in_use).or_else(|| {
        let mut all = world.inventory().items.iter().filter(is_it);
        all.next()
    })
}

/// How it stands, what follows, and what can be done.
fn verdict(page: &mut PageWriter<'_>, world: &World, entry: &LedgerEntry, here: Option<&Item>) {
    let (sign, tone) = ledger::sign(world, entry);
    let standing = told::standing(entry, world.moment());
    let (when, follows) = match standing {
        Standing::Valid if entry.is_authority => (
            format!("until {}", date::day(entry.not_after)),
            "what it signs is believed until then, by whoever trusts it",
        ),
        Standing::Valid => (
            format!("until {}", date::day(entry.not_after)),
            "whoever has it and its key uses it until then: a certificate cannot be taken back",
        ),
        Standing::Ended => (
            format!("on {}", date::day(entry.not_after)),
            "nobody takes it any more",
        ),
        Standing::NotYet => (
            format!("before {}", date::day(entry.not_before)),
            "nobody takes it before then",
        ),
    };
    page.sentence(vec![
        (&format!("{sign} {} ", standing.word()), tone),
        (&when, Tone::Text),
    ]);
    page.styled("so", vec![(follows, Tone::Text)]);
    match here {
        Some(item) => page
            .styled(
                "do",
                vec![
                    ("it lies here: ", Tone::Text),
                    (&words::item_name(world, item), Tone::Bright),
                ],
            )
            .opens(Route::Certificate(item.id.clone())),
        None => drop(page.styled(
            "do",
            vec![(
                "it lies in no file that was read here: ask who has it",
                Tone::Dim,
            )],
        )),
    }
}

fn certificate(page: &mut PageWriter<'_>, entry: &LedgerEntry) {
    page.heading("Certificate");
    page.fact("subject", &entry.subject);
    for name in &entry.names {
        page.fact("name", name);
    }
    page.fact("issuer", &entry.issuer);
    page.fact("from", &date::second(entry.not_before));
    page.fact("until", &date::second(entry.not_after));
    page.fact("a CA", if entry.is_authority { "yes" } else { "no" });
}

fn origin(page: &mut PageWriter<'_>, entry: &LedgerEntry) {
    page.heading(if entry.issued_at.is_some() {
        "Made"
    } else {
        "Seen"
    });
    if let Some(at) = entry.issued_at.or(entry.seen_at) {
        page.fact("when", &date::second(at));
    }
    if entry.by.is_some() {
        page.fact("by", &told::by(entry));
    }
    page.fact("path", &entry.path);
    if !entry.note.is_empty() {
        page.fact("why", &text::show(&entry.note));
    }
    if let Some(operation) = &entry.operation {
        page.fact("operation", operation)
            .opens(Route::Operation(operation.as_str().into()));
    }
}
