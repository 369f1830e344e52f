//! Under which account a unit or static pod runs its component.

use serde_yaml::Value;

use super::unit::{UnitFile, values_of};
use super::{FlagFact, FlagsError, from_manifest};
use crate::kubernetes::component::Component;
use crate::kubernetes::yaml;

/// An account as it is written down: names where a unit says it, numbers where a pod does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsAs {
    /// The component.
    pub component: Component,
    /// The user; `None`: root, or what the image says.
    pub user: Option<String>,
    /// The group, and those beside it.
    pub groups: Vec<String>,
}

/// What a unit and its drop-ins say of the account of its component (systemd.exec(5)); `facts`: the
/// flags that they give it.
pub fn accounts_of_units(files: &[UnitFile<'_>], facts: &[FlagFact]) -> Vec<RunsAs> {
    let user = values_of(files, "User").pop();
    let mut groups: Vec<String> = values_of(files, "Group").pop().into_iter().collect();
    groups.extend(
        values_of(files, "SupplementaryGroups")
            .iter()
            .flat_map(|names| names.split_whitespace())
            .map(str::to_owned),
    );
    if user.is_none() && groups.is_empty() {
        return Vec::new();
    }
    let mut components: Vec<Component> = facts.iter().map(|fact| fact.component).collect();
    components.dedup();
    let account = |component| RunsAs {
        component,
        user: user.clone(),
        groups: groups.clone(),
    };
    components.into_iter().map(account).collect()
}

/// What a static pod's manifest says of the accounts of its components (PodSecurityContext,
/// SecurityContext).
///
/// # Errors
/// As [`from_manifest`].
pub fn accounts_of_manifest(path: &str, text: &str) -> Result<Vec<RunsAs>, FlagsError> {
    let mut components: Vec<Component> = from_manifest(path, text)?
        .into_iter()
        .map(|fact| fact.component)
        .collect();
    components.dedup();
    let mut found = Vec::new();
    for pod in yaml::values(text)? {
        let Some(spec) = pod.get("spec") else {
            continue;
        };
        let containers = spec
            .get("containers")
            .and_then(Value::as_sequence)
            .into_iter()
            .flatten();
        for context in containers.map(|container| container.get("securityContext")) {
            let of_pod = spec.get("securityContext");
            let number = |field: &str| {
                let value = context
                    .and_then(|context| context.get(field))
                    .or_else(|| of_pod?.get(field))?;
                value.as_u64().map(|number| number.to_string())
            };
            let more = of_pod
                .and_then(|context| context.get("supplementalGroups"))
                .and_then(Value::as_sequence);
            let more = more
                .into_iter()
                .flatten()
                .filter_map(Value::as_u64)
                .map(|number| number.to_string());
            let groups: Vec<String> = [number("runAsGroup"), number("fsGroup")]
                .into_iter()
                .flatten()
                .chain(more)
                .collect();
            let user = number("runAsUser");
            if user.is_some() || !groups.is_empty() {
                let account = |component| RunsAs {
                    component,
                    user: user.clone(),
                    groups: groups.clone(),
                };
                found.extend(components.iter().copied().map(account));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_name_users() {
        let (flag, value, file) = ("name".to_owned(), "a".to_owned(), "/u".to_owned());
        let fact = FlagFact {
            component: Component::Etcd,
            flag,
            value,
            file,
            line: 1,
        };
        let accounts = |texts: &[&str]| {
            let files: Vec<_> = texts
                .iter()
                .map(|text| UnitFile { path: "/u", text })
                .collect();
            accounts_of_units(&files, &[fact.clone(), fact.clone()])
        };
        let etcd = |user: Option<&str>, groups: &[&str]| {
            let (user, groups) = (
                user.map(str::to_owned),
                groups.iter().map(|group| (*group).to_owned()).collect(),
            );
            vec![RunsAs {
                component: Component::Etcd,
                user,
                groups,
            }]
        };
        for (texts, expected) in [
            (&["[Service]\nExecStart=/bin/etcd\n"][..], Vec::new()),
            (
                &["[Unit]\nUser=x\n[Service]\nUser=etcd\n"],
                etcd(Some("etcd"), &[]),
            ),
            (
                &["[Service]\nUser=etcd\nGroup=e\nSupplementaryGroups=a b\n"],
                etcd(Some("etcd"), &["e", "a", "b"]),
            ),
            (
                &["[Service]\nUser=etcd\n", "[Service]\nUser=\nUser=998\n"],
                etcd(Some("998"), &[]),
            ),
            (
                &["[Service]\nUser=etcd\n", "[Service]\nUser=\n"],
                Vec::new(),
            ),
        ] {
            assert_eq!(accounts(texts), expected, "{texts:?}");
        }
    }

    #[test]
    fn a_containers_account_comes_before_its_pods() {
        let manifest = |pod: &str, container: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nspec:\n  securityContext: {pod}\n  containers:\n  - name: etcd\n    \
                 command: [etcd, --a=b]\n    securityContext: {container}\n"
            )
        };
        for (pod, container, expected) in [
            ("{}", "{}", None),
            (
                "{runAsUser: 5, runAsGroup: 6}",
                "{}",
                Some((Some("5"), vec!["6"])),
            ),
            (
                "{runAsUser: 5, supplementalGroups: [8]}",
                "{runAsUser: 7}",
                Some((Some("7"), vec!["8"])),
            ),
            ("{fsGroup: 9}", "{runAsUser: x}", Some((None, vec!["9"]))),
        ] {
            let found = accounts_of_manifest("/m", &manifest(pod, container)).unwrap();
            let found = found.first().map(|one| {
                (
                    one.user.as_deref(),
                    one.groups.iter().map(String::as_str).collect(),
                )
            });
            assert_eq!(found, expected, "{pod} {container}");
        }
        assert!(accounts_of_manifest("/m", "a: b").is_err());
    }
}
