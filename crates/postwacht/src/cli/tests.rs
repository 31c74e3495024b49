//! What the command line promises.

use super::*;

#[test]
fn every_command_and_argument_has_words_in_every_language() {
    Cli::command().debug_assert();
    for key in help::keys(&Cli::command()) {
        for language in Language::ALL {
            assert!(service::words::knows(language, &key), "{key} in {}", language.code());
        }
    }
}
