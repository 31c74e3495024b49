//! Names of this node and its site, for Received lines, subjects and links in mail.

use std::sync::{Arc, OnceLock};

use model::settings::{EmailSettings, Site, is_loopback_url};

/// Names of this node and its site.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// This machine's name.
    pub host: String,
    /// Addresses of the site from outside: scheme, host and port. Mails use the first.
    pub urls: Vec<String>,
    /// The address at which the pages were opened.
    base: Arc<OnceLock<String>>,
}

impl Names {
    pub fn new(host: impl Into<String>, urls: Vec<String>) -> Self {
        Self { host: host.into(), urls, base: Arc::default() }
    }

    /// Records the address at which the pages were opened.
    pub fn settle(&self, base: &str) {
        // Set once, at the start.
        drop(self.base.set(base.to_owned()));
    }

    /// The site's name, which stands in every subject.
    pub fn site(&self, settings: &EmailSettings) -> String {
        let url = self.urls.first().or(settings.site.external_url.as_ref());
        settings.site.name.clone().or_else(|| host_of(url?)).unwrap_or_else(|| self.host.clone())
    }

    /// The address of a page of this site, for readers elsewhere. `None` if only this machine reaches the pages, as far as is known.
    pub fn page(&self, path: &str, site: &Site) -> Option<String> {
        let base = self.base.get().filter(|base| !is_loopback_url(base));
        let url = self.urls.first().or(site.external_url.as_ref()).or(base)?;
        Some(format!("{}{path}", url.trim_end_matches('/')))
    }

    /// The address of the pages, if only this machine can open it.
    pub fn local_base(&self, site: &Site) -> Option<&str> {
        let base = self.base.get().filter(|_| self.page("", site).is_none())?;
        Some(base)
    }
}

fn host_of(url: &str) -> Option<String> {
    let authority = url.split("://").nth(1)?.split('/').next()?;
    let host = authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(authority, |(host, _)| host);
    Some(host.to_owned())
}
