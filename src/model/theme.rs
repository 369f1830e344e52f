//! Meanings to colours (`assets/themes/`). Screens ask for a meaning and never for a colour, so
//! that themes change colours and never positions.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;
use serde::Deserialize;

use crate::kubernetes::yaml;
use crate::words::Meaning;

const DARK: &str = include_str!("../../assets/themes/dark.yaml");
const LIGHT: &str = include_str!("../../assets/themes/light.yaml");

/// What a text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Plain.
    Text,
    /// What matters: the row under the cursor, the cluster's name.
    Bright,
    /// What explains.
    Dim,
    /// Focus and keys.
    Accent,
    /// Expired or broken.
    Bad,
    /// Due.
    Warn,
    /// Good.
    Good,
    /// A pane's frame.
    Frame,
    /// The frame of the pane in focus.
    FrameFocused,
    /// A pane's title.
    Title,
    /// The title of the pane in focus.
    TitleFocused,
}

impl From<Meaning> for Tone {
    fn from(meaning: Meaning) -> Self {
        match meaning {
            Meaning::Text => Self::Text,
            Meaning::Strong => Self::Bright,
            Meaning::Dim => Self::Dim,
            Meaning::Key => Self::Accent,
            Meaning::Good => Self::Good,
            Meaning::Warn => Self::Warn,
            Meaning::Bad => Self::Bad,
        }
    }
}

/// A line as parts of a page.
pub(crate) fn parts(line: &[(String, Meaning)]) -> Vec<(&str, Tone)> {
    line.iter()
        .map(|(text, meaning)| (text.as_str(), Tone::from(*meaning)))
        .collect()
}

/// Every role and its name in a theme file.
pub const ROLES: [(Tone, &str); 11] = [
    (Tone::Text, "text"),
    (Tone::Bright, "bright"),
    (Tone::Dim, "dim"),
    (Tone::Accent, "accent"),
    (Tone::Bad, "bad"),
    (Tone::Warn, "warn"),
    (Tone::Good, "good"),
    (Tone::Frame, "frame"),
    (Tone::FrameFocused, "frame-focused"),
    (Tone::Title, "title"),
    (Tone::TitleFocused, "title-focused"),
];

/// The shipped themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Base {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light one.
    Light,
}

/// A style for each role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; ROLES.len()],
}

/// What is wrong with a theme file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// It is no YAML of this shape.
    #[error("not a theme: {0}")]
    NotATheme(String),
    /// No role has this name.
    #[error("no role is called {0:?}")]
    UnknownRole(String),
    /// The colour is neither in the palette nor a colour.
    #[error("{role}: no colour is called {color:?}")]
    UnknownColor {
        /// The role's name.
        role: String,
        /// The colour as it stands in the file.
        color: String,
    },
    /// A shipped theme lacks a role.
    #[error("the role {0} has no style")]
    MissingRole(&'static str),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    base: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<String, Entry>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Entry {
    color: Option<String>,
    bold: bool,
    underline: bool,
    reverse: bool,
}

impl Theme {
    /// A shipped theme with `overlay`, the text of the user's `theme.yaml`, on top. The overlay's
    /// own `base` wins.
    pub fn with_overlay(base: Base, overlay: Option<&str>) -> Result<Self, ThemeError> {
        let overlay = overlay.map(parse).transpose()?.unwrap_or_default();
        let base = match overlay.base.as_deref() {
            None => base,
            Some("dark") => Base::Dark,
            Some("light") => Base::Light,
            Some(other) => {
                return Err(ThemeError::NotATheme(format!(
                    "base is dark or light, not {other:?}"
                )));
            }
        };
        let mut file = parse(if base == Base::Light { LIGHT } else { DARK })?;
        file.palette.extend(overlay.palette);
        file.roles.extend(overlay.roles);
        if let Some(unknown) = file
            .roles
            .keys()
            .find(|name| !ROLES.iter().any(|(_, known)| known == name))
        {
            return Err(ThemeError::UnknownRole(unknown.clone()));
        }
        let mut styles = [Style::new(); ROLES.len()];
        for (style, (_, name)) in styles.iter_mut().zip(ROLES) {
            let entry = file.roles.get(name).ok_or(ThemeError::MissingRole(name))?;
            *style = entry_style(name, entry, &file.palette)?;
        }
        Ok(Self { styles })
    }

    /// A theme without any style.
    pub fn plain() -> Self {
        Self {
            styles: [Style::new(); ROLES.len()],
        }
    }

    /// The same without any colour: bold and the like stay.
    #[must_use]
    pub fn without_color(mut self) -> Self {
        for style in &mut self.styles {
            *style = Style {
                fg: None,
                bg: None,
                ..*style
            };
        }
        self
    }

    /// The style of `role`.
    pub fn style(&self, role: Tone) -> Style {
        self.styles[role as usize]
    }
}

fn parse(text: &str) -> Result<File, ThemeError> {
    if text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    {
        return Ok(File::default());
    }
    let text = yaml::bounded(text).map_err(|error| ThemeError::NotATheme(error.to_string()))?;
    serde_yaml::from_str(text).map_err(|error| ThemeError::NotATheme(error.to_string()))
}

