### Refusals of token endpoints: cause and remedy, one message for each row of the catalogue of refusals.

## Microsoft

token-entra-idle =
    .cause = The permission has expired: Microsoft ends one that has not been used for 90 days.
    .remedy = Authorize again with Verify OAuth2 provider. After that Postwacht renews it, as long as this machine runs and reaches Microsoft.

token-entra-spa =
    .cause = The redirect URI is registered under the platform Single-page application, and Microsoft ends a permission given that way after 24 hours.
    .remedy = In the Entra admin center open App registrations › the app › Authentication, remove the redirect URI from Single-page application and add it under Web, which needs a client secret (email.oauth2.client_secret). Then authorize again with Verify OAuth2 provider.

token-entra-sign-in-frequency =
    .cause = A Conditional Access policy demands that a person signs in again regularly (sign-in frequency), and that time has passed.
    .remedy = Have this account or this application excluded from that policy, then authorize again with Verify OAuth2 provider. Or sign in as the application, which needs no person (email.oauth2.method).

token-entra-revoked =
    .cause = The permission was withdrawn: the sessions of the account were revoked, or its password was reset.
    .remedy = Authorize again with Verify OAuth2 provider; Postwacht then sends the waiting mail.

token-entra-mfa =
    .cause = Multi-factor authentication is now required for this account, or the last one has expired.
    .remedy = Authorize again with Verify OAuth2 provider: sign in as the sending mailbox (email.oauth2.email) and complete the second factor.

token-entra-conditional-access =
    .cause = A Conditional Access policy, another policy of the tenant or its security defaults blocked the sign-in.
    .remedy = Find the refused sign-in in the Entra admin center under Sign-in logs; it names the policy. Exempt this account or this application in that policy, then authorize again with Verify OAuth2 provider.

token-entra-device =
    .cause = A policy demands a managed device or a check by an outside service, and this sign-in did not meet that.
    .remedy = Sign in as the application (email.oauth2.method), or have this account excluded from the policy; the Sign-in logs in the Entra admin center name it. After an exclusion, authorize again with Verify OAuth2 provider.

token-entra-secret-expired =
    .cause = The client secret of the app registration has expired, so Microsoft gives out no new token.
    .remedy = In the Entra admin center open App registrations › the app › Certificates & secrets, make a new client secret and enter its Value (email.oauth2.client_secret); the permission is kept. Next time, enter the new secret before the old one expires (email.oauth2.client_secret_next).

token-entra-secret-wrong =
    .cause = Microsoft does not accept the client secret; often its Secret ID was entered instead of its Value.
    .remedy = Enter the Value of the secret (email.oauth2.client_secret). Entra shows it only right after the secret is made; if it was not kept, make a new secret in the Entra admin center under App registrations › the app › Certificates & secrets.

token-entra-secret-missing =
    .cause = The application is registered as a confidential client, so Microsoft expects a client secret or a certificate, and none came with the request.
    .remedy = In the Entra admin center open App registrations › the app › Certificates & secrets, make a client secret and enter its Value (email.oauth2.client_secret).

token-entra-public-client =
    .cause = The application is registered as a public client, and such a client may not show a client secret or a certificate.
    .remedy = Clear the client secret (email.oauth2.client_secret). For sending unattended it is better to keep it: move the redirect URI to the platform Web in the Entra admin center under App registrations › the app › Authentication, and authorize again with Verify OAuth2 provider.

token-entra-certificate =
    .cause = Microsoft does not accept the certificate that the application signs in with: it is not uploaded to the app registration or has expired, or the clock of this machine is wrong.
    .remedy = Upload the certificate (email.oauth2.certificate) in the Entra admin center under App registrations › the app › Certificates & secrets › Certificates; if it has expired, replace it in both places. Check the clock of this machine as well.

token-entra-app-unknown =
    .cause = This tenant has no application with this client ID.
    .remedy = Compare client ID and tenant (email.oauth2.client_id, email.oauth2.tenant) with Application (client) ID and Directory (tenant) ID on the Overview of the app registration in the Entra admin center. After a change, authorize again with Verify OAuth2 provider (an application: Request a token now).

token-entra-app-disabled =
    .cause = The application is disabled in the tenant.
    .remedy = In the Entra admin center open Enterprise applications › the app › Properties and set Enabled for users to sign-in? to Yes.

token-entra-tenant =
    .cause = Microsoft does not find this tenant in the chosen cloud.
    .remedy = Set the tenant (email.oauth2.tenant) to the Directory (tenant) ID on the Overview of the app registration in the Entra admin center, and check the cloud (email.oauth2.cloud). Then authorize again with Verify OAuth2 provider (an application: Request a token now).

