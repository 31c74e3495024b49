//! Known refusals of providers.

use model::catalogue::{KnownRefusal, Peer, known_refusal};
use model::oauth::WordsOfProvider;
use model::settings::{ApplicationProof, Method, OAuth2Settings};

/// The catalogue row for a refusal of the provider.
pub(super) fn known(settings: &OAuth2Settings, fault: &WordsOfProvider) -> Option<&'static KnownRefusal> {
    let peer = Peer::of_provider(settings.provider);
    let row = fault.error.as_deref().and_then(|error| known_refusal(peer, error, &fault.codes, &fault.words));
    // The general words about a refused client speak of a secret.
    let certificate = matches!(settings.method, Method::Application(ApplicationProof::Certificate { .. }));
    row.filter(|row| !certificate || !matches!(row.id, "client" | "google-client"))
}