fn entry_style(
    role: &str,
    entry: &Entry,
    palette: &BTreeMap<String, String>,
) -> Result<Style, ThemeError> {
    let mut style = Style::new();
    if let Some(color) = &entry.color {
        let value = palette.get(color).unwrap_or(color);
        let parsed: Color = value.parse().map_err(|_| ThemeError::UnknownColor {
            role: role.to_owned(),
            color: color.clone(),
        })?;
        style = style.fg(parsed);
    }
    for (set, modifier) in [
        (entry.bold, Modifier::BOLD),
        (entry.underline, Modifier::UNDERLINED),
        (entry.reverse, Modifier::REVERSED),
    ] {
        if set {
            style = style.add_modifier(modifier);
        }
    }
    Ok(style)
}

/// The signs of the screens: plain Unicode, and each one's twin for `--ascii`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    /// Expired or broken.
    pub bad: &'static str,
    /// Due.
    pub warn: &'static str,
    /// Good.
    pub good: &'static str,
    /// The cursor's mark in the gutter.
    pub cursor: &'static str,
    /// The mark of a selected row.
    pub chosen: &'static str,
    /// The mark of a selected row under the cursor.
    pub chosen_cursor: &'static str,
    /// Between an old value and its new one.
    pub becomes: &'static str,
    /// The option that is chosen.
    pub on: &'static str,
    /// Another option.
    pub off: &'static str,
    /// Before what comes.
    pub plus: &'static str,
    /// Before what goes.
    pub minus: &'static str,
    /// A CA that shows what it signed.
    pub open: &'static str,
    /// A CA that hides it.
    pub folded: &'static str,
    /// A child that has younger ones.
    pub branch: &'static str,
    /// The last child.
    pub last: &'static str,
    /// Below a branch.
    pub trunk: &'static str,
    /// Between two things in one line.
    pub dot: &'static str,
    /// Between a screen and what was opened from it.
    pub into: &'static str,
    /// Something was cut off.
    pub ellipsis: &'static str,
    /// The Enter key.
    pub enter: &'static str,
    /// The frame.
    pub frame: border::Set<'static>,
}

/// With Unicode.
pub const UNICODE: Signs = Signs {
    bad: "✗",
    warn: "!",
    good: "●",
    cursor: "▌",
    chosen: "•",
    chosen_cursor: "◆",
    becomes: "→",
    on: "●",
    off: "○",
    plus: "+",
    minus: "−",
    open: "▾",
    folded: "▸",
    branch: "├",
    last: "└",
    trunk: "│",
    dot: "·",
    into: "›",
    ellipsis: "…",
    enter: "↵",
    frame: border::ROUNDED,
};

/// With ASCII alone.
pub const ASCII: Signs = Signs {
    bad: "x",
    warn: "!",
    good: "*",
    cursor: ">",
    chosen: "*",
    chosen_cursor: "#",
    becomes: "->",
    on: "(*)",
    off: "( )",
    plus: "+",
    minus: "-",
    open: "v",
    folded: ">",
    branch: "|",
    last: "`",
    trunk: "|",
    dot: "-",
    into: ">",
    ellipsis: "~",
    enter: "Enter",
    frame: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_themes_have_every_role() {
        for base in [Base::Dark, Base::Light] {
            let theme = Theme::with_overlay(base, None).unwrap();
            for (at, (role, _)) in ROLES.iter().enumerate() {
                assert_eq!(*role as usize, at);
            }
            assert_ne!(theme.style(Tone::Bad).fg, theme.style(Tone::Good).fg);
            assert!(
                theme
                    .without_color()
                    .styles
                    .iter()
                    .all(|style| style.fg.is_none() && style.bg.is_none())
            );
        }
    }

    #[test]
    fn overlays_change_what_they_name() {
        let theme = Theme::with_overlay(
            Base::Dark,
            Some("base: light\nroles: {bad: {color: '#ff0000'}}"),
        )
        .unwrap();
        assert_eq!(theme.style(Tone::Bad).fg, Some(Color::Rgb(255, 0, 0)));
        let light = Theme::with_overlay(Base::Light, None).unwrap();
        assert_eq!(theme.style(Tone::Good), light.style(Tone::Good));
    }

    #[test]
    fn wrong_files_say_what_is_wrong() {
        for (overlay, expected) in [
            ("roles: {bda: {}}", "no role is called \"bda\""),
            (
                "roles: {bad: {color: crimson}}",
                "bad: no colour is called \"crimson\"",
            ),
            (
                "base: purple",
                "not a theme: base is dark or light, not \"purple\"",
            ),
        ] {
            assert_eq!(
                Theme::with_overlay(Base::Dark, Some(overlay))
                    .unwrap_err()
                    .to_string(),
                expected
            );
        }
        assert!(Theme::with_overlay(Base::Dark, Some("rolls: {}")).is_err());
    }
}
