//! New files are looked at before they take their place: keys beside their certificates,
//! kubeconfigs that can be read, nothing worse than it was. On a master that kubeadm made.

use std::fs;
use std::path::Path;

use kubepki::inventory::file::{Expectation, parse};
use kubepki::kubernetes::component::Component;
use kubepki::pki::{Certificate, Secret};
use kubepki::plan::{After, Change, Plan};
use kubepki::progress::silent;
use kubepki::record::{IssueSummary, KeyChange, OperationState};
use kubepki::store::apply::ApplyError;
use tempfile::TempDir;

use crate::support::plan::{self, ID, Master};
use crate::support::{succeed, text, tool};

const CERTIFICATE: &str = "/etc/kubernetes/pki/apiserver.crt";
const KEY: &str = "/etc/kubernetes/pki/apiserver.key";
const OTHER_CERTIFICATE: &str = "/etc/kubernetes/pki/etcd/server.crt";
const OTHER_KEY: &str = "/etc/kubernetes/pki/etcd/server.key";
const ADMIN: &str = "/etc/kubernetes/admin.conf";

fn sample() -> Option<(TempDir, Master)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let archive = format!(
        "{}/tests/fixtures/samples/kubeadm-1.36-ecdsa.tar.gz",
        env!("CARGO_MANIFEST_DIR")
    );
    succeed(
        &tool("tar")?,
        &["-xpzf", &archive, "-C", text(folder.path())],
    );
    fs::rename(
        folder.path().join("kubeadm-1.36-ecdsa"),
        folder.path().join("root"),
    )
    .expect("renamed");
    let master = Master::at(folder.path());
    Some((folder, master))
}

impl Master {
    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.file(path)).expect("text")
    }

    fn certificate(&self, path: &str) -> Certificate {
        let content = parse(self.text(path).as_bytes(), Expectation::default());
        content
            .certificates
            .into_iter()
            .next()
            .expect("a block")
            .expect("a certificate")
    }

    /// `path` with another content.
    fn rewrite(&self, path: &str, content: &str) -> Change {
        let mut change = self.change(path, None, After::Absent);
        let attributes = change.before.attributes().expect("a file");
        change.after = After::File {
            content: Secret::new(content.as_bytes().to_vec()),
            attributes,
        };
        change
    }

    fn wrong(&self, plan: &Plan, path: &str, why: &str) {
        let before = plan::picture(Path::new(&self.root));
        match self.apply(plan, ID, &silent).expect_err("refused") {
            ApplyError::StagedWrong {
                path: said,
                why: words,
            } => {
                assert_eq!(said, path);
                assert!(words.contains(why), "{words}");
            }
            other => panic!("{other}"),
        }
        assert_eq!(plan::picture(Path::new(&self.root)), before);
    }
}

/// A plan that says of itself that it issues `after` to the API server's place.
fn issuing(changes: Vec<Change>, after: Certificate) -> Plan {
    let mut plan = Master::plan_of(changes);
    plan.summary.issues = vec![IssueSummary {
        node: None,
        id: "apiserver".to_owned(),
        roles: vec!["apiserver".to_owned()],
        programs: vec![Component::KubeApiserver],
        authority: "ca".to_owned(),
        paths: vec![CERTIFICATE.to_owned(), KEY.to_owned()],
        copies: Vec::new(),
        before: None,
        after,
        key: KeyChange::New,
    }];
    plan
}

#[test]
fn a_pair_that_belongs_together_is_put_in_place() {
    let Some((_folder, master)) = sample() else {
        return;
    };
    let (certificate, key) = (master.text(OTHER_CERTIFICATE), master.text(OTHER_KEY));
    let changes = vec![
        master.rewrite(KEY, &key),
        master.rewrite(CERTIFICATE, &certificate),
    ];
    let plan = issuing(changes, master.certificate(OTHER_CERTIFICATE));
    assert_eq!(
        master.apply(&plan, ID, &silent).expect("applied").state,
        OperationState::Done
    );
    assert_eq!(
        (master.text(CERTIFICATE), master.text(KEY)),
        (certificate, key)
    );
}

#[test]
fn a_certificate_without_its_key_is_not() {
    let Some((_folder, master)) = sample() else {
        return;
    };
    let other = master.certificate(OTHER_CERTIFICATE);
    let new = master.rewrite(CERTIFICATE, &master.text(OTHER_CERTIFICATE));
    // The key that is there stays, or is replaced by a third one.
    master.wrong(
        &issuing(vec![new.clone()], other.clone()),
        KEY,
        "its key does not belong",
    );
    let third = master.rewrite(KEY, &master.text("/etc/kubernetes/pki/etcd/peer.key"));
    master.wrong(
        &issuing(vec![third, new], other.clone()),
        KEY,
        "its key does not belong",
    );
    let stale = vec![
        master.rewrite(KEY, &master.text(OTHER_KEY)),
        master.rewrite(CERTIFICATE, &master.text(CERTIFICATE)),
    ];
    master.wrong(
        &issuing(stale, other),
        CERTIFICATE,
        "it does not hold the new certificate",
    );
}

#[test]
fn no_file_becomes_worse() {
    let Some((_folder, master)) = sample() else {
        return;
    };
    let whole = master.text(CERTIFICATE);
    let mixed = whole.clone() + &master.text(OTHER_KEY);
    let admin = master.text(ADMIN);
    let field = |text: &str, name: &str| {
        let line = text
            .lines()
            .find(|line| line.trim().starts_with(name))
            .expect("the field");
        line.to_owned()
    };
    let scheduler = master.text("/etc/kubernetes/scheduler.conf");
    let key = "client-key-data:";
    let stolen = admin.replace(&field(&admin, key), &field(&scheduler, key));
    assert_ne!(stolen, admin);
    for (path, content, why) in [
        (CERTIFICATE, &whole[..whole.len() - 40], "PEM"),
        (
            CERTIFICATE,
            &mixed,
            "its key does not belong to its certificate",
        ),
        (ADMIN, &stolen, "does not belong to its certificate"),
        (
            ADMIN,
            &admin.replace("current-context: ", "current-context: x"),
            "",
        ),
    ] {
        master.wrong(
            &Master::plan_of(vec![master.rewrite(path, content)]),
            path,
            why,
        );
    }
}

#[test]
fn what_is_taken_back_may_be_as_bad_as_it_was() {
    let Some((_folder, master)) = sample() else {
        return;
    };
    let broken = master.text(CERTIFICATE)[..300].to_owned();
    let plan = Master::plan_of(vec![master.rewrite(CERTIFICATE, &broken)]);
    let plan = Plan {
        undoes: Some("20261121T000000Z-000000".to_owned()),
        ..plan
    };
    assert_eq!(
        master.apply(&plan, ID, &silent).expect("applied").state,
        OperationState::Done
    );
    assert_eq!(master.text(CERTIFICATE), broken);
}
