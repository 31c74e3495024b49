//! The mailbox of the demo.

use std::sync::Arc;

use axum::http::StatusCode;
use model::Language;

use super::PageNode;
use crate::{Letter, LetterSource};

const MAIL: &str = "From: Postwacht <alerts@lab.test>\r\nTo: ops@lab.test\r\nSubject: Disk =?utf-8?q?f=C3=BCll?=\r\n\
    Date: Thu, 12 Mar 2026 11:30:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/html\r\n\r\n<p>Full</p><script>alert(1)</script>\r\n\
    --b\r\nContent-Type: text/csv; name=disk.csv\r\nContent-Disposition: attachment; filename=disk.csv\r\n\r\na,b\r\n--b--\r\n";

struct FixedMailbox(Vec<Letter>);

impl LetterSource for FixedMailbox {
    fn letters(&self) -> Vec<Letter> {
        self.0.clone()
    }
}

async fn node(mails: &[&str]) -> PageNode {
    let letter = |(number, mail): (u64, &&str)| Letter {
        number,
        at: "2026-03-12T10:30:00Z".parse::<jiff::Timestamp>().unwrap().into(),
        sender: "alerts@lab.test".into(),
        recipients: vec!["ops@lab.test".into(), "bob@lab.test".into()],
        body: mail.as_bytes().into(),
    };
    PageNode::with(Some(Arc::new(FixedMailbox((1..).zip(mails).map(letter).collect())))).await
}

#[tokio::test]
async fn mailbox_of_the_demo_shows_its_mails() {
    let node = node(&[MAIL, "no header at all"]).await;
    let ann = node.administrator().await;
    ann.shows("mailbox", "/demo/mailbox").await;
    ann.shows("mailbox-letter", "/demo/mailbox/1").await;
    ann.shows("mailbox-letter-plain", "/demo/mailbox/2").await;
    ann.shows("mailbox-letter-unknown", "/demo/mailbox/3").await;
    let html = ann.get("/demo/mailbox/1/html", Language::En).await;
    assert_eq!((html.status, html.html.contains("<p>Full</p>")), (StatusCode::OK, true));
}

#[tokio::test]
async fn mailbox_is_empty_or_absent() {
    node(&[]).await.administrator().await.shows("mailbox-empty", "/demo/mailbox").await;
    PageNode::new().await.administrator().await.shows("mailbox-absent", "/demo/mailbox").await;
}
