//! `postwacht backup` writes a backup. `postwacht restore` restores a backup into a data directory without a database.

use std::path::PathBuf;

use api::backup::{BackupRequest, BackupResult};
use model::Phrase;
use serde_json::json;
use store::{OpenFault, RestoreFault, RestoreRequest, SignaturePolicy};

use super::context::CliContext;
use super::report;
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::terminal::say;
use crate::wiring;

#[derive(clap::Args)]
pub(super) struct BackupArgs {
    file: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct RestoreArgs {
    file: PathBuf,
    #[arg(long)]
    trust: bool,
}

pub(super) async fn backup(context: &CliContext, args: BackupArgs) -> Result<Exit, CliError> {
    let node = NodeClient::any(&context.bootstrap).await?;
    let file = std::path::absolute(&args.file).map_err(|error| CliError::usage("error-file").why(error))?;
    let shown = file.display();
    // A path that is not UTF-8 cannot be sent as JSON.
    let name = file.to_str().ok_or_else(|| CliError::usage("error-file").why(&shown))?;
    let done = node.post::<BackupResult>("/backup", &BackupRequest { file: name.to_owned() }).await?;
    if context.json {
        report::json(&done.json);
    } else {
        out!("{}", say(&Phrase::new("backup-done").with("file", &shown).with("bytes", done.value.bytes)));
    }
    Ok(Exit::Well)
}

/// Returns the key of the remedy for each fault.
fn hint(fault: &RestoreFault) -> &'static str {
    match fault {
        RestoreFault::WrongKey(..) => "hint-restore-key",
        RestoreFault::InTheWay(_) => "hint-restore-in-the-way",
        RestoreFault::Open(fault) => fault.hint(),
        RestoreFault::Unsigned(_) => "hint-restore-trust",
        RestoreFault::ForeignSignature(..) => "hint-restore-foreign-key",
        RestoreFault::Changed(..) => "hint-restore-changed",
        RestoreFault::Newer(..) => "hint-restore-newer",
        RestoreFault::TooLarge { .. } => "hint-restore-room",
        RestoreFault::Io(_) | RestoreFault::Sql(_) => "hint-database",
        RestoreFault::Foreign(..) => "hint-restore-foreign",
        RestoreFault::TookTooLong(..) => "hint-restore-slow",
        RestoreFault::NotABackup(..) | RestoreFault::Damaged(..) | RestoreFault::CutShort { .. } => "hint-restore",
    }
}

pub(super) fn restore(context: &CliContext, args: RestoreArgs) -> Result<Exit, CliError> {
    // Checks for the key before `restore` makes any file: a restore that cannot work leaves no files behind.
    let key = context.bootstrap.data_dir.join("key");
    if !args.trust && !wiring::has_key(&context.bootstrap.data_dir) {
        return Err(CliError::failed("error-restore").why(OpenFault::NoKey(key)).todo("hint-restore-key"));
    }
    let now = admin::Clock::default().now();
    let by = web::local_user(rustix::process::getuid().as_raw());
    let trust = if args.trust { SignaturePolicy::Vouched } else { SignaturePolicy::Signed };
    let restored = wiring::without_new_key(&context.bootstrap, || {
        let (directory, ring) = wiring::directory(&context.bootstrap)?;
        let request = RestoreRequest { backup: &args.file, directory: &directory, ring: &ring, trust, now, by: &by };
        store::restore(&request).map_err(|fault| CliError::failed("error-restore").why(&fault).todo(hint(&fault)))
    })?;
    if context.json {
        let dropped = restored
            .dropped
            .map(|dropped| json!({ "tokens": dropped.tokens, "passwords": dropped.passwords, "secrets": dropped.secrets }));
        report::json(&json!({ "held": restored.held, "signed": dropped.is_none(), "dropped": dropped }));
        return Ok(Exit::Well);
    }
    out!("{}", say(&Phrase::new("restore-done").with("held", restored.held)));
    if let Some(dropped) = restored.dropped {
        let phrase = Phrase::new("restore-vouched");
        let phrase = phrase.with("tokens", dropped.tokens).with("passwords", dropped.passwords).with("secrets", dropped.secrets);
        out!("{}", say(&phrase));
    }
    Ok(Exit::Well)
}
