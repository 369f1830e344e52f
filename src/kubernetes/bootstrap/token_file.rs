//! The file that the API server reads at its start (`--token-auth-file`): CSV of token, user, uid
//! and groups.

mod records;

use std::collections::HashSet;

use zeroize::Zeroizing;

use crate::kubernetes::kubeconfig::Token;
use crate::pki::{Digest, sha256};
use records::records;

/// A line of a token file (`--token-auth-file`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenLine {
    /// Counted from 1.
    pub line: u32,
    /// How many lines it takes: a quoted field may hold line breaks.
    pub lines: u32,
    /// The token, kept to be compared.
    pub token: Token,
    /// Who comes with it.
    pub user: String,
    /// The user's uid; it has no meaning for RBAC.
    pub uid: String,
    /// The groups that come with it.
    pub groups: Vec<String>,
}

/// A token file as the API server reads it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenFile {
    /// The lines that count, in order.
    pub lines: Vec<TokenLine>,
    /// What the API server stumbles over, by line, in the order of lines.
    pub faults: Vec<(u32, LineFault)>,
}

/// What is wrong with a line of a token file. It never says a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// The quotes are wrong.
    #[error("a quote is not where CSV allows one: the API server does not start")]
    Quote,
    /// Token, user and uid are not all there.
    #[error("there are fewer than three columns: the API server does not start")]
    TooFewColumns,
    /// There is no token.
    #[error("the token is empty: the line is passed over")]
    NoToken,
    /// Groups stand in columns of their own.
    #[error("there are more than four columns: groups must stand in one, quoted")]
    TooManyColumns,
    /// An earlier line has the same token.
    #[error("the token stands in an earlier line too: this one counts")]
    Repeated,
}

impl LineFault {
    /// Whether the API server does not start with it.
    pub fn stops(self) -> bool {
        matches!(self, Self::Quote | Self::TooFewColumns)
    }
}

impl TokenFile {
    /// What is wrong with one line.
    pub fn faults_of(&self, line: u32) -> impl Iterator<Item = LineFault> {
        let start = self.faults.partition_point(|(at, _)| *at < line);
        self.faults[start..]
            .iter()
            .take_while(move |(at, _)| *at == line)
            .map(|(_, fault)| *fault)
    }

    /// The user that a token stands for. Of two lines with one token the last counts
    /// (tokenfile.go).
    pub fn user_of(&self, token: &Token) -> Option<&TokenLine> {
        self.lines.iter().rev().find(|line| line.token == *token)
    }
}

/// Reads a token file: CSV of token, user, uid and, quoted, the groups (apiserver tokenfile.go).
pub fn token_file(text: &str) -> TokenFile {
    let mut file = TokenFile::default();
    let mut seen: HashSet<Digest> = HashSet::new();
    for (line, lines, record) in records(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let Some(mut fields) = record else {
            file.faults.push((line, LineFault::Quote));
            continue;
        };
        let (true, Some([token, user, uid])) = (fields.len() >= 3, fields.first_chunk_mut::<3>())
        else {
            file.faults.push((line, LineFault::TooFewColumns));
            continue;
        };
        if token.is_empty() {
            file.faults.push((line, LineFault::NoToken));
            continue;
        }
        let read = TokenLine {
            line,
            lines,
            token: Token::new(token),
            user: user.to_string(),
            uid: uid.to_string(),
            groups: fields
                .get(3)
                .map(|groups| groups.split(',').map(str::to_owned).collect())
                .unwrap_or_default(),
        };
        if fields.len() > 4 {
            file.faults.push((line, LineFault::TooManyColumns));
        }
        if !seen.insert(sha256(read.token.expose().as_bytes())) {
            file.faults.push((line, LineFault::Repeated));
        }
        file.lines.push(read);
    }
    file
}

/// Why a token file cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    /// It is no text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// A quote does not end: what is written behind it belongs to it.
    #[error("a quote in it does not end, so that no line can be added behind it")]
    OpenQuote,
    /// Lines cannot be told from each other.
    #[error("its lines cannot be told from each other")]
    Lines,
}

