//! The rules as a table: what each is called, and which question it answers.

/// The two questions before an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApprovalQuestion {
    /// Does the asker hold the key?
    HoldsKey,
    /// May the asker be who it asks to be?
    MayBe,
}

impl ApprovalQuestion {
    /// Both, in their order.
    pub const ALL: [Self; 2] = [Self::HoldsKey, Self::MayBe];

    /// As it is asked.
    pub const fn words(self) -> &'static str {
        match self {
            Self::HoldsKey => "Does the asker hold the key?",
            Self::MayBe => "May the asker be who it asks to be?",
        }
    }
}

/// What is looked at, in the order in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The request is signed with the key that it names.
    OwnSignature,
    /// Kind and size of the key.
    KeyStrength,
    /// Nobody else has the key, as far as is seen here.
    KeyOnce,
    /// Who asked, beside who it asks to be.
    Requester,
    /// What its signer takes and refuses.
    Signer,
    /// The node that it is for.
    Node,
    /// The names that it shall bear.
    Names,
    /// Groups and users that give more than most.
    Privileges,
    /// What a certificate of this CA opens.
    Authority,
    /// Whether one and the same could ask and approve.
    SelfApproval,
    /// Whether something would approve it without anybody.
    AutoApproval,
    /// How long it lives.
    Lifetime,
    /// Other requests and certificates of the same identity.
    Duplicates,
    /// What is asked for and would not be signed.
    Extras,
}

impl Rule {
    /// Every one.
    pub const ALL: [Self; 14] = [
        Self::OwnSignature,
        Self::KeyStrength,
        Self::KeyOnce,
        Self::Requester,
        Self::Signer,
        Self::Node,
        Self::Names,
        Self::Privileges,
        Self::Authority,
        Self::SelfApproval,
        Self::AutoApproval,
        Self::Lifetime,
        Self::Duplicates,
        Self::Extras,
    ];

    /// Its name in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::OwnSignature => "own-signature",
            Self::KeyStrength => "key-strength",
            Self::KeyOnce => "key-once",
            Self::Requester => "requester",
            Self::Signer => "signer",
            Self::Node => "node",
            Self::Names => "names",
            Self::Privileges => "privileges",
            Self::Authority => "authority",
            Self::SelfApproval => "self-approval",
            Self::AutoApproval => "auto-approval",
            Self::Lifetime => "lifetime",
            Self::Duplicates => "duplicates",
            Self::Extras => "extras",
        }
    }

    /// What it answers.
    pub const fn question(self) -> ApprovalQuestion {
        match self {
            Self::OwnSignature | Self::KeyStrength | Self::KeyOnce => ApprovalQuestion::HoldsKey,
            Self::Requester
            | Self::Signer
            | Self::Node
            | Self::Names
            | Self::Privileges
            | Self::Authority
            | Self::SelfApproval
            | Self::AutoApproval
            | Self::Lifetime
            | Self::Duplicates
            | Self::Extras => ApprovalQuestion::MayBe,
        }
    }
}
