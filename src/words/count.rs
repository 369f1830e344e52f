//! Numbers of things.

/// "1 request", "2 requests".
pub fn of(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// The word that fits so many: `one`, as "holds", else `more`, as "hold".
pub fn word<'a>(number: usize, one: &'a str, more: &'a str) -> &'a str {
    if number == 1 { one } else { more }
}

/// "1 is dead", "2 are dead".
pub fn are(number: usize, what: &str) -> String {
    format!("{number} {} {what}", word(number, "is", "are"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_others_are_several() {
        assert_eq!(
            [0, 1, 2].map(|number| of(number, "file")),
            ["0 files", "1 file", "2 files"]
        );
        assert_eq!(
            [0, 1, 2].map(|number| are(number, "dead")),
            ["0 are dead", "1 is dead", "2 are dead"]
        );
    }
}
