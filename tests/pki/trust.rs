//! Whether a verifier takes what is presented: openssl judges the same PKIs. It is told to take any anchor for an end of
//! the path, as Go does; where it still judges otherwise, the row says why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kubepki::pki::trust::{matches_host, trusts};
use kubepki::pki::{Certificate, pem};
use time::{Duration, OffsetDateTime};

use crate::support::{run, succeed, text, tool};

/// Certificates to make, in this order: file, subject, issuer (its own file: self-signed), days, further arguments,
/// extensions.
type Recipe = (&'static str, &'static str, &'static str, i64, &'static [&'static str], &'static str);

const CA: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash";
const LEAF: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
    extendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n\
    subjectAltName=IP:10.0.0.1,IP:fd00::1,DNS:kubernetes,DNS:*.example.com";

const RECIPES: &[Recipe] = &[
    ("root", "/CN=kubernetes", "root", 100, &[], CA),
    ("namesake", "/CN=kubernetes", "namesake", 100, &[], CA),
    ("stranger", "/CN=etcd-ca", "stranger", 100, &[], CA),
    ("leaf", "/CN=a", "root", 50, &[], LEAF),
    ("outliving", "/CN=b", "root", 200, &[], LEAF),
    ("middle", "/CN=middle", "root", 80, &[], "CA"),
    ("lower", "/CN=lower", "middle", 60, &[], "CA"),
    ("middle-leaf", "/CN=c", "middle", 90, &[], LEAF),
    ("lower-leaf", "/CN=d", "lower", 50, &[], LEAF),
    ("short", "/CN=short", "short", 100, &[], "CA:pathlen:0"),
    ("short-middle", "/CN=short middle", "short", 100, &[], "CA"),
    ("short-leaf", "/CN=e", "short-middle", 50, &[], LEAF),
    ("short-direct", "/CN=f", "short", 50, &[], LEAF),
    ("no-ca-leaf", "/CN=g", "leaf", 50, &[], LEAF),
    ("no-sign", "/CN=no sign", "no-sign", 100, &[], "no sign"),
    ("no-sign-leaf", "/CN=h", "no-sign", 50, &[], LEAF),
    ("client", "/CN=i", "root", 50, &[], "usage:clientAuth"),
    ("both", "/CN=j", "root", 50, &[], "usage:clientAuth,serverAuth"),
    ("any", "/CN=k", "root", 50, &[], "usage:anyExtendedKeyUsage"),
    ("none", "/CN=l", "root", 50, &[], "usage:"),
    ("client-middle", "/CN=client middle", "root", 80, &[], "CA usage:clientAuth"),
    ("client-middle-leaf", "/CN=m", "client-middle", 50, &[], LEAF),
    ("server-middle", "/CN=server middle", "root", 80, &[], "CA usage:serverAuth"),
    ("server-middle-leaf", "/CN=n", "server-middle", 50, &[], LEAF),
    ("named-by-cn", "/CN=kubernetes", "root", 50, &[], "names:"),
    ("address-as-name", "/CN=o", "root", 50, &[], "names:DNS:10.0.0.1"),
    ("self", "/CN=self", "self", 50, &[], LEAF),
    ("sha1", "/CN=p", "root", 50, &["-sha1"], LEAF),
    ("other-key-id", "/CN=q", "root", 50, &[], "other key identifier"),
    ("old-root", "/CN=old", "old-root", 100, &[], ""),
    ("old-leaf", "/CN=r", "old-root", 50, &[], "no key identifier"),
    ("critical", "/CN=s", "root", 50, &[], "unknown extension:critical,"),
    ("harmless", "/CN=t", "root", 50, &[], "unknown extension:"),
    ("critical-middle", "/CN=critical middle", "root", 80, &[], "CA unknown extension:critical,"),
    ("critical-middle-leaf", "/CN=u", "critical-middle", 50, &[], LEAF),
    ("com", "/CN=com", "root", 80, &[], "CA within:permitted;DNS:com"),
    ("com-leaf", "/CN=v", "com", 50, &[], "names:DNS:a.example.com,IP:10.0.0.1"),
    ("com-two", "/CN=v", "com", 50, &[], "names:DNS:a.example.com,DNS:example.org"),
    ("com-part", "/CN=v", "com", 50, &[], "names:DNS:a.examplecom"),
    ("com-lower", "/CN=com lower", "com", 80, &[], "CA"),
    ("com-lower-leaf", "/CN=w", "com-lower", 50, &[], LEAF),
    ("not-com", "/CN=not com", "root", 80, &[], "CA within:excluded;DNS:example.com"),
    ("not-com-leaf", "/CN=x", "not-com", 50, &[], LEAF),
    ("not-com-other", "/CN=x", "not-com", 50, &[], "names:DNS:a.badexample.com"),
    ("net", "/CN=net", "net", 100, &[], "CA within:permitted;IP:10.0.0.0/255.0.0.0,permitted;IP:fd00::/ff00::"),
    ("net-leaf", "/CN=y", "net", 50, &[], LEAF),
    ("net-other", "/CN=y", "net", 50, &[], "names:IP:11.0.0.1"),
    ("not-net", "/CN=not net", "not-net", 100, &[], "CA within:excluded;IP:10.0.0.0/255.255.255.0"),
    ("not-net-leaf", "/CN=z", "not-net", 50, &[], LEAF),
    ("not-net-other", "/CN=z", "not-net", 50, &[], "names:IP:10.0.1.1"),
    ("mail", "/CN=mail", "mail", 100, &[], "CA within:permitted;email:example.com"),
    ("mail-leaf", "/CN=0", "mail", 50, &[], LEAF),
    ("persons", "/CN=persons", "persons", 100, &[], "CA within:excluded;dirName:person"),
    ("persons-leaf", "/CN=1", "persons", 50, &[], LEAF),
];

/// What it is, the anchors, what is presented, the host, the day, what is said, and why openssl says otherwise.
type Row =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static str, i64, &'static str, &'static str);

