### Sign-in with OAuth2: the state of a grant, the reason for a missing token, and errors while verifying.

## The reason for a missing token

no-token-absent =
    .cause = This relay has no permission of its provider yet, so there is no token for the sign-in.
    .remedy = Open Management › Email configuration and choose Verify OAuth2 provider, or run: postwacht oauth verify. Postwacht then sends the waiting mail.
no-token-unreachable =
    .cause = The provider's token endpoint gave no usable answer.
    .remedy = Postwacht asks again automatically. If this continues, check the token endpoint (email.oauth2.token_endpoint), the proxy (email.oauth2.proxy), name resolution and the firewall: postwacht doctor.
no-token-doubted =
    .cause = The provider refused the stored permission just now. Because this can be an error of the provider, Postwacht asks again after 1, 5 and 15 minutes before it treats the permission as lost.
    .remedy = No action is needed yet. If the permission is lost, sign in again with Verify OAuth2 provider.
no-token-lost =
    .cause = The permission to sign in has ended: the provider no longer accepts it. Mail for this relay waits, or will wait soon.
    .remedy = Sign in again with Verify OAuth2 provider on Management › Email configuration, or run: postwacht oauth verify. Postwacht then sends the waiting mail.
no-token-client-refused =
    .cause = The provider refuses the client: its ID, secret or certificate.
    .remedy = Enter a valid client secret (email.oauth2.client_secret), or upload the application's certificate to the provider. Postwacht tries again as soon as you save.
no-token-misconfigured =
    .cause = The provider accepts the client, but refuses the requested permission.
    .remedy = Check scopes, tenant and endpoints (email.oauth2.scopes, email.oauth2.tenant, email.oauth2.token_endpoint).
no-token-account =
    .cause = The signed-in account is not the one in Email (email.oauth2.email), and is not confirmed.
    .remedy = Confirm the account on Management › Email configuration, or sign in again with the right account. On the command line: postwacht oauth status.
no-token-unwritten =
    .cause = A new token could not be written to disk. Postwacht does not use it before it is stored, because the provider may not issue another one.
    .remedy = Free space on the disk of the data directory.{ retries-last }

## The state of a grant

grant-absent = Relay { $relay }: not authorized yet. No mail goes through this relay until a person signs in with Verify OAuth2 provider (postwacht oauth verify).
grant-authorized = Relay { $relay }: authorized as { $account }.
grant-application = Relay { $relay }: the application has a token, to send as { $email }.
grant-application-absent = Relay { $relay }: the application has no token yet.
grant-failing = Relay { $relay }: authorized as { $account }, but the last renewal failed.
grant-doubted = Relay { $relay }: the provider refused the permission just now. Postwacht asks again before it treats the permission as lost.
grant-lost = Relay { $relay }: the permission to sign in is lost. No mail goes through this relay any more, at the latest when the present token ends. Sign in again with Verify OAuth2 provider (postwacht oauth verify).
grant-client-refused = Relay { $relay }: the provider refuses the client secret or certificate. No mail goes through this relay, at the latest when the present token ends.
grant-misconfigured = Relay { $relay }: the provider refuses the permission that the settings request. No mail goes through this relay, at the latest when the present token ends.
grant-confirm = Relay { $relay }: signed in as { $account }, but Email says { $email }. Postwacht does not use this account until you confirm it (postwacht oauth confirm { $account }).
grant-verify-again = Relay { $relay }: the scopes have changed since the sign-in. Verify again.
grant-secret-days = Relay { $relay }: { $days ->
        [0] the client secret expires today. Make a new one, and enter it as next secret.
        [one] the client secret expires tomorrow. Make a new one, and enter it as next secret.
       *[other] the client secret expires in { $days } days. Make a new one, and enter it as next secret.
    }
grant-secret-ended = Relay { $relay }: { $days ->
        [one] the client secret expired yesterday. Make a new one, and enter it as next secret.
       *[other] the client secret expired { $days } days ago. Make a new one, and enter it as next secret.
    }
grant-certificate-days = Relay { $relay }: { $days ->
        [0] the application certificate expires today. Make a new key pair, and upload its certificate.
        [one] the application certificate expires tomorrow. Make a new key pair, and upload its certificate.
       *[other] the application certificate expires in { $days } days. Make a new key pair, and upload its certificate.
    }
