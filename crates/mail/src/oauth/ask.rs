//! A request to a token endpoint (RFC 6749 §3.2) and its answer. It follows no redirects. The answer is bounded in size
//! and time, and the words kept of it hold no secret.

use std::time::Duration;

use admin::clock::Clock;
use admin::http::{HttpClient, HttpFault, HttpRequest, ResponsePart, Times, moment};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use jiff::SignedDuration;
use model::Secret;
use model::catalogue::codes_in;
use model::oauth::{Destination, Refusal, TokenLife, WordsOfProvider};
use model::settings::{ApplicationProof, Auth, Method, OAuth2Settings, Provider, RelaySettings, Trust};
use model::time::Timestamp;
use serde_json::Value;

use super::look::{Identity, payload};
use super::proof::{AssertionFault, assertion};

/// Longest answer, in bytes.
const ANSWER_MAX: usize = 1 << 20;
/// Time to connect, and time for the whole exchange.
const TIMES: Times = Times { connect: Duration::from_secs(10), whole: Duration::from_secs(30) };
/// Longest Retry-After (RFC 9110 §10.2.3) that is respected.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);
/// Maximum length of a provider's words that is kept, in characters.
const WORDS_MAX: usize = 600;
/// Assumed life of a token, if the provider does not give it. RFC 6749 §5.1 only recommends that it does.
const LIFE_UNTOLD: Duration = Duration::from_hours(1);
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

/// An answer. `skew` is the lead of the provider's clock over ours, if it gave the time.
pub(super) struct TokenAnswer {
    pub(super) result: Result<TokenSet, Refused>,
    pub(super) skew: Option<SignedDuration>,
    pub(super) secret_method: SecretMethod,
}

/// The way in which a request carries the client's secret (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SecretMethod {
    /// In the form: `client_secret_post`.
    #[default]
    Post,
    /// By HTTP Basic: `client_secret_basic`.
    Basic,
}

impl SecretMethod {
    fn other(self) -> Self {
        match self {
            Self::Post => Self::Basic,
            Self::Basic => Self::Post,
        }
    }
}

/// The request.
pub(super) enum Question<'a> {
    Code {
        code: &'a Secret,
        verifier: &'a Secret,
        redirect: &'a str,
    },
    Refresh(&'a Secret),
    /// A token for the application itself (RFC 6749 §4.4).
    Credentials,
}

/// The client's authentication.
pub(super) enum Proof<'a> {
    /// None: a public client has PKCE alone.
    Nothing,
    Secret(&'a Secret),
    Certificate {
        certificate: &'a str,
        key: &'a Secret,
    },
}

impl OAuthClient<'_> {
    /// The proofs to try, in order: the secret, then the next secret.
    pub(super) fn proofs(&self) -> Vec<Proof<'_>> {
        let first = match &self.settings.method {
            Method::User { secret: None } => Proof::Nothing,
            Method::User { secret: Some(secret) } | Method::Application(ApplicationProof::Secret(secret)) => {
                Proof::Secret(secret)
            }
            Method::Application(ApplicationProof::Certificate { certificate, key }) => Proof::Certificate { certificate, key },
        };
        let next = self.settings.client_secret_next.as_ref().filter(|_| matches!(first, Proof::Secret(_)));
        std::iter::once(first).chain(next.map(Proof::Secret)).collect()
    }
}

/// A client of the provider, with its settings and its way there.
pub(super) struct OAuthClient<'a> {
    pub(super) settings: &'a OAuth2Settings,
    /// Authorities that the relay's settings add to the system's.
    added: Option<&'a str>,
    clock: &'a Clock,
    times: Times,
    /// The method to try first: the one by which the provider took the secret last.
    pub(super) secret_method: SecretMethod,
}

impl<'a> OAuthClient<'a> {
    pub(super) fn of(relay: &'a RelaySettings, clock: &'a Clock) -> Option<Self> {
        let Auth::OAuth2(settings) = &relay.auth else { return None };
        let added = match relay.encryption.tls().map(|tls| &tls.trust) {
            Some(Trust::Added(pem)) => Some(pem.as_str()),
            _ => None,
        };
        Some(Self { settings, added, clock, times: TIMES, secret_method: SecretMethod::default() })
    }

    /// Asks once. Repeats the request with the other method for the secret if the provider may want that.
    pub(super) async fn ask(&self, question: &Question<'_>, proof: &Proof<'_>) -> TokenAnswer {
        let unbelieved = |answer: &TokenAnswer| {
            answer.result.as_ref().err().is_some_and(|refused| refused.words.error.as_deref() == Some("invalid_client"))
        };
        let first = self.ask_by(question, proof, self.secret_method).await;
        // RFC 6749 §2.3.1: every provider must take HTTP Basic. The large providers document the body.
        let either = matches!(proof, Proof::Secret(_)) && self.settings.provider == Provider::Other;
        if !either || !unbelieved(&first) {
            return first;
        }
        let second = self.ask_by(question, proof, self.secret_method.other()).await;
        if unbelieved(&second) { first } else { second }
    }

