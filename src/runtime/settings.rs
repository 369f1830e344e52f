//! What the machine says about how to show things: who runs us, the user's own keymap and theme.

use std::path::Path;
use std::sync::mpsc::Sender;

use super::{Message, Options, send};
use crate::app::Setup;
use crate::engine::change::sudo_line;
use crate::model::theme::Base;
use crate::model::world::Settings;
use crate::model::{Event, Problem};
use crate::record;
use crate::store;
use crate::store::guarded::{self, Trouble};

/// The application's setup. A file that cannot be read becomes a notice.
pub(super) fn setup(options: &Options, kept: &record::Settings, sender: &Sender<Message>) -> Setup {
    let is_root = rustix::process::geteuid().is_root();
    let user = if is_root {
        "root".to_owned()
    } else {
        std::env::var("USER").unwrap_or_default()
    };
    let overlay = |name: &str| {
        options.config_dir.as_deref().and_then(|folder| {
            read(&folder.join(name)).unwrap_or_else(|problem| {
                send(sender, Message::Event(Event::Notice(problem)));
                None
            })
        })
    };
    Setup {
        settings: Settings {
            read_only: options.read_only,
            ascii: options.ascii,
            plain: options.plain,
            demo: options.demo,
            user,
            sudo: if is_root || options.demo {
                String::new()
            } else {
                sudo_line()
            },
            lifetime_days: kept.lifetime_days,
            probe_at_start: kept.probe_at_start,
        },
        lens: options.at,
        keymap: overlay("keymap.yaml"),
        theme: overlay("theme.yaml"),
        base: if has_light_background() {
            Base::Light
        } else {
            Base::Dark
        },
        no_color: !options.color,
    }
}

/// The user's settings; where they cannot be read, the defaults and a notice.
pub(super) fn kept(options: &Options, sender: &Sender<Message>) -> record::Settings {
    let kept = store::settings::read(options.config_dir.as_deref()).unwrap_or_else(|error| {
        let problem = Problem {
            why: vec![error.to_string()],
            ..Problem::new("the settings cannot be used")
        };
        send(
            sender,
            Message::Event(Event::Notice(problem.hint("the defaults are used"))),
        );
        record::Settings::default()
    });
    record::Settings {
        kdf_limit: options.kdf_limit.or(kept.kdf_limit),
        ..kept
    }
}

/// The text of a file; `None`: there is none.
fn read(path: &Path) -> Result<Option<String>, Problem> {
    match guarded::text(path, guarded::MOST_OF_CONFIG) {
        Ok(text) => Ok(Some(text)),
        Err(Trouble::Absent) => Ok(None),
        Err(trouble) => {
            let why = vec![format!("it {trouble}")];
            Err(Problem {
                why,
                ..Problem::new(format!("{} cannot be read", path.display()))
            })
        }
    }
}

/// Terminals that set COLORFGBG say so, as "0;15"; the others are taken for dark.
fn has_light_background() -> bool {
    let value = std::env::var("COLORFGBG").unwrap_or_default();
    matches!(value.rsplit(';').next(), Some("7" | "15"))
}
