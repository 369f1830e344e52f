//! kubectl's view: whether a kubeconfig takes the server that it names, by the files and by what
//! was served.

use std::sync::Arc;

use time::OffsetDateTime;

use super::callers::{dialled, is_behind, is_here, leads_here, trust_of, used_clusters};
use super::comparison::chain;
use super::known::Known;
use super::ports::ports_of;
use super::{Observation, Port, Trust};
use crate::inventory::{Cluster, Inventory, KubeconfigItem, Reaches};
use crate::kubernetes::address::Address;
use crate::pki::Certificate;
use crate::pki::trust::trusts;

/// One cluster of one kubeconfig that a context uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The kubeconfig, as on the master.
    pub path: Arc<str>,
    /// The contexts that use the cluster, in the file's order.
    pub contexts: Vec<String>,
    /// The cluster's name.
    pub cluster: String,
    /// The server's URL.
    pub server: String,
    /// The proxy that stands before it: what kubectl is shown there cannot be seen from here.
    pub proxy: Option<String>,
    /// Whether the current context uses it.
    pub is_current: bool,
    /// What it says to the certificate that lies on the disk for the server.
    pub on_disk: ServerVerdict,
    /// What it says to what the server served.
    pub live: ServerVerdict,
}

/// What a kubeconfig says to a server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerVerdict {
    /// It takes it.
    Match,
    /// It refuses it, for this reason: a sentence.
    Refused(String),
    /// It verifies nothing: it takes every server.
    Everything,
    /// It cannot be known, for this reason: a sentence.
    Unknown(String),
}

/// Names of a served certificate that a sentence gives, at most: it may have thousands.
const MOST_NAMES: usize = 8;

/// kubectl's view of every kubeconfig, in the order of their paths and clusters.
pub fn kubeconfig_views(
    inventory: &Inventory,
    observation: &Observation,
    moment: OffsetDateTime,
) -> Vec<View> {
    let known = Known::new(inventory);
    let ports = ports_of(&known);
    let port = ports.iter().find(|port| port.rule.is_for_kubeconfigs);
    let chain = port
        .and_then(|port| port.on_disk.first())
        .map(|index| chain(&known, *index))
        .unwrap_or_default();
    let server = Server {
        known: &known,
        port,
        chain,
        observation,
        moment,
    };
    let views = inventory.kubeconfigs.iter().flat_map(|kubeconfig| {
        let views = used_clusters(kubeconfig)
            .map(|(cluster, reaches)| server.view(kubeconfig, cluster, reaches));
        views.chain(without_cluster(kubeconfig))
    });
    views.collect()
}

/// The contexts whose cluster is not in the file: kubectl refuses them.
fn without_cluster(kubeconfig: &KubeconfigItem) -> impl Iterator<Item = View> {
    let is_there = |name: &str| {
        kubeconfig
            .clusters
            .iter()
            .any(|cluster| cluster.name == name)
    };
    let contexts = kubeconfig
        .contexts
        .iter()
        .filter(move |context| !is_there(&context.cluster));
    contexts.map(|context| {
        let refused = || {
            ServerVerdict::Refused("kubectl refuses it: its cluster is not in the file".to_owned())
        };
        View {
            path: Arc::clone(&kubeconfig.path),
            contexts: vec![context.name.clone()],
            cluster: context.cluster.clone(),
            server: String::new(),
            proxy: None,
            is_current: context.name == kubeconfig.current,
            on_disk: refused(),
            live: refused(),
        }
    })
}

/// What can be said of a cluster whatever its server shows.
fn at_once(cluster: &Cluster) -> Option<ServerVerdict> {
    if let Some(fault) = &cluster.fault {
        return Some(ServerVerdict::Refused(format!(
            "kubectl refuses it: {fault}"
        )));
    }
    // Without TLS nothing is verified either.
    let is_plain = Address::parse(&cluster.server).is_some_and(|address| !address.is_tls());
    is_plain.then_some(ServerVerdict::Everything)
}

/// The master's API server, by which kubeconfigs are judged.
struct Server<'a> {
    known: &'a Known<'a>,
    port: Option<&'a Port>,
    /// What lies on the disk for it.
    chain: Vec<Certificate>,
    observation: &'a Observation,
    moment: OffsetDateTime,
}

