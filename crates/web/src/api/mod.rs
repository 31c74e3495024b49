//! `/api/v1`, one file a subject.

pub(crate) mod accounts;
pub(crate) mod email;
pub(crate) mod messages;
pub(crate) mod operate;
pub(crate) mod status;
pub(crate) mod test;
pub(crate) mod view;

use std::sync::Arc;

use axum::extract::State;
use service::Service;

type Svc = State<Arc<Service>>;
