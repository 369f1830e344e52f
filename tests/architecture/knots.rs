//! No circle between sibling modules: of two that stand in one folder, at most one may need the
//! other, by itself or through others.
//!
//! What stands below a sibling counts as its own. A name that a module passes on is followed to
//! where it is at home, so that no circle hides behind `super`; what is at home in the folder's own
//! `mod.rs` is no sibling's. Code under `#[cfg(test)]` does not count. Paths are seen, methods are
//! not.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Named, Source};

/// No path of this crate has more parts.
const LONGEST: usize = 16;

/// Sibling modules that all need one another.
pub(crate) struct Circle {
    /// Where they stand: "setup".
    pub(crate) folder: String,
    /// Their names, sorted.
    pub(crate) modules: Vec<String>,
    /// Each place at which one of them names another.
    pub(crate) places: Vec<String>,
}

impl Circle {
    /// Where it is, whose, and by what.
    pub(crate) fn told(&self) -> String {
        format!(
            "src/{} is knotted, {}:\n  {}",
            self.folder,
            self.modules.join(", "),
            self.places.join("\n  ")
        )
    }
}

type Module = Vec<String>;

/// Every circle among the modules of `sources`, each with its file.
pub(crate) fn circles(sources: &[(String, Source)]) -> Vec<Circle> {
    let house = House::of(sources.iter().map(|(_, source)| source));
    let mut edges: BTreeMap<Module, BTreeMap<(String, String), BTreeSet<String>>> = BTreeMap::new();
    for (file, source) in sources {
        // A bare word is at home in its module, or a `use` has brought it there, which counts.
        let counts = |named: &&Named| {
            (named.path.len() > 1 || named.brings.is_some()) && !house.is_test(&named.module)
        };
        for named in source.named.iter().filter(counts) {
            for target in house.reached(named) {
                let shared = named
                    .module
                    .iter()
                    .zip(&target)
                    .take_while(|(one, other)| one == other)
                    .count();
                if let (Some(user), Some(used)) = (named.module.get(shared), target.get(shared)) {
                    let place = format!(
                        "src/{file}:{}: {user} needs {used}: {}",
                        named.line,
                        named.path.join("::")
                    );
                    let folder = edges.entry(target[..shared].to_vec()).or_default();
                    let places = folder.entry((user.clone(), used.clone())).or_default();
                    // What follows from a `use` goes with it.
                    if named.brings.is_some()
                        || !places
                            .iter()
                            .any(|known| known.starts_with(&format!("src/{file}:")))
                    {
                        places.insert(place);
                    }
                }
            }
        }
    }
    edges
        .iter()
        .flat_map(|(folder, edges)| circles_in(folder, edges))
        .collect()
}

fn circles_in(
    folder: &Module,
    edges: &BTreeMap<(String, String), BTreeSet<String>>,
) -> Vec<Circle> {
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (user, used) in edges.keys() {
        needs.entry(user).or_default().insert(used);
    }
    let behind = |start: &str| {
        let mut seen = BTreeSet::new();
        let mut open = vec![start.to_owned()];
        while let Some(module) = open.pop() {
            let next = needs.get(module.as_str()).into_iter().flatten();
            open.extend(
                next.filter(|next| seen.insert((**next).to_owned()))
                    .map(|next| (*next).to_owned()),
            );
        }
        seen
    };
    let behind: BTreeMap<&str, BTreeSet<String>> = needs
        .keys()
        .map(|module| (*module, behind(module)))
        .collect();
    let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
    for (module, reached) in behind
        .iter()
        .filter(|(module, reached)| reached.contains(**module))
    {
        let back = |other: &&String| {
            behind
                .get(other.as_str())
                .is_some_and(|reached| reached.contains(*module))
        };
        circles.insert(reached.iter().filter(back).cloned().collect());
    }
    let folder = folder[1..].join("/");
    let places = |modules: &[String]| {
        let inside = edges
            .iter()
            .filter(|((user, used), _)| modules.contains(user) && modules.contains(used));
        inside
            .flat_map(|(_, places)| places.iter().cloned())
            .collect()
    };
    circles
        .into_iter()
        .map(|modules| Circle {
            folder: folder.clone(),
            places: places(&modules),
            modules,
        })
        .collect()
}

