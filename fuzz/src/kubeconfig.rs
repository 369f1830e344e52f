//! Kubeconfigs: read, edited, written.

use kubepki::inventory::file::{self, Expectation};
use kubepki::kubernetes::kubeconfig::{self, Edit, Kubeconfig, KubeconfigEntry, NewKubeconfig};

use super::said;

/// What an edit puts in: base64 of a PEM block that holds nothing but 48 zero bytes.
const DATA: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K";

/// A kubeconfig. True where it is one.
///
/// # Panics
/// Where what was read is not what is known of it.
pub fn kubeconfig(bytes: &[u8]) -> bool {
    let _ = file::parse(
        bytes,
        Expectation {
            kubeconfig: true,
            ..Expectation::default()
        },
    );
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    written(text);
    let read = match kubeconfig::parse(text) {
        Ok(read) => read,
        Err(error) => {
            said::is_one_line(&error);
            return false;
        }
    };
    read.faults.iter().for_each(said::is_one_line);
    for token in read.users.iter().filter_map(|user| user.token.as_ref()) {
        said::is_kept(token.expose(), text, &read);
        said::is_kept(token.expose(), text, &token.kind());
    }
    edited(
        text,
        &read,
        KubeconfigEntry::User(0),
        ["client-certificate-data", "client-certificate"],
    );
    edited(
        text,
        &read,
        KubeconfigEntry::Cluster(0),
        ["certificate-authority-data", "certificate-authority"],
    );
    true
}

/// An edit changes its field and nothing else, or is refused.
fn edited(
    text: &str,
    before: &Kubeconfig,
    entry: KubeconfigEntry,
    [data, file]: [&'static str; 2],
) {
    let edits = [
        Edit {
            entry,
            field: data,
            value: Some(DATA.to_owned().into()),
        },
        Edit {
            entry,
            field: file,
            value: None,
        },
    ];
    let text = match kubeconfig::edit(text, &edits) {
        Ok(text) => text,
        Err(error) => return said::is_one_line(&error),
    };
    let mut after = kubeconfig::parse(&text).expect("what was edited can be read");
    let mut wanted = before.clone();
    let is_set = match entry {
        KubeconfigEntry::User(index) => {
            let (user, old) = (&mut after.users[index], &mut wanted.users[index]);
            old.certificate_file = None;
            old.certificate.clone_from(&user.certificate);
            matches!(&user.certificate, Some(Ok(pem)) if pem.starts_with(b"-----BEGIN CERTIFICATE-----\nAAAA"))
        }
        KubeconfigEntry::Cluster(index) => {
            let (cluster, old) = (&mut after.clusters[index], &mut wanted.clusters[index]);
            old.authority_file = None;
            old.authority.clone_from(&cluster.authority);
            matches!(&cluster.authority, Some(Ok(pem)) if pem.starts_with(b"-----BEGIN CERTIFICATE-----\nAAAA"))
        }
    };
    assert!(is_set, "{text:?}");
    // A fault may have gone with the field.
    wanted.faults.clone_from(&after.faults);
    assert_eq!(after, wanted);
    assert_eq!(
        kubeconfig::edit(&text, &edits[..1]).as_deref(),
        Ok(&*text),
        "once more"
    );
}

/// Whatever the names are, what is written is read back: three lines of names, one of the server,
/// one of the token.
fn written(text: &str) {
    let mut lines = text.split('\n').map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    let names = [next(), next(), next()];
    let (server, token) = (next(), next());
    let new = NewKubeconfig {
        names: &names,
        server: &server,
        authority: &[],
    };
    let read = match kubeconfig::parse(&new.with_token(&token)) {
        Ok(read) => read,
        // The bound on nesting counts brackets inside of names too, and a name stands there up to
        // three times.
        Err(error) => return assert!(text.matches(['[', '{']).count() > 33, "{error}"),
    };
    let [cluster, user, context] = &names;
    assert_eq!((&read.current, &read.contexts[0].name), (context, context));
    assert_eq!(
        (&read.contexts[0].cluster, &read.contexts[0].user),
        (cluster, user)
    );
    assert_eq!(
        (&read.clusters[0].name, &read.users[0].name),
        (cluster, user)
    );
    assert!(server.contains('@') || read.clusters[0].server == server);
    assert_eq!(
        read.users[0]
            .token
            .as_ref()
            .map_or("", |token| token.expose()),
        token.trim()
    );
}
