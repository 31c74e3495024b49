# The text of notices for each event of the catalogue. short: a name; subject: follows the severity; body: the problem; todo:
# the action to take.

event-mail-test =
    .short = test message
    .subject = test message
    .body = This is a test of relay { $relay }. If you can read it, mail from this site arrives.
    .todo = No action is needed.
event-mail-daily =
    .short = daily notice
    .subject = daily notice
    .body = This message comes every day. As long as it arrives, alerts reach you too.
    .todo = If it does not arrive one day, check the overview page.
event-mail-silent =
    .short = mail is not working
    .subject = mail is not working
    .body = { $last ->
        [none] No relay has accepted a message yet
       *[other] No relay has accepted a message since { $last }
    }, and { $waiting ->
        [one] one message is waiting
       *[other] { $waiting } messages are waiting
    }, the oldest since { $oldest }.{ $error ->
        [none] {""}
       *[other] {" "}The last error: { $error }
    }
    .todo = Check the overview page and run "postwacht doctor". Postwacht sends the waiting mail when a relay accepts mail again; no mail is lost.
event-oauth-grant-expiring =
    .short = permission of relay { $relay } expires soon
    .subject = { $days ->
        [0] the permission of relay { $relay } has expired
        [one] the permission of relay { $relay } expires within a day
       *[other] the permission of relay { $relay } expires in { $days } days
    }
    .body = { $days ->
        [0] The provider allowed this site to send as { $account } through relay { $relay } until { $ends }. No mail can go through this relay.
       *[other] The provider allows this site to send as { $account } through relay { $relay } until { $ends }. After that no mail can go through this relay.
    }
    .todo = Open Management > Email configuration and choose Verify OAuth2 provider to sign in again.
event-oauth-grant-lost =
    .short = permission of relay { $relay }
    .subject = relay { $relay } has lost its permission to send
    .body = The provider no longer allows this site to send as { $account } through relay { $relay }.{ $error ->
        [none] {""}
       *[other] {" "}Its reply: { $error }
    }
    .todo = Open Management > Email configuration and choose Verify OAuth2 provider. Mail waits or goes through another relay; no mail is lost.
event-oauth-client-refused =
    .short = refused client at relay { $relay }
    .subject = the provider of relay { $relay } refuses the OAuth2 client
    .body = The provider does not accept the client ID with its secret or certificate.{ $error ->
        [none] {""}
       *[other] {" "}Its reply: { $error }
    }
    .todo = Check whether the client secret has expired. If so, make a new one at the provider and enter it under Management > Email configuration. The permission itself is kept.
event-oauth-settings-refused =
    .short = OAuth2 settings of relay { $relay }
    .subject = the provider of relay { $relay } refuses the OAuth2 settings
    .body = The provider does not issue a token for these settings.{ $error ->
        [none] {""}
       *[other] {" "}Its reply: { $error }
    }
    .todo = Compare scopes, tenant and endpoints under Management > Email configuration with the values at the provider.
event-oauth-token-missing =
    .short = no token for relay { $relay }
    .subject = the provider of relay { $relay } issues no token
    .body = The last token of relay { $relay } has expired, and the provider has issued no new one for half an hour.{ $error ->
        [none] {""}
       *[other] {" "}Its reply: { $error }
    }
    .todo = Check whether the provider has an outage, and whether this node can reach it. Postwacht continues to ask for a token.
event-oauth-token-unwritten =
    .short = token of relay { $relay } not stored
    .subject = a new token of relay { $relay } cannot be written to disk
    .body = The provider issued a new token that could not be stored. If the node stops now, the permission may be lost.
    .todo = Free space on the disk, and keep the node running until this is resolved.
event-oauth-secret-expiring =
    .short = client secret of relay { $relay }
    .subject = { $days ->
        [0] the client secret of relay { $relay } has expired
        [one] the client secret of relay { $relay } expires within a day
       *[other] the client secret of relay { $relay } expires in { $days } days
    }
    .body = Relay { $relay } requests tokens with this client secret. It { $days ->
        [0] expired on { $ends }. No mail can go through this relay.
       *[other] expires on { $ends }. From then on no mail can go through this relay.
    }
    .todo = Make a new secret at the provider and enter it as next secret under Management > Email configuration. Postwacht uses it as soon as the provider refuses the first one.
