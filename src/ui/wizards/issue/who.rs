//! Who it is: its names, its groups, and what they give.

use super::super::{Context, Note};
use super::answers::{list, of_machine, request};
use super::note;
use super::purpose::{is_dialled, node, profile, role, written};
use crate::model::theme::Tone;
use crate::pki::GeneralName;
use crate::plan::issue::{
    check_attribute, missing_name, names_of_role, names_of_service, sensitive,
};
use crate::ui::text;
use crate::words::given as told;

pub(super) fn check_name(context: &Context<'_>, name: &str) -> Result<(), String> {
    let parsed: GeneralName = name
        .parse()
        .map_err(|error: crate::pki::Error| error.to_string())?;
    let there = context.rows(list(context));
    if there.iter().any(|one| one.parse().as_ref() == Ok(&parsed)) {
        return Err(format!("{name} is there already"));
    }
    Ok(())
}

pub(super) fn check_group(context: &Context<'_>, group: &str) -> Result<(), String> {
    check_attribute("O", group)?;
    if context.rows("groups").iter().any(|one| one == group) {
        return Err(format!("{group} is there already"));
    }
    Ok(())
}

pub(super) fn check_word(_: &Context<'_>, text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        Err("a control character cannot stand here".to_owned())
    } else {
        Ok(())
    }
}

/// What an empty CN means.
pub(super) fn usual_common_name(context: &Context<'_>) -> String {
    if let Some((role, _)) = role(context) {
        let node = node(context).unwrap_or_default();
        return text::show(&role.common_name.replace("{node}", &node));
    }
    if profile(context).is_some_and(crate::plan::Profile::is_served) {
        return "the first DNS name".to_owned();
    }
    String::new()
}

fn joined(names: &[String]) -> String {
    text::show(&names.join(", "))
}

/// The names that a role bears unasked.
pub(super) fn role_names(context: &Context<'_>) -> Vec<Note> {
    let (Some((role, _)), Some(node)) = (role(context), node(context)) else {
        return Vec::new();
    };
    let own = names_of_role(context.world.inventory(), role, &node);
    if own.is_empty() {
        return Vec::new();
    }
    vec![note(format!("beside {}", joined(&own)), Tone::Dim)]
}

/// The groups that a role has unasked.
pub(super) fn role_groups(context: &Context<'_>) -> Vec<Note> {
    let Some((role, _)) = role(context).filter(|_| context.rows("groups").is_empty()) else {
        return Vec::new();
    };
    let Some(newest) = role.organizations.first() else {
        return Vec::new();
    };
    let words = if newest.organizations.is_empty() {
        "none, as Kubernetes has it now".to_owned()
    } else {
        format!(
            "{}, as Kubernetes has it now",
            newest.organizations.join(", ")
        )
    };
    vec![note(words, Tone::Dim)]
}

pub(super) fn service_names(context: &Context<'_>) -> Vec<Note> {
    let Some(service) = request(context).service else {
        return Vec::new();
    };
    let (names, is_known) = names_of_service(context.world.inventory(), &service);
    let mut notes = vec![note(joined(&names), Tone::Dim)];
    if !is_known {
        notes.push(note(
            "nothing here says the cluster's DNS domain: the usual one is taken",
            Tone::Warn,
        ));
    }
    notes
}

pub(super) fn machine_names(context: &Context<'_>) -> Vec<Note> {
    if !context.is_on("this-node") {
        return Vec::new();
    }
    vec![note(joined(&of_machine(context)), Tone::Dim)]
}

/// Who it is, where its text says that.
pub(super) fn written_notes(context: &Context<'_>) -> Vec<Note> {
    let Some(written) = written(context) else {
        return Vec::new();
    };
    let subject = written.subject.to_rfc4514();
    let mut notes = vec![
        note(text::show(&subject), Tone::Text),
        note(text::show(&told::cfssl_names(written)), Tone::Text),
        note(written.key_algorithm.to_string(), Tone::Text),
    ];
    let passed_over = written.passed_over.iter();
    notes.extend(passed_over.map(|why| note(text::show(why), Tone::Warn)));
    notes
}

/// What must be named once more, as it is typed.
pub(super) fn sensitive_words(context: &Context<'_>) -> String {
    let words = sensitive(&request(context)).into_iter();
    words.map(|one| one.word).collect::<Vec<_>>().join(", ")
}

pub(super) fn sensitive_notes(context: &Context<'_>) -> Vec<Note> {
    let all = sensitive(&request(context)).into_iter();
    all.map(|one| note(text::show(&one.why), Tone::Warn))
        .collect()
}

/// What is wrong with who it is.
pub(super) fn faults(context: &Context<'_>) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    if let Some(why) = missing_name(&request(context)) {
        let field = if is_dialled(context) { "names" } else { "cn" };
        faults.push((field, format!("{why}: type it here")));
    }
    let words = sensitive_words(context);
    if !words.is_empty() && context.text("confirm") != words {
        faults.push(("confirm", format!("type {words} here, or go back")));
    }
    faults
}
