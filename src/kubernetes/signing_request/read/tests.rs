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
        (read.name.as_str(), read.object.username.as_str(), read.object.groups.join("+").as_str()),
        ("csr-x", "ann", "g1+g2")
    );
    assert_eq!(
        (read.object.expiration_seconds, read.object.created.as_deref()),
        (Some(86_400), Some("2026-11-22T01:00:00Z"))
    );
    assert_eq!((read.object.condition.is_pending(), read.kind()), (true, SigningRequestKind::User));

    let json = format!(
        r#"{{"kind":"List","items":[{{"kind":"Pod"}},{{"apiVersion":"certificates.k8s.io/v1beta1","kind":"CertificateSigningRequest","metadata":{{"generateName":"csr-"}},"spec":{{"request":"{encoded}"}}}}]}}"#
    );
    let read = from_yaml(&json)?;
    assert_eq!((read.len(), read[0].name.as_str(), read[0].object.signer_name.as_str()), (1, "csr-", ""));
    assert_eq!(from_yaml(&format!("{0}---\n{0}", object(&encoded, "")))?.len(), 2);
    for text in ["", "kind: Pod", "kind: CertificateSigningRequest\napiVersion: cert-manager.io/v1\n", "{", "7"] {
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
        (STANDARD.encode(STANDARD.encode(&pem)), RequestFault::DoubleBase64),
        (STANDARD.encode("hello"), RequestFault::NotPem),
        (STANDARD.encode(pem.replace("CERTIFICATE REQUEST", "CERTIFICATE")), RequestFault::NotPem),
    ] {
        assert_eq!(from_yaml(&object(&request, ""))?.remove(0).request, Err(expected), "{request}");
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
        ("status: {conditions: [{type: Approved, status: 'True'}]}\n", "Approved"),
        ("status: {conditions: [{type: Approved}], certificate: eA==}\n", "Approved,Issued"),
        ("status: {conditions: [{type: Denied}, {type: Approved}]}\n", "Denied"),
        ("status: {conditions: [{type: Approved}, {type: Failed}]}\n", "Approved,Failed"),
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

#[test]
fn kinds_are_the_signers() -> Outcome {
    let node = "system:node:w1";
    let address = [GeneralName::Dns("w1".to_owned())];
    let nodes = &["system:nodes"][..];
    let client = "kubernetes.io/kube-apiserver-client-kubelet";
    let serving = "kubernetes.io/kubelet-serving";
    let user = "kubernetes.io/kube-apiserver-client";
    for (common_name, organizations, names, signer, username, usage, expected) in [
        (node, nodes, &[][..], client, "system:bootstrap:abcdef", "client auth", SigningRequestKind::NodeClient),
        (node, nodes, &[], client, node, "client auth", SigningRequestKind::SelfNodeClient),
        (node, nodes, &[], "", node, "client auth", SigningRequestKind::SelfNodeClient),
        (node, &["system:nodes", "system:masters"], &[], client, node, "client auth", SigningRequestKind::Other),
        ("w1", nodes, &[], client, "w1", "client auth", SigningRequestKind::Other),
        (node, nodes, &address, client, node, "client auth", SigningRequestKind::Other),
        (node, nodes, &address, serving, node, "server auth", SigningRequestKind::SelfNodeServer),
        (node, nodes, &[], serving, node, "server auth", SigningRequestKind::Other),
        (
            node,
            nodes,
            &address,
            "kubernetes.io/legacy-unknown",
            node,
            "server auth",
            SigningRequestKind::SelfNodeServer,
        ),
        ("ann", &["dev"], &[], user, "ann", "client auth", SigningRequestKind::User),
        ("ann", &["dev"], &[], user, "ann", "server auth", SigningRequestKind::Other),
        ("web", &[], &address, "example.com/web", "ann", "server auth", SigningRequestKind::Service),
        ("ann", &[], &[], "", "ann", "digital signature", SigningRequestKind::Other),
    ] {
        let request = pkcs10(common_name, organizations, names)?;
        let usages = [RequestedUsage::of_word(usage.to_owned())];
        let found = recognise(&request, Some(SigningRequestSpec { signer, username, usages: &usages }));
        assert_eq!(found, expected, "{common_name} {organizations:?} {signer} {username} {usage}");
    }
    assert_eq!(recognise(&pkcs10(node, nodes, &[])?, None), SigningRequestKind::NodeClient);
    Ok(())
}
