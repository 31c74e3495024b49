//! Appliance › Networking: the addresses of this node, and the shared IPs that it can serve.

use std::collections::BTreeSet;
use std::net::IpAddr;

use api::failover::{FailoverStatus, NodeIpSetting, SharedIpView};
use askama::Template;
use axum::extract::{Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use failover::{OwnAddress, machine_addresses};
use model::account::Role;
use serde::Deserialize;

use super::failover::{acts, shared_ip_state};
use super::form::{pairs, value_of};
use super::frame::{Frame, forbidden, page, with_status};
use super::pages_state::PagesState;
use super::visitor::Member;
use crate::api::failover::status_view;
use crate::problem::Problem;

/// Most rows of the form.
const ROWS_MAX: usize = 64;

#[derive(Template)]
#[template(path = "networking.html")]
struct Networking {
    f: Frame,
    addresses: Vec<OwnAddress>,
    /// Addresses that belong to the site.
    shared: BTreeSet<IpAddr>,
    interfaces: BTreeSet<String>,
    rows: Vec<NodeIpSetting>,
    status: FailoverStatus,
    refused: Option<Problem>,
    saved: bool,
}

impl Networking {
    fn is_shared(&self, address: &OwnAddress) -> bool {
        self.shared.contains(&address.ip)
    }

    /// The state of the shared IP in this row, with its class.
    fn state(&self, row: &NodeIpSetting) -> Option<(&'static str, String)> {
        let ip: &SharedIpView = self.status.shared_ips.iter().find(|ip| ip.ip == row.ip)?;
        Some(shared_ip_state(&self.f, ip))
    }

    fn faults(&self) -> Vec<(String, String)> {
        let errors = self.refused.as_ref().map(|problem| problem.details().errors.as_slice()).unwrap_or_default();
        errors.iter().map(|error| (self.row_name(&error.field), error.message.clone())).collect()
    }

    /// The address in the row of a fault at `ips[n]`.
    fn row_name(&self, field: &str) -> String {
        let at = field.strip_prefix("ips[").and_then(|rest| rest.split(']').next()).and_then(|at| at.parse::<usize>().ok());
        let row = at.and_then(|at| self.rows.get(at)).map(|row| row.ip.clone());
        row.filter(|ip| !ip.is_empty()).unwrap_or_else(|| self.f.t("pair-ip"))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct NetworkingQuery {
    saved: bool,
}

pub(super) async fn show(
    State(pages): State<PagesState>,
    member: Member,
    Query(NetworkingQuery { saved }): Query<NetworkingQuery>,
) -> Response {
    render(&pages, &member, if saved { NetworkingSave::Saved } else { NetworkingSave::Nothing }).await
}

/// Result of a save, for the page that shows it.
enum NetworkingSave {
    Nothing,
    Saved,
    /// The rows as typed, and why they were not saved.
    Refused(Vec<NodeIpSetting>, Problem),
}

async fn render(pages: &PagesState, member: &Member, after: NetworkingSave) -> Response {
    let f = match Frame::of(pages, member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let acts = acts(pages, member);
    let (listed, pair) = (acts.node_settings().ips, acts.pair_settings().shared_ips);
    let shared = listed.iter().map(|row| &row.ip).chain(&pair).filter_map(|ip| ip.parse().ok()).collect();
    let unlisted = pair.iter().filter(|ip| !listed.iter().any(|row| row.ip == **ip));
    let unlisted = unlisted.map(|ip| NodeIpSetting { ip: ip.clone(), interface: String::new(), enabled: true });
    let saved = matches!(after, NetworkingSave::Saved);
    let (mut rows, refused) = match after {
        NetworkingSave::Refused(rows, problem) => (rows, Some(problem)),
        NetworkingSave::Nothing | NetworkingSave::Saved => (listed.iter().cloned().chain(unlisted).collect(), None),
    };
    // A row for one more.
    rows.push(NodeIpSetting { ip: String::new(), interface: String::new(), enabled: true });
    let addresses = machine_addresses();
    let interfaces = addresses.iter().map(|own| own.interface.clone()).collect();
    let status = status_view(&pages.service, f.language);
    let code = refused.as_ref().map_or(StatusCode::OK, Problem::status);
    with_status(code, page(member.language, &Networking { addresses, shared, interfaces, rows, status, refused, saved, f }))
}

/// The rows of the form. An empty row says nothing, and one without an interface is taken off the list.
fn typed_rows(pairs: &[(String, String)]) -> Vec<NodeIpSetting> {
    let row = |at: usize| {
        let text = |name: &str| value_of(pairs, &format!("{name}.{at}")).trim().to_owned();
        NodeIpSetting { ip: text("ip"), interface: text("interface"), enabled: !text("enabled").is_empty() }
    };
    (0..ROWS_MAX).map(row).filter(|row| !row.ip.is_empty() && !row.interface.is_empty()).collect()
}

pub(super) async fn save(State(pages): State<PagesState>, member: Member, RawForm(body): RawForm) -> Response {
    if member.signed.actor().needs(Role::Administrator).is_err() {
        return forbidden(member.language);
    }
    let acts = acts(&pages, &member);
    let mut new = acts.node_settings();
    new.ips = typed_rows(&pairs(&body));
    match acts.save_node_settings(&new).await {
        Ok(_) => Redirect::to("/login/appliance/networking?saved=true").into_response(),
        Err(problem) => render(&pages, &member, NetworkingSave::Refused(new.ips, problem)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_an_interface_leave_the_list() {
        let form = |text: &str| pairs(text.as_bytes());
        let typed =
            typed_rows(&form("ip.0=192.0.2.1&interface.0=eth0&enabled.0=1&ip.1=192.0.2.2&interface.1=&ip.2=&interface.2=eth0"));
        let shown: Vec<_> = typed.iter().map(|row| (row.ip.as_str(), row.interface.as_str(), row.enabled)).collect();
        assert_eq!(shown, [("192.0.2.1", "eth0", true)]);
        let typed = typed_rows(&form("ip.0=+192.0.2.1+&interface.0=+eth1"));
        assert_eq!((typed[0].ip.as_str(), typed[0].interface.as_str(), typed[0].enabled), ("192.0.2.1", "eth1", false));
    }
}
