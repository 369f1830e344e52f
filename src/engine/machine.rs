//! The machine under a root, and whether there is a PKI at all: with what a setup begins.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use super::ground::{OpenOptions, root_of};
use super::open::SETUP_FOLDER;
use crate::inventory::beginning::{Beginning, Machine};
use crate::inventory::{Inventory, Item, KeyState};
use crate::kubernetes::role::RoleId;
use crate::store::guarded;
use crate::store::read::{Root, Trouble};

/// Roles that a worker has: its kubelet's, and the CA by which it knows the API server.
const OF_WORKERS: [RoleId; 6] = [
    RoleId::KubeletConf,
    RoleId::BootstrapKubeletConf,
    RoleId::KubeletClient,
    RoleId::KubeletServing,
    RoleId::KubeProxyConf,
    RoleId::Ca,
];

/// The machine, as far as it offers answers. Only of the one that runs kubepki are the addresses
/// asked; of another's disk they are known where a flag says them.
pub fn machine(options: &OpenOptions, inventory: &Inventory) -> Machine {
    let is_live = options.directory.is_none() && options.root == Path::new("/");
    let own = || is_live.then(|| guarded::proc_text("/proc/sys/kernel/hostname"));
    // kubeadm takes the host's name so (cmd/kubeadm/app/util/config/common.go,
    // nodeutil.GetHostname).
    let name = inventory
        .node
        .clone()
        .or_else(own)
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let flagged = inventory
        .flags
        .iter()
        .find(|fact| fact.flag == "advertise-address");
    let flagged = flagged.and_then(|fact| fact.value.parse::<IpAddr>().ok());
    let live = if is_live {
        live_addresses()
    } else {
        Vec::new()
    };
    let mut addresses = Vec::new();
    for address in flagged.into_iter().chain(live) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    let folder = std::env::current_dir()
        .ok()
        .and_then(|folder| folder.to_str().map(str::to_owned));
    let home = directories::BaseDirs::new()
        .and_then(|folders| folders.home_dir().to_str().map(str::to_owned));
    Machine {
        name,
        addresses,
        folder: folder.unwrap_or_default(),
        home: home.unwrap_or_default(),
    }
}

/// The addresses of this machine's interfaces, those first through which it reaches others.
fn live_addresses() -> Vec<IpAddr> {
    let routes = guarded::proc_text("/proc/net/route");
    let outward: BTreeSet<&str> = default_interfaces(&routes).collect();
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let usable = interfaces
        .into_iter()
        .filter(|one| !one.is_loopback() && !one.is_link_local());
    let mut usable: Vec<_> = usable.collect();
    usable.sort_by_key(|one| (!outward.contains(one.name.as_str()), one.ip().is_ipv6()));
    usable.into_iter().map(|one| one.ip()).collect()
}

/// The interfaces of default routes, as `/proc/net/route` lists them: name, destination, gateway.
fn default_interfaces(routes: &str) -> impl Iterator<Item = &str> {
    routes.lines().skip(1).filter_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next()?;
        (words.next()? == "00000000").then_some(name)
    })
}

/// Whether there is a PKI, as far as one was allowed to look. A folder that was named in place of a
/// root is what it is.
pub fn beginning(options: &OpenOptions, inventory: &Inventory) -> Beginning {
    match root_of(options) {
        _ if is_worker(inventory) => Beginning::Worker,
        _ if !inventory.is_bare() || options.directory.is_some() => Beginning::Master,
        _ if !inventory.unread.is_empty() => Beginning::Denied,
        Ok((root, _)) => Beginning::Nothing {
            untouched: is_untouched(&root),
        },
        Err(_) => Beginning::Denied,
    }
}

fn is_untouched(root: &Root) -> bool {
    match root.list(Path::new(SETUP_FOLDER)) {
        Ok(entries) => entries.is_empty(),
        Err(trouble) => trouble == Trouble::Absent,
    }
}

