//! Commands that run another command: shells, env, go-runner, container engines.

use super::arguments::{Argument, component_of};
use super::environment::{self, Variable};
use super::words;

/// A command inside a command inside a command … is no deeper.
const DEEPEST: usize = 8;

const SHELLS: [&str; 7] = ["sh", "bash", "ash", "dash", "busybox", "su", "runuser"];

/// Programs whose arguments end in the command that they run.
const RUNNERS: [&str; 20] = [
    "env",
    "go-runner",
    "nohup",
    "nice",
    "ionice",
    "chrt",
    "taskset",
    "numactl",
    "timeout",
    "setpriv",
    "sudo",
    "chroot",
    "tini",
    "dumb-init",
    "catatonit",
    "systemd-cat",
    "systemd-run",
    "systemd-inhibit",
    "nsenter",
    "unshare",
];

const ENGINES: [&str; 3] = ["docker", "podman", "nerdctl"];

/// Options of `run` that take no value; all others do.
const SWITCHES: [&str; 16] = [
    "--detach",
    "--init",
    "--interactive",
    "--tty",
    "--rm",
    "--privileged",
    "--read-only",
    "--no-healthcheck",
    "--quiet",
    "--oom-kill-disable",
    "--publish-all",
    "--sig-proxy",
    "--disable-content-trust",
    "--replace",
    "--tls-verify",
    "--rmi",
];

/// The component's own command, its program first: what stands before it is taken off. A command
/// that runs none is given back as it is. `variables` are those that a shell would find.
pub(super) fn unwrap(mut arguments: Vec<Argument>, variables: &[Variable]) -> Vec<Argument> {
    for _ in 0..DEEPEST {
        if component_of(&arguments).is_some() {
            break;
        }
        match inner(&arguments, variables) {
            Some(found) => arguments = found,
            None => break,
        }
    }
    arguments
}

/// True for a program that runs another one.
pub(super) fn is_wrapper(program: &str) -> bool {
    [&SHELLS[..], &RUNNERS, &ENGINES]
        .iter()
        .any(|names| names.contains(&name(program)))
}

fn name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn inner(arguments: &[Argument], variables: &[Variable]) -> Option<Vec<Argument>> {
    let (program, rest) = arguments.split_first()?;
    let program = name(&program.text);
    if SHELLS.contains(&program) {
        script(rest).and_then(|script| command_of(script, variables))
    } else if RUNNERS.contains(&program) {
        run_by(rest)
    } else if ENGINES.contains(&program) {
        in_container(rest)
    } else {
        None
    }
}

/// The argument after `-c`, which may stand with other letters: `-ec`.
fn script(arguments: &[Argument]) -> Option<&Argument> {
    let is_command =
        |text: &str| text.starts_with('-') && !text.starts_with("--") && text.ends_with('c');
    let at = arguments
        .iter()
        .position(|argument| is_command(&argument.text))?;
    arguments.get(at + 1)
}

/// The first argument that is a command and no option or assignment.
fn run_by(arguments: &[Argument]) -> Option<Vec<Argument>> {
    let runs = |rest: &[Argument]| {
        let program = rest[0].text.as_str();
        !program.starts_with('-')
            && !program.contains('=')
            && (component_of(rest).is_some() || is_wrapper(program))
    };
    (0..arguments.len())
        .map(|at| &arguments[at..])
        .find(|rest| runs(rest))
        .map(<[Argument]>::to_vec)
}

/// `docker run [options] image [command]`: the command, or the image's own program, which has the
/// image's name.
fn in_container(arguments: &[Argument]) -> Option<Vec<Argument>> {
    let at = arguments
        .iter()
        .position(|argument| matches!(argument.text.as_str(), "run" | "create"))?;
    let mut rest = arguments[at + 1..].iter();
    let mut program: Option<Argument> = None;
    let image = loop {
        let option = rest.next()?;
        let text = option.text.as_str();
        if let Some(value) = text.strip_prefix("--entrypoint=") {
            program = Some(Argument {
                text: value.to_owned(),
                ..option.clone()
            });
        } else if text == "--entrypoint" {
            program = rest.next().cloned();
        } else if !text.starts_with('-') {
            break option;
        } else if takes_value(text) {
            rest.next()?;
        }
    };
    let mut command: Vec<Argument> = rest.cloned().collect();
    if program.is_none()
        && command
            .first()
            .is_none_or(|first| first.text.starts_with('-'))
    {
        let image_name = name(&image.text)
            .split([':', '@'])
            .next()
            .unwrap_or_default();
        program = Some(Argument {
            text: image_name.to_owned(),
            ..image.clone()
        });
    }
    if let Some(program) = program {
        command.insert(0, program);
    }
    Some(command)
}

fn takes_value(option: &str) -> bool {
    let short_switches = || {
        option
            .strip_prefix('-')
            .is_some_and(|letters| letters.chars().all(|letter| "ditPq".contains(letter)))
    };
    !option.contains('=') && !SWITCHES.contains(&option) && !short_switches()
}

