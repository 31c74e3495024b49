//! Custom header fields, each composed by its kind: an address list is encoded otherwise than a text.

use mail_builder::headers::HeaderType;
use mail_builder::headers::address::{Address as HeaderAddress, EmailAddress};
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use model::Mailbox;
use smtp::AddressList;
use smtp::address_list::ListEntry;

use super::PartsFault;
use crate::field_kind::{FieldKind, field_kind};

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

/// Longest name of a field, in bytes.
const NAME_MAX: usize = 70;
/// Longest word without white space in a field that is not encoded, in bytes. A line has at most 998 (RFC 5322 §2.1.1).
const WORD_MAX: usize = 900;

/// Checks a custom field and gives its value the form of its kind.
pub(super) fn custom<'a>(name: &str, value: &'a str) -> Result<HeaderType<'a>, PartsFault> {
    let field = || format!("headers.{name}");
    if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(PartsFault::Reserved(name.to_owned()));
    }
    if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(PartsFault::NotAHeader(name.chars().filter(|c| !c.is_control()).collect()));
    }
    super::without_control(&field(), value)?;
    let value = value.trim();
    match field_kind(name) {
        FieldKind::Addresses => {
            let list = AddressList::of_header(value).map_err(|fault| PartsFault::NotAddresses { field: field(), fault })?;
            if list.entries.is_empty() {
                return Err(PartsFault::Empty { field: field() });
            }
            Ok(HeaderType::Address(HeaderAddress::List(list.entries.iter().map(entry).collect())))
        }
        FieldKind::Date if jiff::fmt::rfc2822::parse(value).is_err() => Err(PartsFault::NotADate { field: field() }),
        FieldKind::Date | FieldKind::Tokens | FieldKind::Parameters => folded(value, field),
        // Programs read such fields too: ASCII is not encoded if it can be folded.
        FieldKind::Unstructured => folded(value, field).or_else(|_| Ok(HeaderType::Text(Text::new(value)))),
    }
}

/// An ASCII value, folded at its white space. Unfolding gives the value back (RFC 5322 §2.2.3).
fn folded<'a>(value: &str, field: impl Fn() -> String) -> Result<HeaderType<'a>, PartsFault> {
    /// Column after which a line is folded (RFC 5322 §2.1.1), less the longest name of a usual field.
    const COLUMN: usize = 78 - 32;
    if !value.is_ascii() {
        return Err(PartsFault::NotAscii { field: field() });
    }
    let (mut lines, mut column) = (String::with_capacity(value.len()), 0);
    // Each word with the white space before it.
    let mut rest = value;
    while !rest.is_empty() {
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let end = rest[blanks..].find([' ', '\t']).map_or(rest.len(), |at| blanks + at);
        let (word, next) = rest.split_at(end);
        if word.len() > WORD_MAX {
            return Err(PartsFault::WordTooLong { field: field() });
        }
        if column > 0 && column + word.len() > COLUMN {
            lines += "\r\n";
            column = 0;
        }
        lines += word;
        column += word.len();
        rest = next;
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
