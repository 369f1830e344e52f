//! Keys and requests for somebody else's CA, as `kubeadm certs generate-csr` makes them (kubeadm certlist.go,
//! kubeconfig.go: `<name>.csr` beside the key, `<kubeconfig>.csr` beside the kubeconfig).

/// The file in which the request for a certificate, or for the one in a kubeconfig, lies.
pub(in crate::plan) fn request_path(path: &str) -> String {
    let base = path.strip_suffix(".crt").or_else(|| path.strip_suffix(".pem")).unwrap_or(path);
    format!("{base}.csr")
}