event-oauth-certificate-expiring =
    .short = application certificate of relay { $relay }
    .subject = { $days ->
        [0] the application certificate of relay { $relay } has expired
        [one] the application certificate of relay { $relay } expires within a day
       *[other] the application certificate of relay { $relay } expires in { $days } days
    }
    .body = Relay { $relay } requests tokens with this certificate. It { $days ->
        [0] expired on { $ends }. No mail can go through this relay.
       *[other] expires on { $ends }. From then on no mail can go through this relay.
    }
    .todo = Make a new key pair under Management > Email configuration, and upload its certificate to the provider.
event-oauth-account-mismatch =
    .short = account of relay { $relay }
    .subject = relay { $relay } is signed in with another account
    .body = Relay { $relay } was signed in as { $account }, but its settings say { $email }. Postwacht does not use this account until an administrator confirms it.
    .todo = Confirm the account under Management > Email configuration, or sign in again as { $email }.
event-relay-none =
    .short = no relay works
    .subject = no relay works: no mail leaves
    .body = No relay can be used since { $since }. Relay { $relay } ({ $host }): { $error }
    .todo = Look at the relays on the overview, or with "postwacht doctor". All mail waits until one of them works.
event-relay-unreachable =
    .short = relay { $relay } unreachable
    .subject = relay { $relay } has been unreachable since { $since }
    .body = { $host } has been unusable since { $since }: { $error }
    .todo = Check the relay, the network between it and this node, and DNS. Postwacht retries at least every 15 minutes.
event-relay-signin-refused =
    .short = refused sign-in at relay { $relay }
    .subject = relay { $relay } refuses the sign-in
    .body = { $host } refuses the sign-in of this site: { $error }
    .todo = Correct the username, the password or the permission under Management > Email configuration. Until then Postwacht tries rarely, so that the account is not locked.
event-relay-sender-refused =
    .short = sender { $sender } at relay { $relay }
    .subject = relay { $relay } takes no mail from { $sender }
    .body = { $host } refuses mail from { $sender }: { $error }
    .todo = Give the account the right to send as { $sender }. If it is the From address of this site, new mail can have another one. Mail from { $sender } keeps this sender.
event-relay-trust-failed =
    .short = certificate of relay { $relay } not trusted
    .subject = relay { $relay }: certificate not trusted
    .body = The encrypted connection to { $host } is not trusted: { $error }. No mail is sent over it.
    .todo = If the certificate has expired or has another flaw, have it renewed at the relay. If it was replaced on purpose, trust the new one under Management > Email configuration. If neither is so, an attacker may be intercepting the connection.
event-relay-refused =
    .short = settings of relay { $relay }
    .subject = relay { $relay } cannot be used with the current settings
    .body = No mail can go through { $host } with the current settings: { $error }
    .todo = Run "postwacht doctor". It shows the cause and the remedy.
event-relay-certificate-expiring =
    .short = certificate of relay { $relay }
    .subject = { $days ->
        [0] the certificate of relay { $relay } has expired
        [one] the certificate of relay { $relay } expires within a day
       *[other] the certificate of relay { $relay } expires in { $days } days
    }
    .body = The certificate of { $host } { $days ->
        [0] expired on { $ends }. No mail can go through this relay.
       *[other] expires on { $ends }. If it is not renewed by then, no mail can go through this relay.
    }
    .todo = Ask the administrator of the relay to renew it.
event-relay-client-certificate-expiring =
    .short = client certificate for relay { $relay }
    .subject = { $days ->
        [0] the client certificate for relay { $relay } has expired
        [one] the client certificate for relay { $relay } expires within a day
       *[other] the client certificate for relay { $relay } expires in { $days } days
    }
    .body = This node identifies itself to relay { $relay } with this certificate. It { $days ->
        [0] expired
       *[other] expires
    } on { $ends }.
    .todo = Get a new one and enter it under Management > Email configuration.
