### Known replies of relays: cause and remedy, one message for each row of the catalogue.

## Microsoft

known-ms-smtp-auth-tenant =
    .cause = Authenticated SMTP is switched off for the whole tenant, and that switch applies to OAuth2 as well.
    .remedy = Switch it on for the sending mailbox, which overrides the tenant; allow up to an hour, then test again. In Exchange PowerShell: Set-CASMailbox BOX -SmtpClientAuthenticationDisabled $false

known-ms-smtp-auth-mailbox =
    .cause = Authenticated SMTP is switched off for this mailbox, and that switch applies to OAuth2 as well.
    .remedy = In the Microsoft 365 admin center open Users › Active users › the mailbox › Mail › Manage email apps and tick Authenticated SMTP; allow up to an hour. In Exchange PowerShell: Set-CASMailbox BOX -SmtpClientAuthenticationDisabled $false

known-ms-basic-disabled =
    .cause = Microsoft does not accept a password for SMTP from this account or this tenant.
    .remedy = Sign in with OAuth2 (email.auth.type), or use a relay that accepts a password.

known-ms-security-defaults =
    .cause = The security defaults of the organization forbid signing in with a password.
    .remedy = Sign in with OAuth2 (email.auth.type), or use another relay. Leave the security defaults on.

known-ms-criteria =
    .cause = A Conditional Access policy, an authentication policy or the demand for a second factor stopped this sign-in.
    .remedy = Find the refused sign-in in the Entra admin center under Sign-in logs; it names the policy. Sign in with OAuth2 (email.auth.type), or exempt this account in that policy.

known-ms-signin-refused =
    .cause = Microsoft refused the sign-in: the username or password is wrong, or the token is for another service, lacks the right to send through SMTP, or has no right to this mailbox.
    .remedy = With a password: check username and password. With OAuth2: check that the scope is https://outlook.office.com/SMTP.Send (as the application: SMTP.SendAsApp with https://outlook.office.com/.default), that the right account signed in, and that the application may open the mailbox: Add-MailboxPermission BOX -User SERVICEPRINCIPAL -AccessRights FullAccess

known-ms-basic-retired =
    .cause = Microsoft has ended signing in with a password for sending mail.
    .remedy = Sign in with OAuth2 (email.auth.type), or use a relay that accepts a password.

known-ms-not-signed-in =
    .cause = The relay accepts no mail from a client that has not signed in.
    .remedy = Choose password or OAuth2 as the authentication type (email.auth.type) and fill in the account.

known-ms-send-as =
    .cause = The relay does not allow this sender: not for the account that signs in, or not without sign-in.
    .remedy = Set the From address (email.from) and the bounce address (email.bounce_address) to the mailbox that signs in, or grant Send As: Add-RecipientPermission SENDER -Trustee BOX -AccessRights SendAs

known-ms-send-as-denied =
    .cause = The relay does not allow this sender: not for the account that signs in, or not without sign-in.
    .remedy = Sign in as the From address (email.from), or grant Send As; for an application, grant it to its service principal: Add-RecipientPermission SENDER -Trustee SERVICEPRINCIPAL -AccessRights SendAs

known-ms-connections =
    .cause = More connections are open for this mailbox than Microsoft allows at once.
    .remedy = { retries-first }If this keeps happening, set email.relay.connections to 1, or give other devices a mailbox of their own.

known-ms-recipient-thread =
    .cause = The mailbox of the recipient receives more mail at once than Microsoft processes for it.
    .remedy = { retries-first }If this keeps happening, send fewer messages to this mailbox, or spread them over several.

known-ms-submission-quota =
    .cause = The mailbox has sent to as many recipients as Microsoft allows in 24 hours.
    .remedy = Wait until the 24 hours have passed, or add a second relay (email.fallback). If this mailbox should not send so much, check whether its account is being misused.

