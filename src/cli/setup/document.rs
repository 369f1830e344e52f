//! `kind: ClusterGuide` and `kind: ClusterSpecList`.

use serde::Serialize;

use crate::cli::document::API_VERSION;
use crate::kubernetes::component::Component;
use crate::setup::ClusterSpec;
use crate::setup::guide::{ComponentGuide, CopyGuide, Guide, IdentityGuide};

/// The clusters that were set up here, with their answers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClusterSpecList<'a> {
    api_version: &'static str,
    kind: &'static str,
    items: &'a [ClusterSpec],
}

/// What comes next.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClusterGuide<'a> {
    api_version: &'static str,
    kind: &'static str,
    cluster: &'a str,
    /// The node that it is for; null: all.
    node: Option<&'a str>,
    next: &'a [String],
    components: Vec<ComponentDocument<'a>>,
    copies: Vec<CopyDocument<'a>>,
    secrets: Vec<SecretDocument<'a>>,
    identities: Vec<IdentityDocument<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ComponentDocument<'a> {
    component: Component,
    flags: Vec<FlagDocument<'a>>,
    snippet_title: &'a str,
    snippet: &'a [String],
}

#[derive(Debug, Serialize)]
struct FlagDocument<'a> {
    flag: &'a str,
    value: &'a str,
}

#[derive(Debug, Serialize)]
struct CopyDocument<'a> {
    path: &'a str,
    to: &'a str,
    why: &'a str,
}

#[derive(Debug, Serialize)]
struct SecretDocument<'a> {
    path: &'a str,
    why: &'a str,
}

#[derive(Debug, Serialize)]
struct IdentityDocument<'a> {
    id: &'a str,
    kind: &'a str,
    subject: &'a str,
    purpose: &'a str,
    right: &'a str,
    owner: &'a str,
}

impl<'a> ClusterSpecList<'a> {
    pub(super) fn new(items: &'a [ClusterSpec]) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "ClusterSpecList",
            items,
        }
    }
}

impl<'a> ClusterGuide<'a> {
    pub(super) fn new(guide: &'a Guide, cluster: &'a str, node: Option<&'a str>) -> Self {
        let secret = |(path, why): &'a (String, String)| SecretDocument { path, why };
        Self {
            api_version: API_VERSION,
            kind: "ClusterGuide",
            cluster,
            node,
            next: &guide.next,
            components: guide
                .components
                .iter()
                .map(ComponentDocument::from)
                .collect(),
            copies: guide.copies.iter().map(CopyDocument::from).collect(),
            secrets: guide.secrets.iter().map(secret).collect(),
            identities: guide
                .identities
                .iter()
                .map(IdentityDocument::from)
                .collect(),
        }
    }
}

impl<'a> From<&'a ComponentGuide> for ComponentDocument<'a> {
    fn from(guide: &'a ComponentGuide) -> Self {
        Self {
            component: guide.component,
            flags: guide
                .flags
                .iter()
                .map(|(flag, value)| FlagDocument { flag, value })
                .collect(),
            snippet_title: &guide.snippet_title,
            snippet: &guide.snippet,
        }
    }
}

impl<'a> From<&'a CopyGuide> for CopyDocument<'a> {
    fn from(CopyGuide { path, to, why }: &'a CopyGuide) -> Self {
        Self { path, to, why }
    }
}

impl<'a> From<&'a IdentityGuide> for IdentityDocument<'a> {
    fn from(
        IdentityGuide {
            id,
            kind,
            subject,
            purpose,
            right,
            owner,
        }: &'a IdentityGuide,
    ) -> Self {
        Self {
            id,
            kind,
            subject,
            purpose,
            right,
            owner,
        }
    }
}
