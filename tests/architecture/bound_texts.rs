//! Names that stand for texts: constants of all code, and variables of a block.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::tokens::{inside, is, test_module, texts, without_sign};

/// What a name stands for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bound {
    pub(crate) texts: BTreeSet<String>,
    /// Whether it is a list of them.
    pub(crate) is_list: bool,
}

pub(crate) type Names = BTreeMap<String, Bound>;

/// The names that stand for texts at a place: its block's own, then those around it.
pub(crate) struct Scope<'a> {
    pub(crate) own: Names,
    pub(crate) around: Option<&'a Scope<'a>>,
}

impl Scope<'_> {
    pub(crate) fn get(&self, name: &str) -> Option<&Bound> {
        self.own
            .get(name)
            .or_else(|| self.around.and_then(|around| around.get(name)))
    }
}

/// The constants of all code that stand for texts, by name: several may have one, each in its
/// module.
#[derive(Debug, Default)]
pub(crate) struct Constants(BTreeMap<String, Vec<(String, Bound)>>);

impl Constants {
    /// Those that these files define, each given by its path and text.
    pub(crate) fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut constants = Self::default();
        for (file, text) in files {
            let parts = file
                .trim_end_matches(".rs")
                .trim_end_matches("/mod")
                .rsplit('/');
            let module = parts.into_iter().next().unwrap_or_default();
            let mut own = Names::new();
            let tokens = text.parse::<TokenStream>().into_iter().flatten();
            bind(
                &tokens.collect::<Vec<_>>(),
                &["const", "static"],
                true,
                &mut own,
            );
            for (name, bound) in own {
                constants
                    .0
                    .entry(name)
                    .or_default()
                    .push((module.to_owned(), bound));
            }
        }
        constants
    }

    /// What each name means in a file: of several with one name that of the module which the file
    /// names.
    pub(crate) fn seen_by(&self, text: &str) -> Names {
        let seen = self.0.iter().map(|(name, all)| {
            let named: Vec<&(String, Bound)> = all
                .iter()
                .filter(|(module, _)| text.contains(module.as_str()))
                .collect();
            let seen = if named.is_empty() || all.len() == 1 {
                all.iter().collect()
            } else {
                named
            };
            let texts = seen
                .iter()
                .flat_map(|(_, bound)| bound.texts.iter().cloned())
                .collect();
            (
                name.clone(),
                Bound {
                    texts,
                    is_list: seen.iter().any(|(_, bound)| bound.is_list),
                },
            )
        });
        seen.collect()
    }
}

/// Adds what `const NAME: … = "…";` and its like bind; `deep`: in groups too.
pub(crate) fn bind(tokens: &[TokenTree], words: &[&str], deep: bool, names: &mut Names) {
    let mut at = 0;
    while at < tokens.len() {
        if let Some(length) = test_module(&tokens[at..]) {
            at += length;
            continue;
        }
        let is_mutable =
            matches!(tokens.get(at + 1), Some(TokenTree::Ident(word)) if *word == "mut");
        let after = &tokens[(at + 1 + usize::from(is_mutable)).min(tokens.len())..];
        match (&tokens[at], after) {
            (TokenTree::Ident(word), [TokenTree::Ident(name), rest @ ..])
                if words.iter().any(|one| word == one) =>
            {
                let end = rest
                    .iter()
                    .position(|token| is(token, ';'))
                    .unwrap_or(rest.len());
                let begin = rest[..end].iter().position(|token| is(token, '='));
                let value = begin
                    .map(|begin| without_sign(&rest[begin + 1..end]))
                    .unwrap_or_default();
                let is_list = matches!(value, [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket);
                let texts = value_of(value);
                // One that stands for something else now hides what it stood for.
                if !texts.is_empty() || !deep {
                    names.insert(name.to_string(), Bound { texts, is_list });
                }
            }
            (TokenTree::Group(group), _) if deep => bind(&inside(group), words, deep, names),
            _ => {}
        }
        at += 1;
    }
}

/// The texts that an expression may be: a literal, a list of them, or the branches of a choice.
fn value_of(tokens: &[TokenTree]) -> BTreeSet<String> {
    let tokens = without_sign(tokens);
    match tokens {
        [literal @ TokenTree::Literal(_)] => texts(literal).into_iter().collect(),
        [literal @ TokenTree::Literal(_), dot, ..] if is(dot, '.') => {
            texts(literal).into_iter().collect()
        }
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => inside(group)
            .split(|token| is(token, ','))
            .flat_map(value_of)
            .collect(),
        [TokenTree::Ident(word), ..] if *word == "if" || *word == "match" => {
            let branches = tokens.iter().filter_map(|token| match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    Some(inside(group))
                }
                _ => None,
            });
            branches.flat_map(|branch| branch_values(&branch)).collect()
        }
        _ => BTreeSet::new(),
    }
}

fn branch_values(branch: &[TokenTree]) -> BTreeSet<String> {
    let arms: Vec<usize> = (1..branch.len())
        .filter(|at| is(&branch[at - 1], '=') && is(&branch[*at], '>'))
        .map(|at| at + 1)
        .collect();
    let last = branch
        .split(|token| is(token, ';'))
        .next_back()
        .unwrap_or_default();
    let of_arm = |begin: usize| {
        branch[begin..]
            .split(|token| is(token, ','))
            .next()
            .unwrap_or_default()
    };
    if arms.is_empty() {
        value_of(last)
    } else {
        arms.into_iter().map(of_arm).flat_map(value_of).collect()
    }
}
