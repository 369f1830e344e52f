//! What processes say of themselves: anybody can start one under a component's name, with flags of
//! his own. Each machine has namespaces of its own.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kubepki::pki::issue::CertificateSpec;
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{Certificate, ExtendedKeyUsage, Name, pem};
use tempfile::TempDir;

use crate::support::authority::{Made, days, root};
use crate::support::{skip, succeed, text, tool};

const FLAGS: &str = "--kubelet-client-certificate=/home/mallory/client.crt --kubelet-client-key=/home/mallory/client.key";

/// A master's tree on this disk, not running yet.
struct Machine {
    folder: TempDir,
    root: PathBuf,
}

impl Machine {
    /// `None`, with a word, where the system gives no namespaces.
    fn new() -> Option<Self> {
        for name in ["bash", "mount", "setpriv"] {
            tool(name)?;
        }
        let mut probe = Command::new(tool("unshare")?);
        let is_allowed = probe
            .args(["--mount", "--pid", "--fork", "true"])
            .status()
            .is_ok_and(|status| status.success());
        if !rustix::process::geteuid().is_root() || !is_allowed {
            skip("only root, and only where the system gives namespaces, has a machine to itself");
            return None;
        }
        let folder = TempDir::new().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
        let archive = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/samples/kubeadm-1.36-ecdsa.tar.gz"
        );
        succeed(
            &tool("tar")?,
            &["-xpzf", archive, "-C", text(folder.path())],
        );
        let root = folder.path().join("kubeadm-1.36-ecdsa");
        Some(Self { folder, root })
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The cluster's CA.
    fn authority(&self) -> Made {
        let read =
            |name: &str| fs::read(self.path(&format!("/etc/kubernetes/pki/{name}"))).expect("it");
        let block = pem::blocks(&read("ca.crt"))
            .into_iter()
            .flatten()
            .next()
            .expect("a block");
        let certificate = Certificate::from_der(&block.der).expect("a certificate");
        Made {
            certificate,
            key: PrivateKey::from_pem(&read("ca.key")).expect("a key"),
        }
    }

    /// Puts an ended client certificate for the masters' group into a folder, whose owner it gets
    /// too.
    fn plant(&self, authority: &Made, folder: &str, owner: u32) {
        self.plant_until(authority, folder, owner, -1);
    }

    /// The same with so many days left, and a key that is its owner's alone.
    fn plant_until(&self, authority: &Made, folder: &str, owner: u32, days_left: i64) {
        let subject = Name::with_groups("mallory", &["system:masters"]).expect("a name");
        let life = (authority.certificate.not_before(), days(0, days_left).1);
        let spec =
            CertificateSpec::leaf(subject, Vec::new(), &[ExtendedKeyUsage::ClientAuth], life);
        let path = self.path(folder);
        fs::create_dir_all(&path).expect("a folder");
        authority
            .sign(&spec, KeyAlgorithm::EcdsaP256)
            .write(&path, "client", &[]);
        fs::set_permissions(path.join("client.key"), fs::Permissions::from_mode(0o600))
            .expect("a mode");
        for name in ["", "client.crt", "client.key"] {
            chown(path.join(name), Some(owner), Some(owner)).expect("given");
        }
    }

    /// Runs these commands on it and gives what they wrote; `$kubepki` is the program.
    fn run(&self, commands: &str) -> String {
        let node = self.folder.path().join("node");
        let commands = format!("kubepki=$node/kubepki\n{commands}");
        let output = Command::new(tool("unshare").expect("it was there"))
            .args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/node/stranger"))
            .args([&*node, &self.root, Path::new(env!("CARGO_BIN_EXE_kubepki"))])
            .arg(commands)
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        text(&output.stdout) + &text(&output.stderr)
    }

    /// A file as it is on the machine afterwards.
    fn after(&self, path: &str) -> Vec<u8> {
        fs::read(
            self.folder
                .path()
                .join("node")
                .join(path.trim_start_matches('/')),
        )
        .expect("it")
    }

    fn is_unchanged(&self, path: &str, said: &str) {
        assert_eq!(
            self.after(path),
            fs::read(self.path(path)).expect("it"),
            "{path} was changed: {said}"
        );
    }
}

