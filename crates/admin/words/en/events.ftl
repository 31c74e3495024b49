# What notices say of each event of the catalogue. short: a name for it; subject: behind the severity; body: what is the
# matter; todo: what to do.

event-mail-test =
    .short = test message
    .subject = test message
    .body = This is a test of relay { $relay }. If you read it, mail from this site arrives.
    .todo = Nothing needs to be done.
event-mail-daily =
    .short = daily notice
    .subject = daily notice
    .body = This message comes every day, so that you know that alarms would reach you.
    .todo = If it fails to come one day, look at the overview.
event-mail-silent =
    .short = mail is not getting out
    .subject = mail is not getting out
    .body = { $last ->
        [none] No relay has taken a message yet
       *[other] No relay has taken a message since { $last }
    }, and { $waiting ->
        [one] one message waits
       *[other] { $waiting } messages wait
    }, the oldest since { $oldest }. The last fault: { $error }
    .todo = Look at the overview and run "postwacht doctor". What waits goes out by itself when a relay takes mail again; nothing is lost.
event-oauth-grant-expiring =
    .short = permission of relay { $relay } ends soon
    .subject = the permission of relay { $relay } ends in { $days ->
        [one] one day
       *[other] { $days } days
    }
    .body = The provider lets this site send as { $account } by relay { $relay } until { $ends }. After that no mail goes by this relay.
    .todo = Open Management > Email configuration and choose Verify to sign in again.
event-oauth-grant-lost =
    .short = permission of relay { $relay }
    .subject = relay { $relay } has lost its permission to send
    .body = The provider no longer lets this site send as { $account } by relay { $relay }. It said: { $error }
    .todo = Open Management > Email configuration and choose Verify. Mail waits, or goes by another relay; nothing is lost.
event-oauth-client-refused =
    .short = client of relay { $relay }
    .subject = the provider of relay { $relay } refuses our client
    .body = The provider does not accept the client ID with its secret or certificate. It said: { $error }
    .todo = Look whether the client secret has ended, make a new one at the provider, and enter it under Management > Email configuration. The permission itself is kept.
event-oauth-settings-refused =
    .short = OAuth2 settings of relay { $relay }
    .subject = the provider of relay { $relay } refuses the OAuth2 settings
    .body = The provider does not give a token for these settings. It said: { $error }
    .todo = Compare scopes, tenant and endpoints under Management > Email configuration with what the provider shows.
event-oauth-token-missing =
    .short = no token for relay { $relay }
    .subject = the provider of relay { $relay } gives no token
    .body = The last token of relay { $relay } has ended, and the provider has not given a new one for half an hour. It said: { $error }
    .todo = See whether the provider has trouble, and whether this node reaches it. Asking goes on by itself.
event-oauth-token-unwritten =
    .short = token of relay { $relay } not written
    .subject = a new token of relay { $relay } cannot be written to disk
    .body = The provider has given a new token that could not be stored. If the node stops now, the permission may be lost.
    .todo = Make room on the disk, and leave the node running until this is over.
event-oauth-secret-expiring =
    .short = client secret of relay { $relay }
    .subject = { $days ->
        [0] the client secret of relay { $relay } has ended
        [one] the client secret of relay { $relay } ends in one day
       *[other] the client secret of relay { $relay } ends in { $days } days
    }
    .body = The client secret with which relay { $relay } asks for tokens ends on { $ends }. From then on no mail goes by this relay.
    .todo = Make a new secret at the provider and enter it as next secret under Management > Email configuration; it is used as soon as the first one is refused.
event-oauth-certificate-expiring =
    .short = application certificate of relay { $relay }
    .subject = { $days ->
        [0] the application's certificate of relay { $relay } has ended
        [one] the application's certificate of relay { $relay } ends in one day
       *[other] the application's certificate of relay { $relay } ends in { $days } days
    }
    .body = The certificate with which relay { $relay } asks for tokens ends on { $ends }. From then on no mail goes by this relay.
    .todo = Make a new key under Management > Email configuration, and upload its certificate at the provider.
