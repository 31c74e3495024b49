# What commands and their arguments do: the words of --help.
cli = Postwacht: mail that must arrive.
cli-heading-usage = Usage:
cli-heading-options = Options
cli-heading-arguments = Arguments
cli-heading-commands = Commands
cli-help = Show this help
cli-version = Show the version
cli-config = The bootstrap file [usually /etc/postwacht/postwacht.toml]
cli-data-dir = The data directory of the node that is meant
cli-json = Answer in JSON
cli-serve = Run the node
cli-demo = Show the main job at work: a throw-away node and a relay of its own
cli-settings = See and change the settings
cli-settings-show = Show the settings as TOML, without secrets
cli-settings-get = Show the value of a key
cli-settings-get-key = The key, such as email.relay.port
cli-settings-set = Set keys; KEY=@FILE reads a file, KEY=@- standard input, KEY= clears
cli-settings-set-pairs = Keys and values; a list is written as TOML: 'email.contacts.admin=["a@example.com"]'
cli-settings-import = Replace the settings by a TOML file; secrets that it does not name are kept
cli-settings-import-file = The file; - is standard input
cli-settings-export = Write the settings as TOML to standard output
cli-settings-export-with-secrets = Write them with their secrets into a new file (only while the node is stopped)
cli-settings-check = Say whether a TOML file would be taken, without saving it
cli-settings-check-file = The file; - is standard input
cli-settings-revisions = List the revisions that are kept
cli-settings-restore = Save an earlier revision again
cli-settings-restore-revision = Its number
cli-test = Send a test message and show each stage as it passes
cli-test-to = Who gets it [the admin contacts]
cli-test-relay = By which relay [the first]
cli-test-transcript = Show the transcript also when all went well
cli-doctor = Look at everything mail depends on, without sending any
cli-send = Hand over a message; done means that it is safe on disk
cli-send-to = Recipients
cli-send-from = The From address [the site's]
cli-send-subject = The subject
cli-send-body-file = A file with the text; - is standard input
cli-send-html = A file with the text as HTML
cli-send-attach = A file to attach
cli-send-priority = submitted, notice or critical
cli-send-wait = Wait until a relay has taken or refused it
cli-queue = See messages and act on them
cli-queue-list = List messages, newest first
cli-queue-list-state = Only those: waiting, held, sender-held, accepted, refused, cancelled
cli-queue-list-to = Only those with this text in a recipient's address
cli-queue-list-since = Only those accepted since then (RFC 3339)
cli-queue-show = Show a message: the fate of each recipient, the report of each attempt
cli-queue-show-id = Its ID
cli-queue-retry = Try again now
cli-queue-retry-ids = IDs of messages
cli-queue-retry-all = All that wait
cli-queue-hold = Hold back
cli-queue-hold-ids = IDs of messages
cli-queue-hold-all = All that wait
cli-queue-release = Let go what is held
cli-queue-release-ids = IDs of messages
cli-queue-release-all = All that are held
cli-queue-cancel = Give up for good what has not been sent
cli-queue-cancel-ids = IDs of messages
cli-status = Does mail get out? (exit code 0 yes, 3 no, 4 not running, 5 with remarks)
cli-status-deep = Ask the doctor too
cli-backup = Write a backup of the running node
cli-backup-file = A new file
cli-restore = Put a backup into an empty data directory
cli-restore-file = The backup
cli-restore-trust = Take a file that this node has not signed; its passwords, tokens and secrets are dropped
cli-completions = Write the completions for a shell to standard output
cli-completions-shell = The shell

# What went wrong.
error-socket-path = The path of the control socket is too long; use a shorter data directory.
error-bootstrap = The bootstrap file cannot be used.
error-log-level = The log level cannot be used.
error-open = The store cannot be opened.
error-socket = The control sockets cannot be made.
error-signal = Signals cannot be received.
error-runtime = The program cannot begin its work.
error-disk-failed = The disk did not take a write. The process has ended; the next start recovers from what is on disk.
error-task-died = A background task failed by a fault of Postwacht, so the process stopped. The next start recovers from what is on disk.
error-store-lost = A file of the database was taken away or overwritten under the running node. Nothing more was accepted, and the process has ended.
error-store-damaged = The database cannot be read rightly: it is damaged, or the disk fails. Nothing more was accepted, and the process has ended.
error-no-answer = The node does not answer. It may be stopped or very busy.
error-not-running = No node can be reached here.
error-broken = The conversation with the node broke off.
error-request = The request cannot be made.
error-file = The file cannot be used.
error-not-utf8 = The file is not UTF-8 text.
error-settings-file = The settings file cannot be read.
error-export-running = Secrets are not exported from a running node.
error-key = This is not the key of a setting.
error-pair = Write KEY=VALUE.
error-secret-on-command-line = A secret does not belong on the command line, where every user of this machine can read it.
error-list = The list is not TOML.
error-restore = The backup was not restored; nothing was changed.
error-demo = The demo cannot run here.

# What to do.
hint-in-use = Stop the other process, or name another --data-dir.
hint-directory = Make the directory writable for this user, or name another --data-dir.
hint-damaged = Restore a backup (postwacht restore) into an empty directory; keep the damaged file for analysis.
hint-mixed = Put back the database that this log belongs to. If the database without the log is meant, start once with "postwacht serve --new-store": the log is kept under another name, and waiting mail is held if the database is older. If neither helps, restore a backup (postwacht restore) into an empty directory.
hint-newer = Start the newer version again, or restore a backup made by this version.
hint-foreign = Restore a backup (postwacht restore) into an empty directory. If you added the table, index or trigger yourself: remove it again with sqlite3.
hint-key = Put the key file of this database back, with mode 600. Without it the stored secrets are lost.
hint-database = Look at the disk and at the permissions of the database file.
hint-task-died = Start the node again (a service manager does so by itself), and send the log to the maintainers of Postwacht.
hint-disk-failed = Look at the disk and at the log of the kernel (dmesg). Start the node again when the disk takes writes.
hint-store-damaged = Look at the disk and at the log of the kernel (dmesg), then start the node again: it reads the whole database before it uses it. If the database is damaged, restore a backup (postwacht restore) into an empty directory.
hint-store-again = Start the node again: all accepted mail is in the database. Look for what touched the file.
hint-store-lost = Put the files back as they were, or restore a backup (postwacht restore); then start the node again. A file postwacht.db.saved holds what the node still had: move postwacht.db-wal away and rename it to postwacht.db. Without any of these, "postwacht serve --new-store" begins with an empty queue.
hint-store-new = Put the database back, together with its -wal file if there is one, or restore a backup (postwacht restore). If a new, empty store is meant, start once with "postwacht serve --new-store".
hint-store-other = Put the database of this node back, or name the directory of the other one with --data-dir. If the change is meant, start once with "postwacht serve --new-store".
hint-store-older = Put the newest database and its -wal file back. If the database as it is now is meant, start once with "postwacht serve --new-store": its waiting mail is then held, since it may have been sent already.
hint-foreign-file = Remove it, or put a file of this user in its place. Links are not followed here, so that nobody can turn a write to another file.
hint-not-running = Start it with "postwacht serve", or name its directory with --data-dir.
hint-socket-closed = control.sock is open to root, to the user that runs the node, and to the group postwacht-admin; submit.sock ("postwacht send" without --wait) to every user who may enter its directory.
hint-export-running = Stop the node, export, and start it again.
hint-secret-on-command-line = Use KEY=@FILE, or KEY=@- and standard input.
hint-restore = Check that the file is a whole backup.
hint-restore-key = Put the key that belongs to the backup into the data directory first. If it is lost and you know where the file comes from: --trust takes mail, settings and history, without passwords, tokens, sessions and secrets.
hint-restore-in-the-way = Move the present database away first; it is not overwritten.
hint-restore-trust = If you know where the file comes from: restore it with --trust. Its mail, settings and history are taken; its passwords, tokens, sessions and secrets are not.
hint-restore-foreign-key = Add the key that signed it to the key file, as a line of its own. If you do not have it and know where the file comes from: --trust takes mail, settings and history, without passwords, tokens, sessions and secrets.
hint-restore-changed = Take another copy of the backup. If there is none and you know where this one comes from: --trust takes mail, settings and history, without passwords, tokens, sessions and secrets.
hint-restore-newer = Restore it with the version that wrote it, or a later one.
hint-restore-room = Free room on that disk, or restore into a data directory on a larger one.
hint-restore-slow = Copy the file to a local disk and try again. If it takes as long then: the file was made to be slow; take another backup.
hint-restore-foreign = Take another backup. This one was made or changed by something other than Postwacht; --trust does not take it either.

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
stage-accepted = Accepted
stage-quit = Quit

state-waiting = waiting
state-held = held
state-sender-held = sender held
state-accepted = accepted
state-refused = refused
state-cancelled = cancelled

fate-waiting = waiting
fate-accepted = accepted by the relay
fate-refused = refused
fate-cancelled = cancelled

column-id = ID
column-state = State
column-class = Class
column-from = From
column-to = To
column-subject = Subject
column-message-id = Message-ID
column-accepted = Taken
column-settled = Settled
column-due = Next attempt
column-relay = Relay

health-well = Mail gets out.
health-degraded = Mail gets out, but something needs attention.
health-silent = Mail does NOT get out.
health-unset = Nothing is set up yet.

relay-open = in use
relay-network = held: not reachable
relay-tls = held: TLS
relay-sign-in = held: sign-in refused
relay-configuration = held: the relay refuses us
relay-operator = held by an operator
relay-sender = does not let this sender send:

report-cause = Cause:
report-remedy = What to do:
report-certificate = Certificate shown:

test-accepted = accepted by the relay
test-refused = not accepted

status-last-accepted = Last accepted by a relay
status-waiting = Waiting
status-oldest = Oldest waiting since
status-held = Held by an operator
status-sender-held = Held for their sender
status-relay = Relay

queue-empty = No messages.
queue-retry = { $count ->
    [one] One message is tried again now.
   *[other] { $count } messages are tried again now.
}
queue-hold = { $count ->
    [one] One message is held.
   *[other] { $count } messages are held.
}
queue-release = { $count ->
    [one] One message is released.
   *[other] { $count } messages are released.
}
queue-cancel = { $count ->
    [one] One message is cancelled.
   *[other] { $count } messages are cancelled.
}
may-arrive-twice = May arrive twice: a connection ended before the relay had answered.

settings-legal = The settings are legal.
settings-saved = Saved as revision { $revision }.
backup-done = { $file }: { $bytes } bytes. The key is not in it: keep a copy of the key file apart.
restore-done = { $held ->
    [0] Restored. No message was waiting.
    [one] Restored. One message was waiting; it is held, since it may have been sent meanwhile. See "postwacht queue list --state held".
   *[other] Restored. { $held } messages were waiting; they are held, since they may have been sent meanwhile. See "postwacht queue list --state held".
}
restore-vouched = The file was not signed by this node. Not taken over:
    - passwords of accounts ({ $passwords }): make a link for each with "postwacht account reset NAME", after a look at their roles with "postwacht account list"
    - tokens ({ $tokens }): make new ones with "postwacht token create"
    - secrets of the settings ({ $secrets }): look at the settings first ("postwacht settings show"), then type the secrets again
    - sessions, links that sign in, and calls of webhooks

demo-intro = Postwacht demo. A relay of its own listens on 127.0.0.1:{ $port } and keeps what it gets. All data lies in { $dir } and is removed at the end.
demo-test = A test message to admin@demo.example, stage by stage:
demo-next = Try this in a second terminal:
demo-end = Each message is shown here as it arrives. Ctrl-C ends the demo.
cli-serve-http = Where the pages are served: an address of this machine and a port, or off
cli-demo-port = The port of the pages [a free one]
error-http = The address of the pages is not an address and a port.
hint-http = Write it as 127.0.0.1:8025, or off. Is another program on that port? Then choose another one.
error-http-clear = Pages without TLS are served to this machine only.
hint-http-clear = Use 127.0.0.1 with a port, and put a proxy with TLS before it.
error-http-bind = The pages cannot be served.
error-external-url = An external URL is not of the form https://host/.
serve-first-start =
    There is no account yet. Make the first one here (the link works once, for a day):
    {"    "}{ $url }
demo-pages =
    The pages, with a link that signs you in once:
    {"    "}{ $url }
cli-account = Say who may sign in on the pages
cli-account-create = Make an account and print a link that signs in once
cli-account-create-name = Its name
cli-account-create-role = What it may do: viewer, operator or administrator
cli-account-list = List the accounts
cli-account-reset = Take the password away and print a new link
cli-account-reset-name = Its name
cli-account-delete = Delete an account
cli-account-delete-name = Its name
account-link = This link signs in once, within a day; the password is then chosen on the account page:
error-tls = tls in the bootstrap is "auto", "on" or "off".
error-tls-off = A certificate is named, and TLS is off.
error-tls-files = tls_certificate and tls_key belong together; one of them is missing.
hint-tls = Leave tls out, and name both files or neither.
error-certificate = The certificate of the pages cannot be used.
error-proxies = One of trusted_proxies is not an address or a network.
error-url-clear = A token over plain HTTP goes to this machine only. Use https.
error-no-token = A node elsewhere asks for a token.
hint-no-token = On the node: postwacht token create --scope read --expires 90d. Then here: --token @FILE, or POSTWACHT_TOKEN.
error-token = The file with the token cannot be read.
error-ca = The node cannot be trusted as asked.
hint-not-reached = Are the address and the port right, and is the node running?
serve-fingerprint =
    The certificate is the node's own; browsers warn of it. Compare its SHA-256 fingerprint:
    {"    "}{ $fingerprint }
cli-url = The node elsewhere, as https://host:port; also POSTWACHT_URL
cli-access-token = Token for the node elsewhere, or @FILE; also POSTWACHT_TOKEN
cli-ca = Trust the authority, or the node's own certificate, in this PEM file; also POSTWACHT_CA
cli-serve-external-url = Address under which browsers reach the pages; may be repeated
cli-serve-new-store = Start although the database is missing, another one or an older one than before; needed once
token-made = The token; it is shown this once:
token-ended = ended
cli-token = Make and end tokens, by which programs elsewhere come in
cli-token-create = Make a token
cli-token-create-scope = What it may do; several with commas between
cli-token-create-expires = After how long it ends: 90d, 1y, 12h
cli-token-create-name = A name for the list and the audit
cli-token-list = List the tokens
cli-token-revoke = End a token at once
cli-token-revoke-id = Number of the token
health-unproven = No mail has got out yet: no relay has accepted anything.
hint-not-trusted = Is this the right node? For a certificate of its own: --ca FILE with the node's tls/self-signed.crt.
error-redirected = This address speaks TLS: use https in --url.
cli-event = Say what has happened, and see what is open
cli-event-raise = Raise an event; what is not info lasts until it is resolved
cli-event-raise-code = app. and a name: app.backup-failed
cli-event-raise-severity = info, warning, error or critical
cli-event-raise-object = What it is about
cli-event-raise-fact = What is known of it; may be repeated
cli-event-resolve = Say that it is over (exit code 3: nothing of the kind is open)
cli-event-resolve-code = Its code
cli-event-resolve-object = What it is about
cli-event-list = List open incidents, the worst first
cli-event-list-all = All that are kept, newest first
cli-event-list-code = Only codes that begin so
cli-event-show = Show an incident with its history
cli-event-show-id = Its number
cli-event-acknowledge = Take an incident on: no more reminders unless it becomes worse
cli-event-acknowledge-id = Its number
cli-event-preview = Show a notice with facts of an example; nothing is sent
cli-event-preview-code = A code of the catalogue, or app. and a name
cli-event-preview-kind = raised, reminder, resolved, ended, unstable or happened
cli-event-preview-language = en or nl
cli-event-preview-html = The HTML part
column-severity = Severity
column-since = Since
column-says = What
column-code = Code
column-object = Object
column-ended = Ended
incident-open = open
incident-inhibited = explained by another
incident-unstable = unstable
incident-resolved = resolved
incident-superseded = taken over by another
incident-happened = happened
event-none = Nothing is open.
act-raised = raised
act-again = raised again
act-worse = became worse
act-reminded = reminded
act-resolved = resolved
act-unstable = comes and goes
act-stable = stable again
act-inhibited = explained by another
act-superseded = taken over by another
act-acknowledged = taken on
act-happened = happened
cli-alarm = The alarm of last resort: webhooks and heartbeat
cli-alarm-test = Call each once with an example and show what it answers (exit code 3: one was not taken)
alarm-taken = taken
alarm-not-taken = NOT taken
