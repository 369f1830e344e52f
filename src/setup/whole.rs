//! All answers together: what is wrong with each by itself stands in the row of its question.

#[cfg(test)]
mod tests;
mod warnings;

use super::check::{self, Fault, Networks};
use super::question::questions;
use super::{AuthorityKeys, ClusterField, ClusterSpec, ExternalEtcd, NodeRole};
use crate::kubernetes::address::Address;
use crate::kubernetes::component::Component;
use crate::kubernetes::layout::{Authorities, Layout, settable};
use crate::pki::text::printable;

/// Of how many members etcd is at most (etcd's FAQ, "What is maximum cluster size?").
const MOST_MEMBERS: usize = 7;

/// The faults that were found.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn say<T>(&mut self, field: ClusterField, checked: Result<T, impl Into<String>>) {
        if let Err(why) = checked {
            self.0.push(Fault {
                field,
                why: why.into(),
            });
        }
    }

    fn has(&self, field: ClusterField) -> bool {
        self.0.iter().any(|fault| fault.field == field)
    }

    /// All of them, in the order in which the answers are asked.
    fn in_order(mut self) -> Vec<Fault> {
        self.0
            .sort_by_key(|fault| questions().position(|question| question.field == fault.field));
        self.0
    }

    /// Says `why` where `is_wrong`.
    fn when(&mut self, is_wrong: bool, field: ClusterField, why: &str) {
        if is_wrong {
            self.0.push(Fault {
                field,
                why: why.to_owned(),
            });
        }
    }
}

