//! `show WHAT`: one thing decoded; what standard input or another file holds, decoded.

mod given;
pub(super) mod input;
pub(super) mod kubeconfig;
pub(super) mod request;
pub(super) mod sheet;
pub(super) mod text;

use serde::Serialize;

use super::arguments::{Form, Global};
use super::certificate::{self, readers, role_names, texts};
use super::document::{
    API_VERSION, CertificateDetails, HalfDocument, KeyDocument, KubeconfigDocument, OneDocument,
    RequestDocument,
};
use super::failure::Failure;
use super::master::Master;
use super::output;
use super::select::{Selected, find_known};
use super::table::Style;
use super::token::{self, TokenDocument};
use crate::inventory::bootstrap::TokenItem;
use crate::inventory::judged::{JudgedItem, worst_first};
use crate::inventory::{Inventory, KeyItem, RequestItem, Source};
use crate::kubernetes::cfssl::CfsslRequest;
use crate::pki::hex;
use crate::pki::text::printable;

use given::CfsslDocument;
use input::Input;

/// The name of standard input where a path is expected.
pub(super) const INPUT: &str = "-";

/// Runs `show`: the text for standard output.
pub(super) fn show(
    global: &Global,
    what: &str,
    form: Form,
    style: Style,
) -> Result<String, Failure> {
    if what == INPUT {
        return all(&input::standard_input(global)?, form, style);
    }
    let master = match Master::open(global, None) {
        Ok(master) => master,
        // A file can be shown without the right to read the master.
        Err(failure) => {
            return input::file(global, what)?
                .map_or(Err(failure), |input| all(&input, form, style));
        }
    };
    if let Some(selected) = find_known(&master, what)? {
        return render(&master, &[Shown::Known(selected)], form, style);
    }
    match input::file(global, what)? {
        Some(file) => all(&file, form, style),
        None => Err(not_found(&master, what)),
    }
}

fn not_found(master: &Master, what: &str) -> Failure {
    Failure::usage(format!("nothing here is called {what:?}"))
        .because("it is no id, no path and no beginning of a sha256 (8 digits or more)")
        .hint(format!(
            "ids are in the NAME column of: {}",
            master.inventory.mounted.kubepki("list")
        ))
}

