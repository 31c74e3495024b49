# Problems of the API (RFC 9457), remarks of the status, results of the doctor, and the test email.
problem-settings = The settings contain errors. Nothing was saved.
problem-settings-check = These settings contain errors.
problem-stale = The settings were saved after you read them. Nothing was saved now. Read them again and repeat your change.
problem-no-revision = This revision does not exist.
problem-disk-full = The disk is full. Postwacht accepts no new mail until there is space; mail accepted before is kept.
problem-wal-full = The write-ahead log of the database is full and cannot be emptied. Postwacht accepts no new mail until it can; mail accepted before is kept.
problem-store-lost = The database was removed, overwritten or damaged while the node was running. Postwacht accepts no mail, and the node stops.
problem-locked = Another program has locked the database. Try again in a moment.
problem-busy = Too many requests at the same time. Try again in a moment.
problem-no-message = This message does not exist.
problem-storage = The storage failed.
problem-took-too-long = The search took too long. Use a narrower search.
problem-no-recipient = No recipient is given.
problem-too-many-recipients = Too many recipients for one message. Split them over several messages.
problem-too-large = The message is too large.
problem-body-too-large = The body of the request is larger than 1 MiB. Nothing was done. Only messages may be larger.
problem-body = The text of the message cannot be accepted.
problem-header = The header of the message cannot be accepted.
header-fault =
    { $why ->
        [control] A control character, such as a line break, is not allowed here.
        [reserved] Postwacht sets this header, or another field of the request does.
        [name] This is not the name of a header. Use letters, digits and hyphens.
        [twice] This header is given twice.
        [empty] An email address is missing here. Example: ops@example.com.
        [date] This is not a date. Example: Thu, 12 Mar 2026 10:30:00 +0100
        [ascii] Only ASCII characters are allowed in this header.
        [long-word] A word has more than 900 bytes. Insert spaces.
        [content-type] This is not a content type. Example: text/plain
       *[size] Texts and attachments are too large.
    }
problem-not-found = This address does not exist in the API.
problem-not-allowed = This method is not allowed here.
problem-not-settings = This is not a settings document.
problem-not-json = The request is not JSON of the expected form.
problem-no-if-match = If-Match is missing or is no ETag of these settings. Send the ETag that came with the settings you have read, such as "r14", so that the changes of other users are not overwritten.
problem-address = This is not an email address.
problem-no-relay = There is no relay with this name.
problem-message = The message cannot be accepted.
problem-from-not-allowed = Only the address of the site is allowed here: { $from }
problem-one-sender = Exactly one address is allowed here, without a group: { $from }
problem-idempotency-key = The Idempotency-Key must have 1 to 200 printable characters.
problem-idempotency-differs = This Idempotency-Key was used with another request. Nothing was done. Use a different key for each message and event, and repeat a key only with the same request.
problem-unset = Mail is not set up yet. Enter the From address, the relay and the admin contacts.
problem-email-config-read-only = This node is not the primary node of its pair. The e-mail settings are changed on the primary node. Nothing was saved.
problem-not-primary = This node is the backup and takes no mail. Send it to the primary node.
problem-not-serving = This node is not the primary node at this moment. Try again in a minute.
problem-retired = This node has left its pair and takes no mail. An administrator must start it as a new site first.
problem-pair-request = The pair was not made: a value is missing or wrong. Nothing was changed.
problem-failover-settings = The settings of failover cannot be saved. Nothing was changed.
problem-pair-exists = This node has a pair already. Break it first.
problem-not-paired = This node has no pair.
problem-pair-serves = This node serves already. Only a node that serves nothing after its pair has ended is started as a new site.
problem-pair-not-primary = Only the primary node changes the settings that both nodes share.
problem-pair-busy = This node is making a pair at this moment. Try again in a minute.
problem-pair-impostor = The node that answered does not know the code or the key: it is another node, or something in between. No pair was made.
problem-pair-port = The port for the other node cannot be opened.
problem-peer-refuses = The other node refuses. Nothing was changed.
problem-peer-unreachable = The other node was not reached. Nothing was changed.
problem-pair-checks = These two nodes cannot become a pair yet. Nothing was changed.
problem-pair-secret = The code or the key cannot be used.
problem-pair-code-or-key = Give either the code that the backup shows, or the pre-shared key.
problem-pair-role = The role must be primary or backup.
problem-role-same = This node has that role already.
problem-role-busy = Another change of roles is under way. Wait until it ends.
problem-role-peer-unreachable = The other node does not answer. Restore it first, or use force if it stays away: then no node serves until one is made primary.
problem-role-peer-behind = The other node has not taken the newest e-mail settings yet. Try again in a few seconds.
problem-role-not-backup = Automatic takeovers are held on the backup: run this on the other node.
problem-role-not-taken = The other node did not become primary. Look at the status of both nodes.
problem-role-self-test = The self-test of this node fails. Run "postwacht doctor" here.
problem-role-never-synced = This node has never had the settings of the primary node.
problem-role-isolated = This node reaches neither the other node nor a test IP: the other one may be serving. Check the network, or use force if you are sure that it is down.
problem-role-cut-off = This node reaches nothing, and no interface with a shared IP is up: the other node may be serving, and this one could serve nobody. Mend its network first.
problem-role-address-taken = Another device answers on a shared IP. Find it, or use force if you know that it is of no consequence.
problem-role-address-unknown = It could not be found out whether another device has a shared IP. Check that postwacht netd runs.
problem-role-disk = The disk of this node refuses writes.
problem-role-not-drained = The work under way did not end in time. The roles are as before.
problem-role-failed = The change of roles did not succeed. Look at the status of both nodes.
problem-media-type = Send application/json or message/rfc822.
problem-filter = This filter is not valid.
problem-ids-or-all = Give either IDs or all.
problem-not-absolute = The path must be absolute.
problem-file-exists = A file with this name exists already.
problem-backup = The backup could not be written.