event-relay-fallback-active =
    .short = fallback relay in use
    .subject = mail goes through relay { $used } because relay { $relay } is not working
    .body = Relay { $relay }, the first of the route, has not worked since { $since }{ $error ->
        [none] {""}
       *[other] {" "}({ $error })
    }. Mail goes through relay { $used }.
    .todo = Repair relay { $relay }. Mail uses it again as soon as it works; a notice tells you.
event-queue-backlog =
    .short = backlog in the queue
    .subject = { $waiting ->
        [one] one message has been waiting
       *[other] { $waiting } messages are waiting, the oldest
    } since { $oldest }
    .body = Delivery is delayed: { $waiting ->
        [one] one message is waiting
       *[other] { $waiting } messages are waiting
    } for a relay, the oldest since { $oldest }.
    .todo = Check the queue and the last replies of the relays.
event-queue-stuck =
    .short = mail is stuck
    .subject = mail is due and Postwacht is not sending it
    .body = Since { $since } mail has been due and a relay is ready, but Postwacht does not try to send it. Postwacht has woken its scheduler.
    .todo = Run "postwacht queue retry --all". If mail still waits after two minutes, restart the service: accepted mail is on disk and is sent after the start. Send the log to the maintainers of Postwacht.
event-queue-unreadable =
    .short = unreadable messages
    .subject = { $count ->
        [one] a message in the queue cannot be read
       *[other] { $count } messages in the queue cannot be read
    }
    .body = { $count ->
        [one] An accepted message cannot be sent as it is stored.
       *[other] { $count } accepted messages cannot be sent as they are stored.
    } Message { $message }: { $error }
    .todo = Look at it with "postwacht queue show { $message }", ask its sender to send it again, and cancel it. Check the disk for errors.
event-queue-refused =
    .short = refused mail
    .subject = { $count ->
        [one] mail of a program was refused permanently
       *[other] mail of programs was refused permanently, { $count } times
    }
    .body = { $count ->
        [one] Mail of a program to one recipient was refused for good.
       *[other] Mail of programs was refused for good { $count } times. Each recipient of each message counts; notices of Postwacht do not.
    } The newest refused message is { $message }: { $error }
    .todo = Look at the message in the queue. It shows the reply or the reason. Correct the address, or ask the administrator of the relay.
event-queue-quota-near =
    .short = no space for new mail
    .subject = the queue is nearly full
    .body = Only { $free } are free on the disk. Postwacht accepts no new mail from programs and devices, and asks them to try again. It still accepts critical notices.
    .todo = Free space on the disk.
event-events-refused =
    .short = events of { $program } refused
    .subject = events of { $program } are refused
    .body = { $why ->
        [count] Too many incidents are open, of { $program } or in total,
       *[rate] { $program } raises and resolves too many events in a short time,
    } so { $count ->
        [one] one of its events was not stored
       *[other] { $count } of its events were not stored
    }. No notice reports their content. Other programs are not affected.
    .todo = Correct the program if it raises events in a loop, and resolve incidents that are over.
event-notice-refused =
    .short = refused notices
    .subject = a relay refuses notices of Postwacht
    .body = Notice { $message } was refused, and not because of an address: { $error }
    .todo = Look at the message in the queue: it shows the reply, the cause and what to do. When the relays or the contacts are changed, Postwacht writes the notice anew.
event-contact-refused =
    .short = admin contact { $contact }
    .subject = the relay refuses the admin contact { $contact }
    .body = Notices to { $contact } do not arrive. Reply of relay { $relay }: { $error }
    .todo = Correct or remove the address among the admin contacts under Management > Email configuration.
event-contact-unconfirmed =
    .short = admin contact { $contact } not confirmed
    .subject = no confirmation that mail to { $contact } arrives
    .body = For { $unanswered ->
        [one] one day
       *[other] { $unanswered } days
    } Postwacht has sent notices to { $contact } without receiving a confirmation. A relay may accept mail and discard it later.
    .todo = Ask the reader of { $contact } to choose "I received this" in the newest daily notice or test email.
