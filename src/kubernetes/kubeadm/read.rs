//! Reading: InitConfiguration and ClusterConfiguration.

use core::net::IpAddr;

use serde_yaml::Value;

use super::fields::Fields;
use super::{CERTIFICATES_DIRECTORY, Configuration, Error, TOKEN_FILE};
use crate::kubernetes::cluster::{ClusterSpec, ExternalEtcd, Node, NodeRole, check};
use crate::kubernetes::component::Component;
use crate::kubernetes::release::Release;
use crate::kubernetes::role::ROLES;
use crate::kubernetes::yaml;
use crate::pki::key::KeyAlgorithm;
use crate::pki::text::printable;

const GROUP: &str = "kubeadm.k8s.io/";

/// Versions that kubeadm itself no longer reads, or only to migrate.
const OLD: [&str; 6] = ["v1alpha1", "v1alpha2", "v1alpha3", "v1beta1", "v1beta2", "v1beta"];

const INIT: &[&str] = &[
    "apiVersion",
    "kind",
    "bootstrapTokens",
    "dryRun",
    "nodeRegistration",
    "localAPIEndpoint",
    "certificateKey",
    "skipPhases",
    "patches",
    "timeouts",
];
const CLUSTER: &[&str] = &[
    "apiVersion",
    "kind",
    "etcd",
    "networking",
    "kubernetesVersion",
    "controlPlaneEndpoint",
    "apiServer",
    "controllerManager",
    "scheduler",
    "dns",
    "proxy",
    "certificatesDir",
    "imageRepository",
    "featureGates",
    "clusterName",
    "encryptionAlgorithm",
    "certificateValidityPeriod",
    "caCertificateValidityPeriod",
];
const NODE: &[&str] =
    &["name", "criSocket", "taints", "kubeletExtraArgs", "ignorePreflightErrors", "imagePullPolicy", "imagePullSerial"];
const API_SERVER: &[&str] = &["extraArgs", "extraVolumes", "extraEnvs", "certSANs", "timeoutForControlPlane"];
const ETCD_LOCAL: &[&str] =
    &["imageRepository", "imageTag", "dataDir", "extraArgs", "extraEnvs", "serverCertSANs", "peerCertSANs"];
const ETCD_EXTERNAL: &[&str] = &["endpoints", "httpEndpoints", "caFile", "certFile", "keyFile"];

/// Reads InitConfiguration and ClusterConfiguration; other documents (KubeletConfiguration) are passed over. `node`: the name of
/// the node where the configuration has none.
///
/// # Errors
/// [`Error`] with the field.
pub fn read(text: &str, node: &str) -> Result<Configuration, Error> {
    let whole = |why: String| Error { field: String::new(), why };
    let mut documents = yaml::values(text).map_err(|error| whole(error.to_string()))?;
    for document in &mut documents {
        document.apply_merge().map_err(|_| whole("a merge (<<) takes no mapping".to_owned()))?;
    }
    let found = Documents::of(&documents)?;
    let mut reading = Reading { cluster: ClusterSpec::default(), notes: Vec::new() };
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
        reading.notes.push("JoinConfiguration: passed over, it says nothing of the cluster".to_owned());
    }
    let cluster = found.cluster.unwrap_or(&Value::Null);
    reading.read_cluster(&Fields::of(cluster))?;
    reading.read_init(&Fields::of(found.init.unwrap_or(&Value::Null)), node)?;
    Ok(Configuration { cluster: reading.cluster, notes: reading.notes })
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
            let field = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
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
                return Err(Error { field: String::new(), why: format!("{kind} stands there twice") });
            }
        }
        Ok(found)
    }
}

fn check_version(version: &str, kind: &str) -> Result<(), Error> {
    let refused = |why: String| Err(Error { field: format!("{kind}.apiVersion"), why });
    match version.strip_prefix(GROUP) {
        Some("v1beta3" | "v1beta4") => Ok(()),
        Some(old) if OLD.contains(&old) => refused(format!(
            "{old} is too old: `kubeadm config migrate --old-config OLD --new-config NEW` of a release that reads it makes a newer one"
        )),
        Some(other) => {
            refused(format!("{:?} is not known here: {GROUP}v1beta3 and {GROUP}v1beta4 are read", printable(other)))
        }
        None => refused(format!("{:?} is not kubeadm's: {GROUP}v1beta4 belongs there", printable(version))),
    }
}

struct Reading {
    cluster: ClusterSpec,
    notes: Vec<String>,
}

impl Reading {
    fn read_cluster(&mut self, fields: &Fields<'_>) -> Result<(), Error> {
        fields.check_names(CLUSTER, &mut self.notes)?;
        if let Some(name) = fields.text("clusterName")? {
            self.cluster.name = name;
        }
        self.read_version(fields)?;
        self.cluster.control_plane_endpoint = fields.text("controlPlaneEndpoint")?.map(bracketed);
        self.cluster.certificates_directory =
            fields.text("certificatesDir")?.filter(|path| path != CERTIFICATES_DIRECTORY);
        let networking = fields.section("networking")?;
        networking.check_names(&["serviceSubnet", "podSubnet", "dnsDomain"], &mut self.notes)?;
        if let Some(subnet) = networking.text("serviceSubnet")? {
            self.cluster.service_subnet = subnet;
        }
        self.cluster.pod_subnet = networking.text("podSubnet")?.unwrap_or_default();
        if let Some(domain) = networking.text("dnsDomain")? {
            self.cluster.dns_domain = domain;
        }
        let server = fields.section("apiServer")?;
        server.check_names(API_SERVER, &mut self.notes)?;
        self.cluster.api_server_sans = server.texts("certSANs")?;
        self.note_arguments(&server, Component::KubeApiserver);
        self.note_arguments(&fields.section("controllerManager")?, Component::KubeControllerManager);
        self.note_arguments(&fields.section("scheduler")?, Component::KubeScheduler);
        self.read_etcd(&fields.section("etcd")?)?;
        self.read_keys(fields)
    }

