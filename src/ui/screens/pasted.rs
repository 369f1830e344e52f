//! What was pasted: all of it, a line for each thing; and what the master has of one.
//!
//! ```text
//! 3 things in what was pasted
//! but  1 part could not be decoded, or not whole: why is said below
//! so   nothing of it is kept: the next paste takes its place
//! do   open one
//!
//! Certificates
//!   server          CN=kube-apiserver, 200 d left      here: signed by kubernetes
//! Keys
//!   private         RSA-2048                           here: the key of apiserver
//! Not decoded
//!   it looks like a kubeconfig; its lines have lost their indentation
//! ```

use super::super::document::{Document, DocumentEntry, PageWriter};
use super::super::{requests as judged, text, words};
use crate::inventory::given::Here;
use crate::inventory::{Item, Purpose, Source};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Effect, IssueAbout, Pasted, Route, WizardName};
use crate::record::Answer;
use crate::verdict::Verdict;
use crate::words::request as of_request;
use crate::words::{count, given, token};

/// The page of all of it. `view` is the world in which it is the master.
pub(super) fn document(world: &World, view: &World, pasted: &Pasted) -> Document {
    let mut page = PageWriter::new(world);
    sentence(&mut page, world, pasted);
    kubeconfigs(&mut page, view);
    certificates(&mut page, world, view, pasted);
    requests(&mut page, view);
    keys(&mut page, world, pasted);
    tokens(&mut page, view);
    of_cfssl(&mut page, pasted);
    heading(
        &mut page,
        "Not decoded, or not all of it",
        &pasted.undecoded,
    );
    for told in given::all_undecoded(&pasted.undecoded) {
        page.text(vec![(&told, Tone::Warn)]);
    }
    Document {
        kind: "Pasted",
        title: "what was pasted".to_owned(),
        start: page.first_link(),
        entries: page.finish(),
        ..Document::default()
    }
}

fn heading<T>(page: &mut PageWriter<'_>, text: &str, things: &[T]) {
    if !things.is_empty() {
        page.heading(text);
    }
}

fn sentence(page: &mut PageWriter<'_>, world: &World, pasted: &Pasted) {
    let things = pasted.things();
    let place = pasted.file.as_deref().map(text::show);
    let place = place.unwrap_or_else(|| "what was pasted".to_owned());
    let (state, tone) = match things {
        0 => (format!("nothing could be decoded from {place}"), Tone::Warn),
        more => (
            format!("{} in {place}", count::of(more, "thing")),
            Tone::Bright,
        ),
    };
    page.sentence(vec![(&state, tone)]);
    if let Some(damage) = pasted.mended {
        page.styled("but", vec![(&given::mended(damage), Tone::Warn)]);
    }
    if !pasted.undecoded.is_empty() {
        let parts = count::of(pasted.undecoded.len(), "part");
        let but = format!("{parts} could not be decoded, or not whole: why is said below");
        page.styled("but", vec![(&but, Tone::Warn)]);
    }
    let so = match &pasted.file {
        Some(_) => "it was read just now, and is not looked at again",
        None => "nothing of it is kept: the next paste takes its place",
    };
    page.fact("so", so);
    let made = keys_of(world, Action::New);
    let how = match (things, pasted.cfssl.is_empty()) {
        (0, _) => "copy it from the file itself".to_owned(),
        (_, true) => "open one".to_owned(),
        (_, false) => format!("{made} makes key and request of what is written for cfssl"),
    };
    page.fact("do", &how);
}

/// The first key of an action.
fn keys_of(world: &World, action: Action) -> String {
    let keys = world.keymap.keys(action);
    keys.first().map(ToString::to_string).unwrap_or_default()
}

fn kubeconfigs(page: &mut PageWriter<'_>, view: &World) {
    let kubeconfigs = &view.inventory().kubeconfigs;
    heading(page, "Kubeconfigs", kubeconfigs);
    for one in kubeconfigs {
        let state = words::kubeconfig_state(view, one);
        let user = one.current_user().map_or("no user", |user| &user.name);
        let user = format!("{user}   ");
        page.styled(
            &one.path,
            vec![(&user, Tone::Text), (&state.line(), state.tone)],
        )
        .opens(Route::Kubeconfig(one.path.clone()).in_pasted());
    }
}

fn certificates(page: &mut PageWriter<'_>, world: &World, view: &World, pasted: &Pasted) {
    let is_own = |item: &Item| !matches!(item.source, Source::Kubeconfig { .. });
    let all = view.inventory().indexed().zip(&pasted.here.items);
    let own: Vec<_> = all.filter(|((_, item), _)| is_own(item)).collect();
    heading(page, "Certificates", &own);
    for ((index, item), here) in own {
        let state = words::item_state(view, index, item);
        let subject = item
            .certificate()
            .map(|one| one.details().subject.to_rfc4514() + "   ");
        let (line, here) = (state.line(), format!("   {}", here_words(world, here)));
        let told = vec![
            (subject.as_deref().unwrap_or_default(), Tone::Text),
            (&line, state.tone),
            (&here, Tone::Dim),
        ];
        let purpose = item.purpose().map_or("broken", Purpose::word);
        page.styled(purpose, told)
            .opens(Route::Certificate(item.id.clone()).in_pasted());
    }
}

