# Commands and their arguments: the text of --help.
cli = Postwacht sends the mail of this machine, and reports when it cannot.
cli-heading-usage = Usage:
cli-heading-options = Options
cli-heading-arguments = Arguments
cli-heading-commands = Commands
cli-help = Show this help
cli-version = Show the version
cli-config = Bootstrap file [usually /etc/postwacht/postwacht.toml]
cli-data-dir = Data directory of the node
cli-json = Print the answer as JSON
cli-serve = Run the node
cli-demo = Demonstrate Postwacht with a temporary node and its own relay
cli-settings = Show and change the settings
cli-settings-show = Show the settings as TOML, without secrets
cli-settings-get = Show the value of a key
cli-settings-get-key = Key, such as email.relay.port
cli-settings-set = Set keys; KEY=@FILE reads a file, KEY=@- standard input, KEY= clears
cli-settings-set-pairs = Keys and values. Write a list as TOML: 'email.contacts.admin=["a@example.com"]'
cli-settings-import = Replace the settings by a TOML file; secrets that are not in the file are kept
cli-settings-import-file = File; - is standard input
cli-settings-export = Write the settings as TOML to standard output
cli-settings-export-with-secrets = Write the settings with their secrets into a new file (only while the node is stopped)
cli-settings-check = Check a TOML file without saving it
cli-settings-check-file = File; - is standard input
cli-settings-revisions = List the saved revisions
cli-settings-restore = Restore an earlier revision
cli-settings-restore-revision = Number of the revision
cli-settings-restore-pairs = Keys that get another value, such as a secret that is no longer stored: KEY=@FILE
cli-test = Send a test email and show each stage
cli-test-to = Recipients [the admin contacts]
cli-test-relay = Name of the relay [the first of the route]
cli-test-transcript = Show the transcript even if the test succeeds
cli-doctor = Check everything that mail depends on, without sending mail
cli-send = Submit a message; success means that it is safe on disk
cli-send-to = Recipients
cli-send-from = From address [that of the site]
cli-send-subject = Subject
cli-send-body-file = File with the text; - is standard input
cli-send-html = File with the text as HTML
cli-send-attach = File to attach
cli-send-priority = submitted, notice or critical
cli-send-wait = Wait until a relay has accepted or refused it, or an operator or a refused sender holds it; at most as long as --timeout
cli-send-timeout = Longest time to wait [2m]
cli-queue = Show messages and act on them
cli-queue-list = List messages, newest first
cli-queue-list-state = Only this state (refused: also with other recipients accepted or waiting; not-accepted: tests): waiting, held, sender-held, accepted, partly-accepted, refused, not-accepted, cancelled
cli-queue-list-to = Only messages with this text in a recipient's address
cli-queue-list-since = Only messages queued since this time (RFC 3339)
cli-queue-show = Show a message: the state of each recipient, the report of each attempt
cli-queue-show-id = ID of the message
cli-queue-retry = Retry messages now
cli-queue-retry-ids = IDs of messages
cli-queue-retry-all = All waiting messages
cli-queue-hold = Hold messages
cli-queue-hold-ids = IDs of messages
cli-queue-hold-all = All waiting messages
cli-queue-release = Release held messages
cli-queue-release-ids = IDs of messages
cli-queue-release-all = All held messages
cli-queue-cancel = Cancel the delivery to recipients who have not received the message
cli-queue-cancel-ids = IDs of messages
cli-status = Show whether mail is working (exit code 0 yes, 3 no, 4 not running, 5 attention needed)
cli-status-deep = Run the checks of "postwacht doctor" too
cli-backup = Write a backup of the running node
cli-backup-file = New file
cli-failover = The failover pair: status, roles, settings
cli-failover-status = Show who is primary, and whether a takeover would work
cli-failover-pair-code = Allow one other node to make a pair with this one, which becomes the backup: prints a code for ten minutes
cli-failover-pair-key = Allow nodes with this pre-shared key to make a pair with this one
cli-failover-pair-key-file = File that holds the key: at least 20 characters
cli-failover-establish = Make a pair with a node that allows it; this node becomes the primary
cli-failover-establish-peer = The other node; port 8874 if none is given
cli-failover-establish-reverse = Where the other node reaches this one
cli-failover-establish-code = Code that the other node shows
cli-failover-establish-key-file = File that holds the pre-shared key
cli-failover-establish-shared-ip = Shared IP that the primary serves; may be repeated
cli-failover-establish-discard-backup-data = The settings and messages of the other node may be lost
cli-failover-become = Change the role of this node
cli-failover-become-role = primary or backup
cli-failover-become-force = Also if the other node does not answer, or another device has a shared IP
cli-failover-break = End the pair: the node that serves goes on alone
cli-failover-break-force = Also if the other node does not answer
cli-failover-rotate-keys = Give both nodes new keys
cli-failover-new-site = Start this node as a site of its own, after its pair has ended
cli-failover-maintenance = Hold automatic takeovers
cli-failover-maintenance-on = Hold them for a time
cli-failover-maintenance-on-time = At most 24 hours: 2h, 30m
cli-failover-maintenance-off = End the hold
cli-failover-settings = Settings of this node and of the pair
cli-failover-settings-show = Print the settings
cli-failover-settings-set = Change settings
cli-failover-settings-set-pairs = Such as automatic=true test_ips=192.0.2.1,tcp://192.0.2.2:443
cli-failover-ips = The shared IPs that this node can serve
cli-failover-ips-list = Print them
cli-failover-ips-add = Add one, or change it
cli-failover-ips-add-ip = Shared IP
cli-failover-ips-add-interface = Interface, such as eth0
cli-failover-ips-add-disabled = Do not serve it on this node
cli-failover-ips-remove = Remove one
cli-failover-ips-remove-ip = Shared IP
failover-code-made = Type this code on the primary-to-be: postwacht failover establish --code … It lives for ten minutes and is not shown again.
failover-key-taken = Nodes with this key may now make a pair with this one.
failover-made = The pair is made. This node is the primary.
failover-made-unconfirmed = The pair is made. The other node has not confirmed it yet; it does so by itself.
failover-ended = The pair has ended. Look at the status of both nodes.
failover-keys-changed = Both nodes have new keys. The former ones are let in for another day.
failover-new-site = This node is a site of its own now.
failover-phase = Phase
failover-term = Term
failover-peer = Other node
failover-peer-role = Its role at the last check
failover-peer-fault = Not reached
failover-test-ips = Test IPs
failover-takeover-at = Takeover at
failover-maintenance-until = Held until
failover-shared-ip = Shared IP
failover-ip-here = on this node
failover-ip-not-here = not on this node
failover-ip-unlisted = not listed on this node
failover-ip-enabled = enabled
failover-ip-disabled = disabled
failover-settings-node = This node, while it is the backup
failover-settings-pair = Both nodes (changed on the primary)
error-value = This value does not fit the setting.
error-no-setting = There is no such setting.
error-ip-unlisted = This address is not listed on this node.
cli-netd = Run the network helper of the failover pair; needs the capabilities NET_ADMIN and NET_RAW
cli-netd-socket = Socket for the node
cli-netd-user = User ID of the node; usually that of this program
cli-restore = Restore a backup into an empty data directory
cli-restore-file = Backup file
cli-restore-trust = Accept a file that this node has not signed, without its passwords, tokens and secrets
cli-completions = Print the completions for a shell
cli-completions-shell = Shell