token-entra-cloud =
    .cause = The application is registered in another Microsoft cloud than the one that the endpoints belong to.
    .remedy = Choose the cloud of the tenant (email.oauth2.cloud) and leave both endpoints empty (email.oauth2.authorization_endpoint, email.oauth2.token_endpoint), so that they follow the cloud. Then authorize again with Verify OAuth2 provider (an application: Request a token now).

token-entra-single-tenant =
    .cause = The application is registered for one tenant, but the endpoint is the shared one for all tenants (/common).
    .remedy = Set the tenant (email.oauth2.tenant) to the Directory (tenant) ID on the Overview of the app registration in the Entra admin center, and leave both endpoints empty (email.oauth2.authorization_endpoint, email.oauth2.token_endpoint), so that they follow the tenant. Then authorize again with Verify OAuth2 provider (an application: Request a token now).

token-entra-wrong-authority =
    .cause = The shared endpoint, /common or /consumers, cannot be used for this application or this way of signing in.
    .remedy = Set the tenant (email.oauth2.tenant) to the Directory (tenant) ID on the Overview of the app registration in the Entra admin center, and leave both endpoints empty (email.oauth2.authorization_endpoint, email.oauth2.token_endpoint), so that they follow the tenant. Then authorize again with Verify OAuth2 provider (an application: Request a token now).

token-entra-redirect =
    .cause = The redirect URI that was sent is not registered for this application, or not exactly so.
    .remedy = In the Entra admin center open App registrations › the app › Authentication and add the redirect URI under the platform Web exactly as the page Email configuration shows it, in the form https://HOST/login/smtp-verification. Then authorize again with Verify OAuth2 provider.

token-entra-consent =
    .cause = Consent for this application is missing: it was not given, it was declined, or only an administrator may give it.
    .remedy = Have an administrator open App registrations › the app › API permissions in the Entra admin center and choose Grant admin consent. Then authorize again with Verify OAuth2 provider (an application: Request a token now).

token-entra-permission =
    .cause = The app registration does not list the API permission that is asked for.
    .remedy = In the Entra admin center open App registrations › the app › API permissions and add SMTP.Send (Microsoft Graph, delegated) or, to sign in as the application, SMTP.SendAsApp (Office 365 Exchange Online, application). Choose Grant admin consent there, then authorize again with Verify OAuth2 provider (an application: Request a token now).

token-entra-scope =
    .cause = The scopes are missing or wrong, or belong to two services at once; Microsoft takes those of one service in a request.
    .remedy = Empty the scopes (email.oauth2.scopes) to use the provider's own: in the public cloud https://outlook.office.com/SMTP.Send offline_access, or as the application https://outlook.office.com/.default. Then authorize again with Verify OAuth2 provider (an application: Request a token now).

token-entra-no-exchange =
    .cause = The tenant has no Exchange Online, the service that the token is asked for.
    .remedy = Check tenant and scopes (email.oauth2.tenant, email.oauth2.scopes). If they are right, give the mailbox a licence with Exchange Online in the Microsoft 365 admin center under Users › Active users › the mailbox › Licenses and apps. Once the mailbox exists, authorize again with Verify OAuth2 provider (an application: Request a token now).

token-entra-other-account =
    .cause = The account that signed in does not belong to this tenant: it is one of another organization, or a personal Microsoft account.
    .remedy = Authorize again with Verify OAuth2 provider and sign in as the sending mailbox (email.oauth2.email). If the browser chooses another account automatically, use a private window.

token-entra-not-assigned =
    .cause = Only assigned users may use the application, and the account that signed in is not one of them.
    .remedy = In the Entra admin center open Enterprise applications › the app › Users and groups and add the account (email.oauth2.email). Then authorize again with Verify OAuth2 provider.

token-entra-account-state =
    .cause = The account is disabled or locked, its password has expired, or Microsoft does not trust the address that the sign-in came from.
    .remedy = Find the refused sign-in in the Entra admin center under Sign-in logs, and put the account (email.oauth2.email) in order there under Users. Then authorize again with Verify OAuth2 provider.

token-entra-code-used =
    .cause = The answer to this sign-in came in twice, and Microsoft takes the code in it only once. A double click or a second tab can cause this.
    .remedy = Start again with Verify OAuth2 provider, in one tab, and sign in once.

token-entra-pkce =
    .cause = The proof of this sign-in (PKCE) does not belong to the request that began it; this can happen when verifying was begun twice.
    .remedy = Close other tabs with this sign-in and start again with Verify OAuth2 provider, once and in one tab.

