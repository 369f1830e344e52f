//! A master as it was read.

use std::sync::Arc;

use super::order::Order;
use crate::inventory::Inventory;
use crate::inventory::beginning::{Beginning, Machine};
use crate::record::decided_request::DecidedRequest;
use crate::record::waiting_request::WaitingRequest;
use crate::setup::ClusterSpec;
use crate::verdict::JudgedRequest;

/// A master as it was read, with what can be prepared aside from the key loop.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// What is there.
    pub inventory: Arc<Inventory>,
    /// Its items in order.
    pub order: Arc<Order>,
    /// Why nothing can be changed there, as far as is known.
    pub closed: Option<&'static str>,
    /// Why nothing can be restarted there.
    pub unrestartable: Option<&'static str>,
    /// Whether there is a PKI at all.
    pub beginning: Beginning,
    /// The machine: what it offers to a setup.
    pub machine: Machine,
    /// The clusters that were set up here, as they are kept.
    pub clusters: Arc<Vec<ClusterSpec>>,
    /// The requests that wait for somebody else's CA, as they are kept.
    pub waiting: Arc<Vec<WaitingRequest>>,
    /// What is to be thought of each of the inventory's requests, in their order.
    pub verdicts: Arc<Vec<JudgedRequest>>,
    /// What was decided of requests that are no objects.
    pub decided: Arc<Vec<DecidedRequest>>,
}

impl Reading {
    /// Prepares `inventory` for the screens.
    pub fn new(inventory: Inventory) -> Self {
        let order = Order::of(&inventory);
        Self {
            inventory: Arc::new(inventory),
            order: Arc::new(order),
            ..Self::default()
        }
    }
}