/// All modules, and what each of them imports.
struct House<'a> {
    modules: BTreeSet<&'a [String]>,
    tests: BTreeSet<&'a [String]>,
    imports: BTreeMap<&'a [String], BTreeMap<&'a str, Vec<&'a Named>>>,
}

impl<'a> House<'a> {
    fn of(sources: impl Iterator<Item = &'a Source>) -> Self {
        let mut house = House {
            modules: BTreeSet::new(),
            tests: BTreeSet::new(),
            imports: BTreeMap::new(),
        };
        for source in sources {
            for (module, is_test) in &source.modules {
                if *is_test {
                    &mut house.tests
                } else {
                    &mut house.modules
                }
                .insert(module);
            }
            for named in &source.named {
                if let Some(name) = &named.brings {
                    house
                        .imports
                        .entry(&named.module)
                        .or_default()
                        .entry(name)
                        .or_default()
                        .push(named);
                }
            }
        }
        house
    }

    fn is_test(&self, module: &[String]) -> bool {
        (1..=module.len()).any(|length| self.tests.contains(&module[..length]))
    }

    /// The modules through which a path leads, and the one in which it ends.
    fn reached(&self, named: &Named) -> BTreeSet<Module> {
        let mut reached = BTreeSet::new();
        self.follow(
            &named.module,
            &named.path,
            &mut BTreeSet::new(),
            &mut reached,
        );
        reached
    }

    /// Whether a glob may lead to a module of this crate, and not to another package.
    fn is_own(&self, glob: &Named) -> bool {
        let first = &glob.path[0];
        let inner = [glob.module.as_slice(), std::slice::from_ref(first)].concat();
        let is_imported = self
            .imports
            .get(glob.module.as_slice())
            .is_some_and(|names| names.contains_key(first.as_str()));
        first == "crate" || is_imported || self.modules.contains(inner.as_slice())
    }

    fn follow(
        &self,
        module: &[String],
        path: &[String],
        seen: &mut BTreeSet<(Module, Module)>,
        reached: &mut BTreeSet<Module>,
    ) {
        // A name may stand for a longer path that begins with itself, as in `use anyhow::anyhow`.
        if path.len() > LONGEST || !seen.insert((module.to_vec(), path.to_vec())) {
            return;
        }
        let from_the_top = path
            .first()
            .is_some_and(|first| first == "crate" || first == "kubepki");
        let mut rest = if from_the_top { &path[1..] } else { path };
        let mut at = if from_the_top {
            vec!["crate".to_owned()]
        } else {
            module.to_vec()
        };
        while let [first, behind @ ..] = rest {
            let inner = [at.as_slice(), std::slice::from_ref(first)].concat();
            if !self.modules.contains(inner.as_slice()) {
                break;
            }
            (at, rest) = (inner, behind);
        }
        if let ([first, behind @ ..], Some(imports)) = (rest, self.imports.get(at.as_slice())) {
            let all = imports.values().filter(|_| first == "*");
            for import in imports.get(first.as_str()).into_iter().chain(all).flatten() {
                self.follow(
                    &import.module,
                    &[import.path.as_slice(), behind].concat(),
                    seen,
                    reached,
                );
            }
            // What a glob brings is not known: it may be this name.
            for glob in imports
                .get("*")
                .into_iter()
                .flatten()
                .filter(|glob| self.is_own(glob))
            {
                let whole = &glob.path[..glob.path.len() - 1];
                self.follow(&glob.module, &[whole, rest].concat(), seen, reached);
            }
        }
        reached.insert(at);
    }
}