# Remarks of the status.

status-unreadable = A newer version saved the settings, and this version cannot read them. Mail is held.
status-untold = { $count ->
    [one] One notice is waiting to be sent, alone or combined with others in one message. Changes of the settings are gathered for five minutes.
   *[other] { $count } notices are waiting to be sent, alone or combined in one message. Changes of the settings are gathered for five minutes.
}
status-not-serving = This node takes no mail of programs: it is not the primary node of its pair at this moment. See postwacht failover status.
status-retired = This node takes no mail of programs: it has left its pair. Start it as a new site (postwacht failover new-site), or use the other node.
status-incidents = { $count ->
    [one] One incident is open: { $worst ->
        [critical] it is critical.
        [error] an error.
       *[warning] a warning.
    }
   *[other] { $count } incidents are open, { $worst ->
        [critical] at least one of them critical.
        [error] the worst is an error.
       *[warning] the worst is a warning.
    }
}
status-unwritable = Since { $since } nothing can be written to disk. Postwacht accepts no mail and cannot send alerts by mail: { $detail }
status-wal = The write-ahead log of the database cannot be checkpointed and has grown to { $size } MiB: { $cause }
status-wal-full = Postwacht accepts no new mail: the write-ahead log of the database has grown to { $size } MiB and cannot be emptied: { $cause }
status-unset = Mail is not set up yet. Set the From address, the relay and the admin contacts.
status-unproven = No relay has accepted any mail yet: the settings are not proven.
status-all-held = No relay works now. Mail waits, and Postwacht sends it as soon as a relay works.
status-parked = { $count ->
    [one] One message is held because no relay accepts its sender.
   *[other] { $count } messages are held because no relay accepts their sender.
}

