//! Static pods: `command` and `args` of each container.

use serde_yaml::Value;

use super::arguments::{Argument, component, component_of, facts_of};
use super::environment::{self, Variable};
use super::mounts::Mounts;
use super::{FlagFact, FlagsError, wrapper};
use crate::kubernetes::component::Component;
use crate::kubernetes::yaml;

/// The flags that a static pod's manifest gives to Kubernetes' components. `path` is the manifest's
/// own.
pub fn from_manifest(path: &str, text: &str) -> Result<Vec<FlagFact>, FlagsError> {
    let mut facts = Vec::new();
    let mut pods = 0;
    for pod in yaml::values(text)? {
        let Some(containers) = pod
            .get("spec")
            .and_then(|spec| spec.get("containers"))
            .and_then(Value::as_sequence)
        else {
            continue;
        };
        pods += 1;
        for container in containers {
            read_container(path, text, &pod, container, &mut facts);
        }
    }
    if pods == 0 {
        Err(FlagsError::Other("Pod"))
    } else {
        Ok(facts)
    }
}

fn read_container(
    path: &str,
    text: &str,
    pod: &Value,
    container: &Value,
    facts: &mut Vec<FlagFact>,
) {
    let mut finder = Finder { text, from: 0 };
    let variables = variables(path, container, &mut finder);
    finder.from = 0;
    let mut arguments = Vec::new();
    for field in ["command", "args"] {
        for argument in strings(container.get(field)) {
            let line = finder.line(argument);
            arguments.push(Argument {
                text: expand(argument, &variables),
                file: path.to_owned(),
                line,
            });
        }
    }
    let mut arguments = unwrap(arguments, &variables, &finder);
    let name = container
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    // Without a command the image's own program runs; its container is named after it.
    let found =
        component_of(&arguments).or_else(|| component(name).map(|component| (component, 0)));
    let Some((component, used)) = found else {
        return;
    };
    let mut own = facts_of(component, &arguments.split_off(used));
    if component == Component::Etcd {
        environment::add_etcd_variables(&mut own, &variables);
    }
    let mounts = Mounts::of(pod, container);
    for fact in &mut own {
        mounts.translate(fact);
    }
    facts.extend(own);
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_sequence)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// The container's `env`, as far as it stands in the manifest.
fn variables(path: &str, container: &Value, finder: &mut Finder<'_>) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    for entry in container
        .get("env")
        .and_then(Value::as_sequence)
        .into_iter()
        .flatten()
    {
        let field = |field| entry.get(field).and_then(Value::as_str);
        let Some((name, value)) = field("name").zip(field("value")) else {
            continue;
        };
        let value = expand(value, &found);
        let line = finder.line(name);
        found.push(Variable {
            name: name.to_owned(),
            value,
            file: path.to_owned(),
            line,
            later: Vec::new(),
        });
    }
    found
}

/// `$(NAME)` becomes the value, and stays where there is none; `$$` is `$`
/// (third_party/forked/golang/expansion).
fn expand(text: &str, variables: &[Variable]) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        expanded.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('$') {
            expanded.push('$');
            rest = tail;
            continue;
        }
        let named = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let variable = named.and_then(|(name, tail)| {
            variables
                .iter()
                .rev()
                .find(|variable| variable.name == name)
                .map(|variable| (&variable.value, tail))
        });
        match variable.filter(|_| expanded.len() < environment::LONGEST) {
            Some((value, tail)) => {
                expanded.push_str(value);
                rest = tail;
            }
            None => expanded.push('$'),
        }
    }
    expanded.push_str(rest);
    expanded
}

/// The component's own command. A script's words stand on lines of their own where it is written
/// over several.
fn unwrap(arguments: Vec<Argument>, variables: &[Variable], finder: &Finder<'_>) -> Vec<Argument> {
    let outer: Vec<String> = arguments
        .iter()
        .map(|argument| argument.text.clone())
        .collect();
    let mut found = wrapper::unwrap(arguments, variables);
    let mut from = 0;
    for argument in &mut found {
        if outer.contains(&argument.text) {
            continue;
        }
        if let Some(at) = finder
            .find(&argument.text, from)
            .or_else(|| finder.find(&argument.text, 0))
        {
            argument.line = finder.number(at);
            from = at + 1;
        }
    }
    found
}

/// Finds the lines of arguments in the manifest's text, which is read in order as long as the
/// arguments are.
struct Finder<'a> {
    text: &'a str,
    from: usize,
}

