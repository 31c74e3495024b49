//! The server's side of the dialogue: the commands allowed in each state, and their replies.
//!
//! [`ServerSession`] is a state machine like the client's. The driver passes in lines and bodies; the machine returns the
//! next action. The driver decides who may sign in, and if it accepts a message.

mod session;

pub use session::{ListenerOptions, ServerAction, ServerSession, Submitted};