# Errors: what happened.
error-socket-path = The path of the control socket is too long; use a shorter data directory.
error-bootstrap = The bootstrap file cannot be used.
error-log-level = The log level cannot be used.
error-open = The store cannot be opened.
error-socket = The control sockets cannot be created.
error-signal = Signals cannot be received.
error-runtime = The program cannot start.
error-disk-failed = The disk did not accept a write, so the process stopped. The next start recovers from what is on disk.
error-task-died = A background task failed because of a bug in Postwacht, so the process stopped. The next start recovers from what is on disk.
error-store-lost = A file of the database was removed or overwritten while the node was running. The node accepted no more mail and stopped.
error-store-damaged = The database cannot be read correctly: it is damaged, or the disk is failing. The node accepted no more mail and stopped.
error-no-answer = The node does not answer. It may be stopped or very busy.
error-not-running = No node can be reached here.
error-broken = The connection to the node was lost.
error-answer = The answer of the node is not understood.
hint-answer = Use the program of the version that runs on the node.
error-request = The request cannot be created.
error-argument = An argument cannot be used.
error-file = The file cannot be used.
error-not-utf8 = The file is not UTF-8 text.
error-settings-file = The settings file cannot be used.
error-export-running = A running node does not export secrets.
error-key = This is not the key of a setting.
error-no-entry = { $key }: { $count ->
        [0] this list is empty. Begin with [0].
        [one] this list has one entry, [0]. A new entry is [1].
       *[other] this list has { $count } entries. A new entry is [{ $count }].
    }
