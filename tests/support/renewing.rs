//! Masters that are renewed on a disk: samples of kubeadm, trees of the zoo, and what openssl says
//! of the result.

use std::fs;
use std::path::{Path, PathBuf};

use kubepki::engine::change::{Changer, Failure};
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::tree::Verified;
use kubepki::inventory::{Inventory, Item, ItemIndex};
use kubepki::plan::{Plan, RenewRequest, Request, Selection};
use kubepki::progress::silent;
use kubepki::record::{OperationState, Settings};
use tempfile::TempDir;
use time::OffsetDateTime;

use super::{python, succeed, text, tool};

/// A master on the disk and what was read of it.
pub(crate) struct Master {
    /// Deleted with the test.
    pub(crate) folder: TempDir,
    /// The master's root.
    pub(crate) root: PathBuf,
    /// What was read last.
    pub(crate) inventory: Inventory,
    /// For when it is planned.
    pub(crate) moment: OffsetDateTime,
    /// The user's.
    pub(crate) settings: Settings,
}

impl Master {
    /// A sample of kubeadm. `None` where the machine lacks what unpacks it.
    pub(crate) fn sample(name: &str) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder");
        let archive = format!(
            "{}/tests/fixtures/samples/{name}.tar.gz",
            env!("CARGO_MANIFEST_DIR")
        );
        succeed(
            &tool("tar")?,
            &["-xpzf", &archive, "-C", text(folder.path())],
        );
        let root = folder.path().join(name);
        Some(Self::at(folder, root))
    }

    /// A master of the zoo, made for the moment `now`. `None` where Python cannot make it.
    pub(crate) fn of_zoo(case: &str, now: &str) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder");
        let out = folder.path().join("zoo");
        make_zoo(&out, now, Some(case))?;
        let root = out.join(case);
        Some(Self::at(folder, root))
    }

    /// The master below `root`.
    pub(crate) fn at(folder: TempDir, root: PathBuf) -> Self {
        let mut master = Self {
            folder,
            root,
            inventory: Inventory::default(),
            moment: OffsetDateTime::now_utc(),
            settings: Settings::default(),
        };
        master.read();
        master
    }

    fn options(&self) -> OpenOptions {
        OpenOptions {
            root: self.root.clone(),
            ..OpenOptions::default()
        }
    }

    fn changer(&self) -> Changer {
        let state = self.folder.path().join("state");
        Changer::with_settings(&self.options(), Some(&state), self.settings.clone())
    }

    /// Reads it again.
    pub(crate) fn read(&mut self) {
        self.inventory =
            open(&self.options(), &silent, &mut Verified::new()).expect("it can be read");
    }

    /// The plan for a request.
    pub(crate) fn try_plan(&self, request: RenewRequest) -> Result<Plan, Failure> {
        self.changer().prepare(
            &self.inventory,
            &Request::Renew(request),
            self.moment,
            &silent,
        )
    }

    /// The plan for a request that must be possible.
    pub(crate) fn plan(&self, request: RenewRequest) -> Plan {
        self.try_plan(request)
            .unwrap_or_else(|failure| panic!("no plan: {failure:?}"))
    }

    /// Applies a plan and reads the master again.
    pub(crate) fn apply(&mut self, plan: &Plan) {
        let operation = self
            .changer()
            .apply(plan, &silent)
            .unwrap_or_else(|failure| panic!("not applied: {failure:?}"));
        assert_eq!(
            operation.state,
            OperationState::Done,
            "{:?}",
            operation.error
        );
        self.read();
    }

    /// A file of the master on this machine.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Its content.
    pub(crate) fn content(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The item of this id.
    pub(crate) fn item(&self, id: &str) -> &Item {
        &self.inventory.items[self.index(id).0 as usize]
    }

    /// Its place.
    pub(crate) fn index(&self, id: &str) -> ItemIndex {
        let found = self.inventory.indexed().find(|(_, item)| &*item.id == id);
        let ids = || {
            self.inventory
                .items
                .iter()
                .map(|item| item.id.to_string())
                .collect::<Vec<_>>()
        };
        found.map_or_else(|| panic!("no {id} among {:?}", ids()), |(index, _)| index)
    }
}

/// Makes the zoo, or one case of it, for the moment `now`. `None` where Python cannot.
pub(crate) fn make_zoo(out: &Path, now: &str, case: Option<&str>) -> Option<()> {
    let python = python("cryptography")?;
    let generator = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/zoo/make_zoo.py"
    );
    let mut arguments = vec![generator, text(out), "--now", now, "--no-big"];
    let list = out.with_extension("only");
    if let Some(case) = case {
        fs::write(&list, format!("{case}\n")).expect("written");
        arguments.extend(["--only", text(&list)]);
    }
    succeed(&python, &arguments);
    Some(())
}

/// A request for items by name.
pub(crate) fn items(ids: &[&str]) -> RenewRequest {
    RenewRequest::new(Selection::Items(
        ids.iter().map(|id| (*id).into()).collect(),
    ))
}

/// What is due.
pub(crate) fn due() -> RenewRequest {
    RenewRequest::new(Selection::Due)
}

/// All that can be.
pub(crate) fn all() -> RenewRequest {
    RenewRequest::new(Selection::All)
}

/// The lines of `openssl x509 -text` that say who somebody is: neither number, dates and signature,
/// nor the key.
pub(crate) fn identity(openssl: &Path, pem: &Path) -> Vec<String> {
    let options =
        "no_serial,no_validity,no_pubkey,no_sigdump,no_signame,no_version,no_aux,ext_parse";
    let said = succeed(
        openssl,
        &[
            "x509",
            "-in",
            text(pem),
            "-noout",
            "-text",
            "-certopt",
            options,
        ],
    );
    let mut lines: Vec<String> = said.lines().map(|line| line.trim().to_owned()).collect();
    // Key identifiers follow the keys.
    while let Some(at) = lines
        .iter()
        .position(|line| line.contains("Key Identifier"))
    {
        lines.drain(at..(at + 2).min(lines.len()));
    }
    lines
}

/// Whether openssl accepts a certificate for a purpose.
pub(crate) fn verify(openssl: &Path, authority: &Path, certificate: &Path, purpose: &str) {
    let files = ["-CAfile", text(authority), text(certificate)];
    succeed(
        openssl,
        &[&["verify", "-x509_strict", "-purpose", purpose], &files[..]].concat(),
    );
}