/// What is wrong with a user, uid or group of a line: a sentence's end. The API server splits
/// groups at commas.
pub fn check_field(text: &str, is_group: bool) -> Result<(), &'static str> {
    if text.trim().is_empty() {
        Err("must not be empty")
    } else if text.chars().any(crate::pki::text::is_hidden) {
        Err("has characters that cannot be seen")
    } else if is_group && text.contains(',') {
        Err("must not hold a comma: the API server takes it for two groups")
    } else {
        Ok(())
    }
}

/// A line as guides have it, without its end: the groups in quotes.
pub fn token_file_line(token: &str, user: &str, uid: &str, groups: &[String]) -> Zeroizing<String> {
    let field = |text: &str| {
        let is_plain =
            !text.is_empty() && !text.contains([',', '"', '\r', '\n']) && text.trim() == text;
        if is_plain {
            text.to_owned()
        } else {
            in_quotes(text)
        }
    };
    let mut rest = format!(",{},{}", field(user), field(uid));
    if !groups.is_empty() {
        rest.push(',');
        rest.push_str(&in_quotes(&groups.join(",")));
    }
    let mut line = Zeroizing::new(String::with_capacity(token.len() + rest.len() + 2));
    line.push_str(token);
    line.push_str(&rest);
    line
}

fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The first uid from 10001 that no line has.
pub fn next_uid(file: &TokenFile) -> String {
    let taken: HashSet<&str> = file.lines.iter().map(|line| line.uid.as_str()).collect();
    let mut free = (10_001..u32::MAX)
        .map(|uid| uid.to_string())
        .filter(|uid| !taken.contains(uid.as_str()));
    free.next().unwrap_or_default()
}

/// The file with one line more, all that was there kept, its line ends too.
///
/// # Errors
/// [`Damaged`] where the new line would not be read as one.
pub fn add_line(content: &[u8], line: &str) -> Result<Zeroizing<Vec<u8>>, Damaged> {
    let text = std::str::from_utf8(content).map_err(|_| Damaged::NotText)?;
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = Zeroizing::new(Vec::with_capacity(
        content.len() + line.len() + 2 * ending.len(),
    ));
    out.extend_from_slice(content);
    if !content.is_empty() && !text.ends_with('\n') {
        out.extend_from_slice(ending.as_bytes());
    }
    out.extend_from_slice(line.as_bytes());
    out.extend_from_slice(ending.as_bytes());
    let (before, after) = (token_file(text), token_file(&String::from_utf8_lossy(&out)));
    match after.lines.split_last() {
        Some((_, kept)) if kept == before.lines => Ok(out),
        _ => Err(Damaged::OpenQuote),
    }
}