event-node-certificate-expiring =
    .short = certificate of this node
    .subject = { $days ->
        [0] the certificate of this node has expired
        [one] the certificate of this node expires within a day
       *[other] the certificate of this node expires in { $days } days
    }
    .body = The certificate of this node, for { $names }, { $days ->
        [0] expired on { $ends }. Browsers and devices refuse to connect.
       *[other] expires on { $ends }. Browsers and devices then refuse to connect.
    }
    .todo = Renew the certificate file named in the node's configuration.
event-node-disk-low =
    .short = disk space
    .subject = the disk is nearly full: { $free } left
    .body = { $directory } has { $free } left of { $total }. Below its reserve Postwacht accepts no new mail.
    .todo = Free space, or enlarge the disk.
event-node-key-lost =
    .short = key file
    .subject = the key file { $why ->
        [missing] is missing
       *[other] contains another key
    }: { $file }
    .body = The node still has its key in memory and works until it stops. It will not start again: { $file } { $why ->
        [missing] is missing
       *[other] no longer contains the key
    }.
    .todo = Restore the key file from your copy, with mode 600, before the node stops. Without a copy, make a backup now (postwacht backup), and restore it with --trust into an empty directory: mail, settings and history stay, passwords and permissions must be entered again.
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
    .body = Since { $since } this machine has had no { $resource ->
        [memory] kernel memory
        [ports] local ports
       *[descriptors] file descriptors
    } left for connections to relays. The relays are not at fault. Postwacht sends the waiting mail as soon as this is resolved.
    .todo = { $resource ->
        [memory] Free memory on this machine.
        [ports] Find the program that holds many connections (ss -tan) and stop it, or widen net.ipv4.ip_local_port_range.
       *[descriptors] Raise the limit of open files (LimitNOFILE= of the systemd unit) and restart Postwacht. If the whole system has none left, raise fs.file-max.
    }
event-store-checkpoint-failed =
    .short = write-ahead log
    .subject = the write-ahead log of the database cannot be checkpointed: { $size }
    .body = The write-ahead log has grown to { $size }, because it cannot be copied into the database: { $error }. Accepted mail is safe in it. When it reaches its limit, Postwacht accepts no new mail.
    .todo = If a program is named here, stop it. If a checkpoint failed, check the disk and its free space.
event-store-failed =
    .short = database failed
    .subject = the node stopped because its database failed
    .body = The node accepted no more mail and stopped: { $error }. Mail in the queue is sent when the database is back; without the database it is lost.
    .todo = Put the database back, or restore a backup. Then find out what removed or damaged it.
event-store-unexpected =
    .short = unexpected database
    .subject = this node started with an unexpected database
    .body = The start was confirmed with --new-store: { $error }. Mail that waited in the earlier database is not here. { $held ->
        [0] No waiting message is held.
        [one] One waiting message is held, because it may have been sent already.
       *[other] { $held } waiting messages are held, because they may have been sent already.
    }
    .todo = Release or cancel the held messages. Look for the earlier database if its mail was not sent.
event-node-clock-skew =
    .short = clock of this node
    .subject = the clock of this node is { $minutes ->
        [one] one minute
       *[other] { $minutes } minutes
    } { $direction ->
        [ahead] ahead
       *[behind] behind
    }
    .body = Compared with { $source }, the clock of this node is { $minutes ->
        [one] one minute
       *[other] { $minutes } minutes
    } { $direction ->
        [ahead] ahead
       *[behind] behind
    }. Certificates and tokens may be refused, and times in notices are wrong.
    .todo = Synchronise this machine with a time server (chrony, systemd-timesyncd).
event-node-started-after-crash =
    .short = start after a crash
    .subject = this node started again after a crash or a power failure
    .body = The node started at { $started }. It was last seen at { $seen } and was not stopped in an orderly way: it crashed, was killed, or lost power. No accepted mail is lost; messages in flight may arrive twice.
    .todo = Check the log of the machine around { $seen }.
event-account-signin-blocked =
    .short = refused sign-ins
    .subject = { $count } refused sign-ins as { $account }
    .body = From { $address } there were { $count } attempts to sign in as { $account } with a wrong password. Postwacht slows down further attempts.
    .todo = If this was not you or a colleague, block { $address } at the firewall.
