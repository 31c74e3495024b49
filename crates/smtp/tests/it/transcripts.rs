//! Reads `tests/transcripts/*.txt`. A file is a dialogue, line by line:
//!
//! `rules:` the rules for the relay · `S:` a line of the relay · `C:` the client's next line, exactly · `--` another
//! event (`secure`, `body N`, `offer …`, `leave`, `lost`, `timeout`, `over`) · `=` the end of a message.
//! `C!` is a line of the client with secrets in clear, as it must go on the wire.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use smtp::Secret;
use smtp::client::{Dialogue, Ending, Envelope, FaultKind, RecipientReply, Report, Rules, Security, Step, Transaction};
use smtp::command::Command;
use smtp::reply::ReplyDecoder;
use smtp::sasl::{Mechanism, SignIn};

struct Player {
    dialogue: Dialogue,
    decoder: ReplyDecoder,
    said: VecDeque<Command>,
}

fn rules(line: &str) -> Rules {
    let has = |word: &str| line.split_whitespace().any(|w| w == word);
    let security = match (has("starttls"), has("tls")) {
        (true, _) => Security::StartTls,
        (_, true) => Security::Tls,
        _ => Security::None,
    };
    let sign_in = if has("password") {
        Some(SignIn::Password { username: "alice".into(), password: Secret::new("s3cret") })
    } else if has("token") {
        Some(SignIn::Bearer { identity: "alice@x".into(), token: Secret::new("tok3n") })
    } else {
        None
    };
    let mechanism = line.split_whitespace().find_map(Mechanism::named);
    Rules { ehlo_name: "us.test".into(), security, sign_in, mechanism, chained: has("chained"), live: false }
}

/// Parses `7 from a@x to b@x c@x size 12 most 1 8bit utf8`, the words after `offer`.
fn envelope(words: &str) -> Envelope {
    let words: Vec<&str> = words.split_whitespace().collect();
    let (mut sender, mut recipients, mut size) = (None, vec![], 10);
    let (mut eight_bit, mut utf8_header, mut recipients_max) = (false, false, usize::MAX);
    let rehearses = words.contains(&"rehearsal");
    let mut key = "";
    for word in &words[1..] {
        match *word {
            "from" | "to" | "size" | "most" => key = word,
            "8bit" => eight_bit = true,
            "utf8" => utf8_header = true,
            "rehearsal" => {}
            word if key == "from" => sender = Some(word.parse().unwrap()),
            word if key == "to" => recipients.push(word.parse().unwrap()),
            word if key == "most" => recipients_max = word.parse().unwrap(),
            word => size = word.parse().unwrap(),
        }
    }
    Envelope { ticket: words[0].parse().unwrap(), sender, recipients, eight_bit, utf8_header, recipients_max, size, rehearses }
}

fn ending(t: &Transaction) -> String {
    let told = |told: &RecipientReply| match told {
        RecipientReply::Nothing => "-".to_owned(),
        RecipientReply::Said(reply) => reply.code.to_string(),
        RecipientReply::Apart => "apart".to_owned(),
        RecipientReply::Unfit(unfit) => format!("{unfit:?}"),
    };
    let code = |reply: &Option<smtp::Reply>| reply.as_ref().map_or("-".into(), |r| r.code.to_string());
    let recipients: Vec<_> = t.recipients.iter().map(told).collect();
    let ending = match &t.ending {
        Ending::Answered => "answered".to_owned(),
        Ending::Broken(fault) => format!("broken at {}: {}", fault.stage.name(), fault.kind),
        other => format!("{other:?}"),
    };
    let sent = if t.body_sent { " body sent" } else { "" };
    format!(
        "{} mail {} rcpt {} data {} end {}{sent}; {ending}",
        t.envelope.ticket,
        code(&t.sender),
        recipients.join(","),
        code(&t.data),
        code(&t.end)
    )
}

