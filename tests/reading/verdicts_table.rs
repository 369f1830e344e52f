//! The table of verdicts: rule, what it says, and the request.

/// A node's words, which most of the lines begin with.
macro_rules! kubelet {
    ($($more:literal),*) => {
        concat!("signer=kubelet cn=system:node:w1 o=system:nodes usages=ds+client ", $($more),*)
    };
}

/// A node's words with other usages.
macro_rules! node {
    ($usages:literal) => {
        concat!(
            "signer=kubelet cn=system:node:w1 o=system:nodes usages=",
            $usages
        )
    };
}

/// The same for its serving certificate.
macro_rules! serving {
    ($($more:literal),*) => {
        concat!("signer=serving cn=system:node:w1 o=system:nodes usages=ds+server ", $($more),*)
    };
}

/// A person's.
macro_rules! client {
    ($($more:literal),*) => {
        concat!("signer=client usages=ds+client ", $($more),*)
    };
}

/// A service's.
macro_rules! own {
    ($($more:literal),*) => {
        concat!("signer=own usages=ds+server cn=a ", $($more),*)
    };
}

pub(crate) const TABLE: &[(&str, &str, &str)] = &[
    ("own-signature", "green", "cn=a"),
    ("key-strength", "green", "cn=a"),
    ("key-strength", "green", "cn=a key=p384"),
    ("key-strength", "green", "cn=a key=ed25519"),
    ("key-once", "green", "cn=a"),
    ("key-once", "amber", "cn=a twice"),
    ("key-once", "amber", "cn=a keyof=apiserver.key"),
    ("key-once", "amber", "cn=kube-apiserver keyof=apiserver.key"),
    ("key-once", "red", "cn=a keyof=ca.key"),
    // Who asked.
    ("requester", "unknown", "cn=a"),
    ("requester", "green", "cn=a keyhere"),
    ("requester", "amber", "cn=a keyhere others"),
    ("requester", "unknown", kubelet!("user=system:node:w1")),
    (
        "requester",
        "unknown",
        kubelet!("user=system:bootstrap:abcdef"),
    ),
    ("requester", "red", kubelet!("user=system:node:w2")),
    ("requester", "unknown", serving!("user=system:node:w1")),
    ("requester", "red", serving!("user=system:node:w2")),
    ("requester", "red", serving!("user=kubernetes-admin")),
    ("requester", "red", client!("cn=system:node:w1 user=ann")),
    ("requester", "unknown", client!("cn=ann user=ann")),
    ("requester", "unknown", client!("cn=ann user=ann keyhere")),
    // What the signer takes.
    ("signer", "green", client!("cn=ann")),
    ("signer", "green", client!("cn=ann seconds=600")),
    ("signer", "red", client!("cn=ann seconds=599")),
    ("signer", "red", client!("cn=ann misspelt-seconds")),
    ("signer", "red", client!("cn=ann o=system:masters")),
    ("signer", "red", "signer=client usages=ds cn=ann"),
    ("signer", "red", "signer=client usages=client+server cn=ann"),
    ("signer", "red", "signer=client usages=client+sign cn=ann"),
    ("signer", "red", "signer=client usages=client+client cn=ann"),
    ("signer", "red", "signer=client usages=client+fun cn=ann"),
    ("signer", "red", "signer=client cn=ann"),
    ("signer", "green", "signer=client usages=client cn=ann"),
    (
        "signer",
        "green",
        "signer=client usages=signing+client cn=ann",
    ),
    ("signer", "green", kubelet!("")),
    ("signer", "green", node!("ds+ke+client")),
    ("signer", "red", node!("client")),
    ("signer", "red", node!("ds+client+server")),
    (
        "signer",
        "red",
        "signer=kubelet cn=system:node:w1 usages=ds+client",
    ),
    (
        "signer",
        "red",
        "signer=kubelet cn=system:node:w1 o=system:nodes+b usages=ds+client",
    ),
    (
        "signer",
        "red",
        "signer=kubelet cn=w1 o=system:nodes usages=ds+client",
    ),
    ("signer", "red", kubelet!("san=w1")),
    ("signer", "green", serving!("san=w1")),
    ("signer", "green", serving!("san=10.0.0.1")),
    ("signer", "red", serving!("")),
    ("signer", "red", serving!("san=w1+a@b.example")),
    ("signer", "red", serving!("san=w1+spiffe://a/b")),
    (
        "signer",
        "red",
        "signer=serving cn=system:node:w1 o=system:nodes usages=ds+client san=w1",
    ),
    ("signer", "red", "signer=legacy cn=a usages=client"),
    ("signer", "green", own!("san=a.b.svc")),
    ("signer", "red", "signer=noslash cn=a usages=server"),
    ("signer", "red", "signer=nodomain/x cn=a usages=server"),
    ("signer", "unknown", "signer=unnamed cn=a usages=server"),
    ("signer", "unknown", "cn=a"),
    ("signer", "green", "cn=a eku=server"),
    // The node.
    ("node", "unknown", serving!("san=w1")),
    ("node", "green", serving!("san=w1 nodes=w*")),
    ("node", "red", serving!("san=w1 nodes=m-1")),
    ("node", "green", kubelet!("user=system:node:w1 nodes=w1")),
    (
        "node",
        "amber",
        kubelet!("user=system:bootstrap:abcdef nodes=w1"),
    ),
    (
        "node",
        "red",
        kubelet!("user=system:bootstrap:abcdef nodes=m-1"),
    ),
    ("node", "silent", client!("cn=ann nodes=w1")),
    // The names.
    ("names", "unknown", serving!("san=w1")),
    ("names", "green", serving!("san=w1 nodes=w1")),
    (
        "names",
        "green",
        serving!("san=w1+10.0.0.7 nodes=w1 ranges=10.0.0.0/24"),
    ),
    (
        "names",
        "red",
        serving!("san=w1+10.0.1.7 nodes=w1 ranges=10.0.0.0/24"),
    ),
    ("names", "red", serving!("san=w2 nodes=w1+w2")),
    ("names", "amber", serving!("san=other.example.org nodes=w1")),
    ("names", "unknown", serving!("san=10.0.0.7 nodes=w1")),
    ("names", "amber", serving!("san=127.0.0.1 nodes=w1")),
    ("names", "red", serving!("san=0.0.0.0 nodes=w1")),
    ("names", "unknown", own!("san=a.b.svc.cluster.local")),
    ("names", "red", own!("san=kubernetes.default.svc")),
    (
        "names",
        "red",
        own!("san=kubernetes.default.svc.cluster.local"),
    ),
    ("names", "red", own!("san=kubernetes")),
    ("names", "unknown", own!("san=shop.example.org")),
    ("names", "amber", own!("san=*.example.org")),
    ("names", "amber", own!("san=localhost")),
    ("names", "amber", own!("san=w1 nodes=w1")),
    (
        "names",
        "amber",
        own!("san=a@b.example+10.0.0.7 ranges=10.0.0.0/24"),
    ),
    ("names", "unknown", own!("san=10.96.3.4 ranges=10.0.0.0/24")),
    ("names", "red", own!("")),
    ("names", "amber", client!("cn=ann san=ann.example.org")),
    ("names", "silent", client!("cn=ann")),
    // What names give.
    ("privileges", "green", client!("cn=ann o=dev")),
    ("privileges", "red", client!("cn=ann o=system:masters")),
    (
        "privileges",
        "red",
        client!("cn=ann o=kubeadm:cluster-admins"),
    ),
    (
        "privileges",
        "red",
        client!("cn=ann o=system:bootstrappers"),
    ),
    ("privileges", "red", client!("cn=system:kube-scheduler")),
    (
        "privileges",
        "red",
        client!("cn=system:node:w1 o=system:nodes"),
    ),
    ("privileges", "green", kubelet!("")),
    (
        "privileges",
        "red",
        "cn=system:node:w1 o=system:nodes eku=client",
    ),
    ("privileges", "red", own!("san=a.b.svc o=system:nodes")),
    // What the CA opens.
    ("authority", "amber", client!("cn=ann")),
    ("authority", "amber", kubelet!("")),
    ("authority", "green", serving!("san=w1")),
    ("authority", "green", own!("san=a.b.svc")),
    ("authority", "unknown", client!("cn=ann ca=none")),
    (
        "authority",
        "unknown",
        client!("cn=ann clients=/etc/elsewhere/ca.crt"),
    ),
    ("authority", "amber", "signer=client usages=ds+client o=dev"),
    ("authority", "red", "cn=a eku=client ca=etcd-ca"),
    ("authority", "red", "cn=a ca=etcd-ca"),
    ("authority", "green", "cn=a eku=server ca=etcd-ca"),
    (
        "authority",
        "red",
        "cn=front-proxy-client eku=client ca=front-proxy-ca",
    ),
    ("authority", "amber", "cn=ann eku=client ca=front-proxy-ca"),
    (
        "authority",
        "red",
        "cn=ann eku=client ca=front-proxy-ca allowed=any",
    ),
    (
        "authority",
        "unknown",
        "cn=ann eku=client ca=front-proxy-ca noflags",
    ),
    ("authority", "red", "cn=a eku=server signs"),
    ("authority", "red", "cn=a signs ca=etcd-ca"),
    (
        "authority",
        "red",
        "signer=own usages=server+sign cn=a san=a.b.svc",
    ),
    // Who could approve.
    ("self-approval", "unknown", client!("cn=ann user=ann")),
    (
        "self-approval",
        "amber",
        client!("cn=ann user=root groups=system:masters"),
    ),
    (
        "self-approval",
        "amber",
        client!("cn=ann user=bob groups=kubeadm:cluster-admins"),
    ),
    ("self-approval", "silent", client!("cn=ann")),
    (
        "auto-approval",
        "amber",
        kubelet!("user=system:bootstrap:abcdef groups=system:bootstrappers bound"),
    ),
    (
        "auto-approval",
        "unknown",
        kubelet!("user=system:bootstrap:abcdef groups=system:bootstrappers"),
    ),
    (
        "auto-approval",
        "unknown",
        kubelet!("user=system:node:w1 groups=system:nodes bound"),
    ),
    ("auto-approval", "silent", serving!("san=w1")),
    // How long.
    ("lifetime", "unknown", client!("cn=ann")),
    ("lifetime", "green", client!("cn=ann most=365")),
    ("lifetime", "red", client!("cn=ann most=90")),
    ("lifetime", "green", client!("cn=ann most=90 seconds=86400")),
    (
        "lifetime",
        "green",
        client!("cn=ann most=90 seconds=99999999 granted=24h"),
    ),
    ("lifetime", "red", own!("san=a.b.svc most=1 seconds=864000")),
    ("lifetime", "red", own!("san=a.b.svc most=1")),
    ("lifetime", "green", own!("san=a.b.svc most=365")),
    ("lifetime", "red", client!("cn=ann most=365 later")),
    // Others like it.
    ("duplicates", "green", client!("cn=ann")),
    ("duplicates", "amber", client!("cn=ann twice")),
    ("duplicates", "amber", "cn=kube-apiserver eku=server"),
    ("duplicates", "unknown", kubelet!("")),
    ("duplicates", "amber", kubelet!("twice")),
];

