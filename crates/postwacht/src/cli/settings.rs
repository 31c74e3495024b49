//! `postwacht settings …`: reads and writes the settings document of the page, by key or as a whole.

mod keys;
mod lines;

use std::path::{Path, PathBuf};

use api::settings::{RestoreRevision, RevisionEntry, SettingsDocument, SettingsMeta};
use hyper::{Method, header};
use model::settings::{Draft, LISTED, listed_table};
use serde_json::{Value, json};

use super::context::CliContext;
use super::report;
use crate::answer::Parsed;
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::input;
use crate::input::toml_words;
use crate::secret_keys::is_secret;
use crate::terminal::{say, word};

#[derive(clap::Subcommand)]
pub(super) enum SettingsVerb {
    Show,
    Get {
        key: String,
    },
    Set {
        #[arg(required = true, value_name = "KEY=VALUE")]
        pairs: Vec<String>,
    },
    Import {
        file: PathBuf,
    },
    Export {
        #[arg(long, value_name = "FILE")]
        with_secrets: Option<PathBuf>,
    },
    Check {
        file: PathBuf,
    },
    Revisions,
    Restore {
        revision: i64,
        #[arg(value_name = "KEY=VALUE")]
        pairs: Vec<String>,
    },
}

pub(super) async fn run(context: &CliContext, verb: SettingsVerb) -> Result<Exit, CliError> {
    let node = NodeClient::any(&context.bootstrap).await?;
    let exit = dispatch(context, &node, verb).await;
    if let Some(service) = node.offline() {
        service.store().close();
    }
    exit
}

async fn dispatch(context: &CliContext, node: &NodeClient, verb: SettingsVerb) -> Result<Exit, CliError> {
    match verb {
        SettingsVerb::Show | SettingsVerb::Export { with_secrets: None } => {
            let (settings, _) = read(node).await?;
            if context.json {
                report::json(&settings);
            } else {
                out!("{}", to_toml(&settings)?.trim_end());
            }
            Ok(Exit::Well)
        }
        SettingsVerb::Export { with_secrets: Some(file) } => export(node, &file).await,
        SettingsVerb::Get { key } => get(context, node, &key).await,
        SettingsVerb::Set { pairs } => {
            let (mut settings, etag) = read(node).await?;
            for pair in &pairs {
                keys::set(&mut settings, pair)?;
            }
            put(context, node, &settings, &etag).await
        }
        SettingsVerb::Import { file } => {
            let (text, settings) = file_of(&file)?;
            let (_, etag) = read(node).await?;
            let fault = put(context, node, &settings, &etag).await;
            fault.map_err(|error| if error.exit() == Exit::Usage { lines::place(error, &text, &file) } else { error })
        }
        SettingsVerb::Check { file } => {
            let (text, settings) = file_of(&file)?;
            match node.post::<()>("/email/check", &settings).await {
                Ok(_) => {
                    if context.json {
                        report::json(&json!({ "legal": true }));
                    } else {
                        out!("{}", word("settings-legal"));
                    }
                    Ok(Exit::Well)
                }
                Err(error) => Err(lines::place(error, &text, &file)),
            }
        }
        SettingsVerb::Revisions => revisions(context, node).await,
        SettingsVerb::Restore { revision, pairs } => restore(context, node, revision, &pairs).await,
    }
}

/// Saves an earlier revision again, with these keys set. A secret that is no longer stored comes that way.
async fn restore(context: &CliContext, node: &NodeClient, revision: i64, pairs: &[String]) -> Result<Exit, CliError> {
    let (_, etag) = read(node).await?;
    let restored = if pairs.is_empty() {
        node.post("/email/restore", &RestoreRevision { revision }).await
    } else {
        let mut settings = kept(node, revision).await?;
        for pair in pairs {
            keys::set(&mut settings, pair)?;
        }
        node.call(Method::PUT, "/email", &settings, &[(header::IF_MATCH, &etag)]).await?.parsed()
    };
    let restored = restored.map_err(|error| {
        let is_of_secret = |line: &str| line.split_once(": ").is_some_and(|(key, _)| is_secret(key));
        let lacks_secret = error.exit() == Exit::Usage && error.lines().any(is_of_secret);
        let hint = model::Phrase::new("hint-restore-secret").with("revision", revision);
        if lacks_secret { error.todo_said(say(&hint)) } else { error }
    });
    Ok(saved(context, &restored?, &etag))
}

/// The settings of a kept revision.
async fn kept(node: &NodeClient, revision: i64) -> Result<Value, CliError> {
    let all = node.get::<Vec<RevisionEntry>>("/email/revisions").await?.value;
    let entry = all.into_iter().find(|entry| entry.revision == revision);
    let settings = entry.and_then(|entry| entry.settings);
    settings.map(Value::Object).ok_or_else(|| CliError::usage("error-no-revision").why(revision).todo("hint-no-revision"))
}