const ROWS: &[Row] = &[
    ("an address", &["root"], &["leaf"], "10.0.0.1", 1, "trusted", ""),
    ("another form of it", &["root"], &["leaf"], "fd00:0:0::1", 1, "trusted", ""),
    ("another address", &["root"], &["leaf"], "10.0.0.2", 1, "OtherName", ""),
    ("a name", &["root"], &["leaf"], "KUBERNETES", 1, "trusted", ""),
    ("another name", &["root"], &["leaf"], "kubernetes.default", 1, "OtherName", ""),
    ("a wildcard", &["root"], &["leaf"], "api.example.com", 1, "trusted", ""),
    ("a wildcard, two labels", &["root"], &["leaf"], "a.b.example.com", 1, "OtherName", ""),
    ("a wildcard, no label", &["root"], &["leaf"], "example.com", 1, "OtherName", ""),
    ("the CN alone", &["root"], &["named-by-cn"], "kubernetes", 1, "OtherName", "it takes a CN for a name"),
    ("an address as a name", &["root"], &["address-as-name"], "10.0.0.1", 1, "OtherName", ""),
    ("no anchor", &[], &["leaf"], "kubernetes", 1, "UnknownAuthority", ""),
    ("a stranger", &["stranger"], &["leaf"], "kubernetes", 1, "UnknownAuthority", ""),
    ("a namesake", &["namesake"], &["leaf"], "kubernetes", 1, "OtherKey", ""),
    ("a namesake beside it", &["namesake", "root"], &["leaf"], "kubernetes", 1, "trusted", ""),
    ("the root presented too", &["namesake"], &["leaf", "root"], "kubernetes", 1, "OtherKey", ""),
    ("before its time", &["root"], &["leaf"], "kubernetes", -1, "NotYetValid", ""),
    ("after its time", &["root"], &["leaf"], "kubernetes", 51, "Expired", ""),
    ("after the root's time", &["root"], &["outliving"], "kubernetes", 101, "Expired", ""),
    ("after the middle's time", &["root"], &["middle-leaf", "middle"], "kubernetes", 81, "Expired", ""),
    ("a middle", &["root"], &["middle-leaf", "middle"], "kubernetes", 1, "trusted", ""),
    ("a middle missing", &["root"], &["middle-leaf"], "kubernetes", 1, "UnknownAuthority", ""),
    ("two", &["root"], &["lower-leaf", "lower", "middle"], "kubernetes", 1, "trusted", ""),
    ("two in no order", &["root"], &["lower-leaf", "middle", "stranger", "lower"], "kubernetes", 1, "trusted", ""),
    ("the upper one missing", &["root"], &["lower-leaf", "lower"], "kubernetes", 1, "UnknownAuthority", ""),
    ("a middle for an anchor", &["middle"], &["middle-leaf"], "kubernetes", 1, "trusted", ""),
    ("itself for an anchor", &["leaf"], &["leaf"], "kubernetes", 1, "trusted", ""),
    ("self-signed for an anchor", &["self"], &["self"], "kubernetes", 1, "trusted", ""),
    ("self-signed", &["root"], &["self"], "kubernetes", 1, "UnknownAuthority", ""),
    ("the path is too long", &["short"], &["short-leaf", "short-middle"], "kubernetes", 1, "TooLong", ""),
    ("the path is short", &["short"], &["short-direct"], "kubernetes", 1, "trusted", ""),
    ("signed by a leaf", &["root"], &["no-ca-leaf", "leaf"], "kubernetes", 1, "Refused", ""),
    ("signed without the usage", &["no-sign"], &["no-sign-leaf"], "kubernetes", 1, "Refused", ""),
    ("for clients", &["root"], &["client"], "kubernetes", 1, "NotForServers", ""),
    ("for both", &["root"], &["both"], "kubernetes", 1, "trusted", ""),
    ("for anything", &["root"], &["any"], "kubernetes", 1, "trusted", "anyExtendedKeyUsage is nothing to it"),
    ("for whatever", &["root"], &["none"], "kubernetes", 1, "trusted", ""),
    ("a middle for clients", &["root"], &["client-middle-leaf", "client-middle"], "kubernetes", 1, "NotForServers", ""),
    ("a middle for servers", &["root"], &["server-middle-leaf", "server-middle"], "kubernetes", 1, "trusted", ""),
    ("SHA-1", &["root"], &["sha1"], "kubernetes", 1, "Weak", "it takes SHA-1 here"),
    ("another key identifier", &["root"], &["other-key-id"], "kubernetes", 1, "trusted", "it minds the identifier"),
    ("a root of version 1", &["old-root"], &["old-leaf"], "kubernetes", 1, "trusted", "it is strict here"),
    ("a critical extension", &["root"], &["critical"], "kubernetes", 1, "UnknownExtension", ""),
    ("an unknown extension", &["root"], &["harmless"], "kubernetes", 1, "trusted", ""),
    (
        "a critical extension above",
        &["root"],
        &["critical-middle-leaf", "critical-middle"],
        "kubernetes",
        1,
        "UnknownExtension",
        "",
    ),
    ("within a domain", &["root"], &["com-leaf", "com"], "a.example.com", 1, "trusted", ""),
    ("an address beside it", &["root"], &["com-leaf", "com"], "10.0.0.1", 1, "trusted", ""),
    ("another name without", &["root"], &["com-two", "com"], "a.example.com", 1, "NotPermitted", ""),
    ("part of a label", &["root"], &["com-part", "com"], "a.examplecom", 1, "NotPermitted", ""),
    ("two above", &["root"], &["com-lower-leaf", "com-lower", "com"], "10.0.0.1", 1, "NotPermitted", ""),
    ("excluded", &["root"], &["not-com-leaf", "not-com"], "kubernetes", 1, "NotPermitted", ""),
    ("not excluded", &["root"], &["not-com-other", "not-com"], "a.badexample.com", 1, "trusted", ""),
    ("within a range", &["net"], &["net-leaf"], "fd00::1", 1, "trusted", ""),
    ("without a range", &["net"], &["net-other"], "11.0.0.1", 1, "NotPermitted", ""),
    ("an excluded range", &["not-net"], &["not-net-leaf"], "kubernetes", 1, "NotPermitted", ""),
    ("beside an excluded range", &["not-net"], &["not-net-other"], "10.0.1.1", 1, "trusted", ""),
    ("constraints of mail", &["mail"], &["mail-leaf"], "kubernetes", 1, "trusted", ""),
    ("of persons", &["persons"], &["persons-leaf"], "kubernetes", 1, "UnknownExtension", "it knows such names"),
];

