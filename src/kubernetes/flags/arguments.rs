//! Arguments of a command to facts, as Go's flag libraries read them.

use super::FlagFact;
use crate::kubernetes::component::Component;

/// Flags that name one file each time they stand; of every other flag the last value wins (pflag,
/// Go's flag).
const REPEATED: [&str; 2] = ["service-account-key-file", "tls-sni-cert-key"];

/// One argument and the place where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Argument {
    pub(super) text: String,
    pub(super) file: String,
    pub(super) line: u32,
}

/// The component of this program or container name: "/usr/local/bin/kubelet" is the kubelet.
pub(super) fn component(program: &str) -> Option<Component> {
    Component::of_program(program.rsplit('/').next().unwrap_or(program))
}

/// The component that a command runs, and how many arguments say so. Old releases have them all in
/// one program, hyperkube, with or without the "kube-".
pub(super) fn component_of(arguments: &[Argument]) -> Option<(Component, usize)> {
    let program = &arguments.first()?.text;
    if program.rsplit('/').next() == Some("hyperkube") {
        let name = &arguments.get(1)?.text;
        return component(name)
            .or_else(|| Component::of_short_name(name))
            .map(|component| (component, 2));
    }
    component(program).map(|component| (component, 1))
}

/// The facts of a whole command, the program first. Empty where the program is no component.
pub(super) fn facts(arguments: &[Argument]) -> Vec<FlagFact> {
    component_of(arguments).map_or_else(Vec::new, |(component, used)| {
        facts_of(component, &arguments[used..])
    })
}

/// The facts of `arguments` without the program. `--flag=value`, `--flag value` and `--flag` alone,
/// which is "true".
pub(super) fn facts_of(component: Component, arguments: &[Argument]) -> Vec<FlagFact> {
    let mut facts: Vec<FlagFact> = Vec::new();
    let mut rest = arguments.iter().peekable();
    while let Some(argument) = rest.next() {
        if argument.text == "--" {
            break;
        }
        let Some(flag) = argument
            .text
            .strip_prefix("--")
            .or_else(|| argument.text.strip_prefix('-'))
        else {
            continue;
        };
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None => match rest.next_if(|next| !next.text.starts_with('-')) {
                Some(next) => (flag, next.text.clone()),
                None => (flag, "true".to_owned()),
            },
        };
        // Kubernetes' components take "_" for "-" (component-base WordSepNormalizeFunc).
        let flag = name.replace('_', "-");
        if !REPEATED.contains(&flag.as_str()) {
            facts.retain(|before| before.flag != flag);
        }
        facts.push(FlagFact {
            component,
            flag,
            value,
            file: argument.file.clone(),
            line: argument.line,
        });
    }
    facts
}
