//! A request to a token endpoint (RFC 6749 §3.2). It follows no redirects. The answer is bounded in size and time.

use std::time::Duration;

use admin::clock::Clock;
use admin::http::{HttpClient, HttpFault, HttpRequest, ResponsePart, Times, moment};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use model::Secret;
use model::settings::{ApplicationProof, Auth, Method, OAuth2Settings, Provider, RelaySettings, Trust};

use super::proof::{AssertionFault, Proof, SecretMethod, assertion};
use super::token_answer::{EndpointAnswer, Refused, TokenAnswer, masked, passing, read};

/// Longest answer, in bytes.
const ANSWER_MAX: usize = 1 << 20;
/// Time to connect, and time for the whole exchange.
const TIMES: Times = Times { connect: Duration::from_secs(10), whole: Duration::from_secs(30) };
/// Longest Retry-After (RFC 9110 §10.2.3) that is respected.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// A request for tokens, by its grant type.
pub(super) enum TokenRequest<'a> {
    /// After a person has given the grant (RFC 6749 §4.1.3).
    AuthorizationCode { code: &'a Secret, verifier: &'a Secret, redirect: &'a str },
    /// With the refresh token of an earlier answer (RFC 6749 §6).
    RefreshToken(&'a Secret),
    /// For the application itself (RFC 6749 §4.4).
    ClientCredentials,
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

    /// The proofs to try, in order: the secret, then the next secret.
    pub(super) fn proofs(&self) -> Vec<Proof<'_>> {
        let first = match &self.settings.method {
            Method::User { secret: None, .. } => Proof::Nothing,
            Method::User { secret: Some(secret), .. } | Method::Application(ApplicationProof::Secret(secret)) => {
                Proof::Secret(secret)
            }
            Method::Application(ApplicationProof::Certificate { certificate, key }) => Proof::Certificate { certificate, key },
        };
        let next = self.settings.client_secret_next.as_ref().filter(|_| matches!(first, Proof::Secret(_)));
        std::iter::once(first).chain(next.map(Proof::Secret)).collect()
    }

    /// Asks once. Repeats the request with the other method for the secret if the provider may want that.
    pub(super) async fn ask(&self, request: &TokenRequest<'_>, proof: &Proof<'_>) -> TokenAnswer {
        let is_client_refused = |answer: &TokenAnswer| {
            answer.result.as_ref().err().is_some_and(|refused| refused.words.error.as_deref() == Some("invalid_client"))
        };
        let first = self.ask_by(request, proof, self.secret_method).await;
        // RFC 6749 §2.3.1: every provider must take HTTP Basic. The large providers document the body.
        let may_want_other = matches!(proof, Proof::Secret(_)) && self.settings.provider == Provider::Other;
        if !may_want_other || !is_client_refused(&first) {
            return first;
        }
        let second = self.ask_by(request, proof, self.secret_method.other()).await;
        if is_client_refused(&second) { first } else { second }
    }

    async fn ask_by(&self, request: &TokenRequest<'_>, proof: &Proof<'_>, secret_method: SecretMethod) -> TokenAnswer {
        let mut secrets = Vec::new();
        let begun = self.clock.now();
        let answer = match self.form(request, proof, secret_method, &mut secrets) {
            Ok(form) => self.post(form, proof, secret_method).await,
            Err(fault) => Err(NoAnswer::unsent(&fault)),
        };
        let now = self.clock.now();
        let mask = |words: &str| masked(words, &secrets);
        match answer {
            Err(NoAnswer { why, unsure }) => {
                TokenAnswer { result: Err(Refused { unsure, ..passing(now, 0, &mask(&why)) }), skew: None, secret_method }
            }
            Ok(answer) => {
                // The provider made the answer at some time between the two moments.
                let skew = answer.date.map(|date| date.ahead_of(begun.midpoint(now)));
                let result =
                    read(&answer, now, begun, &mask).map_err(|refused| Refused { retry_after: answer.retry_after, ..refused });
                TokenAnswer { result, skew, secret_method }
            }
        }
    }

    fn form(
        &self,
        request: &TokenRequest<'_>,
        proof: &Proof<'_>,
        secret_method: SecretMethod,
        secrets: &mut Vec<Secret>,
    ) -> Result<Secret, AssertionFault> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let mut hide = |secret: &Secret| secrets.push(secret.clone());
        match request {
            TokenRequest::AuthorizationCode { code, verifier, redirect } => {
                hide(code);
                hide(verifier);
                form.append_pair("grant_type", "authorization_code").append_pair("code", code.reveal());
                form.append_pair("redirect_uri", redirect).append_pair("code_verifier", verifier.reveal());
            }
            TokenRequest::RefreshToken(token) => {
                hide(token);
                form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", token.reveal());
            }
            TokenRequest::ClientCredentials => {
                form.append_pair("grant_type", "client_credentials");
                if !self.settings.scopes.is_empty() {
                    form.append_pair("scope", &self.settings.scopes.join(" "));
                }
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

    async fn post(&self, form: Secret, proof: &Proof<'_>, secret_method: SecretMethod) -> Result<EndpointAnswer, NoAnswer> {
        let client = self.http().map_err(NoAnswer::of)?;
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
            (ACCEPT, HeaderValue::from_static("application/json")),
        ]);
        if let (Proof::Secret(secret), SecretMethod::Basic) = (proof, secret_method) {
            let shown = basic_header(&self.settings.client_id, secret);
            let mut shown = HeaderValue::try_from(shown).map_err(|error| NoAnswer::unsent(&error))?;
            shown.set_sensitive(true);
            headers.insert(AUTHORIZATION, shown);
        }
        let (url, body) = (self.settings.token_endpoint.as_str(), form.reveal().to_owned());
        let request = HttpRequest { method: hyper::Method::POST, url, headers, body };
        let answer = client.send(request, ResponsePart::Body(ANSWER_MAX)).await.map_err(NoAnswer::of)?;
        let text = |name| answer.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let retry_after = text(RETRY_AFTER).and_then(|wait| wait.trim().parse::<i64>().ok());
        let retry_after =
            retry_after.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).min(RETRY_AFTER_MAX));
        let date = text(DATE).and_then(moment);
        Ok(EndpointAnswer { status: answer.status, date, retry_after, body: Secret::new(String::from_utf8_lossy(&answer.body)) })
    }

    fn http(&self) -> Result<HttpClient, HttpFault> {
        HttpClient::new(self.added, self.settings.proxy.as_deref(), self.times)
    }
}

