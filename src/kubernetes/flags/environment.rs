//! Environment files (systemd.exec(5), EnvironmentFile=) and etcd's variables.

use super::FlagFact;
use super::arguments::{Argument, facts_of};
use super::words;
use crate::kubernetes::component::Component;

/// No command is longer, in bytes: the kernel takes 2 MiB of arguments.
pub(super) const LONGEST: usize = 2 << 20;

/// One assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) file: String,
    pub(super) line: u32,
    /// Where the value goes over several lines: from which of its bytes on which line it stands.
    pub(super) later: Vec<(usize, u32)>,
}

impl Variable {
    /// The line of the value's `byte`.
    fn line_of(&self, byte: usize) -> u32 {
        self.later
            .iter()
            .rev()
            .find(|(start, _)| *start <= byte)
            .map_or(self.line, |(_, line)| *line)
    }
}

/// The assignments of an environment file in order. Lines that are none are passed over.
pub(super) fn variables(file: &str, text: &str) -> Vec<Variable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    let mut lines = (1u32..).zip(text.lines());
    while let Some((line, first)) = lines.next() {
        let trimmed = first.trim_start();
        if trimmed.starts_with(['#', ';']) {
            continue;
        }
        let Some((name, rest)) = assignment(trimmed) else {
            continue;
        };
        let mut value = Value::default();
        let mut open = value.push_line(rest.trim_start());
        while open {
            let Some((number, next)) = lines.next() else {
                break;
            };
            value.later.push((value.text.len(), number));
            open = value.push_line(next);
        }
        let later = std::mem::take(&mut value.later);
        found.push(Variable {
            name: name.to_owned(),
            value: value.finish(),
            file: file.to_owned(),
            line,
            later,
        });
    }
    found
}

/// True for a line that gives a variable a value.
pub(super) fn is_assignment(line: &str) -> bool {
    assignment(line).is_some()
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name
        .trim()
        .strip_prefix("export ")
        .unwrap_or(name.trim())
        .trim();
    is_name(name).then_some((name, value))
}

/// A value that may go over several lines: inside quotes, or after a backslash.
#[derive(Default)]
struct Value {
    text: String,
    quote: Option<char>,
    /// Up to here white space is the value's own.
    kept: usize,
    later: Vec<(usize, u32)>,
}

impl Value {
    /// Adds a line; true where the value goes on in the next one.
    fn push_line(&mut self, line: &str) -> bool {
        let mut characters = line.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' if self.quote != Some('\'') => match characters.next() {
                    None => return true,
                    // In double quotes only what a shell escapes there (systemd env-file.c).
                    Some(next)
                        if self.quote == Some('"') && !matches!(next, '"' | '\\' | '`' | '$') =>
                    {
                        self.text.extend(['\\', next]);
                    }
                    Some(next) => self.text.push(next),
                },
                _ if self.quote == Some(character) => {
                    self.quote = None;
                    self.kept = self.text.len();
                }
                '"' | '\'' if self.quote.is_none() => self.quote = Some(character),
                _ => self.text.push(character),
            }
        }
        if self.quote.is_some() {
            self.text.push('\n');
        }
        self.quote.is_some()
    }

    fn finish(mut self) -> String {
        let end = self.text.trim_end().len().max(self.kept);
        self.text.truncate(end);
        self.text
    }
}

/// `ETCD_CERT_FILE` is `--cert-file`.
pub(super) fn etcd_flag(name: &str) -> Option<String> {
    let flag = name.strip_prefix("ETCD_").filter(|flag| !flag.is_empty())?;
    Some(flag.to_ascii_lowercase().replace('_', "-"))
}

/// The flags that an environment file gives, read without the unit that uses it: `ETCD_*` are
/// etcd's, and a variable that holds flags belongs to the component that its own name or the file's
/// name says. `path` is the file's own.
pub fn from_environment(path: &str, text: &str) -> Vec<FlagFact> {
    let mut facts = Vec::new();
    let all = variables(path, text);
    for (index, variable) in all.iter().enumerate() {
        // Of two assignments the later one counts.
        if all[index + 1..]
            .iter()
            .any(|other| other.name == variable.name)
        {
            continue;
        }
        if let Some(flag) = etcd_flag(&variable.name) {
            facts.push(etcd_fact(flag, variable.clone()));
        } else if let Some(component) = component_by_name(&variable.name, path) {
            facts.extend(facts_of(component, &arguments(variable)));
        }
    }
    facts
}

fn etcd_fact(flag: String, variable: Variable) -> FlagFact {
    FlagFact {
        component: Component::Etcd,
        flag,
        value: variable.value,
        file: variable.file,
        line: variable.line,
    }
}

/// The value as arguments, each on its line.
pub(super) fn arguments(variable: &Variable) -> Vec<Argument> {
    words::split(&variable.value)
        .into_iter()
        .map(|word| Argument {
            text: word.text,
            file: variable.file.clone(),
            line: variable.line_of(word.start),
        })
        .collect()
}

