//! What differs between two texts whose lines are ordered by indentation.

/// Lines that differ, below the headings that they stand under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The headings from the outermost in, as they stand: "Certificate:", " Data:", " Validity".
    pub headings: Vec<String>,
    /// The lines that go.
    pub before: Vec<String>,
    /// The lines that come in their place.
    pub after: Vec<String>,
}

/// What differs between two texts of [`super::lines`], in their order.
pub fn differing(before: &[String], after: &[String]) -> Vec<Difference> {
    let mut found: Vec<Difference> = Vec::new();
    // Where the last stretch of differing lines began: what lies before it is not added to.
    let mut stretch = 0;
    let pairs = common(before, after);
    let is_common =
        |side: fn(&(usize, usize)) -> usize, index| pairs.iter().any(|pair| side(pair) == index);
    let (mut old, mut new) = (0, 0);
    for (next_old, next_new) in pairs.iter().copied().chain([(before.len(), after.len())]) {
        for index in old..next_old {
            let headings = headings(before, index, |at| is_common(|pair| pair.0, at));
            section(&mut found, stretch, headings)
                .before
                .push(before[index].clone());
        }
        for index in new..next_new {
            let headings = headings(after, index, |at| is_common(|pair| pair.1, at));
            section(&mut found, stretch, headings)
                .after
                .push(after[index].clone());
        }
        if old < next_old || new < next_new {
            stretch = found.len();
        }
        (old, new) = (next_old + 1, next_new + 1);
    }
    found
}

/// The difference under these headings in the stretch that is being read.
fn section(found: &mut Vec<Difference>, stretch: usize, headings: Vec<String>) -> &mut Difference {
    let at = found
        .iter()
        .skip(stretch)
        .position(|section| section.headings == headings)
        .map(|at| at + stretch);
    let at = at.unwrap_or_else(|| {
        found.push(Difference {
            headings,
            before: Vec::new(),
            after: Vec::new(),
        });
        found.len() - 1
    });
    &mut found[at]
}

/// The lines above that stand further out, each further than the one below it; those that differ
/// too are no headings.
fn headings(lines: &[String], index: usize, is_common: impl Fn(usize) -> bool) -> Vec<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut depth = indent(&lines[index]);
    let mut found = Vec::new();
    for at in (0..index).rev() {
        let line = &lines[at];
        if indent(line) < depth && !line.trim().is_empty() {
            depth = indent(line);
            if is_common(at) {
                found.push(line.clone());
            }
        }
    }
    found.reverse();
    found
}

/// The longest text of which every line is compared with every other, as a product of both.
const LARGEST: usize = 1 << 22;

/// The longest common subsequence: pairs of indices, both growing. Nothing is in common where both
/// are monstrous.
fn common(before: &[String], after: &[String]) -> Vec<(usize, usize)> {
    if before.len().saturating_mul(after.len()) > LARGEST {
        return Vec::new();
    }
    let width = after.len() + 1;
    let mut lengths = vec![0_usize; (before.len() + 1) * width];
    for old in (0..before.len()).rev() {
        for new in (0..after.len()).rev() {
            lengths[old * width + new] = if before[old] == after[new] {
                lengths[(old + 1) * width + new + 1] + 1
            } else {
                lengths[(old + 1) * width + new].max(lengths[old * width + new + 1])
            };
        }
    }
    let mut pairs = Vec::new();
    let (mut old, mut new) = (0, 0);
    while old < before.len() && new < after.len() {
        if before[old] == after[new] {
            pairs.push((old, new));
            (old, new) = (old + 1, new + 1);
        } else if lengths[(old + 1) * width + new] >= lengths[old * width + new + 1] {
            old += 1;
        } else {
            new += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn differences_stand_under_their_headings() {
        let before = lines(
            "C:\n  D:\n    Serial: 1\n    Validity\n      From: a\n      To: b\n    Key\n      K: 1\n  S: x",
        );
        let after = lines(
            "C:\n  D:\n    Serial: 2\n    Validity\n      From: a\n      To: c\n    Key\n      K: 1\n    Names\n      N: n\n  S: y",
        );
        let of = |headings: &[&str], before: &[&str], after: &[&str]| Difference {
            headings: headings.iter().map(ToString::to_string).collect(),
            before: before.iter().map(ToString::to_string).collect(),
            after: after.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(
            differing(&before, &after),
            [
                of(&["C:", "  D:"], &["    Serial: 1"], &["    Serial: 2"]),
                of(
                    &["C:", "  D:", "    Validity"],
                    &["      To: b"],
                    &["      To: c"]
                ),
                of(&["C:"], &["  S: x"], &["  S: y"]),
                of(&["C:", "  D:"], &[], &["    Names", "      N: n"]),
            ]
        );
        assert_eq!(differing(&before, &before), []);
        assert_eq!(differing(&[], &before).len(), 1);
    }
}