impl Player {
    fn settle(&mut self) -> Step {
        loop {
            match self.dialogue.poll() {
                Step::Say(words) => self.said.extend(words),
                other => return other,
            }
        }
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let at = Duration::ZERO;
        let (kind, text) = line.split_at(2.min(line.len()));
        let text = text.strip_prefix(' ').unwrap_or(text);
        let step = self.settle();
        match kind {
            "S:" => {
                self.decoder.feed(format!("{text}\r\n").as_bytes());
                loop {
                    match self.decoder.take() {
                        Ok(Some(reply)) => self.dialogue.reply(reply, at),
                        Ok(None) => break,
                        Err(fault) => {
                            self.dialogue.lost(fault.into(), at);
                            break;
                        }
                    }
                }
            }
            "C:" | "C!" => {
                let word = self.said.pop_front().ok_or("we say nothing")?;
                let mut wire = Vec::new();
                word.encode(&mut wire);
                let wire = String::from_utf8_lossy(&wire).trim_end().to_owned();
                let said = if kind == "C!" { wire } else { word.shown() };
                if said != text {
                    return Err(format!("we say {said:?}"));
                }
            }
            "= " => {
                let transaction = self.dialogue.settled().ok_or("nothing is settled")?;
                if ending(&transaction) != text {
                    return Err(format!("it ended {:?}", ending(&transaction)));
                }
            }
            _ => self.happens(text, step)?,
        }
        Ok(())
    }

    fn happens(&mut self, text: &str, step: Step) -> Result<(), String> {
        let at = Duration::ZERO;
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        match (verb, step) {
            ("secure", Step::Secure) if self.decoder.is_empty() => self.dialogue.secured("TLSv1.3", at),
            ("injected", Step::Secure) if !self.decoder.is_empty() => self.dialogue.lost(FaultKind::BytesBehindStartTls, at),
            ("body", Step::Body(ticket)) if rest == ticket.to_string() => self.dialogue.body_sent(),
            ("offer", Step::Idle | Step::Listen(_)) if self.dialogue.can_take() => self.dialogue.offer(envelope(rest)),
            ("cannot", _) if !self.dialogue.can_take() => {}
            ("leave", Step::Idle) => self.dialogue.leave(),
            ("lost", _) => self.dialogue.lost(FaultKind::Lost("reset".into()), at),
            ("timeout", Step::Listen(_)) => self.dialogue.lost(FaultKind::TimedOut(60), at),
            ("over", Step::Over) | ("idle", Step::Idle) => {}
            ("shows" | "hides", _) => {
                let told = self.dialogue.report().transcript.to_string();
                if told.contains(rest) != (verb == "shows") {
                    return Err(format!("the transcript is {told:?}"));
                }
            }
            ("fault", Step::Over) => {
                let fault = self.dialogue.report().fault.as_ref().ok_or("no fault")?;
                let shown = format!("{}: {}", fault.stage.name(), fault.kind);
                if shown != rest {
                    return Err(format!("the fault is {shown:?}"));
                }
            }
            _ => return Err("this does not happen here".into()),
        }
        Ok(())
    }
}

fn play(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#'));
    let (_, first) = lines.next().unwrap();
    let dialogue = Dialogue::new(rules(first), Report::default(), Duration::ZERO);
    let mut player = Player { dialogue, decoder: ReplyDecoder::default(), said: VecDeque::new() };
    for (n, line) in lines {
        player.line(line).map_err(|why| format!("{}:{}: {line}\n   {why}", path.display(), n + 1))?;
    }
    player.settle();
    let transcript = player.dialogue.report().transcript.to_string();
    for secret in ["s3cret", "tok3n", "AGFsaWNlAHMzY3JldA=="] {
        assert!(!transcript.contains(secret), "{}: a secret in the transcript:\n{transcript}", path.display());
    }
    match (player.said.pop_front(), player.dialogue.settled()) {
        (Some(word), _) => Err(format!("{}: also said: {}", path.display(), word.shown())),
        (_, Some(transaction)) => Err(format!("{}: also ended: {}", path.display(), ending(&transaction))),
        (None, None) => Ok(()),
    }
}

#[test]
fn dialogue_matches_golden_transcripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 12);
    let faults: Vec<_> = files.iter().filter_map(|file| play(file).err()).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