token-entra-loop =
    .cause = Microsoft throttles this client, because it saw too many requests for a token in a short time.
    .remedy = No action is needed. Postwacht asks again later.

token-entra-busy =
    .cause = Microsoft cannot give out a token just now.
    .remedy = Postwacht asks again automatically, and the permission is kept. If it lasts, look in the Microsoft 365 admin center under Health › Service health.

## Google

token-google-revoked =
    .cause = The permission was withdrawn, went unused for six months or ended with a change of password, or it was given while the consent screen was External and in Testing; then it lasts 7 days.
    .remedy = If the consent screen is still in Testing, publish it first in the Google Cloud console. Then authorize again with Verify OAuth2 provider; publishing alone does not bring the old permission back.

token-google-redirect =
    .cause = The redirect URI that was sent is not registered for this OAuth client, or not exactly so.
    .remedy = Open the OAuth client in the Google Cloud console and add the redirect URI under Authorized redirect URIs exactly as the page Email configuration shows it, without a slash at the end. Then authorize again with Verify OAuth2 provider.

token-google-admin-policy =
    .cause = A policy of the Google Workspace organization denies this application access to the data of its accounts.
    .remedy = Have the client ID (email.oauth2.client_id) trusted in the Google Admin console under Security › Access and data control › API controls. Then authorize again with Verify OAuth2 provider.

token-google-deleted-client =
    .cause = Google reports that the OAuth client with this client ID was deleted.
    .remedy = Make a new OAuth client in the Google Cloud console, with the redirect URI that the page Email configuration shows, and enter its client ID and secret (email.oauth2.client_id, email.oauth2.client_secret). Then authorize again with Verify OAuth2 provider.

token-google-access-denied =
    .cause = Consent was refused at Google, or the consent screen is in Testing and the account is not one of its test users.
    .remedy = Publish the consent screen in the Google Cloud console, or add the account (email.oauth2.email) to its test users; in Testing the permission ends after 7 days. Then authorize again with Verify OAuth2 provider and give consent.

token-google-client =
    .cause = Google does not know this client ID, or the client secret does not belong to it.
    .remedy = Enter client ID and secret again as they stand at the OAuth client in the Google Cloud console (email.oauth2.client_id, email.oauth2.client_secret). After a change of the client ID, authorize again with Verify OAuth2 provider.

token-google-unauthorized-client =
    .cause = Google does not allow this client to ask for these scopes. A service account needs domain-wide delegation for exactly these scopes.
    .remedy = With a service account, enter its client ID with exactly these scopes (email.oauth2.scopes) under Domain-wide delegation in the Google Admin console. Otherwise check the client ID (email.oauth2.client_id) and authorize again with Verify OAuth2 provider.

## Any provider

token-grant =
    .cause = The provider does not accept the stored permission any more: it was withdrawn or has expired, or the password of the account was changed.
    .remedy = Authorize again with Verify OAuth2 provider; Postwacht then sends the waiting mail.

token-person =
    .cause = The provider gives out no token until a person has signed in or consented again.
    .remedy = Authorize again with Verify OAuth2 provider: sign in as the sending mailbox (email.oauth2.email) and complete what the provider asks for.

token-client =
    .cause = The provider does not accept the client ID or the client secret.
    .remedy = Enter both again as they stand at the provider (email.oauth2.client_id, email.oauth2.client_secret), and check there that the secret has not expired. After a change of the client ID, authorize again with Verify OAuth2 provider (an application: Request a token now).

token-unauthorized-client =
    .cause = The provider does not allow this client to ask for a token in this way.
    .remedy = Check client ID and sign-in method (email.oauth2.client_id, email.oauth2.method). At the provider, have the client allowed authorization code and refresh token or, to sign in as the application, client credentials.

token-scope =
    .cause = The provider does not know one of the scopes, or does not allow it to this client.
    .remedy = Correct the scopes (email.oauth2.scopes), or have them allowed for this client at the provider. Then authorize again with Verify OAuth2 provider (an application: Request a token now).

token-denied =
    .cause = The sign-in at the provider was cancelled, or consent was refused there.
    .remedy = Authorize again with Verify OAuth2 provider and give consent. If the provider does not offer that, have its administrator allow the application for this account.

token-request =
    .cause = The provider did not understand the request, or does not support this way of asking.
    .remedy = Check both endpoints and the scopes (email.oauth2.authorization_endpoint, email.oauth2.token_endpoint, email.oauth2.scopes). If they are right, show the answer to the administrator of the provider.

token-busy =
    .cause = The provider cannot give out a token just now.
    .remedy = Postwacht asks again automatically, and the permission is kept. If it lasts, ask the administrator of the provider.
token-none = There is no token.
