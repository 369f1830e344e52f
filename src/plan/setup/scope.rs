//! For whom a setup is: which things it makes or looks after, which nodes get them, and what of
//! them may lie here.

use std::collections::BTreeSet;

use crate::plan::SetupRequest;
use crate::setup::blueprint::{Blueprint, Placed, Thing, What};

/// A request and what it is about.
pub(super) struct Scope<'a> {
    pub(super) request: &'a SetupRequest,
    pub(super) blueprint: &'a Blueprint,
    /// The ids of things that are made anew, also where they are there.
    replacements: BTreeSet<&'a str>,
}

impl<'a> Scope<'a> {
    pub(super) fn of(request: &'a SetupRequest, blueprint: &'a Blueprint) -> Self {
        let mut scope = Self {
            request,
            blueprint,
            replacements: BTreeSet::new(),
        };
        // CAs stand before what they sign.
        for thing in &blueprint.things {
            let is_below = thing
                .comes_from()
                .into_iter()
                .any(|id| scope.replacements.contains(id));
            if is_below || scope.is_named(thing) {
                scope.replacements.insert(&thing.id);
            }
        }
        scope
    }

    /// True where somebody asked for it to be made anew. What depends on a key that everybody has
    /// verified by goes only by that key's own name.
    pub(super) fn is_named(&self, thing: &Thing) -> bool {
        let is_named = |file: &Placed| self.is_file_named(thing, file);
        match &thing.what {
            What::Authority { places, .. } => places.iter().any(|place| is_named(&place.key)),
            What::KeyPair { private, .. } => is_named(private),
            _ => thing.files().iter().any(|(file, _)| is_named(file)),
        }
    }

    /// True where somebody asked for this file of it to be made anew.
    pub(super) fn is_file_named(&self, thing: &Thing, file: &Placed) -> bool {
        self.is_mine(thing) && self.request.replace.contains(&file.path)
    }

    /// True where it is made anew whatever is there.
    pub(super) fn is_replaced(&self, thing: &Thing) -> bool {
        self.replacements.contains(thing.id.as_str())
    }

    /// True for what is of the node here, or of all.
    fn is_mine(&self, thing: &Thing) -> bool {
        thing.node.is_none() || thing.node == self.request.here
    }

    /// True where only some nodes are meant.
    pub(super) fn is_part(&self) -> bool {
        !self.request.only.is_empty()
    }

    fn is_meant(&self, node: &str) -> bool {
        !self.is_part() || self.request.only.iter().any(|only| only == node)
    }

    /// The things that are made or looked after: CAs, tokens, then all else.
    pub(super) fn things(&self) -> Vec<&'a Thing> {
        let for_somebody = |thing: &&Thing| thing.on.iter().any(|node| self.is_meant(node));
        let mut things: Vec<&'a Thing> =
            self.blueprint.things.iter().filter(for_somebody).collect();
        // A CA that signs for a node need not be one of its files.
        loop {
            let needed: BTreeSet<&str> =
                things.iter().flat_map(|thing| thing.comes_from()).collect();
            let is_missing = |thing: &&Thing| {
                needed.contains(&*thing.id) && !things.iter().any(|one| one.id == thing.id)
            };
            let more: Vec<&'a Thing> = self.blueprint.things.iter().filter(is_missing).collect();
            if more.is_empty() {
                break;
            }
            things.extend(more);
        }
        let rank = |thing: &&Thing| match thing.what {
            What::Authority { issuer: None, .. } => 0,
            What::Authority { .. } => 1,
            What::TokenFile { .. } | What::TokenSecret { .. } => 2,
            What::Kubeconfig { .. } | What::BootstrapKubeconfig { .. } => 4,
            _ => 3,
        };
        things.sort_by_key(rank);
        things
    }

    /// Those of `on` that get something now. The node here is among them: what is there is looked
    /// after.
    pub(super) fn nodes(&self, on: &[String]) -> Vec<String> {
        on.iter()
            .filter(|node| self.is_meant(node) || self.is_here(node))
            .cloned()
            .collect()
    }

    fn is_here(&self, node: &str) -> bool {
        self.request.here.as_deref() == Some(node)
    }

    /// The files of a thing that may be below the root. The key of a CA may lie beside its
    /// certificate, also where the answers let it go nowhere.
    pub(super) fn here(&self, thing: &'a Thing) -> Vec<&'a Placed> {
        let here = |on: &[String]| on.iter().any(|node| self.is_here(node));
        match &thing.what {
            What::Authority { places, .. } => {
                let places = places.iter().filter(|place| here(&place.on));
                places
                    .flat_map(|place| {
                        [&place.key, &place.certificate]
                            .into_iter()
                            .chain(&place.serial)
                    })
                    .collect()
            }
            _ => thing
                .files()
                .into_iter()
                .filter(|(_, on)| here(on))
                .map(|(file, _)| file)
                .collect(),
        }
    }
}
