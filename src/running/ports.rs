//! The ports of one master: the table of ports, and what its flags, kubeconfigs and files make of
//! it.

use core::net::IpAddr;

use super::callers::callers;
use super::known::Known;
use super::port::Port;
use crate::inventory::{Inventory, ItemIndex, Reader};
use crate::kubernetes::address::{Address, is_loopback};
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::FlagFact;
use crate::kubernetes::port::{PORTS, PortRule};
use crate::kubernetes::role::Part;

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
    let place = PortFlags::of(known, rule)?;
    let mut port = Port {
        rule,
        number: place.number,
        local: place.local(),
        remote: place.remote(known),
        told: place.told.map(|fact| Reader::told_by(fact, false)),
        on_disk: on_disk(known, rule),
        callers: Vec::new(),
    };
    port.callers = callers(known, &port);
    Some(port)
}

/// The kubelet can do without its server.
fn is_switched_off(known: &Known<'_>, rule: &PortRule) -> bool {
    let told = known.running(rule.component, &["enable-server", "enableServer"]);
    rule.component == Component::Kubelet && told.is_some_and(|fact| fact.value == "false")
}

/// Where a port is, as its flags say.
struct PortFlags<'a> {
    number: u16,
    /// Where it listens. Empty: everywhere.
    hosts: Vec<&'a str>,
    advertised: Vec<&'a str>,
    told: Option<&'a FlagFact>,
}

impl<'a> PortFlags<'a> {
    /// `None`: it serves no TLS.
    fn of(known: &Known<'a>, rule: &PortRule) -> Option<Self> {
        let values = |flags| {
            known
                .running(rule.component, flags)
                .map_or("", |fact: &FlagFact| fact.value.as_str())
        };
        let told = known.running(rule.component, rule.number);
        // The kubelet takes 0 for its default, as every field of its configuration.
        let number = told.and_then(|fact| fact.value.trim().parse().ok());
        let number = number.filter(|number| *number != 0 || rule.component != Component::Kubelet);
        let advertised = addresses(values(rule.advertises))
            .map(|address| address.host)
            .collect();
        let usual = default_of(known, rule);
        let mut place = Self {
            number: number.unwrap_or(usual),
            hosts: Vec::new(),
            advertised,
            told,
        };
        let Some(listens) = known.running(rule.component, rule.listens) else {
            if known.layout().api_server.is_behind() && rule.is_for_kubeconfigs {
                place.hosts.push("127.0.0.1");
            }
            let is_plain = rule.number.is_empty()
                && known.has_flags(rule.component)
                && on_disk(known, rule).is_empty();
            return (!is_plain && place.number != 0).then_some(place);
        };
        if rule.number.is_empty() {
            // URLs: each says of itself whether it speaks TLS, and on which port.
            let served = || {
                addresses(&listens.value)
                    .filter(|address| address.is_tls() && address.port != Some(0))
            };
            place.number = served().next()?.port.unwrap_or(usual);
            place.told = Some(listens);
            let is_there = |address: &Address<'_>| address.port.unwrap_or(usual) == place.number;
            place.hosts = served()
                .filter(is_there)
                .map(|address| address.host)
                .collect();
        } else {
            place.hosts = addresses(&listens.value)
                .map(|address| address.host)
                .collect();
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
        let hosts: &[&str] = if self.hosts.is_empty() {
            &["0.0.0.0"]
        } else {
            &self.hosts
        };
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
        let is_everywhere = |host: &&str| {
            host.parse()
                .is_ok_and(|address: IpAddr| address.is_unspecified())
        };
        let mut remote: Vec<&str> = Vec::new();
        for host in self.advertised.iter().chain(&self.hosts) {
            if !is_loopback(host) && !is_everywhere(host) && !remote.contains(host) {
                remote.push(host);
            }
        }
        // What listens everywhere is reached where the API server is.
        if remote.is_empty() && (self.hosts.is_empty() || self.hosts.iter().any(is_everywhere)) {
            let node = known
                .running(Component::KubeApiserver, &["advertise-address"])
                .map(|fact| fact.value.trim());
            remote.extend(node.filter(|node| !node.is_empty()));
        }
        remote.into_iter().map(str::to_owned).collect()
    }
}

fn default_of(known: &Known<'_>, rule: &PortRule) -> u16 {
    if rule.is_for_kubeconfigs {
        known.layout().api_server.own_port()
    } else {
        rule.default
    }
}

fn addresses(list: &str) -> impl Iterator<Item = Address<'_>> + Clone {
    list.split(',').filter_map(Address::parse)
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
    let is_told = facts
        .iter()
        .any(|fact| fact.flag != "tls-sni-cert-key" && !fact.value.is_empty());
    if !is_told {
        for index in rule.roles.iter().flat_map(|role| known.of_role(*role)) {
            if !found.contains(index) {
                found.push(*index);
            }
        }
    }
    found
}

