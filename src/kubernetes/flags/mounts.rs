//! What of the host a container sees, and where.

use serde_yaml::Value;

use super::FlagFact;

/// The folders and files of the host that a container mounts.
pub(super) struct Mounts {
    /// The path in the container, and that on the host; none for a volume that is not the host's.
    mounts: Vec<(String, Option<String>)>,
}

impl Mounts {
    pub(super) fn of(pod: &Value, container: &Value) -> Self {
        let volumes = pod.get("spec").and_then(|spec| spec.get("volumes"));
        let host = |name: &str| {
            let volume = sequence(volumes).find(|volume| text(volume, "name") == Some(name))?;
            text(volume.get("hostPath")?, "path").map(|path| path.trim_end_matches('/'))
        };
        let mut mounts = Vec::new();
        for mount in sequence(container.get("volumeMounts")) {
            let Some((name, path)) = text(mount, "name").zip(text(mount, "mountPath")) else {
                continue;
            };
            let below =
                text(mount, "subPath").map_or_else(String::new, |below| format!("/{below}"));
            let host = host(name)
                .filter(|_| mount.get("subPathExpr").is_none())
                .map(|host| format!("{host}{below}"));
            mounts.push((path.trim_end_matches('/').to_owned(), host));
        }
        // The innermost mount is the one that is seen.
        mounts.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Self { mounts }
    }

    /// Makes the container's paths in a flag the host's.
    pub(super) fn translate(&self, fact: &mut FlagFact) {
        if fact.flag == "tls-sni-cert-key" {
            let (pair, names) = fact
                .value
                .split_at(fact.value.find(':').unwrap_or(fact.value.len()));
            let pair: Vec<String> = pair.split(',').map(|path| self.on_host(path)).collect();
            fact.value = pair.join(",") + names;
        } else {
            fact.value = self.on_host(&fact.value);
        }
    }

    fn on_host(&self, path: &str) -> String {
        let seen = self.mounts.iter().find_map(|(mount, host)| {
            let below = path.strip_prefix(mount.as_str())?;
            (below.is_empty() || below.starts_with('/')).then_some((host, below))
        });
        match seen {
            Some((Some(host), below)) if path.starts_with('/') => format!("{host}{below}"),
            _ => path.to_owned(),
        }
    }
}

fn sequence(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_sequence).into_iter().flatten()
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::component::Component;

    #[test]
    fn the_innermost_mount_counts() {
        let pod: Value = serde_yaml::from_str(
            "{spec: {volumes: [{name: a, hostPath: {path: /A}}, {name: b, hostPath: {path: /B/}}, {name: c, emptyDir: {}}]}}",
        )
        .unwrap_or_default();
        let container: Value = serde_yaml::from_str(
            "{volumeMounts: [{name: a, mountPath: /in}, {name: b, mountPath: /in/b, subPath: s}, \
             {name: c, mountPath: /in/c}, {name: x, mountPath: /x}, {mountPath: /y}]}",
        )
        .unwrap_or_default();
        let mounts = Mounts::of(&pod, &container);
        for (flag, value, expected) in [
            ("a", "/in/f", "/A/f"),
            ("a", "/in", "/A"),
            ("a", "/inner/f", "/inner/f"),
            ("a", "/in/b/f", "/B/s/f"),
            ("a", "/in/c/f", "/in/c/f"),
            ("a", "/x/f", "/x/f"),
            ("a", "in/f", "in/f"),
            ("a", "https:///in/f", "https:///in/f"),
            (
                "tls-sni-cert-key",
                "/in/c.crt,/in/b/k:in,*.b",
                "/A/c.crt,/B/s/k:in,*.b",
            ),
            ("tls-sni-cert-key", "/in/c.crt", "/A/c.crt"),
        ] {
            let (component, file) = (Component::KubeApiserver, String::new());
            let mut fact = FlagFact {
                component,
                flag: flag.to_owned(),
                value: value.to_owned(),
                file,
                line: 1,
            };
            mounts.translate(&mut fact);
            assert_eq!(fact.value, expected, "{value}");
        }
    }
}
