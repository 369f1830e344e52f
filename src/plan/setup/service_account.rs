//! The key pair of the service accounts: tokens are signed with one half, and verified by the
//! other.

use super::kept::{self, refused};
use super::workshop::{Output, Workshop};
use crate::pki::Secret;
use crate::pki::key::KeyAlgorithm;
use crate::plan::{PlanError, SetupRequest};
use crate::setup::blueprint::{Placed, Thing};

/// Its algorithm.
pub(super) fn algorithm(request: &SetupRequest) -> KeyAlgorithm {
    request
        .cluster
        .service_account_key_algorithm
        .unwrap_or(request.cluster.key_algorithm)
}

/// Hands the key pair out: the one that is there, or a new one.
pub(super) fn key_pair<'a>(
    shop: &mut Workshop<'a>,
    thing: &'a Thing,
    private: &'a Placed,
    public: &'a Placed,
) -> Result<(), PlanError> {
    let (lies, public_lies) = (shop.there(thing, private)?, shop.there(thing, public)?);
    let Some(lies) = lies else {
        if public_lies.is_some() {
            return Err(refused(
                &public.path,
                format!("its private half {} is not", private.path),
            ));
        }
        shop.refuse_another(thing, private)?;
        let key = shop.take_key(algorithm(shop.scope.request))?;
        shop.hand_out(
            thing,
            private,
            Output::new(Secret::from(key.to_pem()), "private key"),
        );
        shop.hand_out(
            thing,
            public,
            Output::new(Secret::new(key.public_pem().into_bytes()), "public key"),
        );
        return Ok(());
    };
    let half = kept::private_key(&private.path, lies)?
        .ok_or_else(|| refused(&private.path, "it is encrypted: no component can read it"))?;
    let content = match public_lies {
        Some(bytes) => {
            kept::check_public_key(&public.path, bytes, &half)?;
            bytes.clone()
        }
        None => Secret::new(half.to_pem().into_bytes()),
    };
    shop.hand_out(thing, private, Output::kept(lies.clone(), "private key"));
    shop.hand_out(
        thing,
        public,
        Output::of(content, "public key", public_lies.is_some()),
    );
    Ok(())
}
