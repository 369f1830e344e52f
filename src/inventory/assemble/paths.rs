//! What paths say by themselves.

/// `path` without doubled slashes and dots.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// True for what people and kubeadm put aside: `pki.bak`, `kubeadm-backup-…`, `apiserver.crt.old`.
pub(super) fn is_backup(path: &str) -> bool {
    path.split('/').any(|part| {
        let part = part.to_ascii_lowercase();
        part.contains(".bak")
            || part.contains("backup")
            || part.contains(".old")
            || part.contains(".orig")
            || part.contains(".save")
            || part.ends_with('~')
    })
}
