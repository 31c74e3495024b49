//! The technical reasons of faults in a reader's language.
//!
//! Logs, reports and the store hold these reasons in English, as the error types write them. A person who reads another language
//! gets them in that language; a relay's own words stay as they are. Nothing is decided by these texts.

/// A reason: its fixed parts, with a detail between each two, and the key of its words. The details are `detail` and `more`.
type Row = (&'static [&'static str], &'static str);

/// Rows with a longer beginning stand before those with a shorter one.
const REASONS: &[Row] = &[
    (&["the connection was lost before the relay answered; the message may have arrived all the same"], "reason-lost-after-body"),
    (&["the connection was lost during the TLS handshake: ", ""], "reason-lost-in-handshake"),
    (&["the connection was lost: ", ""], "reason-lost"),
    (&["the relay closed the connection"], "reason-closed"),
    (&["the connection is closed"], "reason-connection-closed"),
    (&["the session was over"], "reason-session-over"),
    (&["the relay began a reply without a command"], "reason-unasked"),
    (&["this node is stopping"], "reason-stopping"),
    (&["the body of the message is no longer stored"], "reason-no-body"),
    (&["no answer in ", " s"], "reason-no-answer"),
    (&["unexpected reply: ", ""], "reason-unexpected"),
    (&["not an SMTP reply: ", ""], "reason-not-smtp"),
    (&["a reply whose lines have different codes (", " and ", ")"], "reason-mixed-codes"),
    (&["a reply line of more than ", " bytes"], "reason-line-too-long"),
    (&["a reply of more than ", " bytes"], "reason-reply-too-long"),
    (&["the relay does not offer STARTTLS"], "reason-no-starttls"),
    (&["unencrypted bytes after the reply to STARTTLS"], "reason-bytes-behind-starttls"),
    (&["the relay offers no usable sign-in mechanism; it offers: ", ""], "reason-no-mechanism"),
    (&["the relay does not offer ", "; it offers: ", ""], "reason-mechanism-not-offered"),
    (&["no OAuth2 token for the sign-in: ", ""], "reason-no-token-because"),
    (&["no OAuth2 token for the sign-in"], "reason-no-token"),
    (&["no address for this name: ", ""], "reason-no-address"),
    (&["no connection: ", ""], "reason-no-connection"),
    (&["the relay is this node itself"], "reason-own-listener"),
    (&["this machine has no file descriptors left for a connection"], "reason-no-descriptors"),
    (&["this machine has no memory left for a connection"], "reason-no-memory"),
    (&["this machine has no ports left for a connection"], "reason-no-ports"),
    (&["the sender's address needs SMTPUTF8"], "reason-sender-utf8"),
    (&["the certificate was issued by an authority that is not trusted"], "reason-unknown-authority"),
    (&["the certificate is self-signed"], "reason-self-signed"),
    (&["the certificate expired on ", ""], "reason-expired"),
    (&["the certificate is not valid before ", ""], "reason-not-yet-valid"),
    (&["the certificate is for ", ", not for ", ""], "reason-wrong-host"),
    (&["the certificate has no host name in its subjectAltName"], "reason-no-san"),
    (&["the certificate has ", " as a DNS name, not as an IP address"], "reason-wrong-name-kind"),
    (&["the relay shows another key than the pinned one: ", ""], "reason-other-key"),
    (&["the certificate cannot be used: ", ""], "reason-bad-certificate"),
    (&["the certificate is signed with an algorithm that cannot be verified: ", ""], "reason-unsupported-signature"),
    (&["the certificate has a critical extension that is not known"], "reason-critical-extension"),
    (&["the certificate is not made for servers"], "reason-wrong-purpose"),
    (&["the signature of the certificate is wrong"], "reason-bad-signature"),
    (&["the certificate was revoked"], "reason-revoked"),
    (&["its encoding is broken"], "reason-bad-encoding"),
    (&["it breaks a rule of RFC 5280"], "reason-breaks-rfc-5280"),
    (&["it is the certificate of an authority"], "reason-is-authority"),
    (&["it is signed by a certificate that may not sign others"], "reason-may-not-sign"),
    (&["its authority may not issue certificates for this name"], "reason-name-constraint"),
    (&["its version is 1, and only version 3 holds host names"], "reason-version-1"),
    (&["the relay supports no TLS version from 1.2 on"], "reason-old-version"),
    (&["no common cipher"], "reason-no-cipher"),
    (&["the relay does not use TLS on this port"], "reason-not-tls"),
    (&["the relay requires a client certificate, or refuses the one of this node"], "reason-client-certificate"),
    (&["tcp connect error: ", ""], "reason-connect"),
    (&["tcp connect error"], "reason-connect-plain"),
    (&["dns error: ", ""], "reason-dns"),
    (&["failed to lookup address information: ", ""], "reason-lookup"),
    (&["Name or service not known"], "reason-name-unknown"),
    (&["Temporary failure in name resolution"], "reason-name-later"),
    (&["No address associated with hostname"], "reason-name-without-address"),
    (&["Connection refused (os error ", ")"], "reason-os-refused"),
    (&["Connection reset by peer (os error ", ")"], "reason-os-reset"),
    (&["Connection timed out (os error ", ")"], "reason-os-timed-out"),
    (&["Network is unreachable (os error ", ")"], "reason-os-no-network"),
    (&["No route to host (os error ", ")"], "reason-os-no-route"),
    (&["Broken pipe (os error ", ")"], "reason-os-broken-pipe"),
    (&["Permission denied (os error ", ")"], "reason-os-denied"),
    (&["Operation not permitted (os error ", ")"], "reason-os-not-permitted"),
    (&["No such file or directory (os error ", ")"], "reason-os-no-file"),
    (&["File exists (os error ", ")"], "reason-os-file-exists"),
    (&["Is a directory (os error ", ")"], "reason-os-is-directory"),
    (&["Not a directory (os error ", ")"], "reason-os-not-directory"),
    (&["No space left on device (os error ", ")"], "reason-os-no-space"),
    (&["Read-only file system (os error ", ")"], "reason-os-read-only"),
    (&["Address already in use (os error ", ")"], "reason-os-in-use"),
    (&["Cannot assign requested address (os error ", ")"], "reason-os-not-local"),
    (&["Too many open files (os error ", ")"], "reason-os-many-files"),
    (&["Input/output error (os error ", ")"], "reason-os-io"),
    (&["unknown field `", "`, expected ", ""], "reason-json-unknown"),
    (&["unknown variant `", "`, expected ", ""], "reason-json-variant"),
    (&["missing field `", "`", ""], "reason-json-missing"),
    (&["duplicate field `", "`", ""], "reason-json-duplicate"),
    (&["invalid type: ", ", expected ", ""], "reason-json-type"),
    (&["invalid value: ", ", expected ", ""], "reason-json-value"),
    (&["EOF while parsing ", ""], "reason-json-end"),
    (&["trailing characters", ""], "reason-json-trailing"),
    (&["expected value", ""], "reason-json-no-value"),
    (&["one of ", ""], "reason-one-of"),
    (&["an account with this name exists already"], "reason-account-taken"),
    (&["the lifetime of a token is between one minute and five years"], "reason-token-life"),
    (&["Failed to deserialize the JSON body into the target type: ", ""], "reason-json-body"),
    (&["Failed to parse the request body as JSON: ", ""], "reason-json-text"),
    (&["Failed to deserialize query string: ", ""], "reason-query"),
    (&["Expected request with `Content-Type: application/json`"], "reason-json-kind"),
    (&["not an account name"], "reason-account-name"),
    (&["this needs the role ", ""], "reason-role"),
    (&["the scope ", " is needed"], "reason-scope"),
    (&["a mail loop: more than ", " Received lines, or this node's own twice"], "reason-loop"),
    (&["the header is larger than ", " bytes"], "reason-header-large"),
    (&["line ", " of the header is not a header line"], "reason-header-line"),
    (&["the header has no From"], "reason-header-from"),
    (&["the text is UTF-16; a message is UTF-8 or ASCII"], "reason-utf16"),
    (&["larger than ", " bytes"], "reason-large"),
    (&["a carriage return without line feed"], "reason-bare-cr"),
    (&["a NUL byte"], "reason-nul"),
    (&["a line of more than ", " bytes"], "reason-long-line"),
    (&["too many incidents are open (", " of one program, or ", " in all): resolve some first"], "reason-events-full"),
    (&["this program has written too many events in a short time: wait a minute"], "reason-events-too-fast"),
    (&["another process holds the write lock of the database"], "reason-store-locked"),
    (&["storage fault: ", ""], "reason-storage"),
    (&["the store is closed"], "reason-store-closed"),
    (&["tls handshake eof"], "reason-tls-eof"),
    (&["no relay named ", ""], "reason-no-relay"),
    (&["the answer contains no state"], "reason-no-state"),
    (&["the answer contains no code"], "reason-no-code"),
    (&["this sign-in is not known: it was used, has expired, or was not started here"], "reason-sign-in-unknown"),
    (&["this sign-in was started by another user, or in another session"], "reason-sign-in-foreign"),
    (&["the answer is from another provider: ", ""], "reason-other-provider"),
    (&["the settings were changed after the sign-in was started"], "reason-sign-in-outdated"),
    (&["the provider refused: ", ""], "reason-provider-refused"),
    (&["the provider gave no lasting permission (no refresh token)"], "reason-no-refresh"),
    (&["the answer does not belong to this sign-in"], "reason-answer-foreign"),
    (&["the data directory ", " cannot be used: ", ""], "reason-dir-unusable"),
    (&["the database ", " cannot be opened: ", ""], "reason-db-unopened"),
    (&["the database ", " is damaged: ", ""], "reason-db-damaged"),
    (&["the database ", " is not as Postwacht makes it: ", ""], "reason-db-foreign"),
    (&["there is no key file ", ""], "reason-no-key-file"),
    (&["the key file ", " cannot be read: ", ""], "reason-key-unread"),
    (&["", " is there already; restore into an empty directory, or move it away first"], "reason-restore-there"),
    (&["", " is no backup of Postwacht: ", ""], "reason-no-backup"),
    (&["invalid socket address syntax"], "reason-socket-address"),
    (&["5.3.4 the message is larger than the relay takes"], "reason-too-large"),
    (&["5.6.3 the message has 8-bit text that cannot be encoded, the relay has no 8BITMIME"], "reason-8bit"),
    (&["5.6.7 the address needs SMTPUTF8, the relay does not offer it"], "reason-utf8-address"),
    (&["5.6.7 the sender's address needs SMTPUTF8, the relay does not offer it"], "reason-utf8-sender"),
    (&["5.6.9 the header has letters that cannot be encoded, the relay has no SMTPUTF8"], "reason-utf8-header"),
    (&["TOML parse error at line ", ", column ", ""], "reason-toml-at"),
    (&["unclosed table, expected `]`"], "reason-toml-table"),
    (&["unclosed array, expected `]`"], "reason-toml-array"),
    (&["key with no value, expected `=`"], "reason-toml-no-value"),
    (&["duplicate key"], "reason-toml-duplicate"),
    (&["string values must be quoted, expected literal string"], "reason-toml-unquoted"),
    (&["key must be a string"], "reason-json-key"),
    (&["the search took too long"], "reason-search-slow"),
];