grant-certificate-ended = Relay { $relay }: { $days ->
        [one] the application certificate expired yesterday. Make a new key pair, and upload its certificate.
       *[other] the application certificate expired { $days } days ago. Make a new key pair, and upload its certificate.
    }
grant-clock-behind = Relay { $relay }: the provider's clock is { $minutes } minutes ahead of the clock of this machine. Correct the clock: tokens and TLS depend on it.
grant-clock-ahead = Relay { $relay }: the provider's clock is { $minutes } minutes behind the clock of this machine. Correct the clock: tokens and TLS depend on it.
grant-cut-off = Relay { $relay }: a renewal at { $at } was interrupted before its answer was stored. If the provider issued a new permission then, it no longer accepts the stored one: sign in again.

## Errors while verifying

verify-no-state =
    .cause = The address contains no “state”, so it belongs to no sign-in of this node.
    .remedy = Start again with Verify OAuth2 provider. When you paste, copy the whole address.
verify-unknown =
    .cause = This sign-in is not known: it was used already, is older than ten minutes, or was started before a restart.
    .remedy = Start again with Verify OAuth2 provider.
verify-foreign =
    .cause = This sign-in was started in another session or by another program, and can be completed only there. Nothing was stored.
    .remedy = If you started it on the command line, paste this page's address there. Otherwise start again with Verify OAuth2 provider.
verify-other-issuer =
    .cause = The answer came from another provider than the one in the settings.
    .remedy = Check the authentication endpoint (email.oauth2.authorization_endpoint) and start again. If it is correct, an attacker may have interfered with the sign-in.
verify-no-code =
    .cause = The provider sent neither a code nor an error.
    .remedy = Start again with Verify OAuth2 provider. When you paste, copy the whole address.
verify-changed =
    .cause = The settings were changed after this sign-in was started.
    .remedy = Start again with Verify OAuth2 provider.
verify-refused =
    .cause = The provider refused the sign-in.
    .remedy = Its reply gives the reason. Correct it, and start again with Verify OAuth2 provider.
verify-no-refresh-token =
    .cause = The provider issued a token for an hour, but no lasting permission (no refresh token). Without it, mail would stop after that hour.
    .remedy = Entra ID: add offline_access to the scopes (email.oauth2.scopes). Google: remove this app from the account's connections, then start again. Other providers: allow offline access for this client.
verify-no-mail-scope =
    .cause = The sign-in succeeded, but the permission to send mail was not given.
    .remedy = Start again, and leave the permission to send mail selected. Check the scopes (email.oauth2.scopes) and the client's permissions at the provider.
verify-not-ours =
    .cause = The provider's answer does not belong to this sign-in. Nothing was stored.
    .remedy = Start again with Verify OAuth2 provider, in one tab.
verify-too-many =
    .cause = Too many sign-ins are in progress.
    .remedy = Wait ten minutes, and start again.
verify-application =
    .cause = The settings use the sign-in as the application, which needs no person.
    .remedy = Save the settings, or choose Request a token now.
verify-failed =
    .cause = The sign-in could not be stored.
    .remedy = Check the log of this node, and start again with Verify OAuth2 provider.

## Provider prerequisites that the doctor finds missing

prerequisite-audience = The token is for another service than Exchange Online. Correct the scopes (email.oauth2.scopes): a token for Graph does not work for SMTP.
prerequisite-scope = The token lacks the permission to send mail. Add it to the app, check the scopes (email.oauth2.scopes), and verify again.
prerequisite-role = The token lacks the role SMTP.SendAsApp. Add it under API permissions › Office 365 Exchange Online › Application permissions, and grant admin consent.
prerequisite-account = The token belongs to another account than Email (email.oauth2.email).
prerequisite-tenant = The token was issued by another tenant than the one in the settings (email.oauth2.tenant).
prerequisite-times = The times of the token do not match the clock of this machine: the token has expired, or was issued in the future.
prerequisite-tenant-switch = Authenticated SMTP is disabled for the tenant. The setting of the mailbox takes precedence: enable it there.
prerequisite-mailbox-switch = Authenticated SMTP is disabled for this mailbox. Enable it.
prerequisite-policy = An authentication policy or Conditional Access blocks this sign-in. The Sign-in logs name the policy.
prerequisite-security-defaults = The security defaults forbid this way of signing in.
prerequisite-mailbox-rights = The relay accepts no token of this owner for this mailbox: the right to the mailbox is missing, or the wrong Object ID was registered.
prerequisite-send-as = The account may not send as the From address (email.from).

