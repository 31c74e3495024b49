//! The technical reasons of faults in a reader's language.
//!
//! Logs, reports and the store hold these reasons in English, as the error types write them. A person who reads another language
//! gets them in that language; a relay's own words stay as they are. Nothing is decided by these texts.

/// Names of the details, in the order of the English words.
pub(crate) const DETAILS: [&str; 5] = ["detail", "more", "third", "fourth", "fifth"];

/// A reason: its fixed parts, with a detail between each two, and the key of its words. [`DETAILS`] names the details.
type Row = (&'static [&'static str], &'static str);

/// The key of a row, and the details.
type Found<'a> = (&'static str, Vec<&'a str>);

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
    (&["no answer at ", ""], "reason-peer-silent"),
    (&["the other node has not allowed a pairing, or its code has expired"], "reason-peer-not-invited"),
    (&["the code or the key is another one on the other node"], "reason-peer-wrong-secret"),
    (&["too many wrong codes or keys were tried at the other node"], "reason-peer-tries"),
    (&["the other node is making another pair at this moment"], "reason-peer-busy"),
    (&["the other node has a pair already"], "reason-peer-paired"),
    (&["the other node speaks version ", " of the pairing"], "reason-peer-protocol"),
    (&["the other node cannot store the pair: ", ""], "reason-peer-storage"),
    (&["the message names another pair"], "reason-peer-other-pair"),
    (&["the failover of the other node does not run"], "reason-peer-not-running"),
    (&["with the settings of the other node, these break rules of failover: ", ""], "reason-peer-settings"),
    (&["the other node cannot read its e-mail settings: ", ""], "reason-peer-unreadable"),
    (&["the other node cannot be reached: ", ""], "reason-peer-unreached"),
    (&["the name of the other node has no address: ", ""], "reason-peer-unnamed"),
    (&["no Postwacht node that knows this one answers there: ", ""], "reason-peer-stranger"),
    (&["the connection to the other node broke: ", ""], "reason-peer-broke"),
    (&["the port for the other node cannot be opened: ", ""], "reason-pair-port"),
    (&["the connection to ", " is refused"], "reason-peer-refused"),
    (&["no way to ", ""], "reason-peer-unreachable"),
    (&["another program, or one with another key, answers at ", ""], "reason-peer-other"),
    (&["a node of another pair answers at ", ""], "reason-peer-foreign"),
    (&["the answer of ", " cannot be used"], "reason-peer-answer"),
    (&["the name in ", " has no address"], "reason-peer-name"),
    (&["the disk cannot be written"], "reason-disk-unwritten"),
    (&["the stages did not end in time"], "reason-stages-late"),
    (&["the check of ", " failed: ", ""], "reason-check-failed"),
    (&["another device has ", ": ", ""], "reason-address-taken"),
    (&["there is no connection to the network helper (postwacht netd)"], "reason-no-helper"),
    (&["the network helper did not answer in ", " s"], "reason-helper-late"),
    (&["unexpected reply: ", ""], "reason-unexpected"),
    (&["not an SMTP reply: ", ""], "reason-not-smtp"),
    (&["a reply whose lines have different codes (", " and ", ")"], "reason-mixed-codes"),
    (&["a reply line of more than ", " bytes"], "reason-line-too-long"),
    (&["a reply of more than ", " bytes"], "reason-reply-too-long"),
    (&["the relay does not offer STARTTLS"], "reason-no-starttls"),
    (&["unencrypted bytes after the reply to STARTTLS"], "reason-bytes-behind-starttls"),
    (&["the relay offers no usable sign-in mechanism; it offers none"], "reason-no-mechanism-none"),
    (&["the relay does not offer ", "; it offers none"], "reason-mechanism-none"),
    (&["the relay offers no usable sign-in mechanism; it offers: ", ""], "reason-no-mechanism"),
    (&["the relay does not offer ", "; it offers: ", ""], "reason-mechanism-not-offered"),
    (&["no OAuth2 token for the sign-in: ", ""], "reason-no-token-because"),
    (&["no OAuth2 token for the sign-in"], "reason-no-token"),
    (&["no address for this name: ", ""], "reason-no-address"),
    (&["no connection: ", ""], "reason-no-connection"),
    (&["the local address cannot be used: ", ""], "reason-no-local-address"),
    (&["no address of the chosen address family: ", ""], "reason-no-address-of-family"),
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
    (&["the key does not belong to the certificate"], "reason-tls-other-key"),
    (&["the server shows no certificate"], "reason-tls-no-certificate"),
    (&["the server lacks a part of TLS that is needed"], "reason-tls-incompatible"),
    (&["the server does not keep to the TLS protocol"], "reason-tls-misbehaved"),
    (&["the server does not use TLS on this port"], "reason-tls-none"),
    (&["the server sent a TLS message out of turn"], "reason-tls-out-of-turn"),
    (&["TLS failed"], "reason-tls-failed"),
    (&["the server does not know itself by this host name"], "reason-tls-name"),
    (&["the server reports an internal error of its TLS"], "reason-tls-internal"),
    (&["the server denies access"], "reason-tls-denied"),
    (&["the certificate has expired"], "reason-tls-expired"),
    (&["the certificate is not valid yet"], "reason-tls-not-yet"),
    (&["the certificate is for another host name"], "reason-tls-other-name"),
    (&["there is no PEM section of this kind in it"], "reason-pem-none"),
    (&["a PEM section has no END line"], "reason-pem-no-end"),
    (&["the BEGIN line of a PEM section is broken"], "reason-pem-begin"),
    (&["the base64 of a PEM section is broken"], "reason-pem-base64"),
    (&["a PEM section is too large"], "reason-pem-large"),
    (&["it is not PEM text"], "reason-pem-other"),
    (&["no certificate in it"], "reason-pem-no-certificate"),
    (&["the server ended the TLS handshake with alert ", " (RFC 8446 §6)"], "reason-tls-alert"),
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
    (&["unknown value `", "`, expected ", ""], "reason-json-variant"),
    (&["missing field `", "`", ""], "reason-json-missing"),
    (&["duplicate field `", "`", ""], "reason-json-duplicate"),
    (&["invalid type: ", ", expected ", ""], "reason-json-type"),
    (&["invalid value: ", ", expected ", ""], "reason-json-value"),
    (&["invalid length ", ", expected ", ""], "reason-json-length"),
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
    (&["", " cannot be used as a backup: ", ""], "reason-no-backup"),
    (&["it is too short"], "reason-backup-short"),
    (&["it does not begin as an SQLite database does"], "reason-backup-no-sqlite"),
    (&["it is not a regular file"], "reason-backup-no-file"),
    (&["at least one of: ", ""], "reason-at-least-one"),
    (&["invalid basic string, expected `\""], "reason-toml-open-text"),
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
    (&["key with no value, expected a value"], "reason-toml-value-missing"),
    (&["duplicate key"], "reason-toml-duplicate"),
    (&["string values must be quoted, expected literal string"], "reason-toml-unquoted"),
    (&["key must be a string"], "reason-json-key"),
    (&["the search took too long"], "reason-search-slow"),
    (&["the data directory ", " is in use by another process", ""], "reason-dir-in-use"),
    (&["the database ", " and its write-ahead log ", " do not fit together: ", ""], "reason-db-mixed"),
    (&["the database ", " was written by a newer version (schema ", ", this program knows ", ")"], "reason-db-newer"),
    (&["the key does not open this database: it was sealed with another one (key file ", ")"], "reason-wrong-key"),
    (&["the key file ", " may be read by others (mode ", ", 600 is wanted)"], "reason-key-readable"),
    (&["the key is no key: line ", " should be 32 bytes in base64"], "reason-key-bad"),
    (&["no key of the ring opens it"], "reason-key-none"),
    (&["no randomness from the system: ", ""], "reason-no-randomness"),
    (&["the database ", " is missing or empty, but this machine has seen mail in it, last at ", ""], "reason-doubt-seen"),
    (&["the database ", " is missing or empty, but its key ", " is there", ""], "reason-doubt-key"),
    (&["the database ", " is missing or empty", ""], "reason-doubt-missing"),
    (&["the database ", " is another one than this machine has seen, last at ", ""], "reason-doubt-other"),
    (
        &["the write-ahead log ", " is missing or cut: it lacks commits that this machine has seen, last at ", ""],
        "reason-doubt-cut",
    ),
    (
        &[
            "the database ",
            " is older than the one this machine has seen: it ends with message ",
            " at ",
            ", but message ",
            " at ",
            " was seen",
        ],
        "reason-doubt-older",
    ),
    (&["", " is a symbolic link"], "reason-file-link"),
    (&["", " is not a regular file"], "reason-file-not-regular"),
    (&["", " is not a directory"], "reason-file-not-directory"),
    (&["", " is not a socket"], "reason-file-not-socket"),
    (&["", " belongs to user ", ", but this program runs as user ", ""], "reason-file-owner"),
    (&["", " was removed or renamed while the node was using it"], "reason-file-removed"),
    (&["", " was replaced by another file while the node was using it"], "reason-file-replaced"),
    (&["", " was truncated while the node was using it"], "reason-file-truncated"),
    (&["", " was overwritten while the node was using it"], "reason-file-overwritten"),
    (&["the database is damaged: ", ""], "reason-db-is-damaged"),
    (&["the disk did not take a write: ", ""], "reason-disk-refused"),
    (&["the disk is full"], "reason-disk-full"),
    (&["too many writes are waiting"], "reason-store-busy"),
    (&["the write-ahead log is full: ", ""], "reason-wal-full"),
    (&["a checkpoint failed: ", ""], "reason-checkpoint-failed"),
    (&["a backup is being written"], "reason-wal-backup"),
    (&["another process keeps a read of the database open"], "reason-wal-reader"),
    (&["", " (process ", ") keeps a read of the database open"], "reason-wal-process"),
    (&["", " is cut short: it has ", " bytes, and its first page says ", ""], "reason-backup-cut"),
    (&["", " needs ", " bytes, and the disk of the data directory has ", " to spare"], "reason-backup-large"),
    (&["", " was not checked within ", " seconds"], "reason-backup-slow"),
    (&["", " was written by a newer version (schema ", ", this program knows ", ")"], "reason-backup-newer"),
    (&["", " is not signed: an older version wrote it, or something other than Postwacht"], "reason-backup-unsigned"),
    (&["", " is signed with a key that is not in ", ""], "reason-backup-foreign-signature"),
    (
        &["", " was changed after it was written: its signature, made with the key in ", ", does not fit its content"],
        "reason-backup-changed",
    ),
    (&["", " is not as Postwacht writes it: ", ""], "reason-backup-foreign"),
    (&["", " was sealed with another key than ", ""], "reason-backup-wrong-key"),
    (&["cannot write: ", ""], "reason-cannot-write"),
    (&["longer than ", " bytes"], "reason-file-longer"),
    (&["the answer is longer than ", " bytes"], "reason-answer-longer"),
    (&["invalid utf-8 sequence of ", " bytes from index ", ""], "reason-not-utf8"),
    (&["incomplete utf-8 byte sequence from index ", ""], "reason-utf8-cut"),
    (&["not an address or a network such as 192.0.2.0/24"], "reason-no-network"),
    (&["invalid dns name"], "reason-no-dns-name"),
    (&["invalid digit found in string"], "reason-no-number"),
    (&["cannot parse integer from empty string"], "reason-number-empty"),
    (&["number too large to fit in target type"], "reason-number-large"),
    (&["database disk image is malformed"], "reason-sqlite-malformed"),
    (&["file is not a database"], "reason-sqlite-no-database"),
    (&["disk I/O error"], "reason-sqlite-io"),
    (&["database or disk is full"], "reason-sqlite-full"),
    (&["database is locked"], "reason-sqlite-locked"),
    (&["attempt to write a readonly database"], "reason-sqlite-read-only"),
    (&["unable to open database file: ", ""], "reason-sqlite-unopened"),
    (&["unable to open database file"], "reason-sqlite-unopened-plain"),
    (&["invalid escape sequence, expected ", ""], "reason-toml-escape"),
    (&["invalid floating-point number"], "reason-toml-float"),
    (&["extra content after value, expected newline"], "reason-toml-extra"),
    (&["not a level or TARGET=LEVEL: ", ""], "reason-log-level"),
];

