//! Where the facts about a file come from.
//!
//! ```text
//! What it is for    the roles, and who says so
//! Read by           component, flag, file:line
//! Layout            which one, where
//! ```

use super::super::document::{Document, PageWriter};
use super::super::text;
use super::super::{tokens, words};
use super::gone::gone;
use crate::inventory::bootstrap::TokenKind;
use crate::inventory::{Inventory, Item, KeyItem, KubeconfigItem, Reader, pairs};
use crate::kubernetes::flags::{FlagFact, written};
use crate::kubernetes::role::Role;
use crate::model::Route;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::words::shell as lines;

/// What the inventory has from one file.
struct FileThings<'a> {
    items: Vec<&'a Item>,
    keys: Vec<&'a KeyItem>,
    kubeconfigs: Vec<&'a KubeconfigItem>,
    requests: usize,
}

impl<'a> FileThings<'a> {
    fn of(inventory: &'a Inventory, path: &str) -> Self {
        Self {
            items: inventory
                .items
                .iter()
                .filter(|item| *item.path == *path)
                .collect(),
            keys: inventory
                .keys
                .iter()
                .filter(|key| *key.path == *path)
                .collect(),
            kubeconfigs: inventory
                .kubeconfigs
                .iter()
                .filter(|kubeconfig| *kubeconfig.path == *path)
                .collect(),
            requests: inventory
                .requests
                .iter()
                .filter(|request| *request.path == *path)
                .count(),
        }
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.keys.is_empty()
            && self.kubeconfigs.is_empty()
            && self.requests == 0
    }

    /// The roles of all of them, each once.
    fn roles(&self) -> Vec<&'static Role> {
        let mut roles: Vec<&'static Role> = Vec::new();
        let all = self
            .items
            .iter()
            .map(|item| &item.roles)
            .chain(self.keys.iter().map(|key| &key.roles));
        for role in all
            .chain(self.kubeconfigs.iter().map(|kubeconfig| &kubeconfig.roles))
            .flatten()
        {
            if !roles.contains(role) {
                roles.push(role);
            }
        }
        roles
    }

    fn readers(&self) -> &'a [Reader] {
        let readers = self.items.first().map(|item| item.read_by.as_slice());
        let readers = readers.or_else(|| {
            self.kubeconfigs
                .first()
                .map(|kubeconfig| kubeconfig.read_by.as_slice())
        });
        readers
            .or_else(|| self.keys.first().map(|key| key.read_by.as_slice()))
            .unwrap_or(&[])
    }
}

/// The page of the file at this path.
pub(crate) fn document(world: &World, path: &str) -> Document {
    let inventory = world.inventory();
    let things = FileThings::of(inventory, path);
    let joins = let_in(world, path);
    if things.is_empty() && joins.is_empty() {
        return gone(path);
    }
    let (roles, readers) = (things.roles(), things.readers());
    let mut page = PageWriter::new(world);
    page.heading("The file");
    page.fact("path", path);
    for item in &things.items {
        page.fact("holds", &words::item_name(world, item))
            .opens(Route::Certificate(item.id.clone()));
    }
    for (holds, route) in &joins {
        page.fact("holds", holds).opens.clone_from(route);
    }
    if let Some(mismatch) = pairs::mismatch(inventory, path) {
        page.styled("wrong", vec![(&mismatch, Tone::Bad)]);
        for role in &roles {
            page.styled("so", vec![(role.consequence.words(), Tone::Warn)]);
        }
    }
    if joins.is_empty() {
        what_for(&mut page, world, &roles, readers);
    } else {
        joining(&mut page, world, path);
    }
    self::readers(&mut page, readers, path);
    named_by(&mut page, world, path);
    page.heading("Layout");
    page.fact("layout", &inventory.layout);
    page.fact("its folder", &inventory.base);
    Document {
        kind: "Why",
        title: words::short_path(world, path),
        entries: page.finish(),
        ..Document::default()
    }
}

/// What of a file lets nodes in, and where each has a page of its own.
fn let_in(world: &World, path: &str) -> Vec<(String, Option<Route>)> {
    let bootstrap = &world.inventory().bootstrap;
    let tokens = bootstrap
        .tokens
        .iter()
        .filter(|token| *token.path == *path)
        .map(|token| {
            let line = if token.kind == TokenKind::Line {
                format!(", line {}", token.line)
            } else {
                String::new()
            };
            (
                format!("{} {}{line}", tokens::kind(token), tokens::name(token)),
                Some(Route::Token(tokens::key(token))),
            )
        });
    let bindings = bootstrap
        .bindings
        .iter()
        .filter(|binding| *binding.path == *path);
    let bindings = bindings.map(|binding| (format!("binding {}", text::show(&binding.name)), None));
    let mut all: Vec<_> = tokens.chain(bindings).collect();
    if all.is_empty() && bootstrap.token_files.iter().any(|file| *file.path == *path) {
        all.push(("no line that lets somebody in".to_owned(), None));
    }
    all
}

