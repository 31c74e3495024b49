//! The names of this machine that a URL can hold. They are printed in links, put into the certificate of our own, and
//! answered. They come from this machine alone (its host name and `/etc/hosts`), never from DNS or a search list: a name
//! that a stranger can point at this machine must not be one of ours (DNS rebinding).

use std::net::{IpAddr, SocketAddr};

/// Longest name in DNS, in characters (RFC 1035 section 2.3.4).
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;
/// Names of this machine that are answered.
const NAMES_MAX: usize = 8;

/// A host name as a URL holds it: lower case, without the dot of the root. `None` if it is none, or would be read as an
/// IPv4 address: `1234` and `0x7f` are addresses to a browser (WHATWG URL, section 3.5).
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

/// The host name first, then its full and its short form.
fn names(host: &str, hosts_file: &str) -> Vec<String> {
    let Some(host) = url_name(host) else { return Vec::new() };
    let mut names = vec![host.clone()];
    // A line is an address, the full name, and aliases: hosts(5). `hostname --fqdn` answers with the full name.
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

/// The names of this machine, the one to print first. Empty if its host name cannot stand in a URL.
pub(crate) fn own_names() -> Vec<String> {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    // Without the file only the host name itself is known.
    names(&host, &std::fs::read_to_string("/etc/hosts").unwrap_or_default())
}

/// Host and port for a link to this address.
pub(crate) fn reached_at(bound: SocketAddr, names: &[String]) -> String {
    let port = bound.port();
    match bound.ip() {
        ip if ip.is_unspecified() => format!("{}:{port}", names.first().map_or("localhost", String::as_str)),
        IpAddr::V4(ip) => format!("{ip}:{port}"),
        // Without the zone of a link-local address: a URL has no place for it.
        IpAddr::V6(ip) => format!("[{ip}]:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_host_names_stand_in_urls() {
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
    fn names_are_the_host_name_its_full_and_its_short_form() {
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
    fn link_holds_a_name_or_an_address() {
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