doctor-settings = Settings: valid, revision { $revision }.
doctor-settings-unset = Settings: mail is not set up yet.
doctor-settings-unreadable = Settings: saved by a newer version, not readable by this version ({ $why }).
doctor-contacts = { $count ->
    [one] Admin contacts: one.
   *[other] Admin contacts: { $count }.
}
doctor-relay = Relay { $relay } ({ $host }): connected; encryption and sign-in work as set.
    .plain = Relay { $relay } ({ $host }): connected; without encryption and sign-in, as set.
    .encryption = Relay { $relay } ({ $host }): connected; encryption works as set; no sign-in is set.
    .sign-in = Relay { $relay } ({ $host }): connected without encryption, as set; sign-in works.
doctor-sender-held = Relay { $relay } takes no mail from { $sender }. Mail from this sender waits.
    .other = Relay { $relay } takes no mail from { $sender }. Mail from this sender is offered to relay { $other }, which has not refused it.
doctor-relay-fails = Relay { $relay } ({ $host }): not working.
doctor-password-provider = Relay { $relay }: this provider restricts sign-in with a password for SMTP. Change to OAuth2 in time.
doctor-certificate = { $days ->
    [one] Relay { $relay }: its certificate is valid for one more day, until { $until }.
   *[other] Relay { $relay }: its certificate is valid for { $days } more days, until { $until }.
}
    .expired = Relay { $relay }: its certificate expired on { $until }.
doctor-clock = Clock: synchronised.
doctor-clock-unsynchronised = Clock: not synchronised. With a wrong clock, certificates and sign-in fail.
doctor-clock-unknown = Clock: this machine does not show whether it is synchronised.
doctor-disk = Disk: { $free } MiB free.
doctor-disk-low = Disk: only { $free } MiB free. Below { $floor } MiB Postwacht accepts no new mail.
doctor-disk-full = Disk: { $free } MiB free. Below { $floor } MiB Postwacht accepts no new mail. Mail accepted before is still sent.
doctor-key-missing = Key: the file { $file } is missing. The node works until it stops, and does not start again without it.
doctor-key-other = Key: the file { $file } does not contain the node's key. The node works until it stops, and does not start again with it.
doctor-disk-unknown = Disk: the free space cannot be determined.
doctor-wal = Database: writes reach the disk; { $size } MiB in the write-ahead log.
doctor-wal-held = Database: the write-ahead log cannot be checkpointed and has grown to { $size } MiB: { $cause }
doctor-queue = Queue: { $waiting } waiting, { $held } held.
doctor-stuck = Since { $since } mail has been due and a relay is ready, but Postwacht does not try to send it. Run "postwacht queue retry --all". If mail still waits after two minutes, restart the service.
doctor-held = Relay { $relay } has been held since { $since }: { $fault }
doctor-accepted = Last accepted by a relay: { $at }.
doctor-accepted-never = Last accepted by a relay: no mail yet.