impl Finder<'_> {
    /// The line of `argument`, counted from 1; 1 where it stands there in another spelling.
    fn line(&mut self, argument: &str) -> u32 {
        let name = argument.split('=').next().unwrap_or(argument);
        let place = self
            .find(argument, self.from)
            .or_else(|| self.find(argument, 0))
            .or_else(|| self.find(name, self.from))
            .or_else(|| self.find(name, 0));
        let Some(at) = place else { return 1 };
        self.from = at + 1;
        self.number(at)
    }

    /// The line of a byte.
    fn number(&self, at: usize) -> u32 {
        let before = self.text[..at].matches('\n').count();
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }

    /// Where `needle` stands as a whole scalar, outside comments.
    fn find(&self, needle: &str, from: usize) -> Option<usize> {
        if needle.is_empty() {
            return None;
        }
        let text = self.text;
        let mut start = from;
        while let Some(at) = text
            .get(start..)
            .and_then(|rest| rest.find(needle))
            .map(|at| at + start)
        {
            let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let end = at + needle.len();
            let begins = text[..at]
                .chars()
                .next_back()
                .is_none_or(|c| matches!(c, ' ' | '"' | '\'' | '[' | ',' | '\n'));
            let ends = text[end..]
                .chars()
                .next()
                .is_none_or(|c| matches!(c, ' ' | '"' | '\'' | ']' | ',' | '\n' | '\r' | '='));
            if begins && ends && !text[line_start..at].trim_start().starts_with('#') {
                return Some(at);
            }
            start = at + needle.chars().next().map_or(1, char::len_utf8);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> Vec<String> {
        from_manifest("/m.yaml", text)
            .unwrap_or_default()
            .iter()
            .map(|fact| {
                format!(
                    "{} {}={} {}",
                    fact.component, fact.flag, fact.value, fact.line
                )
            })
            .collect()
    }

    #[test]
    fn containers_have_flags_with_lines() {
        for (text, expected) in [
            (
                "kind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    # - --tls-cert-file=/new\n    \
                 - --tls-cert-file=/new\n    - \"--etcd-cafile=/e\"\n    - --profiling\n    name: kube-apiserver\n",
                &[
                    "kube-apiserver tls-cert-file=/new 7",
                    "kube-apiserver etcd-cafile=/e 8",
                    "kube-apiserver profiling=true 9",
                ][..],
            ),
            (
                "spec:\n  containers:\n  - args:\n    - --key-file\n    - /k\n    command: [etcd, --cert-file=/c]\n  \
                 - name: other\n    command: [sleep, --cert-file=/c]\n",
                &["etcd cert-file=/c 6", "etcd key-file=/k 4"],
            ),
            (
                "spec:\n  containers:\n  - name: etcd\n    env:\n    - name: ETCD_CERT_FILE\n      value: /c\n    \
                 - {name: ETCD_KEY_FILE, value: /unused}\n    args:\n    - --key-file=/k\n",
                &["etcd key-file=/k 9", "etcd cert-file=/c 5"],
            ),
            (
                "spec:\n  containers:\n  - command:\n    - /bin/sh\n    - -c\n    - exec /usr/local/bin/kube-scheduler \
                 --kubeconfig=/s 1>>/log 2>&1\n",
                &["kube-scheduler kubeconfig=/s 6"],
            ),
            (
                "spec:\n  containers:\n  - command: [/go-runner, --log-file=/x, --, kube-scheduler]\n    args:\n    \
                 - --kubeconfig=$(D)/$(N)/$$(D)\n    env: [{name: D, value: /d}]\n",
                &["kube-scheduler kubeconfig=/d/$(N)/$(D) 5"],
            ),
            (
                "spec:\n  containers:\n  - command: [sh, -c]\n    args:\n    - |\n      set -e\n      exec etcd \\\n        \
                 --cert-file=/c \\\n        --key-file=${K}\n    env:\n    - name: K\n      value: /k\n",
                &["etcd cert-file=/c 8", "etcd key-file=/k 11"],
            ),
            (
                "spec:\n  containers:\n  - command: [etcd, --cert-file=/in/a/c, --key-file=/in/k]\n    volumeMounts:\n    \
                 - {name: v, mountPath: /in}\n    - {name: w, mountPath: /in/a/}\n  volumes:\n  \
                 - {name: v, hostPath: {path: /out/}}\n  - {name: w, hostPath: {path: /}}\n",
                &["etcd cert-file=/c 3", "etcd key-file=/out/k 3"],
            ),
            (
                "{\"spec\":{\"containers\":[{\"command\":[\"kube-proxy\",\"--kubeconfig=/p\"]}]}}",
                &["kube-proxy kubeconfig=/p 1"],
            ),
        ] {
            assert_eq!(facts(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_pod_is_an_error() {
        for text in [
            "kind: Pod\nspec: {containers: 7}\n",
            "",
            "x",
            "spec:\n  containers:\n    - a: \"cut o",
        ] {
            assert!(from_manifest("/m.yaml", text).is_err(), "{text}");
        }
    }
}
