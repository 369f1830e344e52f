//! Encrypted keys: openssl makes them, and converts what is refused.

use kubepki::pki::key::{Effort, KeyAlgorithm, PrivateKey};
use kubepki::pki::{Error, Secret};

use crate::interop_keys::{generate, inspect_file, key_block};
use crate::support::{succeed, text, tool};

fn effort() -> Effort {
    Effort::new(200_000)
}

#[test]
fn encrypted_keys_open_with_their_passphrase_alone() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let (right, wrong) = (
        Secret::new("pässword".into()),
        Secret::new("passwort".into()),
    );
    for (algorithm, forms) in [
        (
            KeyAlgorithm::EcdsaP256,
            &[
                &["-v2", "aes-256-cbc"][..],
                &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512"],
            ][..],
        ),
        (
            KeyAlgorithm::Rsa2048,
            &[
                &["-scrypt"],
                &["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA256"],
            ],
        ),
        (
            KeyAlgorithm::Ed25519,
            &[&["-v2", "aes256", "-iter", "100000"]],
        ),
    ] {
        let key = PrivateKey::generate(algorithm).expect("a key");
        let (plain, sealed) = (folder.path().join("plain"), folder.path().join("sealed"));
        std::fs::write(&plain, &*key.to_pem()).expect("writable");
        for form in forms {
            let mut arguments = vec!["pkcs8", "-topk8", "-passout", "pass:pässword"];
            arguments.extend(["-in", text(&plain), "-out", text(&sealed)]);
            arguments.extend(*form);
            succeed(&openssl, &arguments);
            let block = key_block(&sealed);
            let opened = PrivateKey::decrypt(&block, &right, &mut effort())
                .unwrap_or_else(|error| panic!("{form:?}: {error}"));
            assert_eq!(
                (opened.public(), opened.to_pem()),
                (key.public(), key.to_pem()),
                "{form:?}"
            );
            for passphrase in [&wrong, &Secret::default()] {
                assert_eq!(
                    PrivateKey::decrypt(&block, passphrase, &mut effort()).err(),
                    Some(Error::WrongPassphrase),
                    "{form:?}"
                );
            }
        }
        let open = PrivateKey::decrypt(&key_block(&plain), &wrong, &mut Effort::new(0))
            .expect("needs no passphrase");
        assert_eq!(open.public(), key.public());
    }
}

#[test]
fn old_encryption_is_refused_with_the_command_that_converts() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = generate(&openssl, folder.path(), "EC", "ec_paramgen_curve:P-256");
    let (sealed, converted) = (
        folder.path().join("sealed"),
        folder.path().join("converted"),
    );
    let passphrase = Secret::new("secret".into());
    for form in [
        &["pkey", "-aes128", "-traditional"][..],
        &["pkcs8", "-topk8", "-v2", "des3"],
        &[
            "pkcs8",
            "-topk8",
            "-v2",
            "aes-128-cbc",
            "-v2prf",
            "hmacWithSHA1",
        ],
        &["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"],
    ] {
        let mut arguments = form.to_vec();
        arguments.extend([
            "-in",
            text(&path),
            "-out",
            text(&sealed),
            "-passout",
            "pass:secret",
        ]);
        succeed(&openssl, &arguments);
        let error = PrivateKey::decrypt(&key_block(&sealed), &passphrase, &mut effort())
            .expect_err("refused");
        let said = error.to_string();
        let command = said
            .split('`')
            .nth(1)
            .unwrap_or_else(|| panic!("no command: {said}"));
        let mut arguments: Vec<&str> = command.split(' ').skip(1).collect();
        let places = [("OLD", text(&sealed)), ("NEW", text(&converted))];
        for (word, path) in places {
            arguments
                .iter_mut()
                .filter(|argument| **argument == word)
                .for_each(|argument| *argument = path);
        }
        arguments.extend(["-passin", "pass:secret", "-passout", "pass:secret"]);
        succeed(&openssl, &arguments);
        let opened = PrivateKey::decrypt(&key_block(&converted), &passphrase, &mut effort())
            .expect("converted");
        assert_eq!(Ok(opened.public().clone()), inspect_file(&path), "{form:?}");
    }
}
