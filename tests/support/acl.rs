//! Access control lists as the kernel keeps them (acl(5), linux/posix_acl_xattr.h).

/// The extended attribute that holds one.
pub(crate) const ACL: &str = "system.posix_acl_access";

/// Whom an entry is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who {
    /// The file's owner.
    Owner,
    /// This user.
    User(u32),
    /// The file's group.
    Group,
    /// The most that any but the owner and the others get.
    Mask,
    /// Everybody else.
    Others,
}

/// The value of the attribute: each entry with its permission bits.
pub(crate) fn list(entries: &[(Who, u16)]) -> Vec<u8> {
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (who, permission) in entries {
        let (tag, id) = match who {
            Who::Owner => (0x01_u16, u32::MAX),
            Who::User(id) => (0x02, *id),
            Who::Group => (0x04, u32::MAX),
            Who::Mask => (0x10, u32::MAX),
            Who::Others => (0x20, u32::MAX),
        };
        list.extend(
            tag.to_le_bytes()
                .into_iter()
                .chain(permission.to_le_bytes())
                .chain(id.to_le_bytes()),
        );
    }
    list
}
