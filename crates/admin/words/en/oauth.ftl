### Signing in with OAuth2: how a grant stands, why there is no token, what went wrong while verifying.

## Why there is no token to sign in with

no-token-absent =
    .cause = Nobody has given this relay's provider permission yet, so there is no token to sign in with.
    .remedy = Open Management › Email configuration and choose Verify OAuth2 provider, or run: postwacht oauth verify. What waits goes out by itself then.
no-token-unreachable =
    .cause = The provider's token endpoint gave no usable answer, and the last token has ended.
    .remedy = It is asked again by itself, soon at first. If it stays so, check the token endpoint (email.oauth2.token_endpoint), the proxy (email.oauth2.proxy), name resolution and the firewall: postwacht doctor.
no-token-doubted =
    .cause = The provider did not accept the stored permission just now. Providers err too: it is asked again after 1, 5 and 15 minutes before it counts as lost.
    .remedy = Nothing yet. If it becomes lost, sign in again with Verify OAuth2 provider.
no-token-lost =
    .cause = The permission to sign in has ended: the provider does not accept it any more. Mail for this relay waits, or will soon.
    .remedy = Sign in again with Verify OAuth2 provider on Management › Email configuration, or with: postwacht oauth verify. What waits goes out by itself then.
no-token-client-refused =
    .cause = The provider does not believe the client: its ID, secret or certificate. The permission itself is kept.
    .remedy = Enter a valid client secret (email.oauth2.client_secret), or upload the application's certificate at the provider. It is tried at once after the save.
no-token-misconfigured =
    .cause = The provider understands who asks, and does not give what is asked for.
    .remedy = Check scopes, tenant and endpoints (email.oauth2.scopes, email.oauth2.tenant, email.oauth2.token_endpoint).
no-token-account =
    .cause = The account that signed in is not the one in Email (email.oauth2.email), and nobody has confirmed that this is meant.
    .remedy = Confirm the account on Management › Email configuration, or sign in again as the right one. On the command line: postwacht oauth status.
no-token-unwritten =
    .cause = A new token came and could not be written to disk; it is not used before, because the provider may not give another one.
    .remedy = Make room on the disk of the data directory. It is tried again by itself.

## How a grant stands

grant-absent = Relay { $relay }: not authorized yet. Mail for it waits until somebody signs in with Verify OAuth2 provider (postwacht oauth verify).
grant-authorized = Relay { $relay }: authorized as { $account }.
grant-application = Relay { $relay }: the application is authorized and sends as { $email }.
grant-application-absent = Relay { $relay }: the application has no token yet.
grant-failing = Relay { $relay }: authorized as { $account }, but the last renewal failed.
grant-doubted = Relay { $relay }: the provider refused the permission just now; it is asked again before it counts as lost.
grant-lost = Relay { $relay }: the permission to sign in is lost. Mail for it waits, or will soon. Sign in again with Verify OAuth2 provider (postwacht oauth verify).
grant-client-refused = Relay { $relay }: the provider refuses the client secret or certificate. Mail for it waits, or will soon.
grant-misconfigured = Relay { $relay }: the provider does not give what the settings ask for. Mail for it waits, or will soon.
grant-confirm = Relay { $relay }: signed in as { $account }, though Email says { $email }. It is not used before somebody confirms it (postwacht oauth confirm { $account }).
grant-verify-again = Relay { $relay }: the scopes have changed since the sign-in. Verify again.
grant-secret-days = Relay { $relay }: { $days ->
        [0] the client secret ends today. Make a new one, and enter it as next secret.
        [one] the client secret ends tomorrow. Make a new one, and enter it as next secret.
       *[other] the client secret ends in { $days } days. Make a new one, and enter it as next secret.
    }
grant-secret-ended = Relay { $relay }: { $days ->
        [one] the client secret ended yesterday. Make a new one, and enter it as next secret.
       *[other] the client secret ended { $days } days ago. Make a new one, and enter it as next secret.
    }
