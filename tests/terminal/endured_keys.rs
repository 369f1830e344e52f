//! Encrypted CA keys whose file asks for more work or memory than anybody has.

use std::path::Path;

use base64::Engine as _;
use tempfile::TempDir;

use crate::support::changing::{self, Master};
use crate::support::program::{self, Run};
use crate::support::terminal::{READ, Terminal};
use crate::support::{run, text, tool};

const SAMPLE: &str = "kubeadm-1.36-ecdsa";
const CA_KEY: &str = "/etc/kubernetes/pki/ca.key";

// Object identifiers, DER (RFC 8018 appendix A, RFC 7914 §7).
const PBES2: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d,
];
const PBKDF2: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c,
];
const SCRYPT: &[u8] = &[
    0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b,
];
const HMAC_SHA224: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x08];
const HMAC_SHA256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09];
const AES256_CBC: &[u8] = &[
    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a,
];

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().take_while(|byte| **byte == 0).count().min(7)..];
    let mut out = vec![tag];
    if content.len() >= 128 {
        out.push(0x80 | u8::try_from(length.len()).expect("few bytes"));
    }
    out.extend(length);
    out.extend(content);
    out
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

fn integer(number: u64) -> Vec<u8> {
    let bytes = [&[0][..], &number.to_be_bytes()].concat();
    // DER takes no zero more than the sign needs.
    let zeros = bytes
        .windows(2)
        .take_while(|two| two[0] == 0 && two[1] < 0x80)
        .count();
    tlv(2, &[&bytes[zeros..]])
}

fn pbkdf2(iterations: u64, digest: &[u8]) -> Vec<u8> {
    let digest = sequence(&[digest, &[5, 0]]);
    sequence(&[
        PBKDF2,
        &sequence(&[&tlv(4, &[b"saltsalt"]), &integer(iterations), &digest]),
    ])
}

fn scrypt(n: u64, r: u64, p: u64) -> Vec<u8> {
    sequence(&[
        SCRYPT,
        &sequence(&[
            &tlv(4, &[b"saltsalt"]),
            &integer(n),
            &integer(r),
            &integer(p),
        ]),
    ])
}

/// An encrypted key whose passphrase nobody knows.
fn sealed(kdf: &[u8]) -> String {
    let cipher = sequence(&[AES256_CBC, &tlv(4, &[&[1; 16]])]);
    let der = sequence(&[
        &sequence(&[PBES2, &sequence(&[kdf, &cipher])]),
        &tlv(4, &[&[2; 160]]),
    ]);
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
    format!(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{base64}\n-----END ENCRYPTED PRIVATE KEY-----\n"
    )
}

fn renew(master: &Master, more: &[&str]) -> Run {
    master.kubepki(&[&["renew", "apiserver", "--yes"][..], more].concat())
}

#[test]
fn what_asks_for_too_much_is_refused_with_its_number_before_a_passphrase_is_asked() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let file = master.file("/passphrase");
    std::fs::write(&file, "secret\n").expect("written");
    let before = master.tree();
    for (kdf, needs) in [
        (pbkdf2(2_000_001, HMAC_SHA256), 2_000_001),
        (pbkdf2((1 << 31) - 1, HMAC_SHA256), (1 << 31) - 1),
        (pbkdf2(u32::MAX.into(), HMAC_SHA256), u32::MAX.into()),
        // A key of 32 bytes needs a digest of 28 twice.
        (pbkdf2(1_000_001, HMAC_SHA224), 2_000_002),
        (scrypt(1 << 20, 8, 1), 1 << 23),
        (scrypt(1 << 24, 8, 1), 1 << 27),
        (scrypt(1 << 14, 8, 65_535), (1 << 17) * 65_535),
        (scrypt(2, 65_535, 65_535), 2 * 65_535 * 65_535),
        (scrypt(1 << 63, 65_535, 65_535), u64::MAX),
    ] {
        std::fs::write(master.file(CA_KEY), sealed(&kdf)).expect("written");
        for given in [&[][..], &["--passphrase-file", text(&file)]] {
            let run = renew(&master, given);
            run.ends_with(4);
            let said =
                format!("takes {needs} iterations of its key derivation, and 2000000 are allowed");
            assert!(
                run.stderr.contains(&said) && run.stderr.contains(CA_KEY),
                "{run:?}"
            );
            assert!(
                run.stderr.contains(&format!("--kdf-limit {needs}")),
                "{run:?}"
            );
        }
    }
    std::fs::write(
        master.file(CA_KEY),
        &before[Path::new("etc/kubernetes/pki/ca.key")].content,
    )
    .expect("written");
    assert_eq!(changing::differing(&before, &master.tree()), [""; 0]);
}

#[test]
fn numbers_that_mean_nothing_are_no_panic() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let file = master.file("/passphrase");
    std::fs::write(&file, "secret\n").expect("written");
    let named = [
        "--passphrase-file",
        text(&file),
        "--kdf-limit",
        "18446744073709551615",
    ];
    for kdf in [
        scrypt(0, 8, 1),
        scrypt(1, 8, 1),
        scrypt(3, 8, 1),
        scrypt(16, 0, 1),
        scrypt(16, 8, 0),
        scrypt(1 << 16, 8, 1 << 20),
        pbkdf2(0, HMAC_SHA256),
        pbkdf2(1 << 40, HMAC_SHA256),
        sequence(&[PBKDF2]),
    ] {
        std::fs::write(master.file(CA_KEY), sealed(&kdf)).expect("written");
        let run = renew(&master, &named);
        run.ends_with(4);
        assert!(run.stderr.contains(CA_KEY), "{run:?}");
    }
    // More memory than a machine has, with every limit taken away.
    std::fs::write(master.file(CA_KEY), sealed(&scrypt(1 << 48, 8, 1))).expect("written");
    let run = renew(&master, &named);
    run.ends_with(4);
    assert!(run.stderr.contains("bytes of memory"), "{run:?}");
}