event-settings-changed =
    .short = settings changed
    .subject = { $who } changed security settings
    .body = { $who } changed settings that affect security. The changes are listed below.
    .todo = If this was not expected, check the audit log, restore the earlier revision and enter changed passwords again.
event-access-changed =
    .short = access changed
    .subject = { $who } { $act ->
        [account-created] created an account
        [account-deleted] deleted an account
        [account-reset] removed an account's password and made a link to set a new one
        [token-created] created a token
        [oauth-authorized] gave OAuth2 permission to send
        [oauth-forgotten] removed the OAuth2 permission to send
        [pair-allowed] allowed another node to make a pair with this one
        [pair-made] made a failover pair
        [settings-exported] exported the settings with their secrets
        [backup-restored] restored a backup
       *[other] changed the access to this node
    }: { $detail }
    .body = { $act ->
        [oauth-authorized] This changes who may send through relay { $detail }.
        [oauth-forgotten] This changes who may send through relay { $detail }.
        [pair-allowed] A node that has the code or the key can make a pair with this one, and replaces its settings.
        [pair-made] { $detail } gets the e-mail settings of this node with every password and secret.
        [settings-exported] The file { $detail } holds every password and secret of the settings.
       *[other] This changes the access to this node: { $detail }.
    }
    .todo = If this was not expected, check the audit log. { $act ->
        [account-created] Delete the account (postwacht account delete).
        [account-deleted] Create the account again (postwacht account create).
        [account-reset] Make another link (postwacht account reset): it replaces the first.
        [token-created] Revoke the token (postwacht token revoke).
        [oauth-authorized] Remove the permission (postwacht oauth forget), also at the provider.
        [oauth-forgotten] Give the permission again (postwacht oauth verify).
        [pair-allowed] Withdraw it: make a new code, which voids the former, or restart the node.
        [pair-made] Break the pair (postwacht failover break), and enter new passwords.
        [settings-exported] Make sure that the file is safe, or enter new passwords.
        [backup-restored] Check the restored accounts, settings and held mail.
       *[other] Change the passwords of the administrators.
    }
event-contact-removed =
    .short = admin contact removed
    .subject = { $contact } is no longer an admin contact
    .body = Notices now go to { $left }. Notices that were already in the queue may still reach { $contact }.
    .todo = If this was not expected, an attacker may have access: check the audit log, restore the earlier revision and enter changed passwords again.
event-alarm-webhook-failed =
    .short = alarm webhook
    .subject = the alarm webhook at { $host } accepts no calls
    .body = A webhook at { $host } has accepted no call since { $since } ({ $error }). If mail fails now, this webhook cannot alert you.
    .todo = Correct alarm.webhooks in the settings and test it with "postwacht alarm test".
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
    .todo = Check the script or device that reported this: { $by }.

event-fo-01 =
    .short = version difference
    .subject = the failover nodes run different software versions
    .body = { $operation ->
        [takeover] At a takeover
        [handover] At a change of roles
       *[start] At the start of a node
    } the nodes were found to run different software: { $node } has { $version }, { $peer } has { $v_peer }. The operation continued.
    .todo = Install the same version on both nodes, the backup node first.
event-fo-02 =
    .short = interface of shared address
    .subject = shared address { $ip } is not served: { $why ->
        [no-helper] the network helper of { $node } does not run
        [no-link] interface { $interface } has no link
        [disabled] it is disabled in the IP configuration of { $node }
       *[off] interface { $interface } is off
    }
    .body = { $node } is the primary node and should answer on { $ip }, but { $why ->
        [no-helper] its network helper (postwacht netd) does not run
        [no-link] interface { $interface } has no link
        [disabled] the address is disabled in its IP configuration
       *[off] interface { $interface } is switched off
    }. Users who connect to { $ip } get no answer.
    .todo = { $why ->
        [no-helper] Start postwacht netd on { $node }.
        [disabled] Enable the address: postwacht failover ips add { $ip } --interface { $interface }.
       *[off] Switch the interface on, or check the cable and the switch port.
    }