impl ClusterSpec {
    /// Everything that is wrong with the answers, in the order in which they are asked; empty: they
    /// can be used.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults(self.faults_while_growing());
        let members = self.members().count();
        if members > 0 && members.is_multiple_of(2) && members <= MOST_MEMBERS {
            faults.say(ClusterField::Nodes, Err::<(), _>(even(members)));
        }
        faults.when(
            self.needs_endpoint() && self.control_plane_endpoint.is_none(),
            ClusterField::ControlPlaneEndpoint,
            "kubeadm join takes a second control plane node only where there is one: give a name, as \
             api.example.com:6443, that leads to one of them or to a load balancer",
        );
        faults.in_order()
    }

    /// The same for a cluster that nodes are added to one by one: on the way from one member of
    /// etcd to three there are two.
    pub fn faults_while_growing(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        // Machines are looked at as they are, not as lines.
        for question in questions().filter(|question| question.field != ClusterField::Nodes) {
            for why in question.faults(self) {
                faults.say(question.field, Err::<(), _>(why));
            }
        }
        self.check_nodes(&mut faults);
        self.check_network(&mut faults);
        self.check_etcd(&mut faults);
        self.check_authorities(&mut faults);
        self.check_keys(&mut faults);
        faults.in_order()
    }

    /// True where clients call one of several control plane nodes by its own address.
    fn lacks_endpoint(&self) -> bool {
        self.masters().count() > 1 && self.control_plane_endpoint.is_none()
    }

    fn check_nodes(&self, faults: &mut Faults) {
        for (index, node) in self.nodes.iter().enumerate() {
            let name = printable(&node.name);
            faults.say(ClusterField::Nodes, check::node_name(&node.name));
            faults.say(
                ClusterField::Nodes,
                check::twice(&self.nodes[..index], node),
            );
            if node.addresses.is_empty() {
                faults.say(
                    ClusterField::Nodes,
                    Err::<(), _>(format!(
                        "{name} has no address: give the one that it is reached at"
                    )),
                );
            }
            if node.roles.is_empty() {
                faults.say(
                    ClusterField::Nodes,
                    Err::<(), _>(format!("{name} has no role: take master, etcd, worker")),
                );
            }
            let usable = node
                .addresses
                .iter()
                .try_for_each(|address| check::usable(*address));
            faults.say(
                ClusterField::Nodes,
                usable.map_err(|why| format!("{name}: {why}")),
            );
        }
        faults.when(
            self.masters().next().is_none(),
            ClusterField::Nodes,
            "no machine is a control plane node: one line at least has the role master",
        );
        let members = self.members().count();
        if members > MOST_MEMBERS {
            faults.say(
                ClusterField::Nodes,
                Err::<(), _>(format!(
                    "etcd would have {members} members: more than {MOST_MEMBERS} make it slower and no safer; \
                     give three or five machines the role etcd"
                )),
            );
        }
    }

    fn check_network(&self, faults: &mut Faults) {
        let runs_etcd = self
            .masters()
            .any(|master| self.members().any(|member| member.name == master.name));
        let etcd = Component::Etcd.as_str();
        let taken = [
            (2379, etcd, runs_etcd),
            (2380, etcd, runs_etcd),
            (10250, "the kubelet", true),
        ];
        for (port, whose, _) in taken
            .into_iter()
            .filter(|(port, _, runs)| *runs && *port == self.bind_port)
        {
            faults.say(
                ClusterField::BindPort,
                Err::<(), _>(format!(
                    "{whose} listens on {port} on the same machine: take another"
                )),
            );
        }
        let networks = Networks::of(self);
        faults.say(ClusterField::ServiceSubnet, networks.check_services());
        faults.say(ClusterField::ServiceSubnet, self.check_families(&networks));
        faults.say(ClusterField::PodSubnet, networks.check_pods());
        let can = |layout: &Layout| {
            layout
                .setup
                .as_ref()
                .is_some_and(|setup| setup.certificates_directory.is_some())
        };
        let is_stuck =
            self.certificates_directory.is_some() && !self.known_layout().is_some_and(can);
        let why = format!("only {}'s files can lie elsewhere", names(can));
        faults.when(is_stuck, ClusterField::CertificatesDirectory, &why);
    }

    /// kube-apiserver options/validation.go, validatePublicIPServiceClusterIPRangeIPFamilies.
    fn check_families(&self, networks: &Networks) -> Result<(), String> {
        let Some(services) = networks.services.first() else {
            return Ok(());
        };
        let is_other = |address: core::net::IpAddr| address.is_ipv4() != services.addr().is_ipv4();
        match self
            .masters()
            .find_map(|node| Some((node, node.address().filter(|address| is_other(*address))?)))
        {
            Some((node, address)) => Err(format!(
                "{services} comes first and {} advertises {address}: the API server wants both of one family",
                printable(&node.name)
            )),
            None => Ok(()),
        }
    }

    fn check_etcd(&self, faults: &mut Faults) {
        let Some(external) = &self.etcd.external else {
            return;
        };
        faults.say(ClusterField::EtcdEndpoints, external_etcd(external));
        faults.when(
            self.nodes.iter().any(|node| node.is(NodeRole::Etcd)),
            ClusterField::EtcdEndpoints,
            "somebody else keeps etcd, and a machine has the role etcd: take one of both away",
        );
        faults.when(
            self.etcd.peer_authority || !self.etcd.server_sans.is_empty() || !self.etcd.peer_sans.is_empty(),
            ClusterField::EtcdEndpoints,
            "nothing is made for an etcd that somebody else keeps: no names and no CA of its members belong here",
        );
    }

    fn check_authorities(&self, faults: &mut Faults) {
        let is_single = self.is_of_one_authority();
        faults.when(
            self.etcd.peer_authority && (is_single || self.one_authority),
            ClusterField::EtcdPeerAuthority,
            "one CA signs for everything: etcd's members can have none of their own",
        );
        faults.when(
            self.intermediate_authorities && self.external_authority,
            ClusterField::IntermediateAuthorities,
            "somebody else's CA answers: whether it is an intermediate is decided there",
        );
        let others = names(|layout| layout.authorities != Authorities::One);
        let why = format!(
            "{}, and an external CA keeps it: take {others}",
            self.signs_tokens()
        );
        faults.when(
            is_single && self.external_authority,
            ClusterField::ExternalAuthority,
            &why,
        );
        let is_away = match self.authority_keys {
            AuthorityKeys::EveryMaster => false,
            AuthorityKeys::Here => self.masters().count() > 1,
            AuthorityKeys::Apart => true,
        };
        let why = format!(
            "{}: it lies on every control plane node",
            self.signs_tokens()
        );
        faults.when(is_single && is_away, ClusterField::AuthorityKeys, &why);
    }

    /// What follows from one CA for everything.
    fn signs_tokens(&self) -> String {
        format!(
            "in {} the CA's key also signs service account tokens",
            self.layout
        )
    }

    fn check_keys(&self, faults: &mut Faults) {
        let is_another = self
            .service_account_key_algorithm
            .is_some_and(|algorithm| algorithm != self.key_algorithm);
        let why = format!("{}: it has one algorithm", self.signs_tokens());
        faults.when(
            self.is_of_one_authority() && is_another,
            ClusterField::ServiceAccountKeyAlgorithm,
            &why,
        );
        if !faults.has(ClusterField::CertificateHours) && !faults.has(ClusterField::AuthorityHours)
        {
            let checked = check::lifetimes(self.certificate_hours, self.authority_hours);
            faults.say(ClusterField::CertificateHours, checked);
        }
        let able = names(|layout| layout.setup.as_ref().is_some_and(|setup| setup.subject));
        let why = format!("only {able} has more in its subjects than CN and O");
        faults.when(
            !self.subject.is_empty() && !self.has_subject(),
            ClusterField::Subject,
            &why,
        );
    }

    /// What is allowed and can surprise, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        warnings::of(self)
    }
}

