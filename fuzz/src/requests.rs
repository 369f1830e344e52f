//! Requests: PKCS#10, bare or in PEM, and CertificateSigningRequest objects.

use kubepki::kubernetes::signing_request::{self, recognise};
use kubepki::pki::issue::verified_key;
use kubepki::pki::text::{is_hidden, printable};
use kubepki::pki::{CertificationRequest, pem};

use super::said;

/// A request in any form. True where there is one.
///
/// # Panics
/// Where what was read is not what is known of it.
pub fn requests(bytes: &[u8]) -> bool {
    let blocks = pem::blocks(bytes);
    let mut found = request(bytes);
    for block in blocks.iter().flatten() {
        found |= request(&block.der);
    }
    match std::str::from_utf8(bytes).map(signing_request::from_yaml) {
        Ok(Ok(objects)) => {
            for object in &objects {
                let _ = object.kind();
                match &object.request {
                    Ok(request) => holds(request),
                    Err(fault) => said::is_one_line(fault),
                }
            }
            found = true;
        }
        Ok(Err(error)) => said::is_one_line(&error),
        Err(_) => {}
    }
    found
}

fn request(der: &[u8]) -> bool {
    match CertificationRequest::from_der(der) {
        Ok(request) => {
            assert_eq!(request.der, der);
            holds(&request);
            true
        }
        Err(error) => {
            said::is_one_line(&error);
            false
        }
    }
}

/// Its key is given only where it was signed with that key.
fn holds(request: &CertificationRequest) {
    let _ = recognise(request, None);
    assert!(
        !printable(&request.subject.to_rfc4514())
            .chars()
            .any(is_hidden)
    );
    match verified_key(request) {
        Ok(key) => assert_eq!(
            (request.signature_valid, &key.spki),
            (Some(true), &request.spki)
        ),
        Err(error) => {
            said::is_one_line(&error);
            assert_ne!(request.signature_valid, Some(true));
        }
    }
    let written = pem::blocks(request.to_pem().as_bytes());
    assert!(
        matches!(&written[..], [Ok(block)] if CertificationRequest::from_der(&block.der).as_ref() == Ok(request))
    );
}
