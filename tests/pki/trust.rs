//! Whether a verifier takes what is presented: openssl judges the same PKIs. It is told to take any
//! anchor for an end of the path, as Go does; where it still judges otherwise, the case says why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kubepki::pki::trust::{matches_host, trusts};
use kubepki::pki::{Certificate, pem};
use time::{Duration, OffsetDateTime};

use crate::support::{run, succeed, text, tool};

const CA: &str =
    "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash";
const LEAF: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
    extendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n\
    subjectAltName=IP:10.0.0.1,IP:fd00::1,DNS:kubernetes,DNS:*.example.com";

/// The rows of a table: no blank line and no comment, cells between bars.
fn rows<const CELLS: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; CELLS]> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            cells
                .try_into()
                .unwrap_or_else(|cells| panic!("{CELLS} cells, not {cells:?}"))
        })
}

/// A certificate to make.
struct Recipe {
    file: &'static str,
    subject: &'static str,
    /// The issuer's file; its own, where it is self-signed.
    issuer: &'static str,
    days: &'static str,
    arguments: Vec<&'static str>,
    /// As `extensions` reads them.
    extensions: &'static str,
}

impl Recipe {
    fn all() -> impl Iterator<Item = Self> {
        let table = include_str!("../fixtures/trust/certificates.txt");
        rows(table).map(
            |[file, subject, issuer, days, arguments, extensions]| Self {
                file,
                subject,
                issuer,
                days,
                arguments: arguments.split_whitespace().collect(),
                extensions,
            },
        )
    }

    fn make(&self, openssl: &Path, folder: &Path, serial: usize) -> Certificate {
        let file = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
        let (key, request, certificate) = (
            file(&format!("{}.key", self.file)),
            file("request"),
            file(self.file),
        );
        let new = [
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ];
        succeed(
            openssl,
            &[
                &new[..],
                &["-subj", self.subject, "-keyout", &key, "-out", &request],
            ]
            .concat(),
        );
        let serial = serial.to_string();
        let mut sign = vec![
            "x509",
            "-req",
            "-in",
            &request,
            "-days",
            self.days,
            "-set_serial",
            &serial,
        ];
        let (ca, ca_key) = (file(self.issuer), file(&format!("{}.key", self.issuer)));
        if self.issuer == self.file {
            sign.extend(["-signkey", &key]);
        } else {
            sign.extend(["-CA", &ca, "-CAkey", &ca_key]);
        }
        let (said, extension_file) = (extensions(self.extensions), file("extensions"));
        std::fs::write(&extension_file, said.as_str()).expect("written");
        if !said.is_empty() {
            sign.extend(["-extfile", &extension_file]);
        }
        sign.extend(&self.arguments);
        sign.extend(["-out", &certificate]);
        succeed(openssl, &sign);
        let block = pem::blocks(&std::fs::read(&certificate).expect("a file"))
            .remove(0)
            .expect("a block");
        Certificate::from_der(&block.der).expect("a certificate")
    }
}

fn extensions(told: &str) -> String {
    let names = "subjectAltName=IP:10.0.0.1,IP:fd00::1,DNS:kubernetes,DNS:*.example.com";
    let key_id = "authorityKeyIdentifier=keyid\n";
    match told.split_once(':').unwrap_or((told, "")) {
        ("", _) => String::new(),
        ("root", _) => CA.to_owned(),
        ("leaf", _) => LEAF.to_owned(),
        ("CA", "") => format!("{CA}\n{key_id}"),
        ("CA", constraint) => CA.replace("CA:TRUE", &format!("CA:TRUE,{constraint}")),
        ("CA usage", usages) => format!("{CA}\n{key_id}{}", usage(usages)),
        ("CA within", names) => {
            format!("{CA}\n{key_id}nameConstraints=critical,{names}\n[person]\nCN=nobody")
        }
        ("usage", usages) => format!(
            "basicConstraints=critical,CA:FALSE\n{key_id}{}{names}",
            usage(usages)
        ),
        ("names", "") => LEAF.replace(names, ""),
        ("names", others) => LEAF.replace(names, &format!("subjectAltName={others}")),
        ("no sign", _) => CA.replace("keyCertSign", "cRLSign"),
        ("other key identifier", _) => {
            // The extension as DER: a key identifier of four bytes.
            LEAF.replace(
                "authorityKeyIdentifier=keyid",
                "2.5.29.35=DER:30:06:80:04:01:02:03:04",
            )
        }
        ("unknown extension", critical) => format!("{LEAF}\n1.2.3.4.5={critical}DER:05:00"),
        ("CA unknown extension", critical) => {
            format!("{CA}\n{key_id}1.2.3.4.5={critical}DER:05:00")
        }
        ("no key identifier", _) => LEAF.replace(key_id, ""),
        _ => panic!("{told}: no such extensions"),
    }
}

