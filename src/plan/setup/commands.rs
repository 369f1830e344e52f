//! What one would type without kubepki: openssl for certificates, kubectl for kubeconfigs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::made::{Issued, MadeCluster, MadeFile};
use super::{SetupTask, external, service_account};
use crate::pki::key::KeyAlgorithm;
use crate::pki::text::{printable, quoted};
use crate::pki::{CertificationRequest, key, pem};
use crate::plan::{SHELL_IS_STRICT, archive, openssl};
use crate::record::{NodeFile, NodeSummary};
use crate::setup::blueprint::{Blueprint, What};

/// The whole script, line by line.
pub(super) fn script(
    task: SetupTask<'_>,
    made: &MadeCluster,
    blueprint: &Blueprint,
    nodes: &[NodeSummary],
) -> Vec<String> {
    let mut script = Script {
        task,
        made,
        blueprint,
        by_hand: Vec::new(),
        lines: Vec::new(),
    };
    script.line("# What one would type without kubepki, as root; kubectl writes kubeconfigs. Files of other nodes lie below $work.");
    if let Some(line) = task.materials.root.head() {
        script.line(&line);
    }
    for line in [SHELL_IS_STRICT, "umask 077", "work=$(mktemp -d)"] {
        script.line(line);
    }
    let mut done: Vec<&Issued> = Vec::new();
    for file in made.files.iter().filter(|file| !file.is_kept) {
        let issued = made.issued.iter().find(|issued| {
            let is_its = issued
                .node
                .as_ref()
                .is_none_or(|node| file.nodes.contains(node));
            is_its && issued.paths.contains(&file.path)
        });
        match issued {
            Some(issued) if done.iter().any(|known| std::ptr::eq(*known, issued)) => {}
            Some(issued) => {
                done.push(issued);
                script.issue(issued);
            }
            None => script.other(file),
        }
    }
    for node in nodes {
        script.archive(node);
    }
    script.lines
}

/// Permission bits of a new file under the script's umask.
const CLOSED: u32 = 0o600;

struct Script<'a> {
    task: SetupTask<'a>,
    made: &'a MadeCluster,
    blueprint: &'a Blueprint,
    /// What the script leaves to be written.
    by_hand: Vec<String>,
    lines: Vec<String>,
}

impl<'a> Script<'a> {
    fn line(&mut self, text: &str) {
        self.lines.push(text.to_owned());
    }