test-mail-subject = [{ $site }] Test message
test-mail-body = This is a test message of { $site }. It was submitted to the relay { $relay } at { $at }. If you can read it, mail from this site reaches you.
test-mail-footer = Sent by Postwacht because a test was requested. Nobody reads replies to this message.
problem-account-name = This is not an account name. A name has 1 to 64 letters, digits, dots, dashes, underscores or @, and begins with a letter or digit.
problem-account-taken = An account with this name exists already.
problem-no-account = This account does not exist.
problem-last-administrator = This is the last administrator. Create another administrator first.
problem-unreadable = A newer version saved the settings, and only that version can read them. Nothing was saved. Start that version again, or restore an earlier revision.
problem-forbidden = Your role does not allow this.
problem-account = The account could not be changed.
problem-account-role = The role must be viewer, operator or administrator.
status-deeper = There are more waiting messages than shown: counting stops at 100,000.
problem-slow-body = The body of the request did not arrive in time.
problem-scope = The scopes of this token do not allow this.
problem-token = A token is required: Authorization: Bearer …. Create one with "postwacht token create".
problem-parameter = A parameter of the request is not valid.
problem-bad-request = The request cannot be read.
problem-token-name = This is not a valid name for a token.
problem-token-scope = This is not a scope.
problem-token-life = This is not a lifetime for a token. Examples: 90d, 1y, 12h; at most five years.
problem-no-token = This token does not exist.
problem-too-many-tokens = There are 1000 tokens already. Revoke some of them.
status-refused = The newest decision on a recipient was a permanent refusal. See the queue, state Refused.
status-local-links = Only this machine can open the pages ({ $base }), so mail has no links. Set the address of these pages (site.external_url).
doctor-links = Links in mail begin with { $base }.
note-unencrypted = The password for { $host } is sent unencrypted. Anyone on the network path can read it.
note-password-provider = The provider of { $host } restricts sign-in with a password for SMTP. Set up OAuth2 with the fields below.
problem-token-unknown = The token is not known here: it has expired, was revoked, or never existed.
problem-token-taken = A valid token with this name exists already. Choose another name, or revoke that token.
status-since-saved = No relay has accepted mail since the settings were saved.
problem-backup-here = A backup is written on the machine of the node: run the command there, without --url.
problem-priority = Only administrators and Postwacht itself may use the priorities notice and critical. Leave priority out.
problem-base64 = The data of an attachment is not base64.
problem-event = The event cannot be accepted. Nothing was stored.
problem-preview = There is no such preview.
wrong-event-code = “{ $code }” is not a code for events of programs. Example: app.backup-failed.
wrong-event-object = The object has more than { $max } characters, or contains a control character.
wrong-event-facts = There are more than { $max } facts, or they have more than { $bytes } bytes in total.
wrong-event-fact = A name may have letters, digits, - and _. A value may have at most { $max } characters, and no control characters except line breaks.
wrong-code = The catalogue has no event with the code “{ $code }”. Codes of programs begin with “app.”.
problem-events-full = Too many incidents are open, of this program or in total. Nothing was stored. Resolve some first.
problem-events-too-fast = This program has raised and resolved too many events in a short time. Nothing was stored. Wait a minute. Other programs are not affected.
problem-no-incident = There is no incident with this number.
problem-not-open = There is no open incident like this: it is over already, or never existed.
problem-no-alarm = No webhook and no heartbeat URL is set. No call was made.

# The fates of several recipients: 2 of 4 accepted, 1 refused, 1 waiting.
summary-first = { $fate ->
    [accepted] { $count } of { $total } accepted
    [not-accepted] { $count } of { $total } not accepted
    [refused] { $count } of { $total } refused
    [waiting] { $count } of { $total } waiting
    [held] { $count } of { $total } held
    [sender-held] { $count } of { $total } waiting for their sender
   *[cancelled] { $count } of { $total } cancelled
}
summary-further = { $fate ->
    [accepted] { $count } accepted
    [not-accepted] { $count } not accepted
    [refused] { $count } refused
    [waiting] { $count } waiting
    [held] { $count } held
    [sender-held] { $count } waiting for their sender
   *[cancelled] { $count } cancelled
}

## Requests that are refused before any page
guard-host = The request is for { $host }, and this node does not go by that name. Open the page by its IP address, or add the name to external_urls in the bootstrap file.
guard-no-host = The request has no Host header.
guard-two-hosts = The request has more than one Host header.
guard-forged = The request came from a page of another site and was refused. Open the page of this node and try it there.
guard-tls = This port uses TLS: begin the address with https.

fallback-note = { $relay } is a fallback relay. Look at the error, and change its settings with "postwacht settings set": their keys begin with { $key }. "postwacht test --relay { $relay }" tests it, and "postwacht oauth verify --relay { $relay }" signs in again if it uses OAuth2.
status-incomplete = The stored email settings have errors, so mail is not sent; a secret may be missing after a restore. "postwacht settings show" and the page Email configuration show them; saving them lists the errors.
problem-incomplete = The stored email settings have errors, so mail is not sent; a secret may be missing after a restore.
problem-not-on-this-socket = This socket takes messages of programs only. Everything else is at control.sock, or at the address of the pages with a token.
doctor-contact-refused = Admin contact { $contact }: the relay refuses it. Notices do not arrive there.
