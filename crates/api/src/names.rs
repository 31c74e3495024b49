//! Closed lists of names: states, severities, stages. A newer node may know more of them than this version.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// The schema of a list of names, with the meaning of each.
pub(crate) fn schema(about: &str, names: &[(&str, &str)]) -> RefOr<Schema> {
    let told = names.iter().filter(|(_, about)| !about.is_empty());
    let lines = told.map(|(name, about)| format!("\n* `{name}`: {}", about.trim())).collect::<String>();
    let list = if lines.is_empty() { String::new() } else { format!("\n{lines}") };
    let names = names.iter().map(|(name, _)| *name);
    let about = about.trim().to_owned() + &list;
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).description(Some(about)).into()
}

/// Declares a list of names. An unknown name is read as `Unlisted` and keeps its text; a node never writes one.
macro_rules! names {
    ($(#[doc = $about:literal])* $type:ident { $($(#[doc = $doc:literal])* $variant:ident = $name:literal),* $(,)? }) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $type {
            $($(#[doc = $doc])* $variant,)*
            /// A name that this version does not know.
            Unlisted(String),
        }

        impl $type {
            pub const NAMES: &[&str] = &[$($name),*];

            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unlisted(name) => name,
                }
            }
        }

        impl From<&str> for $type {
            fn from(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    other => Self::Unlisted(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer).map(|name| Self::from(name.as_str()))
            }
        }

        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::names::schema(concat!("" $(, $about, "\n")*), &[$(($name, concat!("" $(, $doc, " ")*))),*])
            }
        }

        impl utoipa::ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($type))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::alarm::AlarmKindName;
    use crate::doctor::FindingName;

    #[test]
    fn unknown_name_keeps_its_text() {
        let read = |text: &str| serde_json::from_str::<FindingName>(text).expect("a name");
        assert_eq!((read("\"well\""), read("\"green\"")), (FindingName::Well, FindingName::Unlisted("green".into())));
        assert_eq!(serde_json::to_string(&[FindingName::Wrong, read("\"green\"")]).expect("JSON"), r#"["wrong","green"]"#);
        assert!(serde_json::from_str::<FindingName>("1").is_err());
    }

    #[test]
    fn schema_lists_every_name() {
        let schema = serde_json::to_value(<AlarmKindName as utoipa::PartialSchema>::schema()).expect("JSON");
        assert_eq!(
            schema,
            serde_json::json!({ "type": "string", "description": "The kind of the called address: the heartbeat, or the format of a webhook.", "enum": AlarmKindName::NAMES })
        );
    }
}
