//! Requests with what is to be thought of them.

use time::OffsetDateTime;

use super::what::asked;
use crate::cli::arguments::Global;
use crate::cli::changer::changer;
use crate::cli::failure::Failure;
use crate::cli::master::Master;
use crate::cli::output;
use crate::cli::show::{INPUT, input};
use crate::inventory::{Inventory, RequestItem};
use crate::record::Approval;
use crate::record::decided_request::DecidedRequest;
use crate::verdict::{Evidence, JudgedRequest, judge_one};

/// The master by which requests are judged, and where they were read.
pub(super) struct Sources {
    pub(super) master: Master,
    /// Files that were named; none: the requests are the master's.
    given: Vec<Master>,
    approval: Approval,
    decided: Vec<DecidedRequest>,
}

/// One request, and everything that is told of it.
pub(super) struct Judged<'a> {
    pub(super) item: &'a RequestItem,
    /// Where it was read.
    pub(super) inventory: &'a Inventory,
    /// The master by which it was judged.
    pub(super) master: &'a Inventory,
    pub(super) opinion: JudgedRequest,
    pub(super) decided: &'a [DecidedRequest],
    pub(super) at: OffsetDateTime,
}

impl Sources {
    /// The requests of files, or of the master where none is named.
    pub(super) fn of_files(global: &Global, files: &[String]) -> Result<Self, Failure> {
        let of_file = |file: &String| {
            if file == INPUT {
                return input::standard_input(global).map(|input| input.master);
            }
            let absent =
                || Failure::unable(format!("cannot read {file}")).because("it is not there");
            let input = input::file(global, file)?.ok_or_else(absent)?;
            Ok(input.master)
        };
        let given = files.iter().map(of_file).collect::<Result<_, _>>()?;
        Self::with(global, Master::open(global, None)?, given)
    }

    /// The one request that is meant.
    pub(super) fn of_what(global: &Global, what: &str) -> Result<(Self, RequestItem), Failure> {
        let master = Master::open(global, None)?;
        let item = asked(global, &master, what)?.item;
        Ok((Self::with(global, master, Vec::new())?, item))
    }

    fn with(global: &Global, master: Master, given: Vec<Master>) -> Result<Self, Failure> {
        let changer = changer(global, None)?;
        let tell = |what: &str, why: String| {
            output::tell(&Failure::unable(what).because(why).to_words());
        };
        let (approval, faults) = changer.approval();
        for why in faults {
            tell("what was confirmed of the cluster does not count", why);
        }
        let decided = changer.records().decisions().map_or_else(
            |failure| {
                tell("what was decided cannot be read", failure.to_string());
                Vec::new()
            },
            |kept| {
                for why in kept.faults {
                    tell("a decision cannot be read", why);
                }
                kept.all
            },
        );
        Ok(Self {
            master,
            given,
            approval,
            decided,
        })
    }

    /// Every request, judged.
    pub(super) fn judged(&self) -> Vec<Judged<'_>> {
        let own = std::slice::from_ref(&self.master);
        let from = if self.given.is_empty() {
            own
        } else {
            &self.given
        };
        let evidence = self.evidence();
        let items = from.iter().flat_map(|source| {
            let requests = source.inventory.requests.iter();
            requests.map(move |item| (item, &source.inventory))
        });
        items
            .map(|(item, inventory)| self.told(item, inventory, &evidence))
            .collect()
    }

    /// One request, judged.
    pub(super) fn judge<'a>(&'a self, item: &'a RequestItem) -> Judged<'a> {
        self.told(item, &self.master.inventory, &self.evidence())
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence::new(&self.master.inventory, &self.approval, self.master.at)
    }

    fn told<'a>(
        &'a self,
        item: &'a RequestItem,
        inventory: &'a Inventory,
        evidence: &Evidence<'_>,
    ) -> Judged<'a> {
        Judged {
            item,
            inventory,
            master: &self.master.inventory,
            opinion: judge_one(item, evidence),
            decided: &self.decided,
            at: self.master.at,
        }
    }
}

impl Judged<'_> {
    /// As the contract has it.
    pub(super) fn source(&self) -> String {
        if &*self.item.path == INPUT {
            INPUT.to_owned()
        } else {
            format!("file:{}", self.item.path)
        }
    }
}
