//! One text or a list of texts, as addresses and pins may be written.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One text, or a list of texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Texts {
    One(String),
    Many(Vec<String>),
}