    /// The file of that node, or of any.
    fn file(&self, path: &str, node: Option<&String>) -> Option<&'a MadeFile> {
        let mut files = self.made.files.iter();
        files.find(|file| file.path == path && node.is_none_or(|node| file.nodes.contains(node)))
    }

    /// The place where a file is made, as one word.
    fn word(&self, path: &str, node: Option<&String>) -> String {
        let file = self.file(path, node);
        let is_here = |nodes: &[String]| {
            self.task
                .request
                .here
                .as_ref()
                .is_some_and(|here| nodes.contains(here))
        };
        match file {
            Some(file) if !is_here(&file.nodes) => {
                let node = file.nodes.first().map_or("authorities", String::as_str);
                format!("\"$work\"{}", quoted(&format!("/{node}{path}")))
            }
            _ => self.task.materials.root.word(path),
        }
    }

    /// Key and certificate, and what holds them.
    fn issue(&mut self, issued: &Issued) {
        self.line(&format!(
            "# {}, signed by {}",
            printable(&issued.id),
            printable(&issued.authority)
        ));
        let words: Vec<String> = issued
            .paths
            .iter()
            .map(|path| self.word(path, issued.node.as_ref()))
            .collect();
        let is_pair = words.len() > 1;
        let (certificate, key) = if is_pair {
            (words[0].clone(), words[1].clone())
        } else {
            (
                "\"$work\"/new.crt".to_owned(),
                "\"$work\"/new.key".to_owned(),
            )
        };
        for word in &words {
            self.folder(word);
        }
        self.certificate(issued, &certificate, &key);
        for pair in words.chunks(2).skip(1).filter(|pair| pair.len() == 2) {
            self.line(&format!(
                "cp {certificate} {} && cp {key} {}",
                pair[0], pair[1]
            ));
        }
        if let ([path], false) = (issued.paths.as_slice(), is_pair) {
            self.kubeconfig(path, &words[0], issued);
        }
        for (path, word) in issued.paths.iter().zip(&words) {
            self.mode(self.file(path, issued.node.as_ref()), word);
        }
    }

    fn certificate(&mut self, issued: &Issued, certificate: &str, key: &str) {
        let details = issued.certificate.details();
        self.line(&format!(
            "{} -out {key}",
            openssl::new_key(&details.key_algorithm)
        ));
        let days = openssl::days(self.task.context.moment, details.not_after);
        let mut line = format!(
            "openssl req -x509 -new -key {key} -subj {} -days {days}",
            openssl::subject(&details.subject)
        );
        if let Some((authority, authority_key)) = self.authority(issued) {
            let _ = write!(line, " -CA {authority} -CAkey {authority_key}");
        }
        for extension in openssl::extensions(&issued.certificate) {
            let _ = write!(line, " -addext {}", quoted(&extension));
        }
        self.line(&format!("{line} -out {certificate}"));
    }

    /// Makes the folder above a file: others may look into it, also while new files are closed to
    /// them.
    fn folder(&mut self, word: &str) {
        self.line(&format!("(umask 022; mkdir -p \"$(dirname {word})\")"));
    }

    /// Opens a file to others where it is meant for them.
    fn mode(&mut self, file: Option<&MadeFile>, word: &str) {
        if let Some(file) = file.filter(|file| file.mode != CLOSED) {
            self.line(&format!("chmod {:04o} {word}", file.mode));
        }
    }

    /// The CA's certificate and key; `None`: it signs itself.
    fn authority(&self, issued: &Issued) -> Option<(String, String)> {
        let is_itself = issued.certificate.is_authority() && issued.certificate.is_self_issued();
        let things = self.blueprint.things.iter().filter(|_| !is_itself);
        let mut things = things.filter(|thing| thing.id == issued.authority);
        let What::Authority { places, .. } = &things.next()?.what else {
            return None;
        };
        let place = places.first()?;
        Some((
            self.word(&place.certificate.path, None),
            self.word(&place.key.path, None),
        ))
    }

    fn kubeconfig(&mut self, path: &str, word: &str, issued: &Issued) {
        let mut things = self.blueprint.things.iter().filter(|thing| {
            thing.node.is_none() || issued.node.is_none() || thing.node == issued.node
        });
        let Some(([cluster, user, context], server)) = things.find_map(|thing| match &thing.what {
            What::Kubeconfig {
                file,
                names,
                server,
                ..
            } if file.path == path => Some((names, server)),
            _ => None,
        }) else {
            return;
        };
        let config = format!("kubectl config --kubeconfig={word}");
        let [cluster, user, context] = [cluster, user, context].map(|name| quoted(name));
        if let Some((authority, _)) = self.authority(issued) {
            self.line(&format!(
                "{config} set-cluster {cluster} --server={} --certificate-authority={authority} --embed-certs=true",
                quoted(server)
            ));
        }
        self.line(&format!(
            "{config} set-credentials {user} --client-certificate=\"$work\"/new.crt --client-key=\"$work\"/new.key \
             --embed-certs=true"
        ));
        self.line(&format!(
            "{config} set-context {context} --cluster={cluster} --user={user}"
        ));
        self.line(&format!("{config} use-context {context}"));
    }

    /// What holds no certificate: bare keys, requests, and what is written by hand.
    fn other(&mut self, file: &MadeFile) {
        let word = self.word(&file.path, file.nodes.first());
        let labels: Vec<String> = pem::blocks(file.content.expose())
            .into_iter()
            .flatten()
            .map(|block| block.label)
            .collect();
        let text = self.text(file);
        if labels.len() != 1 && text.is_none() {
            self.by_hand.push(file.path.clone());
            self.line(&format!(
                "# by hand: {} ({})",
                printable(&file.path),
                printable(&file.summary)
            ));
            return self.folder(&word);
        }
        self.line(&format!("# {}", printable(&file.summary)));
        self.folder(&word);
        self.write(file, &word, &labels, text);
        self.mode(Some(file), &word);
    }

    fn write(&mut self, file: &MadeFile, word: &str, labels: &[String], text: Option<String>) {
        let ([label], None) = (labels, &text) else {
            return self.line(&format!(
                "printf '%s\\n' {} > {word}",
                text.unwrap_or_default()
            ));
        };
        let base = word.trim_end_matches('\'');
        let tail = if base.len() == word.len() { "" } else { "'" };
        let beside =
            |ending: &str| format!("{}.key{tail}", base.strip_suffix(ending).unwrap_or(base));
        if key::is_private_key(label) {
            let algorithm = self.algorithm(file);
            self.line(&format!(
                "{} -out {word}",
                openssl::new_key(&algorithm.kind())
            ));
        } else if key::is_public_key(label) {
            self.line(&format!(
                "openssl pkey -in {} -pubout -out {word}",
                beside(".pub")
            ));
        } else if let Some(request) = asked(file) {
            self.request(file, &request, word);
        }
    }

    /// Of which kind a key without a certificate is.
    fn algorithm(&self, file: &MadeFile) -> KeyAlgorithm {
        let is_its = |what: &What| matches!(what, What::KeyPair { private, .. } if private.path == file.path);
        let is_account = self
            .blueprint
            .things
            .iter()
            .any(|thing| is_its(&thing.what));
        let request = self.task.request;
        if is_account {
            service_account::algorithm(request)
        } else {
            request.cluster.key_algorithm
        }
    }

    /// The words of which a file without keys is printed, line by line; the token of a token file
    /// is made at that moment.
    fn text(&self, file: &MadeFile) -> Option<String> {
        self.blueprint
            .things
            .iter()
            .find_map(|thing| match &thing.what {
                What::TokenFile {
                    file: placed,
                    user,
                    groups,
                } if placed.path == file.path => {
                    let rest = format!(",{user},10001,\"{}\"", groups.join(","));
                    Some(format!("\"$(openssl rand -hex 16)\"{}", quoted(&rest)))
                }
                What::Environment { file: placed, .. } if placed.path == file.path => {
                    let text = std::str::from_utf8(file.content.expose()).ok()?;
                    Some(
                        text.lines()
                            .map(|line| quoted(line))
                            .collect::<Vec<_>>()
                            .join(" "),
                    )
                }
                _ => None,
            })
    }

    /// A request with the key that lies beside it, or that is in the kubeconfig.
    fn request(&mut self, file: &MadeFile, request: &CertificationRequest, word: &str) {
        let mut pairs = self
            .blueprint
            .things
            .iter()
            .filter_map(|thing| match &thing.what {
                What::Certificate {
                    certificate, key, ..
                } => Some((certificate, key)),
                _ => None,
            });
        let pair =
            pairs.find(|(certificate, _)| external::request_path(&certificate.path) == file.path);
        let key = pair.map(|(_, key)| self.word(&key.path, file.nodes.first()));
        let key = key.unwrap_or_else(|| {
            self.line(&format!(
                "{} -out \"$work\"/new.key",
                openssl::new_key(&request.key_algorithm)
            ));
            "\"$work\"/new.key".to_owned()
        });
        let mut line = format!(
            "openssl req -new -key {key} -subj {}",
            openssl::subject(&request.subject)
        );
        for extension in openssl::request_extensions(request) {
            let _ = write!(line, " -addext {}", quoted(&extension));
        }
        self.line(&format!("{line} -out {word}"));
    }

    /// Copies what the node has in common with others, and packs all of it.
    fn archive(&mut self, node: &NodeSummary) {
        let Some(archive) = &node.archive else { return };
        let folder = format!("\"$work\"{}", quoted(&format!("/{}", node.name)));
        let is_shared = |path: &str| {
            self.made
                .files
                .iter()
                .any(|file| file.path == path && file.is_shared)
        };
        let is_there = |file: &&NodeFile| {
            (is_shared(&file.path) || file.kept) && !self.by_hand.contains(&file.path)
        };
        let files: Vec<&NodeFile> = node.files.iter().filter(is_there).collect();
        for file in files {
            let from = self.word(&file.path, None);
            let to = format!(
                "\"$work\"{}",
                quoted(&format!("/{}{}", node.name, file.path))
            );
            if from != to {
                self.folder(&to);
                self.line(&format!("install -m {:04o} {from} {to}", file.mode));
            }
        }
        let tops: BTreeSet<&str> = node
            .files
            .iter()
            .map(|file| archive::top(&file.path))
            .collect();
        let tops: Vec<_> = tops
            .into_iter()
            .map(|top| quoted(top.trim_start_matches('/')))
            .collect();
        let archive = quoted(&archive.path);
        self.line(&format!("mkdir -p \"$(dirname {archive})\""));
        self.line(&format!(
            "tar --owner=root:0 --group=root:0 -C {folder} -cpf {archive} {}",
            tops.join(" ")
        ));
    }
}

/// The request in a file.
fn asked(file: &MadeFile) -> Option<CertificationRequest> {
    let block = pem::blocks(file.content.expose())
        .into_iter()
        .flatten()
        .next()?;
    CertificationRequest::from_der(&block.der).ok()
}
