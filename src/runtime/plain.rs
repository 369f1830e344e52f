//! `--plain`: what has changed is written as lines, for screen readers and terminals that scroll
//! paper.

use std::fmt::Write as _;

use crate::ui::spoken::Spoken;

/// Remembers what was told.
#[derive(Debug, Default)]
pub(super) struct Teller {
    last: Spoken,
    told_before: bool,
}

impl Teller {
    /// What is to be written now: a changed page whole, with what the keys do there, else a changed
    /// row alone.
    pub(super) fn tell(&mut self, told: &Spoken, keys: &str) -> String {
        let mut text = String::new();
        if !self.told_before || is_another_page(&told.page, &self.last.page) {
            for line in &told.page {
                let _ = write!(text, "{line}\r\n");
            }
            let _ = write!(text, "{keys}\r\n> {}\r\n", told.line);
        } else if told.line != self.last.line {
            let _ = write!(text, "> {}\r\n", told.line);
        }
        self.told_before = true;
        self.last = told.clone();
        text
    }
}

/// A page that only begins further down is the same page: the row under the cursor tells where.
fn is_another_page(now: &[String], before: &[String]) -> bool {
    let head = 2.min(now.len()).min(before.len());
    if now[..head] != before[..head] {
        return true;
    }
    let (now, before) = (&now[head..], &before[head..]);
    !(now.starts_with(before)
        || before.starts_with(now)
        || overlaps(now, before)
        || overlaps(before, now))
}

/// Whether `one` begins somewhere within `other`.
fn overlaps(one: &[String], other: &[String]) -> bool {
    (0..other.len()).any(|at| one.starts_with(&other[at..]) || other[at..].starts_with(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(page: &[&str], line: &str) -> Spoken {
        Spoken {
            page: page.iter().map(|line| (*line).to_owned()).collect(),
            line: line.to_owned(),
        }
    }

    #[test]
    fn only_what_changed_is_told() {
        let mut teller = Teller::default();
        let first = told(&["head", "Expiring", "a", "b"], "a");
        assert_eq!(
            teller.tell(&first, "Keys: q"),
            "head\r\nExpiring\r\na\r\nb\r\nKeys: q\r\n> a\r\n"
        );
        assert_eq!(teller.tell(&first, "Keys: x"), "");
        assert_eq!(
            teller.tell(&told(&["head", "Expiring", "b"], "b"), "Keys: x"),
            "> b\r\n"
        );
        let requests = told(&["head", "Requests"], "r");
        assert_eq!(
            teller.tell(&requests, "Keys: r"),
            "head\r\nRequests\r\nKeys: r\r\n> r\r\n"
        );
    }
}