    async fn ask_by(&self, question: &Question<'_>, proof: &Proof<'_>, secret_method: SecretMethod) -> TokenAnswer {
        let mut secrets = Vec::new();
        let begun = self.clock.now();
        let heard = match self.form(question, proof, secret_method, &mut secrets) {
            Ok(form) => self.post(form, proof, secret_method).await,
            Err(fault) => Err(Broken::unsent(&fault)),
        };
        let now = self.clock.now();
        let mask = |words: &str| masked(words, &secrets);
        match heard {
            Err(Broken { why, unsure }) => {
                TokenAnswer { result: Err(Refused { unsure, ..passing(now, 0, &mask(&why)) }), skew: None, secret_method }
            }
            Ok(heard) => {
                // The provider made the answer at some time between the two moments.
                let skew = heard.date.map(|date| date.ahead_of(begun.midpoint(now)));
                let result =
                    read(&heard, now, begun, &mask).map_err(|refused| Refused { retry_after: heard.retry_after, ..refused });
                TokenAnswer { result, skew, secret_method }
            }
        }
    }

    fn form(
        &self,
        question: &Question<'_>,
        proof: &Proof<'_>,
        secret_method: SecretMethod,
        secrets: &mut Vec<Secret>,
    ) -> Result<Secret, AssertionFault> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let mut hide = |secret: &Secret| secrets.push(secret.clone());
        match question {
            Question::Code { code, verifier, redirect } => {
                hide(code);
                hide(verifier);
                form.append_pair("grant_type", "authorization_code").append_pair("code", code.reveal());
                form.append_pair("redirect_uri", redirect).append_pair("code_verifier", verifier.reveal());
            }
            Question::Refresh(token) => {
                hide(token);
                form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", token.reveal());
            }
            Question::Credentials => {
                form.append_pair("grant_type", "client_credentials").append_pair("scope", &self.settings.scopes.join(" "));
            }
        }
        match proof {
            Proof::Secret(secret) => hide(secret),
            Proof::Nothing | Proof::Certificate { .. } => {}
        }
        match proof {
            Proof::Secret(_) if secret_method == SecretMethod::Basic => {}
            Proof::Secret(secret) => {
                form.append_pair("client_id", &self.settings.client_id).append_pair("client_secret", secret.reveal());
            }
            Proof::Nothing => {
                form.append_pair("client_id", &self.settings.client_id);
            }
            Proof::Certificate { certificate, key } => {
                let signed = assertion(self.settings, certificate, key, self.clock.now())?;
                hide(&signed);
                form.append_pair("client_id", &self.settings.client_id);
                form.append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
                form.append_pair("client_assertion", signed.reveal());
            }
        }
        Ok(Secret::new(form.finish()))
    }

    async fn post(&self, form: Secret, proof: &Proof<'_>, secret_method: SecretMethod) -> Result<Heard, Broken> {
        let client = self.http().map_err(Broken::of)?;
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
            (ACCEPT, HeaderValue::from_static("application/json")),
        ]);
        if let (Proof::Secret(secret), SecretMethod::Basic) = (proof, secret_method) {
            let shown = basic_header(&self.settings.client_id, secret);
            let mut shown = HeaderValue::try_from(shown).map_err(|error| Broken::unsent(&error))?;
            shown.set_sensitive(true);
            headers.insert(AUTHORIZATION, shown);
        }
        let (url, body) = (self.settings.token_endpoint.as_str(), form.reveal().to_owned());
        let request = HttpRequest { method: hyper::Method::POST, url, headers, body };
        let answer = client.send(request, ResponsePart::Body(ANSWER_MAX)).await.map_err(Broken::of)?;
        let text = |name| answer.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let retry_after = text(RETRY_AFTER).and_then(|wait| wait.trim().parse::<i64>().ok());
        let retry_after =
            retry_after.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).min(RETRY_AFTER_MAX));
        let date = text(DATE).and_then(moment);
        Ok(Heard { status: answer.status, date, retry_after, body: Secret::new(String::from_utf8_lossy(&answer.body)) })
    }

    fn http(&self) -> Result<HttpClient, HttpFault> {
        HttpClient::new(self.added, self.settings.proxy.as_deref(), self.times)
    }
}

/// True if typed settings have the destination of the stored grant.
pub(super) fn same_destination(relay: &RelaySettings, destination: &Destination) -> bool {
    Destination::of(relay).as_ref() == Some(destination)
}

/// A request without an answer.
struct Broken {
    why: String,
    unsure: bool,
}

impl Broken {
    fn unsent(fault: &dyn std::error::Error) -> Self {
        Self { why: fault.to_string(), unsure: false }
    }

