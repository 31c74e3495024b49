//! `postwacht demo`: runs a working node with a relay of its own, without any configuration.

use std::sync::Arc;

use api::settings::SettingsDocument;
use api::test::TestRequest;
use model::account::{Actor, Role};
use serde_json::json;

use super::context::CliContext;
use super::test;
use crate::bootstrap::Bootstrap;
use crate::client::NodeClient;
use crate::demo::DemoRelay;
use crate::error::{CliError, Exit};
use crate::lifecycle::{Listeners, until_stopped};
use crate::reach::{Tls, listen};
use crate::terminal::{language, outlive_reader, say, word};
use crate::{telemetry, wiring};

#[derive(clap::Args)]
pub(super) struct DemoArgs {
    #[arg(long, value_name = "N")]
    port: Option<u16>,
}

pub(super) async fn run(context: &CliContext, args: DemoArgs) -> Result<Exit, CliError> {
    outlive_reader();
    let failed = |error: std::io::Error| CliError::failed("error-demo").why(error);
    let place = crate::demo::DemoPlace::new().map_err(failed)?;
    let bootstrap = Bootstrap {
        data_dir: place.path().to_owned(),
        run_dir: place.path().to_owned(),
        http: args.port.map_or_else(|| listen("127.0.0.1:0"), |port| listen(&format!("127.0.0.1:{port}")))?,
        tls: Tls::new("auto", "", "")?,
        urls: Vec::new(),
        log_level: std::env::var("POSTWACHT_LOG").unwrap_or_else(|_| "warn".into()),
        ..context.bootstrap.clone()
    };
    telemetry::begin(&bootstrap)?;
    let relay = DemoRelay::start().await.map_err(failed)?;
    let service = wiring::service(&bootstrap, store::UnexpectedStore::Refuse).await?;
    let mut listeners = Listeners::open(&bootstrap, &service, Some(relay.mailbox())).await?;
    out!("{}\n", say(&model::Phrase::new("demo-intro").with("port", relay.port).with("dir", place.path().display())));
    let settings = json!({
        "site": { "name": "Demo", "language": language().code() },
        "email": {
            "from": "Postwacht <postwacht@demo.example>",
            "relay": { "host": "127.0.0.1", "port": relay.port, "encryption": "none" },
            "contacts": { "admin": ["admin@demo.example"] },
        },
    });
    let node = NodeClient::running(&bootstrap).await?;
    let etag = [(hyper::header::IF_MATCH, "\"r0\"")];
    node.call(hyper::Method::PUT, "/email", &settings, &etag).await?.parsed::<SettingsDocument>()?;
    out!("{}", word("demo-test"));
    test::test(&node, &TestRequest::default()).await?;
    relay.show();
    let accounts = service.accounts();
    let account_error = |fault: admin::account::AccountFault| CliError::failed("error-demo").why(fault);
    let id = accounts.create(&Actor::whole("demo"), "demo", Role::Administrator, None).await.map_err(account_error)?;
    let link = accounts.make_link(Some(id)).await.map_err(account_error)?;
    if let Some(base) = &listeners.base {
        let url = format!("{base}/login/start/{}", link.reveal());
        out!("\n{}", say(&model::Phrase::new("demo-pages").with("url", url)));
    }
    let program = std::env::current_exe().map_err(failed)?;
    let command = format!("{} --data-dir {}", program.display(), place.path().display());
    out!("\n{}", word("demo-next"));
    for line in [
        format!("{command} send --to you@demo.example --subject Hi --wait"),
        format!("echo 'It works' | {command} send --to a@demo.example b@demo.example --subject Hi --body-file -"),
        format!("{command} queue list"),
        format!("{command} status"),
        format!("{command} doctor"),
        format!("{command} event raise app.backup-failed --severity error --object nightly --fact host=db-1"),
    ] {
        out!("    {line}");
    }
    out!("\n{}\n", word("demo-end"));
    let service: Arc<node::Service> = service;
    until_stopped(&service, &mut listeners).await?;
    Ok(Exit::Well)
}