/// The layouts of a setup that are such, as "kubeadm or split".
fn names(is_such: impl Fn(&Layout) -> bool) -> String {
    settable()
        .filter(|layout| is_such(layout))
        .map(|layout| layout.name.as_str())
        .collect::<Vec<_>>()
        .join(" or ")
}

fn even(members: usize) -> String {
    let (less, more) = (members - 1, members + 1);
    // Most of them must be there (etcd's FAQ, "Why an odd number of cluster members?").
    let bear = less / 2;
    format!(
        "etcd would have {members} members: they bear the loss of {bear}, no more than {less} would; take {less} or {more}"
    )
}

impl ExternalEtcd {
    /// What the API server lacks to reach it over HTTPS. kubeadm takes such answers, and an etcd
    /// that asks for a client certificate, as kubeadm's own does, refuses.
    pub fn lack(&self) -> Option<&'static str> {
        let is_tls =
            |endpoint: &String| Address::parse(endpoint).is_some_and(|address| address.is_tls());
        if !self.endpoints.iter().any(is_tls) || !self.cert_file.is_empty() {
            return None;
        }
        Some(if self.ca_file.is_empty() {
            "the API server gets no --etcd-cafile, -certfile and -keyfile: it trusts the system's CAs, and an etcd that asks \
             for a client certificate refuses it; say where the files of that etcd lie on the masters"
        } else {
            "the API server gets no --etcd-certfile and -keyfile: an etcd that asks for a client certificate refuses it; say \
             where they lie on the masters"
        })
    }
}

/// kubeadm validation.go, ValidateEtcd.
fn external_etcd(external: &ExternalEtcd) -> Result<(), String> {
    if external.endpoints.is_empty() {
        return Err(
            "an etcd that somebody else keeps has endpoints, as https://10.0.0.20:2379".to_owned(),
        );
    }
    if external.cert_file.is_empty() != external.key_file.is_empty() {
        return Err(
            "the client's certificate and its key belong together: give both files, or none"
                .to_owned(),
        );
    }
    if external.ca_file.is_empty() && !external.cert_file.is_empty() {
        return Err(
            "the client's certificate stands there without the CA of etcd's servers".to_owned(),
        );
    }
    let has_files = [&external.ca_file, &external.cert_file, &external.key_file]
        .iter()
        .any(|file| !file.is_empty());
    let is_plain =
        |endpoint: &&String| Address::parse(endpoint).is_some_and(|address| !address.is_tls());
    match external
        .endpoints
        .iter()
        .find(is_plain)
        .filter(|_| has_files)
    {
        Some(plain) => Err(format!(
            "{:?} is plain HTTP, and there are certificates for it",
            printable(plain)
        )),
        None => Ok(()),
    }
}
