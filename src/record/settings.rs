//! What the user may set once and for all: `settings.yaml` in the config folder.

use super::Approval;
use serde::{Deserialize, Serialize};

/// The settings. What is absent has its default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// How long a renewed certificate lives, in days; absent: the layout's default.
    pub lifetime_days: Option<u32>,
    /// How many operations keep their old files; absent: 20.
    pub keep_operations: Option<u32>,
    /// For how many days operations keep their old files; absent: 400.
    pub keep_days: Option<u32>,
    /// How many seconds a restarted component has until it must serve what is on the disk; absent:
    /// 180.
    pub restart_seconds: Option<u32>,
    /// How many iterations it may take to try one passphrase on an encrypted key; absent:
    /// 2,000,000.
    pub kdf_limit: Option<u64>,
    /// Whether every port of the master is asked for its certificate at the start, which opens
    /// connections.
    pub probe_at_start: bool,
    /// By what requests are judged. It counts only from a file that nobody else could have written
    /// (`store::approval`).
    pub approval: Option<Approval>,
}

impl Settings {
    /// How many seconds a restarted component has until it must serve what is on the disk.
    pub fn restart_patience(&self) -> u32 {
        self.restart_seconds.unwrap_or(180)
    }

    /// How many iterations it may take to try one passphrase on an encrypted key: more than tools
    /// make (openssl takes 2,048, step 600,000, as OWASP advises), and of scrypt 256 MB of memory
    /// at most.
    pub fn key_effort(&self) -> u64 {
        self.kdf_limit.unwrap_or(2_000_000)
    }

    /// How many of the newest operations `history prune` keeps.
    pub fn kept_operations(&self) -> u32 {
        self.keep_operations.unwrap_or(20)
    }

    /// For how many days `history prune` keeps an operation.
    pub fn kept_days(&self) -> u32 {
        self.keep_days.unwrap_or(400)
    }
}
