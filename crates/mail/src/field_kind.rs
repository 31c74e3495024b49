//! The grammar of a header field, by its name.

/// The grammar of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// RFC 5322 §3.4.
    Addresses,
    /// RFC 5322 §3.3.
    Date,
    /// Message IDs, keywords, URLs or numbers: ASCII without encoded words (RFC 2047 §5).
    Tokens,
    /// A value with parameters: RFC 2045 §5.1, RFC 2183.
    Parameters,
    /// RFC 5322 §3.2.5.
    Unstructured,
}

pub(crate) fn field_kind(name: &str) -> FieldKind {
    match name.to_ascii_lowercase().as_str() {
        "from"
        | "sender"
        | "to"
        | "cc"
        | "bcc"
        | "reply-to"
        | "resent-from"
        | "resent-sender"
        | "resent-bcc"
        | "resent-to"
        | "resent-cc"
        | "resent-reply-to"
        | "mail-reply-to"
        | "mail-followup-to"
        | "errors-to"
        | "apparently-to"
        | "disposition-notification-to"
        | "return-receipt-to"
        | "x-confirm-reading-to" => FieldKind::Addresses,
        "date" | "resent-date" | "expires" | "expiry-date" | "reply-by" | "deferred-delivery" | "latest-delivery-time" => {
            FieldKind::Date
        }
        "content-type" | "content-disposition" => FieldKind::Parameters,
        "message-id"
        | "received"
        | "return-path"
        | "mime-version"
        | "content-transfer-encoding"
        | "content-id"
        | "in-reply-to"
        | "references"
        | "resent-message-id"
        | "original-message-id"
        | "supersedes"
        | "obsoletes"
        | "auto-submitted"
        | "precedence"
        | "importance"
        | "priority"
        | "x-priority"
        | "x-msmail-priority"
        | "sensitivity"
        | "content-language"
        | "content-location"
        | "archived-at"
        | "require-recipient-valid-since" => FieldKind::Tokens,
        name if name.starts_with("list-") => FieldKind::Tokens,
        _ => FieldKind::Unstructured,
    }
}