fn extensions(told: &str) -> String {
    let names = "subjectAltName=IP:10.0.0.1,IP:fd00::1,DNS:kubernetes,DNS:*.example.com";
    let usage = |usages: &str| if usages.is_empty() { String::new() } else { format!("extendedKeyUsage={usages}\n") };
    let key_id = "authorityKeyIdentifier=keyid\n";
    match told.split_once(':').unwrap_or((told, "")) {
        ("CA", "") => format!("{CA}\n{key_id}"),
        ("CA", constraint) => CA.replace("CA:TRUE", &format!("CA:TRUE,{constraint}")),
        ("CA usage", usages) => format!("{CA}\n{key_id}{}", usage(usages)),
        ("CA within", names) => {
            format!("{CA}\n{key_id}nameConstraints=critical,{names}\n[person]\nCN=nobody")
        }
        ("usage", usages) => format!("basicConstraints=critical,CA:FALSE\n{key_id}{}{names}", usage(usages)),
        ("names", "") => LEAF.replace(names, ""),
        ("names", others) => LEAF.replace(names, &format!("subjectAltName={others}")),
        ("no sign", _) => CA.replace("keyCertSign", "cRLSign"),
        ("other key identifier", _) => {
            // The extension as DER: a key identifier of four bytes.
            LEAF.replace("authorityKeyIdentifier=keyid", "2.5.29.35=DER:30:06:80:04:01:02:03:04")
        }
        ("unknown extension", critical) => format!("{LEAF}\n1.2.3.4.5={critical}DER:05:00"),
        ("CA unknown extension", critical) => format!("{CA}\n{key_id}1.2.3.4.5={critical}DER:05:00"),
        ("no key identifier", _) => LEAF.replace(key_id, ""),
        _ => told.to_owned(),
    }
}

