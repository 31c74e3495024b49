//! Development chores: `cargo xtask tidy`, `cargo xtask bench …`, `cargo xtask soak`.

mod bench;
mod soak;
mod tidy;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tidy"] => {
            let faults = tidy::faults()?;
            anyhow::ensure!(faults.is_empty(), "{}", faults.join("\n"));
            println!("tidy");
            Ok(())
        }
        ["bench", rest @ ..] => bench::run(rest),
        ["soak"] => soak::run(20),
        ["soak", minutes] => soak::run(minutes.parse()?),
        _ => anyhow::bail!("cargo xtask tidy | soak [MINUTES] | bench accept | bench deliver | bench depth | bench pages"),
    }
}
