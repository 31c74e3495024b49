//! A minimal HTTP client that acts as a browser. It keeps cookies and sends forms; it follows no redirect.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The longest wait for each part of an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A complete answer.
pub struct Page {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Page {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The target of a redirect; empty if there is none.
    pub fn to(&self) -> &str {
        self.header("location").unwrap_or("")
    }
}

pub struct Browser {
    host: String,
    cookies: RefCell<BTreeMap<String, String>>,
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Reads an answer with its announced body. Some servers keep the connection open despite `Connection: close`.
fn whole(stream: &mut TcpStream) -> Vec<u8> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut answer, mut part) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
            let announced = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            if announced.is_some_and(|length| answer.len() >= head + 4 + length) {
                return answer;
            }
        }
        match stream.read(&mut part).expect("the server answers in time") {
            0 => return answer,
            n => answer.extend_from_slice(&part[..n]),
        }
    }
}

impl Browser {
    /// A browser for the server at `http://HOST:PORT`.
    pub fn new(url: &str) -> Self {
        Self { host: url.trim_start_matches("http://").trim_end_matches('/').to_owned(), cookies: RefCell::default() }
    }

    pub fn get(&self, path: &str) -> Page {
        self.send("GET", path, &[], "")
    }

    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body: Vec<String> = fields.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value))).collect();
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        self.send("POST", path, &[kind, ("Sec-Fetch-Site", "same-origin")], &body.join("&"))
    }

    pub fn cookies(&self) -> usize {
        self.cookies.borrow().len()
    }

    /// Sends a request and returns the answer. `path` may be a full URL of this server. A `Host` among the headers replaces
    /// the usual one.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let path = path.split_once(self.host.as_str()).map_or(path, |(_, path)| path);
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "Host") {
            request += &format!("Host: {}\r\n", self.host);
        }
        let cookies: Vec<String> = self.cookies.borrow().iter().map(|(key, value)| format!("{key}={value}")).collect();
        if !cookies.is_empty() {
            request += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        headers.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
        self.read(&String::from_utf8(whole(&mut stream)).unwrap())
    }

    fn read(&self, answer: &str) -> Page {
        let (head, text) = answer.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> =
            lines.filter_map(|line| line.split_once(':')).map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect();
        for (_, cookie) in headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case("set-cookie")) {
            let (key, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            match cookie.contains("Max-Age=0") {
                true => drop(self.cookies.borrow_mut().remove(key)),
                false => drop(self.cookies.borrow_mut().insert(key.to_owned(), value.to_owned())),
            }
        }
        Page { status, headers, text: text.to_owned() }
    }
}