/// The certificate of a file that may hold its issuers too: the one that plays a role, else the
/// first.
fn own_certificate(known: &Known<'_>, path: &str) -> Option<ItemIndex> {
    let items = known.at(path);
    let plays = |index: &&ItemIndex| {
        known
            .inventory
            .item(**index)
            .is_some_and(|item| !item.roles.is_empty())
    };
    items.iter().find(plays).or(items.first()).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `component flag=value` with words between; a leading "!" says that a process was told it.
    fn inventory(flags: &[String]) -> Inventory {
        let fact = |(line, text): (u32, &String)| {
            let file = if text.starts_with('!') {
                "/proc/7/cmdline"
            } else {
                "/etc/kubernetes/m.yaml"
            };
            let (component, flag) = text
                .trim_start_matches('!')
                .split_once(' ')
                .unwrap_or((text, ""));
            let component = component.parse().unwrap();
            let (flag, value) = flag.split_once('=').unwrap_or((flag, ""));
            FlagFact {
                component,
                flag: flag.to_owned(),
                value: value.to_owned(),
                file: file.to_owned(),
                line,
            }
        };
        Inventory {
            flags: (1..).zip(flags).map(fact).collect(),
            ..Inventory::default()
        }
    }

    /// As "6443 127.0.0.1 ::1 | 10.0.0.1".
    fn places(name: &str, flags: &str) -> Option<String> {
        let flags: Vec<String> = flags
            .split(';')
            .map(|flag| flag.trim().to_owned())
            .collect();
        let ports = ports(&inventory(&flags));
        let port = ports.iter().find(|port| port.rule.name == name)?;
        Some(
            format!(
                "{} {} | {}",
                port.number,
                port.local.join(" "),
                port.remote.join(" ")
            )
            .trim_end()
            .to_owned(),
        )
    }

    fn assert_places(name: &str, cases: &[(&str, Option<&str>)]) {
        for (flags, expected) in cases {
            assert_eq!(places(name, flags).as_deref(), *expected, "{name}: {flags}");
        }
    }

    #[test]
    fn flags_say_where_a_port_is() {
        let cases = [
            ("kube-apiserver v=2", Some("6443 127.0.0.1 |")),
            ("kube-apiserver secure-port=8443", Some("8443 127.0.0.1 |")),
            ("kube-apiserver secure-port=x", Some("6443 127.0.0.1 |")),
            ("kube-apiserver secure-port=70000", Some("6443 127.0.0.1 |")),
            (
                "kube-apiserver bind-address=10.0.0.1",
                Some("6443 10.0.0.1 | 10.0.0.1"),
            ),
            (
                "kube-apiserver bind-address=0.0.0.0",
                Some("6443 127.0.0.1 |"),
            ),
            ("kube-apiserver bind-address=", Some("6443 127.0.0.1 |")),
            (
                "kube-apiserver bind-address=::;kube-apiserver advertise-address=fd00::1",
                Some("6443 ::1 127.0.0.1 | fd00::1"),
            ),
            // What runs says more than what is written.
            (
                "kube-apiserver secure-port=1;!kube-apiserver secure-port=2",
                Some("2 127.0.0.1 |"),
            ),
        ];
        assert_places("kube-apiserver", &cases);
    }

    #[test]
    fn a_scheduler_without_a_port_has_none() {
        let cases = [
            ("kube-scheduler secure-port=0", None),
            (
                "kube-scheduler bind-address=127.0.0.1",
                Some("10259 127.0.0.1 |"),
            ),
            ("kube-apiserver v=2", None),
        ];
        assert_places("kube-scheduler", &cases);
    }

    #[test]
    fn a_kubelet_is_reached_where_the_api_server_is() {
        let cases = [
            ("kubelet port=0", Some("10250 127.0.0.1 |")),
            ("kubelet enableServer=false", None),
            (
                "kubelet port=1;kubelet address=::1;kube-apiserver advertise-address=10.0.0.9",
                Some("1 ::1 |"),
            ),
            (
                "kubelet v=2;kube-apiserver advertise-address=10.0.0.9",
                Some("10250 127.0.0.1 | 10.0.0.9"),
            ),
        ];
        assert_places("kubelet", &cases);
    }

    #[test]
    fn urls_of_etcd_say_where_it_listens() {
        let two = "etcd listen-client-urls=https://10.0.0.1:2379,https://127.0.0.1:2379";
        let cases = [
            (two, Some("2379 127.0.0.1 10.0.0.1 | 10.0.0.1")),
            (
                "etcd listen-client-urls=http://127.0.0.1:1,https://[::1]:2",
                Some("2 ::1 |"),
            ),
            ("etcd listen-client-urls=http://127.0.0.1:2379", None),
            (
                "etcd listen-client-urls=unix:///run/etcd.sock,unixs://x:0",
                None,
            ),
            (
                "etcd listen-client-urls=https://0.0.0.0:7,https://h:8",
                Some("7 127.0.0.1 |"),
            ),
            ("etcd listen-client-urls=https://:2379", None),
            ("etcd data-dir=/d", None),
        ];
        assert_places("etcd", &cases);
        let peer = "etcd listen-peer-urls=https://10.0.0.1:2380;etcd initial-advertise-peer-urls=https://a:2380";
        assert_places("etcd-peer", &[(peer, Some("2380 10.0.0.1 | a 10.0.0.1"))]);
    }

    #[test]
    fn a_port_knows_where_its_number_stands() {
        let flags = ["kubelet v=2", "kubelet port=7", "kube-scheduler v=2"].map(str::to_owned);
        let told: Vec<_> = ports(&inventory(&flags))
            .into_iter()
            .map(|port| port.told.map(|told| (told.flag, told.line)))
            .collect();
        assert_eq!(told, [None, Some(("port".into(), 2))]);
    }

    proptest! {
        #[test]
        fn no_flag_makes_it_panic(
            flags in proptest::collection::vec(
                ("!?(etcd|kubelet|kube-(apiserver|scheduler|controller-manager)) \
                  (listen-(client|peer)-urls|bind-address|address|secure-port|port|etcd-servers|service-cluster-ip-range|\
                  tls-cert-file|tls-sni-cert-key|etcd-cafile|root-ca-file|node-ip|advertise-address)", "\\PC{0,40}"),
                0..12,
            ),
        ) {
            let flags: Vec<String> = flags.into_iter().map(|(flag, value)| format!("{flag}={value}")).collect();
            for port in ports(&inventory(&flags)) {
                prop_assert!(port.number != 0);
                prop_assert!(!port.local.is_empty());
            }
        }
    }
}
