//! Values of the settings as typed, and how they are read from JSON.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smtp::Secret;

/// A number, a truth value or a text, kept as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar(pub String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;
        impl serde::de::Visitor<'_> for ScalarVisitor {
            type Value = Scalar;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a whole number, true, false or a text")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
                Ok(Scalar(value.to_owned()))
            }
        }
        deserializer.deserialize_any(ScalarVisitor)
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0.parse::<i64>(), self.0.as_str()) {
            (Ok(n), text) if n.to_string() == text => serializer.serialize_i64(n),
            (_, "true") => serializer.serialize_bool(true),
            (_, "false") => serializer.serialize_bool(false),
            (_, text) => serializer.serialize_str(text),
        }
    }
}

/// A secret in a draft. Output is `{"set": true}` or nothing, never the secret. Input is a text (set) or null (clear). Input
/// of `{"set": true}` or nothing keeps the secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum SecretEntry {
    /// No input: keep the present secret, if there is one.
    #[default]
    Keep,
    /// A secret is in the store.
    Stored,
    Clear,
    New(Secret),
}

impl SecretEntry {
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Keep | Self::Clear)
    }
}

impl Serialize for SecretEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("set", &!self.is_nothing())?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for SecretEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct SecretMark {
            set: bool,
        }
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a text, null, or {\"set\": true}")]
        enum SecretForm {
            Text(String),
            Mark(SecretMark),
            Null(()),
        }
        Ok(match SecretForm::deserialize(deserializer)? {
            SecretForm::Text(text) if text.is_empty() => Self::Keep,
            SecretForm::Text(text) => Self::New(Secret::new(text)),
            SecretForm::Mark(SecretMark { set: true }) => Self::Stored,
            SecretForm::Mark(SecretMark { set: false }) => Self::Keep,
            SecretForm::Null(()) => Self::Clear,
        })
    }
}

/// Reads a list of texts, or a single text that the parser splits later.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a text or a list of texts")]
    enum ListForm {
        One(String),
        Many(Vec<String>),
    }
    Ok(match ListForm::deserialize(deserializer)? {
        ListForm::One(text) if text.trim().is_empty() => Vec::new(),
        ListForm::One(text) => vec![text],
        ListForm::Many(list) => list,
    })
}

/// `null` in JSON means the same as absent.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
