//! Reports of sessions with relays, in the language of the caller.

use admin::certificate::CertificateView;
use admin::settings::labels::fallback_note;
use admin::words::say;
use api::report::{RecipientVerdict, RelayCertificate, SessionReport, StageEntry};
use mail::delivery::{AttemptReport, RecipientReport, StageView};
use model::Language;
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
pub(super) fn report(service: &Service, language: Language, report: &AttemptReport) -> SessionReport {
    let settings = service.settings().current().settings();
    let remedy = report.remedy_phrase().map(|phrase| {
        let note = fallback_note(language, settings.as_deref(), &report.relay);
        [Some(say(language, &phrase)), note].into_iter().flatten().collect::<Vec<_>>().join(" ")
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