error-netd = The network helper cannot run.
error-key-own = Postwacht gives this number itself. It cannot be set.
error-no-revision = This revision of the settings is not kept, or this version cannot read it.
error-pair = Write KEY=VALUE.
error-secret-on-command-line = A secret is not allowed on the command line, where every user of this machine can read it.
error-list = The list is not TOML.
error-restore = The backup was not restored. Nothing was changed.
error-demo = The demo cannot run here.

# Errors: what to do.
hint-in-use = Stop the other process, or use another --data-dir.
hint-directory = Name a directory that this user can write with --data-dir. A file of that name is none.
hint-damaged = Restore a backup (postwacht restore) into an empty directory. Keep the damaged file for analysis.
hint-mixed = Put back the database that belongs to this log. To use the database without the log, start once with "postwacht serve --new-store": the log is kept under another name, and waiting mail is held if the database is older. If neither helps, restore a backup (postwacht restore) into an empty directory.
hint-newer = Start the newer version again, or restore a backup made by this version.
hint-foreign = Restore a backup (postwacht restore) into an empty directory. If you added the table, index or trigger yourself, remove it with sqlite3.
hint-key = Put back the key file of this database, readable for its user only (chmod 600). Without this key the stored secrets are lost.
hint-database = Check the disk and the permissions of the database file.
hint-task-died = Start the node again (a service manager does this automatically), and send the log to the maintainers of Postwacht.
hint-disk-failed = Check the disk and the kernel log (dmesg). Start the node again when the disk accepts writes.
hint-store-damaged = Check the disk and the kernel log (dmesg), then start the node again: it checks the whole database first. If the database is damaged, restore a backup (postwacht restore) into an empty directory.
hint-store-again = Start the node again: all accepted mail is in the database. Find out what changed the file.
hint-store-lost = Put the files back, or restore a backup (postwacht restore). Then start the node again. The file postwacht.db.saved, if it exists, holds the data that the node still had: move postwacht.db-wal away and rename postwacht.db.saved to postwacht.db. Without any of these, "postwacht serve --new-store" starts with an empty queue.
hint-store-new = Put the database back, together with its -wal file if there is one, or restore a backup (postwacht restore). To use a new, empty store, start once with "postwacht serve --new-store".
hint-store-other = Put the database of this node back, or name the directory of the other node with --data-dir. If the change is intended, start once with "postwacht serve --new-store".
hint-store-older = Put the newest database and its -wal file back. To use the database as it is now, start once with "postwacht serve --new-store": its waiting mail is then held, because it may have been sent already.
hint-foreign-file = Remove it, or replace it by a file of this user. Postwacht does not follow links here, because another user could redirect its writes.
hint-not-running = Start it with "postwacht serve", or name its directory with --data-dir.
hint-socket-closed = control.sock is open to root, to the user of the node, and to the group postwacht-admin. submit.sock ("postwacht send" without --wait) is open to every user with access to its directory.
hint-export-running = Stop the node, export, and start it again.
hint-secret-on-command-line = Use KEY=@FILE, or KEY=@- and standard input.
hint-restore-secret = This revision needs a secret that is no longer stored. Give each key named above with its secret: postwacht settings restore { $revision } KEY=@FILE. KEY=@- reads it from standard input.
hint-no-revision = "postwacht settings revisions" lists the revisions that are kept.
hint-restore = Check the path, and that the file is a complete backup.
hint-restore-key = First put the key of the backup into the data directory. If it is lost and you trust the source of the file, use --trust: it restores mail, settings and history, without passwords, tokens, sessions and secrets.
hint-restore-in-the-way = Move the present database away first. Postwacht does not overwrite it.
hint-restore-trust = If you trust the source of the file, restore it with --trust. This restores mail, settings and history, without passwords, tokens, sessions and secrets.
hint-restore-foreign-key = Add the key that signed the file to the key file, as a separate line. If you do not have it and trust the source of the file, use --trust: it restores mail, settings and history, without passwords, tokens, sessions and secrets.
hint-restore-changed = Use another copy of the backup. If there is none and you trust the source of this one, use --trust: it restores mail, settings and history, without passwords, tokens, sessions and secrets.
hint-restore-newer = Restore it with the version that wrote it, or a later one.
hint-restore-room = Free space on that disk, or restore into a data directory on a larger disk.
hint-restore-slow = Copy the file to a local disk and try again. If it takes as long again, the file was crafted to be slow: use another backup.
hint-restore-foreign = Use another backup. Another program than Postwacht made or changed this one; --trust does not accept it either.

