//! What the application starts with, and the keys and colours that follow from it.

use time::OffsetDateTime;

use crate::model::theme::{Base, Theme};
use crate::model::world::{Settings, World};
use crate::model::{Keymap, Problem};

/// What the application starts with.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The command line's part.
    pub settings: Settings,
    /// The date to look at; `None`: now.
    pub lens: Option<OffsetDateTime>,
    /// The text of the user's `keymap.yaml`.
    pub keymap: Option<String>,
    /// The text of the user's `theme.yaml`.
    pub theme: Option<String>,
    /// Which shipped theme the overlay stands on.
    pub base: Base,
    /// Whether no colour may be used.
    pub no_color: bool,
}

impl Setup {
    /// A world in which nothing was read yet. Files that cannot be used leave the shipped ones and
    /// a problem.
    pub fn world(&self) -> World {
        let mut problems = Vec::new();
        let keymap = Keymap::with_overlay(self.keymap.as_deref()).unwrap_or_else(|error| {
            problems.push(
                Problem::new(format!("keymap.yaml: {error}")).hint("the shipped keys are used"),
            );
            Keymap::default()
        });
        let theme = self.theme().unwrap_or_else(|problem| {
            problems.push(problem);
            Self {
                theme: None,
                ..self.clone()
            }
            .theme()
            .unwrap_or_else(|_| Theme::plain())
        });
        World {
            lens: self.lens,
            problems,
            ..World::new(theme, keymap, self.settings.clone())
        }
    }

    /// The styles.
    ///
    /// # Errors
    /// The user's theme cannot be used.
    pub fn theme(&self) -> Result<Theme, Problem> {
        let theme = Theme::with_overlay(self.base, self.theme.as_deref());
        let theme = theme.map_err(|error| {
            Problem::new(format!("theme.yaml: {error}")).hint("the shipped theme is used")
        })?;
        Ok(if self.no_color {
            theme.without_color()
        } else {
            theme
        })
    }

    /// The same on the other shipped theme, without the user's.
    #[must_use]
    pub fn other_theme(&self) -> Self {
        let base = if self.base == Base::Dark {
            Base::Light
        } else {
            Base::Dark
        };
        Self {
            base,
            theme: None,
            ..self.clone()
        }
    }
}
