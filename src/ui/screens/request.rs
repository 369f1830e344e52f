//! Everything about one request: what is to be thought of it, rule by rule, then what it says.
//!
//! ```text
//! pending · amber
//! so   2 things to be looked at before it is signed
//! do   approve or deny it
//!
//! Does the asker hold the key?
//! ● signed with the key that it names
//! May the asker be who it asks to be?
//! ! not known: who asked
//! What it asks   subject, names, usages
//! Object         signer, who asks, usages, condition
//! Request        file, key, whether it is signed with the key it names
//! In a shell     openssl, kubectl
//! PEM
//! ```

use super::super::document::{Document, PageWriter};
use super::super::{requests, shell, text};
use super::gone::gone;
use super::rules;
use super::{certificate as page_of, copies};
use crate::inventory::{RequestItem, RequestObject};
use crate::model::Route;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::pki::CertificationRequest;
use crate::pki::usage;
use crate::verdict::ApprovalQuestion;
use crate::words::request as told;
use crate::words::shell as lines;
use crate::words::{certificate, span};

/// The page of the request with this id.
pub(crate) fn document(world: &World, id: &str) -> Document {
    let Some(item) = world
        .inventory()
        .requests
        .iter()
        .find(|request| *request.id == *id)
    else {
        return gone(id);
    };
    let mut page = PageWriter::new(world);
    let start = verdict(&mut page, world, item);
    if let Ok(asked) = &item.request {
        self::asked(&mut page, asked);
    }
    if let Some(object) = &item.object {
        self::object(&mut page, object);
    }
    page.heading("Request");
    page.fact("file", &item.path)
        .opens(Route::Why(item.path.clone()));
    match &item.key_path {
        Some(path) => page.fact("its key", path),
        None => page.styled(
            "its key",
            vec![("not here, as it should be where another asks", Tone::Dim)],
        ),
    };
    match &item.request {
        Ok(asked) => signature(&mut page, asked),
        Err(fault) => drop(page.styled("fault", vec![(&fault.to_string(), Tone::Bad)])),
    }
    if let Ok(asked) = &item.request {
        shell::section(
            &mut page,
            "In a shell",
            &lines::request(&world.inventory().mounted, item),
        );
        page.heading("PEM");
        for line in asked.to_pem().lines() {
            page.text(vec![(line, Tone::Dim)]);
        }
    }
    Document {
        kind: "Request",
        title: text::show(&item.name),
        entries: page.finish(),
        copies: copies::request_copies(item),
        path: Some(item.path.clone()),
        start,
        ..Document::default()
    }
}

/// How it stands, what follows, what can be done, and each rule under its question: the place of what
/// can be done.
fn verdict(page: &mut PageWriter<'_>, world: &World, item: &RequestItem) -> usize {
    let Some(verdict) = requests::verdict(world, &item.id) else {
        return 0;
    };
    let worst = verdict.worst();
    let [state, so, how] = told::sentence(item, &world.reading.decided, worst);
    let (sign, tone) = rules::sign(world, worst.0);
    page.sentence(vec![(&format!("{sign} "), tone), (&state, tone)]);
    page.styled("so", vec![(&so, Tone::Text)]);
    page.styled("do", vec![(&how, Tone::Text)]);
    let start = page.len().saturating_sub(1);
    for question in ApprovalQuestion::ALL {
        page.heading(question.words());
        for rule in verdict.of(question) {
            rules::rule(page, world, rule.answer, &rule.text);
        }
    }
    start
}

fn signature(page: &mut PageWriter<'_>, asked: &CertificationRequest) {
    let (words, tone) = match asked.signature_valid {
        Some(true) => ("signed by the key it names: the asker holds it", Tone::Good),
        Some(false) => ("not signed by the key it names", Tone::Bad),
        None => (
            "not known: the algorithm cannot be checked here",
            Tone::Warn,
        ),
    };
    page.styled("signature", vec![(words, tone)]);
    page.fact("algorithm", &asked.signature_algorithm);
}

fn object(page: &mut PageWriter<'_>, object: &RequestObject) {
    page.heading(match &object.pod {
        Some(_) => "PodCertificateRequest",
        None => "CertificateSigningRequest",
    });
    let tone = if object.condition.is_pending() {
        Tone::Warn
    } else {
        Tone::Text
    };
    page.styled("condition", vec![(&object.condition.to_string(), tone)]);
    page.fact("signer", &object.signer_name);
    if let Some(pod) = &object.pod {
        page.fact("pod", &format!("{}/{}", pod.namespace, pod.name));
        page.fact("service account", &pod.service_account);
        page.fact("node", &pod.node);
    } else {
        let is_said = !object.username.is_empty();
        page.fact(
            "asked by",
            if is_said {
                &object.username
            } else {
                "not said"
            },
        );
    }
    for group in &object.groups {
        page.fact("group", group);
    }
    if object.pod.is_none() {
        page.fact("usages", &usage::joined(&object.usages));
    }
    if let Some(seconds) = object.expiration_seconds {
        page.fact("asked for", &span::span(time::Duration::seconds(seconds)));
    }
    if let Some(created) = &object.created {
        page.fact("created", created);
    }
}

fn asked(page: &mut PageWriter<'_>, asked: &CertificationRequest) {
    page.heading("What it asks for");
    page.fact("subject", &asked.subject.to_rfc4514());
    page.fact("user", certificate::user(asked.subject.common_name()));
    for group in asked.subject.organizations() {
        page.fact("group", group);
    }
    page_of::names(page, &asked.subject_alt_names);
    if !asked.key_usage.is_empty() {
        page.fact("key usage", &usage::joined(&asked.key_usage));
    }
    if !asked.extended_key_usage.is_empty() {
        page.fact("extended usage", &usage::joined(&asked.extended_key_usage));
    }
    page.fact("key", &asked.key_algorithm.to_string());
}
