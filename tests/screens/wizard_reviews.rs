//! The renew wizard and the review of its plan: answers stay.

use kubepki::model::Event;
use kubepki::model::route::RouteName;
use kubepki::plan::{RenewRequest, SanChange, Selection};
use kubepki::record::{ChangeAction, ChangeSummary, PathState, Place, PlanSummary};

use crate::support::asked::{about, asked, planned};
use crate::support::stage::Stage;

#[test]
fn a_review_leads_back_to_its_answers() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("R");
    for keys in [
        "o <tab> <space> <backtab> 4 5 <enter> a . b <enter> <enter> <enter>",
        "o <enter> <enter> <enter>",
    ] {
        let (plan, _) = planned(&stage);
        let summary = PlanSummary {
            title: "Renew what is due".to_owned(),
            ..summary()
        };
        stage.event(Event::Planned {
            plan,
            summary: Ok(Box::new(summary)),
        });
        stage.keys(keys);
        assert_eq!(
            stage.app.route().name(),
            RouteName::Review,
            "{}",
            stage.text()
        );
        let expected = RenewRequest {
            days: Some(45),
            keep_key: true,
            sans: vec![SanChange::Add("a.b".to_owned())],
            ..RenewRequest::new(Selection::Due)
        };
        assert_eq!(asked(&stage), expected, "{keys}");
    }
}

/// A plan that changes something.
fn summary() -> PlanSummary {
    let path_state = PathState::Absent;
    PlanSummary {
        changes: vec![ChangeSummary {
            place: Place::Master,
            action: ChangeAction::Create,
            path: "/x".to_owned(),
            summary: "new".to_owned(),
            before: path_state.clone(),
            after: path_state,
        }],
        ..PlanSummary::default()
    }
}

#[test]
fn an_answer_from_the_wizard_stays_when_its_review_is_left() {
    let mut stage = about("apiserver", 80, 24);
    stage.keys("7 7 <enter> <enter> <enter>");
    let (plan, _) = planned(&stage);
    stage.event(Event::Planned {
        plan,
        summary: Ok(Box::new(summary())),
    });
    stage.keys("<esc>");
    assert_eq!(
        stage.app.route().name(),
        RouteName::Wizard,
        "{}",
        stage.text()
    );
    stage.keys("<pgup> <pgup>");
    assert!(stage.text().contains("77 days"), "{}", stage.text());
}
