//! Whatever stands in a file of tokens: a line comes and goes, a token ends, and all else stays.

use kubepki::kubernetes::bootstrap::{
    add_line, expire, remove_user, token_file, token_file_line, tokens_from_yaml,
};
use proptest::prelude::*;
use time::OffsetDateTime;

proptest! {
    #[test]
    fn lines_come_and_go_and_all_else_stays(
        old in "([a-z0-9,\" #\u{feff}\r]{0,20}\n){0,6}[a-z,\"]{0,5}",
        user in "[a-zA-Z:,\" -]{1,12}",
        groups in proptest::collection::vec("[a-z:\" -]{1,12}", 0..3),
    ) {
        let line = token_file_line("0f", &user, "7", &groups);
        if let Ok(added) = add_line(old.as_bytes(), &line) {
            prop_assert!(added.starts_with(old.as_bytes()));
            let file = token_file(&String::from_utf8_lossy(&added));
            let last = file.lines.last().expect("the new line");
            prop_assert_eq!((&last.user, &last.groups), (&user, &groups));
            if let Ok(removed) = remove_user(&added, &user) {
                let left = token_file(&String::from_utf8_lossy(&removed));
                prop_assert!(left.lines.iter().all(|line| line.user != user));
                prop_assert_eq!(left.lines.len(), file.lines.iter().filter(|line| line.user != user).count());
            }
        }
    }

    #[test]
    fn ending_a_token_damages_no_text(
        before in "([a-z]{0,6}: ?[\\[{\"'|>&*!#a-z -]{0,9}\r?\n){0,4}(---\n)?",
        between in "([a-z \"-]{0,9}(#[a-z]{0,4})?\n){0,2}",
        id in "[a-z0-9]{6}",
    ) {
        let text = format!(
            "{before}kind: Secret\ntype: bootstrap.kubernetes.io/token\nstringData:\n{between}  token-id: \"{id}\"\n"
        );
        if let Ok(edited) = expire(&text, &id, OffsetDateTime::UNIX_EPOCH) {
            let read = tokens_from_yaml(&edited).expect("YAML");
            prop_assert!(read.iter().any(|token| token.id == id && token.expires == Some(OffsetDateTime::UNIX_EPOCH)));
            prop_assert!(text.lines().all(|line| edited.contains(line)));
        }
    }
}
