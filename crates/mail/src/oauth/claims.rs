//! Reads the claims of a token without trusting them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Secret;
use model::oauth::Claims;
use model::time::Timestamp;
use serde_json::Value;

/// Longest token that is read, in bytes.
const TOKEN_MAX: usize = 256 << 10;

/// The claims of a JWT (RFC 7519 §3). `None` for an opaque token. Only the receiver verifies the signature.
pub(super) fn payload(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || token.len() > TOKEN_MAX {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
}

/// The person who signed in, from an id_token.
pub(super) struct Identity {
    pub(super) nonce: Option<String>,
    pub(super) audience: Vec<String>,
    /// Every name that the provider gives the account, an address first.
    names: Vec<String>,
}

impl Identity {
    pub(super) fn of(claims: &Value) -> Self {
        let names = ["email", "preferred_username", "upn", "unique_name", "sub"];
        Self {
            nonce: text(&claims["nonce"]),
            audience: texts(&claims["aud"]),
            names: names.iter().filter_map(|name| text(&claims[*name])).collect(),
        }
    }

    /// The account: the name that equals this address, else the first name.
    pub(super) fn account(&self, email: &model::Address) -> Option<String> {
        let same = self.names.iter().find(|name| model::oauth::same_account(name, email));
        same.or_else(|| self.names.first()).cloned()
    }
}

/// The claims of an access token. `None` if it is opaque.
pub(super) fn read_claims(token: &Secret) -> Option<Claims> {
    let claims = payload(token.reveal())?;
    let first = |names: &[&str]| names.iter().find_map(|name| text(&claims[*name]));
    let scopes = if claims["scp"].is_null() { &claims["scope"] } else { &claims["scp"] };
    Some(Claims {
        audience: texts(&claims["aud"]),
        scopes: texts(scopes).iter().flat_map(|scope| scope.split_whitespace()).map(str::to_owned).collect(),
        roles: texts(&claims["roles"]),
        account: first(&["upn", "preferred_username", "email", "unique_name"]),
        tenant: first(&["tid"]),
        object: first(&["oid"]),
        issued: claims["iat"].as_i64().map(Timestamp::from_secs),
        expires: claims["exp"].as_i64().map(Timestamp::from_secs),
    })
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    Some(text.chars().filter(|c| !c.is_control()).take(320).collect()).filter(|text: &String| !text.is_empty())
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().filter_map(text).take(64).collect(),
        single => text(single).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> Secret {
        Secret::new(format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn jwt_claims_are_read_and_opaque_tokens_skipped() {
        let read =
            read_claims(&token(r#"{"aud":["x"],"scp":"SMTP.Send a","roles":["r"],"upn":"a@x","tid":"t","iat":1,"exp":2}"#))
                .expect("a JWT");
        assert_eq!(read.scopes, ["SMTP.Send", "a"]);
        assert_eq!(
            (read.account.as_deref(), read.issued, read.expires),
            (Some("a@x"), Some(Timestamp::from_secs(1)), Some(Timestamp::from_secs(2)))
        );
        for opaque in ["abc", "a.b.c", "a.b", "a.b.c.d", "ya29.a0AfH.x", "", ".."] {
            assert_eq!(read_claims(&Secret::new(opaque)), None, "{opaque}");
        }
        assert_eq!(read_claims(&token("[1]")), None);
        assert_eq!(read_claims(&token(r#"{"aud":7,"scp":{"x":1}}"#)), Some(Claims::default()), "other kinds are nothing");
    }

    #[test]
    fn account_is_the_name_equal_to_the_address() {
        let claims =
            payload(token(r#"{"email":"other@x.test","preferred_username":"Box@X.test","sub":"1"}"#).reveal()).expect("a JWT");
        let identity = Identity::of(&claims);
        assert_eq!(identity.account(&"box@x.test".parse().expect("legal")).as_deref(), Some("Box@X.test"));
        assert_eq!(identity.account(&"third@x.test".parse().expect("legal")).as_deref(), Some("other@x.test"));
    }
}
