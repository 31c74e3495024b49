//! Reports of sessions with relays, in the language of the caller.

use admin::certificate::CertificateView;
use admin::words::say;
use api::report::{RecipientVerdict, RelayCertificate, SessionReport, StageEntry};
use mail::delivery::{AttemptReport, RecipientReport, StageView};
use model::{Language, Retrying};
use node::Service;

pub(super) fn stage(view: &StageView) -> StageEntry {
    StageEntry {
        stage: view.stage.as_str().into(),
        ok: view.ok,
        took_ms: view.took_ms,
        reply: view.reply.clone(),
        detail: view.detail.clone(),
    }
}

fn recipient(report: &RecipientReport) -> RecipientVerdict {
    RecipientVerdict {
        address: report.address.clone(),
        verdict: report.verdict.as_str().into(),
        stage: report.stage.as_str().into(),
        reply: report.reply.clone(),
        known: report.known.clone(),
    }
}

fn certificate(view: &CertificateView) -> RelayCertificate {
    RelayCertificate {
        subject: view.subject.clone(),
        issuer: view.issuer.clone(),
        names: view.names.clone(),
        not_before: view.not_before.clone(),
        not_after: view.not_after.clone(),
        fingerprint: view.fingerprint.clone(),
        pin: view.pin.clone(),
        self_signed: view.self_signed,
    }
}

/// Returns a report with its sentences for people.
pub(super) fn report(service: &Service, language: Language, report: &AttemptReport, retrying: Retrying) -> SessionReport {
    let settings = service.settings().current().settings();
    // The remedies name the keys of the first relay.
    let fallback = settings.and_then(|settings| settings.fallback_key(&report.relay));
    let remedy = report.remedy_phrase().map(|phrase| {
        let said = say(language, &phrase.retrying(retrying));
        let of_fallback = |key: String| {
            let parts = ["relay", "auth", "oauth2"];
            parts.iter().fold(said.clone(), |said, part| said.replace(&format!("email.{part}."), &format!("{key}.{part}.")))
        };
        fallback.map_or_else(|| said.clone(), of_fallback)
    });
    SessionReport {
        relay: report.relay.clone(),
        host: report.host.clone(),
        stages: report.stages.iter().map(stage).collect(),
        recipients: report.recipients.iter().map(recipient).collect(),
        fault: report.fault.clone(),
        cause: report.cause_phrase().map(|phrase| say(language, &phrase)),
        remedy,
        certificate: report.certificate.as_ref().map(certificate),
        transcript: report.transcript.clone(),
    }
}