/// Waits until the process is there under its name, then renews and lists.
fn renew(process: &str) -> String {
    format!(
        "{process}\n\
         until grep -qsa '^kube-apiserver' /proc/[0-9]*/cmdline; do :; done\n\
         \"$kubepki\" renew --due --yes; echo ended $?\n\
         \"$kubepki\" renew --all --yes >/dev/null; echo ended $?\n\
         \"$kubepki\" show /home/mallory/client.crt || true\n"
    )
}

#[test]
fn a_users_process_gets_nothing_signed() {
    for is_genuine in [false, true] {
        let Some(machine) = Machine::new() else {
            return;
        };
        let authority = if is_genuine {
            machine.authority()
        } else {
            root("kubernetes")
        };
        machine.plant(&authority, "/home/mallory", 1000);
        let said = machine.run(&renew(&format!("process 1000 kube-apiserver {FLAGS}")));
        machine.is_unchanged("/home/mallory/client.crt", &said);
        machine.is_unchanged("/home/mallory/client.key", &said);
        assert!(said.contains("ended 0\n"), "{said}");
        assert!(
            said.contains("nothing of root's confirms it"),
            "it is shown as a claim: {said}"
        );
    }
}

#[test]
fn what_a_user_claims_of_roots_files_stays_what_it_is() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.plant(&machine.authority(), "/home/mallory", 1000);
    let flags = "--kubelet-client-certificate=/home/mallory/client.crt --tls-cert-file=/etc/kubernetes/pki/ca.crt \
                 --service-account-key-file=/etc/kubernetes/pki/apiserver.key --advertise-address=192.0.2.10 --etcd-servers=a,b,c";
    let said = machine.run(&renew(&format!("process 1000 kube-apiserver {flags}")));
    machine.is_unchanged("/home/mallory/client.crt", &said);
    assert_ne!(
        machine.after("/etc/kubernetes/pki/apiserver.crt"),
        fs::read(machine.path("/etc/kubernetes/pki/apiserver.crt")).expect("it")
    );
    for claim in [
        "service account key",
        "masters (--etcd-servers",
        "is not a CA",
    ] {
        assert!(!said.contains(claim), "{claim:?} is believed: {said}");
    }
}

#[test]
fn a_program_that_gives_rights_proves_no_root() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.plant(&machine.authority(), "/home/mallory", 1000);
    // As sudo does while it asks for a password: it is root, and whoever called it has chosen its
    // name and its flags.
    let prepared = "cp \"$(command -v busybox || command -v dash || command -v bash)\" $node/gives; chmod 4755 $node/gives";
    let process = format!(
        "{prepared}\nbash -c 'exec -a kube-apiserver '$node'/gives -c \"sleep 600 & wait\" sh {FLAGS}' &"
    );
    let said = machine.run(&renew(&process));
    machine.is_unchanged("/home/mallory/client.crt", &said);
}

#[test]
fn what_root_has_started_counts() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.plant(&machine.authority(), "/etc/extra", 0);
    let flags = FLAGS.replace("/home/mallory", "/etc/extra");
    let said = machine.run(&renew(&format!("process 0 kube-apiserver {flags}")));
    let old = fs::read(machine.path("/etc/extra/client.crt")).expect("it");
    assert_ne!(
        machine.after("/etc/extra/client.crt"),
        old,
        "root's own process is root's word: {said}"
    );
}

#[test]
fn a_claim_keeps_in_use_what_is_roots_and_signed_here() {
    // What has ended is brought back by nobody's word.
    for (authority, owner, days_left, is_renewed) in [
        (true, 0, 2, true),
        (true, 0, -1, false),
        (false, 0, 2, false),
        (true, 1000, 2, false),
    ] {
        let Some(machine) = Machine::new() else {
            return;
        };
        let signer = if authority {
            machine.authority()
        } else {
            root("kubernetes")
        };
        machine.plant_until(&signer, "/etc/extra", owner, days_left);
        let flags = FLAGS.replace("/home/mallory", "/etc/extra");
        let said = machine.run(&renew(&format!("process 1000 kube-apiserver {flags}")));
        let old = fs::read(machine.path("/etc/extra/client.crt")).expect("it");
        assert_eq!(
            machine.after("/etc/extra/client.crt") != old,
            is_renewed,
            "{authority} {owner} {days_left}: {said}"
        );
    }
}