fn requests(page: &mut PageWriter<'_>, view: &World) {
    let requests = &view.inventory().requests;
    heading(page, "Requests", requests);
    for one in requests {
        let answer = judged::verdict(view, &one.id).map(Verdict::answer);
        let tone = answer.map_or(Tone::Warn, |answer| of_request::meaning(answer).into());
        let subject = one
            .request
            .as_ref()
            .ok()
            .map(|asked| asked.subject.to_rfc4514() + "   ");
        let told = vec![
            (subject.as_deref().unwrap_or_default(), Tone::Text),
            (answer.map_or("broken", Answer::word), tone),
        ];
        page.styled(&one.name, told)
            .opens(Route::Request(one.id.clone()).in_pasted());
    }
}

fn keys(page: &mut PageWriter<'_>, world: &World, pasted: &Pasted) {
    let keys = &pasted.reading.inventory.keys;
    heading(page, "Keys", keys);
    for (key, here) in keys.iter().zip(&pasted.here.keys) {
        let half = if key.public_only { "public" } else { "private" };
        let algorithm = key.algorithm.as_deref().unwrap_or("it cannot be read");
        let here = format!("   {}", here_words(world, here));
        page.styled(half, vec![(algorithm, Tone::Text), (&here, Tone::Dim)]);
    }
}

fn tokens(page: &mut PageWriter<'_>, view: &World) {
    let tokens = &view.inventory().bootstrap.tokens;
    heading(page, "Tokens", tokens);
    for one in tokens {
        let groups = format!("   {}   ", one.groups.join(" "));
        let left = token::left(one, view.moment());
        let told = vec![
            (&*one.user, Tone::Text),
            (&groups, Tone::Dim),
            (&left, Tone::Text),
        ];
        page.styled(one.name(), told);
    }
}

fn of_cfssl(page: &mut PageWriter<'_>, pasted: &Pasted) {
    for request in &pasted.cfssl {
        page.heading("As cfssl genkey takes it");
        page.fact("subject", &request.subject.to_rfc4514());
        page.fact("names", &given::cfssl_names(request));
        page.fact("key", &request.key_algorithm.to_string());
    }
}

/// What the master has of it.
fn here_words(world: &World, here: &Here) -> String {
    let name = |id: &str| {
        let item = world
            .item_named(id)
            .map(|(_, item)| words::item_name(world, item));
        item.unwrap_or_else(|| text::show(id))
    };
    match here {
        Here::Same(id) => format!("here: it is {}", name(id)),
        Here::OfKey(id) => format!("here: the key of {}", name(id)),
        Here::Signed(id) => format!("here: signed by {}", name(id)),
        Here::Nothing => "not here, nor signed by a CA that is".to_owned(),
    }
}

/// What the master has of the one thing of a page, as the page's first lines.
pub(super) fn here(world: &World, pasted: &Pasted, route: &Route) -> Vec<DocumentEntry> {
    let mut page = PageWriter::new(world);
    let whence = match &pasted.file {
        Some(path) => format!("read from {}", text::show(path)),
        None => "pasted: it lies in no file here, and is not kept".to_owned(),
    };
    page.sentence(vec![(&whence, Tone::Dim)]);
    let inventory = &pasted.reading.inventory;
    match route {
        Route::Certificate(id) => {
            let at = inventory.items.iter().position(|item| item.id == *id);
            if let Some(here) = at.and_then(|at| pasted.here.items.get(at)) {
                page.fact("master", &here_words(world, here));
            }
        }
        Route::Kubeconfig(path) => {
            let at = inventory
                .kubeconfigs
                .iter()
                .position(|one| one.path == *path);
            let trusted = at.and_then(|at| pasted.here.kubeconfigs.get(at));
            for (cluster, here) in trusted.into_iter().flatten() {
                let trusts = format!("   trusted by the cluster {cluster}");
                page.styled(
                    "its CA",
                    vec![(&here_words(world, here), Tone::Text), (&trusts, Tone::Dim)],
                );
            }
        }
        _ => {}
    }
    page.blank();
    page.finish()
}

/// Why nothing can be made of what was pasted.
pub(super) fn refusal(world: &World) -> Option<&'static str> {
    let pasted = world.pasted.as_ref();
    let has_written = pasted.is_some_and(|pasted| !pasted.cfssl.is_empty());
    (!has_written).then_some("nothing of it is written as cfssl genkey takes it")
}

/// Makes key and request of what is written for cfssl.
pub(super) fn make() -> Vec<Effect> {
    let wizard = WizardName::Issue(IssueAbout::Written);
    vec![Effect::Open(Route::Wizard(wizard))]
}