event-oauth-account-mismatch =
    .short = account of relay { $relay }
    .subject = relay { $relay } is signed in as somebody else
    .body = Relay { $relay } was signed in as { $account }, but its settings say { $email }. It is not used until somebody confirms this.
    .todo = Confirm the account under Management > Email configuration, or sign in again as { $email }.
event-relay-unreachable =
    .short = relay { $relay } unreachable
    .subject = relay { $relay } has been unreachable since { $since }
    .body = { $host } has not been usable since { $since }: { $error }
    .todo = Look at the relay, at the network between it and this node, and at DNS. It is tried again by itself, at least every 15 minutes.
event-relay-signin-refused =
    .short = sign-in at relay { $relay }
    .subject = relay { $relay } refuses the sign-in
    .body = { $host } does not let this site sign in: { $error }
    .todo = Correct user name, password or permission under Management > Email configuration. It is tried seldom meanwhile, so that the account is not locked.
event-relay-sender-refused =
    .short = sender { $sender } at relay { $relay }
    .subject = relay { $relay } does not let { $sender } send
    .body = { $host } refuses mail from { $sender }: { $error }
    .todo = Give the account the right to send as { $sender }, or change the From address. Mail from { $sender } waits, or goes by another relay.
event-relay-trust-failed =
    .short = identity of relay { $relay }
    .subject = relay { $relay } cannot prove who it is
    .body = The encrypted connection to { $host } is not trusted: { $error }
    .todo = If the relay's certificate was changed on purpose, trust the new one under Management > Email configuration; if not, somebody may be listening. Nothing is sent over it.
event-relay-refused =
    .short = relay { $relay } refuses this node
    .subject = relay { $relay } refuses this node
    .body = { $host } takes no mail from this node as it is set up: { $error }
    .todo = Run "postwacht doctor": it names the cause and the remedy.
event-relay-certificate-expiring =
    .short = certificate of relay { $relay }
    .subject = { $days ->
        [0] the certificate of relay { $relay } has ended
        [one] the certificate of relay { $relay } ends in one day
       *[other] the certificate of relay { $relay } ends in { $days } days
    }
    .body = The certificate that { $host } shows ends on { $ends }. If it is not renewed by then, no mail goes by this relay.
    .todo = Tell whoever runs the relay.
event-relay-client-certificate-expiring =
    .short = client certificate for relay { $relay }
    .subject = { $days ->
        [0] the client certificate for relay { $relay } has ended
        [one] the client certificate for relay { $relay } ends in one day
       *[other] the client certificate for relay { $relay } ends in { $days } days
    }
    .body = The certificate that this node shows to relay { $relay } ends on { $ends }.
    .todo = Get a new one and enter it under Management > Email configuration.
event-relay-fallback-active =
    .short = fallback relay in use
    .subject = mail goes by { $used } because { $relay } cannot be used
    .body = Relay { $relay }, the first of the route, cannot be used since { $since } ({ $error }). Mail goes by { $used }.
    .todo = Mend { $relay }. Mail goes by it again as soon as it can be used; you will be told.
event-queue-backlog =
    .short = mail waits
    .subject = { $waiting ->
        [one] one message has waited
       *[other] { $waiting } messages wait, the oldest
    } since { $oldest }
    .body = Mail is not keeping up: { $waiting ->
        [one] one message waits
       *[other] { $waiting } messages wait
    } for a relay, the oldest since { $oldest }.
    .todo = Look at the queue and at the last words of the relays.
event-queue-stuck =
    .short = mail is stuck
    .subject = mail is due and is not being sent
    .body = Since { $since } mail is due that a relay could take, and Postwacht does not try it. Postwacht has woken its scheduler.
    .todo = Run "postwacht queue retry --all". If mail still waits two minutes later, restart the service: accepted mail is on disk and goes out after the start. Send the log to the maintainers of Postwacht.
