//! What a source file names. Tokens are read, not only the syntax tree, so that macros hide
//! nothing.

use std::collections::{BTreeSet, HashMap};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::Visit;

use crate::tokens::is;

/// One parsed file.
pub(crate) struct Source {
    /// Every path that it names, resolved as far as the file itself tells: aliases, `self`,
    /// `super`.
    pub(crate) paths: BTreeSet<Vec<String>>,
    /// The same one by one, with the place of each, as its module has written it; those under
    /// `#[cfg(test)]` are left out.
    pub(crate) named: Vec<Named>,
    /// Its own module and those that it declares, with whether that is done under `#[cfg(test)]`.
    pub(crate) modules: Vec<(Vec<String>, bool)>,
    /// Every function with the number of lines between its braces, comments and empty ones too.
    pub(crate) functions: Vec<(String, usize)>,
    /// Lines of the file.
    pub(crate) lines: usize,
    /// Attributes that silence a lint without a reason.
    pub(crate) silenced: usize,
    /// Whether it holds anything but comments.
    pub(crate) is_empty: bool,
}

/// A path where it stands.
pub(crate) struct Named {
    /// The module whose code names it, as "crate", "pki", "name".
    pub(crate) module: Vec<String>,
    /// The path without `self` and `super`; its first part may be a name that the module imports.
    pub(crate) path: Vec<String>,
    /// The name under which a `use` brings it in, `*` for all names below it.
    pub(crate) brings: Option<String>,
    pub(crate) line: usize,
}

/// Parses `text`, which stands at `file` ("pki/name.rs") under `src`.
pub(crate) fn parse(file: &str, text: &str) -> syn::Result<Source> {
    let tree = syn::parse_file(text)?;
    let tokens: TokenStream = text.parse()?;
    let mut scan = Scan::default();
    scan.modules.push((module_of(file), false));
    scan.tokens(tokens, &module_of(file));
    let mut functions = Functions::default();
    functions.visit_file(&tree);
    Ok(Source {
        paths: scan.resolved(),
        named: scan.named,
        modules: scan.modules,
        functions: functions.0,
        lines: text.lines().count(),
        silenced: scan.silenced,
        is_empty: tree.items.is_empty(),
    })
}

/// Whether a file holds unit tests alone.
pub(crate) fn is_of_tests(file: &str) -> bool {
    file.split('/')
        .any(|part| matches!(part, "tests" | "tests.rs"))
}

fn module_of(file: &str) -> Vec<String> {
    let stem = file.trim_end_matches(".rs");
    let parts = stem
        .split('/')
        .filter(|part| !["mod", "lib", "main"].contains(part));
    std::iter::once("crate")
        .chain(parts)
        .map(ToOwned::to_owned)
        .collect()
}

#[derive(Default)]
struct Scan {
    paths: BTreeSet<Vec<String>>,
    aliases: HashMap<String, Vec<String>>,
    named: Vec<Named>,
    modules: Vec<(Vec<String>, bool)>,
    in_tests: bool,
    silenced: usize,
}