/// Values and types in the errors of the JSON parser.
const TYPES: &[Row] = &[
    (&["an object"], "reason-json-an-object"),
    (&["an object (in TOML a table)"], "reason-json-table"),
    (&["a value"], "reason-json-a-value"),
    (&["a list"], "reason-json-a-list"),
    (&["a text or a list of texts"], "reason-json-texts"),
    (&["a text, null, or {\"set\": true}"], "reason-json-secret"),
    (&["a whole number, true, false or a text"], "reason-json-a-scalar"),
    (&["an address or a list of addresses"], "reason-json-addresses"),
    (&["an object with names and values of header fields"], "reason-json-headers"),
    (&["a text"], "reason-json-a-text"),
    (&["string \"", "\""], "reason-json-string"),
    (&["integer `", "`"], "reason-json-integer"),
    (&["floating point `", "`"], "reason-json-floating"),
    (&["boolean `", "`"], "reason-json-boolean"),
    (&["true or false"], "reason-json-truth"),
    (&["map"], "reason-json-map"),
    (&["sequence"], "reason-json-sequence"),
    (&["unit value"], "reason-json-unit"),
    (&["a whole number from 0"], "reason-json-whole-from-0"),
    (&["a whole number"], "reason-json-whole"),
];

/// Beginnings of the keys whose reasons may stand behind a name, such as a path, a field or what was typed.
const LIBRARY_KEYS: [&str; 20] = [
    "reason-critical-extension",
    "reason-tls-",
    "reason-pem-",
    "reason-unknown-authority",
    "reason-bad-",
    "reason-revoked",
    "reason-wrong-purpose",
    "reason-os-",
    "reason-json-",
    "reason-toml-",
    "reason-sqlite-",
    "reason-lookup",
    "reason-name-",
    "reason-socket-address",
    "reason-no-network",
    "reason-no-dns-name",
    "reason-no-number",
    "reason-number-",
    "reason-not-utf8",
    "reason-file-longer",
];

