//! How kubectl is given a file.

/// The flag that gives kubectl the file at `path`, which is `word` for the shell, and what goes
/// with it.
///
/// The flag's value is read as a line of CSV (spf13/pflag, string_slice.go), so that no path with a
/// comma or a quotation mark can stand there as it is: such a file is its standard input.
pub fn file(path: &str, word: &str) -> String {
    if path.contains([',', '"', '\n', '\r']) {
        format!("-f - < {word}")
    } else {
        format!("-f {word}")
    }
}

/// The command that gives the cluster what the file holds.
pub fn apply(path: &str, word: &str) -> String {
    format!("kubectl apply {}", file(path, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_csv_would_split_is_standard_input() {
        for (path, expected) in [
            ("/a/b.yaml", "kubectl apply -f WORD"),
            ("/a b/it's", "kubectl apply -f WORD"),
            ("/a,b/c", "kubectl apply -f - < WORD"),
            ("/a\"b", "kubectl apply -f - < WORD"),
        ] {
            assert_eq!(apply(path, "WORD"), expected, "{path}");
        }
    }
}