impl Server<'_> {
    fn view(&self, kubeconfig: &KubeconfigItem, cluster: &Cluster, reaches: Reaches) -> View {
        let contexts = kubeconfig
            .contexts
            .iter()
            .filter(|context| context.cluster == cluster.name);
        let contexts: Vec<String> = contexts.map(|context| context.name.clone()).collect();
        View {
            path: Arc::clone(&kubeconfig.path),
            is_current: contexts.contains(&kubeconfig.current),
            contexts,
            cluster: cluster.name.clone(),
            server: cluster.server.clone(),
            proxy: cluster.proxy.clone(),
            on_disk: self.on_disk(kubeconfig, cluster, reaches),
            live: self.live(kubeconfig, cluster),
        }
    }

    fn on_disk(
        &self,
        kubeconfig: &KubeconfigItem,
        cluster: &Cluster,
        reaches: Reaches,
    ) -> ServerVerdict {
        let unknown = |why: &str| ServerVerdict::Unknown(why.to_owned());
        if let Some(verdict) = at_once(cluster) {
            return verdict;
        }
        if cluster.insecure {
            return ServerVerdict::Everything;
        }
        if !leads_here(kubeconfig, reaches) {
            return unknown(match reaches {
                Reaches::ThroughRancher => "it leads through Rancher",
                Reaches::AnotherCluster => "it leads to another cluster",
                Reaches::ThisMaster | Reaches::Unknown => "where it leads cannot be known",
            });
        }
        let (Some(port), Some(address)) = (self.port, Address::parse(&cluster.server)) else {
            return unknown("no API server is known here");
        };
        if !is_behind(self.known, port, address) {
            return unknown(&format!(
                "{} makes the certificate of that port itself",
                self.known.layout().title
            ));
        }
        if is_here(port, address.host) && address.port_or_default() != port.number {
            return unknown("that port is not the API server's: a tunnel, or another server");
        }
        if self.chain.is_empty() {
            return unknown("the API server's certificate is not on the disk");
        }
        self.judge(
            kubeconfig,
            cluster,
            &self.chain,
            &dialled(port, kubeconfig, cluster, address),
        )
    }

    fn live(&self, kubeconfig: &KubeconfigItem, cluster: &Cluster) -> ServerVerdict {
        if let Some(verdict) = at_once(cluster) {
            return verdict;
        }
        if let Some(proxy) = &cluster.proxy {
            return ServerVerdict::Unknown(format!(
                "it goes through {proxy}: what it is shown there cannot be seen from here"
            ));
        }
        let Some(answer) = self.observation.answer(&cluster.server) else {
            return ServerVerdict::Unknown("it was not asked".to_owned());
        };
        let served = match &answer.result {
            Ok(served) => served,
            Err(silence) => {
                return ServerVerdict::Unknown(format!("{}: {silence}", answer.address));
            }
        };
        let host = Address::parse(&cluster.server).map(|address| address.host);
        let name = cluster
            .tls_server_name
            .as_deref()
            .or(host)
            .map(str::to_owned);
        let verdict = self.judge(kubeconfig, cluster, &served.chain, name.as_slice());
        match (verdict, served.leaf()) {
            (ServerVerdict::Refused(why), Some(leaf)) => {
                ServerVerdict::Refused(format!("{why}; {}", presented(leaf)))
            }
            (verdict, _) => verdict,
        }
    }

    fn judge(
        &self,
        kubeconfig: &KubeconfigItem,
        cluster: &Cluster,
        chain: &[Certificate],
        hosts: &[String],
    ) -> ServerVerdict {
        match trust_of(kubeconfig, cluster) {
            Trust::Everything => ServerVerdict::Everything,
            Trust::Unknown(why) => ServerVerdict::Unknown(why),
            Trust::Anchors { anchors, .. } => match trusts(&anchors, chain, hosts, self.moment) {
                Ok(()) => ServerVerdict::Match,
                Err(why) => ServerVerdict::Refused(why.to_string()),
            },
        }
    }
}

/// Who signed what was presented, and for which names.
fn presented(leaf: &Certificate) -> String {
    let details = leaf.details();
    let names = &details.subject_alt_names;
    let mut shown: Vec<String> = names
        .iter()
        .take(MOST_NAMES)
        .map(ToString::to_string)
        .collect();
    if names.len() > MOST_NAMES {
        shown.push(format!("{} more", names.len() - MOST_NAMES));
    }
    let shown = if shown.is_empty() {
        "no names".to_owned()
    } else {
        shown.join(", ")
    };
    format!(
        "{} is served, signed by {} for {shown}",
        details.subject.to_rfc4514(),
        details.issuer.to_rfc4514()
    )
}
