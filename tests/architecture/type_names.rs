//! A type's name says what it is by itself: whoever reads one that three files define has to look
//! which of them is meant.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, ItemEnum, ItemStruct, ItemTrait, ItemType};

use crate::source::is_of_tests;
use crate::{read, root, rust_files};

/// In so many files a name may be defined.
const MOST_FILES: usize = 2;

/// Each name that types or traits of too many of `files` bear, unit tests apart, with those files:
/// path under `src`, text.
pub(crate) fn shared(files: &[(String, String)]) -> Vec<String> {
    let mut names: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (file, text) in files.iter().filter(|(file, _)| !is_of_tests(file)) {
        let tree = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut defined = Defined::default();
        defined.visit_file(&tree);
        for name in defined.0 {
            names.entry(name).or_default().insert(file);
        }
    }
    names.retain(|_, files| files.len() > MOST_FILES);
    names
        .into_iter()
        .map(|(name, files)| {
            format!(
                "{name}: {}",
                files.into_iter().collect::<Vec<_>>().join(", ")
            )
        })
        .collect()
}

/// The names that a file defines, inside functions too.
#[derive(Default)]
struct Defined(BTreeSet<String>);

impl Defined {
    fn add(&mut self, name: &Ident) {
        self.0.insert(name.to_string());
    }
}

impl Visit<'_> for Defined {
    fn visit_item(&mut self, item: &Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(module) => &module.attrs,
            Item::Fn(function) => &function.attrs,
            Item::Impl(block) => &block.attrs,
            Item::Struct(ItemStruct { ident, attrs, .. })
            | Item::Enum(ItemEnum { ident, attrs, .. })
            | Item::Type(ItemType { ident, attrs, .. })
            | Item::Trait(ItemTrait { ident, attrs, .. }) => {
                if !attrs.iter().any(is_for_tests) {
                    self.add(ident);
                }
                attrs
            }
            _ => &[],
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<Ident>()
            .is_ok_and(|word| word == "test")
}

#[test]
fn no_name_of_a_type_has_three_meanings() {
    let base = root().join("src");
    let files = rust_files(&base).into_iter().map(|path| {
        let file = path
            .strip_prefix(&base)
            .unwrap_or(&path)
            .display()
            .to_string();
        (file, read(&path))
    });
    let files: Vec<(String, String)> = files.collect();
    let names = shared(&files);
    assert!(files.len() > 100, "{}", files.len());
    assert!(
        names.is_empty(),
        "a name says what the thing is, in full:\n{}",
        names.join("\n")
    );
}

#[test]
fn a_name_that_three_files_define_is_refused() {
    let files = [
        (
            "pki/one.rs",
            "pub struct Entry; enum Held {} impl Iterator for Entry { type Item = Entry; } struct Kept;",
        ),
        (
            "plan/two.rs",
            "fn f() { struct Entry; } mod inner { pub(super) type Held = u8; } impl Iterator for A { type Item = B; }",
        ),
        (
            "ui/three.rs",
            "trait Entry { type Item; } #[cfg(test)] mod tests { struct Held; } impl A { fn g() { enum Kept {} } }",
        ),
        (
            "cli/four.rs",
            "#[cfg(unix)] mod unix { type Kept = u8; } #[cfg(test)] struct Held; struct Item; use a::Held;",
        ),
        ("cli/four/tests.rs", "struct Held; struct Item;"),
        ("tests/five.rs", "struct Held; struct Item;"),
    ];
    let files = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    let expected = [
        "Entry: pki/one.rs, plan/two.rs, ui/three.rs",
        "Kept: cli/four.rs, pki/one.rs, ui/three.rs",
    ];
    assert_eq!(shared(&files), expected);
}