grant-certificate-days = Relay { $relay }: { $days ->
        [0] the application's certificate ends today. Make a new key pair, and upload its certificate.
        [one] the application's certificate ends tomorrow. Make a new key pair, and upload its certificate.
       *[other] the application's certificate ends in { $days } days. Make a new key pair, and upload its certificate.
    }
grant-certificate-ended = Relay { $relay }: { $days ->
        [one] the application's certificate ended yesterday. Make a new key pair, and upload its certificate.
       *[other] the application's certificate ended { $days } days ago. Make a new key pair, and upload its certificate.
    }
grant-clock-behind = Relay { $relay }: the provider's clock is { $minutes } minutes ahead of ours. Set this machine's clock: tokens and TLS depend on it.
grant-clock-ahead = Relay { $relay }: the provider's clock is { $minutes } minutes behind ours. Set this machine's clock: tokens and TLS depend on it.
grant-cut-off = Relay { $relay }: a renewal at { $at } was cut off before its answer was written. If the provider gave a new permission then, it no longer knows ours: sign in again.

## Verifying came to nothing

verify-no-state =
    .cause = The address carries no “state”, so it belongs to no sign-in that was begun here.
    .remedy = Begin again with Verify OAuth2 provider. When pasting, copy the whole address.
verify-unknown =
    .cause = This sign-in is not known here: it was used already, is older than ten minutes, or was begun before a restart.
    .remedy = Begin again with Verify OAuth2 provider.
verify-foreign =
    .cause = This sign-in was begun in another session or by another program, and only that one can end it. Nothing was stored.
    .remedy = If you began it on the command line, paste this page's address there. Else begin again with Verify OAuth2 provider.
verify-other-issuer =
    .cause = The answer came from another provider than the one that was asked.
    .remedy = Check the authentication endpoint (email.oauth2.authorization_endpoint) and begin again. If that is right, somebody may have tampered with the sign-in.
verify-no-code =
    .cause = The provider sent neither a code nor an error.
    .remedy = Begin again with Verify OAuth2 provider. When pasting, copy the whole address.
verify-changed =
    .cause = The settings have changed since this sign-in was begun.
    .remedy = Begin again with Verify OAuth2 provider.
verify-refused =
    .cause = The provider refused.
    .remedy = Its own words say why. Mend that, and begin again with Verify OAuth2 provider.
verify-no-refresh-token =
    .cause = The provider gave a token for an hour, but no permission that lasts (no refresh token). Without it, mail would stop by itself.
    .remedy = Entra ID: add offline_access to the scopes (email.oauth2.scopes). Google: remove this app from the account's connections, then begin again. Others: allow offline access for this client.
verify-no-mail-scope =
    .cause = The sign-in worked, but the permission to send mail was not given.
    .remedy = Begin again, and leave the permission to send mail ticked. Check the scopes (email.oauth2.scopes) and the client's permissions at the provider.
verify-not-ours =
    .cause = The provider's answer does not belong to this sign-in. Nothing was stored.
    .remedy = Begin again with Verify OAuth2 provider, in one tab.
verify-too-many =
    .cause = Too many sign-ins are under way.
    .remedy = Wait ten minutes, and begin again.
verify-application =
    .cause = An application signs in by itself; no person is needed.
    .remedy = Save the settings, or choose Ask for a token now.
verify-failed =
    .cause = The sign-in could not be stored.
    .remedy = See the log of this node, and begin again with Verify OAuth2 provider.

## Gates that the doctor finds shut

gate-audience = The token is for another service than Exchange Online. Correct the scopes (email.oauth2.scopes): a token for Graph is never taken for SMTP.
gate-scope = The token lacks the permission to send mail. Add it to the app, check the scopes (email.oauth2.scopes), and verify again.
gate-role = The token lacks the role SMTP.SendAsApp. Add it under API permissions › Office 365 Exchange Online › Application permissions, and grant admin consent.
gate-account = The token belongs to another account than Email (email.oauth2.email).
gate-tenant = The token was issued by another tenant than the one in the settings (email.oauth2.tenant).
gate-times = The token's times do not fit this machine's clock: it has ended, or is issued in the future.
gate-tenant-switch = Authenticated SMTP is off for the tenant. The mailbox's own switch comes first: open it.
gate-mailbox-switch = Authenticated SMTP is off for this mailbox. Open its switch.
gate-policy = An authentication policy or Conditional Access holds this sign-in back. The Sign-in logs name it.
gate-security-defaults = The security defaults forbid this way of signing in.
gate-mailbox-rights = The relay takes no token of this owner for this mailbox: the right to the mailbox is missing, or the wrong object ID was registered.
gate-send-as = The account may not send as the From address (email.from).

