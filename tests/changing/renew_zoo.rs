//! Renewal of every master of the zoo: whatever is wrong with it, there is a plan or a reason,
//! nothing is left without a word, and a master that was healthy is healthy again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kubepki::engine::change::FailureKind;
use kubepki::inventory::Source;
use kubepki::inventory::state::{Status, judge};
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::{Plan, RenewRequest};
use serde_yaml::Value;
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::support::renewing::{self, Master, all, due};
use crate::support::text;

/// The roots of the zoo's masters.
fn roots(folder: &Path) -> Vec<(String, PathBuf)> {
    let truth = std::fs::read_to_string(folder.join("zoo.yaml")).expect("zoo.yaml");
    let truth: Value = serde_yaml::from_str(&truth).expect("YAML");
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    let cases = truth["cases"].as_sequence().expect("cases").iter();
    let roots = cases.flat_map(|case| {
        let id = word(&case["id"]);
        let roots = case["roots"]
            .as_sequence()
            .expect("roots")
            .iter()
            .map(word)
            .collect::<Vec<_>>();
        roots
            .into_iter()
            .map(move |root| (id.clone(), folder.join(&id).join(root)))
    });
    roots.collect()
}

fn nothing_is_passed_over(master: &Master, plan: &Plan, case: &str) {
    let mut named: BTreeSet<&str> = plan
        .summary
        .left_alone
        .iter()
        .map(|left| left.what.as_str())
        .collect();
    named.extend(
        plan.summary
            .issues
            .iter()
            .flat_map(|issue| issue.paths.iter().map(String::as_str)),
    );
    named.extend(plan.changes.iter().map(|change| change.path.as_str()));
    for item in &master.inventory.items {
        assert!(
            named.contains(&*item.id) || named.contains(&*item.path),
            "{case}: not a word about {}",
            item.id
        );
    }
    for change in &plan.changes {
        let lower = change.path.to_lowercase();
        assert!(
            ![".bak", ".old", "backup"]
                .iter()
                .any(|word| lower.contains(word)),
            "{case}: {}",
            change.path
        );
    }
}

fn is_well_again(master: &Master, plan: &Plan, case: &str) {
    for issue in &plan.summary.issues {
        let (index, item) = (master.index(&issue.id), master.item(&issue.id));
        let state = judge(&master.inventory, index, item, master.moment);
        assert_eq!(
            (state.status, item.key.matches),
            (Status::Ok, Some(true)),
            "{case}: {} {}",
            issue.id,
            state.why
        );
        assert_eq!(
            item.certificate(),
            Some(&issue.after),
            "{case}: {}",
            issue.id
        );
    }
    let mut kubeconfigs = master
        .inventory
        .kubeconfigs
        .iter()
        .filter(|one| !one.roles.is_empty());
    assert!(
        kubeconfigs.all(|kubeconfig| kubeconfig.fault.is_none()),
        "{case}"
    );
    let kubelet = |item: &&kubepki::inventory::Item| item.source == Source::Kubelet;
    assert!(
        master
            .inventory
            .items
            .iter()
            .filter(kubelet)
            .all(|item| item.content.is_ok()),
        "{case}"
    );
}

#[test]
fn every_master_is_planned_and_the_healthy_stay_healthy() {
    let now = format!("{}T00:00:00Z", OffsetDateTime::now_utc().date());
    let folder = TempDir::new().expect("a temporary folder");
    let Some(()) = renewing::make_zoo(folder.path(), &now, None) else {
        return;
    };
    let (mut masters, mut applied) = (0, 0);
    for (case, root) in roots(folder.path()) {
        let own = TempDir::new_in(folder.path()).expect("a folder");
        let mut master = Master::at(own, root);
        masters += 1;
        let request = RenewRequest {
            key_algorithm: Some(KeyAlgorithm::EcdsaP256),
            ..all()
        };
        let plan = match master.try_plan(request) {
            Ok(plan) => plan,
            Err(failure) => {
                assert!(
                    matches!(failure.kind, FailureKind::Passphrase { .. }),
                    "{case}: {failure:?}"
                );
                continue;
            }
        };
        nothing_is_passed_over(&master, &plan, &case);
        if case.starts_with("healthy-") && !plan.changes.is_empty() {
            assert_eq!(
                master.plan(due()).changes.len(),
                0,
                "{case}: {}",
                text(&master.root)
            );
            master.apply(&plan);
            is_well_again(&master, &plan, &case);
            applied += 1;
        }
    }
    assert!(masters > 100 && applied > 10, "{masters} {applied}");
}
