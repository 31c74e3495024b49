//! The answer of a token endpoint (RFC 6749 §5): tokens, or a refusal in the provider's words. The words that are kept hold no
//! secret.

use std::time::Duration;

use jiff::SignedDuration;
use model::Secret;
use model::catalogue::codes_in;
use model::oauth::{Refusal, TokenLife, WordsOfProvider};
use model::time::Timestamp;
use serde_json::Value;

use super::claims::{Identity, payload};
use super::proof::SecretMethod;

/// Maximum length of a provider's words that is kept, in characters.
const WORDS_MAX: usize = 600;
/// Assumed life of a token, if the provider does not give it. RFC 6749 §5.1 only recommends that it does.
const LIFE_DEFAULT: Duration = Duration::from_hours(1);
/// Shortest and longest life of a token that is believed.
const LIFE_MIN: Duration = Duration::from_secs(1);
const LIFE_MAX: Duration = Duration::from_hours(366 * 24);

/// The tokens of an answer.
pub(super) struct TokenSet {
    pub(super) access: Secret,
    pub(super) refresh: Option<Secret>,
    pub(super) life: TokenLife,
    /// The scopes that were granted, if the provider says.
    pub(super) scope: Option<Vec<String>>,
    pub(super) identity: Option<Identity>,
    /// End of the refresh token, if the provider says.
    pub(super) known_end: Option<Timestamp>,
}

pub(super) struct Refused {
    pub(super) refusal: Refusal,
    pub(super) words: WordsOfProvider,
    /// The time that the provider asks us to wait.
    pub(super) retry_after: Option<Duration>,
    /// The request went out and no usable answer came. The provider may have carried it out.
    pub(super) unsure: bool,
}

/// An answer, or the reason why there is none. `skew` is the lead of the provider's clock over ours, if it gave the time.
pub(super) struct TokenAnswer {
    pub(super) result: Result<TokenSet, Refused>,
    pub(super) skew: Option<SignedDuration>,
    pub(super) secret_method: SecretMethod,
}

/// The answer of the endpoint over HTTP.
pub(super) struct EndpointAnswer {
    pub(super) status: u16,
    /// The provider's time.
    pub(super) date: Option<Timestamp>,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Secret,
}

/// A refusal that may end by itself, since the endpoint gave no proper answer.
pub(super) fn passing(now: Timestamp, status: u16, words: &str) -> Refused {
    let words = WordsOfProvider { at: now, status, error: None, words: words.into(), codes: Vec::new() };
    Refused { refusal: Refusal::Passing, words, retry_after: None, unsure: false }
}

/// Marks a refusal as unsure. The answer may come from a server in between, and the provider may have acted on the request.
fn unsure(refused: Refused) -> Refused {
    Refused { unsure: true, ..refused }
}

/// Reads tokens or a refusal from the answer to a request that began at `begun`. `mask` removes our secrets from words.
pub(super) fn read(
    answer: &EndpointAnswer,
    now: Timestamp,
    begun: Timestamp,
    mask: &dyn Fn(&str) -> String,
) -> Result<TokenSet, Refused> {
    let status = answer.status;
    if (300..400).contains(&status) {
        return Err(unsure(passing(now, status, "the answer is a redirect, which is not followed")));
    }
    let Ok(body) = serde_json::from_str::<Value>(answer.body.reveal()) else {
        return Err(unsure(passing(now, status, &format!("the answer is not JSON (HTTP {status})"))));
    };
    let text = |key: &str| body[key].as_str().filter(|text| !text.is_empty());
    match (status, text("access_token"), text("error")) {
        (200, Some(access), None) => {
            let lifetime = seconds(&body["expires_in"]).unwrap_or(LIFE_DEFAULT).clamp(LIFE_MIN, LIFE_MAX);
            Ok(TokenSet {
                access: Secret::new(access),
                refresh: text("refresh_token").map(Secret::new),
                // The life counts from before the request, so that we never assume too long a life.
                life: TokenLife { issued: begun, expires: begun + lifetime },
                scope: body["scope"].as_str().map(|scope| scope.split_whitespace().map(str::to_owned).collect()),
                identity: text("id_token").and_then(payload).map(|claims| Identity::of(&claims)),
                known_end: seconds(&body["refresh_token_expires_in"]).map(|left| begun + left),
            })
        }
        (_, _, error) => {
            let said = mask(text("error_description").unwrap_or(""));
            let mut codes: Vec<u32> = codes_in(&said);
            let listed = body["error_codes"].as_array().into_iter().flatten().filter_map(Value::as_u64);
            codes.extend(listed.filter_map(|code| u32::try_from(code).ok()).filter(|code| *code > 0).take(8));
            codes.dedup();
            let error = error.map(mask);
            let words = match (&error, said.is_empty()) {
                (None, true) => format!("the answer contains neither a token nor an error (HTTP {status})"),
                (Some(error), true) => error.clone(),
                (_, false) => said,
            };
            let refusal = Refusal::of(status, error.as_deref());
            Err(Refused {
                refusal,
                words: WordsOfProvider { at: now, status, error, words, codes },
                retry_after: None,
                unsure: false,
            })
        }
    }
}