stage-resolve = Resolve
stage-connect = Connect
stage-tls = TLS
stage-greeting = Greeting
stage-ehlo = EHLO
stage-starttls = STARTTLS
stage-sign-in = Sign-in
stage-sender = Sender
stage-recipient = Recipient
stage-data = Data
stage-accepted = Final reply
stage-quit = Quit

state-waiting = waiting
state-held = held
state-sender-held = sender held
state-accepted = accepted
state-partly-accepted = partly accepted
state-refused = refused
state-not-accepted = not accepted
state-cancelled = cancelled

fate-waiting = waiting
fate-accepted = accepted by the relay
fate-refused = refused
fate-not-accepted = not accepted
fate-cancelled = cancelled

column-id = ID
column-state = State
column-class = Type
column-from = From
column-to = To
column-subject = Subject
column-message-id = Message-ID
column-accepted = Queued
column-settled = Settled
column-due = Next attempt
column-reason = Reason
next-now = now
send-undecided = Not decided within { $time }. The message stays in the queue, and Postwacht goes on with it.
column-relay = Relay

health-well = Mail is working.
health-degraded = Mail is working; attention needed.
health-silent = Mail is NOT working.
health-checking = The new settings are being checked. This takes up to a minute.
health-unset = Mail is not set up yet.

relay-in-use = in use
relay-open = ready
relay-checking = new settings, being checked
relay-trial = answers again; the next message shows whether it works
relay-network = held: network
relay-tls = held: TLS
relay-encryption = held: no encryption
relay-provider = held: provider not reachable
relay-sign-in = held: sign-in refused
relay-configuration = held: refused by the relay
relay-sender = takes no mail from:

report-waiting = Waiting:
report-cause = Cause:
report-remedy = What to do:
report-certificate = Certificate shown:

test-accepted = accepted by the relay
test-refused = not accepted

status-last-accepted = Last accepted by a relay
status-waiting = Waiting
status-oldest = Oldest waiting since
status-held = Held until released
status-sender-held = Held for their sender
status-relay = Relay

queue-offline = The node is not running: this is what is on disk, and nothing is sent.
queue-empty = No messages.
queue-retry = { $count ->
    [0] No message was changed: each is settled, in that state already, or on its way to a relay at this moment.
    [one] Postwacht is trying one message now. If its relay or its sender is held, it checks that first.
   *[other] Postwacht is trying { $count } messages now. If a relay or a sender is held, it checks that first.
}
queue-hold = { $count ->
    [0] No message was changed: each is settled, in that state already, or on its way to a relay at this moment.
    [one] One message is held.
   *[other] { $count } messages are held.
}
queue-release = { $count ->
    [0] No message was changed: each is settled, in that state already, or on its way to a relay at this moment.
    [one] One message is released.
   *[other] { $count } messages are released.
}
queue-cancel = { $count ->
    [0] No message was changed: each is settled, in that state already, or on its way to a relay at this moment.
    [one] One message is cancelled.
   *[other] { $count } messages are cancelled.
}
may-arrive-twice = May arrive twice: the result of an earlier attempt is not known.
may-have-arrived = May have arrived: the result of an attempt is not known.