/// True for a reason of the system or of a library, which may stand behind a name.
pub(crate) fn is_of_library(words: &str) -> bool {
    recognised(words).is_some_and(|(key, _)| LIBRARY_KEYS.iter().any(|kind| key.starts_with(kind)))
}

/// The key of a reason's words, and its details. `None` for a text that is none of ours.
pub(crate) fn recognised(words: &str) -> Option<Found<'_>> {
    found(REASONS, words)
}

/// The same for a detail of a JSON error, which may be a value or a type.
pub(crate) fn recognised_type(words: &str) -> Option<Found<'_>> {
    found(TYPES, words)
}

fn found<'a>(rows: &[Row], words: &'a str) -> Option<Found<'a>> {
    rows.iter().find_map(|(parts, key)| Some((*key, details(parts, words)?)))
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

    const MARKS: [&str; 6] = ["", "«1»", "«2»", "«3»", "«4»", "«5»"];

    /// The English words of each row are the text that the row recognises.
    #[test]
    fn row_and_its_english_words_agree() {
        type Find = for<'a> fn(&'a str) -> Option<Found<'a>>;
        let tables: [(&[Row], Find); 2] = [(REASONS, recognised), (TYPES, recognised_type)];
        for (recognised, (parts, key)) in tables.into_iter().flat_map(|(rows, find)| rows.iter().map(move |row| (find, row))) {
            let text: String = parts.iter().enumerate().map(|(at, part)| [MARKS[at], part].concat()).collect();
            assert_eq!(recognised(&text).map(|(key, _)| key), Some(*key), "{text}: an earlier row takes it");
            let named = DETAILS.into_iter().zip(&MARKS[1..]);
            let phrase = named.fold(Phrase::new(*key), |phrase, (name, mark)| phrase.with(name, *mark));
            assert_eq!(say(Language::En, &phrase), text);
            let dutch = say(Language::Nl, &phrase);
            assert_ne!(dutch, text, "{key}");
            let shown: Vec<bool> = MARKS[1..].iter().map(|mark| dutch.contains(mark)).collect();
            let wanted: Vec<bool> = (1..MARKS.len()).map(|number| number < parts.len()).collect();
            assert_eq!(shown, wanted, "{dutch}");
        }
    }

    #[test]
    fn words_of_others_stay() {
        for words in ["535 5.7.8 authentication failed", "", "the relay", "no answer in 5 minutes"] {
            assert_eq!(reason(Language::Nl, words), words);
        }
        for (words, dutch) in [
            ("/x/y: No such file or directory (os error 2)", "/x/y: bestand of map bestaat niet"),
            (
                "unknown field `a`, expected one of `b`, `c` at line 1 column 7",
                "onbekend veld `a`, mogelijk: een van `b`, `c` op regel 1, kolom 7",
            ),
            (
                "revision: invalid type: string \"x\", expected a whole number at line 1 column 9",
                "revision: verkeerd type: tekst \"x\", verwacht: een geheel getal op regel 1, kolom 9",
            ),
            ("to: invalid type: null, expected a text", "to: verkeerd type: null, verwacht: een tekst"),
            ("a: invalid type: integer `5`, expected a list", "a: verkeerd type: geheel getal `5`, verwacht: een lijst"),
            ("map", "map"),
            (
                "the data directory /var/lib/postwacht is in use by another process (71)",
                "de gegevensmap /var/lib/postwacht is in gebruik door een ander proces (71)",
            ),
            (
                "no address for this name: dns error: failed to lookup address information: Name or service not known",
                "geen adres bij deze naam: naamresolutie mislukt: het adres is niet gevonden: naam of dienst onbekend",
            ),
            ("the relay offers no usable sign-in mechanism; it offers none", "de relay biedt geen aanmeldmechanisme aan"),
            (
                "no-such.lab.test: failed to lookup address information: Name or service not known",
                "no-such.lab.test: het adres is niet gevonden: naam of dienst onbekend",
            ),
            ("/x/lock is a symbolic link", "/x/lock is een symbolische koppeling"),
            ("550 5.1.1 <a@x>: no such user", "550 5.1.1 <a@x>: no such user"),
            (
                "no connection: 127.0.0.1:9: Connection refused (os error 111)",
                "geen verbinding: 127.0.0.1:9: verbinding geweigerd",
            ),
        ] {
            assert_eq!(reason(Language::Nl, words), dutch);
        }
        let nested = reason(Language::Nl, "the connection was lost: the relay closed the connection");
        assert_eq!(nested, "de verbinding is verbroken: de relay heeft de verbinding gesloten");
    }
}
