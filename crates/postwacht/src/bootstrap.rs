//! Reads the bootstrap file, the environment and the flags: directories, addresses, certificate, log. The commented default
//! file is the source of the defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use web::{ExternalUrl, Network};

use crate::error::CliError;
use crate::input::toml_words;
use crate::reach::{Tls, external_url, listen, proxies};
use crate::way::{Remote, Way};

/// The default bootstrap file, as shipped.
pub(crate) const DEFAULT_FILE: &str = include_str!("../postwacht.toml");
/// Path of the bootstrap file if no `--config` is given. A missing file is not an error.
const USUAL_PLACE: &str = "/etc/postwacht/postwacht.toml";
/// Longest path of a Unix socket, in bytes: unix(7) allows 108 with the closing zero.
const SOCKET_PATH_MAX: usize = 107;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    data_dir: PathBuf,
    run_dir: PathBuf,
    http: String,
    tls: String,
    tls_certificate: String,
    tls_key: String,
    external_urls: Vec<String>,
    trusted_proxies: Vec<String>,
    pair: String,
    netd: PathBuf,
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
    tls: Option<String>,
    tls_certificate: Option<String>,
    tls_key: Option<String>,
    external_urls: Option<Vec<String>>,
    trusted_proxies: Option<Vec<String>>,
    pair: Option<String>,
    netd: Option<PathBuf>,
    #[serde(default)]
    log: LogFile,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogFile {
    level: Option<String>,
    format: Option<LogFormat>,
}

/// Bootstrap settings in force.
#[derive(Clone)]
pub(crate) struct Bootstrap {
    pub(crate) data_dir: PathBuf,
    pub(crate) run_dir: PathBuf,
    /// Address for pages and API. `None`: they are not served.
    pub(crate) http: Option<SocketAddr>,
    pub(crate) tls: Tls,
    /// External URLs: the addresses under which browsers reach this node.
    pub(crate) urls: Vec<ExternalUrl>,
    /// Proxies whose forwarding headers the node trusts.
    pub(crate) proxies: Vec<Network>,
    /// Address for the other node of a pair. `None`: this node has no pair.
    pub(crate) pair: Option<SocketAddr>,
    /// Socket of the network helper.
    pub(crate) netd: PathBuf,
    /// Remote node that commands talk to instead of the local one.
    pub(crate) remote: Option<Remote>,
    pub(crate) log_level: String,
    pub(crate) log_format: LogFormat,
}

impl Bootstrap {
    pub(crate) fn control_socket(&self) -> PathBuf {
        self.run_dir.join("control.sock")
    }

    /// Connection that commands use to reach the running node.
    pub(crate) fn way(&self) -> Way {
        match &self.remote {
            Some(remote) => Way::Remote(Box::new(remote.clone())),
            None => Way::Socket(self.control_socket()),
        }
    }

    pub(crate) fn submit_socket(&self) -> PathBuf {
        self.run_dir.join("submit.sock")
    }
}

/// Parses the default file with its settings uncommented.
fn defaults() -> Defaults {
    let setting = |line: &&str| !line.starts_with("# ") && *line != "#";
    let text: Vec<&str> = DEFAULT_FILE.lines().filter(setting).map(|line| line.strip_prefix('#').unwrap_or(line)).collect();
    toml::from_str(&text.join("\n")).expect("the shipped default file is legal: a test reads it")
}

/// Reads `config` or, without it, the file at its usual path. Environment variables override the file. The flag `data_dir`
/// overrides both. A data directory given by flag or environment also holds the sockets, unless `POSTWACHT_RUN_DIR` is set.
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
    let text = |name: &str, file: Option<String>, default: String| {
        std::env::var(name).ok().filter(|text| !text.is_empty()).or(file).unwrap_or(default)
    };
    let list = |name: &str, file: Option<Vec<String>>, default: Vec<String>| {
        let words = std::env::var(name).ok().filter(|text| !text.is_empty());
        words.map(|text| text.split_whitespace().map(str::to_owned).collect()).or(file).unwrap_or(default)
    };
    let urls = list("POSTWACHT_EXTERNAL_URLS", file.external_urls, defaults.external_urls);
    let data = by_hand.clone().or(file.data_dir).unwrap_or(defaults.data_dir);
    let bootstrap = Bootstrap {
        run_dir: run_dir.or(by_hand).or(file.run_dir).unwrap_or(defaults.run_dir),
        data_dir: data,
        http: listen(&text("POSTWACHT_HTTP", file.http, defaults.http))?,
        tls: Tls::new(
            &text("POSTWACHT_TLS", file.tls, defaults.tls),
            &text("POSTWACHT_TLS_CERTIFICATE", file.tls_certificate, defaults.tls_certificate),
            &text("POSTWACHT_TLS_KEY", file.tls_key, defaults.tls_key),
        )?,
        urls: urls.iter().map(|url| external_url(url)).collect::<Result<_, _>>()?,
        proxies: proxies(&list("POSTWACHT_TRUSTED_PROXIES", file.trusted_proxies, defaults.trusted_proxies))?,
        pair: listen(&text("POSTWACHT_PAIR", file.pair, defaults.pair))?,
        netd: variable("POSTWACHT_NETD").map(PathBuf::from).or(file.netd).unwrap_or(defaults.netd),
        remote: None,
        log_level: std::env::var("POSTWACHT_LOG")
            .ok()
            .filter(|level| !level.is_empty())
            .or(file.log.level)
            .unwrap_or(defaults.log.level),
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
        .map_err(|error| CliError::usage("error-bootstrap").why(format!("{}: {error}", path.display())).todo("hint-bootstrap"))?;
    // The parser's message has the line, the column, the source line and a caret.
    toml::from_str(&text)
        .map_err(|error| CliError::usage("error-bootstrap").why(format!("{}: {}", path.display(), toml_words(&text, &error))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commented_default_file_gives_the_defaults() {
        let defaults = defaults();
        assert_eq!(defaults.data_dir, Path::new("/var/lib/postwacht"));
        assert_eq!((defaults.log.level.as_str(), defaults.log.format), ("info", LogFormat::Text));
        let file: File = toml::from_str(DEFAULT_FILE).expect("the file itself is legal");
        assert_eq!(file, File::default(), "and changes nothing as shipped");
    }

    #[test]
    fn bad_file_error_shows_line_and_caret() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("x.toml");
        std::fs::write(&path, "data_dir = \"/x\"\n[log]\nlevle = \"info\"\n").expect("written");
        let fault = load(Some(&path), None).err().expect("refused");
        let why = fault.to_string();
        assert!(why.contains("line 3") && why.contains('^') && why.contains("levle"), "{why}");
    }

    #[test]
    fn data_dir_flag_moves_sockets_and_long_path_is_refused() {
        let bootstrap = load(None, Some(Path::new("/tmp/x"))).expect("legal");
        assert_eq!(bootstrap.control_socket(), Path::new("/tmp/x/control.sock"));
        assert!(load(None, Some(Path::new(&format!("/tmp/{}", "x".repeat(120))))).is_err());
    }
}