/// Settings without the metadata that the API adds, and their ETag. They stay JSON: a save must keep the keys that this
/// version does not know.
async fn read(node: &NodeClient) -> Result<(Value, String), CliError> {
    let answer = node.get::<SettingsDocument>("/email").await?;
    Ok((Value::Object(answer.value.settings), answer.etag.unwrap_or_default()))
}

async fn put(context: &CliContext, node: &NodeClient, settings: &Value, etag: &str) -> Result<Exit, CliError> {
    let answer = node.call(Method::PUT, "/email", settings, &[(header::IF_MATCH, etag)]).await?;
    Ok(saved(context, &answer.parsed()?, etag))
}

/// Prints the result of a save. `before`: the ETag of the settings before it.
fn saved(context: &CliContext, answer: &Parsed<SettingsDocument>, before: &str) -> Exit {
    let SettingsMeta { revision, notes, .. } = &answer.value.meta;
    if context.json {
        report::json(&answer.json);
    } else {
        let key = if answer.etag.as_deref() == Some(before) { "settings-unchanged" } else { "settings-saved" };
        out!("{}", say(&model::Phrase::new(key).with("revision", revision)));
        for note in notes {
            out!("! {note}");
        }
    }
    Exit::Well
}

async fn get(context: &CliContext, node: &NodeClient, key: &str) -> Result<Exit, CliError> {
    let (settings, _) = read(node).await?;
    keys::known(key)?;
    let value = keys::find(&settings, key)?;
    match value {
        Some(value) if context.json => report::json(value),
        Some(Value::String(text)) => out!("{text}"),
        Some(value) => out!("{value}"),
        None => return Ok(Exit::No),
    }
    Ok(Exit::Well)
}

/// Reads a TOML file. Parses it as a draft first, so that an error shows its line and a caret.
fn file_of(path: &Path) -> Result<(String, Value), CliError> {
    // The parser's error shows the faulty line, which may hold a secret.
    let wrong = |text: &str, why: String| {
        let why: Vec<String> = why.lines().filter_map(|line| lines::shown(line, text)).collect();
        CliError::usage("error-settings-file").why(format!("{}: {}", path.display(), why.join("\n")))
    };
    let text = input::text(path).map_err(|error| wrong("", error.to_string()))?;
    let value: Value = toml::from_str(&text).map_err(|error| wrong(&text, toml_words(&text, &error)))?;
    if let Some(table) = listed_table(&value) {
        return Err(wrong(&text, format!("{table}: {LISTED}")));
    }
    let _: Draft = toml::from_str(&text).map_err(|error| wrong(&text, toml_words(&text, &error)))?;
    Ok((text, value))
}

fn to_toml(settings: &Value) -> Result<String, CliError> {
    // The draft puts the keys in their documented order.
    let draft: Draft = serde_json::from_value(settings.clone()).map_err(|error| CliError::failed("error-broken").why(error))?;
    toml::to_string_pretty(&draft).map_err(|error| CliError::failed("error-broken").why(error))
}

/// Exports the settings with their secrets. Only a user who may read the key can do this, and only while the node is stopped.
/// The new file is readable only by its owner.
async fn export(node: &NodeClient, path: &Path) -> Result<Exit, CliError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let Some(service) = node.offline() else {
        return Err(CliError::usage("error-export-running").todo("hint-export-running"));
    };
    let (mut settings, _) = read(node).await?;
    for (field, secret) in service.settings().reveal() {
        keys::put(&mut settings, &field, Value::String(secret.reveal().to_owned()))?;
    }
    let text = toml::to_string_pretty(&settings).map_err(|error| CliError::failed("error-broken").why(error))?;
    let who = format!("local:{}", web::local_user(rustix::process::getuid().as_raw()));
    service.note_export(path, &who).await.map_err(|error| CliError::failed("error-open").why(error).todo("hint-database"))?;
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| CliError::usage("error-file").why(format!("{}: {error}", path.display())))?;
    Ok(Exit::Well)
}

async fn revisions(context: &CliContext, node: &NodeClient) -> Result<Exit, CliError> {
    let all = node.get::<Vec<RevisionEntry>>("/email/revisions").await?;
    if context.json {
        report::json(&all.json);
        return Ok(Exit::Well);
    }
    for RevisionEntry { revision, saved, by, .. } in &all.value {
        out!("{revision:>4}  {}  {by}", report::seconds(saved));
    }
    Ok(Exit::Well)
}