fn usage(usages: &str) -> String {
    if usages.is_empty() {
        String::new()
    } else {
        format!("extendedKeyUsage={usages}\n")
    }
}

/// All certificates, made by openssl.
fn make(openssl: &Path, folder: &Path) -> BTreeMap<&'static str, Certificate> {
    let numbered = Recipe::all().zip(1..);
    numbered
        .map(|(recipe, serial)| (recipe.file, recipe.make(openssl, folder, serial)))
        .collect()
}

/// What is presented to a verifier, and what is said to it.
struct Case {
    what: &'static str,
    anchors: Vec<&'static str>,
    presented: Vec<&'static str>,
    host: &'static str,
    day: i64,
    said: &'static str,
    /// Why openssl says otherwise; empty where it agrees.
    why: &'static str,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        let table = include_str!("../fixtures/trust/cases.txt");
        rows(table).map(|[what, anchors, presented, host, day, said, why]| Self {
            what,
            anchors: anchors.split_whitespace().collect(),
            presented: presented.split_whitespace().collect(),
            host,
            day: day.parse().expect("a number of days"),
            said,
            why,
        })
    }

    /// What openssl says.
    fn openssl_trusts(
        &self,
        openssl: &Path,
        folder: &Path,
        moment: OffsetDateTime,
    ) -> (bool, String) {
        let trusted = joined(folder, "trusted", &self.anchors);
        let untrusted = joined(folder, "untrusted", &self.presented[1..]);
        let moment = moment.unix_timestamp().to_string();
        let mut arguments = vec![
            "verify",
            "-x509_strict",
            "-partial_chain",
            "-purpose",
            "sslserver",
        ];
        arguments.extend(["-attime", &moment, "-no-CApath", "-no-CAstore"]);
        let is_address = self.host.parse::<core::net::IpAddr>().is_ok();
        arguments.extend([
            if is_address {
                "-verify_ip"
            } else {
                "-verify_hostname"
            },
            self.host,
        ]);
        if self.anchors.is_empty() {
            // openssl refuses an empty file.
            arguments.push("-no-CAfile");
        } else {
            arguments.extend(["-CAfile", text(&trusted)]);
        }
        if self.presented.len() > 1 {
            arguments.extend(["-untrusted", text(&untrusted)]);
        }
        let leaf = folder.join(self.presented[0]);
        arguments.push(text(&leaf));
        let output = run(openssl, &arguments);
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }
}

/// One file with the contents of several.
fn joined(folder: &Path, name: &str, files: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let contents = files
        .iter()
        .map(|file| std::fs::read_to_string(folder.join(file)).expect("a file"));
    std::fs::write(&path, contents.collect::<String>()).expect("written");
    path
}

#[test]
fn openssl_judges_as_we_do() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let made = make(&openssl, folder.path());
    let take = |names: &[&str]| {
        names
            .iter()
            .map(|name| made[name].clone())
            .collect::<Vec<_>>()
    };
    let now = OffsetDateTime::now_utc();
    let (mut judged, mut faults) = (0, Vec::new());
    for case in Case::all() {
        let (what, moment) = (case.what, now + Duration::days(case.day));
        let chain = take(&case.presented);
        let ours = trusts(
            &take(&case.anchors),
            &chain,
            &[case.host.to_owned()],
            moment,
        );
        let word = ours
            .as_ref()
            .err()
            .map_or_else(|| "trusted".to_owned(), |reason| format!("{reason:?}"));
        if case.said.is_empty() || !word.starts_with(case.said) {
            faults.push(format!("{what}: {word}, expected {}", case.said));
        }
        let (theirs, said) = case.openssl_trusts(&openssl, folder.path(), moment);
        if (theirs == ours.is_ok()) != case.why.is_empty() {
            faults.push(format!("{what}: {ours:?}, openssl {theirs}: {said}"));
        }
        assert_eq!(
            matches_host(&chain[0], case.host),
            case.said != "OtherName",
            "{what}"
        );
        judged += 1;
    }
    assert_eq!(judged, 57);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_host_must_be_a_name() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let made = make(&openssl, folder.path());
    let moment = OffsetDateTime::now_utc() + Duration::days(1);
    let judge = |hosts: &[&str]| {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        trusts(
            &[made["root"].clone()],
            &[made["leaf"].clone()],
            &hosts,
            moment,
        )
    };
    assert_eq!(judge(&[]), Ok(()));
    assert_eq!(judge(&["10.0.0.1", "kubernetes"]), Ok(()));
    let reason = judge(&["10.0.0.1", "10.96.0.1"]).expect_err("another name");
    assert_eq!(reason.to_string(), "10.96.0.1 is not among its names");
    let nothing = trusts(&[made["root"].clone()], &[], &[], moment).expect_err("nothing");
    assert_eq!(nothing.to_string(), "nothing was presented");
}
