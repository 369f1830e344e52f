//! Why requests are refused.

use std::sync::Arc;

use super::{Context, Field, Kind, Line, Step, Wizard, always, nothing};
use crate::model::WizardName;
use crate::plan::decide::DENIED_REASON;
use crate::plan::{AskedDecision, Request};
use crate::ui::{requests, text};

pub(super) static WIZARD: Wizard = Wizard {
    title: |context| match ids(context) {
        [one] => {
            let request = requests::named(context.world, one);
            let name = request.map_or_else(|| one.to_string(), |request| request.name.clone());
            format!("Deny {}", text::show(&name))
        }
        more => format!("Deny {} requests", more.len()),
    },
    steps: &[Step {
        title: "reason",
        page: None,
        fields: &[
            Field {
                name: "reason",
                label: "reason",
                help: "in a word, as programs read it",
                kind: Kind::Text(Line {
                    start: |_| String::new(),
                    usual: |_| DENIED_REASON.to_owned(),
                    unit: |_| "",
                    check: |_, text| {
                        let is_word = text.chars().all(|one| one.is_ascii_alphanumeric());
                        is_word
                            .then_some(())
                            .ok_or_else(|| "a word of letters and digits is meant".to_owned())
                    },
                }),
                asked: always,
                notes: nothing,
            },
            Field {
                name: "message",
                label: "message",
                help: "in a sentence, for whoever asked",
                kind: Kind::Text(Line {
                    start: |_| String::new(),
                    usual: |_| "none".to_owned(),
                    unit: |_| "",
                    check: |_, _| Ok(()),
                }),
                asked: always,
                notes: nothing,
            },
        ],
    }],
    request: |context| {
        let decision = AskedDecision::Deny {
            reason: context.text("reason").to_owned(),
            message: context.text("message").to_owned(),
        };
        Request::Decide(Box::new(requests::decide(
            context.world,
            ids(context),
            decision,
        )))
    },
};

fn ids<'a>(context: &Context<'a>) -> &'a [Arc<str>] {
    match context.about {
        WizardName::Deny(ids) => ids,
        _ => &[],
    }
}
