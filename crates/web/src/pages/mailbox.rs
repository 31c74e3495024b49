//! The demo's mailbox: each mail that its relay accepted, in a mail program's view and as raw text.

use admin::clock::rfc3339;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use mail_parser::{Message, MessageParser, MimeHeaders};

use super::frame::{Frame, SANDBOX, framed, page, sorry};
use super::letter::Letter;
use super::pages_state::PagesState;
use super::visitor::Member;

fn parsed(letter: &Letter) -> Option<Message<'_>> {
    MessageParser::default().parse(&letter.body[..])
}

struct MailboxLine {
    number: u64,
    at: String,
    to: String,
    subject: String,
}

impl MailboxLine {
    fn new(letter: &Letter) -> Self {
        let subject = parsed(letter).and_then(|mail| mail.subject().map(str::to_owned)).unwrap_or_default();
        Self { number: letter.number, at: rfc3339(letter.at), to: letter.recipients.join(", "), subject }
    }
}

#[derive(Template)]
#[template(path = "mailbox.html")]
struct MailboxList {
    f: Frame,
    lines: Vec<MailboxLine>,
}

struct MailPart {
    number: usize,
    name: String,
    kind: String,
    size: usize,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Show {
    f: Frame,
    line: MailboxLine,
    sender: String,
    has_html: bool,
    text: String,
    headers: Vec<(String, String)>,
    source: String,
    parts: Vec<MailPart>,
}

fn find(pages: &PagesState, number: u64) -> Option<Letter> {
    pages.mailbox.as_ref()?.letters().into_iter().find(|letter| letter.number == number)
}

fn none(member: &Member) -> Response {
    sorry(member.language, StatusCode::NOT_FOUND, "not-found")
}

pub(super) async fn list(State(pages): State<PagesState>, member: Member) -> Response {
    let Some(mailbox) = &pages.mailbox else { return none(&member) };
    let f = match Frame::of(&pages, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let lines = mailbox.letters().iter().map(MailboxLine::new).collect();
    page(member.language, &MailboxList { f, lines })
}

pub(super) async fn show(State(pages): State<PagesState>, member: Member, Path(number): Path<u64>) -> Response {
    let Some(letter) = find(&pages, number) else { return none(&member) };
    let f = match Frame::of(&pages, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let mail = parsed(&letter);
    let show = Show {
        f,
        line: MailboxLine::new(&letter),
        sender: letter.sender.clone(),
        has_html: mail.as_ref().is_some_and(|mail| mail.html_body_count() > 0 && mail.html_bodies().any(is_html)),
        text: mail.as_ref().and_then(|mail| mail.body_text(0)).unwrap_or_default().into_owned(),
        headers: mail.as_ref().map(headers).unwrap_or_default(),
        source: String::from_utf8_lossy(&letter.body).into_owned(),
        parts: mail.as_ref().map(parts).unwrap_or_default(),
    };
    page(member.language, &show)
}

fn is_html(part: &mail_parser::MessagePart<'_>) -> bool {
    part.is_text_html()
}

fn headers(mail: &Message<'_>) -> Vec<(String, String)> {
    mail.headers_raw().map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
}

fn parts(mail: &Message<'_>) -> Vec<MailPart> {
    let mail_part = |(number, part): (usize, &mail_parser::MessagePart<'_>)| MailPart {
        number,
        name: part.attachment_name().unwrap_or("").to_owned(),
        kind: part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or(""))).unwrap_or_default(),
        size: part.contents().len(),
    };
    mail.attachments().enumerate().map(mail_part).collect()
}

pub(super) async fn html(State(pages): State<PagesState>, member: Member, Path(number): Path<u64>) -> Response {
    let Some(letter) = find(&pages, number) else { return none(&member) };
    let text = parsed(&letter).and_then(|mail| mail.body_html(0).map(|html| html.into_owned())).unwrap_or_default();
    framed(text)
}

/// Serves an attachment, always as a download: its content may come from any sender.
pub(super) async fn part(State(pages): State<PagesState>, member: Member, Path((number, part)): Path<(u64, usize)>) -> Response {
    let Some(letter) = find(&pages, number) else { return none(&member) };
    let Some(data) = parsed(&letter).and_then(|mail| mail.attachments().nth(part).map(|part| part.contents().to_vec())) else {
        return none(&member);
    };
    let about = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"mail-{number}-{part}\"")),
        (header::CONTENT_SECURITY_POLICY, SANDBOX.to_owned()),
    ];
    (about, data).into_response()
}
