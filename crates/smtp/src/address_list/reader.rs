//! Reads a list from left to right, without recursion and in linear time.

use std::iter::Peekable;
use std::str::CharIndices;

use super::phrase::{Piece, Word, phrase, words};
use super::{AddressList, ListEntry, ListFault};
use crate::address::{Address, AddressFault, Mailbox, is_atext, quoted};

/// The source of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListSource {
    Header,
    /// Spaces and semicolons separate addresses too, and there are no groups and routes.
    Person,
}

pub(super) struct Reader<'a> {
    text: &'a str,
    source: ListSource,
    chars: Peekable<CharIndices<'a>>,
    /// Start of the element that is being read.
    start: usize,
    /// Content of the last comment.
    comment: Option<String>,
    is_obsolete: bool,
    /// True within a group, which a semicolon ends.
    in_group: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, source: ListSource) -> Self {
        Self { text, source, chars: text.char_indices().peekable(), start: 0, comment: None, is_obsolete: false, in_group: false }
    }

    pub(super) fn list(mut self) -> Result<AddressList, ListFault> {
        match self.entries() {
            Ok(entries) => Ok(AddressList { entries, is_obsolete: self.is_obsolete }),
            Err(fault) => {
                let end = self.chars.peek().map_or(self.text.len(), |(at, c)| at + c.len_utf8());
                Err(ListFault { part: self.text[self.start..end].trim().to_owned(), fault })
            }
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    fn next_if(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn entries(&mut self) -> Result<Vec<ListEntry>, AddressFault> {
        let is_control = |c: char| c.is_control() && !(c.is_whitespace() && (self.source == ListSource::Person || c == '\t'));
        if self.text.chars().any(is_control) {
            return Err(AddressFault::Control);
        }
        let mut entries = Vec::new();
        while self.next_element(entries.len())? {
            entries.push(self.entry()?);
        }
        Ok(entries)
    }

    /// Skips separators up to the next element, behind this many. Returns false at the end of the list or the group.
    fn next_element(&mut self, before: usize) -> Result<bool, AddressFault> {
        let mut separators = 0;
        loop {
            self.skip_blanks()?;
            let is_separator = self.next_if(',') || self.source == ListSource::Person && self.next_if(';');
            if !is_separator {
                break;
            }
            separators += 1;
        }
        let Some((start, c)) = self.chars.peek().copied() else {
            self.is_obsolete |= separators > 0;
            return Ok(false);
        };
        let ends_group = self.in_group && c == ';';
        match separators {
            0 if before > 0 && self.source == ListSource::Header && !ends_group => return Err(AddressFault::Unexpected(c)),
            0 => {}
            1 if before > 0 && !ends_group => {}
            _ => self.is_obsolete = true,
        }
        if !ends_group {
            self.start = start;
        }
        Ok(true)
    }

    fn entry(&mut self) -> Result<ListEntry, AddressFault> {
        let pieces = self.pieces()?;
        if self.source == ListSource::Header && self.next_if(':') {
            return Ok(ListEntry::Group { name: phrase(&pieces), members: self.members()? });
        }
        self.mailbox(&pieces).map(ListEntry::Mailbox)
    }

    /// Reads the members of a group, and the semicolon behind them.
    fn members(&mut self) -> Result<Vec<Mailbox>, AddressFault> {
        let mut members = Vec::new();
        self.in_group = true;
        while self.next_element(members.len())? {
            if self.next_if(';') {
                self.in_group = false;
                return Ok(members);
            }
            let pieces = self.pieces()?;
            members.push(self.mailbox(&pieces)?);
        }
        Err(AddressFault::Unbalanced)
    }

    /// Reads the rest of a mailbox that begins with these pieces.
    fn mailbox(&mut self, pieces: &[Piece]) -> Result<Mailbox, AddressFault> {
        if self.next_if('<') {
            let name = Some(phrase(pieces)).filter(|name| !name.is_empty());
            return Ok(Mailbox { name, address: self.angle()? });
        }
        match self.peek() {
            Some('@') => {
                self.comment = None;
                let address = self.address(pieces)?;
                self.skip_blanks()?;
                // Python joins both addresses if a comment stands between them.
                let may_repeat = self.source == ListSource::Person || self.comment.is_none();
                if may_repeat && self.next_if('<') {
                    return self.repeated(address);
                }
                // The old place of the name: RFC 5322 §3.4, the note on comments.
                let name = self.comment.take().map(|comment| phrase(&words(&comment)));
                Ok(Mailbox { name: name.filter(|name| !name.is_empty()), address })
            }
            Some(',' | ';') | None => Err(AddressFault::NoAt),
            Some(c) => Err(AddressFault::Unexpected(c)),
        }
    }

    /// Reads the rest of `jane@example.com <jane@example.com>`, as mail programs copy it. Two different addresses are a fault.
    fn repeated(&mut self, address: Address) -> Result<Mailbox, AddressFault> {
        match self.angle()? {
            repeated if repeated.key() == address.key() => Ok(Mailbox { name: None, address }),
            _ => Err(AddressFault::Several),
        }
    }

    /// Reads up to the closing bracket: `[route] local@domain>`.
    fn angle(&mut self) -> Result<Address, AddressFault> {
        self.skip_blanks()?;
        if self.source == ListSource::Header && self.peek() == Some('@') {
            self.route()?;
        }
        let pieces = self.pieces()?;
        match self.peek() {
            Some('@') => {}
            Some('>') if pieces.is_empty() => return Err(AddressFault::Empty),
            Some('>') => return Err(AddressFault::NoAt),
            Some(c) => return Err(AddressFault::Unexpected(c)),
            None => return Err(AddressFault::Unbalanced),
        }
        let address = self.address(&pieces)?;
        self.skip_blanks()?;
        match self.chars.next() {
            Some((_, '>')) => Ok(address),
            Some((_, c)) => Err(AddressFault::Unexpected(c)),
            None => Err(AddressFault::Unbalanced),
        }
    }

    /// Skips a source route, `@host,@host:` (RFC 5322 §4.4).
    fn route(&mut self) -> Result<(), AddressFault> {
        self.is_obsolete = true;
        loop {
            self.skip_blanks()?;
            if self.next_if('@') {
                self.domain()?;
            } else if self.next_if(':') {
                return Ok(());
            } else if !self.next_if(',') {
                return Err(self.peek().map_or(AddressFault::Unbalanced, AddressFault::Unexpected));
            }
        }
    }

    /// Reads from the @ on.
    fn address(&mut self, local: &[Piece]) -> Result<Address, AddressFault> {
        let local = local_part(local)?;
        self.next_if('@');
        let domain = self.domain()?;
        format!("{local}@{domain}").parse()
    }

    fn domain(&mut self) -> Result<String, AddressFault> {
        if self.source == ListSource::Header {
            self.skip_blanks()?;
        }
        let mut domain = String::new();
        if self.next_if('[') {
            domain.push('[');
            loop {
                match self.chars.next() {
                    Some((_, c)) => domain.push(c),
                    None => return Err(AddressFault::Unbalanced),
                }
                if domain.ends_with(']') {
                    return Ok(domain);
                }
            }
        }
        loop {
            domain.push_str(&self.atom());
            if self.source == ListSource::Header {
                self.skip_blanks()?;
            }
            // A dot at the end is no part of a domain in a header: RFC 5322 §3.4.1.
            let is_done = !self.next_if('.');
            match self.source {
                ListSource::Header if is_done && domain.ends_with('.') => return Err(AddressFault::Domain(domain)),
                // A person may type the root's dot. It is no part of the address.
                _ if is_done => {
                    let rootless = domain.strip_suffix('.').filter(|rest| !rest.ends_with('.')).map(str::to_owned);
                    return Ok(rootless.unwrap_or(domain));
                }
                ListSource::Header | ListSource::Person => {}
            }
            domain.push('.');
            if self.source == ListSource::Header {
                self.skip_blanks()?;
            }
        }
    }

    /// Reads words and dots up to another character.
    fn pieces(&mut self) -> Result<Vec<Piece>, AddressFault> {
        let mut pieces = Vec::new();
        loop {
            let after_blank = self.skip_blanks()?;
            let word = match self.peek() {
                Some('"') => Word::Quoted(self.quoted_string()?),
                Some('.') => {
                    self.chars.next();
                    Word::Dot
                }
                Some(c) if is_atext(c) => Word::Atom(self.atom()),
                _ => return Ok(pieces),
            };
            pieces.push(Piece { after_blank, word });
        }
    }

    fn atom(&mut self) -> String {
        let mut atom = String::new();
        while let Some((_, c)) = self.chars.next_if(|(_, c)| is_atext(*c)) {
            atom.push(c);
        }
        atom
    }

    fn quoted_string(&mut self) -> Result<String, AddressFault> {
        self.chars.next();
        let mut content = String::new();
        loop {
            match self.chars.next() {
                Some((_, '"')) => return Ok(content),
                Some((_, '\\')) => content.push(self.chars.next().ok_or(AddressFault::Unbalanced)?.1),
                Some((_, c)) => content.push(c),
                None => return Err(AddressFault::Unbalanced),
            }
        }
    }

    /// Skips white space and comments. Returns true if there were any.
    fn skip_blanks(&mut self) -> Result<bool, AddressFault> {
        let mut any = false;
        loop {
            match self.peek() {
                Some('(') => self.comment()?,
                Some(c) if self.is_blank(c) => drop(self.chars.next()),
                _ => return Ok(any),
            }
            any = true;
        }
    }

    /// White space between words. A person may use any; a header has spaces and tabs (RFC 5322 §2.2.2).
    fn is_blank(&self, c: char) -> bool {
        match self.source {
            ListSource::Header => matches!(c, ' ' | '\t'),
            ListSource::Person => c.is_whitespace(),
        }
    }

    fn comment(&mut self) -> Result<(), AddressFault> {
        self.chars.next();
        let (mut depth, mut content) = (1_usize, String::new());
        loop {
            let (_, c) = self.chars.next().ok_or(AddressFault::Unbalanced)?;
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            match c {
                _ if depth == 0 => break,
                '\\' => content.push(self.chars.next().ok_or(AddressFault::Unbalanced)?.1),
                c => content.push(c),
            }
        }
        self.comment = Some(content);
        Ok(())
    }
}

/// The local part of these pieces: words with a dot between each two.
fn local_part(pieces: &[Piece]) -> Result<String, AddressFault> {
    let (mut content, mut is_quoted, mut wants_word) = (String::new(), false, true);
    for piece in pieces {
        match (&piece.word, wants_word) {
            (Word::Dot, false) => content.push('.'),
            (Word::Atom(text), true) => content.push_str(text),
            (Word::Quoted(text), true) => {
                is_quoted = true;
                content.push_str(text);
            }
            (Word::Dot, true) => return Err(AddressFault::Local('.')),
            (Word::Atom(_) | Word::Quoted(_), false) => return Err(AddressFault::Local(' ')),
        }
        wants_word = piece.word == Word::Dot;
    }
    if wants_word {
        return Err(AddressFault::Local(if pieces.is_empty() { '@' } else { '.' }));
    }
    Ok(if is_quoted { quoted(&content) } else { content })
}