    fn read_version(&mut self, fields: &Fields<'_>) -> Result<(), Error> {
        let text = fields.text("kubernetesVersion")?.unwrap_or_else(|| "stable".to_owned());
        let is_label = ["stable", "latest", "ci/", "release/"].iter().any(|label| text.starts_with(label));
        if !is_label {
            self.cluster.kubernetes_version =
                text.parse().map_err(|why: String| fields.refuse("kubernetesVersion", why))?;
            return Ok(());
        }
        // What a label stands for is asked of the network by kubeadm.
        match text.rsplit_once('-').and_then(|(_, release)| release.parse::<Release>().ok()) {
            Some(release) => self.cluster.kubernetes_version = release,
            None => self.notes.push(format!(
                "kubernetesVersion: {} is looked up by kubeadm; everything is made as for {}",
                printable(&text),
                Release::NEWEST
            )),
        }
        Ok(())
    }

    fn read_etcd(&mut self, etcd: &Fields<'_>) -> Result<(), Error> {
        etcd.check_names(&["local", "external"], &mut self.notes)?;
        let local = etcd.section("local")?;
        local.check_names(ETCD_LOCAL, &mut self.notes)?;
        self.cluster.etcd.server_sans = local.texts("serverCertSANs")?;
        self.cluster.etcd.peer_sans = local.texts("peerCertSANs")?;
        self.note_arguments(&local, Component::Etcd);
        if etcd.value("external").is_none() {
            return Ok(());
        }
        if etcd.value("local").is_some() {
            return Err(etcd.refuse("external", "etcd is local or external, not both"));
        }
        let external = etcd.section("external")?;
        external.check_names(ETCD_EXTERNAL, &mut self.notes)?;
        self.cluster.etcd.external = Some(ExternalEtcd {
            endpoints: external.texts("endpoints")?,
            ca_file: external.text("caFile")?.unwrap_or_default(),
            cert_file: external.text("certFile")?.unwrap_or_default(),
            key_file: external.text("keyFile")?.unwrap_or_default(),
        });
        Ok(())
    }

    fn read_keys(&mut self, fields: &Fields<'_>) -> Result<(), Error> {
        let gates = fields.section("featureGates")?;
        if matches!(gates.value("PublicKeysECDSA"), Some(Value::Bool(true))) {
            self.cluster.key_algorithm = KeyAlgorithm::EcdsaP256;
        }
        if let Some(text) = fields.text("encryptionAlgorithm")? {
            self.cluster.key_algorithm =
                check::key_algorithm(&text).map_err(|why| fields.refuse("encryptionAlgorithm", why))?;
        }
        let hours = |name: &str| -> Result<Option<u32>, Error> {
            let read = |text: String| check::hours(&text).map_err(|why| fields.refuse(name, why));
            fields.text(name)?.map(read).transpose()
        };
        if let Some(hours) = hours("certificateValidityPeriod")? {
            self.cluster.certificate_hours = hours;
        }
        if let Some(hours) = hours("caCertificateValidityPeriod")? {
            self.cluster.authority_hours = hours;
        }
        Ok(())
    }

    fn read_init(&mut self, fields: &Fields<'_>, node: &str) -> Result<(), Error> {
        fields.check_names(INIT, &mut self.notes)?;
        let registration = fields.section("nodeRegistration")?;
        registration.check_names(NODE, &mut self.notes)?;
        let name = registration.text("name")?.unwrap_or_else(|| node.to_owned());
        let endpoint = fields.section("localAPIEndpoint")?;
        endpoint.check_names(&["advertiseAddress", "bindPort"], &mut self.notes)?;
        match endpoint.value("bindPort").map(|port| port.as_u64().and_then(|port| u16::try_from(port).ok())) {
            None | Some(Some(0)) => {}
            Some(Some(port)) => self.cluster.bind_port = port,
            Some(None) => return Err(endpoint.refuse("bindPort", "the port is a number from 1 to 65535")),
        }
        let mut addresses = Vec::new();
        if let Some(text) = endpoint.text("advertiseAddress")? {
            let address: IpAddr = text.parse().map_err(|_| {
                endpoint.refuse("advertiseAddress", format!("{:?} is no IP address, as 10.0.0.10", printable(&text)))
            })?;
            // kubeadm takes the default route's address for 0.0.0.0, as where none is given.
            addresses.extend(Some(address).filter(|address| !address.is_unspecified()));
        }
        self.cluster.nodes = vec![Node { name, addresses, roles: vec![NodeRole::ControlPlane] }];
        if fields.value("bootstrapTokens").is_some() {
            self.notes.push("bootstrapTokens: passed over, `kubeadm init` makes them".to_owned());
        }
        Ok(())
    }

    /// Tells of arguments that name other files than kubeadm's own.
    fn note_arguments(&mut self, fields: &Fields<'_>, component: Component) {
        for name in fields.argument_names("extraArgs") {
            let names_a_file = ROLES.iter().any(|role| role.reader(component, name).is_some());
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

/// kubeadm takes an IPv6 address without brackets where no port follows (util/endpoint.go, ParseHostPort).
fn bracketed(endpoint: String) -> String {
    if endpoint.parse().is_ok_and(|address: IpAddr| address.is_ipv6()) { format!("[{endpoint}]") } else { endpoint }
}
