//! Requests that a line of words says, and the master by which they are judged.

use std::fs;
use std::sync::Arc;

use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::bootstrap::BindingItem;
use kubepki::inventory::tree::Verified;
use kubepki::inventory::writer::{OtherWriter, Who};
use kubepki::inventory::{Inventory, RequestItem, RequestObject};
use kubepki::kubernetes::component::Component;
use kubepki::kubernetes::flags::FlagFact;
use kubepki::kubernetes::signing_request::RequestedUsage;
use kubepki::pki::issue::RequestSpec;
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{ExtendedKeyUsage, GeneralName, KeyUsage, Name, pem};
use kubepki::progress::silent;
use kubepki::record::Approval;
use kubepki::verdict::authority::authority_of;
use kubepki::verdict::{Evidence, Verdict, judge, judge_one};
use time::{Duration, OffsetDateTime};

use super::ground::Ground;

/// The master by which they are judged.
pub(crate) struct Bench {
    pub(crate) ground: Ground,
    pub(crate) inventory: Inventory,
    moment: OffsetDateTime,
}

/// One line's words: `name=value`, or a name alone.
pub(crate) struct Asked<'a>(pub(crate) &'a str);

impl<'a> Asked<'a> {
    fn value(&self, name: &str) -> Option<&'a str> {
        let mut words = self.0.split_whitespace();
        words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }

    fn has(&self, name: &str) -> bool {
        self.0.split_whitespace().any(|word| word == name)
    }

    /// The parts between plus signs.
    fn list(&self, name: &str) -> Vec<&'a str> {
        self.value(name)
            .map_or_else(Vec::new, |all| all.split('+').collect())
    }
}

impl Bench {
    /// One that was set up, with quick keys.
    pub(crate) fn new() -> Self {
        let ground = Ground::set_up();
        let options = OpenOptions {
            root: ground.folder.path().join("root"),
            processes: false,
            ..OpenOptions::default()
        };
        let inventory = open(&options, &silent, &mut Verified::new()).expect("a master");
        Self {
            ground,
            inventory,
            moment: OffsetDateTime::now_utc(),
        }
    }

    fn key(&self, asked: &Asked<'_>) -> PrivateKey {
        let Some(path) = asked.value("keyof") else {
            let algorithm = match asked.value("key") {
                Some("ed25519") => KeyAlgorithm::Ed25519,
                Some("p384") => KeyAlgorithm::EcdsaP384,
                _ => KeyAlgorithm::EcdsaP256,
            };
            return PrivateKey::generate(algorithm).expect("a key");
        };
        let file = self
            .ground
            .master
            .file(&format!("/etc/kubernetes/pki/{path}"));
        let text = fs::read(file).expect("a key");
        let blocks = pem::blocks(&text);
        let mut blocks = blocks.iter().flatten();
        PrivateKey::from_block(blocks.next().expect("a block")).expect("a key")
    }

    /// The request of a line.
    pub(crate) fn request(&self, asked: &Asked<'_>) -> RequestItem {
        let mut parts: Vec<(&str, &str)> = asked
            .list("o")
            .into_iter()
            .map(|group| ("O", group))
            .collect();
        parts.extend(asked.value("cn").map(|name| ("CN", name)));
        let names = asked.list("san").into_iter();
        let names: Vec<GeneralName> = names.map(|name| name.parse().expect("a name")).collect();
        let usages = asked.list("eku").into_iter().map(extended);
        let spec = RequestSpec {
            subject: Name::with_attributes(&parts).expect("a subject"),
            subject_alt_names: names,
            key_usage: if asked.has("signs") {
                vec![KeyUsage::CertSign]
            } else {
                Vec::new()
            },
            extended_key_usage: usages.collect(),
        };
        let request = spec.sign(&self.key(asked)).expect("a request");
        RequestItem {
            writers: asked.has("others").then(others),
            id: "request".into(),
            path: "/etc/kubernetes/requests/request.yaml".into(),
            name: "request".to_owned(),
            request: Ok(request),
            object: asked.value("signer").map(|signer| object(asked, signer)),
            key_path: asked
                .has("keyhere")
                .then(|| "/etc/kubernetes/pki/sa.key".into()),
        }
    }

    /// What is thought of a request that lies beside the master's own.
    pub(crate) fn judged(&self, request: &RequestItem) -> Verdict {
        let approval = Approval::default();
        let evidence = Evidence::new(&self.inventory, &approval, self.moment);
        judge_one(request, &evidence).verdict
    }

