//! The ports of one master: the table of ports, and what its flags, kubeconfigs and files make of it.

use std::net::IpAddr;
use std::sync::Arc;

use super::callers::callers;
use super::known::Known;
use crate::inventory::{Inventory, ItemIndex, Reader};
use crate::kubernetes::address::{Address, is_loopback};
use crate::kubernetes::flags::FlagFact;
use crate::kubernetes::port::{PORTS, PortRule};
use crate::kubernetes::role::Part;
use crate::pki::Certificate;

/// A port of this master that serves TLS.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// What it is.
    pub rule: &'static PortRule,
    /// Its number.
    pub number: u16,
    /// Hosts to dial on the master itself, the best first, as "127.0.0.1" or "::1" (no brackets).
    pub local: Vec<String>,
    /// Hosts to dial from elsewhere, the best first.
    pub remote: Vec<String>,
    /// Where its number stands; `None`: it is the default.
    pub told: Option<Reader>,
    /// What it should serve: certificates on the disk, the one by default first. Empty: it makes its own.
    pub on_disk: Vec<ItemIndex>,
    /// Who dials it.
    pub callers: Vec<Caller>,
}

/// Who dials a port, by which names, and what he trusts.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// The component, or the kubeconfig's path.
    pub who: Arc<str>,
    /// The hosts that it dials, as "10.0.0.10".
    pub dials: Vec<String>,
    /// By what it judges.
    pub trust: Trust,
    /// Whether it is a user's own kubeconfig, whose faults are none of the master's.
    pub is_user: bool,
}

/// By what a caller judges a server.
#[derive(Debug, Clone, PartialEq)]
pub enum Trust {
    /// These CA certificates, from this file (or kubeconfig).
    Anchors {
        /// The certificates.
        anchors: Arc<[Certificate]>,
        /// Where they stand.
        file: Arc<str>,
    },
    /// It takes everything: nothing is verified.
    Everything,
    /// It cannot be known, for this reason.
    Unknown(String),
}

/// The ports of a master: of every component that its flags, manifests or layout know.
pub fn ports(inventory: &Inventory) -> Vec<Port> {
    ports_of(&Known::new(inventory))
}

pub(super) fn ports_of(known: &Known<'_>) -> Vec<Port> {
    PORTS.iter().filter_map(|rule| port(known, rule)).collect()
}

fn port(known: &Known<'_>, rule: &'static PortRule) -> Option<Port> {
    if !known.has(rule.component) || is_switched_off(known, rule) {
        return None;
    }
    let place = Place::of(known, rule)?;
    let mut port = Port {
        rule,
        number: place.number,
        local: place.local(),
        remote: place.remote(known),
        told: place.told.map(reader),
        on_disk: on_disk(known, rule),
        callers: Vec::new(),
    };
    port.callers = callers(known, &port);
    Some(port)
}

/// The kubelet can do without its server.
fn is_switched_off(known: &Known<'_>, rule: &PortRule) -> bool {
    let told = known.running(rule.component, &["enable-server", "enableServer"]);
    rule.component == "kubelet" && told.is_some_and(|fact| fact.value == "false")
}

/// Where a port is, as its flags say.
struct Place<'a> {
    number: u16,
    /// Where it listens. Empty: everywhere.
    hosts: Vec<&'a str>,
    advertised: Vec<&'a str>,
    told: Option<&'a FlagFact>,
}

impl<'a> Place<'a> {
    /// `None`: it serves no TLS.
    fn of(known: &Known<'a>, rule: &PortRule) -> Option<Self> {
        let values = |flags| known.running(rule.component, flags).map_or("", |fact: &FlagFact| fact.value.as_str());
        let told = known.running(rule.component, rule.number);
        // The kubelet takes 0 for its default, as every field of its configuration.
        let number = told.and_then(|fact| fact.value.trim().parse().ok());
        let number = number.filter(|number| *number != 0 || rule.component != "kubelet");
        let advertised = addresses(values(rule.advertises)).map(|address| address.host).collect();
        let usual = default_of(known, rule);
        let mut place = Self { number: number.unwrap_or(usual), hosts: Vec::new(), advertised, told };
        let Some(listens) = known.running(rule.component, rule.listens) else {
            if known.inventory.layout == "k3s" && rule.is_for_kubeconfigs {
                place.hosts.push("127.0.0.1");
            }
            let is_plain = rule.number.is_empty() && known.has_flags(rule.component) && on_disk(known, rule).is_empty();
            return (!is_plain && place.number != 0).then_some(place);
        };
        if rule.number.is_empty() {
            // URLs: each says of itself whether it speaks TLS, and on which port.
            let served = || addresses(&listens.value).filter(|address| address.is_tls() && address.port != Some(0));
            place.number = served().next()?.port.unwrap_or(usual);
            place.told = Some(listens);
            let is_there = |address: &Address<'_>| address.port.unwrap_or(usual) == place.number;
            place.hosts = served().filter(is_there).map(|address| address.host).collect();
        } else {
            place.hosts = addresses(&listens.value).map(|address| address.host).collect();
        }
        (place.number != 0).then_some(place)
    }

