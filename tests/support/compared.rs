//! What a screen and a command say, so that they can be compared.

/// A screen's text without frame and spaces: lines are wrapped there.
pub(crate) fn joined(screen: &str) -> String {
    screen.chars().filter(|one| !one.is_whitespace() && !"│▌".contains(*one)).collect()
}

/// A line's words without what separates them on either face.
pub(crate) fn bare(text: &str) -> String {
    joined(text).replace([',', ';', ':', '·'], "")
}
