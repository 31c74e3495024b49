//! Acts on the page of the pair: each button is one of them.

use api::failover::{Maintenance, NewPair, PairFailoverSettings, RoleWanted};
use axum::extract::{RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use failover::BreakMode;
use model::account::Role;

use super::failover::{AfterAct, PairForm, TIMES, acts, render};
use super::form::{pairs, value_of};
use super::frame::{forbidden, sorry};
use super::pages_state::PagesState;
use super::visitor::Member;
use crate::api::failover::{NotMade, check_views};
use crate::problem::Problem;

/// The texts of a form.
struct PairInput(Vec<(String, String)>);

impl PairInput {
    fn text(&self, name: &str) -> String {
        value_of(&self.0, name).trim().to_owned()
    }

    fn is_ticked(&self, name: &str) -> bool {
        !value_of(&self.0, name).is_empty()
    }

    /// Entries that lines, spaces or commas separate.
    fn list(&self, name: &str) -> Vec<String> {
        let entries = value_of(&self.0, name).split(|c: char| c.is_whitespace() || c == ',');
        entries.filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
    }

    fn new_pair(&self) -> NewPair {
        NewPair {
            peer: self.text("peer"),
            reverse: self.text("reverse"),
            code: Some(self.text("code")),
            key: None,
            discard_backup_data: self.is_ticked("discard"),
            shared_ips: self.list("shared_ips"),
        }
    }
}

/// The acts of an operator. All others need an administrator.
const OPERATOR_ACTS: [&str; 2] = ["hold", "end-hold"];

pub(super) async fn act(State(pages): State<PagesState>, member: Member, RawForm(body): RawForm) -> Response {
    let input = PairInput(pairs(&body));
    let act = input.text("do");
    let needed = if OPERATOR_ACTS.contains(&act.as_str()) { Role::Operator } else { Role::Administrator };
    if member.signed.actor().needs(needed).is_err() {
        return forbidden(member.language);
    }
    let acts = acts(&pages, &member);
    let (form, done, result) = match act.as_str() {
        "invite" => return invite(&pages, &member).await,
        "establish" => return establish(&pages, &member, &input).await,
        "node" => return save_node(&pages, &member, &input).await,
        "pair" => return save_pair(&pages, &member, &input).await,
        "disinvite" => (PairForm::Invite, "withdrawn", acts.disinvite()),
        "role" => {
            let wanted = RoleWanted { role: input.text("role"), force: input.is_ticked("force") };
            (PairForm::Role, "role", acts.take_role(wanted).await)
        }
        "hold" => (PairForm::Hold, "held", acts.hold(Maintenance { time: input.text("time") }).await),
        "end-hold" => (PairForm::Hold, "hold-ended", acts.end_hold().await),
        "end" => {
            if input.text("host") != *pages.service.names().host {
                let problem = Problem::new(member.language, StatusCode::UNPROCESSABLE_ENTITY, "pair-host-name");
                return refused(&pages, &member, (PairForm::End, problem)).await;
            }
            let mode = if input.is_ticked("alone") { BreakMode::Force } else { BreakMode::Together };
            (PairForm::End, "ended", acts.end(mode).await)
        }
        "rotate" => (PairForm::End, "keys", acts.rotate_keys().await),
        "site" => (PairForm::Role, "site", acts.start_as_new_site().await),
        _ => return sorry(member.language, StatusCode::BAD_REQUEST, "bad-form"),
    };
    match result {
        Ok(()) => Redirect::to(&format!("/login/management/failover?done={done}")).into_response(),
        Err(problem) => refused(&pages, &member, (form, problem)).await,
    }
}

async fn refused(pages: &PagesState, member: &Member, refused: (PairForm, Problem)) -> Response {
    render(pages, member, AfterAct { refused: Some(refused), ..AfterAct::default() }).await
}

/// Shows a code. It is not shown again.
async fn invite(pages: &PagesState, member: &Member) -> Response {
    match acts(pages, member).invite().await {
        Ok(code) => render(pages, member, AfterAct { code: Some(code), ..AfterAct::default() }).await,
        Err(problem) => refused(pages, member, (PairForm::Invite, problem)).await,
    }
}

/// Makes a pair. The page shows every check, passed or not, and keeps what was typed if it was refused.
async fn establish(pages: &PagesState, member: &Member, input: &PairInput) -> Response {
    let new = input.new_pair();
    let after = match acts(pages, member).establish(&new).await {
        Ok(made) => {
            let done = if made.confirmed { "made" } else { "made-unconfirmed" };
            AfterAct { checks: made.checks, done: Some(done), ..AfterAct::default() }
        }
        Err(fault) => {
            let checks = if let NotMade::Checks(found) = &fault { check_views(member.language, found) } else { Vec::new() };
            let refused = Some((PairForm::Establish, fault.problem(member.language)));
            // The code stays valid after a bad check, so it stays in the form.
            AfterAct { checks, refused, typed: Some(new), ..AfterAct::default() }
        }
    };
    render(pages, member, after).await
}

async fn save_node(pages: &PagesState, member: &Member, input: &PairInput) -> Response {
    let acts = acts(pages, member);
    let mut new = acts.node_settings();
    (new.enabled, new.automatic) = (input.is_ticked("enabled"), input.is_ticked("automatic"));
    (new.primary_timeout, new.test_ips) = (input.text("primary_timeout"), input.list("test_ips"));
    // Not a number: 0 is refused by its rule, at this field.
    new.test_ips_min = input.text("test_ips_min").parse().unwrap_or(0);
    match acts.save_node_settings(&new).await {
        Ok(_) => Redirect::to("/login/management/failover?done=saved").into_response(),
        Err(problem) => {
            let refused = Some((PairForm::Node, problem));
            render(pages, member, AfterAct { refused, node: Some(new), ..AfterAct::default() }).await
        }
    }
}

async fn save_pair(pages: &PagesState, member: &Member, input: &PairInput) -> Response {
    let acts = acts(pages, member);
    let mut whole = serde_json::to_value(acts.pair_settings()).unwrap_or_default();
    for name in TIMES.into_iter().chain(["lone_start"]) {
        whole[name] = input.text(name).into();
    }
    whole["shared_ips"] = input.list("shared_ips").into();
    let Ok(new) = serde_json::from_value::<PairFailoverSettings>(whole) else {
        return sorry(member.language, StatusCode::BAD_REQUEST, "bad-form");
    };
    match acts.save_pair_settings(&new).await {
        Ok(_) => Redirect::to("/login/management/failover?done=saved").into_response(),
        Err(problem) => {
            let refused = Some((PairForm::Pair, problem));
            render(pages, member, AfterAct { refused, pair: Some(new), ..AfterAct::default() }).await
        }
    }
}
