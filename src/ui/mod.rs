//! Screens, widgets, theme.
