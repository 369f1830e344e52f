//! What lies on the disk, what is served and what is trusted, beside each other; and what follows:
//! one remedy.

use std::sync::Arc;

use time::OffsetDateTime;

use super::Silence;
use crate::inventory::ItemIndex;
use crate::inventory::process::Process;
use crate::kubernetes::component::Component;
use crate::pki::Certificate;

/// What must be done with a component. The order is from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// All is as it should be, as far as was seen.
    Nothing,
    /// It reads the new files by itself: to be looked at again in a moment.
    Reload,
    /// It holds old files until it is restarted.
    Restart,
    /// No restart mends it: what is on the disk is no good either, or another server answers there.
    Replace,
}

impl Remedy {
    /// The word, on the screen and in headless output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Reload => "reload",
            Self::Restart => "restart",
            Self::Replace => "replace",
        }
    }
}

/// One port of a component, or a component without one, as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentStatus {
    /// The port's name in the table of ports, or the component's.
    pub name: Arc<str>,
    /// Whose; `None`: a server that is none of this master's.
    pub component: Option<Component>,
    /// The port's number; `None`: it serves nothing.
    pub port: Option<u16>,
    /// What it should serve; `None`: it makes its own, or serves nothing.
    pub on_disk: Option<ItemIndex>,
    /// What it serves.
    pub served: SeenOnPort,
    /// What those who dial it say to what is served, or, where that was not seen, to what is on the
    /// disk.
    pub trusted: Vec<Trusted>,
    /// The oldest process of the component; `None`: none was seen.
    pub process: Option<Process>,
    /// The one whose start tells what it holds; `None` where a namesake may be meant.
    pub telling: Option<Process>,
    /// The files that it reads only at its start and that changed after it.
    pub stale: Vec<StaleFile>,
    /// What must be done.
    pub remedy: Remedy,
    /// Why, one sentence.
    pub why: String,
}

impl ComponentStatus {
    /// Whether it was seen to hold or serve what is no longer on the disk.
    pub fn is_old(&self) -> bool {
        matches!(
            self.served,
            SeenOnPort::Served {
                is_on_disk: Some(false),
                ..
            }
        ) || !self.stale.is_empty()
    }

    /// Whether enough was seen to say what must be done: [`Remedy::Nothing`] of a port that did not
    /// answer, and of what nobody looked at, does not say that all is well.
    pub fn is_known(&self) -> bool {
        match &self.served {
            _ if self.remedy != Remedy::Nothing => true,
            SeenOnPort::Served { .. } => true,
            SeenOnPort::Silent(_) => false,
            SeenOnPort::NotAsked => self.port.is_none() && self.process.is_some(),
        }
    }
}

/// What was seen on a port.
#[derive(Debug, Clone, PartialEq)]
pub enum SeenOnPort {
    /// It was not asked, or there is no port.
    NotAsked,
    /// It served this certificate.
    Served {
        /// The server's own.
        certificate: Certificate,
        /// Whether it is what lies on the disk; `None`: nothing lies there to compare with.
        is_on_disk: Option<bool>,
    },
    /// No certificate was seen.
    Silent(Silence),
}

/// What one caller says to a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// The component, or the kubeconfig's path.
    pub who: Arc<str>,
    /// Whether it accepts it; else why not, a sentence. `Ok(false)`: it takes everything.
    pub answer: Result<bool, String>,
}

/// A file that a process holds as it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleFile {
    /// The file, as on the master.
    pub path: Arc<str>,
    /// When it changed.
    pub changed_at: OffsetDateTime,
}

/// True where every port of a component that has a certificate on the disk was seen to serve that
/// one, and there is such a port: whatever it was told to read again, it did.
pub fn serves_disk(statuses: &[ComponentStatus], component: Component) -> bool {
    let own = statuses
        .iter()
        .filter(|status| status.component == Some(component) && status.on_disk.is_some());
    let mut seen = own
        .map(|status| {
            matches!(
                status.served,
                SeenOnPort::Served {
                    is_on_disk: Some(true),
                    ..
                }
            )
        })
        .peekable();
    seen.peek().is_some() && seen.all(|is_on_disk| is_on_disk)
}
