//! A real browser without a screen: Chromium over the WebDriver protocol (W3C WebDriver 2).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
    /// Starts a browser that requests pages in this language.
    pub fn start(language: &str) -> Self {
        let (driver, told) = (0..5).find_map(|_| driver()).expect("chromedriver starts");
        let port = told.trim_end_matches('.').rsplit(' ').next().unwrap().to_owned();
        let wire = Browser::new(&format!("http://127.0.0.1:{port}"));
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost", format!("--accept-lang={language}")],
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

    /// The open tabs, in no order.
    pub fn tabs(&self) -> Vec<String> {
        let all = ask(&self.wire, "GET", &format!("{}/window/handles", self.session), &Value::Null);
        all.as_array().unwrap().iter().map(|tab| tab.as_str().unwrap().to_owned()).collect()
    }

    /// The current tab: every other method works in it.
    pub fn tab(&self) -> String {
        ask(&self.wire, "GET", &format!("{}/window", self.session), &Value::Null).as_str().unwrap().to_owned()
    }

    pub fn to_tab(&self, tab: &str) {
        self.call("window", &json!({ "handle": tab }));
    }

    /// Runs a script in the page. `return` in the script gives the value.
    pub fn run(&self, script: &str) -> Value {
        self.call("execute/sync", &json!({ "script": script, "args": [] }))
    }

    fn element(&self, css: &str) -> String {
        let found = self.call("element", &json!({ "using": "css selector", "value": css }));
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    pub fn click(&self, css: &str) {
        // Scroll to the middle: a sticky bar at an edge must not catch the click. Without scripts the driver scrolls.
        let script = format!("document.querySelector({}).scrollIntoView({{ block: 'center' }})", json!(css));
        drop(tell(&self.wire, "POST", &format!("{}/execute/sync", self.session), &json!({ "script": script, "args": [] })));
        self.call(&format!("element/{}/click", self.element(css)), &json!({}));
    }

    /// Clears a field and types into it.
    pub fn fill(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.call(&format!("element/{element}/clear"), &json!({}));
        self.call(&format!("element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses a key. The element with the focus receives it.
    pub fn press(&self, key: &str) {
        let actions = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.call("actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }));
    }

    /// The visible text of the page. It is empty while the browser leaves or loads a page.
    pub fn text(&self) -> String {
        let body = json!({ "script": "return document.body?.innerText ?? ''", "args": [] });
        let said = tell(&self.wire, "POST", &format!("{}/execute/sync", self.session), &body);
        said.unwrap_or_default().as_str().unwrap_or("").to_owned()
    }

    /// Sets the width of the window, in CSS pixels, and the preferred theme.
    pub fn look(&self, width: u32, theme: &str) {
        let devtools =
            |command: &str, parameters: Value| self.call("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500 });
        devtools("Emulation.setDeviceMetricsOverride", size);
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        devtools("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// The violations that axe-core finds, one line each.
    pub fn faults(&self) -> Vec<String> {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).expect("axe-core is there: lab/setup.sh installs it");
        self.run(&axe);
        let script = "const done = arguments[arguments.length - 1]; axe.run().then(r => done(r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.target + ' ' + (n.any[0]?.message ?? '')).join(' | '))), e => done(['axe failed: ' + e]))";
        let found = self.call("execute/async", &json!({ "script": script, "args": [] }));
        found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    }

    /// Turns off scripts in all later pages.
    pub fn without_scripts(&self) {
        let disabled = json!({ "cmd": "Emulation.setScriptExecutionDisabled", "params": { "value": true } });
        self.call("goog/cdp/execute", &disabled);
    }

    /// The source of the page, read without a script.
    pub fn source(&self) -> String {
        let page = tell(&self.wire, "GET", &format!("{}/source", self.session), &Value::Null);
        page.unwrap_or_default().as_str().unwrap_or("").to_owned()
    }

    /// Empties the log of the console, for example after an expected error answer.
    pub fn forget_complaints(&self) {
        self.call("se/log", &json!({ "type": "browser" }));
    }

    /// Errors and warnings of the console, and every URL outside `origin` that the page requested.
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

    /// Compares the whole page with the recorded picture `lab/screens/NAME.png`. Returns the share of differing blocks, in
    /// percent. It compares the mean of each 8 by 8 block, so that the smoothing of letters does not count. With
    /// `POSTWACHT_WRITE=1` it records the picture anew.
    pub fn differs_by(&self, name: &str) -> f64 {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/screens").join(format!("{name}.png"));
        let taken = self.shot(name);
        if std::env::var("POSTWACHT_WRITE").is_ok_and(|write| write == "1") {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &taken).unwrap();
        }
        let recorded = std::fs::read(&path).expect("a recorded picture");
        let script = "const [one, other, done] = arguments;
            const blocks = async (data) => {
                const image = new Image(); image.src = 'data:image/png;base64,' + data; await image.decode();
                const canvas = document.createElement('canvas');
                [canvas.width, canvas.height] = [Math.ceil(image.width / 8), Math.ceil(image.height / 8)];
                const pen = canvas.getContext('2d'); pen.imageSmoothingQuality = 'high';
                pen.drawImage(image, 0, 0, canvas.width, canvas.height);
                return pen.getImageData(0, 0, canvas.width, canvas.height);
            };
            Promise.all([blocks(one), blocks(other)]).then(([a, b]) => {
                if (a.width !== b.width || Math.abs(a.height - b.height) > 1) return done(100);
                const count = Math.min(a.data.length, b.data.length) / 4;
                let differ = 0;
                for (let i = 0; i < count; i++)
                    if ([0, 1, 2].some((c) => Math.abs(a.data[4 * i + c] - b.data[4 * i + c]) > 24)) differ++;
                done(100 * differ / count);
            }, (error) => done(100));";
        let pictures = [&taken, &recorded].map(|picture| STANDARD.encode(picture));
        self.call("execute/async", &json!({ "script": script, "args": pictures })).as_f64().unwrap()
    }

    /// Takes a picture of the whole page, as PNG. Also writes it to `target/screens/`.
    pub fn shot(&self, name: &str) -> Vec<u8> {
        let shot = json!({ "cmd": "Page.captureScreenshot", "params": { "captureBeyondViewport": true } });
        let taken = self.call("goog/cdp/execute", &shot);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screens");
        std::fs::create_dir_all(&folder).unwrap();
        let picture = STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), &picture).unwrap();
        picture
    }
}

/// Starts a driver. Returns it with the line that names its port, or `None` if it ended at once: the port that it found
/// free in one address family may be taken in the other. The caller then starts another.
fn driver() -> Option<(Child, String)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver is there: lab/setup.sh installs it");
    let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    match lines.map_while(Result::ok).find(|line| line.contains("started successfully on port")) {
        Some(told) => Some((driver, told)),
        None => {
            drop(driver.wait());
            None
        }
    }
}

fn ask(wire: &Browser, method: &str, path: &str, body: &Value) -> Value {
    tell(wire, method, path, body).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Sends a WebDriver command. `Err` holds the driver's error message.
fn tell(wire: &Browser, method: &str, path: &str, body: &Value) -> Result<Value, String> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let page = wire.send(method, path, &[("Content-Type", "application/json")], &body);
    let answer: Value = serde_json::from_str(&page.text).unwrap();
    if page.status == 200 { Ok(answer["value"].clone()) } else { Err(answer["value"]["message"].to_string()) }
}
