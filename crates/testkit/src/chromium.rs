//! A real browser, without a screen: Chromium by the WebDriver protocol (W3C WebDriver 2).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::Browser;

pub struct Chromium {
    driver: Child,
    wire: Browser,
    session: String,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(self.wire.send("DELETE", &self.session, &[], ""));
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

impl Chromium {
    /// A new browser that asks for pages in this language.
    pub fn start(language: &str) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is there: lab/setup.sh installs it");
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let told = lines.map_while(Result::ok).find(|line| line.contains("started successfully on port")).unwrap();
        let port = told.trim_end_matches('.').rsplit(' ').next().unwrap().to_owned();
        let wire = Browser::new(&format!("http://127.0.0.1:{port}"));
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", format!("--accept-lang={language}")],
        });
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let made = ask(&wire, "POST", "/session", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        let session = format!("/session/{}", made["sessionId"].as_str().unwrap());
        Self { driver, wire, session }
    }

    fn call(&self, what: &str, body: &Value) -> Value {
        ask(&self.wire, "POST", &format!("{}/{what}", self.session), body)
    }

    pub fn go(&self, url: &str) {
        self.call("url", &json!({ "url": url }));
    }

    /// Runs a script in the page; `return` gives the value.
    pub fn run(&self, script: &str) -> Value {
        self.call("execute/sync", &json!({ "script": script, "args": [] }))
    }

    fn element(&self, css: &str) -> String {
        let found = self.call("element", &json!({ "using": "css selector", "value": css }));
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    pub fn click(&self, css: &str) {
        // Into the middle: a bar that sticks to an edge must not catch the click.
        self.run(&format!("document.querySelector({}).scrollIntoView({{ block: 'center' }})", json!(css)));
        self.call(&format!("element/{}/click", self.element(css)), &json!({}));
    }

    /// Types into a field that is emptied first.
    pub fn fill(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.call(&format!("element/{element}/clear"), &json!({}));
        self.call(&format!("element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses a key on whatever has the focus.
    pub fn press(&self, key: &str) {
        let actions = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.call("actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }));
    }

    pub fn text(&self) -> String {
        self.run("return document.body.innerText").as_str().unwrap_or("").to_owned()
    }

    /// Width of the window in CSS pixels, and the theme that the user prefers.
    pub fn look(&self, width: u32, theme: &str) {
        let devtools =
            |command: &str, parameters: Value| self.call("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500 });
        devtools("Emulation.setDeviceMetricsOverride", size);
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        devtools("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// What axe-core finds wrong, a line each.
    pub fn faults(&self) -> Vec<String> {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).expect("axe-core is there: lab/setup.sh installs it");
        self.run(&axe);
        let script = "const done = arguments[arguments.length - 1]; axe.run().then(r => done(r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.target + ' ' + (n.any[0]?.message ?? '')).join(' | '))), e => done(['axe failed: ' + e]))";
        let found = self.call("execute/async", &json!({ "script": script, "args": [] }));
        found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    }

    /// Errors and warnings of the console, and every address of another host that was asked for.
    pub fn complaints(&self, origin: &str) -> Vec<String> {
        let log = self.call("se/log", &json!({ "type": "browser" }));
        let serious = |entry: &&Value| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING"));
        let lines = log.as_array().unwrap().iter().filter(serious).map(|entry| entry["message"].to_string());
        let asked = self.run("return performance.getEntriesByType('resource').map(entry => entry.name)");
        let foreign = asked
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .filter(|url| !url.starts_with(origin) && !url.starts_with("data:"));
        lines.chain(foreign.map(|url| format!("asked for {url}"))).collect()
    }

    /// A picture of the whole page, under `target/screens/`.
    pub fn shot(&self, name: &str) {
        let shot = json!({ "cmd": "Page.captureScreenshot", "params": { "captureBeyondViewport": true } });
        let taken = self.call("goog/cdp/execute", &shot);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screens");
        std::fs::create_dir_all(&folder).unwrap();
        let picture = decoded(taken["data"].as_str().unwrap());
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }
}

/// Base64 (RFC 4648 §4), as far as a picture needs it.
fn decoded(text: &str) -> Vec<u8> {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for sign in text.bytes().filter_map(|byte| SIGNS.iter().position(|sign| *sign == byte)) {
        bits = bits << 6 | u32::try_from(sign).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xFF).unwrap());
        }
    }
    bytes
}

fn ask(wire: &Browser, method: &str, path: &str, body: &Value) -> Value {
    let page = wire.send(method, path, &[("Content-Type", "application/json")], &body.to_string());
    let answer: Value = serde_json::from_str(&page.text).unwrap();
    assert!(page.status == 200, "{path}: {}", answer["value"]["message"]);
    answer["value"].clone()
}
