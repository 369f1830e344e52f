//! Patterns of file names, as glob(7) has them.

/// True where `name` fits `pattern`: `*` is anything, `?` one character, `[a-z]` one of a set and
/// `[!a]` none of it, `\\` takes the next one as it is. None of them fits a `/`, and a leading dot
/// fits only itself.
pub fn matches(pattern: &str, name: &str) -> bool {
    let patterns: Vec<&str> = pattern.split('/').collect();
    let names: Vec<&str> = name.split('/').collect();
    patterns.len() == names.len()
        && patterns
            .iter()
            .zip(names)
            .all(|(pattern, name)| part_matches(pattern, name))
}

/// True for a name that may fit several files.
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

fn part_matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut from) = (0, 0);
    // Where the last star stands, and how far it reaches: one step back is enough.
    let mut star: Option<(usize, usize)> = None;
    while from < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at, from));
            at += 1;
        } else if let Some(used) = one_matches(&pattern[at..], name[from]) {
            at += used;
            from += 1;
        } else if let Some((stands, reaches)) = star {
            star = Some((stands, reaches + 1));
            (at, from) = (stands + 1, reaches + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

/// How much of the pattern one character fits.
fn one_matches(pattern: &[char], character: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['\\', escaped, ..] => (*escaped == character).then_some(2),
        ['[', rest @ ..] => {
            let (inverted, set) = match rest {
                ['!' | '^', set @ ..] => (true, set),
                set => (false, set),
            };
            // A bracket that comes first is one of the set.
            let Some(end) = set
                .iter()
                .skip(1)
                .position(|c| *c == ']')
                .map(|end| end + 1)
            else {
                return (character == '[').then_some(1);
            };
            (in_set(&set[..end], character) != inverted).then_some(end + 2 + usize::from(inverted))
        }
        [first, ..] => (*first == character).then_some(1),
        [] => None,
    }
}

fn in_set(mut set: &[char], character: char) -> bool {
    while let Some((first, rest)) = set.split_first() {
        if let ['-', last, after @ ..] = rest {
            if (*first..=*last).contains(&character) {
                return true;
            }
            set = after;
        } else {
            if *first == character {
                return true;
            }
            set = rest;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("/etc/*.env", "/etc/a.env", true),
            ("/etc/*.env", "/etc/a.envy", false),
            ("/etc/*.env", "/etc/a/b.env", false),
            ("/etc/*.env", "/etc/.env", false),
            ("/etc/.*", "/etc/.env", true),
            ("/*/kube*-?", "/etc/kube-api-1", true),
            ("*a*b*", "xxaxxabx", true),
            ("*a*b*c", "xxaxxabx", false),
            ("[a-c]x[!0-9]", "bxy", true),
            ("[a-c]x[!0-9]", "bx1", false),
            ("[]x]", "]", true),
            ("[!]", "[!]", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("a", "a", true),
            ("a", "", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
        let (pattern, name) = ("*a".repeat(2000), "a".repeat(1999));
        assert!(!matches(&pattern, &name));
    }
}
