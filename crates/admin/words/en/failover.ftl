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