/// The master's CA key, encrypted by openssl in this way.
fn encrypt(openssl: &Path, master: &Master, form: &[&str]) -> bool {
    let (key, sealed) = (master.file(CA_KEY), master.file("/sealed"));
    let files = [
        "pkcs8",
        "-topk8",
        "-in",
        text(&key),
        "-out",
        text(&sealed),
        "-passout",
        "pass:secret",
    ];
    let made = run(openssl, &[&files[..], form].concat()).status.success();
    if made {
        std::fs::rename(sealed, key).expect("renamed");
    }
    made
}

#[test]
fn what_tools_make_opens_and_the_limit_can_be_moved() {
    let (Some(openssl), Some(plain)) = (tool("openssl"), Master::sample(SAMPLE)) else {
        return;
    };
    let key = std::fs::read(plain.file(CA_KEY)).expect("a key");
    let passphrase = plain.file("/passphrase");
    std::fs::write(&passphrase, "secret\n").expect("written");
    let given = ["--passphrase-file", text(&passphrase)];
    for form in [
        &["-v2", "aes-256-cbc"][..],
        &["-v2", "aes-256-cbc", "-iter", "600000"],
        &["-v2", "aes-256-cbc", "-iter", "1000000"],
        &["-scrypt"],
        &[
            "-scrypt",
            "-scrypt_N",
            "65536",
            "-scrypt_r",
            "8",
            "-scrypt_p",
            "1",
        ],
    ] {
        std::fs::write(plain.file(CA_KEY), &key).expect("written");
        // Where openssl keeps its own bound of memory it makes none of the last kind.
        if encrypt(&openssl, &plain, form) {
            renew(&plain, &given).ends_with(0);
        }
    }
    std::fs::write(plain.file(CA_KEY), &key).expect("written");
    assert!(
        encrypt(&openssl, &plain, &["-v2", "aes-256-cbc", "-iter", "5000"]),
        "openssl encrypts"
    );
    let limited =
        |limit: &'static str| renew(&plain, &[&given[..], &["--kdf-limit", limit]].concat());
    let run = limited("4999");
    run.ends_with(4);
    assert!(run.stderr.contains("takes 5000 iterations"), "{run:?}");
    limited("5000").ends_with(0);
    let config = TempDir::new().expect("a folder");
    std::fs::write(config.path().join("settings.yaml"), "kdfLimit: 4999\n").expect("written");
    let line = [
        "renew",
        "apiserver",
        "--yes",
        "--root",
        text(&plain.root),
        "--state-dir",
        text(&plain.state),
    ];
    let settings = [&line[..], &["--config-dir", text(config.path())], &given].concat();
    program::kubepki(&settings).ends_with(4);
    program::kubepki(&[&settings[..], &["--kdf-limit", "5000"]].concat()).ends_with(0);
    limited("0").ends_with(64);
}

#[test]
fn many_passphrases_and_keys_are_bounded_together() {
    let (Some(openssl), Some(master)) = (tool("openssl"), Master::sample(SAMPLE)) else {
        return;
    };
    assert!(
        encrypt(&openssl, &master, &["-v2", "aes-256-cbc", "-iter", "5000"]),
        "openssl encrypts"
    );
    let passphrase = master.file("/passphrase");
    let with = |wrong: usize, limit: &'static str| {
        std::fs::write(&passphrase, "wrong\n".repeat(wrong) + "secret\n").expect("written");
        renew(
            &master,
            &["--passphrase-file", text(&passphrase), "--kdf-limit", limit],
        )
    };
    with(15, "5000").ends_with(0);
    let run = with(100, "5000");
    run.ends_with(4);
    assert!(
        run.stderr.contains("too much work was spent") && run.stderr.contains("--kdf-limit 5313"),
        "{run:?}"
    );
    with(16, "5313").ends_with(0);
}

#[test]
fn the_screens_say_so_in_place_of_the_question() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let home = TempDir::new().expect("a home");
    std::fs::write(
        master.file(CA_KEY),
        sealed(&pbkdf2(10_000_000, HMAC_SHA256)),
    )
    .expect("written");
    let start = |more: &[&str]| {
        let mut terminal =
            Terminal::start(home.path(), &[&master.flags()[..], more].concat(), 120, 36);
        terminal.wait_for("apiserver");
        terminal.send("/apiserver.crt\r");
        terminal.wait_for("Expiring /apiserver.crt");
        terminal.wait_still(READ);
        terminal.send("r");
        terminal
    };
    let mut terminal = start(&[]);
    let shown = terminal.wait_for("takes 10000000 iterations");
    assert!(
        shown.contains("--kdf-limit 10000000") && !shown.contains("passphrase  "),
        "{shown}"
    );
    terminal.send("\u{3}");
    assert_eq!(terminal.wait_end(), 0);
    start(&["--kdf-limit", "10000000"]).wait_for("ca.key is encrypted");
}
