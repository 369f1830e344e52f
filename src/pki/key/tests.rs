use super::*;

fn block(label: &str, der: &[u8]) -> pem::Block {
    pem::blocks(pem::encode(label, der).as_bytes())
        .remove(0)
        .unwrap()
}

#[test]
fn labels_of_private_keys() {
    for (label, expected) in [
        ("RSA PRIVATE KEY", true),
        ("EC PRIVATE KEY", true),
        ("PRIVATE KEY", true),
        ("ENCRYPTED PRIVATE KEY", true),
        ("EC PARAMETERS", false),
        ("PUBLIC KEY", false),
        ("CERTIFICATE", false),
        ("NOTPRIVATE KEY", false),
    ] {
        assert_eq!(is_private_key(label), expected, "{label}");
    }
}

#[test]
fn encrypted_is_known_as_such() {
    let mut headers = block("RSA PRIVATE KEY", b"0123456789abcdef");
    headers.encrypted = true;
    // EncryptedPrivateKeyInfo with an empty algorithm.
    let sealed = encode::tlv(encode::SEQUENCE, &[&[0x30, 0], &[0x04, 1, 7]]);
    for encrypted in [
        headers,
        block("ENCRYPTED PRIVATE KEY", b"x"),
        block("PRIVATE KEY", &sealed),
    ] {
        assert_eq!(inspect(&encrypted), Err(Error::EncryptedKey));
    }
}

#[test]
fn damaged_keys_are_errors() {
    for der in [
        &b""[..],
        b"\x30",
        b"\x30\x00",
        b"\x30\x03\x02\x01\x00",
        b"hello",
        &[0x30, 0x82, 0xff, 0xff, 0],
    ] {
        assert!(
            matches!(inspect_der(der), Err(Error::NotAKey(_))),
            "{der:?}"
        );
    }
}

#[test]
fn numbers_off_the_curve_are_no_keys() {
    let order_and_more = [0xff; 32];
    let too_long = [1; 33];
    for scalar in [&[0; 32][..], &order_and_more, &too_long] {
        let der = encode::ec_private_key(Some(read::P256), scalar, None);
        assert!(
            matches!(inspect_der(&der), Err(Error::NotAKey(_))),
            "{scalar:?}"
        );
    }
}

#[test]
fn short_scalars_are_filled_up() {
    let of = |scalar: &[u8]| {
        inspect_der(&encode::ec_private_key(Some(read::P256), scalar, None)).unwrap()
    };
    let mut full = [0; 32];
    full[31] = 5;
    assert_eq!(of(&[5]), of(&full));
    assert_eq!(of(&[5]).algorithm.to_string(), "ECDSA-P256");
}

#[test]
fn the_curve_outside_counts() {
    for (outside, inside, expected) in [
        (read::P256, read::P256, "ECDSA-P256"),
        (read::P256, read::P384, "ECDSA-P256"),
        (read::P384, read::P256, "ECDSA-P384"),
    ] {
        let der = encode::pkcs8(
            &encode::ec_algorithm(outside),
            &encode::ec_private_key(Some(inside), &[5], None),
        );
        assert_eq!(inspect_der(&der).unwrap().algorithm.to_string(), expected);
    }
}
