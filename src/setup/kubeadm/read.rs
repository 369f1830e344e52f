//! Reading: InitConfiguration and ClusterConfiguration.

use serde_yaml::Value;

use super::fields::Fields;
use super::{Configuration, Error, TOKEN_FILE};
use crate::kubernetes::component::Component;
use crate::kubernetes::release::Release;
use crate::kubernetes::role::ROLES;
use crate::kubernetes::yaml;
use crate::pki::text::printable;
use crate::setup::question::{Document, Kind, KubeadmField, Question, Read, questions};
use crate::setup::{ClusterSpec, ExternalEtcd, Node, NodeRole, check};

const GROUP: &str = "kubeadm.k8s.io/";

/// Versions that kubeadm itself no longer reads, or only to migrate.
const OLD: [&str; 6] = [
    "v1alpha1", "v1alpha2", "v1alpha3", "v1beta1", "v1beta2", "v1beta",
];

/// Every section whose names are known, and those of them that say nothing of a PKI.
const SECTIONS: &[(Document, &str, &[&str])] = &[
    (
        Document::Cluster,
        "",
        &[
            "apiVersion",
            "kind",
            "controllerManager",
            "scheduler",
            "dns",
            "proxy",
            "imageRepository",
        ],
    ),
    (Document::Cluster, "networking", &[]),
    (
        Document::Cluster,
        "apiServer",
        &[
            "extraArgs",
            "extraVolumes",
            "extraEnvs",
            "timeoutForControlPlane",
        ],
    ),
    (Document::Cluster, "etcd", &[]),
    (
        Document::Cluster,
        "etcd.local",
        &[
            "imageRepository",
            "imageTag",
            "dataDir",
            "extraArgs",
            "extraEnvs",
        ],
    ),
    (Document::Cluster, "etcd.external", &["httpEndpoints"]),
    (
        Document::Init,
        "",
        &[
            "apiVersion",
            "kind",
            "bootstrapTokens",
            "dryRun",
            "certificateKey",
            "skipPhases",
            "patches",
            "timeouts",
        ],
    ),
    (
        Document::Init,
        "nodeRegistration",
        &[
            "criSocket",
            "taints",
            "kubeletExtraArgs",
            "ignorePreflightErrors",
            "imagePullPolicy",
            "imagePullSerial",
        ],
    ),
    (Document::Init, "localAPIEndpoint", &[]),
];

/// Reads InitConfiguration and ClusterConfiguration; other documents (KubeletConfiguration) are
/// passed over. `node`: the name of the node where the configuration has none.
///
/// # Errors
/// [`Error`] with the field.
pub fn read(text: &str, node: &str) -> Result<Configuration, Error> {
    let whole = |why: String| Error {
        field: String::new(),
        why,
    };
    let mut documents = yaml::values(text).map_err(|error| whole(error.to_string()))?;
    for document in &mut documents {
        document
            .apply_merge()
            .map_err(|_| whole("a merge (<<) takes no mapping".to_owned()))?;
    }
    let found = Documents::of(&documents)?;
    let mut reading = Reading {
        cluster: ClusterSpec::default(),
        notes: Vec::new(),
    };
    if found.init.is_none() && found.cluster.is_none() {
        return Err(whole(if found.joins {
            "a JoinConfiguration says nothing of a cluster: the InitConfiguration and ClusterConfiguration are wanted"
                .to_owned()
        } else {
            "this is no configuration of kubeadm: neither InitConfiguration nor ClusterConfiguration stands there"
                .to_owned()
        }));
    }
    if found.joins {
        reading
            .notes
            .push("JoinConfiguration: passed over, it says nothing of the cluster".to_owned());
    }
    reading.cluster.nodes = vec![Node {
        name: node.to_owned(),
        addresses: Vec::new(),
        roles: vec![NodeRole::ControlPlane],
    }];
    reading.read(
        Document::Cluster,
        &Fields::of(found.cluster.unwrap_or(&Value::Null)),
    )?;
    reading.read(
        Document::Init,
        &Fields::of(found.init.unwrap_or(&Value::Null)),
    )?;
    Ok(Configuration {
        cluster: reading.cluster,
        notes: reading.notes,
    })
}

/// The documents that count.
#[derive(Default)]
struct Documents<'a> {
    init: Option<&'a Value>,
    cluster: Option<&'a Value>,
    joins: bool,
}

impl<'a> Documents<'a> {
    fn of(documents: &'a [Value]) -> Result<Self, Error> {
        let mut found = Self::default();
        for document in documents {
            let field = |name: &str| {
                document
                    .get(name)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let (version, kind) = (field("apiVersion"), field("kind"));
            let place = match kind {
                "InitConfiguration" => &mut found.init,
                "ClusterConfiguration" => &mut found.cluster,
                _ => {
                    found.joins |= kind == "JoinConfiguration";
                    continue;
                }
            };
            check_version(version, kind)?;
            if place.replace(document).is_some() {
                return Err(Error {
                    field: String::new(),
                    why: format!("{kind} stands there twice"),
                });
            }
        }
        Ok(found)
    }
}

fn check_version(version: &str, kind: &str) -> Result<(), Error> {
    let refused = |why: String| {
        Err(Error {
            field: format!("{kind}.apiVersion"),
            why,
        })
    };
    match version.strip_prefix(GROUP) {
        Some("v1beta3" | "v1beta4") => Ok(()),
        Some(old) if OLD.contains(&old) => refused(format!(
            "{old} is too old: `kubeadm config migrate --old-config OLD --new-config NEW` of a release that reads it makes a newer one"
        )),
        Some(other) => refused(format!(
            "{:?} is not known here: {GROUP}v1beta3 and {GROUP}v1beta4 are read",
            printable(other)
        )),
        None => refused(format!(
            "{:?} is not kubeadm's: {GROUP}v1beta4 belongs there",
            printable(version)
        )),
    }
}

struct Reading {
    cluster: ClusterSpec,
    notes: Vec<String>,
}

impl Reading {
    /// Reads a document: what of it is an answer stands in the rows of the questions.
    fn read(&mut self, document: Document, fields: &Fields<'_>) -> Result<(), Error> {
        for (_, path, others) in SECTIONS.iter().filter(|(of, ..)| *of == document) {
            fields
                .at(path)?
                .check_names(&names(document, path, others), &mut self.notes)?;
        }
        match document {
            Document::Cluster => self.read_around(fields)?,
            Document::Init if fields.value("bootstrapTokens").is_some() => {
                self.notes
                    .push("bootstrapTokens: passed over, `kubeadm init` makes them".to_owned());
            }
            Document::Init => {}
        }
        for (question, field) in answers(document) {
            let (section, name) = field.path.rsplit_once('.').unwrap_or(("", field.path));
            self.take(question, field, &fields.at(section)?, name)?;
        }
        Ok(())
    }

