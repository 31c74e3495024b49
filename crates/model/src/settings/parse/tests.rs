use super::super::{provider_restricting_passwords, rebind};
use super::*;
use smtp::sasl::Mechanism;

fn draft(edit: impl FnOnce(&mut Draft)) -> Draft {
    let mut draft = Draft::default();
    draft.email.from = Some("Alerts <alerts@example.com>".into());
    draft.email.relay.host = Some("mx.example.com".into());
    draft.email.contacts.admin = vec!["a@example.com".into()];
    edit(&mut draft);
    ensure_ids(&mut draft, None);
    draft
}

fn none(_: &str) -> Option<Secret> {
    None
}

fn faults(draft: &Draft) -> Vec<(String, &'static str)> {
    let faults = parse(draft, &none).err().unwrap_or_default();
    faults.into_iter().map(|fault| (fault.field, fault.wrong.key())).collect()
}

fn good(draft: &Draft) -> EmailSettings {
    parse(draft, &none).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn minimal_settings_are_from_relay_and_contact() {
    let settings = good(&draft(|_| {}));
    assert_eq!(settings.bounce.to_string(), "alerts@example.com");
    assert_eq!(settings.route[0].port, 587, "STARTTLS is the default, and the port follows");
    let empty =
        [("email.from", "wrong-required"), ("email.relay.host", "wrong-required"), ("email.contacts.admin", "wrong-required")];
    assert_eq!(faults(&Draft::default()), empty.map(|(f, k)| (f.to_owned(), k)));
}

#[test]
fn port_follows_encryption_unless_typed() {
    for (encryption, port) in [("none", 25), ("starttls", 587), ("tls", 465)] {
        let settings = good(&draft(|d| d.email.relay.encryption = Some(encryption.into())));
        assert_eq!(settings.route[0].port, port);
    }
    assert_eq!(good(&draft(|d| d.email.relay.port = Some(Scalar(" 2525 ".into())))).route[0].port, 2525);
    for bad in ["0", "65536", "smtp", "-1", "25.0"] {
        let faults = faults(&draft(|d| d.email.relay.port = Some(Scalar(bad.into()))));
        assert_eq!(faults, [("email.relay.port".to_owned(), "wrong-port")], "{bad}");
    }
}

#[test]
fn contacts_are_split_deduplicated_and_checked() {
    let settings = good(&draft(|d| d.email.contacts.admin = vec!["a@x.example, b@x.example;\nA@X.example a@x.EXAMPLE".into()]));
    let contacts: Vec<_> = settings.contacts.iter().map(ToString::to_string).collect();
    assert_eq!(contacts, ["a@x.example", "b@x.example", "A@X.example"], "the local part keeps its case (RFC 5321 §2.4)");
    let bad = draft(|d| d.email.contacts.admin = vec!["a@x.example b@".into()]);
    assert!(matches!(&parse(&bad, &none).err().unwrap()[0].wrong, Wrong::NotAnAddress { typed, why: "domain" } if typed == "b@"));
    let many = draft(|d| d.email.contacts.admin = (0..101).map(|n| format!("u{n}@x")).collect());
    assert_eq!(faults(&many)[0].1, "wrong-too-many-contacts");
}

#[test]
fn password_in_clear_needs_near_relay_and_permission() {
    let password = |host: &str, allow: bool| {
        draft(|d| {
            d.email.relay.host = Some(host.into());
            d.email.relay.encryption = Some("none".into());
            d.email.auth.kind = Some("password".into());
            d.email.auth.username = Some("u".into());
            d.email.auth.password = SecretEntry::New(Secret::new("p"));
            d.email.auth.allow_unencrypted = Some(Scalar(allow.to_string()));
        })
    };
    assert_eq!(
        faults(&password("mx.example.com", true)),
        [("email.relay.encryption".to_owned(), "wrong-password-unencrypted-far")]
    );
    assert_eq!(faults(&password("10.0.0.1", false)), [("email.auth.allow_unencrypted".to_owned(), "wrong-password-unencrypted")]);
    for near in ["10.0.0.1", "127.0.0.1", "localhost", "[::1]", "fd00::1", "192.168.1.2"] {
        assert_eq!(faults(&password(near, true)), [], "{near}");
    }
    assert_eq!(faults(&password("8.8.8.8", true)).len(), 1);
}

#[test]
fn header_injection_is_refused_at_its_field() {
    let evil = "x\r\nBcc: evil@x";
    type Edit = fn(&mut Draft, String);
    let fields: [(&str, Edit); 7] = [
        ("email.from", |d, v| d.email.from = Some(format!("{v} <a@b>"))),
        ("email.bounce_address", |d, v| d.email.bounce_address = Some(v)),
        ("site.name", |d, v| d.site.name = Some(v)),
        ("email.relay.ehlo_name", |d, v| d.email.relay.ehlo_name = Some(v)),
        ("email.relay.host", |d, v| d.email.relay.host = Some(v)),
        ("email.relay.name", |d, v| d.email.relay.name = Some(v)),
        ("site.time_zone", |d, v| d.site.time_zone = Some(v)),
    ];
    for (field, edit) in fields {
        let found = faults(&draft(|d| edit(d, evil.to_owned())));
        assert!(found.iter().any(|(f, _)| f == field), "{field}: {found:?}");
    }
}

#[test]
fn trust_is_system_or_added_or_pinned_and_never_none() {
    let pin = "AB:".repeat(31) + "AB";
    let settings = good(&draft(|d| d.email.relay.pins = vec![pin.clone()]));
    let Encryption::StartTls(tls) = &settings.route[0].encryption else { panic!("not STARTTLS") };
    assert_eq!(tls.trust, Trust::Pinned(vec![[0xAB; 32]]));
    assert_eq!(faults(&draft(|d| d.email.relay.pins = vec!["abc".into()]))[0].1, "wrong-pin");
    let pem = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----".to_owned();
    let both = draft(|d| (d.email.relay.pins, d.email.relay.ca) = (vec![pin.clone()], Some(pem.clone())));
    assert_eq!(faults(&both)[0].1, "wrong-ca-and-pins");
    let clear = draft(|d| (d.email.relay.encryption, d.email.relay.ca) = (Some("none".into()), Some(pem)));
    assert_eq!(faults(&clear), [("email.relay.ca".to_owned(), "wrong-tls-only")]);
    assert_eq!(faults(&draft(|d| d.email.relay.client_certificate = Some("x".into())))[0].1, "wrong-pem");
}

#[test]
fn external_url_is_one_that_others_can_open() {
    let typed = |url: &str| draft(|d| d.site.external_url = Some(url.to_owned()));
    for (url, base) in [
        ("https://post.example.net", "https://post.example.net"),
        ("https://post.example.net/", "https://post.example.net"),
        ("HTTPS://Post.Example.NET", "https://post.example.net"),
        ("https://post.example.net:8443", "https://post.example.net:8443"),
        ("http://192.0.2.7:8025", "http://192.0.2.7:8025"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ] {
        assert_eq!(good(&typed(url)).site.external_url.as_deref(), Some(base), "{url}");
    }
    for url in [
        "post.example.net",
        "https://",
        "https://post.example.net/pages",
        "https://post.example.net?x",
        "https://user@post.example.net",
        "https://post.example.net:0",
        "https://post.example.net:99999",
        "ftp://post.example.net",
        "javascript:alert(1)",
        "http://127.0.0.1:8025",
        "http://localhost",
        "https://[::1]",
        "http://0.0.0.0",
        "https://post example.net",
    ] {
        assert_eq!(faults(&typed(url)), [("site.external_url".to_owned(), "wrong-external-url")], "{url}");
    }
}

/// Each authentication type has mechanisms of its own: RFC 4616, RFC 7628, and LOGIN and XOAUTH2 of the providers.
#[test]
fn mechanism_fits_its_authentication_type() {
    let chosen = |kind: &str, mechanism: &str| {
        draft(|d| {
            d.email.auth.kind = Some(kind.to_owned());
            d.email.auth.mechanism = Some(mechanism.to_owned());
            d.email.auth.username = Some("u".into());
            d.email.auth.password = SecretEntry::New(Secret::new("p"));
            (d.email.oauth2.provider, d.email.oauth2.tenant) = (Some("entra".into()), Some("contoso.example".into()));
            (d.email.oauth2.client_id, d.email.oauth2.email) = (Some("id".into()), Some("a@x".into()));
        })
    };
    for (kind, mechanism, parsed) in [
        ("password", "", None),
        ("password", "auto", None),
        ("password", "plain", Some(Mechanism::Plain)),
        ("password", "login", Some(Mechanism::Login)),
        ("oauth2", "auto", None),
        ("oauth2", "xoauth2", Some(Mechanism::XOAuth2)),
        ("oauth2", "oauthbearer", Some(Mechanism::OAuthBearer)),
        ("none", "auto", None),
    ] {
        assert_eq!(good(&chosen(kind, mechanism)).route[0].mechanism, parsed, "{kind} {mechanism}");
    }
    for (kind, mechanism) in
        [("password", "xoauth2"), ("password", "PLAIN"), ("password", "cram-md5"), ("oauth2", "plain"), ("none", "login")]
    {
        let found = faults(&chosen(kind, mechanism));
        assert!(found.contains(&("email.auth.mechanism".to_owned(), "wrong-choice")), "{kind} {mechanism}: {found:?}");
    }
}

#[test]
fn oauth2_fields_are_parsed_and_checked() {
    let entra = |edit: fn(&mut Draft)| {
        draft(|d| {
            d.email.auth.kind = Some("oauth2".into());
            d.email.oauth2.provider = Some("entra".into());
            d.email.oauth2.tenant = Some("contoso.example".into());
            d.email.oauth2.client_id = Some("id".into());
            d.email.oauth2.email = Some("a@x".into());
            edit(d);
        })
    };
    let settings = good(&entra(|_| {}));
    let Auth::OAuth2(oauth2) = &settings.route[0].auth else { panic!("no oauth2") };
    assert_eq!(oauth2.token_endpoint, "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token");
    assert_eq!(oauth2.scopes, ["https://outlook.office.com/SMTP.Send", "offline_access"]);
    assert_eq!(faults(&entra(|d| d.email.oauth2.tenant = Some("../x".into())))[0].0, "email.oauth2.tenant");
    assert_eq!(faults(&entra(|d| d.email.oauth2.token_endpoint = Some("http://x.example/t".into())))[0].1, "wrong-url");
    assert_eq!(faults(&entra(|d| d.email.oauth2.token_endpoint = Some("http://127.0.0.1:9/t".into()))), []);
    assert_eq!(faults(&entra(|d| d.email.relay.encryption = Some("none".into())))[0].1, "wrong-token-unencrypted");
    assert_eq!(faults(&entra(|d| d.email.oauth2.method = Some("application".into())))[0].0, "email.oauth2.client_secret");
}

#[test]
fn stored_password_is_bound_to_its_destination() {
    let with = |edit: fn(&mut Draft)| {
        draft(|d| {
            d.email.auth.kind = Some("password".into());
            d.email.auth.username = Some("u".into());
            d.email.auth.password = SecretEntry::Stored;
            edit(d);
        })
    };
    let stored = with(|_| {});
    let rebound = |mut new: Draft| {
        let faults = rebind(Some(&stored), &mut new);
        (faults.into_iter().map(|f| (f.field, f.wrong)).collect::<Vec<_>>(), new)
    };
    let again = vec![("email.auth.password".to_owned(), Wrong::TypeAgain)];
    for (what, edit) in [
        ("host", (|d| d.email.relay.host = Some("evil.example".into())) as fn(&mut Draft)),
        ("encryption", |d| d.email.relay.encryption = Some("none".into())),
        ("pin", |d| d.email.relay.pins = vec!["ab".repeat(32)]),
        ("ca", |d| d.email.relay.ca = Some("x".into())),
        ("proxy", |d| d.email.relay.proxy = Some("socks5://x".into())),
    ] {
        for kept in [SecretEntry::Stored, SecretEntry::Keep] {
            let mut new = with(edit);
            new.email.auth.password = kept;
            assert_eq!(rebound(new).0, again, "{what}");
        }
        let mut typed = with(edit);
        typed.email.auth.password = SecretEntry::New(Secret::new("p"));
        assert_eq!(rebound(typed).0, [], "{what}");
    }
    let (faults, kept) =
        rebound(with(|d| (d.email.relay.port, d.email.auth.password) = (Some(Scalar("25".into())), SecretEntry::Keep)));
    assert!(faults.is_empty() && kept.email.auth.password == SecretEntry::Stored);
    // A secret that the new settings do not use is forgotten, and need not be typed.
    let (faults, unused) =
        rebound(with(|d| (d.email.auth.kind, d.email.relay.host) = (Some("none".into()), Some("other".into()))));
    assert!(faults.is_empty() && unused.email.auth.password == SecretEntry::Keep);
    // A new relay cannot claim the stored secret of another relay.
    let mut other = with(|_| {});
    other.email.relay.id = Some(RelayId(77));
    let not_stored = vec![("email.auth.password".to_owned(), Wrong::NotStored)];
    assert_eq!(rebound(other).0, not_stored);
    // A restored revision had a password that was forgotten since.
    let without = draft(|_| {});
    let mut restored = with(|_| {});
    let found: Vec<_> = rebind(Some(&without), &mut restored).into_iter().map(|fault| (fault.field, fault.wrong)).collect();
    assert_eq!(found, not_stored);
}

/// The key pair of an application does not hinder the change to another provider or method: it is forgotten then. An
/// application elsewhere needs a key of its own.
#[test]
fn application_key_is_bound_only_while_it_is_used() {
    let with = |edit: fn(&mut OAuth2Draft)| {
        draft(|d| {
            d.email.auth.kind = Some("oauth2".into());
            let oauth2 = &mut d.email.oauth2;
            (oauth2.provider, oauth2.method) = (Some("entra".into()), Some("application".into()));
            (oauth2.certificate, oauth2.key) = (Some("x".into()), SecretEntry::Stored);
            edit(oauth2);
        })
    };
    let stored = with(|_| {});
    let again = vec![("email.oauth2.key".to_owned(), Wrong::KeyAgain)];
    for (what, edit, faults, kept) in [
        ("nothing", (|_| {}) as fn(&mut OAuth2Draft), vec![], SecretEntry::Stored),
        ("email", |o| o.email = Some("b@x.example".into()), vec![], SecretEntry::Stored),
        ("a user", |o| o.method = Some("user".into()), vec![], SecretEntry::Keep),
        ("the default method", |o| o.method = None, vec![], SecretEntry::Keep),
        (
            "a user elsewhere",
            |o| (o.provider, o.method) = (Some("google".into()), Some("user".into())),
            vec![],
            SecretEntry::Keep,
        ),
        ("another tenant", |o| o.tenant = Some("other".into()), again.clone(), SecretEntry::Stored),
        ("another provider", |o| o.provider = Some("other".into()), again.clone(), SecretEntry::Stored),
    ] {
        let mut new = with(edit);
        let found: Vec<_> = rebind(Some(&stored), &mut new).into_iter().map(|fault| (fault.field, fault.wrong)).collect();
        assert_eq!(found, faults, "{what}");
        assert!(new.email.oauth2.key == kept, "{what}");
    }
    // A key that was forgotten does not come back.
    let user = with(|o| (o.method, o.key) = (Some("user".into()), SecretEntry::Keep));
    let mut back = with(|o| o.tenant = Some("other".into()));
    assert_eq!(rebind(Some(&user), &mut back), []);
    assert!(back.email.oauth2.key == SecretEntry::Keep);
}

#[test]
fn relays_keep_unique_numbers_by_name() {
    let mut first = draft(|d| d.email.relay.name = Some("a".into()));
    assert_eq!(first.email.relay.id, Some(RelayId(1)));
    first.email.fallback.push(Default::default());
    let before = first.clone();
    ensure_ids(&mut first, Some(&before));
    assert_eq!(first.email.fallback[0].relay.id, Some(RelayId(2)));
    let mut swapped = first.clone();
    std::mem::swap(&mut swapped.email.relay, &mut swapped.email.fallback[0].relay);
    ensure_ids(&mut swapped, Some(&first));
    assert_eq!((swapped.email.relay.id, swapped.email.fallback[0].relay.id), (Some(RelayId(2)), Some(RelayId(1))));
    let mut again = draft(|_| {});
    again.email.relay.id = Some(RelayId(99));
    ensure_ids(&mut again, Some(&first));
    assert_eq!(again.email.relay.id, Some(RelayId(3)), "a number nobody gave is not taken over");
}

#[test]
fn draft_hides_secrets_and_refuses_unknown_keys() {
    let mut draft = draft(|d| d.email.auth.password = SecretEntry::New(Secret::new("hunter2")));
    draft.email.relay.port = Some(Scalar("587".into()));
    let value = serde_json::to_value(&draft).unwrap();
    assert!(!value.to_string().contains("hunter2"));
    assert_eq!(value["email"]["auth"]["password"]["set"], true);
    assert_eq!(value["email"]["relay"]["port"], 587);
    let read: Draft = serde_json::from_value(value).unwrap();
    assert!(read.email.auth.password == SecretEntry::Stored);
    let unknown = serde_json::from_str::<Draft>(r#"{"email":{"relay":{"hots":"x"}}}"#).err().unwrap();
    assert!(unknown.to_string().contains("hots"));
    let cleared: Draft = serde_json::from_str(r#"{"email":{"auth":{"password":null},"oauth2":{"key":""}}}"#).unwrap();
    assert!(cleared.email.auth.password == SecretEntry::Clear && cleared.email.oauth2.key == SecretEntry::Keep);
}

#[test]
fn providers_that_refuse_passwords_are_known() {
    assert_eq!(provider_restricting_passwords("SMTP.office365.com"), Some(Provider::Entra));
    assert_eq!(provider_restricting_passwords("mx.example"), None);
}

/// The faults of OAuth2 settings with one key changed.
fn oauth2_faults(key: &str, value: &str) -> Vec<(String, &'static str)> {
    let mut draft: Draft = serde_json::from_str(
        r#"{"email":{"from":"a@x.test","relay":{"encryption":"starttls"},"auth":{"type":"oauth2"},"contacts":{"admin":["b@x.test"]},
        "oauth2":{"provider":"entra","tenant":"x.test","email":"a@x.test","client_id":"c"}}}"#,
    )
    .unwrap();
    let oauth2 = &mut draft.email.oauth2;
    let value = Some(value.to_owned());
    match key {
        "token_endpoint" => oauth2.token_endpoint = value,
        "authorization_endpoint" => oauth2.authorization_endpoint = value,
        "proxy" => oauth2.proxy = value,
        "tenant" => oauth2.tenant = value,
        "provider" => (oauth2.provider, oauth2.method) = (value, Some("application".into())),
        other => panic!("{other}"),
    }
    match parse(&draft, &|_| None) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(|fault| (fault.field.clone(), fault.wrong.key())).collect(),
    }
}

/// Each method of each provider demands its own settings, and no others: RFC 6749 §4.1 (a person) and §4.4 (the application), and the
/// providers' own documents.
#[test]
fn oauth2_demands_what_its_method_uses() {
    const USER: [&str; 5] = ["email", "client_id", "authorization_endpoint", "token_endpoint", "scopes"];
    for (provider, method, needed) in [
        ("entra", "user", &["tenant", "email", "client_id"][..]),
        ("entra", "application", &["tenant", "email", "client_id", "client_secret"]),
        ("google", "user", &["email", "client_id"]),
        ("other", "user", &USER),
        ("other", "application", &["email", "client_id", "token_endpoint", "client_secret"]),
        // Without a choice: the provider is another one, and a person signs in.
        ("", "", &USER),
    ] {
        let fields = |given: &dyn Fn(&str) -> bool| {
            let mut oauth2 = OAuth2Draft::default();
            (oauth2.provider, oauth2.method) = (Some(provider.to_owned()), Some(method.to_owned()));
            let text = |name: &str, value: &str| given(name).then(|| value.to_owned());
            oauth2.tenant = text("tenant", "x.test");
            oauth2.email = text("email", "a@x.test");
            oauth2.client_id = text("client_id", "c");
            oauth2.authorization_endpoint = text("authorization_endpoint", "https://id.example/a");
            oauth2.token_endpoint = text("token_endpoint", "https://id.example/t");
            oauth2.scopes = text("scopes", "mail");
            if given("client_secret") {
                oauth2.client_secret = SecretEntry::New(Secret::new("s"));
            }
            let draft = draft(|d| (d.email.auth.kind, d.email.oauth2) = (Some("oauth2".into()), oauth2));
            faults(&draft).into_iter().map(|(field, wrong)| format!("{field} {wrong}")).collect::<Vec<_>>()
        };
        assert_eq!(fields(&|name| needed.contains(&name)), [""; 0], "{provider} {method}: all that is needed");
        for missing in needed {
            let found = fields(&|name| needed.contains(&name) && name != *missing);
            assert_eq!(found, [format!("email.oauth2.{missing} wrong-required")], "{provider} {method}");
        }
    }
}

/// A value that is left from another provider or method is not checked.
#[test]
fn oauth2_field_without_use_is_not_checked() {
    let application = draft(|d| {
        d.email.auth.kind = Some("oauth2".into());
        let oauth2 = &mut d.email.oauth2;
        (oauth2.method, oauth2.email, oauth2.client_id) = (Some("application".into()), Some("a@x".into()), Some("c".into()));
        oauth2.token_endpoint = Some("https://id.example/t".into());
        (oauth2.authorization_endpoint, oauth2.tenant) = (Some("not a URL".into()), Some("not a tenant".into()));
        oauth2.client_secret = SecretEntry::New(Secret::new("s"));
    });
    let Auth::OAuth2(oauth2) = &good(&application).route[0].auth else { panic!("no OAuth2") };
    assert_eq!((oauth2.authorization_endpoint(), &oauth2.tenant, oauth2.scopes.len()), (None, &None, 0));
}

/// An endpoint has TLS or is on this machine. Other schemes are refused.
#[test]
fn endpoints_need_tls_or_this_machine() {
    for endpoint in ["https://id.example/token", "http://127.0.0.1:8080/token", "http://localhost/token", "http://[::1]:1/t"] {
        assert_eq!(oauth2_faults("token_endpoint", endpoint), [], "{endpoint}");
    }
    for endpoint in [
        "http://id.example/token",
        "http://10.0.0.1/token",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "https://user:pass@id.example/",
        "ms-app://x",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "//id.example/token",
        "https://",
        "https://id.example/a b",
        "rubbish",
    ] {
        for key in ["token_endpoint", "authorization_endpoint"] {
            assert_eq!(oauth2_faults(key, endpoint), [(format!("email.oauth2.{key}"), "wrong-url")], "{endpoint}");
        }
    }
}

#[test]
fn proxy_is_http_or_socks_with_port_and_no_password() {
    for proxy in ["http://proxy.example:3128", "socks5://127.0.0.1:1080", "socks5h://[::1]:1080/"] {
        assert_eq!(oauth2_faults("proxy", proxy), [], "{proxy}");
    }
    for proxy in [
        "proxy.example:3128",
        "https://p.example:1",
        "http://p.example",
        "http://u:p@p.example:1",
        "http://p.example:0",
        "ftp://p.example:1",
        "http://:1",
    ] {
        assert_eq!(oauth2_faults("proxy", proxy), [("email.oauth2.proxy".to_owned(), "wrong-proxy")], "{proxy}");
    }
}

#[test]
fn tenant_is_path_segment_and_provider_supplies_relay() {
    for tenant in ["x.test/../evil", "a?b", "a#b", "a%2f", "a@b"] {
        assert_eq!(oauth2_faults("tenant", tenant), [("email.oauth2.tenant".to_owned(), "wrong-host")], "{tenant}");
    }
    assert_eq!(oauth2_faults("tenant", "8c0e2e0e-0000-4000-8000-000000000001"), []);
    let google = oauth2_faults("provider", "google");
    assert!(google.contains(&("email.oauth2.method".to_owned(), "wrong-application-at-google")), "{google:?}");
    let draft: Draft = serde_json::from_str(
        r#"{"email":{"from":"a@x.test","auth":{"type":"oauth2"},"contacts":{"admin":["b@x.test"]},"oauth2":{"provider":"google","email":"a@x.test","client_id":"c"}}}"#,
    )
    .unwrap();
    let relay = parse(&draft, &|_| None).unwrap_or_else(|faults| panic!("{faults:?}")).route.remove(0);
    assert_eq!((relay.host.ascii().as_str(), relay.port), ("smtp.gmail.com", 587));
}
