//! Kubeconfigs: who their users are, which cluster they reach.

use super::{Builder, Names};
use super::usage::Usages;
use crate::inventory::file::ParsedFile;
use crate::kubernetes::kubeconfig::Kubeconfig;

/// Adds what kubeconfigs say of the files that they name.
pub(super) fn add_references(_files: &[ParsedFile], _names: &Names, _usages: &mut Usages<'_>) {}

impl Builder<'_> {
    pub(super) fn add_kubeconfig(
        &mut self,
        _file: &ParsedFile,
        _at: usize,
        _kubeconfig: Result<Box<Kubeconfig>, String>,
        _files: &[ParsedFile],
    ) {
    }
}
