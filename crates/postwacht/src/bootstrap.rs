//! The bootstrap file, the environment and the flags: where things are. The commented default file *is* the defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cli::CliError;

/// The default file, as shipped.
pub(crate) const DEFAULT_FILE: &str = include_str!("../postwacht.toml");
/// Where the file is looked for when none is named; it need not be there.
const USUAL_PLACE: &str = "/etc/postwacht/postwacht.toml";
/// The kernel's limit on the path of a Unix socket, with its closing zero: unix(7).
const SOCKET_PATH_MAX: usize = 107;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    data_dir: PathBuf,
    run_dir: PathBuf,
    http: String,
    external_urls: Vec<String>,
    log: LogDefaults,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogDefaults {
    level: String,
    format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data_dir: Option<PathBuf>,
    run_dir: Option<PathBuf>,
    http: Option<String>,
    external_urls: Option<Vec<String>>,
    #[serde(default)]
    log: LogFile,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogFile {
    level: Option<String>,
    format: Option<LogFormat>,
}

/// What is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bootstrap {
    pub(crate) data_dir: PathBuf,
    pub(crate) run_dir: PathBuf,
    /// Where the pages are served; `None`: nowhere.
    pub(crate) http: Option<SocketAddr>,
    /// Host names under which browsers reach this node.
    pub(crate) hosts: Vec<String>,
    pub(crate) log_level: String,
    pub(crate) log_format: LogFormat,
}

impl Bootstrap {
    pub(crate) fn control_socket(&self) -> PathBuf {
        self.run_dir.join("control.sock")
    }

    pub(crate) fn submit_socket(&self) -> PathBuf {
        self.run_dir.join("submit.sock")
    }
}

/// The default file with its settings uncommented.
fn defaults() -> Defaults {
    let setting = |line: &&str| !line.starts_with("# ") && *line != "#";
    let text: Vec<&str> = DEFAULT_FILE.lines().filter(setting).map(|line| line.strip_prefix('#').unwrap_or(line)).collect();
    toml::from_str(&text.join("\n")).expect("the shipped default file is legal: a test reads it")
}

/// `off`, or an address of this machine itself: a password over plain HTTP must not leave it.
pub(crate) fn listen(text: &str) -> Result<Option<SocketAddr>, CliError> {
    if text == "off" {
        return Ok(None);
    }
    let wrong = |error: std::net::AddrParseError| CliError::usage("error-http").why(format!("{text}: {error}")).todo("hint-http");
    let address: SocketAddr = text.parse().map_err(wrong)?;
    if address.ip().to_canonical().is_loopback() {
        Ok(Some(address))
    } else {
        Err(CliError::usage("error-http-clear").why(text).todo("hint-http-clear"))
    }
}

/// The host of an external URL.
fn host(url: &str) -> Result<String, CliError> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).map(|authority| {
        authority
            .rsplit_once(':')
            .filter(|(_, port)| port.chars().all(|c| c.is_ascii_digit()))
            .map_or(authority, |(host, _)| host)
    });
    match host {
        Some(host) if !host.is_empty() && !host.contains('@') => Ok(host.to_ascii_lowercase()),
        _ => Err(CliError::usage("error-external-url").why(url)),
    }
}

/// Reads `config` (or the usual place), then the environment, then the flags.
pub(crate) fn load(config: Option<&Path>, data_dir: Option<&Path>) -> Result<Bootstrap, CliError> {
    let file = match config {
        Some(path) => read(path)?,
        None if Path::new(USUAL_PLACE).exists() => read(Path::new(USUAL_PLACE))?,
        None => File::default(),
    };
    let defaults = defaults();
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let by_hand = data_dir.map(Path::to_owned).or_else(|| variable("POSTWACHT_DATA_DIR").map(PathBuf::from));
    let run_dir = variable("POSTWACHT_RUN_DIR").map(PathBuf::from);
    let http = std::env::var("POSTWACHT_HTTP").ok().filter(|text| !text.is_empty()).or(file.http).unwrap_or(defaults.http);
    let urls = std::env::var("POSTWACHT_EXTERNAL_URLS").ok().filter(|text| !text.is_empty());
    let urls = urls.map(|text| text.split_whitespace().map(str::to_owned).collect());
    let urls: Vec<String> = urls.or(file.external_urls).unwrap_or(defaults.external_urls);
    let data = by_hand.clone().or(file.data_dir).unwrap_or(defaults.data_dir);
    let bootstrap = Bootstrap {
        run_dir: run_dir.or(by_hand).or(file.run_dir).unwrap_or(defaults.run_dir),
        data_dir: data,
        http: listen(&http)?,
        hosts: urls.iter().map(|url| host(url)).collect::<Result<_, _>>()?,
        log_level: std::env::var("POSTWACHT_LOG").ok().or(file.log.level).unwrap_or(defaults.log.level),
        log_format: file.log.format.unwrap_or(defaults.log.format),
    };
    let socket = bootstrap.control_socket();
    if socket.as_os_str().len() > SOCKET_PATH_MAX {
        let why = format!("{}: {} > {SOCKET_PATH_MAX}", socket.display(), socket.as_os_str().len());
        return Err(CliError::usage("error-socket-path").why(why));
    }
    Ok(bootstrap)
}

fn read(path: &Path) -> Result<File, CliError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CliError::usage("error-bootstrap").why(format!("{}: {error}", path.display())))?;
    // The message of the parser has line, column, the line itself and a caret under the place.
    toml::from_str(&text)
        .map_err(|error| CliError::usage("error-bootstrap").why(format!("{}: {}", path.display(), error.to_string().trim_end())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commented_default_file_is_the_defaults() {
        let defaults = defaults();
        assert_eq!(defaults.data_dir, Path::new("/var/lib/postwacht"));
        assert_eq!((defaults.log.level.as_str(), defaults.log.format), ("info", LogFormat::Text));
        let file: File = toml::from_str(DEFAULT_FILE).expect("the file itself is legal");
        assert_eq!(file, File::default(), "and changes nothing as shipped");
    }

    #[test]
    fn a_bad_file_is_shown_with_its_line_and_a_caret() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("x.toml");
        std::fs::write(&path, "data_dir = \"/x\"\n[log]\nlevle = \"info\"\n").expect("written");
        let fault = load(Some(&path), None).expect_err("refused");
        let why = fault.to_string();
        assert!(why.contains("line 3") && why.contains('^') && why.contains("levle"), "{why}");
    }

    #[test]
    fn pages_in_clear_stay_on_this_machine() {
        assert_eq!(listen("off").ok(), Some(None));
        assert!(listen("127.0.0.1:0").is_ok_and(|address| address.is_some()) && listen("[::1]:80").is_ok());
        for bad in ["0.0.0.0:80", "192.0.2.1:80", "8080", "localhost:80", "[::]:80"] {
            assert!(listen(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_host_of_an_external_url_is_what_browsers_ask_for() {
        assert_eq!(host("https://Post.example.net:8443/x").ok().as_deref(), Some("post.example.net"));
        for bad in ["post.example.net", "https://", "https://user@host/", "ftp://x"] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_flag_moves_the_sockets_along_and_a_long_path_is_named() {
        let bootstrap = load(None, Some(Path::new("/tmp/x"))).expect("legal");
        assert_eq!(bootstrap.control_socket(), Path::new("/tmp/x/control.sock"));
        assert!(load(None, Some(Path::new(&format!("/tmp/{}", "x".repeat(120))))).is_err());
    }
}
