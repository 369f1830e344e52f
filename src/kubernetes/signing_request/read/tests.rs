use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::{SigningRequestKind, SigningRequestSpec, recognise};
use super::*;
use crate::pki::issue::RequestSpec;
use crate::pki::key::{KeyAlgorithm, PrivateKey};
use crate::pki::{GeneralName, Name};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn pkcs10(
    common_name: &str,
    organizations: &[&str],
    names: &[GeneralName],
) -> Result<CertificationRequest, crate::pki::Error> {
    RequestSpec {
        subject: Name::with_groups(common_name, organizations)?,
        subject_alt_names: names.to_vec(),
        key_usage: vec![],
        extended_key_usage: vec![],
    }
    .sign(&PrivateKey::generate(KeyAlgorithm::EcdsaP256)?)
}

fn object(request: &str, rest: &str) -> String {
    format!(
        "apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {{name: csr-x, creationTimestamp: \
         '2026-11-22T01:00:00Z'}}\nspec:\n  request: {request}\n  signerName: kubernetes.io/kube-apiserver-client\n  \
         usages: [client auth]\n  expirationSeconds: 86400\n  username: ann\n  groups: [g1, g2]\n{rest}"
    )
}

#[test]
fn objects_are_read() -> Outcome {
    let request = pkcs10("ann", &["dev"], &[])?;
    let encoded = STANDARD.encode(request.to_pem());
    let read = from_yaml(&object(&encoded, ""))?.remove(0);
    assert_eq!(read.request.as_ref(), Ok(&request));
    assert_eq!(
        (
            read.name.as_str(),
            read.object.username.as_str(),
            read.object.groups.join("+").as_str()
        ),
        ("csr-x", "ann", "g1+g2")
    );
    assert_eq!(
        (
            read.object.expiration_seconds,
            read.object.created.as_deref()
        ),
        (Some(86_400), Some("2026-11-22T01:00:00Z"))
    );
    assert_eq!(
        (read.object.condition.is_pending(), read.kind()),
        (true, SigningRequestKind::User)
    );

    let json = format!(
        r#"{{"kind":"List","items":[{{"kind":"Pod"}},{{"apiVersion":"certificates.k8s.io/v1beta1","kind":"CertificateSigningRequest","metadata":{{"generateName":"csr-"}},"spec":{{"request":"{encoded}"}}}}]}}"#
    );
    let read = from_yaml(&json)?;
    assert_eq!(
        (
            read.len(),
            read[0].name.as_str(),
            read[0].object.signer_name.as_str()
        ),
        (1, "csr-", "")
    );
    assert_eq!(
        from_yaml(&format!("{0}---\n{0}", object(&encoded, "")))?.len(),
        2
    );
    for text in [
        "",
        "kind: Pod",
        "kind: CertificateSigningRequest\napiVersion: cert-manager.io/v1\n",
        "{",
        "7",
    ] {
        assert!(from_yaml(text).is_err(), "{text}");
    }
    Ok(())
}

#[test]
fn a_damaged_request_is_a_fault() -> Outcome {
    let pem = pkcs10("ann", &[], &[])?.to_pem();
    for (request, expected) in [
        ("''".to_owned(), RequestFault::Absent),
        ("'%'".to_owned(), RequestFault::NotBase64),
        (
            STANDARD.encode(STANDARD.encode(&pem)),
            RequestFault::DoubleBase64,
        ),
        (STANDARD.encode("hello"), RequestFault::NotPem),
        (
            STANDARD.encode(pem.replace("CERTIFICATE REQUEST", "CERTIFICATE")),
            RequestFault::NotPem,
        ),
    ] {
        assert_eq!(
            from_yaml(&object(&request, ""))?.remove(0).request,
            Err(expected),
            "{request}"
        );
    }
    let cut = from_yaml(&object(&STANDARD.encode(&pem[..80]), ""))?.remove(0);
    assert!(matches!(cut.request, Err(RequestFault::Damaged(_))));
    assert_eq!(cut.kind(), SigningRequestKind::Other);
    Ok(())
}