impl Scan {
    fn tokens(&mut self, stream: TokenStream, module: &[String]) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        self.list(&tokens, module);
    }

    fn list(&mut self, tokens: &[TokenTree], module: &[String]) {
        let mut at = 0;
        while at < tokens.len() {
            at += match &tokens[at] {
                TokenTree::Ident(word) if *word == "mod" => self.module(&tokens[at..], module),
                TokenTree::Ident(word) if *word == "use" => {
                    let end = tokens[at..].iter().position(|token| is(token, ';'));
                    let end = end.unwrap_or(tokens.len() - at);
                    self.tree(&tokens[at + 1..at + end], &[], module);
                    end
                }
                TokenTree::Ident(word) if *word == "extern" => self.external(&tokens[at..]),
                TokenTree::Ident(_) => self.path(&tokens[at..], module),
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let attribute = self.attribute(&tokens[at + 1..], module);
                    attribute + self.tested(&tokens[at..], attribute, module)
                }
                TokenTree::Group(group) => {
                    self.tokens(group.stream(), module);
                    1
                }
                _ => 1,
            };
        }
    }

    fn module(&mut self, tokens: &[TokenTree], module: &[String]) -> usize {
        let [_, TokenTree::Ident(name), rest, ..] = tokens else {
            return 1;
        };
        let inner: Vec<String> = module
            .iter()
            .cloned()
            .chain([plain(&name.to_string())])
            .collect();
        self.modules.push((inner.clone(), self.in_tests));
        let TokenTree::Group(body) = rest else {
            return 2;
        };
        self.tokens(body.stream(), &inner);
        3
    }

    /// The item behind an attribute, where that is `#[cfg(test)]`; gives the number of tokens that
    /// belong to it.
    fn tested(&mut self, tokens: &[TokenTree], attribute: usize, module: &[String]) -> usize {
        let (attribute, item) = tokens.split_at(attribute.min(tokens.len()));
        if self.in_tests || attribute.iter().map(compact).collect::<String>() != "#[cfg(test)]" {
            return 0;
        }
        let words = item.iter().filter_map(|token| {
            if let TokenTree::Ident(word) = token {
                Some(word)
            } else {
                None
            }
        });
        let imports = words
            .into_iter()
            .find(|word| *word != "pub")
            .is_some_and(|word| *word == "use");
        let is_end = |token: &TokenTree| {
            is(token, ';')
                || !imports
                    && matches!(token, TokenTree::Group(body) if body.delimiter() == Delimiter::Brace)
        };
        let length = item
            .iter()
            .position(is_end)
            .map_or(item.len(), |end| end + 1);
        self.in_tests = true;
        self.list(&item[..length], module);
        self.in_tests = false;
        length
    }

    fn name(&mut self, path: Vec<String>, brings: Option<String>, module: &[String], line: usize) {
        if !self.in_tests {
            self.named.push(Named {
                module: module.to_vec(),
                path: path.clone(),
                brings,
                line,
            });
        }
        self.paths.insert(path);
    }

    fn external(&mut self, tokens: &[TokenTree]) -> usize {
        let words: Vec<String> = tokens
            .iter()
            .take(5)
            .map(|token| plain(&token.to_string()))
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let ["extern", "crate", name, rest @ ..] = words.as_slice() {
            let name = if *name == "self" { "crate" } else { name };
            let alias = if let ["as", alias, ..] = rest {
                alias
            } else {
                name
            };
            self.aliases
                .insert((*alias).to_owned(), vec![name.to_owned()]);
        }
        1
    }

    /// A path outside of a `use`; gives the number of tokens that belong to it.
    fn path(&mut self, tokens: &[TokenTree], module: &[String]) -> usize {
        let line = tokens[0].span().start().line;
        let mut segments = vec![plain(&tokens[0].to_string())];
        let mut at = 1;
        while at + 2 < tokens.len() && is(&tokens[at], ':') && is(&tokens[at + 1], ':') {
            match &tokens[at + 2] {
                TokenTree::Ident(word) => segments.push(plain(&word.to_string())),
                // A `use` inside a macro's tokens.
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    self.group(group, &segments, module);
                    return at + 3;
                }
                TokenTree::Punct(star) if star.as_char() == '*' => segments.push("*".to_owned()),
                _ => break,
            }
            at += 3;
        }
        self.name(absolute(segments, module), None, module, line);
        at
    }

    /// The tree of a `use`, or one branch of it.
    fn tree(&mut self, tokens: &[TokenTree], prefix: &[String], module: &[String]) {
        let line = tokens.first().map_or(0, |token| token.span().start().line);
        let mut segments = prefix.to_vec();
        let mut alias = None;
        let mut tokens = tokens.iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(word) if *word == "as" => {
                    alias = tokens.next().map(|name| plain(&name.to_string()));
                }
                TokenTree::Ident(word) if *word == "self" && !prefix.is_empty() => {}
                TokenTree::Ident(word) => segments.push(plain(&word.to_string())),
                TokenTree::Group(group) => return self.group(group, &segments, module),
                TokenTree::Punct(star) if star.as_char() == '*' => segments.push("*".to_owned()),
                _ => {}
            }
        }
        let path = absolute(segments, module);
        let brings = alias.or_else(|| path.last().cloned());
        if let Some(name) = &brings {
            self.aliases.insert(name.clone(), path.clone());
        }
        // A second segment, so that an import of a package counts as one.
        let is_package = path.len() == 1 && path != ["crate"];
        let path = if is_package {
            [path, vec!["self".to_owned()]].concat()
        } else {
            path
        };
        self.name(path, brings, module, line);
    }

    fn group(&mut self, group: &Group, prefix: &[String], module: &[String]) {
        let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        for branch in tokens
            .split(|token| is(token, ','))
            .filter(|branch| !branch.is_empty())
        {
            self.tree(branch, prefix, module);
        }
    }

    /// Attributes may name paths in strings, as serde does; documentation may name what it likes.
    fn attribute(&mut self, tokens: &[TokenTree], module: &[String]) -> usize {
        let Some(group) = tokens.iter().take(2).find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => Some(group),
            _ => None,
        }) else {
            return 1;
        };
        let text = group.stream().to_string();
        if !text.starts_with("doc") {
            self.silenced += usize::from(
                text.starts_with("allow") || text.starts_with("expect") && !text.contains("reason"),
            );
            self.tokens(group.stream(), module);
            for quoted in text.split('"').skip(1).step_by(2) {
                if let Ok(path) = quoted.parse::<TokenStream>() {
                    self.tokens(path, module);
                }
            }
        }
        if tokens.first().is_some_and(|token| is(token, '!')) {
            3
        } else {
            2
        }
    }

    /// All paths with their aliases replaced, and `ratatui::crossterm` taken for what it is.
    fn resolved(&self) -> BTreeSet<Vec<String>> {
        self.paths.iter().map(|path| self.expanded(path)).collect()
    }

    fn expanded(&self, path: &[String]) -> Vec<String> {
        let mut path = path.to_vec();
        // An alias may stand for another one; a circle of them ends here.
        for _ in 0..8 {
            match path.first().and_then(|first| self.aliases.get(first)) {
                Some(full) if full.first() != path.first() => path = [full, &path[1..]].concat(),
                _ => break,
            }
        }
        if path.len() > 1 && path[0] == "ratatui" && path[1] == "crossterm" {
            path.remove(0);
        }
        path
    }
}

fn absolute(segments: Vec<String>, module: &[String]) -> Vec<String> {
    let mut base = module.to_vec();
    let mut rest = segments.as_slice();
    match rest.first().map(String::as_str) {
        Some("self") => rest = &rest[1..],
        Some("super") => {
            while rest.first().is_some_and(|segment| segment == "super") {
                base.pop();
                rest = &rest[1..];
            }
            if rest.is_empty() {
                return base;
            }
        }
        _ => return segments,
    }
    if rest.is_empty() {
        segments
    } else {
        [&base, rest].concat()
    }
}

fn compact(token: &TokenTree) -> String {
    token.to_string().split_whitespace().collect()
}

fn plain(word: &str) -> String {
    word.trim_start_matches("r#").to_owned()
}

#[derive(Default)]
struct Functions(Vec<(String, usize)>);

impl Functions {
    fn count(&mut self, signature: &syn::Signature, body: &syn::Block) {
        // A signature has a line for each parameter where it does not fit in one: that says nothing
        // of the function.
        let lines = (body.span().end().line - body.span().start().line).saturating_sub(1);
        self.0.push((signature.ident.to_string(), lines));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.count(&item.sig, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.count(&item.sig, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.count(&item.sig, body);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }
}
