//! What requests are judged by, looked up once for all of them.

use std::collections::HashMap;

use ipnet::IpNet;
use time::OffsetDateTime;

use crate::inventory::{Inventory, Item, ItemIndex, RequestItem};
use crate::kubernetes::address::range;
use crate::kubernetes::component::Component;
use crate::pki::{Certificate, CertificationRequest, Digest};
use crate::record::Approval;

/// What requests are judged by: made once for all of them.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) approval: &'a Approval,
    pub(super) moment: OffsetDateTime,
    pub(super) ranges: Vec<IpNet>,
    certificates_by_key: HashMap<Digest, Vec<ItemIndex>>,
    certificates_by_subject: HashMap<Vec<u8>, Vec<ItemIndex>>,
    requests_by_key: HashMap<Digest, usize>,
    requests_by_subject: HashMap<Vec<u8>, usize>,
}

impl<'a> Evidence<'a> {
    /// What is on the disk, what the keeper of this cluster has confirmed, and now.
    pub fn new(inventory: &'a Inventory, approval: &'a Approval, moment: OffsetDateTime) -> Self {
        let mut evidence = Self {
            inventory,
            approval,
            moment,
            ranges: approval
                .address_ranges
                .iter()
                .filter_map(|text| range(text))
                .collect(),
            certificates_by_key: HashMap::new(),
            certificates_by_subject: HashMap::new(),
            requests_by_key: HashMap::new(),
            requests_by_subject: HashMap::new(),
        };
        for (index, item) in inventory.indexed() {
            let Some(certificate) = item.certificate() else {
                continue;
            };
            let by_key = evidence
                .certificates_by_key
                .entry(*certificate.spki_sha256());
            by_key.or_default().push(index);
            let subject = certificate.subject_der().to_vec();
            let by_subject = evidence.certificates_by_subject.entry(subject);
            by_subject.or_default().push(index);
        }
        for request in inventory.requests.iter().filter(|one| is_open(one)) {
            if let Ok(asked) = &request.request {
                *evidence
                    .requests_by_key
                    .entry(asked.spki_sha256)
                    .or_default() += 1;
                let subject = asked.subject.as_der().to_vec();
                *evidence.requests_by_subject.entry(subject).or_default() += 1;
            }
        }
        evidence
    }

    /// The certificates here of this key.
    pub(super) fn of_key(&self, asked: &CertificationRequest) -> impl Iterator<Item = &'a Item> {
        let found = self.certificates_by_key.get(&asked.spki_sha256);
        self.items(found)
    }

    /// The certificates here of this subject that are valid now.
    pub(super) fn living(&self, asked: &CertificationRequest) -> impl Iterator<Item = &'a Item> {
        let found = self.certificates_by_subject.get(asked.subject.as_der());
        let moment = self.moment;
        let lives =
            move |one: &Certificate| one.not_before() <= moment && moment <= one.not_after();
        self.items(found)
            .filter(move |item| item.certificate().is_some_and(lives))
    }

    fn items(&self, found: Option<&Vec<ItemIndex>>) -> impl Iterator<Item = &'a Item> + use<'a> {
        let inventory = self.inventory;
        let found = found.cloned().unwrap_or_default();
        found
            .into_iter()
            .filter_map(move |index| inventory.item(index))
    }

    /// How many open requests here ask with this key, and for this subject.
    pub(super) fn open_requests(&self, asked: &CertificationRequest) -> (usize, usize) {
        let count = |found: Option<&usize>| found.copied().unwrap_or_default();
        (
            count(self.requests_by_key.get(&asked.spki_sha256)),
            count(self.requests_by_subject.get(asked.subject.as_der())),
        )
    }

    /// The last value of a flag of the API server here.
    pub(super) fn server_flag(&self, flag: &str) -> Option<&'a str> {
        let is_it = |fact: &&crate::kubernetes::flags::FlagFact| {
            fact.component == Component::KubeApiserver && fact.flag == flag
        };
        let mut found = self.inventory.flags.iter().filter(is_it);
        found.next_back().map(|fact| fact.value.as_str())
    }

    /// Whether certificates of this file were read.
    pub(super) fn has_file(&self, path: &str) -> bool {
        let mut items = self.inventory.items.iter();
        items.any(|item| {
            item.certificate().is_some()
                && (*item.path == *path || item.copies.iter().any(|copy| **copy == *path))
        })
    }

    /// Whether any flag of the API server was read.
    pub(super) fn has_server_flags(&self) -> bool {
        let mut flags = self.inventory.flags.iter();
        flags.any(|fact| fact.component == Component::KubeApiserver)
    }

    /// Whether a name is one of the cluster's nodes; `None`: nobody has said which these are.
    pub(super) fn is_node(&self, name: &str) -> Option<bool> {
        let names = &self.approval.node_names;
        (!names.is_empty()).then(|| names.iter().any(|pattern| matches(pattern, name)))
    }
}

/// Whether it is still to be decided on.
fn is_open(request: &RequestItem) -> bool {
    let object = request.object.as_ref();
    object.is_none_or(|object| object.condition.is_pending())
}

/// Whether a name fits: `*` stands for any run of characters but the dot.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut labels = pattern.split('.');
    let mut names = name.split('.');
    loop {
        match (labels.next(), names.next()) {
            (None, None) => return true,
            (Some(pattern), Some(name)) if fits(pattern, name) => {}
            _ => return false,
        }
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match name.find(part) {
            Some(at) => name = &name[at + part.len()..],
            None => return false,
        }
    }
    name.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_in_its_label() {
        for (pattern, name, expected) in [
            ("w1", "w1", true),
            ("w1", "w11", false),
            ("w*", "w1", true),
            ("w*", "w1.example.org", false),
            ("w*.example.org", "w1.example.org", true),
            ("*", "", true),
            ("*a*b", "xaxxb", true),
            ("*a*b", "xxb", false),
            ("a*a", "a", false),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