event-queue-unreadable =
    .short = unreadable messages
    .subject = { $count ->
        [one] a message in the queue cannot be read
       *[other] { $count } messages in the queue cannot be read
    }
    .body = { $count ->
        [one] A message that was accepted cannot be sent as it is stored.
       *[other] { $count } messages that were accepted cannot be sent as they are stored.
    } Message { $message }: { $error }
    .todo = Look at it with "postwacht queue show { $message }", ask its sender to send it again, and cancel it. Check the disk for faults.
event-queue-refused =
    .short = refused messages
    .subject = { $count ->
        [one] a message was refused for good
       *[other] { $count } messages were refused for good
    }
    .body = { $count ->
        [one] One recipient's mail was refused.
       *[other] The mail of { $count } recipients was refused.
    } The newest is message { $message }: { $error }
    .todo = Look at the message in the queue: it shows the relay's words and what to do.
event-queue-quota-near =
    .short = no room for new mail
    .subject = the queue is nearly full
    .body = Only { $free } are free on the disk. Programs and devices that hand over mail are turned away, and asked to try again; critical notices are still taken.
    .todo = Make room on the disk.
event-events-refused =
    .short = events of { $program } refused
    .subject = events of { $program } are refused
    .body = { $why ->
        [count] Too many incidents are open, of { $program } or in all,
       *[rate] { $program } raises and resolves too much in a short time,
    } so { $count ->
        [one] one event of it was not stored
       *[other] { $count } events of it were not stored
    }. Nobody is told what they said. Other programs are not affected.
    .todo = Fix the program if it raises events in a loop, and resolve incidents that are over.
event-contact-refused =
    .short = contact { $contact }
    .subject = the relay refuses our contact { $contact }
    .body = Notices to { $contact } do not arrive: relay { $relay } said { $error }
    .todo = Correct or remove the address among the admin contacts under Management > Email configuration.
event-contact-unconfirmed =
    .short = contact { $contact } unconfirmed
    .subject = nobody has confirmed that mail to { $contact } arrives
    .body = For { $unanswered ->
        [one] one day
       *[other] { $unanswered } days
    } notices have gone to { $contact }, and nobody has pressed "I received this". A relay may take mail and drop it later.
    .todo = Ask whoever reads { $contact } to press "I received this" in the newest daily notice or test.
event-node-certificate-expiring =
    .short = this node's certificate
    .subject = { $days ->
        [0] this node's certificate has ended
        [one] this node's certificate ends in one day
       *[other] this node's certificate ends in { $days } days
    }
    .body = The certificate of this node, for { $names }, ends on { $ends }. Browsers and devices then refuse to connect.
    .todo = Renew the certificate file that the node's configuration names.
event-node-disk-low =
    .short = disk space
    .subject = the disk is nearly full: { $free } left
    .body = { $directory } has { $free } left of { $total }. With less, new mail is turned away.
    .todo = Make room, or give the disk more.
event-node-key-lost =
    .short = key file
    .subject = the key file { $why ->
        [missing] is gone
       *[other] holds another key
    }: { $file }
    .body = The node has its key in memory and works on. After its next start it could not open the passwords and permissions that are stored with it: { $file } { $why ->
        [missing] is gone
       *[other] does not hold that key any more
    }.
    .todo = Put the key file back from your copy, with mode 600, before the node stops. Without a copy, be ready to enter passwords and permissions anew after the next start.
event-node-resource-short =
    .short = no { $resource ->
        [memory] memory
        [ports] ports
       *[descriptors] file descriptors
    } for connections
    .subject = this node has no { $resource ->
        [memory] memory
        [ports] ports
       *[descriptors] file descriptors
    } left to send mail
    .body = Since { $since } connections to relays cannot be made, because this machine has no { $resource ->
        [memory] kernel memory
        [ports] local ports
       *[descriptors] file descriptors
    } left. No relay is to blame. Mail waits, and goes out by itself as soon as this is over.
    .todo = { $resource ->
        [memory] Free memory on this machine.
        [ports] Find the program that holds many connections (ss -tan) and stop it, or widen net.ipv4.ip_local_port_range.
       *[descriptors] Raise the limit of open files (LimitNOFILE= of the systemd unit) and restart Postwacht. If the whole system has none left, raise fs.file-max.
    }