    /// What no question asks, and changes what they mean.
    fn read_around(&mut self, fields: &Fields<'_>) -> Result<(), Error> {
        for (path, component) in [
            ("apiServer", Component::KubeApiserver),
            ("controllerManager", Component::KubeControllerManager),
            ("scheduler", Component::KubeScheduler),
            ("etcd.local", Component::Etcd),
        ] {
            self.note_arguments(&fields.at(path)?, component);
        }
        let etcd = fields.at("etcd")?;
        if etcd.value("external").is_some() {
            if etcd.value("local").is_some() {
                return Err(etcd.refuse("external", "etcd is local or external, not both"));
            }
            self.cluster.etcd.external = Some(ExternalEtcd::default());
        }
        Ok(())
    }

    /// Takes the answer that stands in a field.
    fn take(
        &mut self,
        question: &Question,
        field: &KubeadmField,
        fields: &Fields<'_>,
        name: &str,
    ) -> Result<(), Error> {
        let refuse = |why: String| fields.refuse(name, why);
        match field.read {
            Read::Answer if matches!(question.kind, Kind::Names { .. } | Kind::Lines { .. }) => {
                let texts = fields.texts(name)?;
                question.take(&mut self.cluster, &texts).map_err(refuse)?;
            }
            Read::Answer => {
                if let Some(text) = fields.text(name)? {
                    question.take(&mut self.cluster, &[text]).map_err(refuse)?;
                }
            }
            Read::Text(read) => {
                if let Some(text) = fields.text(name)? {
                    read(&mut self.cluster, &text).map_err(refuse)?;
                }
            }
            Read::Port(read) => {
                match fields
                    .value(name)
                    .map(|port| port.as_u64().and_then(|port| u16::try_from(port).ok()))
                {
                    None | Some(Some(0)) => {}
                    Some(Some(port)) => read(&mut self.cluster, port),
                    Some(None) => return Err(fields.refuse(name, check::NO_PORT)),
                }
            }
            Read::Yes(read) => {
                if matches!(fields.value(name), Some(Value::Bool(true))) {
                    read(&mut self.cluster);
                }
            }
            Read::Release(read) => {
                let text = fields.text(name)?.unwrap_or_else(|| "stable".to_owned());
                match self.release(&text, name) {
                    Ok(release) => read(&mut self.cluster, release),
                    Err(why) => return Err(refuse(why)),
                }
            }
        }
        Ok(())
    }

    /// A release, or what a label stands for, which kubeadm asks of the network.
    fn release(&mut self, text: &str, name: &str) -> Result<Release, String> {
        let is_label = ["stable", "latest", "ci/", "release/"]
            .iter()
            .any(|label| text.starts_with(label));
        if !is_label {
            return text.parse();
        }
        let release = text
            .rsplit_once('-')
            .and_then(|(_, release)| release.parse().ok());
        Ok(release.unwrap_or_else(|| {
            self.notes.push(format!(
                "{name}: {} is looked up by kubeadm; everything is made as for {}",
                printable(text),
                Release::NEWEST
            ));
            Release::NEWEST
        }))
    }

    /// Tells of arguments that name other files than kubeadm's own.
    fn note_arguments(&mut self, fields: &Fields<'_>, component: Component) {
        for name in fields.argument_names("extraArgs") {
            let names_a_file = ROLES
                .iter()
                .any(|role| role.reader(component, name).is_some());
            if name == TOKEN_FILE {
                self.notes.push(format!(
                    "{}: --{name} wants a file that is made with --bootstrap token-file or bootstrapper only",
                    fields.path("extraArgs")
                ));
            } else if names_a_file {
                self.notes.push(format!(
                    "{}: --{name} names another file than kubeadm's own, which is made all the same",
                    fields.path("extraArgs")
                ));
            }
        }
    }
}

/// The fields of a document that answer questions.
fn answers(document: Document) -> impl Iterator<Item = (&'static Question, &'static KubeadmField)> {
    let fields = questions()
        .flat_map(|question| question.kubeadm.iter().map(move |field| (question, field)));
    fields.filter(move |(_, field)| field.document == document)
}

/// The names that a section may have.
fn names(document: Document, section: &str, others: &[&'static str]) -> Vec<&'static str> {
    let inside = |path: &'static str| {
        let rest = if section.is_empty() {
            Some(path)
        } else {
            path.strip_prefix(section)?.strip_prefix('.')
        };
        rest?.split('.').next()
    };
    let own = answers(document).filter_map(|(_, field)| inside(field.path));
    own.chain(others.iter().copied()).collect()
}
