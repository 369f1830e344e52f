//! Plain data of the application: what a key means, what the program may ask the runtime for, what
//! comes back. Closed enums without callbacks, so that every step can be printed, compared and
//! tested without a terminal.

pub mod action;
pub mod change;
pub mod command;
pub mod effect;
pub mod event;
pub mod key;
pub mod keymap;
pub mod order;
pub mod pasted;
pub mod reading;
pub mod restarts;
pub mod route;
pub mod running;
pub mod theme;
pub mod world;

pub use crate::record::Problem;
pub use action::Action;
pub use command::{Beside, Command, Job, JobId, PlanId};
pub use effect::Effect;
pub use event::{Event, Mouse, MouseKind, PlanRefusal};
pub use key::Key;
pub use keymap::Keymap;
pub use pasted::Pasted;
pub use reading::Reading;
pub use route::{IssueAbout, Pane, Route, RouteName, WizardName};
