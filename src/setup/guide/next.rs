//! What to do after a setup, in order.

use core::net::SocketAddr;

use super::super::blueprint::{Thing, What};
use super::super::{AuthorityKeys, ClusterSpec, Node, NodeRole};
use super::Page;
use crate::kubernetes::address::Address;
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::kubectl;
use crate::kubernetes::layout::Starts;
use crate::kubernetes::role::{RoleId, rights_of};
use crate::pki::text::quoted;

/// Where kubeadm's preflight checks stop at files that a setup has put there (preflight/checks.go,
/// RunJoinNodeChecks).
const KUBELET_CONF: &str = "--ignore-preflight-errors=FileAvailable--etc-kubernetes-kubelet.conf";
const CA: &str = "--ignore-preflight-errors=FileAvailable--etc-kubernetes-pki-ca.crt";
const BOOTSTRAP_CONF: &str = "FileAvailable--etc-kubernetes-bootstrap-kubelet.conf";

impl Page<'_> {
    pub(super) fn next(&self) -> Vec<String> {
        let mut steps = Vec::new();
        self.deliver(&mut steps);
        if self.cluster.is_kubeadm() {
            self.start_kubeadm(&mut steps);
        } else {
            self.start_by_hand(&mut steps);
        }
        self.look_after_keys(&mut steps);
        steps
    }

    /// The nodes of a role, or why there is nothing to do.
    fn names(&self, is: impl Fn(&Node) -> bool) -> Vec<&str> {
        let is_shown = |node: &&Node| self.node.is_none_or(|name| name == node.name);
        self.cluster
            .nodes
            .iter()
            .filter(is_shown)
            .filter(|node| is(node))
            .map(|node| node.name.as_str())
            .collect()
    }

    fn deliver(&self, steps: &mut Vec<String>) {
        if self.cluster.external_authority {
            steps.push(
                "Send the requests (`*.csr`) to who keeps the CAs, and place the answers with their CA certificates by \
                 `kubepki request import FILE…`; nothing starts before"
                    .to_owned(),
            );
        }
        if self.cluster.nodes.len() > 1 {
            steps.push(
                "Send each other node its archive and unpack it there, by the `scp` and `tar` lines that the plan shows \
                 (`kubepki history show` has them again); delete the archives then"
                    .to_owned(),
            );
        }
    }

    fn start_kubeadm(&self, steps: &mut Vec<String>) {
        let first = self.cluster.masters().next().map(|node| node.name.as_str());
        let masters = self.names(|node| node.is(NodeRole::ControlPlane));
        if self.cluster.has_etcd_nodes() {
            let members = self.names(|node| node.is(NodeRole::Etcd)).join(", ");
            if !members.is_empty() {
                steps.push(format!(
                    "Start etcd on {members}: a static pod with the flags below, on all of them before one is ready"
                ));
            }
        }
        if let Some(first) = first.filter(|first| masters.contains(first)) {
            steps.push(format!(
                "On {first}: `kubeadm init --config FILE` with the configuration of this cluster, which \
                 `kubepki setup guide {} --kubeadm-config` prints; it finds these files, checks them and makes none of its own",
                quoted(&self.cluster.name)
            ));
            if let Some(path) = self.blueprint.token_file() {
                steps.push(format!(
                    "That configuration names {path} for the API server by `apiServer.extraArgs` and mounts it by \
                     `apiServer.extraVolumes`: of /etc/kubernetes kubeadm's static pods see nothing but the certificates. A \
                     configuration of your own needs both"
                ));
            }
            self.set_kubectl_up(steps);
            self.bind(steps);
        }
        let endpoint = self.cluster.endpoint_or_first();
        let others = masters
            .iter()
            .filter(|name| Some(**name) != first)
            .copied()
            .collect::<Vec<_>>();
        if !others.is_empty() {
            steps.push(format!(
                "On {}: the line of `kubepki bootstrap join` or `kubeadm token create --print-join-command`, as `kubeadm join {endpoint} \
                 … --control-plane {KUBELET_CONF}`; without `--certificate-key`, since the files are there",
                others.join(", ")
            ));
        }
        let workers =
            self.names(|node| node.is(NodeRole::Worker) && !node.is(NodeRole::ControlPlane));
        if !workers.is_empty() {
            let (checks, there) = match self.blueprint.bootstrap_kubeconfig() {
                Some(_) => (
                    format!("{CA},{BOOTSTRAP_CONF}"),
                    "ca.crt and bootstrap-kubelet.conf are there",
                ),
                None => (CA.to_owned(), "ca.crt is there"),
            };
            steps.push(format!(
                "On {}: `kubeadm join {endpoint} … {checks}`, since {there}",
                workers.join(", ")
            ));
        }
        steps.push("`kubectl get nodes` shows who has joined".to_owned());
    }

    fn start_by_hand(&self, steps: &mut Vec<String>) {
        let members = self
            .names(|node| {
                self.cluster
                    .members()
                    .any(|member| member.name == node.name)
            })
            .join(", ");
        if !members.is_empty() {
            steps.push(format!("Start etcd on {members}, on all at once: none is ready before most of them are. A member that comes later is \
                 announced first, by `etcdctl member add`, and starts with the state `existing`"));
        }
        let masters = self
            .names(|node| node.is(NodeRole::ControlPlane))
            .join(", ");
        if !masters.is_empty() {
            self.set_kubectl_up(steps);
            steps.push(format!(
                "Start kube-apiserver on {masters}; `kubectl get --raw=/readyz` says ok"
            ));
            self.bind(steps);
            self.bind_api_server(steps);
            self.start_controllers(steps, &masters);
        }
        let workers = self.names(|node| node.is(NodeRole::Worker)).join(", ");
        if !workers.is_empty() {
            steps.push(format!(
                "Start the kubelet and kube-proxy on {workers}; `kubectl get csr,nodes` shows them come"
            ));
        }
        let setup = self
            .cluster
            .known_layout()
            .and_then(|layout| layout.setup.as_ref());
        if setup.is_some_and(|setup| setup.starts == Starts::EnvironmentFiles) {
            steps.push(
                "Each unit reads `EnvironmentFile=-/etc/kubernetes/config` and its own file, and starts its program with the variable \
                 of that file, as `/usr/local/bin/kube-apiserver $KUBE_API_ARGS`. There is no front proxy in this layout: aggregated APIs, such as metrics, \
                 want one"
                    .to_owned(),
            );
        }
    }

    fn start_controllers(&self, steps: &mut Vec<String>, masters: &str) {
        let has_kubeconfig = self
            .blueprint
            .things
            .iter()
            .any(|thing| is(thing, RoleId::ControllerManagerConf));
        if has_kubeconfig {
            steps.push(format!(
                "Start kube-controller-manager and kube-scheduler on {masters}"
            ));
        } else {
            steps.push(format!(
                "Start kube-controller-manager and kube-scheduler on {masters}: this layout has no kubeconfigs for them, since its \
                 API servers had an insecure port, which ended with Kubernetes 1.24; make each one of a certificate with the CN \
                 `system:kube-controller-manager` and `system:kube-scheduler`, and name it by `--kubeconfig`"
            ));
        }
    }

    /// What makes kubectl the administrator's.
    fn set_kubectl_up(&self, steps: &mut Vec<String>) {
        let admin = self
            .blueprint
            .things
            .iter()
            .find(|thing| is(thing, RoleId::AdminConf) || is(thing, RoleId::Admin));
        match admin.map(|thing| &thing.what) {
            Some(What::Kubeconfig { file, .. }) => {
                steps.push(format!(
                    "For kubectl: `export KUBECONFIG={}`",
                    quoted(&file.path)
                ));
            }
            Some(What::Certificate {
                certificate, key, ..
            }) => {
                let authority = self
                    .blueprint
                    .thing("ca")
                    .and_then(|thing| match &thing.what {
                        What::Authority { places, .. } => places.first(),
                        _ => None,
                    });
                steps.push(format!(
                    "For kubectl: `kubectl config set-cluster {name} --server=https://{} --certificate-authority={}`, \
                     `kubectl config set-credentials admin --client-certificate={} --client-key={}`, \
                     `kubectl config set-context {name} --cluster={name} --user=admin`, `kubectl config use-context {name}`",
                    self.cluster.endpoint_or_first(),
                    quoted(authority.map_or("", |place| place.certificate.path.as_str())),
                    quoted(&certificate.path),
                    quoted(&key.path),
                    name = quoted(&self.cluster.name)
                ));
            }
            _ => {}
        }
    }

    /// The bindings of those who join, and their token.
    fn bind(&self, steps: &mut Vec<String>) {
        for thing in &self.blueprint.things {
            if let What::TokenSecret { file } = &thing.what {
                let command = kubectl::apply(&file.path, &quoted(&file.path));
                steps.push(format!("Give the cluster the bootstrap token: `{command}`"));
            }
        }
        // `kubeadm init` makes those of bootstrap tokens.
        let has_them = self.cluster.is_kubeadm()
            && self.cluster.bootstrap_identity() == BootstrapIdentity::Token;
        if self.cluster.bootstrap_identity() != BootstrapIdentity::None && !has_them {
            steps.push(
                "Let kubelets ask for certificates: `kubepki bootstrap manifests` writes the bindings, `kubectl apply -f FILE` \
                 applies them"
                    .to_owned(),
            );
        }
    }

    /// The API server's client towards kubelets has rights by a group or by a binding, which
    /// kubeadm makes and here nobody.
    fn bind_api_server(&self, steps: &mut Vec<String>) {
        let client = self
            .blueprint
            .things
            .iter()
            .find(|thing| is(thing, RoleId::ApiserverKubeletClient));
        let Some(identity) = client.and_then(Thing::identity) else {
            return;
        };
        // system:masters asks for no binding.
        if rights_of(&identity.common_name, &identity.organizations)
            .any(|right| right.binding.is_empty())
        {
            return;
        }
        steps.push(format!(
            "Let the API server call kubelets: `kubectl create clusterrolebinding kubeadm:apiserver-kubelet-client \
             --clusterrole=system:kubelet-api-admin --user={}`",
            quoted(&identity.common_name)
        ));
    }

    fn look_after_keys(&self, steps: &mut Vec<String>) {
        let cluster = self.cluster;
        if cluster.external_authority {
            steps.push(
                "The controller manager has no CA key and signs nothing: kubelets' certificates are renewed by a signer of your own, \
                 or from requests like these"
                    .to_owned(),
            );
            return;
        }
        match cluster.authority_keys {
            AuthorityKeys::EveryMaster => {}
            AuthorityKeys::Here => steps.push(
                "The CAs' keys lie where the setup ran and nowhere else: on the other control plane nodes both \
                 `--cluster-signing-` flags are empty, and only this one signs for kubelets"
                    .to_owned(),
            ),
            AuthorityKeys::Apart => steps.push(
                "Take the archive of the CAs' keys away, to a disk that lies in a safe, and delete it here: the controller manager \
                 signs nothing then, and for a new node or a renewal the keys come back for a moment"
                    .to_owned(),
            ),
        }
        if cluster.intermediate_authorities {
            steps.push(
                "Keep the root's key off every machine: its archive goes to a disk in a safe. Programs that are not written in Go want \
                 the root's certificate beside the CA's"
                    .to_owned(),
            );
        }
    }
}

impl ClusterSpec {
    /// `HOST:PORT` that clients call.
    fn endpoint_or_first(&self) -> String {
        let first =
            || Some(SocketAddr::new(self.masters().next()?.address()?, self.bind_port).to_string());
        match &self.control_plane_endpoint {
            Some(endpoint)
                if Address::parse(endpoint).is_some_and(|address| address.port.is_none()) =>
            {
                format!("{endpoint}:{}", self.bind_port)
            }
            Some(endpoint) => endpoint.clone(),
            None => first().unwrap_or_default(),
        }
    }
}

fn is(thing: &Thing, role: RoleId) -> bool {
    thing.roles.iter().any(|one| one.id == role)
}
