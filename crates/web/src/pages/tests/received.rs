//! *I received this*.

use model::Language;

use super::{PageNode, relay};

#[tokio::test]
async fn reader_confirms_only_by_the_button() {
    let (port, texts) = relay::keeping().await;
    let node = PageNode::set_up(port).await;
    let ann = node.administrator().await;
    let begun = ann.post("/login/test", &[], Language::En).await;
    super::run::ends(&ann, &begun.to).await;
    let text = texts.lock().unwrap()[0].replace("=\r\n", "");
    let token: String = text.split("/received/").nth(1).unwrap().chars().take_while(char::is_ascii_hexdigit).collect();
    let (link, reader) = (format!("/login/received/{token}"), node.stranger());
    reader.shows("received", &link).await;
    reader.answers("received-foreign-address", &link, &[("address", "eve@lab.test")]).await;
    assert!(node.service.store().contacts().await.unwrap().iter().all(|contact| contact.confirmed.is_none()));
    reader.answers("received-thanks", &link, &[("address", "bob@lab.test")]).await;
    assert!(node.service.store().contacts().await.unwrap().iter().any(|contact| contact.confirmed.is_some()));
    reader.shows("received-unknown", "/login/received/00000000000000000000000000000000").await;
}
