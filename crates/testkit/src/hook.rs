//! A receiver of webhooks. It records each request and answers with the status and the time that the test sets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

/// A received request.
#[derive(Clone, Debug)]
pub struct HookRequest {
    /// Method and path.
    pub asked: String,
    /// Names are in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl HookRequest {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Default)]
struct HookState {
    told: Vec<HookRequest>,
    status: u16,
    ahead: i64,
    /// Open connections of callers that get no answer.
    held: Vec<TcpStream>,
}

pub struct Hook {
    pub url: String,
    inside: Arc<Mutex<HookState>>,
}

impl Hook {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inside = Arc::new(Mutex::new(HookState { status: 200, ..HookState::default() }));
        let this = Arc::clone(&inside);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A caller may close its connection early. That is no fault of the receiver.
                drop(answer(stream, &this));
            }
        });
        Self { url, inside }
    }

    /// Sets the status of every later answer.
    pub fn answers(&self, status: u16) {
        self.inside.lock().unwrap().status = status;
    }

    /// Gives no later request an answer and keeps its connection open.
    pub fn hangs(&self) {
        self.answers(0);
    }

    /// Sets the receiver's clock ahead by this many seconds.
    pub fn ahead(&self, seconds: i64) {
        self.inside.lock().unwrap().ahead = seconds;
    }

    pub fn told(&self) -> Vec<HookRequest> {
        self.inside.lock().unwrap().told.clone()
    }
}

fn answer(stream: TcpStream, inside: &Mutex<HookState>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut asked = String::new();
    reader.read_line(&mut asked)?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let asked = asked.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let (status, ahead) = {
        let mut inside = inside.lock().unwrap();
        inside.told.push(HookRequest { asked, headers, body: String::from_utf8_lossy(&body).into_owned() });
        if inside.status == 0 {
            inside.held.push(stream);
            return Ok(());
        }
        (inside.status, inside.ahead)
    };
    #[expect(clippy::disallowed_methods, reason = "a receiver has a clock of its own")]
    let now = Timestamp::now() + SignedDuration::from_secs(ahead);
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT");
    write!(&stream, "HTTP/1.1 {status} x\r\nDate: {date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}
