//! Releases of Kubernetes, which decide a few groups (`role::Variant`).

use std::fmt;
use std::str::FromStr;

/// A release, as "1.36.2". `v1.36` is 1.36 with its newest patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The 1 of 1.36.2.
    pub major: u16,
    /// The 36.
    pub minor: u16,
    /// The 2; the greatest number where none was said.
    pub patch: u16,
}

impl Release {
    /// The newest whose facts stand in the role table.
    pub const NEWEST: Self = Self {
        major: 1,
        minor: 36,
        patch: 2,
    };

    /// True for one of `releases`, as a row of the role table says them: "all", ">= 1.36.1", "<=
    /// 1.28" (with all its patches), "1.29 - 1.36.0".
    pub fn is_of(self, releases: &str) -> bool {
        let bound = |text: &str| text.trim().parse::<Self>().ok();
        let from = |text: &str| {
            bound(text).map(|first| Self {
                patch: patch_or(text, first, 0),
                ..first
            })
        };
        if releases == "all" {
            return true;
        }
        if let Some(text) = releases.strip_prefix(">=") {
            return from(text).is_some_and(|first| self >= first);
        }
        if let Some(text) = releases.strip_prefix("<=") {
            return bound(text).is_some_and(|last| self <= last);
        }
        let Some((first, last)) = releases.split_once('-') else {
            return false;
        };
        from(first).is_some_and(|first| self >= first)
            && bound(last).is_some_and(|last| self <= last)
    }
}

fn patch_or(text: &str, release: Release, usual: u16) -> u16 {
    if text.matches('.').count() < 2 {
        usual
    } else {
        release.patch
    }
}

impl FromStr for Release {
    type Err = String;

    /// # Errors
    /// A sentence's end for what is no release.
    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || {
            format!(
                "{:?} is no release of Kubernetes, as 1.36.2",
                crate::pki::text::printable(text)
            )
        };
        let bare = text.trim().trim_start_matches('v');
        // What follows a "-" or "+" names a build.
        let bare = bare.split(['-', '+']).next().unwrap_or_default().trim();
        let mut parts = bare
            .split('.')
            .map(|part| part.parse::<u16>().map_err(|_| refused()));
        let (major, minor) = match (parts.next(), parts.next()) {
            (Some(major), Some(minor)) => (major?, minor?),
            _ => return Err(refused()),
        };
        let patch = parts.next().transpose()?.unwrap_or(u16::MAX);
        if parts.next().is_some() {
            Err(refused())
        } else {
            Ok(Self {
                major,
                minor,
                patch,
            })
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch < u16::MAX {
            write!(f, ".{}", self.patch)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_and_compared() {
        for (release, releases, expected) in [
            ("v1.36.2", ">= 1.36.1", true),
            ("1.36.0", ">= 1.36.1", false),
            ("1.36", ">= 1.36.1", true),
            ("1.36.0", "1.29 - 1.36.0", true),
            ("1.29.0", "1.29 - 1.36.0", true),
            ("1.28.15", "<= 1.28", true),
            ("1.28.15", "1.29 - 1.36.0", false),
            ("1.29.1+k3s1", ">= 1.29", true),
            ("1.20.0-rc.1", "all", true),
            ("1.20.0", "never", false),
        ] {
            assert_eq!(
                release
                    .parse::<Release>()
                    .map(|release| release.is_of(releases)),
                Ok(expected),
                "{release}"
            );
        }
        for text in ["", "1", "v", "1.x", "1.2.3.4", "latest", "1.99999999"] {
            assert!(text.parse::<Release>().is_err(), "{text}");
        }
        assert_eq!(
            "v1.36"
                .parse::<Release>()
                .map(|release| release.to_string()),
            Ok("1.36".to_owned())
        );
    }
}
