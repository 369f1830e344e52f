//! Static pods: `command` and `args` of each container.

use serde_yaml::Value;

use super::arguments::{Argument, component, component_of, facts_of};
use super::{Error, FlagFact, environment, words};
use crate::kubernetes::yaml;

/// The flags that a static pod's manifest gives to Kubernetes' components. `path` is the manifest's own.
pub fn from_manifest(path: &str, text: &str) -> Result<Vec<FlagFact>, Error> {
    let mut facts = Vec::new();
    let mut pods = 0;
    for pod in yaml::values(text)? {
        let Some(containers) = pod.get("spec").and_then(|spec| spec.get("containers")).and_then(Value::as_sequence)
        else {
            continue;
        };
        pods += 1;
        for container in containers {
            read_container(path, text, container, &mut facts);
        }
    }
    if pods == 0 { Err(Error::Other("Pod")) } else { Ok(facts) }
}

fn read_container(path: &str, text: &str, container: &Value, facts: &mut Vec<FlagFact>) {
    let mut finder = Finder { text, from: 0 };
    let mut arguments = Vec::new();
    for field in ["command", "args"] {
        for argument in strings(container.get(field)) {
            let line = finder.line(argument);
            arguments.push(Argument { text: argument.to_owned(), file: path.to_owned(), line });
        }
    }
    let arguments = unwrap_shell(arguments);
    let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
    // Without a command the image's own program runs; its container is named after it.
    let found = component_of(&arguments).or_else(|| component(name).map(|component| (component, 0)));
    let Some((component, used)) = found else { return };
    let own = facts_of(component, &arguments[used..]);
    if component == "etcd" {
        for entry in container.get("env").and_then(Value::as_sequence).into_iter().flatten() {
            let field = |field| entry.get(field).and_then(Value::as_str);
            let Some((flag, value)) = field("name").and_then(environment::etcd_flag).zip(field("value")) else {
                continue;
            };
            if own.iter().all(|fact| fact.flag != flag) {
                let line = finder.line(field("name").unwrap_or_default());
                facts.push(FlagFact {
                    component: "etcd".to_owned(),
                    flag,
                    value: value.to_owned(),
                    file: path.to_owned(),
                    line,
                });
            }
        }
    }
    facts.extend(own);
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_sequence).into_iter().flatten().filter_map(Value::as_str)
}

/// `/bin/sh -c "exec kube-apiserver --flag"`: the words of the script, all on the line where it begins.
fn unwrap_shell(arguments: Vec<Argument>) -> Vec<Argument> {
    let shell = arguments.first().and_then(|program| program.text.rsplit('/').next());
    let script = match arguments.get(1..3) {
        Some([dash, script]) if dash.text == "-c" && matches!(shell, Some("sh" | "bash" | "ash")) => script,
        _ => return arguments,
    };
    let mut found = Vec::new();
    for word in words::split(&script.text) {
        // The component ends where its redirection or the next command begins.
        if !found.is_empty() && (word.text.contains(['|', '>', '<', ';']) || word.text.starts_with('&')) {
            break;
        }
        if !found.is_empty() || component(&word.text).is_some() {
            found.push(Argument { text: word.text, file: script.file.clone(), line: script.line });
        }
    }
    found
}

/// Finds the lines of arguments in the manifest's text, which is read in order as long as the arguments are.
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
        while let Some(at) = text.get(start..).and_then(|rest| rest.find(needle)).map(|at| at + start) {
            let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let end = at + needle.len();
            let begins =
                text[..at].chars().next_back().is_none_or(|c| matches!(c, ' ' | '"' | '\'' | '[' | ',' | '\n'));
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
            .map(|fact| format!("{} {}={} {}", fact.component, fact.flag, fact.value, fact.line))
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
                &["etcd cert-file=/c 5", "etcd key-file=/k 9"],
            ),
            (
                "spec:\n  containers:\n  - command:\n    - /bin/sh\n    - -c\n    - exec /usr/local/bin/kube-scheduler \
                 --kubeconfig=/s 1>>/log 2>&1\n",
                &["kube-scheduler kubeconfig=/s 6"],
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
        for text in ["kind: Pod\nspec: {containers: 7}\n", "", "x", "spec:\n  containers:\n    - a: \"cut o"] {
            assert!(from_manifest("/m.yaml", text).is_err(), "{text}");
        }
    }
}
