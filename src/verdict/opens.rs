//! What a certificate of this CA opens, and for whom.

use super::Case;
use super::answers::AnswerSheet;
use super::rule::Rule;
use crate::inventory::Item;
use crate::kubernetes::controller_signer::ControllerSigner;
use crate::kubernetes::privileged::{self, NODE_USER, NODES, Privileged};
use crate::kubernetes::role::RoleId;
use crate::kubernetes::signing_request::RequestedUsage;
use crate::pki::KeyUsage;
use crate::pki::text::printable;

/// What is told of names that give much, and of the CA.
pub(super) fn answer(case: Case<'_>, answers: &mut AnswerSheet) {
    privileges(case, answers);
    authority(case, answers);
}

fn privileges(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::Privileges;
    let subject = &case.asked.subject;
    let is_kubelets = matches!(
        case.controller,
        Some(ControllerSigner::KubeletClient | ControllerSigner::KubeletServing)
    );
    let is_its_own = |name: &str| is_kubelets && (name == NODES || name.starts_with(NODE_USER));
    for group in subject.organizations() {
        let shown = printable(group);
        match privileged::group(group).filter(|_| !is_its_own(group)) {
            None => {}
            Some(Privileged::Masters) => answers.red(
                rule,
                format!("the group {shown} may do everything, and no rule takes that back"),
            ),
            Some(Privileged::ClusterAdmins) => answers.red(
                rule,
                format!("the group {shown} may do everything as long as its binding is there"),
            ),
            Some(Privileged::Component) => answers.red(
                rule,
                format!("the group {shown} is of Kubernetes' own components: its members are taken for such"),
            ),
        }
    }
    let users = subject.common_name().into_iter();
    for user in users.filter(|user| privileged::user(user).is_some() && !is_its_own(user)) {
        answers.red(
            rule,
            format!(
                "{} is a user of Kubernetes' own components",
                printable(user)
            ),
        );
    }
    if !answers.has(rule) {
        answers.green(rule, "no group and no user of Kubernetes' own");
    }
}

fn authority(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::Authority;
    let listed = case.object.into_iter().flat_map(|object| &object.usages);
    let mut listed = listed.map(RequestedUsage::meaning);
    let signs = listed.any(|usage| usage == RequestedUsage::Key(KeyUsage::CertSign))
        || case.asked.key_usage.contains(&KeyUsage::CertSign)
        || case.asked.is_authority;
    let Some(authority) = case.authority else {
        return answers.not_known(
            rule,
            "what it opens: nothing says which CA signs (--authority names it)",
        );
    };
    let id = printable(&authority.id).into_owned();
    let plays = |role: RoleId| authority.roles.iter().any(|one| one.id == role);
    if signs {
        answers.red(
            rule,
            format!("it asks to sign certificates below {id}: whoever may do that mints any login that {id} opens"),
        );
    }
    if plays(RoleId::EtcdCa) && case.is_client() {
        answers.red(
            rule,
            format!("etcd takes every client that {id} has signed: it reads and writes the whole cluster"),
        );
    }
    if plays(RoleId::FrontProxyCa) && case.is_client() {
        front_proxy(case, &id, answers);
    }
    let named = case.evidence.server_flag("client-ca-file");
    if logs_in(case, authority) {
        login(case, &id, answers);
    } else if case.is_client() && named.is_some_and(|path| !case.evidence.has_file(path)) {
        answers.not_known(
            rule,
            &format!(
                "whether {id} opens a login: the API server's --client-ca-file, {}, was not read",
                printable(named.unwrap_or_default())
            ),
        );
    } else if !answers.has(rule) && !case.evidence.has_server_flags() && case.is_client() {
        answers.not_known(
            rule,
            &format!("whether {id} is the API server's --client-ca-file: its flags were not read"),
        );
    }
    if !answers.has(rule) {
        let what = if case.is_client() {
            "no login of the cluster"
        } else {
            "it logs in nowhere"
        };
        answers.green(rule, format!("{id} signs: {what}"));
    }
}

/// Whether the API server takes clients of this CA.
fn logs_in(case: Case<'_>, authority: &Item) -> bool {
    let named = case.evidence.server_flag("client-ca-file");
    let plays = |role: RoleId| authority.roles.iter().any(|one| one.id == role);
    let is_clients = named.map_or_else(
        || plays(RoleId::Ca) || plays(RoleId::ClientCa),
        |path| *authority.path == *path || authority.copies.iter().any(|copy| **copy == *path),
    );
    is_clients && case.is_client()
}

fn login(case: Case<'_>, id: &str, answers: &mut AnswerSheet) {
    let subject = &case.asked.subject;
    let Some(user) = subject.common_name().filter(|name| !name.is_empty()) else {
        return answers.amber(
            Rule::Authority,
            format!("a client of {id}, but without a CN: the API server takes it for nobody"),
        );
    };
    let groups = subject.organizations();
    let groups = if groups.is_empty() {
        "in no group".to_owned()
    } else {
        format!("of {}", groups.join(", "))
    };
    let text = format!(
        "whoever holds it logs in to the cluster as {} {} until it ends: it cannot be revoked",
        printable(user),
        printable(&groups)
    );
    answers.amber(Rule::Authority, text);
}

/// A client of the front proxy's CA says whose request it brings
/// (--requestheader-allowed-names; apiserver authentication/request/headerrequest).
fn front_proxy(case: Case<'_>, id: &str, answers: &mut AnswerSheet) {
    let rule = Rule::Authority;
    if !case.evidence.has_server_flags() {
        return answers.not_known(
            rule,
            &format!("whether a client of {id} may be any user: --requestheader-allowed-names was not read"),
        );
    }
    let allowed = case
        .evidence
        .server_flag("requestheader-allowed-names")
        .unwrap_or_default();
    let mut allowed = allowed
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .peekable();
    let is_any = allowed.peek().is_none();
    let user = case.asked.subject.common_name().unwrap_or_default();
    if is_any || allowed.any(|name| name == user) {
        answers.red(
            rule,
            format!(
                "the API server believes whatever user a client of {id} names: it may be anybody"
            ),
        );
    } else {
        answers.amber(
            rule,
            format!(
                "{id} signs clients that the API server believes by their CN; {} is none of --requestheader-allowed-names",
                printable(user)
            ),
        );
    }
}
