//! When programs read their files: at their start, or again by themselves.

use super::Reader;
use crate::kubernetes::component::Component;
use crate::kubernetes::role::{Part, Restart, Role, RoleId};

/// What a reader of a file with these roles needs after the file has changed, as the role table
/// says. The kubelet knows the certificates of its store from its start on and looks at the files
/// only when it has asked for new ones itself (client-go certificate_manager.go).
pub fn needs(roles: &[&'static Role], path: &str, reader: &Reader) -> Restart {
    let is_stored = is_of_kubelet(roles) || path.ends_with("/kubelet-server-current.pem");
    if reader.component == Component::Kubelet && is_stored {
        return Restart::Required;
    }
    let by_flag = roles
        .iter()
        .find_map(|role| role.reader(reader.component, &reader.flag));
    let by_habit = || {
        let mut readers = roles.iter().flat_map(|role| role.readers);
        readers.find(|rule| rule.component == reader.component && rule.part == Part::Certificate)
    };
    by_flag
        .or_else(by_habit)
        .map_or(Restart::Required, |rule| rule.restart)
}

/// True for the kubelet's own client certificate.
pub fn is_of_kubelet(roles: &[&'static Role]) -> bool {
    roles
        .iter()
        .any(|role| matches!(role.id, RoleId::KubeletClient | RoleId::KubeletConf))
}
