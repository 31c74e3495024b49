//! The server's side of the dialogue: what a client may say when, and what it is answered.
//!
//! A machine like the client's: it is told lines and bodies, and answers with what to do. Who may sign in, and whether
//! a message is taken, is asked of the driver.

mod session;

pub use session::{Offer, Session, Submitted, Todo};
