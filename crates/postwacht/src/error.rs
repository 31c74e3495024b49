//! Exit codes and errors of commands. An error has three parts: the fault, the reason, and the remedy.

use std::fmt;
use std::process::ExitCode;

use crate::terminal::{reason, word};

/// Exit codes of all commands (docs/running.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Well = 0,
    Failed = 1,
    Usage = 2,
    /// The command worked, and the answer is no.
    No = 3,
    NotReachable = 4,
    Degraded = 5,
}

impl Exit {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

#[derive(Debug)]
pub(crate) struct CliError {
    exit: Exit,
    what: String,
    lines: Vec<String>,
    todo: Option<String>,
}

impl CliError {
    /// `key` names the sentence that states the fault.
    pub(crate) fn new(exit: Exit, key: &str) -> Self {
        Self::said(exit, word(key))
    }

    pub(crate) fn said(exit: Exit, what: String) -> Self {
        Self { exit, what, lines: Vec::new(), todo: None }
    }

    pub(crate) fn failed(key: &str) -> Self {
        Self::new(Exit::Failed, key)
    }

    pub(crate) fn usage(key: &str) -> Self {
        Self::new(Exit::Usage, key)
    }

    /// Adds the technical reason, in the language of the terminal.
    pub(crate) fn why(self, why: impl fmt::Display) -> Self {
        self.line(reason(&why.to_string()))
    }

    pub(crate) fn line(mut self, line: String) -> Self {
        self.lines.push(line);
        self
    }

    /// Rewrites each line of the reason.
    pub(crate) fn map_lines(mut self, rewrite: impl Fn(String) -> String) -> Self {
        self.lines = self.lines.into_iter().map(rewrite).collect();
        self
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// `key` names the sentence that states the remedy.
    pub(crate) fn todo(self, key: &str) -> Self {
        self.todo_said(word(key))
    }

    pub(crate) fn todo_said(self, todo: String) -> Self {
        Self { todo: Some(todo), ..self }
    }

    /// The same error with another exit code.
    pub(crate) fn exiting(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// The error as JSON, for programs.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({ "error": self.what, "why": self.lines, "todo": self.todo, "exit": self.exit as u8 })
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "postwacht: {}", self.what)?;
        for line in &self.lines {
            writeln!(f, "  {}", line.replace('\n', "\n  "))?;
        }
        match &self.todo {
            Some(todo) => writeln!(f, "  → {todo}"),
            None => Ok(()),
        }
    }
}
