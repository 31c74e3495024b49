# Problems of the API (RFC 9457): what went wrong.
problem-settings = The settings have faults; nothing was saved.
problem-settings-check = These settings have faults and would not be saved.
problem-stale = Somebody else has saved the settings since you read them; nothing was saved. Read them again and repeat your change.
problem-no-revision = There is no such revision.
problem-disk-full = The disk is full. Nothing new is accepted until there is room; what was accepted before is kept.
problem-wal-full = The database's write-ahead log is full and cannot be emptied. Nothing new is accepted until it can; what was accepted before is kept.
problem-store-lost = The database was taken away, overwritten or damaged under the running node. Nothing is accepted, and the node ends.
problem-locked = Another program holds the database. Try again in a moment.
problem-busy = Too much is being handed over at once. Try again in a moment.
problem-no-message = There is no such message.
problem-storage = The storage has failed.
problem-took-too-long = The search took too long. Narrow it down.
problem-no-recipient = Nobody is named to send it to.
problem-too-many-recipients = Too many recipients for one message. Spread them over several messages.
problem-too-large = The message is too large.
problem-body-too-large = The body of the request is larger than 1 MiB; nothing was done. Only messages may be larger.
problem-body = The text of the message cannot be taken.
problem-header = The header of the message cannot be taken.
problem-not-found = There is nothing at this address.
problem-not-allowed = This method is not allowed here.
problem-not-settings = These are not settings.
problem-not-json = The request is not JSON of the expected form.
problem-no-if-match = Name the revision that you have read (If-Match), so that nobody's change is overwritten.
problem-address = This is not an address.
problem-no-relay = There is no relay with this name.
problem-message = The message cannot be taken.
problem-from-not-allowed = Only the site's own address may be used here: { $from }
problem-idempotency-key = The Idempotency-Key must have 1 to 200 printable characters.
problem-idempotency-differs = This Idempotency-Key was given for something else; nothing was done. Give each message and event a key of its own, and repeat a key only with the same request.
problem-unset = Nothing is set up yet: the From address and the relay are missing.
problem-media-type = Send application/json or message/rfc822.
problem-filter = This filter cannot be used.
problem-ids-or-all = Name IDs, or all; not both.
problem-not-absolute = The path must be absolute.
problem-file-exists = There is a file of this name already.
problem-backup = The backup could not be written.

# Kept with the settings, and not yet acted on.

status-unreadable = The stored settings were written by a newer version and cannot be read. Mail is held.
status-untold = { $count ->
    [one] One notice waits to be sent: until mail can go, or to go with others in one message.
   *[other] { $count } notices wait to be sent: until mail can go, or to go together in one message.
}
status-incidents = { $count ->
    [one] One incident is open
   *[other] { $count } incidents are open
}, { $worst ->
    [critical] and something is critical.
    [error] the worst is an error.
   *[warning] the worst is a warning.
}
status-unwritable = Nothing can be written to disk since { $since }, so no message is taken and no alarm can be mailed: { $detail }
status-wal = The database's write-ahead log cannot be brought home and has grown to { $size } MiB: { $cause }
status-wal-full = No new message is taken: the database's write-ahead log has grown to { $size } MiB and cannot be emptied: { $cause }
status-unset = Nothing is set up yet. Set the From address, the relay and the admin contacts.
status-unproven = No relay has accepted anything yet, so nothing is proven. Send a test.
status-all-held = No relay can be used now. Mail waits and goes out by itself as soon as one can.
status-parked = { $count ->
    [one] One message waits because no relay lets its sender send.
   *[other] { $count } messages wait because no relay lets their sender send.
}

