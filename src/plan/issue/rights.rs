//! What gives so much that it must be named once more before it is signed.

use crate::inventory::Item;
use crate::kubernetes::privileged::{self, CLUSTER_ADMINS, MASTERS, Privileged};
use crate::kubernetes::role::RoleId;
use crate::pki::ExtendedKeyUsage;
use crate::pki::text::printable;
use crate::plan::{IssueRequest, Profile, Purpose};

/// One thing that must be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sensitive {
    /// What is to be named: the group, the user, or the CA's CN.
    pub word: String,
    /// What it gives: a sentence.
    pub why: String,
}

/// All that must be named for this request. A role's own identity needs no word: its row in the
/// role table is that.
pub fn sensitive(request: &IssueRequest) -> Vec<Sensitive> {
    // What is said beside a role is no more its row's word than what is said beside a profile.
    let groups = request
        .organizations
        .iter()
        .filter_map(|group| of_group(group));
    let user = of_user(request.common_name.trim());
    let is_authority = request.purpose == Purpose::Profile(Profile::Authority);
    let authority = is_authority.then(|| Sensitive {
        word: request.common_name.trim().to_owned(),
        why: format!(
            "{} becomes a CA: whoever has its key mints any login that this CA's word opens, and none of them can be revoked \
             (path length 0: it signs no CA below itself)",
            printable(request.common_name.trim())
        ),
    });
    let mut all: Vec<Sensitive> = groups.chain(user).chain(authority).collect();
    all.dedup();
    all
}

fn of_group(group: &str) -> Option<Sensitive> {
    let why = match privileged::group(group)? {
        Privileged::Masters => format!(
            "{MASTERS} may do everything before RBAC is asked: no rule takes that back, and a certificate cannot be \
             revoked; it ends with its date, or with the CA"
        ),
        Privileged::ClusterAdmins => format!(
            "{CLUSTER_ADMINS} may do everything as long as the ClusterRoleBinding of that name is there; taking one \
             certificate out again means taking all of the group out"
        ),
        Privileged::Component => format!(
            "{} is a group of Kubernetes' own components: whoever bears it is taken for one",
            printable(group)
        ),
    };
    Some(Sensitive {
        word: group.to_owned(),
        why,
    })
}

fn of_user(user: &str) -> Option<Sensitive> {
    privileged::user(user).map(|_| Sensitive {
        word: user.to_owned(),
        why: format!(
            "{} is a user of Kubernetes' own components: whoever bears it is taken for one",
            printable(user)
        ),
    })
}

/// What this CA's word opens beside what is asked for: a sentence.
pub fn opens(request: &IssueRequest, authority: &Item) -> Option<String> {
    let Purpose::Profile(profile) = request.purpose else {
        return None;
    };
    let plays = |id: RoleId| authority.roles.iter().any(|role| role.id == id);
    let mut usages = profile.extended_key_usage().to_vec();
    usages.extend(request.usages.iter().cloned());
    // A CA's certificate says no usage: what it signs may say any.
    let logs_in = ExtendedKeyUsage::ClientAuth.is_allowed_by(&usages);
    if !logs_in {
        return None;
    }
    if plays(RoleId::EtcdCa) {
        return Some(format!(
            "etcd takes every client that {} has signed: it reads and writes all of the cluster's data",
            authority.id
        ));
    }
    plays(RoleId::FrontProxyCa).then(|| {
        format!(
            "the API server believes headers of clients that {} has signed: such a client is whoever it says \
             (--requestheader-allowed-names permitting)",
            authority.id
        )
    })
}