/// True for a reason of the system or of a library, which may stand behind a name.
pub(crate) fn is_of_library(words: &str) -> bool {
    recognised(words)
        .is_some_and(|(key, _)| ["reason-os-", "reason-json-", "reason-toml-"].iter().any(|kind| key.starts_with(kind)))
}

/// The key of a reason's words, and its details. `None` for a text that is none of ours.
pub(crate) fn recognised(words: &str) -> Option<(&'static str, Vec<&str>)> {
    REASONS.iter().find_map(|(parts, key)| Some((*key, details(parts, words)?)))
}

/// The details between the fixed parts of a text. `None` if the text has other parts.
fn details<'a>(parts: &[&str], words: &'a str) -> Option<Vec<&'a str>> {
    let (first, rest) = parts.split_first()?;
    let mut left = words.strip_prefix(first)?;
    let Some((last, middle)) = rest.split_last() else { return left.is_empty().then(Vec::new) };
    let mut found = Vec::new();
    for part in middle {
        let (detail, after) = left.split_once(part)?;
        found.push(detail);
        left = after;
    }
    found.push(left.strip_suffix(last)?);
    Some(found)
}

#[cfg(test)]
mod tests {
    use model::{Language, Phrase};

    use super::*;
    use crate::words::{reason, say};

    /// The English words of each row are the text that the row recognises.
    #[test]
    fn row_and_its_english_words_agree() {
        for (parts, key) in REASONS {
            let text: String = parts.iter().enumerate().map(|(at, part)| [["", "«1»", "«2»"][at], part].concat()).collect();
            assert_eq!(recognised(&text).map(|(key, _)| key), Some(*key), "{text}: an earlier row takes it");
            let phrase = Phrase::new(*key).with("detail", "«1»").with("more", "«2»");
            assert_eq!(say(Language::En, &phrase), text);
            let dutch = say(Language::Nl, &phrase);
            assert_ne!(dutch, text, "{key}");
            let details = parts.len() - 1;
            assert_eq!((dutch.contains("«1»"), dutch.contains("«2»")), (details > 0, details > 1), "{dutch}");
        }
    }

