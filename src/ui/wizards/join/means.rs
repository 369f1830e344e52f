//! What lets a node in: the first question.

use super::super::Context;
use crate::model::WizardName;

/// What the wizard makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JoinMeans {
    Token,
    Line,
    Kubeconfig,
    Bindings,
}

impl JoinMeans {
    /// In the order in which they are offered.
    pub(super) const ALL: [Self; 4] = [Self::Token, Self::Line, Self::Kubeconfig, Self::Bindings];

    /// What was chosen.
    pub(super) fn of(context: &Context<'_>) -> Self {
        Self::ALL
            .get(context.choice("what"))
            .copied()
            .unwrap_or(Self::Token)
    }

    /// The one that is offered first where the wizard was opened for it.
    pub(super) fn first(about: &WizardName) -> Self {
        match about {
            WizardName::BootstrapKubeconfig => Self::Kubeconfig,
            WizardName::Bindings => Self::Bindings,
            _ => Self::Token,
        }
    }

    /// Its place among all of them.
    pub(super) fn place(self) -> usize {
        self as usize
    }

    /// As it is offered.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Token => "a bootstrap token",
            Self::Line => "a line of the token file",
            Self::Kubeconfig => "a kubeconfig",
            Self::Bindings => "bindings",
        }
    }

    /// The wizard's title.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Token => "New bootstrap token",
            Self::Line => "New line of the token file",
            Self::Kubeconfig => "New bootstrap kubeconfig",
            Self::Bindings => "Bindings for those who join",
        }
    }

    /// What it is, in a sentence.
    pub(super) fn explained(self) -> &'static str {
        match self {
            Self::Token => {
                "a Secret of the cluster: it ends by itself, and the API server knows it without a restart"
            }
            Self::Line => {
                "read by the API server at its start only: it must restart, and the token never ends by itself"
            }
            Self::Kubeconfig => "what a new kubelet starts with: the server, its CA and a token",
            Self::Bindings => {
                "what a token's user may do: ask for a certificate, and have it approved by itself"
            }
        }
    }
}