    fn of(fault: HttpFault) -> Self {
        let why = match fault {
            HttpFault::TooLong(ANSWER_MAX) => "the answer is longer than 1 MiB".into(),
            ref other => other.to_string(),
        };
        Self { why, unsure: fault.was_asked() }
    }
}

struct Heard {
    status: u16,
    date: Option<Timestamp>,
    retry_after: Option<Duration>,
    body: Secret,
}

fn passing(now: Timestamp, status: u16, words: &str) -> Refused {
    let words = WordsOfProvider { at: now, status, error: None, words: words.into(), codes: Vec::new() };
    Refused { refusal: Refusal::Passing, words, retry_after: None, unsure: false }
}

/// Marks a refusal as unsure. The answer may come from a server in between, and the provider may have acted on the request.
fn unsure(refused: Refused) -> Refused {
    Refused { unsure: true, ..refused }
}

fn read(heard: &Heard, now: Timestamp, begun: Timestamp, mask: &dyn Fn(&str) -> String) -> Result<TokenSet, Refused> {
    let status = heard.status;
    if (300..400).contains(&status) {
        return Err(unsure(passing(now, status, "the answer is a redirect, which is not followed")));
    }
    let Ok(answer) = serde_json::from_str::<Value>(heard.body.reveal()) else {
        return Err(unsure(passing(now, status, &format!("the answer is not JSON (HTTP {status})"))));
    };
    let text = |key: &str| answer[key].as_str().filter(|text| !text.is_empty());
    match (status, text("access_token"), text("error")) {
        (200, Some(access), None) => {
            let lifetime = seconds(&answer["expires_in"]).unwrap_or(LIFE_UNTOLD).clamp(LIFE_MIN, LIFE_MAX);
            Ok(TokenSet {
                access: Secret::new(access),
                refresh: text("refresh_token").map(Secret::new),
                // The life counts from before the request, so that we never assume too long a life.
                life: TokenLife { issued: begun, expires: begun + lifetime },
                scope: answer["scope"].as_str().map(|scope| scope.split_whitespace().map(str::to_owned).collect()),
                identity: text("id_token").and_then(payload).map(|claims| Identity::of(&claims)),
                known_end: seconds(&answer["refresh_token_expires_in"]).map(|left| begun + left),
            })
        }
        (_, _, error) => {
            let said = mask(text("error_description").unwrap_or(""));
            let mut codes: Vec<u32> = codes_in(&said);
            let listed = answer["error_codes"].as_array().into_iter().flatten().filter_map(Value::as_u64);
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

fn basic_header(client: &str, secret: &Secret) -> String {
    use base64::Engine;
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Secret::new(format!("{}:{}", encode(client), encode(secret.reveal())));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair.reveal()))
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
        let heard = Heard { status, date: None, retry_after: None, body: Secret::new(body) };
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
            ("null", LIFE_UNTOLD),
            ("[]", LIFE_UNTOLD),
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

    #[tokio::test]
    async fn hanging_endpoint_times_out() {
        let text = r#"{"email":{"from":"a@x.test","relay":{"host":"h.test"},"auth":{"type":"oauth2"},"contacts":{"admin":["b@x.test"]},
            "oauth2":{"email":"a@x.test","client_id":"c","scopes":"s","authorization_endpoint":"http://127.0.0.1:1/","token_endpoint":"http://127.0.0.1:PORT/"}}}"#;
        // The server takes the request and never answers, or its answer does not end.
        for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
            let hole = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = hole.local_addr().expect("bound").port();
            let held = std::thread::spawn(move || {
                let (mut taken, _) = hole.accept().expect("asked");
                let mut question = [0; 4096];
                assert!(std::io::Read::read(&mut taken, &mut question).expect("readable") > 0);
                std::io::Write::write_all(&mut taken, answer.as_bytes()).expect("told");
                taken
            });
            let draft = serde_json::from_str(&text.replace("PORT", &port.to_string())).expect("legal");
            let relay = model::settings::parse(&draft, &|_| None).unwrap_or_else(|faults| panic!("{faults:?}")).route.remove(0);
            let clock = Clock::default();
            let mut client = OAuthClient::of(&relay, &clock).expect("OAuth2");
            client.times = Times { connect: Duration::from_millis(200), whole: Duration::from_millis(200) };
            let refused = client.ask(&Question::Credentials, &Proof::Nothing).await.result.err().expect("refused");
            assert_eq!(
                (refused.refusal, refused.words.words.contains("no answer in time")),
                (Refusal::Passing, true),
                "{:?}",
                refused.words
            );
            drop(held.join());
        }
    }

    #[test]
    fn http_date_is_parsed() {
        assert_eq!(moment("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Timestamp::from_secs(784_111_777)));
        assert_eq!(moment("soon"), None);
    }
}
