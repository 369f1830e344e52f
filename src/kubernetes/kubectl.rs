//! How kubectl is given a file, and how it tells what it shows.

use time::Duration;
use unicode_width::UnicodeWidthStr as _;

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

/// A length of time as kubectl has it in its columns (apimachinery pkg/util/duration, HumanDuration):
/// "41m", "7h12m", "24h", "3d4h".
pub fn human_duration(length: Duration) -> String {
    let two = |first: i64, unit: &str, second: i64, lower: &str| {
        if second == 0 {
            format!("{first}{unit}")
        } else {
            format!("{first}{unit}{second}{lower}")
        }
    };
    let (seconds, minutes, hours) = (
        length.whole_seconds(),
        length.whole_minutes(),
        length.whole_hours(),
    );
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(hours / 24, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{}d", hours / 24),
        63_072_000..252_288_000 => two(hours / 24 / 365, "y", hours / 24 % 365, "d"),
        _ => format!("{}y", hours / 24 / 365),
    }
}

/// Lines of cells as kubectl's describers align them (text/tabwriter, padding 2): a column is as wide
/// as the widest of the lines beside each other that go on after it.
pub fn tabbed(lines: &[Vec<String>]) -> String {
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|_| Vec::new()).collect();
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let goes_on = |line: &Vec<String>, column: usize| line.len() > column + 1;
    for column in 0..columns.saturating_sub(1) {
        let mut at = 0;
        while at < lines.len() {
            let run = lines[at..].iter().take_while(|line| goes_on(line, column));
            let run = run.count();
            let cells = lines[at..at + run].iter().map(|line| line[column].width());
            let width = cells.max().unwrap_or(0) + 2;
            for widths in &mut widths[at..at + run] {
                widths.push(width);
            }
            at += run.max(1);
        }
    }
    let mut out = String::new();
    for (line, widths) in lines.iter().zip(&widths) {
        for (cell, width) in line.iter().zip(widths) {
            out.push_str(cell);
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width())));
        }
        out.push_str(line.last().map_or("", String::as_str));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_kubectl() {
        for (seconds, expected) in [
            (-5, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (243, "4m3s"),
            (503, "8m23s"),
            (660, "11m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (25_920, "7h12m"),
            (86_400, "24h"),
            (172_800, "2d"),
            (273_600, "3d4h"),
            (31_536_000, "365d"),
            (63_072_000, "2y"),
            (70_000_000, "2y80d"),
            (252_288_000, "8y"),
        ] {
            assert_eq!(human_duration(Duration::seconds(seconds)), expected);
        }
    }

    #[test]
    fn a_column_ends_where_a_line_does_not_go_on() {
        let lines: Vec<Vec<String>> = [
            vec!["Name:", "a"],
            vec!["Status:", "b"],
            vec!["Subject:"],
            vec!["", "Common Name:", "c"],
            vec!["", "", "d"],
            vec!["Events:", "<none>"],
        ]
        .into_iter()
        .map(|line| line.into_iter().map(str::to_owned).collect())
        .collect();
        assert_eq!(
            tabbed(&lines),
            "Name:    a\nStatus:  b\nSubject:\n         Common Name:  c\n                       d\nEvents:  <none>\n"
        );
    }

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