/// What such a file is for: no layout has a place for it, and only a token file is named by a flag.
fn joining(page: &mut PageWriter<'_>, world: &World, path: &str) {
    page.heading("What it is for");
    let mut files = world.inventory().bootstrap.token_files.iter();
    let (what, says) = match files
        .find(|file| *file.path == *path)
        .map(|file| &file.named_in)
    {
        Some(Some((file, line))) => (
            "a token file of kube-apiserver",
            format!("{} in {}", written("token-auth-file"), place(file, *line)),
        ),
        Some(None) => (
            "a token file",
            "its lines have its form; no flag of kube-apiserver names it".to_owned(),
        ),
        None => (
            "a manifest",
            "what is in it; the cluster knows it once it is applied".to_owned(),
        ),
    };
    page.styled("role", vec![(what, Tone::Bright)]);
    page.styled("says", vec![(&says, Tone::Dim)]);
}

fn what_for(page: &mut PageWriter<'_>, world: &World, roles: &[&'static Role], readers: &[Reader]) {
    page.heading("What it is for");
    if roles.is_empty() {
        page.styled(
            "role",
            vec![("none is known: no layout and no flag names it", Tone::Dim)],
        );
    }
    for role in roles {
        page.styled(
            "role",
            vec![
                (role.name, Tone::Bright),
                ("   ", Tone::Text),
                (role.purpose, Tone::Text),
            ],
        );
        let says = readers
            .iter()
            .find(|reader| {
                reader.line > 0
                    && role.readers.iter().any(|rule| {
                        rule.component == reader.component && rule.flag == &*reader.flag
                    })
            })
            .map_or_else(
                || {
                    format!(
                        "the layout {} has it in this place",
                        world.inventory().layout
                    )
                },
                |reader| {
                    format!(
                        "{} of {} in {}:{}",
                        reader.written_flag(),
                        reader.component,
                        reader.file,
                        reader.line
                    )
                },
            );
        page.styled("says", vec![(&says, Tone::Dim)]);
    }
}

/// Who reads a file, with the flag and where it stands. Enter goes to the reasons.
pub(super) fn readers(page: &mut PageWriter<'_>, readers: &[Reader], path: &str) {
    if readers.is_empty() {
        return;
    }
    page.heading("Read by");
    for reader in readers {
        let flag = reader.written_flag();
        let place = place(&reader.file, reader.line);
        let gap = if flag.is_empty() { "" } else { "   " };
        let claimed = if reader.is_claim {
            format!("   {}", Reader::CLAIMED)
        } else {
            String::new()
        };
        let said = vec![
            (&*flag, Tone::Text),
            (gap, Tone::Text),
            (&*place, Tone::Dim),
            (&*claimed, Tone::Warn),
        ];
        page.styled(reader.component.as_str(), said)
            .opens(Route::Why(path.into()));
    }
}

fn place(file: &str, line: u32) -> String {
    if line == 0 || file.is_empty() {
        return "by default: no flag was found that says so".to_owned();
    }
    format!("{file}:{line}")
}

/// Every flag that names the file, as it stands, and the command that shows it.
fn named_by(page: &mut PageWriter<'_>, world: &World, path: &str) {
    let names = |fact: &&FlagFact| {
        fact.value
            .split([',', ' '])
            .any(|part| part.strip_prefix("file://").unwrap_or(part) == path)
    };
    let (flags, claims) = (&world.inventory().flags, &world.inventory().claims);
    let found: Vec<&FlagFact> = flags.iter().chain(claims).filter(names).collect();
    page.heading("Named by");
    if found.is_empty() {
        page.styled(
            "flags",
            vec![("no flag that was found names this file", Tone::Dim)],
        );
    }
    for fact in found {
        page.styled(
            "where",
            vec![(&format!("{}:{}", fact.file, fact.line), Tone::Text)],
        );
        let said = format!("{} {}={}", fact.component, written(&fact.flag), fact.value);
        let claimed = if claims.contains(fact) {
            format!("   {}", Reader::CLAIMED)
        } else {
            String::new()
        };
        page.styled("", vec![(&said, Tone::Dim), (&claimed, Tone::Warn)]);
        if !fact.file.starts_with("/proc/") {
            let command = lines::line_of(&world.inventory().mounted, &fact.file, fact.line);
            page.styled("in a shell", vec![(&command, Tone::Text)])
                .copies(&command);
        }
    }
}