event-fo-03 =
    .short = missing shared address
    .subject = shared address { $ip } is missing on { $node }
    .body = { $why ->
        [removed] { $node } is primary and put { $ip } on { $interface }, but another program removed it { $count } time(s).
       *[unlisted] The site uses { $ip } as shared address, but the IP configuration of { $node } does not contain it. { $node } cannot take over this address.
    }
    .todo = { $why ->
        [removed] Exclude the address from the network manager.
       *[unlisted] Run "postwacht failover ips add { $ip }" with its interface on { $node }.
    }
event-fo-04 =
    .short = backup node disconnected
    .subject = backup node { $node } is disconnected from the network
    .body = Since { $since } the backup node has reached neither the primary node { $peer } ({ $errors }) nor any of its test IP addresses ({ $ips }). Most likely { $node } itself has lost its connection, so it will not take over. Until this is solved there is no working backup.
    .todo = Check the cable, the switch port and the address of { $node }.
event-fo-05 =
    .short = test IP addresses unreachable
    .subject = backup node { $node } reaches none of its test IP addresses
    .body = { $node } still reaches the primary node, but none of the test IP addresses { $ips } has answered since { $since }. If the primary node fails now, { $node } cannot tell which network is at fault and does not take over automatically.
    .todo = Check the test IP addresses, or choose others on { $node }: postwacht failover settings set test_ips=…
event-fo-06 =
    .short = backup operations disabled
    .subject = backup operations are disabled on { $node }
    .body = Backup operations have been disabled on { $node } since { $since }. It will not take over.
    .todo = When the work is finished, enable them again on { $node }: postwacht failover settings set enabled=true
event-fo-07 =
    .short = self-test
    .subject = backup node { $node } failed its self-test
    .body = { $check ->
        [storage] { $node } cannot use its database: { $error }.
        [network-helper] The network helper of { $node } (postwacht netd) does not answer, so that it could not set the shared addresses.
       *[node] { $node } does not do its own work: { $error }.
    } It will not take over.
    .todo = { $check ->
        [network-helper] Start postwacht netd on { $node }.
       *[other] Run "postwacht doctor" on { $node }, or restart the node.
    }
event-fo-08 =
    .short = host name of primary
    .subject = host name { $hostname } does not lead to the primary node
    .body = The primary node answers on its address { $addr }, but not through { $hostname }: { $reason ->
        [wrong-node] it points to { $target }, not to the primary node
        [certificate] the certificate does not match
        [silent] no answer
       *[unresolved] the name cannot be resolved
    }. Users who connect by name may have the same problem.
    .todo = Check the DNS record and the certificate.
event-fo-09 =
    .short = primary node unreachable
    .subject = primary node { $peer } does not respond – action needed
    .body = { $node } has not been able to test the primary node { $peer } since { $since } ({ $errors }); the network of { $node } itself works. Automatic failover is OFF, so no takeover follows. Mail that { $peer } has accepted and not delivered waits there until it returns.
    .todo = Restore { $peer }. Or, only if you are sure that it is down, run "postwacht failover become primary" on { $node }.
event-fo-10 =
    .short = primary node unreachable
    .subject = primary node { $peer } does not respond{ $guard ->
        [none] { $eta ->
            [none] {""}
           *[other] {" "}– takeover at { $eta } if this continues
        }
       *[other] {""}
    }
    .body = { $node } has not been able to test the primary node { $peer } since { $since } ({ $errors }). Automatic failover is ON. { $guard ->
        [none] If { $peer } stays unreachable, { $node } becomes primary{ $eta ->
            [none] {" "}by itself
           *[other] {" "}at about { $eta }
        }.
        [switched-off] It cannot take over now because automatic failover is switched off.
        [unconfirmed] It cannot take over now because the primary node has not yet confirmed that it knows of automatic failover.
        [not-backup] It cannot take over now because it does not follow the primary node.
        [maintenance] It cannot take over now because maintenance holds failover.
        [tilt] It cannot take over now because { $node } itself was stopped for a moment, and observes first.
        [self-test] It cannot take over now because the self-test of { $node } fails.
        [no-test-ip] It cannot take over now because { $node } has no test IP address.
        [test-ips] It cannot take over now because no test IP address answers.
        [never-synced] It cannot take over now because { $node } has never had the settings of the primary node.
        [schema] It cannot take over now because { $peer } runs a newer version.
        [flip-guard] It cannot take over now because the roles changed too recently or too often.
        [back-off] It cannot take over now because a takeover failed a moment ago.
        [given-up] It cannot take over now because takeovers failed too often; an administrator must decide.
        [disk] It cannot take over now because the disk of { $node } refuses writes.
       *[other] It cannot take over now.
    } Mail that { $peer } has accepted and not delivered waits there until it returns.
    .todo = To prevent the takeover, restore { $peer }, or run "postwacht failover maintenance on --for 1h" on { $node }.
