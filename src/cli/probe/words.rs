//! What the words behind `probe` mean.

use std::sync::Arc;

use crate::cli::failure::Failure;
use crate::kubernetes::address::Address;
use crate::kubernetes::component::Component;
use crate::running::{ComponentStatus, Port, ProbeTarget};

/// What a word names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// Ports and components of the master, by their names.
    Named(Vec<Arc<str>>),
    /// A server, as HOST:PORT or a URL.
    Server(Arc<str>),
}

/// What `word` means on a master with these ports and components.
pub(super) fn meaning(
    word: &str,
    ports: &[Port],
    known: &[ComponentStatus],
) -> Result<Word, Failure> {
    if word.bytes().all(|byte| byte.is_ascii_digit()) && !word.is_empty() {
        let number = word.parse::<u16>().ok().filter(|number| *number != 0);
        let number =
            number.ok_or_else(|| Failure::usage(format!("{word:?} is no port: 1 to 65535 are")))?;
        let found = ports.iter().filter(|port| port.number == number);
        let names: Vec<Arc<str>> = found.map(|port| port.rule.name.into()).collect();
        return Ok(if names.is_empty() {
            Word::Server(format!("127.0.0.1:{number}").into())
        } else {
            Word::Named(names)
        });
    }
    let component = word.parse::<Component>().ok();
    let is_it = |status: &&ComponentStatus| {
        *status.name == *word || component.is_some() && status.component == component
    };
    let names: Vec<Arc<str>> = known
        .iter()
        .filter(is_it)
        .map(|status| status.name.clone())
        .collect();
    if !names.is_empty() {
        return Ok(Word::Named(names));
    }
    // As `list` and kubeadm call what a port serves.
    let by_role = ports
        .iter()
        .filter(|port| port.rule.roles.iter().any(|role| role.as_str() == word));
    let names: Vec<Arc<str>> = by_role.map(|port| port.rule.name.into()).collect();
    if !names.is_empty() {
        return Ok(Word::Named(names));
    }
    if is_server(word) {
        return Ok(Word::Server(word.into()));
    }
    let failure = Failure::usage(format!(
        "{word:?} is no port, no component and no server here"
    ));
    let names: Vec<&str> = known.iter().map(|status| &*status.name).collect();
    if word.matches(':').count() > 1 && !word.contains(['[', '/']) {
        return Err(failure.hint("an IPv6 address stands in brackets: [::1]:PORT"));
    }
    let hint = "a server is HOST:PORT, [::1]:PORT or https://HOST";
    Err(if names.is_empty() {
        failure.hint(hint)
    } else {
        failure.hint(format!("known are {}; {hint}", names.join(", ")))
    })
}

/// A URL, or HOST:PORT.
fn is_server(word: &str) -> bool {
    let is_of_name =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte) || byte >= 0x80;
    let address = Address::parse(word).filter(Address::is_tls);
    let address = address.filter(|address| address.host.bytes().all(is_of_name));
    address.is_some_and(|address| address.port.map_or(word.contains("://"), |port| port != 0))
}

/// What to look at for these words.
pub(super) fn asked(words: &[Word], known: &[ComponentStatus]) -> Vec<ProbeTarget> {
    let mut asked: Vec<ProbeTarget> = Vec::new();
    let mut push = |one: ProbeTarget| {
        if !asked.contains(&one) {
            asked.push(one);
        }
    };
    for word in words {
        match word {
            Word::Named(names) => {
                let of_master = known.iter().filter(|status| names.contains(&status.name));
                of_master
                    .filter_map(|status| status.component)
                    .for_each(|component| push(ProbeTarget::Component(component)));
            }
            Word::Server(server) => push(ProbeTarget::Server(server.clone())),
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_and_what_is_none() {
        for word in [
            "a:1",
            "10.0.0.1:6443",
            "[::1]:6443",
            "https://a",
            "HTTPS://a",
            "https://[::1]:6443/x",
            "a.b.example:65535",
        ] {
            assert_eq!(
                meaning(word, &[], &[]),
                Ok(Word::Server(word.into())),
                "{word}"
            );
        }
        assert_eq!(
            meaning("8443", &[], &[]),
            Ok(Word::Server("127.0.0.1:8443".into()))
        );
        for word in [
            "",
            "0",
            "65536",
            "a",
            "a:",
            ":1",
            "a:0",
            "a:65536",
            "::1:6443",
            "[::1]",
            "http://a:1",
            "https://",
            "a/b:1",
            "a b:443",
            "*:443",
            "https://a%zone:1",
            "::1:20030",
        ] {
            let failure = meaning(word, &[], &[]).expect_err(word);
            assert_eq!(failure.exit, crate::cli::failure::Exit::Usage, "{word}");
        }
    }
}
