//! Custom header fields, each composed by its kind: an address list is encoded otherwise than a text.

use mail_builder::headers::HeaderType;
use mail_builder::headers::address::{Address as HeaderAddress, EmailAddress};
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use model::Mailbox;
use smtp::AddressList;
use smtp::address_list::ListEntry;

use super::PartsFault;

/// Fields that the parts or the intake write, or that would name recipients or a sender besides them.
const RESERVED: [&str; 19] = [
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "sender",
    "received",
    "return-path",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-id",
    "dkim-signature",
    "resent-from",
    "resent-sender",
    "resent-bcc",
];

/// Longest word without white space in a field that is not encoded, in bytes. A line has at most 998 (RFC 5322 §2.1.1).
const WORD_MAX: usize = 900;

/// The grammar of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldKind {
    /// RFC 5322 §3.4.
    Addresses,
    /// RFC 5322 §3.3.
    Date,
    /// Message IDs, keywords, URLs or numbers: ASCII without encoded words (RFC 2047 §5).
    Tokens,
    /// RFC 5322 §3.2.5.
    Unstructured,
}

fn kind_of(name: &str) -> FieldKind {
    match name.to_ascii_lowercase().as_str() {
        "reply-to"
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
        "resent-date" | "expires" | "expiry-date" | "reply-by" | "deferred-delivery" | "latest-delivery-time" => FieldKind::Date,
        "in-reply-to"
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

/// Checks a custom field and gives its value the form of its kind.
pub(super) fn custom<'a>(name: &str, value: &'a str) -> Result<HeaderType<'a>, PartsFault> {
    let field = || format!("headers.{name}");
    if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(PartsFault::Reserved(name.to_owned()));
    }
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(PartsFault::NotAHeader(name.chars().filter(|c| !c.is_control()).collect()));
    }
    super::without_control(&field(), value)?;
    let value = value.trim();
    match kind_of(name) {
        FieldKind::Addresses => {
            let list = AddressList::of_header(value).map_err(|fault| PartsFault::NotAddresses { field: field(), fault })?;
            if list.entries.is_empty() {
                return Err(PartsFault::Empty { field: field() });
            }
            Ok(HeaderType::Address(HeaderAddress::List(list.entries.iter().map(entry).collect())))
        }
        FieldKind::Date if jiff::fmt::rfc2822::parse(value).is_err() => Err(PartsFault::NotADate { field: field() }),
        FieldKind::Date | FieldKind::Tokens => folded(value, field),
        FieldKind::Unstructured => Ok(HeaderType::Text(Text::new(value))),
    }
}

/// ASCII words, folded between them.
fn folded<'a>(value: &str, field: impl Fn() -> String) -> Result<HeaderType<'a>, PartsFault> {
    /// Column after which a line is folded (RFC 5322 §2.1.1), less the longest name of a field here.
    const COLUMN: usize = 78 - 32;
    if !value.is_ascii() {
        return Err(PartsFault::NotAscii { field: field() });
    }
    let (mut lines, mut column) = (String::with_capacity(value.len()), 0);
    for word in value.split_ascii_whitespace() {
        if word.len() > WORD_MAX {
            return Err(PartsFault::WordTooLong { field: field() });
        }
        let folds = column > 0 && column + 1 + word.len() > COLUMN;
        lines += match (folds, column) {
            (true, _) => "\r\n ",
            (false, 0) => "",
            (false, _) => " ",
        };
        lines += word;
        column = if folds { word.len() + 1 } else { column + 1 + word.len() };
    }
    Ok(HeaderType::Raw(Raw::new(lines)))
}

fn entry<'a>(entry: &ListEntry) -> HeaderAddress<'a> {
    match entry {
        ListEntry::Mailbox(mailbox) => address(mailbox),
        ListEntry::Group { name, members } => HeaderAddress::new_group(Some(name.clone()), members.iter().map(address).collect()),
    }
}

fn address<'a>(mailbox: &Mailbox) -> HeaderAddress<'a> {
    HeaderAddress::Address(EmailAddress { name: mailbox.name.clone().map(Into::into), email: mailbox.address.wire().into() })
}

/// The value of an address field of the message.
pub(super) fn addresses<'a>(list: &[Mailbox]) -> HeaderAddress<'a> {
    HeaderAddress::List(list.iter().map(address).collect())
}