/// The reason why a request has no answer.
struct NoAnswer {
    why: String,
    /// True if the request went out: the provider may have carried it out.
    unsure: bool,
}

impl NoAnswer {
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

fn basic_header(client: &str, secret: &Secret) -> String {
    use base64::Engine;
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Secret::new(format!("{}:{}", encode(client), encode(secret.reveal())));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair.reveal()))
}

#[cfg(test)]
mod tests {
    use model::oauth::Refusal;

    use super::*;

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
                let mut request = [0; 4096];
                assert!(std::io::Read::read(&mut taken, &mut request).expect("readable") > 0);
                std::io::Write::write_all(&mut taken, answer.as_bytes()).expect("told");
                taken
            });
            let draft = serde_json::from_str(&text.replace("PORT", &port.to_string())).expect("legal");
            let relay = model::settings::parse(&draft, &|_| None).unwrap_or_else(|faults| panic!("{faults:?}")).route.remove(0);
            let clock = Clock::default();
            let mut client = OAuthClient::of(&relay, &clock).expect("OAuth2");
            client.times = Times { connect: Duration::from_millis(200), whole: Duration::from_millis(200) };
            let refused = client.ask(&TokenRequest::ClientCredentials, &Proof::Nothing).await.result.err().expect("refused");
            assert_eq!(
                (refused.refusal, refused.words.words.contains("no answer in time")),
                (Refusal::Passing, true),
                "{:?}",
                refused.words
            );
            drop(held.join());
        }
    }
}