event-store-checkpoint-failed =
    .short = write-ahead log
    .subject = the database's write-ahead log cannot be brought home: { $size }
    .body = The write-ahead log has grown to { $size }, because it cannot be brought into the database: { $error }. Accepted mail is safe in it. When it reaches its bound, new mail is turned away.
    .todo = End the program that is named here. If a checkpoint failed, look at the disk and its free space.
event-store-failed =
    .short = database failed
    .subject = the node ended because its database failed
    .body = The node accepted nothing more and ended: { $error }. Mail that was in the queue goes out when the database is back; without it, that mail is lost.
    .todo = Put the database back, or restore a backup; then look for what took it away or what failed.
event-store-unexpected =
    .short = unexpected database
    .subject = this node started with a database that it did not expect
    .body = The start was confirmed with --new-store: { $error }. Mail that waited in the earlier database is not here. { $held ->
        [0] No waiting message is held.
        [one] One waiting message is held, since it may have been sent already.
       *[other] { $held } waiting messages are held, since they may have been sent already.
    }
    .todo = Release or cancel what is held. Look for the earlier database if its mail was not sent.
event-node-clock-skew =
    .short = this node's clock
    .subject = this node's clock is { $minutes ->
        [one] one minute
       *[other] { $minutes } minutes
    } { $direction ->
        [ahead] ahead
       *[behind] behind
    }
    .body = Compared with { $source }, this node's clock is { $minutes ->
        [one] one minute
       *[other] { $minutes } minutes
    } { $direction ->
        [ahead] ahead
       *[behind] behind
    }. Certificates and tokens may be refused, and times in notices are wrong.
    .todo = Let the machine follow a time server (chrony, systemd-timesyncd).
event-node-started-after-crash =
    .short = start after a crash
    .subject = this node started again after a crash or a power cut
    .body = The node started at { $started }. Before that it was last seen at { $seen }, and it was not stopped: it crashed, was killed, or lost power. No accepted mail is lost; what was under way may arrive twice.
    .todo = Look at the log of the machine around { $seen }.
event-account-signin-blocked =
    .short = refused sign-ins
    .subject = { $count } refused sign-ins as { $account }
    .body = Somebody at { $address } tried { $count } times to sign in as { $account } with a wrong password. Further attempts are slowed down.
    .todo = If it was not you or a colleague, block { $address } at the firewall.
event-settings-changed =
    .short = settings changed
    .subject = { $who } changed settings that matter for security
    .body = { $who } changed something that matters for security. What it was stands below.
    .todo = If this was not expected, look at the audit log and restore the earlier revision.
event-access-changed =
    .short = access changed
    .subject = { $who } { $act ->
        [account-created] made an account
        [account-deleted] deleted an account
        [account-reset] took away an account's password and made a link to set a new one
        [token-created] made a token
        [oauth-authorized] gave OAuth2 permission to send
        [oauth-forgotten] ended the OAuth2 permission to send
        [backup-restored] restored a backup
       *[other] changed who has access
    }: { $detail }
    .body = This changes who or what can use this node: { $detail }.
    .todo = If this was not expected, look at the audit log. { $act ->
        [account-created] Delete the account (postwacht account delete).
        [account-deleted] Make the account again (postwacht account create).
        [account-reset] Make another link (postwacht account reset): it replaces the first.
        [token-created] Revoke the token (postwacht token revoke).
        [oauth-authorized] End the permission (postwacht oauth forget), also at the provider.
        [oauth-forgotten] Give the permission again (postwacht oauth verify).
        [backup-restored] Look at what the backup brought: accounts, settings and held mail.
       *[other] Change the passwords of the administrators.
    }