doctor-settings = Settings: nothing wrong, revision { $revision }.
doctor-settings-unset = Settings: nothing usable is set yet.
doctor-settings-unreadable = Settings: stored by a newer version, unreadable here ({ $why }).
doctor-contacts = { $count ->
    [one] Contacts: one admin contact.
   *[other] Contacts: { $count } admin contacts.
}
doctor-relay = Relay { $relay } ({ $host }): reached and ready for mail, as set.
doctor-relay-fails = Relay { $relay } ({ $host }): cannot be used.
doctor-password-provider = Relay { $relay }: this provider is ending passwords for sending mail. Plan to move to OAuth2.
doctor-certificate = { $days ->
    [one] Relay { $relay }: its certificate is valid for one more day, until { $until }.
   *[other] Relay { $relay }: its certificate is valid for { $days } more days, until { $until }.
}
doctor-clock = Clock: synchronised.
doctor-clock-unsynchronised = Clock: not synchronised. A wrong clock breaks certificates and sign-in.
doctor-clock-unknown = Clock: whether it is synchronised cannot be told on this machine.
doctor-disk = Disk: { $free } MiB free.
doctor-disk-low = Disk: only { $free } MiB free. Below { $floor } MiB new mail is refused.
doctor-disk-full = Disk: { $free } MiB free, and below { $floor } MiB new mail is refused. What is accepted already goes out.
doctor-key-missing = Key: the file { $file } is gone; after the next start no stored password could be opened.
doctor-key-other = Key: the file { $file } does not hold the node's key; after the next start no stored password could be opened.
doctor-disk-unknown = Disk: its free space cannot be told.
doctor-wal = Database: writes reach the disk; { $size } MiB in the write-ahead log.
doctor-wal-held = Database: the write-ahead log cannot be brought home and has grown to { $size } MiB: { $cause }
doctor-queue = Queue: { $waiting } waiting, { $held } held.
doctor-stuck = Mail is due since { $since }, a relay could take it, and it is not being tried. Run "postwacht queue retry --all"; if it still waits after two minutes, restart the service.
doctor-held = Relay { $relay } is held since { $since }: { $fault }
doctor-accepted = Last accepted by a relay: { $at }.
doctor-accepted-never = Last accepted by a relay: nothing yet.

test-mail-subject = [{ $site }] Test message
test-mail-body = This is a test message of { $site }. It was handed to the relay { $relay } at { $at }. If you can read it, mail from there reaches you.
test-mail-footer = Sent by Postwacht because somebody asked for a test. No answer is needed.
problem-account-name = This is not a name for an account: 1 to 64 letters, digits, dots, dashes, underscores or @, beginning with a letter or digit.
problem-account-taken = There is an account of that name.
problem-no-account = There is no such account.
problem-last-administrator = The last administrator stays one: make another one first.
problem-unreadable = The stored settings were written by a newer version, which alone can read them; nothing was saved. Start that version again, or restore an earlier revision.
problem-forbidden = Your role does not allow this.
problem-account = The account could not be changed.
problem-account-role = The role is viewer, operator or administrator.
status-deeper = More wait than these figures say: counting ends at 100,000.
problem-slow-body = The body of the request did not come in time.
problem-scope = This token does not allow that.
problem-token = A token is needed: Authorization: Bearer …, made by "postwacht token create".
problem-bad-request = The request cannot be read.
problem-token-name = That is not a name for a token.
problem-token-scope = That is no scope.
problem-token-life = That is not a life for a token: 90d, 1y, 12h; at most five years.
problem-no-token = There is no such token.
problem-too-many-tokens = There are 1000 tokens already. Revoke some.
status-refused = The newest message that was decided was refused for good: see the queue, state Refused.
note-unencrypted = The password for { $host } is sent unencrypted: everybody on the way can read it.
note-password-provider = Microsoft and Google end passwords for SMTP; { $host } is one of theirs. OAuth2 takes its place: its fields are below.
problem-token-unknown = The token is not known here: it was ended, revoked, or never made.
problem-token-taken = A token of this name holds already. Choose another name, or revoke that one.
status-since-saved = No relay has accepted anything since the settings were saved. Send a test.
problem-backup-here = A backup is written on this machine itself: use the command here, without --url.
problem-priority = The priorities notice and critical are for administrators and for Postwacht itself. Leave priority out.
problem-base64 = The data of an attachment is not base64.
problem-event = This event cannot be taken; nothing was stored.
wrong-event-code = “{ $code }” is not a code that programs may use; such a code looks like app.backup-failed.
wrong-event-object = Longer than { $max } characters, or with a control character in it.
wrong-event-facts = More than { $max } facts, or more than { $bytes } bytes together.
wrong-event-fact = A name has letters, digits, - and _. A value has at most { $max } characters; of control characters only line breaks.
wrong-code = There is no notice with the code “{ $code }”. "postwacht event preview app.example" shows one of a program.
problem-events-full = Too many incidents of this program are open, or too many in all; nothing was stored. Resolve some first.
problem-events-too-fast = This program has raised and resolved too much in a short time; nothing was stored. Wait a minute. Other programs are not affected.
problem-no-incident = There is no such incident, or it is not open any more.
problem-no-alarm = No webhook and no heartbeat URL is set up; nothing was called.