/// One thing that is shown.
enum Shown<'a> {
    Known(Selected<'a>),
    Token(&'a TokenItem),
    Cfssl(&'a CfsslRequest),
}

/// Everything that an input holds; a key that belongs to one of its certificates is told with that.
fn all(input: &Input, form: Form, style: Style) -> Result<String, Failure> {
    let master = &input.master;
    let inventory = &master.inventory;
    let mut judged = worst_first(inventory, master.at);
    // In the order of the file: a chain is read from its leaf up.
    judged.sort_by_key(|judged| judged.index);
    let kubeconfigs = inventory.kubeconfigs.iter().map(Selected::Kubeconfig);
    let items = judged.into_iter().map(Selected::Item);
    let requests = inventory.requests.iter().map(Selected::Request);
    let keys = inventory.keys.iter().map(Selected::Key);
    let known = kubeconfigs.chain(items).chain(requests).chain(keys);
    let tokens = inventory.bootstrap.tokens.iter().map(Shown::Token);
    let cfssl = input.cfssl.iter().map(Shown::Cfssl);
    let things: Vec<Shown<'_>> = known.map(Shown::Known).chain(tokens).chain(cfssl).collect();
    render(master, &things, form, style)
}

/// The document of a thing of any kind.
#[derive(Serialize)]
#[serde(untagged)]
enum AnyDocument {
    Certificate(Box<OneDocument<CertificateDetails>>),
    Kubeconfig(Box<OneDocument<KubeconfigDocument>>),
    Request(Box<OneDocument<RequestDocument>>),
    Key(Box<OneDocument<KeyDocument>>),
    Token(Box<OneDocument<TokenDocument>>),
    Cfssl(Box<OneDocument<CfsslDocument>>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Documents {
    api_version: &'static str,
    kind: &'static str,
    items: Vec<AnyDocument>,
}

fn render(
    master: &Master,
    things: &[Shown<'_>],
    form: Form,
    style: Style,
) -> Result<String, Failure> {
    match form {
        Form::Json | Form::Yaml => {
            let mut items: Vec<AnyDocument> =
                things.iter().map(|thing| document(master, thing)).collect();
            let write = |json: Result<String, Failure>| {
                json.and_then(|json| {
                    if form == Form::Yaml {
                        super::yaml::to_yaml(&json)
                    } else {
                        Ok(json)
                    }
                })
            };
            if items.len() == 1 {
                return write(output::json(&items.remove(0)));
            }
            write(output::json(&Documents {
                api_version: API_VERSION,
                kind: "List",
                items,
            }))
        }
        Form::Name => Ok(things.iter().fold(String::new(), |out, thing| {
            out + &printable(name(thing)) + "\n"
        })),
        _ => {
            let texts: Vec<String> = things
                .iter()
                .map(|thing| words(master, thing, form, style))
                .collect();
            Ok(texts.join("\n"))
        }
    }
}

fn name<'a>(thing: &'a Shown<'_>) -> &'a str {
    match thing {
        Shown::Known(Selected::Item(judged)) => &judged.item.id,
        Shown::Known(Selected::Kubeconfig(item)) => &item.path,
        Shown::Known(Selected::Request(item)) => &item.id,
        Shown::Known(Selected::Key(item)) => &item.path,
        Shown::Token(token) => token.name(),
        Shown::Cfssl(request) => request.subject.common_name().unwrap_or(INPUT),
    }
}

fn document(master: &Master, thing: &Shown<'_>) -> AnyDocument {
    match thing {
        Shown::Known(Selected::Item(judged)) => AnyDocument::Certificate(Box::new(OneDocument {
            head: master.head("Certificate"),
            thing: certificate_details(master, judged),
        })),
        Shown::Known(Selected::Kubeconfig(item)) => {
            AnyDocument::Kubeconfig(Box::new(kubeconfig::one_document(master, item)))
        }
        Shown::Known(Selected::Request(item)) => AnyDocument::Request(Box::new(OneDocument {
            head: master.head("Request"),
            thing: request_document(master, item),
        })),
        Shown::Known(Selected::Key(item)) => AnyDocument::Key(Box::new(OneDocument {
            head: master.head("Key"),
            thing: key_document(&master.inventory, item),
        })),
        Shown::Token(token) => AnyDocument::Token(Box::new(OneDocument {
            head: master.head(given::kind(token)),
            thing: TokenDocument {
                kind: None,
                ..token::document(token, master.at)
            },
        })),
        Shown::Cfssl(request) => AnyDocument::Cfssl(Box::new(OneDocument {
            head: master.head("CfsslRequest"),
            thing: given::cfssl_document(request),
        })),
    }
}

/// No command opens a part of an input.
fn request_document(master: &Master, item: &RequestItem) -> RequestDocument {
    let mut document = request::document(&master.inventory.mounted, item);
    if master.is_input() && *item.path != *master.inventory.root {
        document.commands = Vec::new();
    }
    document
}

fn certificate_details(master: &Master, judged: &JudgedItem<'_>) -> CertificateDetails {
    let mut details = certificate::details(&master.inventory, judged);
    if master.is_input() {
        details.commands = Vec::new();
    }
    details
}

fn words(master: &Master, thing: &Shown<'_>, form: Form, style: Style) -> String {
    match thing {
        Shown::Known(Selected::Item(judged)) => {
            let details = &certificate_details(master, judged);
            let shown = text::ShownCertificate {
                inventory: &master.inventory,
                details,
                judged,
                at: master.at,
            };
            let mut text = shown.text(form, style);
            if matches!(judged.item.source, Source::Kubeconfig { .. })
                && !master.is_input()
                && let Some(item) = master
                    .inventory
                    .kubeconfigs
                    .iter()
                    .find(|item| item.path == judged.item.path)
            {
                text.push('\n');
                text.push_str(&kubeconfig::text(master, item, style));
            }
            text
        }
        Shown::Known(Selected::Kubeconfig(item)) => kubeconfig::text(master, item, style),
        Shown::Known(Selected::Request(item)) => {
            text::request(&request_document(master, item), style)
        }
        Shown::Known(Selected::Key(item)) => {
            text::key_pair(&key_document(&master.inventory, item), style)
        }
        Shown::Token(token) => given::token(token, master.at, style),
        Shown::Cfssl(request) => given::cfssl(request, style),
    }
}

fn key_document(inventory: &Inventory, item: &KeyItem) -> KeyDocument {
    KeyDocument {
        path: Some(item.path.to_string()),
        roles: role_names(&item.roles),
        purposes: texts(item.roles.iter().map(|role| role.purpose)),
        half: if item.public_only {
            "public"
        } else {
            "private"
        },
        key_state: certificate::key_word(item.state),
        key_algorithm: item.algorithm.clone(),
        spki_sha256: item.spki_sha256.as_ref().map(|digest| hex(digest)),
        mode: (item.mode > 0).then(|| format!("{:04o}", item.mode)),
        read_by: readers(&item.read_by),
        other_halves: other_halves(inventory, item),
    }
}

fn other_halves(inventory: &Inventory, item: &KeyItem) -> Vec<HalfDocument> {
    let is_other_half = |one: &&KeyItem| {
        one.public_only != item.public_only
            && one.roles.iter().any(|role| item.roles.contains(role))
    };
    let half = |one: &KeyItem| HalfDocument {
        path: one.path.to_string(),
        matches: one
            .spki_sha256
            .zip(item.spki_sha256)
            .map(|(one, own)| one == own),
    };
    inventory
        .keys
        .iter()
        .filter(is_other_half)
        .map(half)
        .collect()
}
