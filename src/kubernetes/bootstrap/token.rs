//! The tokens themselves, and whose they are.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{BOOTSTRAPPERS, KUBELET_BOOTSTRAP};
use crate::kubernetes::kubeconfig::BOOTSTRAP_ALPHABET;
use crate::pki::{Error, random_text};

/// A new bootstrap token.
pub struct NewToken(Zeroizing<String>);

impl NewToken {
    /// Makes one (cluster-bootstrap token/util/helpers.go, GenerateBootstrapToken).
    ///
    /// # Errors
    /// [`Error::NoRandomness`] where the system gives no random numbers.
    pub fn make() -> Result<Self, Error> {
        let mut token = random_text(BOOTSTRAP_ALPHABET, 6 + 1 + 16)?;
        token.replace_range(6..7, ".");
        Ok(Self(token))
    }

    /// The public half, six characters.
    pub fn id(&self) -> &str {
        self.0.get(..6).unwrap_or_default()
    }

    /// `id.secret`. Whoever copies it wipes the copy.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewToken({}.…)", self.id())
    }
}

/// A new token for a token file: 32 hexadecimal digits.
///
/// # Errors
/// [`Error::NoRandomness`] where the system gives no random numbers.
pub fn token_file_token() -> Result<Zeroizing<String>, Error> {
    random_text(b"0123456789abcdef", 32)
}

/// What is wrong with a group of a bootstrap token beside `system:bootstrappers`: a sentence's end
/// (cluster-bootstrap token/api/types.go, BootstrapGroupPattern).
pub fn check_group(group: &str) -> Result<(), &'static str> {
    let is_small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let rest = group
        .strip_prefix(BOOTSTRAPPERS)
        .and_then(|rest| rest.strip_prefix(':'));
    let rest = rest
        .ok_or("must begin with system:bootstrappers:")?
        .as_bytes();
    match rest.split_last() {
        None => Err("must go on after system:bootstrappers:"),
        Some((last, _)) if !is_small(*last) => Err("must end with a small letter or a digit"),
        Some((_, first)) if first.len() > 255 => {
            Err("is longer than 256 characters after system:bootstrappers:")
        }
        Some((_, first))
            if !first
                .iter()
                .all(|byte| is_small(*byte) || matches!(byte, b':' | b'-')) =>
        {
            Err("has characters other than small letters, digits, \":\" and \"-\"")
        }
        Some(_) => Ok(()),
    }
}

/// Whose line of a token file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenUser {
    /// The user.
    pub user: &'static str,
    /// The uid that guides give; it has no meaning for RBAC.
    pub uid: &'static str,
    /// His group.
    pub group: &'static str,
}

/// Who a new kubelet is until it has its certificate (website kubelet-tls-bootstrapping.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BootstrapIdentity {
    /// As the layout has it: kubeadm none yet (a token is made for each join), split
    /// [`Self::Bootstrapper`], single-ca [`Self::TokenFile`].
    #[default]
    Usual,
    /// A bootstrap token: user `system:bootstrap:<id>`, in a Secret.
    Token,
    /// A line of `token.csv` with the user `kubelet-bootstrap`.
    TokenFile,
    /// A line of `token.csv` with the user `system:bootstrapper`.
    Bootstrapper,
    /// None is made.
    None,
}

impl BootstrapIdentity {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Usual,
        Self::Token,
        Self::TokenFile,
        Self::Bootstrapper,
        Self::None,
    ];

    /// Its word in flags and kept answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Token => "token",
            Self::TokenFile => "token-file",
            Self::Bootstrapper => "bootstrapper",
            Self::None => "none",
        }
    }

    /// The same, or what [`Self::Usual`] stands for.
    #[must_use]
    pub fn or_usual(self, usual: Self) -> Self {
        if self == Self::Usual { usual } else { self }
    }

    /// As it is spoken of.
    pub fn title(self) -> &'static str {
        match self {
            Self::Usual => "what is usual",
            Self::Token => "bootstrap tokens",
            Self::TokenFile => "kubelet-bootstrap of the token file",
            Self::Bootstrapper => "system:bootstrapper of the token file",
            Self::None => "nobody",
        }
    }

    /// Who it is in a token file; `None`: it does not stand in one.
    pub fn token_user(self) -> Option<TokenUser> {
        let (user, group) = match self {
            Self::TokenFile => ("kubelet-bootstrap", KUBELET_BOOTSTRAP),
            Self::Bootstrapper => ("system:bootstrapper", BOOTSTRAPPERS),
            Self::Usual | Self::Token | Self::None => return None,
        };
        Some(TokenUser {
            user,
            uid: "10001",
            group,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::kubeconfig::token_id;

    #[test]
    fn bootstrap_tokens_have_a_form() -> Result<(), Error> {
        for (token, expected) in [
            ("abcdef.0123456789abcdef", Some("abcdef")),
            ("abcdef.0123456789abcde", None),
            ("Abcdef.0123456789abcdef", None),
            ("abcdef.0123456789abcdef\n", None),
            ("абв.0123456789abcdef", None),
            ("", None),
        ] {
            assert_eq!(token_id(token), expected, "{token}");
        }
        let token = NewToken::make()?;
        assert_eq!(token_id(token.expose()), Some(token.id()));
        assert!(!format!("{token:?}").contains(&token.expose()[7..]));
        assert_ne!(token.expose(), NewToken::make()?.expose());
        let hex = token_file_token()?;
        assert!(
            hex.len() == 32
                && hex
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        );
        Ok(())
    }

    #[test]
    fn groups_have_a_form() {
        let longest = format!("system:bootstrappers:{}", "a".repeat(256));
        for (group, is_right) in [
            ("system:bootstrappers:kubeadm:default-node-token", true),
            ("system:bootstrappers:a", true),
            (longest.as_str(), true),
            (&format!("{longest}a"), false),
            ("system:bootstrappers", false),
            ("system:bootstrappers:", false),
            ("system:bootstrappers:a-", false),
            ("system:bootstrappers:A", false),
            ("system:bootstrappers:a\n", false),
            ("system:bootstrappers:a,system:masters", false),
            ("system:masters", false),
            ("", false),
        ] {
            assert_eq!(check_group(group).is_ok(), is_right, "{group}");
        }
    }
}
