//! Paths and queries of requests.

use serde::Serialize;
use serde_json::Value;

/// Percent-encodes all but unreserved characters: RFC 3986 §2.3.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Adds the fields of a query that have a value to a path.
pub(crate) fn with_query(path: &str, query: &impl Serialize) -> String {
    let Ok(Value::Object(fields)) = serde_json::to_value(query) else { return path.to_owned() };
    let pairs = fields.iter().filter_map(|(name, value)| match value {
        Value::Null => None,
        Value::String(text) => Some(format!("{name}={}", encoded(text))),
        other => Some(format!("{name}={}", encoded(&other.to_string()))),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use api::incidents::IncidentQuery;

    use super::*;

    #[test]
    fn query_holds_fields_with_values_encoded() {
        let query = IncidentQuery { open: Some(true), code: Some("app.a&b é".into()), cursor: Some(7), severity: None };
        assert_eq!(with_query("/incidents", &query), "/incidents?code=app.a%26b%20%C3%A9&cursor=7&open=true");
        assert_eq!(with_query("/incidents", &IncidentQuery::default()), "/incidents?");
    }
}
