//! Units of systemd (systemd.service(5), systemd.exec(5)): the command with its variables expanded.

use super::FlagFact;
use super::arguments::{Argument, component_of, facts};
use super::environment::{self, Variable};
use super::{words, wrapper};
use crate::kubernetes::component::Component;

/// A unit or a drop-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitFile<'a> {
    /// As on the master.
    pub path: &'a str,
    /// What stands in it.
    pub text: &'a str,
}

/// Gives the environment files that `EnvironmentFile=` names, each with its path: none where there
/// is none, several where the name is a pattern ([`matches`](super::matches)).
pub type ReadEnvironment<'a> = dyn FnMut(&str) -> Vec<(String, String)> + 'a;

/// The flags that a unit gives to one of Kubernetes' components. What came from a variable points
/// to the line that sets the variable.
pub fn from_unit(path: &str, text: &str, read: &mut ReadEnvironment<'_>) -> Vec<FlagFact> {
    from_units(&[UnitFile { path, text }], read)
}

/// The same for a unit and its drop-ins, in the order in which systemd reads them: the unit first.
pub fn from_units(files: &[UnitFile<'_>], read: &mut ReadEnvironment<'_>) -> Vec<FlagFact> {
    let mut service = Service::default();
    for file in files {
        for line in logical_lines(file) {
            service.read(file.path, &line);
        }
    }
    // Variables of files win over those of the unit, later ones over earlier ones.
    let mut variables = service.variables;
    for file in &service.environment_files {
        for (path, text) in read(file.strip_prefix('-').unwrap_or(file)) {
            variables.extend(environment::variables(&path, &text));
        }
    }
    service
        .commands
        .iter()
        .flat_map(|command| command.facts(&variables))
        .collect()
}

/// The values of `key` in the `[Service]` section, in order: an empty one takes back what was said
/// before.
pub(super) fn values_of(files: &[UnitFile<'_>], key: &str) -> Vec<String> {
    let mut values = Vec::new();
    for line in files.iter().flat_map(logical_lines) {
        match line
            .text
            .split_once('=')
            .filter(|(name, _)| name.trim() == key)
            .map(|(_, value)| value.trim())
        {
            None => {}
            Some("") => values.clear(),
            Some(value) => values.push(value.to_owned()),
        }
    }
    values
}

#[derive(Default)]
struct Service {
    commands: Vec<Exec>,
    variables: Vec<Variable>,
    environment_files: Vec<String>,
}

impl Service {
    /// Takes one line of a `[Service]` section. An empty value takes back what was said before.
    fn read(&mut self, path: &str, line: &UnitLine) {
        let Some((key, value)) = line.text.split_once('=') else {
            return;
        };
        let start = key.len() + 1;
        let words = || {
            words::split(value)
                .into_iter()
                .map(|word| (line.number(start + word.start), word.text))
        };
        match (key.trim(), value.trim().is_empty()) {
            ("ExecStart", true) => self.commands.clear(),
            ("ExecStart", false) => {
                let words = words()
                    .map(|(line, text)| Argument {
                        text,
                        file: path.to_owned(),
                        line,
                    })
                    .collect();
                self.commands.push(Exec { words });
            }
            ("Environment", true) => self.variables.clear(),
            ("Environment", false) => self.variables.extend(words().filter_map(|(line, word)| {
                let (name, value) = word.split_once('=')?;
                let (name, value, file) = (name.to_owned(), value.to_owned(), path.to_owned());
                Some(Variable {
                    name,
                    value,
                    file,
                    line,
                    later: Vec::new(),
                })
            })),
            ("EnvironmentFile", true) => self.environment_files.clear(),
            ("EnvironmentFile", false) => self.environment_files.push(value.trim().to_owned()),
            _ => {}
        }
    }
}

/// The words of one `ExecStart=`.
struct Exec {
    words: Vec<Argument>,
}

impl Exec {
    fn facts(&self, variables: &[Variable]) -> Vec<FlagFact> {
        let Some(program) = self.words.first() else {
            return Vec::new();
        };
        let path = program
            .text
            .trim_start_matches(['@', '-', ':', '+', '!', '|']);
        let special = &program.text[..program.text.len() - path.len()];
        // "@": the second word is the name that the process gets, no argument of its own.
        let skipped = if special.contains('@') { 2 } else { 1 };
        let mut arguments = vec![Argument {
            text: path.to_owned(),
            ..program.clone()
        }];
        for word in self.words.iter().skip(skipped) {
            if special.contains(':') {
                arguments.push(word.clone());
            } else if wrapper::is_wrapper(path) && word.text.contains(char::is_whitespace) {
                // A script is expanded as the shell does: each of its words has its own place then.
                arguments.push(Argument {
                    text: word.text.replace("$$", "$"),
                    ..word.clone()
                });
            } else {
                environment::expand(word, variables, &mut arguments);
            }
        }
        let arguments = wrapper::unwrap(arguments, variables);
        let mut found = facts(&arguments);
        if component_of(&arguments).is_some_and(|(component, _)| component == Component::Etcd) {
            environment::add_etcd_variables(&mut found, variables);
        }
        found
    }
}

/// A line of a `[Service]` section with what a backslash at its end added to it.
struct UnitLine {
    text: String,
    /// From which byte on which line of the file it is.
    numbers: Vec<(usize, u32)>,
}

impl UnitLine {
    fn number(&self, byte: usize) -> u32 {
        self.numbers
            .iter()
            .rev()
            .find(|(start, _)| *start <= byte)
            .map_or(1, |(_, number)| *number)
    }
}

fn logical_lines(file: &UnitFile<'_>) -> Vec<UnitLine> {
    let mut found: Vec<UnitLine> = Vec::new();
    let mut in_service = false;
    let mut goes_on = false;
    for (number, line) in (1u32..).zip(
        file.text
            .strip_prefix('\u{feff}')
            .unwrap_or(file.text)
            .lines(),
    ) {
        let trimmed = line.trim();
        // Comments inside a continued line are left out, and the line goes on.
        if trimmed.starts_with(['#', ';']) || (trimmed.is_empty() && !goes_on) {
            continue;
        }
        if !goes_on && trimmed.starts_with('[') {
            in_service = trimmed == "[Service]";
            continue;
        }
        let (text, more) = trimmed
            .strip_suffix('\\')
            .map_or((trimmed, false), |text| (text, true));
        match found.last_mut().filter(|_| goes_on) {
            Some(open) => {
                open.text.push(' ');
                open.numbers.push((open.text.len(), number));
                open.text.push_str(text);
            }
            None if in_service => found.push(UnitLine {
                text: text.to_owned(),
                numbers: vec![(0, number)],
            }),
            None => {}
        }
        goes_on = more && in_service;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(files: &[(&str, &str)], unit: usize) -> Vec<String> {
        let (units, environment) = files.split_at(unit);
        let units: Vec<_> = units
            .iter()
            .map(|(path, text)| UnitFile { path, text })
            .collect();
        let mut read = |pattern: &str| {
            let named = environment
                .iter()
                .filter(|(path, _)| crate::kubernetes::flags::matches(pattern, path));
            named
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect()
        };
        from_units(&units, &mut read)
            .iter()
            .map(|fact| {
                format!(
                    "{} {}={} {}:{}",
                    fact.component, fact.flag, fact.value, fact.file, fact.line
                )
            })
            .collect()
    }

    #[test]
    fn commands_go_over_lines() {
        let unit = "[Unit]\nDescription=x\nExecStart=/bin/kubelet --no=1\n[Service]\n; ExecStart=/bin/kubelet --old=1\n\
                    ExecStart=-/usr/local/bin/kube-apiserver \\\n  --tls-cert-file=/c \\\n  # --tls-cert-file=/old \\\n  \
                    --etcd-cafile /e\nRestart=always\n";
        assert_eq!(
            facts(&[("/u", unit)], 1),
            [
                "kube-apiserver tls-cert-file=/c /u:7",
                "kube-apiserver etcd-cafile=/e /u:9"
            ]
        );
    }

    #[test]
    fn variables_are_expanded_and_point_to_their_line() {
        let unit = "[Service]\nEnvironment=\"A=--a=1 --b=2\" C=/c\nEnvironment=X=$$\nEnvironmentFile=-/env\n\
                    EnvironmentFile=-/absent\nExecStart=/bin/kubelet $A $NONE --c=${C}/${D} --e=$A ${NONE} --f=$$x\n";
        let environment = "# A=--no=1\nD=d\nA=\"--a=3 '--g=h i'\"\n";
        assert_eq!(
            facts(&[("/u", unit), ("/env", environment)], 1),
            [
                "kubelet a=3 /env:3",
                "kubelet g=h i /env:3",
                "kubelet c=/c/d /env:2",
                "kubelet e=$A /u:6",
                "kubelet f=$x /u:6",
            ]
        );
    }

    #[test]
    fn drop_ins_take_back_and_add() {
        let unit = "[Service]\nExecStart=/usr/bin/kubelet --old=1\n";
        let drop_in = "[Service]\nEnvironment=\"KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/b --kubeconfig=/k\"\n\
                       ExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_EXTRA_ARGS\n";
        assert_eq!(
            facts(&[("/u", unit), ("/d", drop_in)], 2),
            [
                "kubelet bootstrap-kubeconfig=/b /d:2",
                "kubelet kubeconfig=/k /d:2"
            ]
        );
    }

    #[test]
    fn etcd_reads_variables_below_its_flags() {
        let unit = "[Service]\nEnvironmentFile=/etc/etcd/etcd.conf\nExecStart=/usr/local/bin/etcd --cert-file=/flag\n";
        let environment = "ETCD_CERT_FILE=/c\nETCD_KEY_FILE=/old\nETCD_KEY_FILE=/k\n#ETCD_NAME=x\n";
        assert_eq!(
            facts(&[("/u", unit), ("/etc/etcd/etcd.conf", environment)], 1),
            [
                "etcd cert-file=/flag /u:3",
                "etcd key-file=/k /etc/etcd/etcd.conf:3",
            ]
        );
    }

    #[test]
    fn a_shell_expands_what_it_is_given() {
        let unit = "[Service]\nEnvironmentFile=/e/*.env\nEnvironment=D=/d\n\
                    ExecStart=/bin/sh -c \"exec env X=1 kubelet --a=${D} $ARGS $$MORE --b=$D/$D.b\"\n";
        assert_eq!(
            facts(
                &[
                    ("/u", unit),
                    ("/e/1.env", "ARGS=--c=1 \\\n --d=2\n"),
                    ("/e/2.env", "MORE=--e=3")
                ],
                1
            ),
            [
                "kubelet a=/d /u:3",
                "kubelet c=1 /e/1.env:1",
                "kubelet d=2 /e/1.env:2",
                "kubelet e=3 /e/2.env:1",
                "kubelet b=/d//d.b /u:3"
            ]
        );
    }

    #[test]
    fn odd_units_do_no_harm() {
        for text in [
            "",
            "[Service]\nExecStart=\\",
            "[Service]\nExecStart=@",
            "[Service]\n=\n\\\n",
            "ExecStart=kubelet --a",
            "[Service]\nExecStart=kubelet ${",
        ] {
            assert_eq!(facts(&[("/u", text)], 1), Vec::<String>::new(), "{text}");
        }
    }
}