## Doctor

doctor-token-opaque = Relay { $relay }: the token is opaque; only the provider can read its contents. It expires at { $until }.
doctor-token = Relay { $relay }: token for { $audience }, permissions { $permissions }, account { $account }, tenant { $tenant }, until { $until }.

## Command line

oauth-forgotten = Deleted here. To end the access, withdraw the permission at the provider too. An application gets a new token for the next mail.
oauth-key-made = Certificate of the new key pair. Upload it to the provider. The private key stays in this node.
oauth-open = Open this address in a browser and sign in. This redirect URI must be registered at the provider: { $redirect }
oauth-paste = The browser may end on an error page. Copy the whole address of that page, and paste it here:
oauth-nothing-pasted = Nothing was pasted, so nothing was changed.
oauth-row-account = Account
oauth-row-authorized = Authorized since
oauth-row-last-renewed = Last renewed
oauth-row-next-renewal = Next renewal
oauth-row-token-expires = Token expires
oauth-row-idle-limit = Expires if unused
oauth-row-certificate-expires = Certificate expires
oauth-row-secret-days = Days until the client secret expires
cli-oauth = Manage the OAuth2 permission to sign in at a relay
cli-oauth-verify = Sign in at the provider; an application requests a token
cli-oauth-verify-relay = Name of the relay
cli-oauth-verify-redirect-uri = Redirect URI that is registered at the provider
cli-oauth-status = Show the state of the permission
cli-oauth-status-relay = Name of the relay
cli-oauth-renew = Request a token from the provider now
cli-oauth-renew-relay = Name of the relay
cli-oauth-confirm = Confirm the use of an account other than Email
cli-oauth-confirm-relay = Name of the relay
cli-oauth-confirm-account = Account of the sign-in
cli-oauth-forget = Forget the permission and its tokens
cli-oauth-forget-relay = Name of the relay
cli-oauth-key = Make a key pair for the application, save it, and print its certificate
cli-oauth-key-relay = Name of the relay
relay-grant = held: no permission to sign in

## API

problem-not-oauth2 = The saved settings of this relay do not use OAuth2.
problem-nothing-to-forget = There is no permission to remove: nobody has signed in for this relay.
problem-not-application = This relay does not sign in as an application. Only an application uses a key pair: choose OAuth2 and the method application first.
problem-nothing-to-confirm = No other account is waiting for confirmation, or not this one.
problem-verify = The sign-in was rejected. Nothing was stored.
problem-redirect = This cannot be a redirect URI of this site.
wrong-proxy = “{ $typed }” is not a proxy. Enter http://HOST:PORT, socks5://HOST:PORT or socks5h://HOST:PORT, without username and password.
wrong-client-file = { $why ->
        [endpoint] This file names another token endpoint than Google's. It is not used.
        [service-account] This is the key of a service account. Choose the file of an OAuth client of type Web application.
        [kind] This is not the file of an OAuth client: client ID or secret is missing. Download it under Credentials.
       *[json] This is not JSON. Choose or paste the whole file from Google.
    }
grant-unwritten = Relay { $relay }: a new token cannot be written to disk. Free space in the data directory. Do not stop the node before the token is stored.
grant-starved = Relay { $relay }: the provider has issued no token for half an hour, and the last one has expired. No mail goes through this relay.
grant-authorized-unknown = Relay { $relay }: authorized; the provider did not name the account.
wrong-proxy-unencrypted = A proxy for a token endpoint without TLS could read the secrets. Leave the proxy empty for an endpoint on this machine.
no-token-forgotten =
    .cause = The permission of the application was forgotten here, so Postwacht requests no token.
    .remedy = Choose Request a token now on Management › Email configuration, or run: postwacht oauth verify.
wrong-key-again = The destination of the application's key has changed. Make a new key (postwacht oauth key, or the button on the page), or clear certificate and key.