/// Nothing but what a worker has: with the CA's key, or any other file of a control plane, it is a
/// master.
fn is_worker(inventory: &Inventory) -> bool {
    let there = || inventory.items.iter().filter(|item| item.content.is_ok());
    let has_no_key = |item: &Item| !item.is_authority() || item.key.state == KeyState::Absent;
    let is_worker_role = |item: &Item| item.roles.iter().all(|role| OF_WORKERS.contains(&role.id));
    let known = || there().filter(|item| !item.roles.is_empty());
    known().next().is_some()
        && inventory.keys.iter().all(|key| key.roles.is_empty())
        && known().all(|item| has_no_key(item) && is_worker_role(item))
        && inventory
            .kubeconfigs
            .iter()
            .flat_map(|one| &one.roles)
            .all(|role| OF_WORKERS.contains(&role.id))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::engine::demo;
    use crate::engine::open::open;
    use crate::inventory::tree::Verified;
    use crate::progress;

    fn look(root: &Path) -> (Inventory, OpenOptions) {
        let options = OpenOptions {
            root: root.to_owned(),
            processes: false,
            ..OpenOptions::default()
        };
        (
            open(&options, &progress::silent, &mut Verified::new()).unwrap(),
            options,
        )
    }

    fn begins(root: &Path) -> Beginning {
        let (inventory, options) = look(root);
        beginning(&options, &inventory)
    }

    #[test]
    fn nothing_is_nothing_only_where_nothing_lies() {
        let folder = tempfile::tempdir().unwrap();
        let kubernetes = folder.path().join("etc/kubernetes");
        assert_eq!(
            begins(folder.path()),
            Beginning::Nothing { untouched: true }
        );
        fs::create_dir_all(&kubernetes).unwrap();
        assert_eq!(
            begins(folder.path()),
            Beginning::Nothing { untouched: true }
        );
        fs::write(kubernetes.join("notes.txt"), "mine").unwrap();
        assert_eq!(
            begins(folder.path()),
            Beginning::Nothing { untouched: false }
        );
        let (inventory, options) = look(folder.path());
        let named = OpenOptions {
            directory: Some(folder.path().to_owned()),
            ..options
        };
        assert_eq!(beginning(&named, &inventory), Beginning::Master);
    }

    #[test]
    fn a_worker_is_a_worker_until_it_has_more() {
        let demo = tempfile::tempdir().unwrap();
        demo::create(
            &demo.path().join("m"),
            time::macros::datetime!(2026-11-22 03:12 UTC),
        )
        .unwrap();
        let own = demo.path().join("m/etc/kubernetes");
        assert_eq!(begins(&demo.path().join("m")), Beginning::Master);
        let worker = tempfile::tempdir().unwrap();
        let kubernetes = worker.path().join("etc/kubernetes");
        fs::create_dir_all(kubernetes.join("pki")).unwrap();
        for (file, expected) in [
            ("pki/ca.crt", Beginning::Worker),
            ("kubelet.conf", Beginning::Worker),
            ("pki/ca.key", Beginning::Master),
        ] {
            fs::copy(own.join(file), kubernetes.join(file)).unwrap();
            assert_eq!(begins(worker.path()), expected, "{file}");
        }
    }

    #[test]
    fn another_disks_name_is_its_own() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("etc")).unwrap();
        fs::write(folder.path().join("etc/hostname"), "Master-7\n").unwrap();
        let (inventory, options) = look(folder.path());
        let machine = machine(&options, &inventory);
        assert_eq!(
            (machine.name.as_str(), machine.addresses),
            ("master-7", Vec::new())
        );
        assert!(machine.folder.starts_with('/'));
    }

    #[test]
    fn the_default_route_is_found() {
        let routes = "Iface\tDestination\tGateway\neth1\t0000000A\t00000000\neth0\t00000000\t0100000A\n\nx\n";
        assert_eq!(default_interfaces(routes).collect::<Vec<_>>(), ["eth0"]);
    }
}