type Expected = (&'static str, &'static str);
const P256: &str = "EC -pkeyopt ec_paramgen_curve:P-256";

/// What openssl is asked to make: the key, what else, and what rules say of the request.
pub(crate) const MADE_BY_OPENSSL: &[(&str, &[&str], &[Expected])] = &[
    (
        P256,
        &[],
        &[("own-signature", "green"), ("extras", "silent")],
    ),
    (P256, &["-sha384"], &[("own-signature", "green")]),
    (
        "EC -pkeyopt ec_paramgen_curve:P-521",
        &["-sha512"],
        &[("own-signature", "green"), ("key-strength", "amber")],
    ),
    (
        "EC -pkeyopt ec_paramgen_curve:P-224",
        &[],
        &[("own-signature", "unknown"), ("key-strength", "red")],
    ),
    (
        "EC -pkeyopt ec_paramgen_curve:secp256k1",
        &[],
        &[("own-signature", "green"), ("key-strength", "red")],
    ),
    (
        "ED25519",
        &[],
        &[("own-signature", "green"), ("key-strength", "green")],
    ),
    (
        "ED448",
        &[],
        &[("own-signature", "unknown"), ("key-strength", "red")],
    ),
    (
        "RSA -pkeyopt rsa_keygen_bits:1024",
        &[],
        &[("own-signature", "green"), ("key-strength", "red")],
    ),
    (
        "RSA -pkeyopt rsa_keygen_bits:2048",
        &["-sha1"],
        &[("own-signature", "green")],
    ),
    (
        "RSA -pkeyopt rsa_keygen_bits:2048",
        &[
            "-sigopt",
            "rsa_padding_mode:pss",
            "-sigopt",
            "rsa_pss_saltlen:32",
        ],
        &[("own-signature", "green"), ("key-strength", "green")],
    ),
    (
        "RSA -pkeyopt rsa_keygen_bits:2048",
        &[
            "-sigopt",
            "rsa_padding_mode:pss",
            "-sigopt",
            "rsa_pss_saltlen:20",
        ],
        &[("own-signature", "unknown")],
    ),
    (
        "RSA-PSS -pkeyopt rsa_keygen_bits:2048",
        &["-sigopt", "rsa_pss_saltlen:32"],
        &[("key-strength", "red")],
    ),
    (
        P256,
        &["-addext", "basicConstraints=critical,CA:TRUE"],
        &[("extras", "red"), ("authority", "red")],
    ),
    (
        P256,
        &["-addext", "basicConstraints=CA:FALSE"],
        &[("extras", "silent")],
    ),
    (
        P256,
        &["-addext", "1.2.3.4=ASN1:UTF8String:x"],
        &[("extras", "amber")],
    ),
    (
        P256,
        &[
            "-addext",
            "subjectAltName=otherName:1.2.3.4;UTF8:x",
            "-addext",
            "extendedKeyUsage=serverAuth",
        ],
        &[("names", "amber"), ("signer", "green")],
    ),
    (
        P256,
        &["-addext", "subjectAltName=DER:3005820161"],
        &[("extras", "red")],
    ),
    (
        P256,
        &["-config", "CHALLENGE"],
        &[("extras", "amber"), ("own-signature", "green")],
    ),
];