known-ms-tenant-limit =
    .cause = The tenant has sent to as many external recipients as Microsoft allows in 24 hours.
    .remedy = Find out what sends so much: see the Exchange admin center under Reports › Mail flow › Tenant Outbound External Recipients. Wait until the 24 hours have passed, or add a second relay (email.fallback).

known-ms-trial-limit =
    .cause = The tenant has only trial licences and has sent to as many external recipients as a trial allows in 24 hours.
    .remedy = Wait until the 24 hours have passed, or buy a licence for the tenant.

known-ms-mailbox-full =
    .cause = The mailbox that sends is full, usually with copies in Sent Items.
    .remedy = Empty Sent Items of that mailbox, and set a retention policy that keeps it small.

known-ms-front-end =
    .cause = The front end of Microsoft could not pass the connection on to the mailbox.
    .remedy = { retries-first }If it lasts longer than an hour, check that the account exists and is enabled, check the host name (email.relay.host), and try one address family (email.relay.address_family).

known-ms-token-too-short =
    .cause = The token had too little time left; High Volume Email asks for about ten minutes.
    .remedy = The next attempt uses a fresh token. If this keeps happening, check the clock of this machine.

known-ms-token-mismatch =
    .cause = The account that the token was issued for is not the High Volume Email account that is used, or is in another domain.
    .remedy = Use the same account for the OAuth2 sign-in (email.oauth2.email) and the From address (email.from), then authorize again.

known-ms-hve-external =
    .cause = High Volume Email accepts mail for recipients inside the organization only.
    .remedy = Use another relay for recipients outside, such as smtp.office365.com.

known-ms-connector =
    .cause = No inbound connector of the tenant matches the public address or the certificate of this machine any more.
    .remedy = In the Exchange admin center open Mail flow › Connectors and correct the IP address or the certificate name of the inbound connector.

known-ms-direct-send =
    .cause = The tenant refuses mail in its own name that comes neither by sign-in nor by a connector (Reject Direct Send).
    .remedy = In the Exchange admin center add an inbound connector for the public address of this machine under Mail flow › Connectors, or sign in at smtp.office365.com on port 587.

