//! Splitting text into words as systemd does (systemd.service(5), "Command lines"); a shell agrees
//! on what units hold.

/// One word and the byte at which it begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) start: usize,
}

/// Splits at white space; quotes are respected and removed, escapes are taken back.
pub(super) fn split(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut open: Option<Word> = None;
    let mut quote: Option<char> = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if quote.is_none() && character.is_whitespace() {
            words.extend(open.take());
            continue;
        }
        let word = open.get_or_insert_with(|| Word {
            text: String::new(),
            start: at,
        });
        match character {
            '\\' if quote != Some('\'') => {
                if let Some((_, escaped)) = characters.next() {
                    unescape(escaped, &mut word.text);
                }
            }
            _ if quote == Some(character) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(character),
            _ => word.text.push(character),
        }
    }
    words.extend(open);
    words
}

fn unescape(escaped: char, out: &mut String) {
    match escaped {
        'n' => out.push('\n'),
        't' => out.push('\t'),
        's' => out.push(' '),
        '\\' | '"' | '\'' | '$' | '`' | ' ' => out.push(escaped),
        // Unknown to systemd: it keeps both.
        _ => out.extend(['\\', escaped]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_systemd_does() {
        for (text, expected) in [
            ("a  b\tc", vec!["a", "b", "c"]),
            ("--a=\"b c\" 'd e'f", vec!["--a=b c", "d ef"]),
            ("\"\" a", vec!["", "a"]),
            (
                "a\\ b \"c\\\"d\" 'e\\n' \\q",
                vec!["a b", "c\"d", "e\\n", "\\q"],
            ),
            ("\"open", vec!["open"]),
            ("", vec![]),
            ("\\", vec![""]),
        ] {
            let found: Vec<String> = split(text).into_iter().map(|word| word.text).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
