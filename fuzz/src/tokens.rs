//! Tokens: the file that the API server reads, manifests of bootstrap tokens, bearer tokens.

use kubepki::kubernetes::bootstrap::{
    add_line, bindings_from_yaml, check_field, expire, next_uid, remove_user, token_file,
    token_file_line, tokens_from_yaml,
};
use kubepki::kubernetes::kubeconfig::{Token, verify_jwt};
use time::OffsetDateTime;

use super::said;

/// A token file, a manifest, or one token. True where it is any of them.
///
/// # Panics
/// Where what was read is not what is known of it.
pub fn tokens(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        assert!(add_line(bytes, "t,u,1").is_err() && remove_user(bytes, "u").is_err());
        return false;
    };
    let read = [file(text), manifest(text), bearer(text)];
    read.contains(&true)
}

/// What is added is read as it was given; what is removed is gone; all else stays.
fn file(text: &str) -> bool {
    let read = token_file(text);
    let count = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
    assert!(read.faults.is_sorted_by_key(|(line, _)| *line));
    assert!(
        read.faults
            .iter()
            .all(|(line, _)| *line >= 1 && *line <= count)
    );
    for line in &read.lines {
        assert!(
            line.line >= 1 && line.line + line.lines - 1 <= count,
            "{line:?} of {count}"
        );
        said::is_kept(line.token.expose(), text, &read);
    }
    let user = "new, \"user\"";
    let group: String = text.chars().take(9).collect();
    let groups = [if check_field(&group, true).is_ok() {
        group
    } else {
        "system:bootstrappers".to_owned()
    }];
    let uid = next_uid(&read);
    if let Ok(added) = add_line(
        text.as_bytes(),
        &token_file_line("0123456789abcdef", user, &uid, &groups),
    ) {
        let again = token_file(std::str::from_utf8(&added).expect("text"));
        let (last, kept) = again.lines.split_last().expect("a line");
        assert_eq!(kept, read.lines);
        assert_eq!(
            (last.user.as_str(), &last.uid, &last.groups[..]),
            (user, &uid, &groups[..])
        );
        assert!(added.starts_with(text.as_bytes()));
    }
    if let Some(first) = read.lines.first()
        && let Ok(removed) = remove_user(text.as_bytes(), &first.user)
    {
        let again = token_file(std::str::from_utf8(&removed).expect("text"));
        let others = |line: &&kubepki::kubernetes::bootstrap::TokenLine| line.user != first.user;
        let facts = |line: &kubepki::kubernetes::bootstrap::TokenLine| {
            (line.token.clone(), line.user.clone(), line.groups.clone())
        };
        let wanted: Vec<_> = read.lines.iter().filter(others).map(facts).collect();
        assert_eq!(again.lines.iter().map(facts).collect::<Vec<_>>(), wanted);
    }
    !read.lines.is_empty()
}

/// A token that was ended has ended then, and the others stay as they are.
fn manifest(text: &str) -> bool {
    let _ = bindings_from_yaml(text);
    let read = match tokens_from_yaml(text) {
        Ok(read) => read,
        Err(error) => {
            said::is_one_line(&error);
            return false;
        }
    };
    for token in &read {
        if let Some((_, secret)) = token.token.expose().split_once('.') {
            said::is_kept(secret, text, &read);
        }
        let moment = OffsetDateTime::UNIX_EPOCH;
        if let Ok(ended) = expire(text, &token.id, moment) {
            let again = tokens_from_yaml(&ended).expect("what was changed can be read");
            let mut wanted = read.clone();
            wanted
                .iter_mut()
                .filter(|other| other.id == token.id)
                .for_each(|other| {
                    other.expires = Some(moment);
                    other
                        .faults
                        .retain(|fault| !fault.starts_with("expiration"));
                });
            assert_eq!(again, wanted);
        }
    }
    !read.is_empty()
}

fn bearer(text: &str) -> bool {
    let token = Token::new(text);
    assert!(token.is(text.trim()));
    let _ = verify_jwt(text, &[]);
    !matches!(
        token.kind(),
        kubepki::kubernetes::kubeconfig::TokenKind::Opaque
    )
}
