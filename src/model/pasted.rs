//! What was pasted onto a list, or lies in a file that was opened: a small master of its own, beside
//! the real one.

use std::sync::Arc;

use super::{Reading, Route};
use crate::inventory::given::{Damage, Given, HereOf, Undecoded};
use crate::inventory::{RequestItem, Source};
use crate::kubernetes::cfssl::CfsslRequest;
use crate::plan::RequestSource;
use crate::verdict::JudgedRequest;

/// What was pasted is called so where a path is expected.
pub const PASTED: &str = "pasted";

/// The most that is read of a paste, in bytes.
pub const MOST_PASTED: usize = 1_000_000;

/// What was pasted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pasted {
    /// The file of this machine that holds it, absolute; `None`: it was pasted, and lies nowhere.
    pub file: Option<Arc<str>>,
    /// What could be decoded, with the verdicts on its requests.
    pub reading: Reading,
    /// What the master has of it.
    pub here: HereOf,
    /// Requests as `cfssl genkey` takes them.
    pub cfssl: Vec<CfsslRequest>,
    /// What could not be decoded, or not all of it.
    pub undecoded: Vec<Undecoded>,
    /// What was taken out of the text before it could be decoded.
    pub mended: Option<Damage>,
    sources: Vec<RequestSource>,
}

impl Pasted {
    /// Prepares what was given for the screens. `judge` says what is to be thought of a request.
    pub fn new(
        mut given: Given,
        file: Option<Arc<str>>,
        here: HereOf,
        judge: impl Fn(&RequestItem) -> JudgedRequest,
    ) -> Self {
        let mut sources = Vec::new();
        for request in &mut given.inventory.requests {
            // The master may have an object of the same name.
            request.id = format!("{PASTED}:{}", request.id).into();
            let text = given.objects.get(&request.path).cloned();
            sources.push(match &file {
                Some(path) => RequestSource::Local(path.to_string()),
                None => RequestSource::Given(text.unwrap_or_default()),
            });
        }
        let verdicts = given.inventory.requests.iter().map(judge).collect();
        Self {
            file,
            reading: Reading {
                verdicts: Arc::new(verdicts),
                ..Reading::new(given.inventory)
            },
            here,
            cfssl: given.cfssl,
            undecoded: given.undecoded,
            mended: given.mended,
            sources,
        }
    }

    /// Whether nothing is known of it at all.
    pub fn is_nothing(&self) -> bool {
        let is_meant = self.undecoded.iter().any(|one| one.meant.is_some());
        self.is_bare() && !is_meant
    }

    fn is_bare(&self) -> bool {
        let inventory = &self.reading.inventory;
        inventory.is_bare() && inventory.bootstrap.tokens.is_empty() && self.cfssl.is_empty()
    }

    /// The pages of its things, as far as they have some. A certificate that lies in a kubeconfig is
    /// told there.
    pub fn pages(&self) -> Vec<Route> {
        let inventory = &self.reading.inventory;
        let items = inventory.items.iter();
        let items = items.filter(|item| !matches!(item.source, Source::Kubeconfig { .. }));
        let kubeconfigs = inventory.kubeconfigs.iter();
        let requests = inventory.requests.iter();
        kubeconfigs
            .map(|one| Route::Kubeconfig(Arc::clone(&one.path)))
            .chain(items.map(|item| Route::Certificate(Arc::clone(&item.id))))
            .chain(requests.map(|one| Route::Request(Arc::clone(&one.id))))
            .collect()
    }

    /// How many things were decoded.
    pub fn things(&self) -> usize {
        let inventory = &self.reading.inventory;
        self.pages().len()
            + inventory.keys.len()
            + inventory.bootstrap.tokens.len()
            + self.cfssl.len()
    }

    /// The page that opens: that of the one thing, or that of all.
    pub fn first_page(&self) -> Route {
        let is_whole = self.undecoded.is_empty() && self.mended.is_none();
        match self.pages().as_slice() {
            [one] if is_whole && self.things() == 1 => one.clone().in_pasted(),
            _ => Route::Pasted(None),
        }
    }

    /// The request of this id, what is to be thought of it, and where its text is.
    pub fn request(&self, id: &str) -> Option<(&RequestItem, &JudgedRequest, &RequestSource)> {
        let requests = &self.reading.inventory.requests;
        let at = requests.iter().position(|request| *request.id == *id)?;
        let (judged, source) = (self.reading.verdicts.get(at)?, self.sources.get(at)?);
        Some((&requests[at], judged, source))
    }
}