/// Reads whole seconds, also as text or with a fraction, since some providers write them so. A number that is negative or not
/// finite is 0.
#[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest whole number that there is")]
fn seconds(value: &Value) -> Option<Duration> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse::<f64>().ok())?;
    Some(Duration::from_secs(if number.is_finite() { number as u64 } else { 0 }))
}

/// Foreign words without our secrets and control characters, cut to [`WORDS_MAX`].
pub(super) fn masked(words: &str, secrets: &[Secret]) -> String {
    let mut words = words.to_owned();
    for secret in secrets.iter().map(Secret::reveal).filter(|secret| secret.len() > 3) {
        words = words.replace(secret, "****");
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        words = words.replace(&encoded, "****");
    }
    // Also removes characters that turn the direction of the text that follows (Unicode, UAX #9).
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    words.split(char::is_control).collect::<Vec<_>>().join(" ").chars().filter(|c| !turns(c)).take(WORDS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(status: u16, body: &str) -> Result<TokenSet, Refused> {
        let heard = EndpointAnswer { status, date: None, retry_after: None, body: Secret::new(body) };
        read(&heard, Timestamp::from_secs(1), Timestamp::EPOCH, &|words| {
            masked(words, &[Secret::new("hunter2"), Secret::new("a b&c")])
        })
    }

    #[test]
    fn answer_without_token_is_a_passing_refusal() {
        for (told, life) in [
            ("0", LIFE_MIN),
            ("-5", LIFE_MIN),
            ("3600.0", Duration::from_secs(3600)),
            ("1e300", LIFE_MAX),
            ("\"60\"", Duration::from_secs(60)),
            ("null", LIFE_DEFAULT),
            ("[]", LIFE_DEFAULT),
        ] {
            let tokens = heard(200, &format!(r#"{{"access_token":"t","expires_in":{told},"refresh_token_expires_in":{told}}}"#));
            assert_eq!(tokens.ok().expect("a token").life.lifetime(), life, "{told}");
        }
        let tokens = heard(200, r#"{"access_token":"t","expires_in":"3599","scope":"a b"}"#).ok().expect("a token");
        assert_eq!((tokens.life.issued, tokens.life.expires), (Timestamp::EPOCH, Timestamp::from_secs(3599)));
        assert_eq!(tokens.scope.expect("told"), ["a", "b"]);
        for (status, body) in [
            (200, "{}"),
            (200, "<html>sign in</html>"),
            (200, r#"{"access_token":""}"#),
            (200, r#"{"access_token":7}"#),
            (201, r#"{"access_token":"t"}"#),
            (302, ""),
            (500, r#"{"error":"invalid_grant"}"#),
        ] {
            let refused = heard(status, body).err().expect("refused");
            assert_eq!(refused.refusal, Refusal::Passing, "{status} {body}");
            assert!(!refused.words.words.is_empty());
        }
    }

    #[test]
    fn refusal_keeps_provider_words_and_masks_secrets() {
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: secret hunter2 or a+b%26c\r\nis wrong","error_codes":[7000215]}"#;
        let refused = heard(401, body).err().expect("refused");
        assert_eq!(refused.refusal, Refusal::Client);
        assert_eq!(refused.words.words, "AADSTS7000215: secret **** or ****  is wrong");
        assert_eq!(refused.words.codes, [7_000_215]);
    }
}
