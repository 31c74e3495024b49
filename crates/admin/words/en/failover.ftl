### Making a pair: each check with what was found and what to do.

pair-check-distinct-good = These are two different nodes.
pair-check-distinct-bad = Both nodes have the same identity: one is a copy of the other. Start the backup with an empty data directory.
pair-check-unpaired-good = Neither node has a pair.
pair-check-unpaired-bad = { $node } has a pair already. Break that one first.
pair-check-version-good = Both nodes run version { $primary }.
pair-check-version-warning = The versions differ: the primary runs { $primary }, the backup { $backup }. Update both to the same version soon.
pair-check-schema-good = The backup can read the data of the primary.
pair-check-schema-bad = The backup runs an older version ({ $backup }) that cannot read the data of the primary ({ $primary }). Update the backup first.
pair-check-clock-good = { $seconds ->
    [0] The clocks agree.
    [one] The clocks differ by one second.
   *[other] The clocks differ by { $seconds } seconds.
}
pair-check-clock-bad = The clocks differ by { $seconds } seconds. Set both with NTP, and try again.
pair-check-reverse-good = The backup reaches the primary at { $address }.
pair-check-reverse-bad = The backup does not reach the primary at { $address }: { $error }. Check that address, and that a firewall lets the backup connect to it.
pair-check-shared-ips-good = { $count ->
    [0] There is no shared IP.
    [one] The shared IP lies in a network of both nodes.
   *[other] The { $count } shared IPs lie in networks of both nodes.
}
pair-check-shared-ips-bad = Not usable as a shared IP: { $addresses }. A shared IP lies in a network of both nodes, and is not an address of one of them.
pair-check-backup-data-good = { $node } has no settings and no messages that would be lost.
pair-check-backup-data-warning = The settings and messages of { $node } will be lost, as you allowed.
pair-check-backup-data-bad = { $node } has settings or messages of its own. They would be lost. Allow that, or make the pair from { $node }.

### The status of the pair: who serves, and whether a takeover would work.

failover-duty-alone = { $node } has no pair and serves alone.
failover-duty-primary = { $node } is the primary node, and { $peer } is its backup.
failover-duty-backup = { $peer } is the primary node, and { $node } is its backup.
failover-duty-waiting = { $node } is not serving at this moment: its role is not decided yet.
failover-duty-draining = { $node } is handing its role over to { $peer }.
failover-duty-retired = { $node } has left its pair and serves nothing. Start it as a new site, or make a new pair with it.
failover-waiting-silent = { $peer } does not answer and may be serving, so { $node } waits. If you are sure that { $peer } is down, run "postwacht failover become primary" on { $node }.
failover-backup-silent = { $peer } does not answer, so that a failure of { $node } would not be covered.
failover-primary-silent = { $peer } does not answer.
failover-primary-silent-due = { $peer } does not answer. { $node } takes over in { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
} if this continues.
failover-takeover-possible = If the primary node fails, the backup takes over by itself.
failover-guard-switched-off = A takeover would not happen by itself: automatic failover is switched off on { $node }.
failover-guard-unconfirmed = A takeover would not happen by itself yet: the primary node has not confirmed that { $node } may act alone. It does so at a next status check, and needs a test IP for it.
failover-guard-not-backup = A takeover would not happen by itself now: { $node } is not a backup that follows the primary node.
failover-guard-maintenance = A takeover would not happen by itself now: maintenance holds it on { $node }.
failover-guard-tilt = A takeover would not happen by itself now: { $node } was stopped for a moment and observes first.
failover-guard-self-test = A takeover would not work now: the self-test of { $node } fails.
failover-guard-no-test-ip = A takeover would not happen by itself: { $node } has no test IP. Enter at least one.
failover-guard-test-ips = A takeover would not happen by itself now: no test IP of { $node } answers.
failover-guard-never-synced = A takeover would not happen by itself yet: { $node } has not had the settings of the primary node.
failover-guard-schema = A takeover would not work now: the primary node runs a newer version than { $node }.
failover-guard-flip-guard = A takeover would not happen by itself now: the roles changed too recently or too often.
failover-guard-back-off = A takeover would not happen by itself now: one has failed a moment ago on { $node }.
failover-guard-given-up = A takeover would not happen by itself: takeovers by { $node } have failed too often. Find the cause, then make { $node } primary by hand.
failover-guard-disk = A takeover would not work now: the disk of { $node } refuses writes.

### Rules of the settings.

failover-rule-range = This value is outside its range.
failover-rule-c1 = The time for an answer must be shorter than the time between two status checks.
failover-rule-c2 = The primary timeout must be at least three times the time between two status checks.
failover-rule-c3 = The primary timeout is too short: a primary node that is cut off stops to serve after half of it, and must have stopped before the backup takes over.
failover-rule-c4 = The lifetime of an address must end before half of the primary timeout, and be at least three times the time between two renewals.
failover-rule-c8 = Automatic failover needs at least one test IP.
failover-rule-c9 = This cannot be a test IP: it must be the address of another device.
failover-rule-c10 = This cannot be a shared IP here: it must lie in a network of this node, and be no address of its own.