    /// What is thought of the request of a line.
    pub(crate) fn judge(&self, line: &str) -> Verdict {
        let asked = Asked(line);
        let request = self.request(&asked);
        let mut inventory = self.inventory.clone();
        if !asked.has("noflags") {
            inventory.flags.extend(flags(&asked));
        }
        if asked.has("bound") {
            inventory.bootstrap.bindings.push(BindingItem {
                name: "auto".to_owned(),
                cluster_role: "system:certificates.k8s.io:certificatesigningrequests:nodeclient"
                    .to_owned(),
                subjects: vec![("Group".to_owned(), "system:bootstrappers".to_owned())],
                path: "/etc/kubernetes/bindings.yaml".into(),
            });
        }
        for _ in 0..if asked.has("twice") { 2 } else { 1 } {
            inventory.requests.push(request.clone());
        }
        let approval = Approval {
            node_names: texts(&asked, "nodes"),
            address_ranges: texts(&asked, "ranges"),
            maximum_days: asked.value("most").map(|days| days.parse().expect("days")),
        };
        let moment = self.moment + Duration::days(if asked.has("later") { 4000 } else { 0 });
        let evidence = Evidence::new(&inventory, &approval, moment);
        let authority = match asked.value("ca") {
            Some("none") => None,
            Some(id) => inventory
                .items
                .iter()
                .find(|item| *item.id == *id || item.roles.iter().any(|role| role.name == id)),
            None => authority_of(&inventory, &request).and_then(|at| inventory.item(at)),
        };
        judge(&request, authority, &evidence)
    }
}

/// Somebody who can change files.
fn others() -> Arc<[OtherWriter]> {
    Arc::from([OtherWriter {
        who: Who::Everyone,
        path: "/etc/kubernetes".into(),
    }])
}

fn texts(asked: &Asked<'_>, name: &str) -> Vec<String> {
    asked.list(name).into_iter().map(str::to_owned).collect()
}

fn extended(word: &str) -> ExtendedKeyUsage {
    match word {
        "client" => ExtendedKeyUsage::ClientAuth,
        "server" => ExtendedKeyUsage::ServerAuth,
        other => panic!("{other} is no usage"),
    }
}

fn object(asked: &Asked<'_>, signer: &str) -> RequestObject {
    let word = |word: &str| {
        match word {
            "ds" => "digital signature",
            "ke" => "key encipherment",
            "client" => "client auth",
            "server" => "server auth",
            "sign" => "cert sign",
            other => other,
        }
        .to_owned()
    };
    let signer = match signer {
        "client" => "kubernetes.io/kube-apiserver-client",
        "kubelet" => "kubernetes.io/kube-apiserver-client-kubelet",
        "serving" => "kubernetes.io/kubelet-serving",
        "legacy" => "kubernetes.io/legacy-unknown",
        "own" => "example.com/serving",
        "unnamed" => "",
        other => other,
    };
    RequestObject {
        signer_name: signer.to_owned(),
        username: asked.value("user").unwrap_or_default().to_owned(),
        groups: texts(asked, "groups"),
        usages: asked
            .list("usages")
            .into_iter()
            .map(word)
            .map(RequestedUsage::of_word)
            .collect(),
        has_wrong_expiration: asked.has("misspelt-seconds"),
        expiration_seconds: asked
            .value("seconds")
            .map(|text| text.parse().expect("seconds")),
        ..RequestObject::default()
    }
}

fn flags(asked: &Asked<'_>) -> Vec<FlagFact> {
    let fact = |component, flag: &str, value: &str| FlagFact {
        component,
        flag: flag.to_owned(),
        value: value.to_owned(),
        file: "/etc/kubernetes/manifests/x.yaml".to_owned(),
        line: 1,
    };
    let clients = asked
        .value("clients")
        .unwrap_or("/etc/kubernetes/pki/ca.crt");
    let server = Component::KubeApiserver;
    let allowed = asked.value("allowed").unwrap_or("front-proxy-client");
    let allowed = if allowed == "any" { "" } else { allowed };
    vec![
        fact(server, "client-ca-file", clients),
        fact(server, "requestheader-allowed-names", allowed),
        fact(server, "service-cluster-ip-range", "10.96.0.0/12"),
        fact(
            Component::KubeControllerManager,
            "cluster-signing-duration",
            asked.value("granted").unwrap_or("8760h"),
        ),
    ]
}