/// The command of a script that runs a component, or else the last one that may run it.
fn command_of(script: &Argument, variables: &[Variable]) -> Option<Vec<Argument>> {
    let mut found = None;
    for line in script.text.replace("\\\n", "  ").lines() {
        for command in commands(line) {
            let mut arguments = Vec::new();
            for word in command {
                environment::expand(
                    &Argument {
                        text: braced(word),
                        ..script.clone()
                    },
                    variables,
                    &mut arguments,
                );
            }
            if component_of(&arguments).is_some() {
                return Some(arguments);
            }
            if arguments
                .first()
                .is_some_and(|program| is_wrapper(&program.text))
            {
                found = Some(arguments);
            }
        }
    }
    found
}

/// `$NAME` inside a word as `${NAME}`: a shell takes both for the same.
fn braced(word: String) -> String {
    if word.strip_prefix('$').is_some_and(environment::is_name) {
        return word;
    }
    let mut parts = word.split('$');
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        if name.is_empty() {
            found.extend(["$", rest]);
        } else {
            found.extend(["${", name, "}", rest]);
        }
    }
    found
}

/// The commands of one line of a script, without what stands before the program and without
/// redirections.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut redirected = false;
    for word in words::split(line) {
        let word = word.text;
        let (text, ends) = match word.as_str() {
            "&&" | "||" | "|" | "|&" | ";" | "&" => ("", true),
            word => (word.trim_end_matches(';'), word.ends_with(';')),
        };
        redirected |= text.contains(['<', '>']);
        if let Some(command) = found.last_mut().filter(|_| !redirected && !text.is_empty()) {
            let before = text == "exec"
                || text
                    .split_once('=')
                    .is_some_and(|(name, _)| environment::is_name(name));
            if !(before && command.is_empty()) {
                command.push(text.to_owned());
            }
        }
        if ends {
            redirected = false;
            found.push(Vec::new());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unwrapped(arguments: &[&str]) -> String {
        let argument = |text: &&str| Argument {
            text: (*text).to_owned(),
            file: "/u".to_owned(),
            line: 1,
        };
        let variable = |name: &str, value: &str| Variable {
            name: name.to_owned(),
            value: value.to_owned(),
            file: "/env".to_owned(),
            line: 7,
            later: Vec::new(),
        };
        let variables = [
            variable("ARGS", "--a=1 --b=2"),
            variable("LOOP", "sh -c $LOOP"),
        ];
        let found = unwrap(arguments.iter().map(argument).collect(), &variables);
        found
            .into_iter()
            .map(|argument| argument.text)
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn found(cases: &[(&[&str], &str)]) {
        for (arguments, expected) in cases {
            assert_eq!(unwrapped(arguments), *expected, "{arguments:?}");
        }
    }

    #[test]
    fn the_inner_command_is_found() {
        found(&[
            (
                &[
                    "/bin/sh",
                    "-c",
                    "exec /usr/bin/kubelet --a=1 2>&1 | tee /log",
                ],
                "/usr/bin/kubelet --a=1",
            ),
            (
                &[
                    "bash",
                    "-ec",
                    "mkdir -p /var/lib/etcd; X=1 etcd --a '--b=c d' && true",
                ],
                "etcd --a --b=c d",
            ),
            (
                &[
                    "sh",
                    "-c",
                    "set -e\ncd /etcd\nexec etcd \\\n  --a \\\n  --b\n",
                ],
                "etcd --a --b",
            ),
            (
                &["sh", "-c", "exec kubelet $ARGS --c=${ARGS}"],
                "kubelet --a=1 --b=2 --c=--a=1 --b=2",
            ),
            (
                &["/usr/bin/env", "FOO=/bin/kubelet", "-i", "kubelet", "--a"],
                "kubelet --a",
            ),
            (
                &[
                    "/go-runner",
                    "--log-file=/x",
                    "--",
                    "/usr/local/bin/kubelet",
                    "--a",
                ],
                "/usr/local/bin/kubelet --a",
            ),
            (
                &["sudo", "-u", "kube", "sh", "-c", "exec env A=b kubelet --a"],
                "kubelet --a",
            ),
        ]);
    }

    #[test]
    fn the_command_of_a_container_is_found() {
        found(&[
            (
                &[
                    "docker", "run", "--name", "kubelet", "--rm", "-v", "/a:/b", "img", "etcd",
                    "--a",
                ],
                "etcd --a",
            ),
            (
                &[
                    "podman",
                    "--log-level",
                    "x",
                    "run",
                    "-dit",
                    "-v=/a",
                    "img:1",
                    "hyperkube",
                    "apiserver",
                ],
                "hyperkube apiserver",
            ),
            (
                &[
                    "/bin/nerdctl",
                    "run",
                    "--net=host",
                    "quay.io/coreos/etcd:v3@sha256:1",
                    "--a",
                ],
                "etcd --a",
            ),
            (
                &["docker", "run", "--entrypoint", "/etcd", "img", "--a"],
                "/etcd --a",
            ),
            (
                &["docker", "run", "--entrypoint=sh", "img", "-c", "etcd --a"],
                "etcd --a",
            ),
        ]);
    }

    #[test]
    fn what_runs_no_other_command_is_the_command() {
        found(&[
            (&["docker", "start", "-a", "etcd"], "docker start -a etcd"),
            (&["docker", "run", "--name"], "docker run --name"),
            (&["sh", "-c", "$LOOP"], "sh -c $LOOP"),
            (&["sh", "-c"], "sh -c"),
            (&["sleep", "kubelet"], "sleep kubelet"),
            (&[], ""),
        ]);
    }
}
