# Notices: subjects, and the text around that of each event.

severity-info = Info
severity-warning = Warning
severity-error = Error
severity-critical = Critical
notice-subject-raised = [{ $site }] { $severity }: { $subject }
notice-subject-happened = [{ $site }] { $severity }: { $subject }
notice-subject-reminder = [{ $site }] { $severity }, still open ({ $duration }): { $subject }
notice-subject-worse = [{ $site }] { $severity }, worse: { $subject }
notice-subject-resolved = [{ $site }] Resolved: { $short }
notice-subject-obsolete = [{ $site }] No longer applies: { $short }
notice-subject-ended = [{ $site }] Ended: { $short } (from { $from } to { $until })
notice-subject-unstable = [{ $site }] { $severity }, unstable: { $short }
notice-subject-digest = [{ $site }] { $count } notices in one message
notice-resolved = Resolved at { $until } after { $duration }.
notice-obsolete = This no longer applies since { $until }: the settings or the role of this node have changed, or the mail that it was about no longer waits. If the problem is still there, a new notice tells you.
notice-ended = This began at { $from } and ended at { $until }, before a notice could be sent.
notice-reminder = This has been open for { $duration }.
notice-worse = This has become worse. It began { $duration } ago.
notice-unstable-over = This has come back within an hour, and was over again when this was written. You get the next notice when it has been stable for half an hour, or when the settings no longer contain it.
notice-unstable = This has come back within an hour. You get the next notice when it has been stable for half an hour, or when the settings no longer contain it.
notice-was = What it was about: { $body }
notice-todo = What to do
notice-facts = Details
notice-detected = Detected at
notice-sent = Sent at
notice-began = Began at
notice-over = Ended at
notice-first-seen = First seen
notice-raises = Occurred
notice-times = { $count ->
        [one] once
       *[other] { $count } times
    }
notice-open = Open in Postwacht
notice-look = This is incident { $incident }. Look for it on the pages of { $node } under Incidents (all), or with "postwacht event list --all" there.
notice-look-all = Look for these incidents on the pages of { $node } under Incidents (all), or with "postwacht event list --all" there.
notice-footer = { $site } · node { $node } · { $code } · incident { $incident }
notice-digest = These { $count } notices are combined in one message, to keep your mailbox usable.
notice-digest-held = These { $count } notices could not be sent earlier, because no relay accepted mail.
notice-kind-raised = open
notice-kind-reminder = still open
notice-kind-worse = worse
notice-kind-resolved = resolved
notice-kind-obsolete = no longer applies
notice-kind-ended = ended
notice-kind-unstable = unstable
notice-kind-happened = happened
duration-seconds = { $count } s
duration-minutes = { $count } min
duration-hours = { $hours } h { $minutes } min
duration-days = { $days ->
        [one] one day
       *[other] { $days } days
    } { $hours } h

# Names of facts.

fact-relay = Relay
fact-host = Host
fact-error = Latest error
fact-since = Since
fact-account = Account
fact-days = Days left
fact-ends = Expires
fact-email = Email
fact-sender = Sender
fact-used = In use
fact-waiting = Waiting
fact-oldest = Oldest
fact-last = Last accepted
fact-program = Program
fact-count = Number
fact-message = Message
fact-free = Free
fact-size = Size
fact-held = Held
fact-contact = Admin contact
fact-left = Remaining admin contacts
fact-unanswered = Days without confirmation
fact-names = Names
fact-total = Total
fact-directory = Directory
fact-minutes = Minutes
fact-source = Compared with
fact-seen = Last seen
fact-started = Started
fact-address = Address
fact-who = By
fact-changes = Changes
fact-detail = Details
fact-file = File
fact-time = Time
fact-primary = Primary node
fact-backup = Backup node
fact-version = Version
fact-v-peer = Version of the other node
fact-node = Node
fact-ip = Address
fact-interface = Interface
fact-peer = Other node
fact-errors = Errors
fact-ips = Addresses
fact-hostname = Host name
fact-addr = Address
fact-reason = Reason
fact-target = Points to
fact-eta = Takeover at
fact-duration = Seconds
fact-timeout = Limit
fact-last-ok = Last success
fact-list = List
fact-mac = Device
fact-arbiter = Third vote

# The daily notice.

daily-subject = [{ $site }] Daily notice: { $answer ->
        [well] mail is working
        [degraded] mail is working; attention needed
        [checking] the new settings are being checked
        [unproven] no relay has accepted mail yet
       *[silent] mail is not working
    }
daily-lead = This is the daily notice of { $date } from { $node }. It comes every day. If it does not arrive, alerts by mail do not reach you either.
daily-missed = No daily notice was sent on { $dates }, because the node did not run.
daily-missed-more = and earlier days
daily-mail = Mail in the last 24 hours
daily-accepted = Recipients accepted by a relay
daily-deferred = Attempts put off or cut off
daily-refused = Recipients refused
daily-waiting = Messages waiting now
daily-oldest = Oldest
daily-route = Route
daily-relay-in-use = in use
daily-relay-ready = ready
daily-relay-held = not working: { $error }
daily-last-proven = Last proven
daily-never = never
daily-ends = Upcoming expiry dates
daily-ends-nothing = None known.
daily-ends-in = { $days ->
        [one] in one day
       *[other] in { $days } days
    } ({ $ends })
daily-ends-secret = Client secret of { $relay }
daily-ends-grant = Permission of { $relay }, if it is not renewed
daily-ends-application = Application certificate of { $relay }
daily-ends-relay = Certificate of { $relay }
daily-ends-client = Client certificate for { $relay }
daily-ends-node = Certificate of this node
daily-incidents = Open incidents
daily-incidents-none = None.
daily-contacts = Admin contacts
daily-confirmed = last confirmed { $at }
daily-unconfirmed = not confirmed yet
daily-failover = Failover
daily-failover-none = This node has no failover partner.
status-contacts-refused = No notice arrives by mail: the relay refuses every admin contact.
daily-only-mail = Only email would report a problem with mail. Set up a webhook, a heartbeat URL or a second relay.
received-ask = Please confirm that this message arrived:
received-button = I received this

# The test of the alarm.

alarm-test-title = Test of the alarm
alarm-test-text = This is a test. If you can read it, alerts reach you this way.
