//! Lists of addresses: values of header fields (RFC 5322 §3.4, with the obsolete forms of §4.4 and the letters of RFC 6532),
//! and lists that a person types.
//!
//! There is one reader for both. It refuses what it cannot read as a whole: a check of the sender must not take a text for
//! one address in which another reader finds several.

mod phrase;
mod reader;

use std::str::FromStr;

use crate::address::{Address, AddressFault, Mailbox, NAME_MAX};
use reader::{ListSource, Reader};

/// An element of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListEntry {
    Mailbox(Mailbox),
    /// `name: mailbox, mailbox;`. It may have no members.
    Group {
        name: String,
        members: Vec<Mailbox>,
    },
}

/// The addresses of a list, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressList {
    pub entries: Vec<ListEntry>,
    /// True if the list has a source route or an empty element (RFC 5322 §4.4). Other readers may take these otherwise.
    pub is_obsolete: bool,
}

/// A list that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part:?}: {fault}")]
pub struct ListFault {
    /// The element with the fault, up to where it was read.
    pub part: String,
    pub fault: AddressFault,
}

impl AddressList {
    /// Reads the value of a header field, without its folds.
    pub fn of_header(value: &str) -> Result<Self, ListFault> {
        Reader::new(value, ListSource::Header).list()
    }

    /// Reads a list that a person typed, such as `"Doe, Jane" <jane@example.com>, ops@example.com`. Semicolons, spaces and
    /// line breaks separate addresses too.
    pub fn typed(text: &str) -> Result<Self, ListFault> {
        let list = Reader::new(text, ListSource::Person).list()?;
        let too_long = |mailbox: &&Mailbox| mailbox.name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX);
        let found = list.mailboxes().find(too_long).map(|mailbox| mailbox.address.to_string());
        found.map_or(Ok(list), |part| Err(ListFault { part, fault: AddressFault::NameTooLong }))
    }

    /// All mailboxes, also those in groups.
    pub fn mailboxes(&self) -> impl Iterator<Item = &Mailbox> {
        self.entries.iter().flat_map(|entry| match entry {
            ListEntry::Mailbox(mailbox) => std::slice::from_ref(mailbox),
            ListEntry::Group { members, .. } => members.as_slice(),
        })
    }

    /// The only mailbox of the list. `None` if the list has another element, or an obsolete form that readers take differently.
    pub fn sole(&self) -> Option<&Mailbox> {
        match self.entries.as_slice() {
            [ListEntry::Mailbox(mailbox)] if !self.is_obsolete => Some(mailbox),
            _ => None,
        }
    }
}

impl FromStr for Mailbox {
    type Err = AddressFault;

    /// Reads one address as a person types it, with an optional name.
    fn from_str(text: &str) -> Result<Self, AddressFault> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err(AddressFault::Control);
        }
        let list = match AddressList::typed(text) {
            Ok(list) => list,
            Err(ListFault { fault, .. }) => return unquoted_name(text).ok_or(fault),
        };
        match list.entries.as_slice() {
            [] => Err(AddressFault::Empty),
            [ListEntry::Mailbox(mailbox)] => Ok(mailbox.clone()),
            _ => Err(AddressFault::Several),
        }
    }
}

/// Reads a name with characters that belong in quotes, such as `Acme: alarms, site 1 <alerts@example.com>`. A name with an @
/// could be a second address.
fn unquoted_name(text: &str) -> Option<Mailbox> {
    let (name, rest) = text.split_once('<')?;
    let address: Address = rest.strip_suffix('>')?.trim().parse().ok()?;
    let name = name.trim();
    let is_plain = !name.contains(['"', '@']) && name.chars().count() <= NAME_MAX;
    is_plain.then(|| Mailbox { name: Some(name.to_owned()), address })
}

#[cfg(test)]
mod tests;
