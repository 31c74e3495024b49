//! The form in which a message is offered to a relay: what it needs is decided by its text and by the recipients of one
//! transaction.

use std::sync::Arc;

use model::Address;
use smtp::Capabilities;
use smtp::client::Envelope;
use store::{Body, Work};

use crate::recode::{TextForm, has_utf8_header, recode};

/// Builds the envelope for the recipients of this work, and the text that the relay gets. `None` if a stored address or the
/// number is not valid.
///
/// A relay without an extension gets the text rewritten, if that is possible. So do recipients with ASCII addresses of a message
/// that Postwacht composed: an address beyond ASCII in its To needs SMTPUTF8, and must not keep the others from it.
pub(crate) fn offer(work: &Work, recipients_max: usize, relay: &Capabilities) -> Option<(Envelope, Body)> {
    let parse = |text: &str| text.parse::<Address>().ok();
    let sender = match &work.sender {
        None => None,
        Some(text) => Some(parse(text)?),
    };
    let recipients = work.recipients.iter().map(|(_, text)| parse(text)).collect::<Option<Vec<_>>>()?;
    let ticket = u64::try_from(work.number.0).ok()?;
    let mut offer = Envelope {
        ticket,
        sender,
        recipients,
        eight_bit: work.eight_bit,
        utf8_header: work.eight_bit && has_utf8_header(&work.body),
        recipients_max,
        size: work.size,
        rehearses: false,
    };
    let Some(form) = form(work, &offer, relay) else { return Some((offer, Arc::clone(&work.body))) };
    let Some(text) = recode(&work.body, form) else { return Some((offer, Arc::clone(&work.body))) };
    (offer.eight_bit, offer.utf8_header, offer.size) = (!text.is_ascii(), false, text.len() as u64);
    Some((offer, text.into()))
}

/// The form that the text needs for this relay and these recipients. `None`: it goes as it is.
fn form(work: &Work, offer: &Envelope, relay: &Capabilities) -> Option<TextForm> {
    let sender_needs_utf8 = offer.sender.as_ref().is_some_and(Address::needs_utf8);
    let for_ascii = work.composed && !sender_needs_utf8 && !offer.recipients.iter().all(Address::needs_utf8);
    match () {
        () if offer.eight_bit && !relay.eight_bit => Some(TextForm::Ascii),
        () if offer.utf8_header && (!relay.utf8 || for_ascii) => Some(TextForm::AsciiHeader),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::id::MessageNumber;
    use model::message::Class;
    use model::time::Timestamp;

    use super::*;

    /// A message of `text` with LF, `given` by a program or `composed` by Postwacht.
    fn work(origin: &str, sender: &str, recipients: &str, text: &str) -> Work {
        let body: Body = text.replace('\n', "\r\n").into_bytes().into();
        Work {
            number: MessageNumber(1),
            class: Class::Submitted,
            app: None,
            sender: Some(sender.to_owned()),
            recipients: (0..).zip(recipients.split(' ').map(str::to_owned)).collect(),
            size: body.len() as u64,
            eight_bit: !body.is_ascii(),
            composed: origin == "composed",
            may_arrive_twice: false,
            accepted: Timestamp::EPOCH,
            failures: 0,
            failing_since: None,
            held: Duration::ZERO,
            avoid: None,
            body,
        }
    }

    /// The features of the form offered to a relay: `8` for 8-bit text, `u` for a header beyond ASCII.
    fn offered(work: &Work, extensions: &str) -> (String, String) {
        let has = |name: &str| extensions.split(' ').any(|known| known == name);
        let relay = Capabilities { eight_bit: has("8BITMIME"), utf8: has("SMTPUTF8"), ..Capabilities::default() };
        let (envelope, body) = offer(work, usize::MAX, &relay).expect("valid addresses");
        assert_eq!(envelope.size, body.len() as u64);
        let flags = [(envelope.eight_bit, "8"), (envelope.utf8_header, "u")].into_iter().filter(|(is, _)| *is);
        let text = String::from_utf8(body.to_vec()).expect("UTF-8");
        (flags.map(|(_, flag)| flag).collect(), text.replace("\r\n", "\n"))
    }

    /// RFC 6152 §3, RFC 6531 §3.4, RFC 6532.
    #[test]
    fn text_and_recipients_decide_what_is_offered() {
        const ALL: &str = "8BITMIME SMTPUTF8";
        const UTF8_SUBJECT: &str = "From: a@x\nSubject: ü\n\nx\n";
        const UTF8_TO: &str = "From: a@x\nTo: ü@x, b@x\n\nx\n";
        const UTF8_BODY: &str = "From: a@x\n\nü\n";
        const SIGNED: &str = "DKIM-Signature: x\nFrom: a@x\nSubject: ü\n\nü\n";
        for (origin, sender, recipients, text, relay, flags, is_changed) in [
            // A program's header needs SMTPUTF8 where there is SMTPUTF8.
            ("given", "a@x", "b@x", UTF8_SUBJECT, ALL, "8u", false),
            ("given", "a@x", "b@x", UTF8_SUBJECT, "8BITMIME", "", true),
            ("given", "a@x", "b@x", UTF8_SUBJECT, "", "", true),
            ("given", "a@x", "b@x", UTF8_TO, ALL, "8u", false),
            ("given", "a@x", "b@x ü@x", UTF8_TO, "8BITMIME", "", true),
            // A message of ours has UTF-8 in its header only for an address: it concerns that recipient alone.
            ("composed", "a@x", "b@x ü@x", UTF8_TO, ALL, "", true),
            ("composed", "a@x", "b@x", UTF8_TO, ALL, "", true),
            ("composed", "a@x", "ü@x", UTF8_TO, ALL, "8u", false),
            ("composed", "ä@x", "b@x", UTF8_TO, ALL, "8u", false),
            ("composed", "a@x", "b@x ü@x", UTF8_TO, "8BITMIME", "", true),
            ("composed", "a@x", "b@x ü@x", UTF8_TO, "", "", true),
            // 8-bit text.
            ("given", "a@x", "b@x", UTF8_BODY, ALL, "8", false),
            ("given", "a@x", "b@x ü@x", UTF8_BODY, ALL, "8", false),
            ("given", "a@x", "b@x", UTF8_BODY, "8BITMIME", "8", false),
            ("given", "a@x", "b@x", UTF8_BODY, "", "", true),
            ("given", "a@x", "b@x", UTF8_BODY, "SMTPUTF8", "", true),
            // A signature covers the bytes.
            ("given", "a@x", "b@x", SIGNED, ALL, "8u", false),
            ("given", "a@x", "b@x", SIGNED, "8BITMIME", "8u", false),
            ("given", "a@x", "b@x", SIGNED, "", "8u", false),
            ("given", "a@x", "b@x", "From: a@x\n\nx\n", "", "", false),
        ] {
            let (found, out) = offered(&work(origin, sender, recipients, text), relay);
            assert_eq!((found.as_str(), out != text), (flags, is_changed), "{origin} {sender} {recipients} {relay} {text}");
        }
    }
}
