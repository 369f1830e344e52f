//! `request nodes`: the one question that lets requests be judged, and its answer.

use super::decide::Telling;
use crate::cli::arguments::ChangeArguments;
use crate::cli::change::Change;
use crate::cli::failure::Failure;
use crate::cli::input::{shown, text_of};
use crate::cli::setup::kept;
use crate::kubernetes::nodes::nodes_from_yaml;
use crate::plan::Request;
use crate::plan::confirm::propose;
use crate::record::Approval;

/// Runs it: the text for standard output, and the exit code. What is said stands for what is proposed
/// of its sort.
pub(super) fn run(
    telling: &Telling<'_>,
    from: Option<&str>,
    said: &Approval,
    change: &ChangeArguments,
) -> Result<(String, u8), Failure> {
    let nodes = match from {
        Some(file) => {
            let nodes = nodes_from_yaml(&text_of(file)?).map_err(|error| {
                Failure::usage(format!("{} cannot be read", shown(file))).because(error.to_string())
            })?;
            if nodes.is_empty() {
                let what = format!("there is no node in {}", shown(file));
                return Err(
                    Failure::usage(what).because("what kubectl get nodes -o json prints is meant")
                );
            }
            nodes
        }
        None => Vec::new(),
    };
    let clusters = kept(telling.global)?;
    let change = Change::new(telling.global, change, telling.form, telling.style);
    change.run(|master| {
        let proposed = propose(&master.inventory, &clusters, &nodes);
        let or = |said: &Vec<String>, proposed: Vec<String>| {
            if said.is_empty() {
                proposed
            } else {
                said.clone()
            }
        };
        Ok(Request::Confirm(Box::new(Approval {
            node_names: or(&said.node_names, proposed.node_names),
            address_ranges: or(&said.address_ranges, proposed.address_ranges),
            maximum_days: said.maximum_days,
        })))
    })
}
