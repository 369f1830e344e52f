//! Whose word a waiting request and its answer are, and where what is made for others may go.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::support::issuing::Issuing;
use crate::support::pair::Pair;
use crate::support::program::Run;
use crate::support::{text, tool};

fn import(issuing: &Issuing, answer: &Path) -> Run {
    let master = &issuing.ground.master;
    master.kubepki(&["request", "import", text(answer), "--yes"])
}

/// The one record that is kept.
fn record(issuing: &Issuing) -> PathBuf {
    let requests = fs::read_dir(issuing.ground.master.state.join("requests")).expect("a folder");
    requests.flatten().next().expect("a record").path()
}

#[test]
fn links_into_what_components_read_lead_nowhere() {
    let issuing = Issuing::new();
    let pki = issuing.ground.master.file("/etc/kubernetes/pki");
    let link = issuing.ground.folder.path().join("my archives/link");
    symlink(&pki, &link).expect("a link");
    for out in [link.join("a"), pki.join("a"), pki.join("new/a")] {
        let flags = [
            "issue",
            "--profile",
            "client",
            "--cn",
            "a",
            "--yes",
            "--out",
            text(&out),
        ];
        let words = ["is no place for these files"];
        issuing
            .ground
            .refused(4, &words, || issuing.ground.master.kubepki(&flags));
    }
}

#[test]
fn a_record_that_others_wrote_or_that_leads_elsewhere_is_none() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let issuing = Issuing::new();
    let key = issuing.take_key_away();
    issuing.issued("web", "--profile server --san web.example.org");
    let answer = issuing.answer(&openssl, "web", &key, "30");
    let kept = record(&issuing);
    let whole = fs::read_to_string(&kept).expect("text");
    let words = ["a kept request cannot be used", "no key here belongs to it"];
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o666)).expect("a mode");
    issuing
        .ground
        .refused(4, &words, || import(&issuing, &answer));
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o600)).expect("a mode");
    let elsewhere = issuing.ground.folder.path().join("my archives/passwd.crt");
    let own = issuing.file("web.crt");
    fs::write(&kept, whole.replace(text(&own), text(&elsewhere))).expect("written");
    issuing
        .ground
        .refused(4, &words, || import(&issuing, &answer));
    fs::write(&kept, whole).expect("written");
    import(&issuing, &answer).ends_with(0);
}

#[test]
fn an_answer_replaces_nothing_but_what_was_placed_for_its_key() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let issuing = Issuing::new();
    let key = issuing.take_key_away();
    issuing.issued("web", "--profile server --san web.example.org");
    let answer = issuing.answer(&openssl, "web", &key, "30");
    for name in ["web.crt", "web-ca.crt"] {
        fs::write(issuing.file(name), "mine").expect("written");
        issuing
            .ground
            .refused(4, &["is something else"], || import(&issuing, &answer));
        fs::remove_file(issuing.file(name)).expect("removed");
    }
    import(&issuing, &answer).ends_with(0);
}

#[test]
fn an_answer_for_another_use_than_asked_is_refused() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let issuing = Issuing::new();
    let key = issuing.take_key_away();
    issuing.issued("web", "--profile server --san web.example.org");
    issuing.issued("team", "--profile authority --cn team --confirm team");
    let by = Pair {
        key,
        ..issuing.authority()
    };
    let folder = issuing.ground.folder.path();
    let (extensions, answer) = (folder.join("extensions"), folder.join("wrong.crt"));
    for (name, lines, words) in [
        (
            "web",
            "subjectAltName=DNS:web.example.org\nextendedKeyUsage=clientAuth",
            "not for server auth",
        ),
        ("team", "basicConstraints=CA:FALSE", "asked was a CA"),
        (
            "team",
            "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign",
            "path length is not 0",
        ),
    ] {
        fs::write(&extensions, lines).expect("written");
        let more = ["-days", "9", "-extfile", text(&extensions)];
        by.sign(
            &openssl,
            &issuing.file(&format!("{name}.csr")),
            &more,
            &answer,
        );
        issuing
            .ground
            .refused(4, &[words], || import(&issuing, &answer));
    }
}