## Doctor

doctor-token-opaque = Relay { $relay }: the token is opaque; what stands in it only the provider knows. It ends at { $until }.
doctor-token = Relay { $relay }: token for { $audience }, permissions { $permissions }, account { $account }, tenant { $tenant }, until { $until }.

## Command line

oauth-forgotten = Forgotten. Withdraw the permission at the provider too, if it should not be known there any more.
oauth-key-made = The certificate of the new key pair; upload it at the provider. The key stays in this node.
oauth-open = Open this address in a browser and sign in. The provider must know this redirect URI: { $redirect }
oauth-paste = The browser ends on a page that may not open. Copy its whole address, and paste it here:
oauth-nothing-pasted = Nothing was pasted, so nothing was changed.
oauth-row-account = Account
oauth-row-authorized = Authorized since
oauth-row-last-renewed = Last renewed
oauth-row-next-renewal = Next renewal
oauth-row-token-expires = Token ends
oauth-row-idle-limit = Ends unless renewed before
oauth-row-certificate-expires = Certificate ends
oauth-row-secret-days = Days of the client secret left
cli-oauth = The permission to sign in at a relay with OAuth2
cli-oauth-verify = Sign in at the provider; an application asks for a token
cli-oauth-verify-relay = Name of the relay
cli-oauth-verify-redirect-uri = Where the provider sends the browser back to, as registered there
cli-oauth-status = Show how the permission stands
cli-oauth-status-relay = Name of the relay
cli-oauth-renew = Ask the provider for a token now
cli-oauth-renew-relay = Name of the relay
cli-oauth-confirm = Confirm that an account other than Email is meant
cli-oauth-confirm-relay = Name of the relay
cli-oauth-confirm-account = The account that was signed in with
cli-oauth-forget = Forget the permission and its tokens
cli-oauth-forget-relay = Name of the relay
cli-oauth-key = Make a key pair for the application, save it, and print its certificate
cli-oauth-key-relay = Name of the relay
relay-grant = held: no permission to sign in

## API

problem-not-oauth2 = This relay is not signed in at with OAuth2 in the saved settings.
problem-nothing-to-confirm = No other account waits for being confirmed, or not this one.
problem-verify = The sign-in was not taken; nothing was stored.
problem-redirect = That cannot be a redirect URI of this site.
wrong-proxy = “{ $typed }” is no proxy. Write http://HOST:PORT, socks5://HOST:PORT or socks5h://HOST:PORT, without user name and password.
wrong-client-file = { $why ->
        [endpoint] This file names another token endpoint than Google's. It is not taken over.
        [service-account] This is the key of a service account. Choose the file of an OAuth client of type Web application.
        [kind] This is no file of an OAuth client: it lacks client ID or secret. Download it under Credentials.
       *[json] This is not JSON. Choose or paste the whole file as Google gave it.
    }
grant-unwritten = Relay { $relay }: a new token came and cannot be written to disk. Make room in the data directory; do not stop the node before it is written.
grant-starved = Relay { $relay }: for half an hour the provider has given no token, and the last one has ended. Mail for it waits.
grant-authorized-unknown = Relay { $relay }: authorized; the provider did not say as whom.
wrong-proxy-unencrypted = A proxy before a token endpoint without TLS would read the secrets. Leave the proxy empty for an endpoint on this machine.
no-token-forgotten =
    .cause = The application's permission was forgotten here, so no token is asked for.
    .remedy = Choose Ask for a token now on Management › Email configuration, or run: postwacht oauth verify.
wrong-key-again = The application's key is for where it was made for, and that has changed. Make a new one (postwacht oauth key, or the button on the page), or clear certificate and key.