settings-legal = The settings are valid.
settings-saved = Saved as revision { $revision }.
settings-unchanged = Nothing has changed: these are the settings of revision { $revision }.
backup-done = { $file }: { $bytes } bytes. The backup does not contain the key: keep a copy of the key file elsewhere.
restore-done = { $held ->
    [0] Restored. No message was waiting.
    [one] Restored. One message was waiting. It is held, because it may have been sent in the meantime. See "postwacht queue list --state held".
   *[other] Restored. { $held } messages were waiting. They are held, because they may have been sent in the meantime. See "postwacht queue list --state held".
}
restore-vouched = This node had not signed the file. Not restored:
    - passwords of accounts ({ $passwords }): check the roles with "postwacht account list", then make a link for each account with "postwacht account reset NAME"
    - tokens ({ $tokens }): create new ones with "postwacht token create"
    - secrets of the settings ({ $secrets }): check the settings first ("postwacht settings show"), then enter the secrets again
    - sessions, sign-in links and calls of webhooks

demo-intro = Postwacht demo. Its relay listens on 127.0.0.1:{ $port } and keeps what it receives. All data is in { $dir } and is removed at the end.
demo-test = A test email to admin@demo.example, stage by stage:
demo-next = Try this in a second terminal:
demo-end = Each message appears here when it arrives. Ctrl-C ends the demo.
cli-serve-http = Address and port of the pages, or off
cli-demo-port = Port of the pages [a free port]
error-http = The address of the pages is not an address with a port.
hint-http = Write it as 127.0.0.1:8025, or off.
hint-http-bind = Choose an address of this machine, and a port that no other program uses.
hint-url = Write it as https://post.example.net, or http://127.0.0.1:8025.
hint-proxies = Write each as 192.0.2.1 or 192.0.2.0/24.
hint-log-level = Write error, warn, info, debug or trace; several parts such as warn,mail=debug are separated by commas.
hint-bootstrap = Check the path behind --config. Without --config, /etc/postwacht/postwacht.toml is read if it exists.
error-http-clear = Pages without TLS are available to this machine only.
hint-http-clear = Use 127.0.0.1 with a port, and put a TLS proxy in front of it.
error-http-bind = The pages cannot be served.
error-external-url = This is not the URL of a node: scheme, host and perhaps a port, without a path.
serve-first-start =
    There is no account yet. Create the first one here (the link works once, for a day):
    {"    "}{ $url }
demo-pages =
    The pages, with a link that signs you in once:
    {"    "}{ $url }
cli-account = Manage the accounts for the pages
cli-account-create = Create an account and print a link that signs in once
cli-account-create-name = Name of the account
cli-account-create-role = Role: viewer, operator or administrator
cli-account-list = List the accounts
cli-account-reset = Remove the password and print a new link
cli-account-reset-name = Name of the account
cli-account-delete = Delete an account
cli-account-delete-name = Name of the account
account-deleted = Account { $name } is deleted.
account-link = This link signs in once, within a day. Choose the password on the account page then:
error-tls = tls in the bootstrap file must be "auto", "on" or "off".
error-tls-off = A certificate is set, but TLS is off.
error-tls-files = tls_certificate and tls_key belong together; one of them is missing.
hint-tls = Leave tls out, or set it to auto, on or off. Set tls_certificate and tls_key both or neither, and neither with off.
error-certificate = The certificate of the pages cannot be used.
error-proxies = An entry of trusted_proxies is not an address or a network.
error-url-clear = A token over plain HTTP is allowed to this machine only. Use https.
error-no-token = A remote node requires a token.
hint-no-token = On the node: postwacht token create --scope read --expires 90d. Then here: --token @FILE, or POSTWACHT_TOKEN.
error-token = The file with the token cannot be read.
error-ca = TLS to the node cannot be set up.
hint-not-reached = Check the address and the port, and that the node is running.
serve-fingerprint =
    The node made its own certificate; browsers warn about it. Compare its SHA-256 fingerprint:
    {"    "}{ $fingerprint }
