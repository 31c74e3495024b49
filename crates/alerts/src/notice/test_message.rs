//! The test message. It says what was set up, so that its reader knows what it proves.

use mail::compose::MessageParts;
use model::{Address, Mailbox, Phrase};

use super::context::NoticeContext;
use super::incident::{NoticeHead, parts};
use super::layout::{Block, NoticeLayout, Tone};

/// Builds the test message to these addresses by this relay. `confirmation_url` is the page on which the reader
/// confirms its arrival.
pub fn test_message(context: &NoticeContext, to: &[Address], relay: &str, confirmation_url: Option<String>) -> MessageParts {
    let phrase = |key: &str| {
        let phrase = Phrase::new(key).with("site", context.site()).with("relay", relay).with("at", context.time(context.now));
        context.say(&phrase)
    };
    let mut blocks = vec![Block::Text(phrase("test-mail-body"))];
    if let Some(url) = confirmation_url {
        blocks.extend([Block::Text(context.word("received-ask")), Block::Link(context.word("received-button"), url)]);
    }
    let subject = phrase("test-mail-subject");
    let layout = NoticeLayout {
        language: context.language(),
        tone: Tone::Calm,
        headline: subject.clone(),
        blocks,
        footer: phrase("test-mail-footer"),
    };
    let to = to.iter().map(|address| Mailbox { name: None, address: address.clone() }).collect();
    let head = NoticeHead { subject, message_id: String::new(), headers: Vec::new() };
    // Each test is a new message. `None`: a random Message-ID.
    MessageParts { to, message_id: None, ..parts(context, head, &layout) }
}
