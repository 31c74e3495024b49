//! Message-IDs (RFC 5322 §3.6.4).

use admin::clock::random_bytes;
use model::Address;

/// A random Message-ID. It has no input from outside, so nothing in it needs escaping.
pub fn message_id(domain: &Address) -> String {
    format!("{}@{}", model::hex(&random_bytes::<16>()), id_domain(domain))
}

/// The right-hand side of Message-IDs.
pub fn id_domain(address: &Address) -> String {
    let host = address.wire().rsplit_once('@').map_or_else(|| "postwacht".to_owned(), |(_, host)| host.to_owned());
    host.trim_matches(['[', ']']).replace(':', ".")
}