cli-url = Remote node, as https://host:port; also POSTWACHT_URL
cli-access-token = Token for the remote node, or @FILE; also POSTWACHT_TOKEN
cli-ca = Trust the authority, or the node's own certificate, in this PEM file; also POSTWACHT_CA
cli-serve-external-url = URL of the pages for browsers; may be repeated
cli-serve-new-store = Start even if the database is missing, older than before, or of another node; needed once
token-made = The token. It is shown only once:
token-revoked = Token { $id } is revoked.
token-ended = expired
cli-token = Manage the tokens for remote programs
cli-token-create = Create a token
cli-token-create-scope = Scopes, separated by commas
cli-token-create-expires = Lifetime: 90d, 1y, 12h
cli-token-create-name = Name for the list and the audit log
cli-token-list = List the tokens
cli-token-revoke = Revoke a token at once
cli-token-revoke-id = Number of the token
health-unproven = No relay has accepted any mail yet. Send a test.
hint-not-trusted = Check that this is the right node. If its pages have no TLS, use http:// (only to this machine). If the node made its own certificate, use --ca FILE with its tls/self-signed.crt.
error-redirected = This address uses TLS: use https in --url.
cli-event = Raise and resolve events, show incidents
cli-event-raise = Raise an event; unless its severity is info, it stays open until it is resolved
cli-event-raise-code = Code: app. and a name, such as app.backup-failed
cli-event-raise-severity = info, warning, error or critical
cli-event-raise-object = Object of the event, such as a disk or a job
cli-event-raise-fact = Detail as K=V; may be repeated
cli-event-resolve = Resolve an event (exit code 3: none is open)
cli-event-resolve-code = Code of the event
cli-event-resolve-object = Object of the event
cli-event-list = List open incidents, the most severe first
cli-event-list-all = All incidents, newest first
cli-event-list-code = Only codes with this beginning
cli-event-show = Show an incident with its history
cli-event-show-id = Number of the incident
cli-event-acknowledge = Acknowledge an incident: no more reminders unless it becomes worse
cli-event-acknowledge-id = Number of the incident
cli-event-preview = Show a notice with sample data; mail.daily and mail.test with the figures of this moment; nothing is sent
cli-event-preview-code = Code of the event catalogue, or app. and a name
cli-event-preview-kind = raised, reminder, worse, resolved, obsolete, ended, unstable or happened
cli-event-preview-language = en or nl
cli-event-preview-html = Show the HTML part
column-severity = Severity
column-since = Since
column-opened = Opened
column-says = What
column-code = Code
column-object = Object
column-ended = Ended
incident-open = open
incident-inhibited = explained by another incident
incident-unstable = unstable
incident-resolved = resolved
incident-obsolete = no longer applies
incident-superseded = replaced by another incident
incident-happened = happened
event-acknowledged = Incident { $id } is acknowledged.
event-none = No incident to show.
act-raised = raised
act-again = raised again
act-worse = became worse
act-reminded = reminder sent
act-resolved = resolved
act-obsolete = no longer applies
act-unstable = unstable
act-stable = stable again
act-inhibited = explained by another incident
act-superseded = replaced by another incident
act-acknowledged = acknowledged
act-happened = happened
cli-alarm = Alerts outside email: webhooks and heartbeat
cli-alarm-test = Call each webhook and the heartbeat URL once with sample data, and show the answers (exit code 3: a call failed)
alarm-taken = accepted
alarm-not-taken = NOT accepted

### Faults in the arguments.

usage-value = “{ $value }” is not a valid value for { $argument }
usage-value-missing = { $argument } needs a value
usage-argument = There is no argument { $argument } here
usage-command = There is no command “{ $command }”
usage-command-missing = A command is missing after “{ $command }”
usage-argument-missing = This is missing: { $argument }
usage-conflict = { $argument } and { $other } cannot be used together
usage-conflict-itself = { $argument } can be used only once
usage-count = { $argument } has too many or too few values
usage-utf8 = An argument is not valid UTF-8 text
usage-other = The arguments cannot be read
usage-values = Possible: { $values }
usage-suggestion = Did you mean { $suggested }?
usage-ids = Name messages by the IDs that "postwacht queue list" shows in its first column.
usage-all = --all stands for all of them.
usage-help = Add --help to see the commands and options.
incident-taken = acknowledged
