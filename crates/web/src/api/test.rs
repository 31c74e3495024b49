//! The test message: returns the final report, or streams its stages.

use std::convert::Infallible;
use std::sync::Arc;

use admin::settings::labels::with_labels;
use admin::words::say;
use api::problem::ProblemDetails;
use api::test::{TestRequest, TestResult, TestedRecipient};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use mail::delivery::StageView;
use mail::test_send::Tested;
use model::account::Actor;
use model::message::Fate;
use model::settings::Wrong;
use model::{Address, Language, Phrase, Retrying};
use node::Service;
use node::test_send::{TestFault, TestSend};
use smtp::AddressList;
use smtp::address_list::ListFault;
use smtp::client::StageRecord;
use tokio::sync::mpsc;

use super::body::{JsonBody, Svc, draft};
use super::report::{report, stage};
use crate::answer_language::AnswerLanguage;
use crate::principal::Principal;
use crate::problem::Problem;

/// Most stages that wait for a slow reader.
const NEWS_MAX: usize = 256;

fn test(service: &Service, language: Language, request: TestRequest, by: Actor) -> Result<TestSend, Problem> {
    let mut to: Vec<Address> = Vec::new();
    for typed in &request.to {
        let list = AddressList::typed(typed).map_err(|ListFault { part, fault }| {
            let words = say(language, &Wrong::address(&part, &fault).phrase());
            Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "address").field("to", words)
        })?;
        to.extend(list.mailboxes().map(|mailbox| mailbox.address.clone()));
    }
    let (settings, stored) = match request.settings {
        Some(value) => {
            let draft = draft(language, value)?;
            (
                Arc::new(service.settings().check(draft).map_err(|faults| {
                    Problem::faults_of(language, StatusCode::UNPROCESSABLE_ENTITY, "settings-check", &faults)
                })?),
                false,
            )
        }
        None => match &service.settings().current().parsed {
            Ok(settings) => (Arc::clone(settings), true),
            Err(faults) => return Err(Problem::faults_of(language, StatusCode::CONFLICT, "unset", faults)),
        },
    };
    Ok(TestSend { settings, stored, to, relay: request.relay, by })
}

pub(crate) fn problem(language: Language, fault: &TestFault) -> Problem {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    match fault {
        TestFault::NoRecipient => Problem::new(language, unprocessable, "no-recipient").field("to", fault),
        TestFault::NoSuchRelay(_) => Problem::new(language, unprocessable, "no-relay").field("relay", fault),
        TestFault::Forbidden(fault) => Problem::forbidden(language, *fault),
        TestFault::Intake(fault) => Problem::intake(language, fault),
        TestFault::Parts(fault) => Problem::parts(language, fault),
        TestFault::MessageGone => Problem::new(language, StatusCode::INTERNAL_SERVER_ERROR, "storage").detail(fault),
        TestFault::Read(fault) => Problem::read(language, fault),
    }
}

fn result(service: &Service, language: Language, tested: &Tested) -> TestResult {
    let recipient = |(address, fate, reply): &(String, Fate, String)| {
        let (cause, remedy) = tested.report.explanation_of(address);
        let words = |phrase: Phrase| with_labels(&say(language, &phrase.retrying(Retrying::Over)), language);
        TestedRecipient {
            address: address.clone(),
            fate: fate.name().into(),
            reply: reply.clone(),
            cause: cause.map(words),
            remedy: remedy.map(words),
        }
    };
    TestResult {
        id: tested.id.to_string(),
        accepted: tested.accepted(),
        recipients: tested.fates.iter().map(recipient).collect(),
        report: report(service, language, &tested.report, Retrying::Over),
    }
}

/// Sends a test message: the final report as JSON, or server-sent events (`stage`, then `result` or `problem`) by Accept.
#[utoipa::path(post, path = "/email/test", request_body = TestRequest,
    responses((status = 200, description = "The report; `accepted` says whether the relay took it",
            content((TestResult = "application/json"), (String = "text/event-stream"))),
        (status = 422, description = "It could not be begun", body = ProblemDetails)))]
pub(crate) async fn post(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    headers: HeaderMap,
    JsonBody(request): JsonBody<TestRequest>,
) -> Result<Response, Problem> {
    let language = language.0;
    let test = test(&service, language, request, who.actor())?;
    let (news, heard) = mpsc::channel::<StageRecord>(NEWS_MAX);
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    if accept.contains("text/event-stream") {
        return Ok(Sse::new(events(service, language, test, news, heard)).keep_alive(KeepAlive::default()).into_response());
    }
    drop(heard);
    let tested = service.test(test, news).await.map_err(|fault| problem(language, &fault))?;
    Ok(Json(result(&service, language, &tested)).into_response())
}

fn event(name: &str, value: &impl serde::Serialize) -> Event {
    // The values are our own structs of strings and numbers. If one fails to serialize, send its event name alone.
    Event::default().event(name).json_data(value).unwrap_or_else(|_| Event::default().event(name))
}

fn events(
    service: Arc<Service>,
    language: Language,
    test: TestSend,
    news: mpsc::Sender<StageRecord>,
    heard: mpsc::Receiver<StageRecord>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    // Use a separate task: the test must end properly even if the client leaves.
    let tester = Arc::clone(&service);
    let testing = tokio::spawn(async move { tester.test(test, news).await });
    let stages = stream::unfold(heard, async |mut heard| heard.recv().await.map(|record| (record, heard)));
    let stages = stages.map(|record| Ok(event("stage", &stage(&StageView::from(&record)))));
    let last = stream::once(async move {
        Ok(match testing.await {
            Ok(Ok(tested)) => event("result", &result(&service, language, &tested)),
            Ok(Err(fault)) => event("problem", &problem(language, &fault)),
            Err(_) => event("problem", &Problem::new(language, StatusCode::INTERNAL_SERVER_ERROR, "storage")),
        })
    });
    stages.chain(last)
}