    #[test]
    fn words_of_others_stay() {
        for words in ["535 5.7.8 authentication failed", "", "the relay", "no answer in 5 minutes"] {
            assert_eq!(reason(Language::Nl, words), words);
        }
        for (words, dutch) in [
            ("/x/y: No such file or directory (os error 2)", "/x/y: bestand of map bestaat niet (os error 2)"),
            (
                "unknown field `a`, expected one of `b`, `c` at line 1 column 7",
                "onbekend veld `a`, mogelijk: een van `b`, `c` op regel 1, kolom 7",
            ),
            (
                "revision: invalid type: string, expected i64 at line 1 column 9",
                "revision: verkeerd type: string, verwacht: i64 op regel 1, kolom 9",
            ),
            ("550 5.1.1 <a@x>: no such user", "550 5.1.1 <a@x>: no such user"),
            (
                "no connection: 127.0.0.1:9: Connection refused (os error 111)",
                "geen verbinding: 127.0.0.1:9: verbinding geweigerd (os error 111)",
            ),
        ] {
            assert_eq!(reason(Language::Nl, words), dutch);
        }
        let nested = reason(Language::Nl, "the connection was lost: the relay closed the connection");
        assert_eq!(nested, "de verbinding is verbroken: de relay heeft de verbinding gesloten");
    }
}