    /// The machine's own name for itself comes first.
    fn local(&self) -> Vec<String> {
        let mut local: Vec<&str> = Vec::new();
        let mut add = |host: &'a str| {
            if !local.contains(&host) {
                local.push(host);
            }
        };
        let hosts: &[&str] = if self.hosts.is_empty() { &["0.0.0.0"] } else { &self.hosts };
        for host in hosts {
            match host.parse::<IpAddr>() {
                Ok(address) if !address.is_unspecified() => add(host),
                Ok(IpAddr::V4(_)) => add("127.0.0.1"),
                // Go listens on both there.
                Ok(IpAddr::V6(_)) => ["::1", "127.0.0.1"].into_iter().for_each(&mut add),
                Err(_) => add(host),
            }
        }
        local.sort_by_key(|host| !is_loopback(host));
        local.into_iter().map(str::to_owned).collect()
    }

    fn remote(&self, known: &Known<'_>) -> Vec<String> {
        let is_everywhere = |host: &&str| host.parse().is_ok_and(|address: IpAddr| address.is_unspecified());
        let mut remote: Vec<&str> = Vec::new();
        for host in self.advertised.iter().chain(&self.hosts) {
            if !is_loopback(host) && !is_everywhere(host) && !remote.contains(host) {
                remote.push(host);
            }
        }
        // What listens everywhere is reached where the API server is.
        if remote.is_empty() && (self.hosts.is_empty() || self.hosts.iter().any(is_everywhere)) {
            let node = known.running("kube-apiserver", &["advertise-address"]).map(|fact| fact.value.trim());
            remote.extend(node.filter(|node| !node.is_empty()));
        }
        remote.into_iter().map(str::to_owned).collect()
    }
}

/// k3s keeps the port 6443 for itself, with a certificate that it makes there, and its API server behind it.
fn default_of(known: &Known<'_>, rule: &PortRule) -> u16 {
    if known.inventory.layout == "k3s" && rule.is_for_kubeconfigs { 6444 } else { rule.default }
}

fn addresses(list: &str) -> impl Iterator<Item = Address<'_>> + Clone {
    list.split(',').filter_map(Address::parse)
}

fn reader(fact: &FlagFact) -> Reader {
    Reader {
        component: fact.component.as_str().into(),
        flag: fact.flag.as_str().into(),
        file: fact.file.as_str().into(),
        line: fact.line,
    }
}

/// What its flags name, else what plays its roles.
fn on_disk(known: &Known<'_>, rule: &PortRule) -> Vec<ItemIndex> {
    let mut found: Vec<ItemIndex> = Vec::new();
    let mut facts: Vec<&FlagFact> = known.configured(rule.component, rule.serves).collect();
    // The certificate by default comes before those for single names.
    facts.sort_by_key(|fact| fact.flag == "tls-sni-cert-key");
    for (path, part) in facts.iter().flat_map(|fact| fact.files()) {
        if part == Part::Certificate {
            found.extend(own_certificate(known, path).filter(|index| !found.contains(index)));
        }
    }
    let is_told = facts.iter().any(|fact| fact.flag != "tls-sni-cert-key" && !fact.value.is_empty());
    if !is_told {
        for index in rule.roles.iter().flat_map(|role| known.of_role(role)) {
            if !found.contains(index) {
                found.push(*index);
            }
        }
    }
    found
}

/// The certificate of a file that may hold its issuers too: the one that plays a role, else the first.
fn own_certificate(known: &Known<'_>, path: &str) -> Option<ItemIndex> {
    let items = known.at(path);
    let plays = |index: &&ItemIndex| known.inventory.item(**index).is_some_and(|item| !item.roles.is_empty());
    items.iter().find(plays).or_else(|| items.first()).copied()
}
