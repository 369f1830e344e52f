//! What is made of a handshake's end, in words.

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible, ProtocolVersion};

use super::handshake::{Handshake, HandshakeEnd, MOST};
use super::witness::Witness;
use crate::pki;
use crate::running::{Served, Silence};

/// The content types of TLS records, RFC 8446 §5.1, and handshake messages of a client, §4.
const RECORDS: std::ops::RangeInclusive<u8> = 20..=23;
const CLIENT_HELLO: &[u8] = &[22, 3];

/// What the server presents, however it ended; where it presents nothing, why.
pub(super) fn verdict(
    handshake: &Handshake<'_>,
    witness: &Witness,
    end: HandshakeEnd,
) -> Result<Served, Silence> {
    let Some(shown) = witness.chain() else {
        return Err(silence(handshake.head(), end));
    };
    if let HandshakeEnd::Impatient(Silence::Stopped) = end {
        return Err(Silence::Stopped);
    }
    if let Some(Err(error)) = shown.first() {
        return Err(Silence::Ended(format!(
            "its certificate cannot be read: {error}"
        )));
    }
    let unreadable = shown
        .iter()
        .enumerate()
        .filter_map(|(place, one)| Some((place, one.as_ref().err()?)));
    let unreadable = unreadable.map(|(place, error)| unread(place, error)).next();
    let demands_client = witness.asks_client()
        && matches!(
            end,
            HandshakeEnd::Alert(_) | HandshakeEnd::Closed | HandshakeEnd::Reset
        );
    let fault = if demands_client { None } else { fault(end) };
    Ok(Served {
        chain: shown
            .iter()
            .filter_map(|one| one.as_ref().ok().cloned())
            .collect(),
        version: match handshake.version() {
            Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "",
        },
        demands_client,
        fault: fault.or(unreadable),
    })
}

fn unread(place: usize, error: &pki::Error) -> String {
    format!(
        "certificate {} of its chain cannot be read: {error}",
        place + 1
    )
}

/// What went wrong after the certificates had come.
fn fault(end: HandshakeEnd) -> Option<String> {
    match end {
        HandshakeEnd::Done => None,
        HandshakeEnd::Fault(Error::InvalidCertificate(CertificateError::BadSignature)) => {
            Some("it does not prove that it has the certificate's key".to_owned())
        }
        HandshakeEnd::Fault(error) => Some(format!("the handshake failed: {}", trouble(&error))),
        HandshakeEnd::Alert(alert) => Some(format!("it ended the handshake: {}", words(alert))),
        HandshakeEnd::Closed => Some("it closed the connection within the handshake".to_owned()),
        HandshakeEnd::Reset => Some("the connection was cut off within the handshake".to_owned()),
        HandshakeEnd::TooMuch => Some(too_much()),
        HandshakeEnd::Impatient(_) => Some("it did not end the handshake in time".to_owned()),
    }
}

/// Why no certificate came.
fn silence(head: &[u8], end: HandshakeEnd) -> Silence {
    if let HandshakeEnd::Impatient(Silence::Stopped) = end {
        return Silence::Stopped;
    }
    if !head.is_empty() && !is_tls(head) {
        return Silence::NotTls {
            http: head.starts_with(b"HTTP/"),
        };
    }
    match end {
        HandshakeEnd::Impatient(silence) => silence,
        HandshakeEnd::Alert(AlertDescription::ProtocolVersion)
        | HandshakeEnd::Fault(Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        )) => Silence::TooOld,
        HandshakeEnd::Alert(alert) => Silence::Ended(words(alert)),
        HandshakeEnd::Fault(error) => Silence::Ended(trouble(&error).to_owned()),
        HandshakeEnd::Closed => Silence::Ended("it closed the connection".to_owned()),
        HandshakeEnd::Reset => Silence::Ended("the connection was cut off".to_owned()),
        HandshakeEnd::TooMuch => Silence::Ended(too_much()),
        HandshakeEnd::Done => Silence::Ended("it showed no certificate".to_owned()),
    }
}

/// Whether these first bytes are those of a TLS server: a record, and not what a client says, sent
/// back.
fn is_tls(head: &[u8]) -> bool {
    let is_record = RECORDS.contains(&head[0]) && head.get(1).is_none_or(|major| *major == 3);
    let is_echo = head.starts_with(CLIENT_HELLO) && head.get(5) == Some(&1);
    is_record && !is_echo
}

fn too_much() -> String {
    format!("it sent more than {} KiB", MOST / 1024)
}

/// What is wrong with what it sent; rustls' own words are those of its source.
fn trouble(error: &Error) -> &'static str {
    match error {
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            "it sent another message than was its turn"
        }
        Error::InvalidMessage(_) => "it sent a message that cannot be read",
        Error::PeerIncompatible(_) => "it offers nothing that is spoken here",
        Error::PeerMisbehaved(_) => "it breaks the rules of TLS",
        Error::PeerSentOversizedRecord => "it sent a record that is too long",
        Error::DecryptError => "it sent what cannot be decrypted",
        Error::NoCertificatesPresented => "it showed no certificate",
        _ => "it does not keep to TLS",
    }
}

/// An alert in words, as "handshake failure" (RFC 8446 §6).
fn words(alert: AlertDescription) -> String {
    if let AlertDescription::Unknown(number) = alert {
        return format!("alert {number}");
    }
    let (name, mut text) = (format!("{alert:?}"), String::new());
    let mut previous = 'A';
    for character in name.chars() {
        if character.is_uppercase() && previous.is_lowercase() {
            text.push(' ');
        }
        text.push(character);
        previous = character;
    }
    let word = |word: &str| {
        if word.chars().all(char::is_uppercase) {
            word.to_owned()
        } else {
            word.to_lowercase()
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use rustls::{ContentType, InvalidMessage, PeerMisbehaved};

    use super::*;

    #[test]
    fn first_bytes_tell_what_is_spoken() {
        for (head, expected) in [
            (&b"\x16\x03\x03\x00\x7a\x02\x00\x00"[..], true),
            (b"\x15\x03\x01\x00\x02\x02\x46", true),
            (b"\x16", true),
            (b"\x16\x03\x01\x00\xf0\x01\x00\x00", false),
            (b"\x16\x04", false),
            (b"HTTP/1.1", false),
            (b"SSH-2.0-", false),
            (b"\0", false),
        ] {
            assert_eq!(is_tls(head), expected, "{head:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_words() {
        for error in [
            Error::InvalidMessage(InvalidMessage::InvalidCcs),
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
            Error::PeerMisbehaved(PeerMisbehaved::TooManyWarningAlertsReceived),
            Error::InappropriateMessage {
                expect_types: Vec::new(),
                got_type: ContentType::Alert,
            },
        ] {
            let (fault, silence) = (
                fault(HandshakeEnd::Fault(error.clone())),
                silence(&[22, 3, 3], HandshakeEnd::Fault(error)),
            );
            for words in [fault.expect("a fault"), silence.to_string()] {
                // A name of the source has a capital inside of a word.
                let is_of_source = words
                    .as_bytes()
                    .windows(2)
                    .any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
                assert!(!is_of_source, "{words}");
            }
        }
    }

    #[test]
    fn alerts_read_as_words() {
        assert_eq!(
            words(AlertDescription::HandshakeFailure),
            "handshake failure"
        );
        assert_eq!(words(AlertDescription::UnknownCA), "unknown CA");
        assert_eq!(words(AlertDescription::Unknown(200)), "alert 200");
    }
}
