//! Where the CA's key is elsewhere: a request goes out, its answer comes in, today and days later.

use std::fs;

use crate::support::issuing::Issuing;
use crate::support::judges::assert_same_key;
use crate::support::pair::Pair;
use crate::support::{succeed, text, tool};

#[test]
fn an_answer_finds_its_key_today_days_later_and_twice() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let issuing = Issuing::new();
    let master = &issuing.ground.master;
    let key = issuing.take_key_away();
    for name in ["web", "other"] {
        let flags = format!("--profile server --san {name}.example.org");
        let operation = issuing.issued(name, &flags);
        assert_eq!(
            operation["plan"]["issues"],
            serde_json::json!([]),
            "{operation}"
        );
    }
    let waiting = || {
        fs::read_dir(master.state.join("requests"))
            .expect("a folder")
            .count()
    };
    assert_eq!(waiting(), 2);
    let import =
        |answer: &std::path::Path| master.kubepki(&["request", "import", text(answer), "--yes"]);
    let placed = || fs::read_to_string(issuing.file("web.crt")).expect("a certificate");
    let first = issuing.answer(&openssl, "web", &key, "30");
    import(&first).ends_with(0);
    assert_eq!(placed(), fs::read_to_string(&first).expect("an answer"));
    assert_same_key(&openssl, &issuing.pair("web"));
    let authority = issuing.file("web-ca.crt");
    succeed(
        &openssl,
        &[
            "verify",
            "-x509_strict",
            "-CAfile",
            text(&authority),
            text(&issuing.file("web.crt")),
        ],
    );
    // The same once more changes nothing; the next one follows it, and can be taken back.
    let again = import(&first);
    again.ends_with(0);
    assert!(
        again
            .stderr
            .contains("this certificate is in its place already"),
        "{again:?}"
    );
    let second = issuing.answer(&openssl, "web", &key, "60");
    import(&second).ends_with(0);
    assert_eq!(placed(), fs::read_to_string(&second).expect("an answer"));
    master.kubepki(&["undo", "--yes"]).ends_with(0);
    assert_eq!(placed(), fs::read_to_string(&first).expect("an answer"));
    assert_eq!(waiting(), 2, "requests serve again");
    assert!(
        !issuing.file("other.crt").exists(),
        "nothing of another request is touched"
    );
}

#[test]
fn an_answer_that_is_none_is_refused() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let issuing = Issuing::new();
    let master = &issuing.ground.master;
    let key = issuing.take_key_away();
    issuing.issued("web", "--profile server --san web.example.org");
    let answer = issuing.answer(&openssl, "web", &key, "30");
    // It is for other names than were asked for.
    let wrong = issuing.ground.folder.path().join("wrong.crt");
    let by = Pair {
        key: key.clone(),
        ..issuing.authority()
    };
    by.sign(&openssl, &issuing.file("web.csr"), &["-days", "9"], &wrong);
    let import = |file| master.kubepki(&["request", "import", text(file), "--yes"]);
    issuing
        .ground
        .refused(4, &["it lacks the names DNS:web.example.org"], || {
            import(&wrong)
        });
    // Its key is gone.
    let aside = issuing.file("web.aside");
    fs::rename(issuing.file("web.key"), &aside).expect("moved");
    issuing
        .ground
        .refused(4, &["no key here belongs to it"], || import(&answer));
    fs::rename(&aside, issuing.file("web.key")).expect("moved");
    // What is kept of the request is damaged: that is said.
    let requests = fs::read_dir(master.state.join("requests")).expect("a folder");
    let kept = requests.flatten().next().expect("a file").path();
    let whole = fs::read_to_string(&kept).expect("text");
    fs::write(&kept, "name: [").expect("written");
    issuing.ground.refused(
        4,
        &["a kept request cannot be used", "no key here belongs to it"],
        || import(&answer),
    );
    fs::write(&kept, whole).expect("written");
    import(&answer).ends_with(0);
}

#[test]
fn a_request_is_made_for_a_ca_below_another_too() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let issuing = Issuing::new();
    let key = issuing.take_key_away();
    issuing.issued("team", "--profile authority --cn team --confirm team");
    let answer = issuing.ground.folder.path().join("team.crt");
    let extensions = issuing.ground.folder.path().join("extensions");
    let lines = "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n";
    fs::write(&extensions, lines).expect("written");
    let by = Pair {
        key,
        ..issuing.authority()
    };
    let more = ["-days", "9", "-extfile", text(&extensions)];
    by.sign(&openssl, &issuing.file("team.csr"), &more, &answer);
    let master = &issuing.ground.master;
    master
        .kubepki(&["request", "import", text(&answer), "--yes"])
        .ends_with(0);
    assert_same_key(&openssl, &issuing.pair("team"));
}
