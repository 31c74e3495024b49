//! Names of the settings that hold secrets.

/// Last parts of the keys of secrets. Every user of the machine can read the command line, so secrets are refused there.
pub(crate) const SECRETS: [&str; 6] = ["password", "client_secret", "client_secret_next", "client_key", "key", "webhook_secret"];

/// True if a key, such as `email.auth.password`, holds a secret.
pub(crate) fn is_secret(key: &str) -> bool {
    SECRETS.contains(&key.rsplit('.').next().unwrap_or(key))
}