/// etcd takes each flag from a variable too; the command line wins.
pub(super) fn add_etcd_variables(facts: &mut Vec<FlagFact>, variables: &[Variable]) {
    let given = facts.len();
    for (index, variable) in variables.iter().enumerate() {
        let later = variables[index + 1..]
            .iter()
            .any(|other| other.name == variable.name);
        let Some(flag) = etcd_flag(&variable.name).filter(|_| !later) else {
            continue;
        };
        if facts[..given].iter().all(|fact| fact.flag != flag) {
            facts.push(etcd_fact(flag, variable.clone()));
        }
    }
}

/// `$NAME` alone becomes the words of its value, none where it is not set; `${NAME}` inside a word
/// its value as it is.
pub(super) fn expand(word: &Argument, variables: &[Variable], out: &mut Vec<Argument>) {
    let value = |name: &str| {
        variables
            .iter()
            .rev()
            .find(|variable| variable.name == name)
    };
    if let Some(name) = word.text.strip_prefix('$')
        && is_name(name)
    {
        if let Some(variable) = value(name).filter(|_| out.len() < LONGEST) {
            out.extend(arguments(variable));
        }
        return;
    }
    let mut expanded = Argument {
        text: String::new(),
        ..word.clone()
    };
    let mut rest = word.text.as_str();
    while let Some(at) = rest.find('$') {
        expanded.text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('$') {
            expanded.text.push('$');
            rest = tail;
        } else if let Some((name, tail)) =
            rest.strip_prefix('{').and_then(|rest| rest.split_once('}'))
        {
            // Variables that multiply each other end here.
            if let Some(variable) = value(name).filter(|_| expanded.text.len() < LONGEST) {
                expanded.text.push_str(&variable.value);
                (expanded.file, expanded.line) = (variable.file.clone(), variable.line);
            }
            rest = tail;
        } else {
            expanded.text.push('$');
        }
    }
    expanded.text.push_str(rest);
    out.push(expanded);
}

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn component_by_name(variable: &str, path: &str) -> Option<Component> {
    let by_variable = [
        ("KUBELET_", Component::Kubelet),
        ("KUBE_API", Component::KubeApiserver),
        ("KUBE_CONTROLLER_MANAGER", Component::KubeControllerManager),
        ("KUBE_SCHEDULER", Component::KubeScheduler),
        ("KUBE_PROXY", Component::KubeProxy),
    ];
    if let Some((_, component)) = by_variable
        .iter()
        .find(|(prefix, _)| variable.starts_with(prefix))
    {
        return Some(*component);
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name
        .strip_suffix(".env")
        .or_else(|| name.strip_suffix(".conf"))
        .unwrap_or(name);
    Component::of_short_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_read_as_systemd_does() {
        let text = "# A=commented\n;B=too\nA=plain # kept \n B = \"two words\" \nC='x\\n'\nD=a\\\nb\nE=\"one\ntwo\"\n\
                    not an assignment\nF=\n9-X=no\nexport G=g\nH=\"a\\\"b\\c\"\r\n";
        let found: Vec<_> = variables("/f", text)
            .into_iter()
            .map(|variable| (variable.name, variable.value, variable.line))
            .collect();
        let expected = [
            ("A", "plain # kept", 3),
            ("B", "two words", 4),
            ("C", "x\\n", 5),
            ("D", "ab", 6),
            ("E", "one\ntwo", 8),
            ("F", "", 11),
            ("G", "g", 13),
            ("H", "a\"b\\c", 14),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, value, line)| ((*name).to_owned(), (*value).to_owned(), *line))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn variables_say_whose_flags_they_hold() {
        for (path, text, expected) in [
            (
                "/etc/etcd/etcd.conf",
                "#[member]\nETCD_CERT_FILE=\"/c\"\n#ETCD_KEY_FILE=/k\n",
                &["etcd cert-file=/c 2"][..],
            ),
            (
                "/etc/kubernetes/apiserver",
                "KUBE_ETCD_SERVERS=\"--etcd-servers=https://a\"\n#KUBE_API_PORT=--port=1\n",
                &["kube-apiserver etcd-servers=https://a 1"],
            ),
            (
                "/etc/kubernetes/proxy",
                "ARGS='--kubeconfig=/p --v 2'\n",
                &["kube-proxy kubeconfig=/p 1", "kube-proxy v=2 1"],
            ),
            (
                "/var/lib/kubelet/kubeadm-flags.env",
                "KUBELET_KUBEADM_ARGS=\"--node-ip=1\"",
                &["kubelet node-ip=1 1"],
            ),
            (
                "/etc/kubernetes/apiserver",
                "KUBE_API_ARGS=\"--a=0\"\n\nKUBE_API_ARGS=\"--a=1 \\\n  --b=2 --c \\\n3\n --d=4\"\nKUBE_API_X=--e=5\n",
                &[
                    "kube-apiserver a=1 3",
                    "kube-apiserver b=2 4",
                    "kube-apiserver c=3 4",
                    "kube-apiserver d=4 6",
                    "kube-apiserver e=5 7",
                ],
            ),
            ("/etc/kubernetes/config", "KUBE_LOG_LEVEL=--v=0\n", &[]),
        ] {
            let found: Vec<_> = from_environment(path, text)
                .iter()
                .map(|fact| {
                    format!(
                        "{} {}={} {}",
                        fact.component, fact.flag, fact.value, fact.line
                    )
                })
                .collect();
            assert_eq!(found, expected, "{path}");
        }
    }
}