event-fo-11 =
    .short = takeover
    .subject = { $node } is taking over as primary node
    .body = { $peer } has been unreachable for { $duration } seconds (limit { $timeout }), so { $node } is now becoming the primary node. Addresses to take over: { $ips }. Mail that { $peer } has accepted and not delivered waits there until it returns. A second message reports the result.
    .todo = Do not switch { $peer } back on in a separate network. When it returns, it becomes backup automatically.
event-fo-12 =
    .short = failed data sync
    .subject = data sync to backup node { $backup } failed in the last 24 hours
    .body = { $count } of { $total } data syncs from { $primary } to { $backup } failed in the last 24 hours. Last failure { $time }: { $error }. Last success: { $last_ok ->
        [none] never in this period
       *[other] { $last_ok }
    }. If { $primary } fails, changes since the last success are lost.
    .todo = Check the sync history.
event-fx-01 =
    .short = role changed
    .subject = { $node } is now the primary node
    .body = { $node } has taken the role of primary node.
    .todo = No action is needed.
event-fx-02 =
    .short = takeover failed
    .subject = takeover by { $node } failed: { $reason }
    .body = { $node } should have become the primary node and did not: { $reason }.
    .todo = Run "postwacht failover status" on both nodes, and decide which node is primary.
event-fx-03 =
    .short = roles in conflict
    .subject = the failover nodes disagree about their roles
    .body = { $reason ->
        [both-primary] { $node } and { $peer } were serving at the same time. The one with the lower term steps back by itself. Each delivers the mail that it has accepted.
        [waits] { $node } was primary, does not hear { $peer }, and does not serve. { $peer } may be serving.
        [no-primary] Neither { $node } nor { $peer } is primary.
        [wrong-peer] The node that answers at the address of { $peer } belongs to another pair, or has left this one.
       *[settings] { $node } and { $peer } have different settings of the pair.
    }
    .todo = Run "postwacht failover status" on both nodes, and decide which node is primary.
event-fx-04 =
    .short = became backup
    .subject = { $node } became backup because another node is primary
    .body = { $node } found that another node is primary, and became backup. It takes the e-mail settings of { $peer }; its own are kept as an earlier revision.
    .todo = Check whether changes were made on { $node } meanwhile: they are in the earlier revision.
event-fx-05 =
    .short = address in use elsewhere
    .subject = address { $ip } is in use by { $mac }
    .body = Another device, { $mac }, answers for the shared address { $ip }.
    .todo = Find the device and give it another address.
event-fx-06 =
    .short = third vote
    .subject = third vote not available
    .body = The third vote at { $arbiter } cannot be asked: { $error }.
    .todo = Restore { $arbiter }. Until then a broken connection between the nodes can leave both without a primary.
event-fx-07 =
    .short = backup node unreachable
    .subject = backup node { $peer } is unreachable
    .body = The primary node has received nothing from backup node { $peer } since { $since }. Until it returns there is no working backup.
    .todo = Check { $peer } and its network.
event-fx-08 =
    .short = stopped as a precaution
    .subject = { $node } stopped serving as a precaution
    .body = { $node } was primary and released the shared addresses, because { $reason ->
        [conflict] { $peer } is primary too
       *[isolated] neither { $peer } nor a test IP address answered
    }: the other node may have taken over.
    .todo = Restore the connection between the nodes. Then run "postwacht failover status" on both.