/// All certificates, made by openssl.
fn make(openssl: &Path, folder: &Path) -> BTreeMap<&'static str, Certificate> {
    let file = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let mut made = BTreeMap::new();
    for (serial, (name, subject, issuer, days, arguments, told)) in RECIPES.iter().enumerate() {
        let (key, request, certificate) = (file(&format!("{name}.key")), file("request"), file(name));
        let new = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject];
        succeed(openssl, &[&new[..], &["-keyout", &key, "-out", &request]].concat());
        let (days, serial) = (days.to_string(), (serial + 1).to_string());
        let mut sign = vec!["x509", "-req", "-in", &request, "-days", &days, "-set_serial", &serial];
        let (ca, ca_key) = (file(issuer), file(&format!("{issuer}.key")));
        sign.extend(if issuer == name { vec!["-signkey", &key] } else { vec!["-CA", &ca, "-CAkey", &ca_key] });
        let (said, extension_file) = (extensions(told), file("extensions"));
        std::fs::write(&extension_file, said.as_str()).expect("written");
        if !said.is_empty() {
            sign.extend(["-extfile", &extension_file]);
        }
        sign.extend(*arguments);
        sign.extend(["-out", &certificate]);
        succeed(openssl, &sign);
        let block = pem::blocks(&std::fs::read(&certificate).expect("a file")).remove(0).expect("a block");
        made.insert(*name, Certificate::from_der(&block.der).expect("a certificate"));
    }
    made
}

/// What openssl says to a row.
fn openssl_trusts(openssl: &Path, folder: &Path, row: &Row, moment: OffsetDateTime) -> (bool, String) {
    let (_, anchors, chain, host, ..) = row;
    let write = |name: &str, files: &[&str]| -> PathBuf {
        let path = folder.join(name);
        let contents = files.iter().map(|file| std::fs::read_to_string(folder.join(file)).expect("a file"));
        std::fs::write(&path, contents.collect::<String>()).expect("written");
        path
    };
    let (trusted, untrusted) = (write("trusted", anchors), write("untrusted", &chain[1..]));
    let moment = moment.unix_timestamp().to_string();
    let mut arguments = vec!["verify", "-x509_strict", "-partial_chain", "-purpose", "sslserver", "-attime", &moment];
    arguments.extend(["-no-CApath", "-no-CAstore"]);
    arguments.push(if host.parse::<core::net::IpAddr>().is_ok() { "-verify_ip" } else { "-verify_hostname" });
    arguments.push(host);
    // openssl refuses an empty file.
    arguments.extend(if anchors.is_empty() { ["-no-CAfile", "-x509_strict"] } else { ["-CAfile", text(&trusted)] });
    if chain.len() > 1 {
        arguments.extend(["-untrusted", text(&untrusted)]);
    }
    let leaf = folder.join(chain[0]);
    arguments.push(text(&leaf));
    let output = run(openssl, &arguments);
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn openssl_judges_as_we_do() {
    let Some(openssl) = tool("openssl") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let made = make(&openssl, folder.path());
    let now = OffsetDateTime::now_utc();
    let mut faults = Vec::new();
    for row in ROWS {
        let (what, anchors, chain, host, day, expected, why) = *row;
        let moment = now + Duration::days(day);
        let take = |names: &[&str]| names.iter().map(|name| made[name].clone()).collect::<Vec<_>>();
        let chain = take(chain);
        let ours = trusts(&take(anchors), &chain, &[host.to_owned()], moment);
        let word = ours.as_ref().err().map_or_else(|| "trusted".to_owned(), |reason| format!("{reason:?}"));
        if !word.starts_with(expected) {
            faults.push(format!("{what}: {word}, expected {expected}"));
        }
        let (theirs, said) = openssl_trusts(&openssl, folder.path(), row, moment);
        if (theirs == ours.is_ok()) != why.is_empty() {
            faults.push(format!("{what}: {ours:?}, openssl {theirs}: {said}"));
        }
        assert_eq!(matches_host(&chain[0], host), expected != "OtherName", "{what}");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_host_must_be_a_name() {
    let Some(openssl) = tool("openssl") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let made = make(&openssl, folder.path());
    let moment = OffsetDateTime::now_utc() + Duration::days(1);
    let judge = |hosts: &[&str]| {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        trusts(&[made["root"].clone()], &[made["leaf"].clone()], &hosts, moment)
    };
    assert_eq!(judge(&[]), Ok(()));
    assert_eq!(judge(&["10.0.0.1", "kubernetes"]), Ok(()));
    let reason = judge(&["10.0.0.1", "10.96.0.1"]).expect_err("another name");
    assert_eq!(reason.to_string(), "10.96.0.1 is not among its names");
    let nothing = trusts(&[made["root"].clone()], &[], &[], moment).expect_err("nothing");
    assert_eq!(nothing.to_string(), "nothing was presented");
}