#[test]
fn conditions_are_kubectls() -> Outcome {
    for (status, expected) in [
        ("", "Pending"),
        (
            "status: {conditions: [{type: Approved, status: 'True'}]}\n",
            "Approved",
        ),
        (
            "status: {conditions: [{type: Approved}], certificate: eA==}\n",
            "Approved,Issued",
        ),
        (
            "status: {conditions: [{type: Denied}, {type: Approved}]}\n",
            "Denied",
        ),
        (
            "status: {conditions: [{type: Approved}, {type: Failed}]}\n",
            "Approved,Failed",
        ),
        ("status: {conditions: 7, certificate: ''}\n", "Pending"),
    ] {
        let condition = from_yaml(&object("''", status))?.remove(0).object.condition;
        assert_eq!(
            (condition.to_string().as_str(), condition.is_pending()),
            (expected, expected == "Pending"),
            "{status}"
        );
    }
    Ok(())
}

/// A request and who asked for it.
struct Asked {
    common_name: &'static str,
    organizations: &'static [&'static str],
    names: Vec<GeneralName>,
    signer: &'static str,
    username: &'static str,
    usage: &'static str,
}

impl Asked {
    /// What a kubelet asks for to show the API server.
    fn client() -> Self {
        Self {
            common_name: NODE,
            organizations: &["system:nodes"],
            names: Vec::new(),
            signer: "kubernetes.io/kube-apiserver-client-kubelet",
            username: NODE,
            usage: "client auth",
        }
    }

    /// What a kubelet asks for to serve with.
    fn serving() -> Self {
        let signer = "kubernetes.io/kubelet-serving";
        Self {
            names: address(),
            signer,
            usage: "server auth",
            ..Self::client()
        }
    }

    /// What a person asks for.
    fn user() -> Self {
        Self {
            common_name: "ann",
            organizations: &["dev"],
            signer: "kubernetes.io/kube-apiserver-client",
            username: "ann",
            ..Self::client()
        }
    }

    fn kind(&self) -> Result<SigningRequestKind, crate::pki::Error> {
        let request = pkcs10(self.common_name, self.organizations, &self.names)?;
        let usages = [RequestedUsage::of_word(self.usage.to_owned())];
        let (signer, username) = (self.signer, self.username);
        Ok(recognise(
            &request,
            Some(SigningRequestSpec {
                signer,
                username,
                usages: &usages,
            }),
        ))
    }
}

const NODE: &str = "system:node:w1";

fn address() -> Vec<GeneralName> {
    vec![GeneralName::Dns("w1".to_owned())]
}

#[test]
fn kinds_are_the_signers() -> Outcome {
    let bootstrapper = Asked {
        username: "system:bootstrap:abcdef",
        ..Asked::client()
    };
    assert_eq!(bootstrapper.kind()?, SigningRequestKind::NodeClient);
    assert_eq!(
        recognise(&pkcs10(NODE, &["system:nodes"], &[])?, None),
        SigningRequestKind::NodeClient
    );
    for own in [
        Asked::client(),
        Asked {
            signer: "",
            ..Asked::client()
        },
    ] {
        assert_eq!(
            own.kind()?,
            SigningRequestKind::SelfNodeClient,
            "{}",
            own.signer
        );
    }
    for served in [
        Asked::serving(),
        Asked {
            signer: "kubernetes.io/legacy-unknown",
            ..Asked::serving()
        },
    ] {
        assert_eq!(
            served.kind()?,
            SigningRequestKind::SelfNodeServer,
            "{}",
            served.signer
        );
    }
    assert_eq!(Asked::user().kind()?, SigningRequestKind::User);
    let service = Asked {
        common_name: "web",
        organizations: &[],
        names: address(),
        signer: "example.com/web",
        usage: "server auth",
        ..Asked::user()
    };
    assert_eq!(service.kind()?, SigningRequestKind::Service);
    Ok(())
}

#[test]
fn what_no_signer_would_sign_is_of_no_kind() -> Outcome {
    for (what, asked) in [
        (
            "a group more",
            Asked {
                organizations: &["system:nodes", "system:masters"],
                ..Asked::client()
            },
        ),
        (
            "no name of a node",
            Asked {
                common_name: "w1",
                username: "w1",
                ..Asked::client()
            },
        ),
        (
            "a client with names",
            Asked {
                names: address(),
                ..Asked::client()
            },
        ),
        (
            "a server without names",
            Asked {
                names: Vec::new(),
                ..Asked::serving()
            },
        ),
        (
            "a user who serves",
            Asked {
                usage: "server auth",
                ..Asked::user()
            },
        ),
        (
            "no usage of TLS",
            Asked {
                organizations: &[],
                signer: "",
                usage: "digital signature",
                ..Asked::user()
            },
        ),
    ] {
        assert_eq!(asked.kind()?, SigningRequestKind::Other, "{what}");
    }
    Ok(())
}