event-contact-removed =
    .short = contact removed
    .subject = { $contact } is no longer an admin contact
    .body = Notices now go to { $left }. This one goes to { $contact } too, for the last time.
    .todo = If this was not expected, somebody else may have access: look at the audit log and restore the earlier revision.
event-alarm-webhook-failed =
    .short = alarm webhook
    .subject = the alarm webhook at { $host } does not take calls
    .body = { $host } has not taken a call since { $since } ({ $error }). If mail failed now, this webhook could not tell you.
    .todo = Correct alarm.webhooks in the settings and try it with "postwacht alarm test".
event-app =
    .short = { $code }{ $object ->
        [none] {""}
       *[other] {" "}({ $object })
    }
    .subject = { $code }{ $object ->
        [none] {""}
       *[other] : { $object }
    }
    .body = { $by } reports { $code }{ $object ->
        [none] .
       *[other] {" "}about { $object }.
    }
    .todo = Look at the script or device that said so: { $by }.

event-fo-01 =
    .short = version difference
    .subject = the failover nodes run different software versions
    .body = During "{ $operation }" ({ $time }) the nodes turned out to run different software: { $primary } has { $v_primary }, { $backup } has { $v_backup }. { $effect ->
        [refused] The data sync was refused because the data format differs.
        [takeover] The takeover continued.
       *[continued] The operation continued.
    }
    .todo = Install the same version on both, the back-up node first, and then choose Sync now.
event-fo-02 =
    .short = interface of shared address
    .subject = shared address { $ip } is not being served, interface { $interface } is off
    .body = { $node } is the primary node and should answer on { $ip }, but interface { $interface } is { $why ->
        [link] without link
        [disabled] disabled in the IP configuration
       *[off] switched off
    }. Users who connect to { $ip } get no answer.
    .todo = Switch the interface on, or check the cable and the switch port.
event-fo-03 =
    .short = missing shared address
    .subject = shared address { $ip } is missing on { $node }
    .body = { $why ->
        [removed] { $node } is primary and put { $ip } on { $interface }, but another program removed it { $count } time(s).
       *[unlisted] The site uses { $ip } as shared address, but the IP configuration of { $node } does not contain it. { $node } cannot take over this address.
    }
    .todo = { $why ->
        [removed] Exclude the address from the network manager.
       *[unlisted] Add { $ip } under Appliance > IP configuration of { $node }.
    }
event-fo-04 =
    .short = back-up node cut off
    .subject = back-up node { $node } is cut off from the network
    .body = Since { $since } the back-up node reaches neither the primary node { $peer } ({ $errors }) nor any of its test addresses ({ $ips }). Most likely { $node } itself lost its connection, so it will not take over. Until this is solved there is no working back-up.
    .todo = Check the cable, switch port and address of { $node }.
event-fo-05 =
    .short = test addresses silent
    .subject = back-up node { $node } reaches none of its test addresses
    .body = { $node } still reaches the primary node, but none of the test addresses { $ips } has answered since { $since }. If the primary failed now, { $node } could not tell whose network is at fault and would not take over automatically.
    .todo = Check the test addresses, or choose others under Management > Failover.
event-fo-06 =
    .short = back-up operations off
    .subject = back-up operations are switched off on { $node }
    .body = { $who } switched off back-up operations on { $node } at { $since }. No data is being copied to it and it will not take over. Last complete copy: { $last_sync }.
    .todo = Switch them on again under Management > Failover > Backup settings when the work is finished.
event-fo-07 =
    .short = self-test
    .subject = back-up node { $node } failed its self-test
    .body = { $node } could not reach or use its own services: { $check } – { $error }. The node is not working properly and is barred from taking over.
    .todo = Look at { $hint } on { $node }, or restart it.
event-fo-08 =
    .short = host name of primary
    .subject = host name { $hostname } does not lead to the primary node
    .body = The primary node answers on its address { $addr }, but not through { $hostname }: { $reason ->
        [wrong-node] it points to { $target }, not to the primary
        [certificate] the certificate does not match
        [silent] no answer
       *[unresolved] the name cannot be resolved
    }. Users who connect by name may have the same problem.
    .todo = Check the DNS record and the certificate.
