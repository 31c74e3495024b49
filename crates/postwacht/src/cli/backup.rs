//! `postwacht backup` of a running node, `postwacht restore` into a directory nobody uses.

use std::path::PathBuf;

use serde_json::json;
use store::RestoreFault;

use super::{CliError, Context, Exit, report, say};
use crate::client::Node;
use crate::wiring;

#[derive(clap::Args)]
pub(super) struct Args {
    file: PathBuf,
}

pub(super) async fn backup(context: &Context, args: Args) -> Result<Exit, CliError> {
    let node = Node::any(&context.bootstrap).await?;
    let file = std::path::absolute(&args.file).map_err(|error| CliError::usage("error-file").why(error))?;
    let done = node.post("/backup", &json!({ "file": file })).await?.good()?;
    if context.json {
        report::json(&done);
    } else {
        let bytes = done["bytes"].as_u64().unwrap_or(0);
        out!("{}", say(&model::Phrase::new("backup-done").with("file", file.display()).with("bytes", bytes)));
    }
    Ok(Exit::Well)
}

pub(super) fn restore(context: &Context, args: Args) -> Result<Exit, CliError> {
    // Looked for before anything is made: a restore that cannot work leaves nothing behind.
    let key = context.bootstrap.data_dir.join("key");
    if !key.exists() && std::env::var_os("POSTWACHT_KEY").is_none() && std::env::var_os("CREDENTIALS_DIRECTORY").is_none() {
        return Err(CliError::failed("error-restore").why(format!("{}: -", key.display())).todo("hint-restore-key"));
    }
    let (directory, ring) = wiring::directory(&context.bootstrap.data_dir)?;
    let now = service::Clock::default().now();
    let held = store::restore(&args.file, &directory, &ring, now).map_err(|fault| {
        let todo = match &fault {
            RestoreFault::WrongKey(..) => "hint-restore-key",
            RestoreFault::InTheWay(_) => "hint-restore-in-the-way",
            RestoreFault::Open(fault) => fault.hint(),
            _ => "hint-restore",
        };
        CliError::failed("error-restore").why(fault).todo(todo)
    })?;
    out!("{}", say(&model::Phrase::new("restore-done").with("held", held)));
    Ok(Exit::Well)
}