/// The file without the lines of `user`, all else kept byte for byte.
///
/// # Errors
/// [`Damaged`] where other lines would go with them.
pub fn remove_user(content: &[u8], user: &str) -> Result<Zeroizing<Vec<u8>>, Damaged> {
    let text = std::str::from_utf8(content).map_err(|_| Damaged::NotText)?;
    let before = token_file(text);
    let of_user = before.lines.iter().filter(|line| line.user == user);
    let leaves: HashSet<u32> = of_user
        .flat_map(|line| line.line..line.line + line.lines)
        .collect();
    let mut out = Zeroizing::new(Vec::with_capacity(content.len()));
    for (_, line) in (1u32..)
        .zip(text.split_inclusive('\n'))
        .filter(|(number, _)| !leaves.contains(number))
    {
        out.extend_from_slice(line.as_bytes());
    }
    let kept = |file: &TokenFile| -> Vec<(Token, String)> {
        let others = file.lines.iter().filter(|line| line.user != user);
        others
            .map(|line| (line.token.clone(), line.user.clone()))
            .collect()
    };
    let after = token_file(&String::from_utf8_lossy(&out));
    let is_gone = after.lines.iter().all(|line| line.user != user);
    if is_gone && kept(&after) == kept(&before) {
        Ok(out)
    } else {
        Err(Damaged::Lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_files_are_read_as_the_api_server_does() {
        let text = "\u{feff}8f1c,kubelet-bootstrap,10001,\"system:kubelet-bootstrap\"\r\n\n\
                    t2,admin,1,\"g1,g2\"\nt3,\"a \"\"b\"\"\",2\n,empty,3\nt4,short\nt5,bare\"quote,4\nt2,last,5\n\
                    t6,many,6,g1,g2\nt7,\"two\nlines\",7\n\"open";
        let file = token_file(text);
        let lines: Vec<_> = file
            .lines
            .iter()
            .map(|line| {
                (
                    line.line,
                    line.user.as_str(),
                    line.uid.as_str(),
                    line.groups.join("+"),
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                (
                    1,
                    "kubelet-bootstrap",
                    "10001",
                    "system:kubelet-bootstrap".to_owned()
                ),
                (3, "admin", "1", "g1+g2".to_owned()),
                (4, "a \"b\"", "2", String::new()),
                (8, "last", "5", String::new()),
                (9, "many", "6", "g1".to_owned()),
                (10, "two\nlines", "7", String::new()),
            ]
        );
        assert_eq!(
            file.faults
                .iter()
                .map(|(line, _)| *line)
                .collect::<Vec<_>>(),
            [5, 6, 7, 8, 9, 12]
        );
        assert_eq!(
            file.user_of(&Token::new("t2"))
                .map(|line| line.user.as_str()),
            Some("last")
        );
        assert_eq!(file.user_of(&Token::new("none")), None);
        assert!(!format!("{file:?}").contains("8f1c"));
    }

    #[test]
    fn a_line_more_and_a_user_less_keep_all_else() -> Result<(), Damaged> {
        let groups = ["system:bootstrappers".to_owned(), "a \"b\"".to_owned()];
        let line = token_file_line("0f", "kubelet, \"x\"", "10001", &groups);
        assert_eq!(
            line.as_str(),
            "0f,\"kubelet, \"\"x\"\"\",10001,\"system:bootstrappers,a \"\"b\"\"\""
        );
        for old in [
            "",
            "t1,ann,1\n",
            "t1,ann,1",
            "\u{feff}t1,ann,1,\"g1,g2\"\r\n\r\n# odd\r\nt2,\"two\r\nlines\",2\r\n",
            "short\n,empty,1\nt1,ann,1\n\n\n",
        ] {
            let added = add_line(old.as_bytes(), &line)?;
            let text = String::from_utf8_lossy(&added).into_owned();
            assert!(text.starts_with(old) && text.ends_with('\n'), "{text:?}");
            let file = token_file(&text);
            let last = file.lines.last().map(|line| {
                (
                    line.user.as_str(),
                    line.uid.as_str(),
                    line.groups.as_slice(),
                )
            });
            assert_eq!(
                last,
                Some(("kubelet, \"x\"", "10001", &groups[..])),
                "{text:?}"
            );
            assert_eq!(next_uid(&file), "10002");
            let removed = remove_user(&added, "kubelet, \"x\"")?;
            assert!(
                *removed == old.as_bytes() || *removed == format!("{old}\n").as_bytes(),
                "{text:?}"
            );
        }
        let two = "t1,a,1\nt2,\"b\nb\",2\nt3,c,3\nt4,\"b\nb\",4";
        assert_eq!(
            remove_user(two.as_bytes(), "b\nb")?.as_slice(),
            b"t1,a,1\nt3,c,3\n"
        );
        Ok(())
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        for old in ["t1,ann,\"open\n", "\"", "t1,\"a\nb\n"] {
            assert_eq!(
                add_line(old.as_bytes(), "t9,new,9"),
                Err(Damaged::OpenQuote),
                "{old}"
            );
        }
        assert_eq!(add_line(b"\xff,a,1\n", "t9,new,9"), Err(Damaged::NotText));
        assert_eq!(remove_user(b"\xff,a,1\n", "a"), Err(Damaged::NotText));
        for (text, is_group, is_right) in [
            ("kubelet-bootstrap", false, true),
            ("a,b", false, true),
            ("a,b", true, false),
            (" ", false, false),
            ("a\nb", false, false),
            ("a\u{202e}", true, false),
        ] {
            assert_eq!(check_field(text, is_group).is_ok(), is_right, "{text:?}");
        }
    }
}