event-fo-09 =
    .short = primary node silent
    .subject = primary node { $peer } does not respond – action needed
    .body = { $node } has not been able to test the primary node { $peer } since { $since } ({ $errors }); the network of { $node } itself works. Automatic failover is OFF, so nothing happens by itself. Last data copy: { $last_sync }.
    .todo = Restore { $peer } or – only if you are sure that it is down – choose Become primary on { $node }.
event-fo-10 =
    .short = primary node silent
    .subject = primary node { $peer } does not respond{ $guard ->
        [none] {" "}– takeover at { $eta } if this lasts
       *[other] {""}
    }
    .body = { $node } has not been able to test the primary node { $peer } since { $since } ({ $errors }). Automatic failover is ON. { $guard ->
        [none] If { $peer } stays silent, { $node } becomes primary at about { $eta }.
       *[other] It cannot take over now because { $guard }.
    } Data newer than { $last_sync } would then be missing on { $node }.
    .todo = To prevent the takeover, restore { $peer } or hold failover on { $node } (Maintenance).
event-fo-11 =
    .short = takeover
    .subject = { $node } is taking over as primary node
    .body = { $peer } has been unreachable for { $duration } minutes (limit { $timeout }), so { $node } is now becoming the primary node with data from { $last_sync }. Addresses to take over: { $ips }. A second message reports the result.
    .todo = Do not switch { $peer } back on in a separate network; when it returns it becomes back-up by itself.
event-fo-12 =
    .short = failed data copy
    .subject = data copy to back-up node { $backup } failed in the last 24 hours
    .body = { $count } of { $total } data syncs from { $primary } to { $backup } failed in the last 24 hours. Last failure { $time }: { $error }. Last success: { $last_ok ->
        [none] never in this period
       *[other] { $last_ok }
    }. If { $primary } fails, changes since the last success are lost.
    .todo = See Sync history.
event-fx-01 =
    .short = role changed
    .subject = { $node } is now the primary node
    .body = { $node } has taken the role of primary node.
    .todo = Nothing needs to be done.
event-fx-02 =
    .short = takeover did not happen
    .subject = takeover by { $node } did not happen: { $reason }
    .body = { $node } was to become the primary node and did not: { $reason }.
    .todo = Look at Management > Failover on both nodes, and decide which is to be primary.
event-fx-03 =
    .short = roles in conflict
    .subject = the failover nodes disagree about their roles
    .body = { $node } and { $peer } disagree: { $reason }.
    .todo = Look at Management > Failover on both nodes, and decide which is to be primary.
event-fx-04 =
    .short = stepped back
    .subject = { $node } stepped back to back-up
    .body = { $node } found that another node is primary, and became back-up. What only it had is kept in { $archive }.
    .todo = See whether something in the archive is still needed.
event-fx-05 =
    .short = address in use elsewhere
    .subject = address { $ip } is in use by { $mac }
    .body = Another device, { $mac }, answers for the shared address { $ip }.
    .todo = Find the device and give it another address.
event-fx-06 =
    .short = third vote
    .subject = third vote not available
    .body = The third vote at { $arbiter } cannot be asked: { $error }.
    .todo = Restore { $arbiter }; until then a cut between the nodes can leave both without a primary.
event-fx-07 =
    .short = back-up node silent
    .subject = back-up node { $peer } is silent
    .body = The primary node has not heard of back-up node { $peer } since { $since }. Until it returns there is no working back-up.
    .todo = Look at { $peer } and its network.
event-fx-08 =
    .short = stopped to be safe
    .subject = { $node } stopped serving to be safe
    .body = { $node } was primary and gave the shared addresses up, because { $reason }: another node may have taken over.
    .todo = Restore the connection between the nodes; then look at Management > Failover.
