//! Makes the key pair with which a relay's OAuth2 application signs in, and saves it in the settings.

use model::account::{Actor, Role};
use model::settings::ClientKeyFault;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::Admin;
use crate::certificate::{CertificateView, PemFault};
use crate::key_pair::{KeyPair, MakeKeyFault, make_key_pair};
use crate::library_words::pem_words;
use crate::settings::{KeyPairFault, SaveFault};

/// The certificate that the administrator gives to the provider.
pub struct NewClientKey {
    /// PEM.
    pub pem: String,
    pub view: CertificateView,
}

impl Admin {
    /// Makes a key pair on a blocking thread.
    pub async fn key_pair(&self) -> Result<KeyPair, MakeKeyFault> {
        let (host, now) = (self.names.host.clone(), self.clock.now());
        let making = tokio::task::spawn_blocking(move || make_key_pair(&host, now));
        making.await.unwrap_or(Err(MakeKeyFault::Interrupted))
    }

    /// Makes the OAuth2 client key of a relay and saves it in the settings.
    pub async fn make_oauth_client_key(&self, relay: &str, who: &Actor) -> Result<NewClientKey, KeyPairFault> {
        who.needs(Role::Administrator).map_err(SaveFault::from)?;
        let KeyPair { certificate, key } = self.key_pair().await?;
        let current = self.settings.current();
        let mut draft = current.draft.clone();
        draft.set_oauth_client_key(relay, &certificate, key).map_err(|fault| match fault {
            ClientKeyFault::NoSuchRelay => KeyPairFault::NoSuchRelay(relay.to_owned()),
            ClientKeyFault::NotAnApplication => KeyPairFault::NotAnApplication(relay.to_owned()),
        })?;
        self.settings.save(draft, current.revision, who).await?;
        let der = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(|error| PemFault::NotPem(pem_words(&error)));
        let der = der.map_err(MakeKeyFault::from)?;
        let view = CertificateView::read(&der).map_err(MakeKeyFault::from)?;
        Ok(NewClientKey { pem: certificate, view })
    }
}