known-ms-bad-outbound-sender =
    .cause = Microsoft has blocked the sending account because of suspicious mail it sent.
    .remedy = Reset the password of the account and find out what was sent. Then lift the block in the Microsoft Defender portal under Restricted entities (https://security.microsoft.com/restrictedentities).

known-ms-blocked-501 =
    .cause = Microsoft has blocked the sending account because it saw spam from it.
    .remedy = Reset the password of the account and find out what was sent. Then lift the block in the Microsoft Defender portal under Restricted entities (https://security.microsoft.com/restrictedentities).

known-ms-blocked-502 =
    .cause = The sender is on the block list of Microsoft because of spam.
    .remedy = Find out what was sent and stop it. Then lift the block in the Microsoft Defender portal under Restricted entities (https://security.microsoft.com/restrictedentities); if the sender is not listed there, ask Microsoft support.

known-ms-blocked-503 =
    .cause = The sender is on the block list of Microsoft because of spam.
    .remedy = Find out what was sent and stop it. Then lift the block in the Microsoft Defender portal under Restricted entities (https://security.microsoft.com/restrictedentities); if the sender is not listed there, ask Microsoft support.

known-ms-blocked-511 =
    .cause = The sender, or the public address that the mail comes from, is on the block list of Microsoft.
    .remedy = Look under Restricted entities in the Microsoft Defender portal (https://security.microsoft.com/restrictedentities). If the reply shows the public address of this machine, ask for its removal in the way that the reply names.

known-ms-tenant-threshold =
    .cause = Microsoft has stopped outgoing mail of the tenant because too much of it looked like spam.
    .remedy = Find and secure the accounts that sent it, then ask Microsoft support to release the tenant.

known-ms-traffic-not-accepted =
    .cause = Microsoft does not accept mail of this tenant from the address that it was sent from; new and trial tenants meet this often.
    .remedy = Ask Microsoft support to release the tenant, and name this code. Until then use another relay.

known-ms-unregistered-domain =
    .cause = The mail has a sender in a domain that is not registered in the tenant.
    .remedy = Add the domain in the Microsoft 365 admin center under Settings › Domains, or choose a From address in a registered domain (email.from, email.bounce_address).

known-ms-group-refuses-133 =
    .cause = This group accepts mail only from senders inside its organization.
    .remedy = Have the owner of the group allow senders from outside: Set-DistributionGroup GROUP -RequireSenderAuthenticationEnabled $false

known-ms-group-refuses-124 =
    .cause = The sender is not on the list of senders that this group accepts.
    .remedy = Have the sender added in the Exchange admin center under Recipients › Groups › the group › Settings › Delivery management.

known-ms-group-refuses-12 =
    .cause = This recipient accepts mail only from senders that its organization has authenticated.
    .remedy = Have the administrator there allow other senders for this recipient: Set-Mailbox BOX -RequireSenderAuthenticationEnabled $false

known-ms-no-valid-from =
    .cause = The message has no valid From header, or more than one.
    .remedy = Correct the From header in the application that made the message.

known-ms-bare-lf =
    .cause = On its way the message got lines that end in LF alone, and the recipient's server does not accept these.
    .remedy = Have the application that made the message end every line with CRLF. If the message went through a filter after the relay, check that filter.

known-ms-rejected-recipient =
    .cause = The recipient's domain has no such address in its directory at Microsoft, or does not accept mail for it.
    .remedy = Correct the address. If it was made shortly ago, try again after a day; if its mailbox is elsewhere, set the domain to Internal relay in the Exchange admin center under Mail flow › Accepted domains.

## Google

known-google-password-refused =
    .cause = Google did not accept the username with this password or token; it accepts no ordinary account password for SMTP.
    .remedy = Use the full address as username and an app password from https://myaccount.google.com/apppasswords as password, or sign in with OAuth2 (email.auth.type).

known-google-app-password =
    .cause = The account uses 2-Step Verification, so Google takes an app password here and not the account's own.
    .remedy = Create an app password at https://myaccount.google.com/apppasswords and enter it as the password, or sign in with OAuth2 (email.auth.type).

known-google-line-too-long =
    .cause = The relay met a command line that it finds too long; a long token can cause this.
    .remedy = { retries-first }If this keeps happening, report it with the transcript.

known-google-daily-limit =
    .cause = The account has sent as much as Google allows in a day.
    .remedy = Wait up to 24 hours, or add a second relay (email.fallback). If this account should not send so much, check whether it is being misused.

known-google-relay-limit =
    .cause = This user has sent as much through the SMTP relay service of Google Workspace as is allowed in a day.
    .remedy = Wait up to 24 hours, or add a second relay (email.fallback).

known-google-customer-limit =
    .cause = The organization has sent as much through the SMTP relay service of Google Workspace as is allowed in a day.
    .remedy = Wait up to 24 hours, and find out what sends so much. Add a second relay (email.fallback) if this happens often.

known-google-peak-limit =
    .cause = The organization sent too much through the SMTP relay service of Google Workspace in a short time.
    .remedy = { retries-first }If this keeps happening, set email.relay.connections to 1 and spread large mailings over time.

known-google-ehlo =
    .cause = Google closed the connection at the EHLO greeting. There are two known causes: Google wants a host name there and got an address or an unknown name, or it cannot take more connections just now.
    .remedy = Set the EHLO name to a full host name, such as node.example.net (email.relay.ehlo_name). If it is set, Postwacht retries automatically; set email.relay.connections to 1 if this keeps happening.

known-google-busy =
    .cause = Google cannot take the mail just now, or finds that it comes too fast.
    .remedy = { retries-first }If this keeps happening, set email.relay.connections to 1.

## Sign-in and encryption

known-token-refused =
    .cause = The OAuth2 token is not valid any more, was withdrawn, or does not allow sending through SMTP.
    .remedy = Check the scopes (email.oauth2.scopes; for Google https://mail.google.com/) and the account (email.oauth2.email), then authorize again with Verify OAuth2 provider.

known-signin-busy =
    .cause = The relay cannot check the sign-in just now.
    .remedy = { retries-first }If it lasts, ask the administrator of the relay to look at its authentication service.

known-signin-too-weak =
    .cause = The relay finds this way of signing in too weak for the account.
    .remedy = Set the encryption to STARTTLS or TLS (email.relay.encryption), or choose another authentication type (email.auth.type).

known-signin-mechanism =
    .cause = The relay offers a sign-in mechanism that it does not know, and no other one that works.
    .remedy = If a sign-in mechanism is chosen, set it to automatic (email.auth.mechanism). Otherwise have PLAIN or LOGIN enabled at the relay, or choose another authentication type (email.auth.type).

known-signin-needs-tls =
    .cause = The relay accepts this sign-in only over an encrypted connection.
    .remedy = Set the encryption to STARTTLS on port 587 or TLS on port 465 (email.relay.encryption, email.relay.port).

known-signin-refused =
    .cause = The relay did not accept the username or the password.
    .remedy = Type both again (email.auth.username, email.auth.password); some relays want the full email address as username. Check that the account is not locked and may send through SMTP.

known-starttls-first =
    .cause = The relay accepts mail only over an encrypted connection.
    .remedy = Set the encryption to STARTTLS (email.relay.encryption).

known-signin-required =
    .cause = The relay accepts mail only after sign-in.
    .remedy = Choose password or OAuth2 as the authentication type (email.auth.type), or allow this machine's address at the relay without sign-in.

## Admission and sender

known-client-refused =
    .cause = The relay does not let this machine send: it refuses its address, or expects a sign-in.
    .remedy = Allow this machine's address at the relay (Postfix: mynetworks; Exchange: remote network settings of the receive connector), or set up the sign-in if the relay has one for you (email.auth.type). If this machine has several addresses, choose the allowed one (email.relay.source_address).

known-exchange-unable-to-relay =
    .cause = Exchange accepts mail from this machine, but does not pass it on to external domains.
    .remedy = Sign in at the relay (email.auth.type), or use a receive connector that is limited to this machine's address and grant it the right: Get-ReceiveConnector "CONNECTOR" | Add-ADPermission -User "NT AUTHORITY\ANONYMOUS LOGON" -ExtendedRights "Ms-Exch-SMTP-Accept-Any-Recipient"

known-relay-denied =
    .cause = The relay does not pass on mail from this machine to this recipient's domain.
    .remedy = Sign in at the relay (email.auth.type), or allow this machine's address to relay there (Postfix: mynetworks).

known-sender-not-owned =
    .cause = The relay does not allow this sender: not for the account that signs in, or not without sign-in.
    .remedy = Set the From address (email.from) and the bounce address (email.bounce_address) to an address of that account, or have the sender assigned to the account at the relay (Postfix: smtpd_sender_login_maps).

known-send-as =
    .cause = The relay does not allow this sender: not for the account that signs in, or not without sign-in.
    .remedy = Set the From address (email.from) and the bounce address (email.bounce_address) to the mailbox that signs in, or have Send As granted. On Exchange: Add-ADPermission "SENDER" -User BOX -ExtendedRights "Send As"

known-sender-domain =
    .cause = The relay cannot find the domain of the sender address in DNS.
    .remedy = Use a sender in a domain that exists and can receive mail (email.from, email.bounce_address), or add an MX record for the domain. The relay's own DNS must be able to find it.

known-helo-not-qualified =
    .cause = The relay wants a full host name in the EHLO greeting, with a domain.
    .remedy = Set the EHLO name to a full name, such as node.example.net (email.relay.ehlo_name).

known-helo-rejected =
    .cause = The relay cannot find the name in the EHLO greeting in DNS, or does not accept it.
    .remedy = Set the EHLO name to a name that has an address in DNS (email.relay.ehlo_name).

known-ehlo-refused =
    .cause = The relay refuses the EHLO greeting of this node, most often for the name in it.
    .remedy = Set the EHLO name to a full host name that DNS knows, such as node.example.net (email.relay.ehlo_name). If the relay takes no mail from this address at all, ask its administrator.

known-blocked-list =
    .cause = The public address of this machine, or the sender's domain, is on a block list that the relay consults.
    .remedy = Look it up at the list that the reply names, remove the cause and ask for removal. Signing in at the relay or using another one (email.fallback) avoids the list.

known-content-refused =
    .cause = A filter of the relay refused the content of the message.
    .remedy = Ask the administrator of the relay what its filter found, and have this sender exempted.

## State of the relay

known-greylisted =
    .cause = The relay delays mail from unknown senders (greylisting), or asks for a later attempt.
    .remedy = { retries-first }If it happens often, exempt this machine's address from greylisting at the relay.

known-starttls-busy =
    .cause = The relay cannot start encryption just now.
    .remedy = { retries-first }If it lasts, have the certificate and the TLS settings of the relay checked.

known-no-service-here =
    .cause = The relay refuses every connection from this machine in its greeting.
    .remedy = Check host and port (email.relay.host, email.relay.port), and allow this machine's address at the relay.{ retries-last }

known-relay-busy =
    .cause = The relay is too busy, is being restarted or limits the number of connections.
    .remedy = { retries-first }If this keeps happening, set email.relay.connections to 1 and ask the administrator of the relay.

## Recipient and message

known-mailbox-full =
    .cause = The mailbox of the recipient is full.
    .remedy = Ask the recipient to make room.{ retries-last }

known-too-many-recipients =
    .cause = The relay accepts no more recipients in one transaction.
    .remedy = The other recipients follow automatically in the next transaction.

known-recipient-unknown =
    .cause = The relay knows no recipient with this address.
    .remedy = Correct the address, for a contact under email.contacts.admin. Other recipients are not affected.

known-recipient-unknown-code =
    .cause = The relay knows no recipient with this address.
    .remedy = Correct the address, for a contact under email.contacts.admin. Other recipients are not affected.

known-recipient-unknown-exchange =
    .cause = Exchange finds no mailbox or group with this address.
    .remedy = Correct the address, for a contact under email.contacts.admin, or have the mailbox made. Other recipients are not affected.

known-recipient-moved =
    .cause = The recipient has another address now, and the relay does not pass mail on to it.
    .remedy = Ask the recipient for the new address and use that; for a contact under email.contacts.admin.

known-message-too-large =
    .cause = The message is larger than the relay accepts.
    .remedy = Make the message smaller, or have the limit raised at the relay (Postfix: message_size_limit; Exchange: MaxMessageSize of the connector).

known-signin-first =
    .cause = The relay accepts mail only after sign-in.
    .remedy = Choose password or OAuth2 as the authentication type (email.auth.type), or allow this machine's address at the relay without sign-in.

known-body-line-too-long =
    .cause = The message has a line that is longer than the relay accepts.
    .remedy = Let the program that made the message wrap its lines, or send the text as an attachment.

known-out-of-step =
    .cause = The relay did not expect this command here, or does not know it. The relay and Postwacht were out of step. Postwacht retries the message.
    .remedy = If this stays, look at the transcript of the attempt: a proxy or filter between Postwacht and the relay may change the dialogue.

# Replies that no row knows, by the ruling.
reply-recipient =
    .cause = The relay does not accept mail for this recipient. Its reply says why.
    .remedy = Check the address. If it is right, ask the administrator of the relay.
reply-message =
    .cause = The relay does not accept this message. Its reply says why.
    .remedy = Change the message, or ask the administrator of the relay.
reply-sender =
    .cause = The relay does not accept mail from this sender.
    .remedy = Allow the sender on the relay, or use another one.
reply-later =
    .cause = The relay cannot accept this now. Its reply says why.
    .remedy = If it does not pass, ask the administrator of the relay.
