//! Names of this machine that are valid in a URL. Links and the self-signed certificate use them, and the pages answer to
//! them.
//!
//! They come only from the host name and `/etc/hosts`, never from DNS or a search list. A stranger could point a DNS name at
//! this machine (DNS rebinding).

use std::net::{IpAddr, SocketAddr};

/// Longest DNS name, in characters (RFC 1035 section 2.3.4).
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;
/// Bound on the names that the pages answer to.
const NAMES_MAX: usize = 8;

/// Normalizes a host name for a URL: lower case, without the root dot. `None` if it is not a host name. `None` also if a
/// browser would read it as an IPv4 address, such as `1234` and `0x7f` (WHATWG URL, section 3.5).
pub(crate) fn url_name(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let inside = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let label = |label: &str| !label.is_empty() && label.len() <= LABEL_MAX && label.bytes().all(inside);
    let last = name.rsplit('.').next().unwrap_or("");
    let number = last.bytes().all(|b| b.is_ascii_digit()) || last.strip_prefix("0x").is_some_and(is_hexadecimal);
    (name.len() <= NAME_MAX && name.split('.').all(label) && !number).then_some(name)
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Host name first, then its full and its short form.
fn names(host: &str, hosts_file: &str) -> Vec<String> {
    let Some(host) = url_name(host) else { return Vec::new() };
    let mut names = vec![host.clone()];
    // A line holds an address, the full name, and aliases: hosts(5). `hostname --fqdn` answers with the full name.
    for line in hosts_file.lines() {
        let mut words = line.split('#').next().unwrap_or("").split_whitespace().skip(1);
        let Some(full) = words.next().and_then(url_name) else { continue };
        if full == host || words.filter_map(url_name).any(|alias| alias == host) {
            names.push(full);
        }
    }
    names.extend(host.split_once('.').and_then(|(short, _)| url_name(short)));
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| name != "localhost" && seen.insert(name.clone()));
    names.truncate(NAMES_MAX);
    names
}

/// Names of this machine, best first. Empty if its host name is not valid in a URL.
pub(crate) fn own_names() -> Vec<String> {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    // Without this file the node knows only the host name.
    names(&host, &std::fs::read_to_string("/etc/hosts").unwrap_or_default())
}

/// Host and port for a link to the bound address.
pub(crate) fn reached_at(bound: SocketAddr, names: &[String]) -> String {
    let port = bound.port();
    match bound.ip() {
        ip if ip.is_unspecified() => format!("{}:{port}", names.first().map_or("localhost", String::as_str)),
        IpAddr::V4(ip) => format!("{ip}:{port}"),
        // Leaves out the zone of a link-local address: URLs do not support zones.
        IpAddr::V6(ip) => format!("[{ip}]:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_name_accepts_only_host_names() {
        for (name, shown) in [
            ("post-1", Some("post-1")),
            ("POST-1.Example.NET", Some("post-1.example.net")),
            ("post-1.example.net.", Some("post-1.example.net")),
            ("my_host", Some("my_host")),
            ("9lives", Some("9lives")),
            ("post.0xfg", Some("post.0xfg")),
            ("", None),
            (".", None),
            ("a..b", None),
            ("(none)", None),
            ("post 1", None),
            ("pöst", None),
            ("post/1", None),
            ("post:1", None),
            ("user@post", None),
            ("1234", None),
            ("10.0.0.1", None),
            ("post.7", None),
            ("0x7f", None),
            ("post.0x", None),
        ] {
            assert_eq!(url_name(name).as_deref(), shown, "{name}");
        }
        assert_eq!(url_name(&"a".repeat(64)), None);
        assert_eq!(url_name(&["a".repeat(60).as_str(); 5].join(".")), None);
    }

    #[test]
    fn names_hold_host_name_full_and_short_form() {
        let hosts = "127.0.0.1 localhost\n127.0.1.1\tpost-1.example.net post-1 # ours\n192.0.2.9 other.example other\n";
        for (host, file, all) in [
            ("post-1", hosts, &["post-1", "post-1.example.net"][..]),
            ("POST-1", hosts, &["post-1", "post-1.example.net"]),
            ("post-1.example.net", hosts, &["post-1.example.net", "post-1"]),
            ("post-1", "", &["post-1"]),
            ("post-1", "192.0.2.9 evil.example # post-1", &["post-1"]),
            ("post-1", "127.0.0.1 localhost post-1", &["post-1"]),
            ("localhost", hosts, &[]),
            ("(none)", hosts, &[]),
        ] {
            assert_eq!(names(host, file), all, "{host} {file}");
        }
        let many: String = (0..100).map(|n| format!("127.0.0.1 name{n}.example post-1\n")).collect();
        assert_eq!(names("post-1", &many).len(), NAMES_MAX);
    }

    #[test]
    fn reached_at_gives_name_or_address() {
        let names = ["post-1".to_owned()];
        for (bound, named, unnamed) in [
            ("0.0.0.0:8025", "post-1:8025", "localhost:8025"),
            ("[::]:8025", "post-1:8025", "localhost:8025"),
            ("192.0.2.1:80", "192.0.2.1:80", "192.0.2.1:80"),
            ("[2001:db8::1]:80", "[2001:db8::1]:80", "[2001:db8::1]:80"),
            ("[fe80::1%3]:80", "[fe80::1]:80", "[fe80::1]:80"),
        ] {
            let bound: SocketAddr = bound.parse().expect("an address");
            assert_eq!((reached_at(bound, &names).as_str(), reached_at(bound, &[]).as_str()), (named, unnamed));
        }
    }
}
