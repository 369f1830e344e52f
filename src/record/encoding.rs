//! How values that serde does not know are written in the state store.

/// A certificate as base64 of its DER.
pub mod certificate {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::pki::Certificate;

    /// Writes it.
    pub fn serialize<S: Serializer>(
        certificate: &Certificate,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(certificate.der()))
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Certificate, D::Error> {
        let text = String::deserialize(deserializer)?;
        let der = STANDARD.decode(text).map_err(D::Error::custom)?;
        Certificate::from_der(&der).map_err(D::Error::custom)
    }
}

/// A certificate that may be absent: null, or base64 of its DER.
pub mod optional_certificate {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::pki::Certificate;

    #[derive(Serialize)]
    struct Borrowed<'a>(#[serde(with = "super::certificate")] &'a Certificate);

    #[derive(Deserialize)]
    struct Owned(#[serde(with = "super::certificate")] Certificate);

    /// Writes it.
    pub fn serialize<S: Serializer>(
        certificate: &Option<Certificate>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        certificate.as_ref().map(Borrowed).serialize(serializer)
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Certificate>, D::Error> {
        Ok(Option::<Owned>::deserialize(deserializer)?.map(|owned| owned.0))
    }
}
