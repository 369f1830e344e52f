//! What one would type without kubepki: openssl for certificates, kubectl for kubeconfigs. A shell
//! script.

mod certificate;

use time::OffsetDateTime;

use super::making::MadeRenewal;
use super::select::kubeconfigs_of;
use crate::inventory::{Inventory, ItemIndex, KubeconfigItem};
use crate::pki::text::{printable, quoted};
use crate::plan::{After, Materials, SHELL_IS_STRICT};
use crate::record::{ChangeAction, PathState, RestartSummary};
use certificate::NewCertificate;

/// The whole script, line by line; empty where nothing changes.
pub(super) fn script(
    inventory: &Inventory,
    materials: &Materials,
    made: &MadeRenewal,
    restarts: &[RestartSummary],
    moment: OffsetDateTime,
) -> Vec<String> {
    if made.changes.is_empty() {
        return Vec::new();
    }
    let mut script = Script {
        inventory,
        materials,
        lines: Vec::new(),
    };
    script.begin(made);
    for issued in &made.issued {
        if let Some(certificate) = NewCertificate::of(&mut script, issued) {
            certificate.write(moment);
        }
    }
    for (from, to) in &made.pointers {
        script.pointer(*from, *to);
    }
    script.modes(made);
    script.line("rm -r \"$work\"");
    restarts
        .iter()
        .filter(|restart| restart.required)
        .for_each(|restart| script.restart(restart));
    script.lines
}

struct Script<'a> {
    inventory: &'a Inventory,
    materials: &'a Materials,
    lines: Vec<String>,
}

impl Script<'_> {
    fn line(&mut self, text: &str) {
        self.lines.push(text.to_owned());
    }

    /// Where the files lie, and a copy of all that are changed.
    fn begin(&mut self, made: &MadeRenewal) {
        let root = &self.materials.root;
        self.line(if root.is_here() {
            "# What one would type without kubepki, as root on the master; kubectl reads and writes kubeconfigs."
        } else {
            "# What one would type without kubepki, as root; kubectl reads and writes kubeconfigs. The master's files lie here:"
        });
        self.lines.extend(root.head());
        self.line(SHELL_IS_STRICT);
        self.line("umask 077");
        self.line("work=$(mktemp -d)");
        let old = made
            .changes
            .iter()
            .filter(|change| change.action() != ChangeAction::Create);
        let old: Vec<_> = old.map(|change| root.word(&change.path)).collect();
        self.line(&format!(
            "tar -cPf \"$HOME/before-$(date +%Y%m%d%H%M%S).tar\" {}",
            old.join(" ")
        ));
    }

    /// The modes that become others.
    fn modes(&mut self, made: &MadeRenewal) {
        for change in &made.changes {
            if let (
                After::Attributes(after)
                | After::File {
                    attributes: after, ..
                },
                Some(before),
            ) = (&change.after, change.before.attributes())
                && before.mode != after.mode
            {
                self.line(&format!(
                    "chmod {:o} {}",
                    after.mode,
                    self.file(&change.path)
                ));
            }
        }
    }

    fn restart(&mut self, restart: &RestartSummary) {
        self.line(&format!(
            "# {}: {}",
            restart.component,
            printable(&restart.reason)
        ));
        let prefix = if self.materials.root.is_here() {
            ""
        } else {
            "# on the master: "
        };
        restart
            .how
            .iter()
            .for_each(|line| self.line(&format!("{prefix}{line}")));
    }

    /// The file at a path as one word. An absolute link of a mounted disk leads to this machine's
    /// own files.
    fn file(&self, path: &str) -> String {
        let root = &self.materials.root;
        let path_state = self
            .materials
            .files
            .get(path)
            .map(|material| &material.path_state);
        match path_state {
            Some(PathState::File {
                through: Some(text),
                ..
            }) if text.starts_with('/') => root.word(text),
            _ => root.word(path),
        }
    }

    fn pointer(&mut self, from: ItemIndex, to: ItemIndex) {
        let inventory = self.inventory;
        let Some(target) = inventory.item(to).map(|item| quoted(&item.path)) else {
            return;
        };
        for (kubeconfig, at) in kubeconfigs_of(inventory, &[from]) {
            let user = kubeconfig
                .users
                .get(at)
                .map_or("", |user| user.name.as_str());
            self.line(&format!(
                "# {}: the kubelet keeps its certificate itself",
                printable(&kubeconfig.path)
            ));
            self.line(&format!(
                "kubectl config set-credentials {} --kubeconfig={} --client-certificate={target} --client-key={target}",
                quoted(user),
                self.file(&kubeconfig.path)
            ));
        }
    }

    fn data(&self, kubeconfig: &KubeconfigItem, at: usize, field: &str) -> String {
        let path = self.file(&kubeconfig.path);
        format!(
            "kubectl config view --raw --kubeconfig={path} -o jsonpath='{{.users[{at}].user.{field}}}' | base64 -d"
        )
    }
}
