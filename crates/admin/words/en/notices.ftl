# Notices: subjects, and what frames the text of each event.

severity-info = Info
severity-warning = Warning
severity-error = Error
severity-critical = Critical
notice-subject-raised = [{ $site }] { $severity }: { $subject }
notice-subject-happened = [{ $site }] { $severity }: { $subject }
notice-subject-reminder = [{ $site }] { $severity }, still open ({ $duration }): { $subject }
notice-subject-worse = [{ $site }] { $severity }, more urgent: { $subject }
notice-subject-resolved = [{ $site }] Resolved: { $short }
notice-subject-ended = [{ $site }] Ended: { $short } (from { $from } to { $until })
notice-subject-unstable = [{ $site }] { $severity }, unstable: { $short } comes and goes
notice-subject-digest = [{ $site }] { $count } notices in one
notice-resolved = This ended at { $until } after { $duration }.
notice-ended = This began at { $from } and ended at { $until }, before a message about it could be sent.
notice-reminder = This has been so for { $duration }.
notice-worse = This has become more urgent. It began { $duration } ago.
notice-unstable = This has come and gone several times within an hour. You hear of it again when it has been stable for half an hour.
notice-was = What it was about: { $body }
notice-todo = What to do
notice-facts = What is known
notice-detected = Detected at
notice-sent = Sent at
notice-began = Began
notice-over = Ended
notice-first-seen = First seen
notice-raises = Raised
notice-times = { $count ->
        [one] once
       *[other] { $count } times
    }
notice-open = Open in Postwacht
notice-footer = { $site } · node { $node } · { $code } · incident { $incident }
notice-digest = These { $count } notices were gathered so that your mailbox is not flooded.
notice-digest-held = These { $count } notices could not be sent earlier, because no relay took mail.
notice-kind-raised = open
notice-kind-reminder = still open
notice-kind-worse = more urgent
notice-kind-resolved = resolved
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
fact-error = Error
fact-since = Since
fact-account = Account
fact-days = Days left
fact-ends = Ends
fact-email = E-mail
fact-sender = Sender
fact-used = In use
fact-waiting = Waiting
fact-oldest = Oldest
fact-last = Last accepted
fact-program = Program
fact-count = Count
fact-message = Message
fact-free = Free
fact-size = Size
fact-held = Held
fact-contact = Contact
fact-left = Contacts now
fact-unanswered = Days without an answer
fact-names = Names
fact-total = Total
fact-directory = Directory
fact-minutes = Minutes
fact-source = Compared with
fact-seen = Last seen
fact-started = Started
fact-address = Address
fact-who = Who
fact-changes = Changes
fact-detail = What it is about
fact-file = File
fact-operation = Operation
fact-time = Time
fact-primary = Primary node
fact-backup = Back-up node
fact-v-primary = Version of the primary
fact-v-backup = Version of the back-up
fact-node = Node
fact-ip = Address
fact-interface = Interface
fact-peer = Other node
fact-errors = Faults
fact-ips = Addresses
fact-last-sync = Last data copy
fact-check = Check
fact-hint = Look at
fact-hostname = Host name
fact-addr = Address
fact-reason = Reason
fact-target = Points to
fact-eta = Takeover at
fact-guard = Barred because
fact-duration = Minutes
fact-timeout = Limit
fact-last-ok = Last success
fact-list = List
fact-archive = Archive
fact-mac = Device
fact-arbiter = Third vote

# The daily notice.

daily-subject = [{ $site }] Daily notice: { $answer ->
        [well] mail gets out
        [degraded] mail gets out, something needs attention
       *[silent] mail has trouble
    }
daily-lead = This is the daily notice of { $date } from { $node }. It comes every day, so that you notice if alarms could no longer reach you.
daily-missed = None was sent on { $dates }: the node did not run then.
daily-missed-more = and earlier days
daily-mail = Mail in the last 24 hours
daily-accepted = Accepted by a relay
daily-deferred = Put off and tried again
daily-refused = Refused
daily-waiting = Waiting now
daily-oldest = Oldest
daily-route = Route
daily-relay-in-use = in use
daily-relay-ready = ready
daily-relay-held = cannot be used: { $error }
daily-last-proven = Last proven
daily-never = never
daily-ends = What ends
daily-ends-nothing = Nothing that is known of.
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
daily-contacts = Contacts
daily-confirmed = last confirmed { $at }
daily-unconfirmed = never confirmed
daily-failover = Failover
daily-failover-none = This node stands alone.
daily-only-mail = Only e-mail would tell you that something is wrong. Set up a webhook, a heartbeat URL or a second relay.
received-ask = Please say that this arrived:
received-button = I received this

# The alarm of last resort.

alarm-test-title = Test of the alarm
alarm-test-text = This is a test: if you read it, alarms reach you by this way.
