### Faults without a reply of the relay, and errors in settings.

## An SMTP session that ended early. $detail is technical and English.

fault-refused =
    .cause = The relay refused the session for an unknown reason; its reply says more.
    .remedy = Read the reply of the relay. Check host, port, encryption and authentication type, or show the reply to the administrator of the relay.

fault-token-refused =
    .cause = The relay did not accept the OAuth2 token.
    .remedy = Check account and scopes (email.oauth2.email, email.oauth2.scopes), and that this account may send through SMTP. Then authorize again, or request a token now if an application signs in.

fault-lost-greeting =
    .cause = The relay closed the connection before its greeting ({ $detail }). Often it expects TLS on this port, or does not allow this machine's address.
    .remedy = Try TLS on port 465 (email.relay.encryption, email.relay.port), and allow this machine's address at the relay.

fault-lost =
    .cause = The connection was lost during the session ({ $detail }).
    .remedy = { retries-first }If this keeps happening, check the log of the relay and the firewalls on the network path.

fault-no-greeting =
    .cause = The connection was made, but the relay sent no greeting ({ $detail }). Often the port expects TLS from the first byte while STARTTLS or None is set, or a firewall blocks the traffic.
    .remedy = On port 465 set the encryption to TLS (email.relay.encryption). Otherwise check the firewall between this machine and the relay.

fault-timed-out =
    .cause = The relay did not answer in time ({ $detail }).
    .remedy = { retries-first }If this keeps happening, check the load of the relay and the firewalls on the network path.

fault-unreadable =
    .cause = The answer is not SMTP ({ $detail }). Probably another service listens on this port.
    .remedy = Check host and port (email.relay.host, email.relay.port). Relays listen on 25, 587 or 465.

fault-out-of-turn =
    .cause = The relay sent an unexpected reply at this point ({ $detail }).
    .remedy = { retries-first }If this keeps happening, check the devices between this machine and the relay, such as a mail filter or proxy, and keep the transcript.

fault-starttls-missing =
    .cause = The relay does not offer STARTTLS. With encryption set, Postwacht never sends mail unencrypted.
    .remedy = Choose TLS on port 465, or have STARTTLS enabled at the relay. Choose None only if the network path to the relay is trusted (email.relay.encryption).

fault-injection =
    .cause = Unencrypted bytes followed the reply to STARTTLS: an attack, or a broken device on the network path. Nothing was sent.
    .remedy = Find the device between this machine and the relay, such as a firewall that inspects SMTP, and turn off its inspection. TLS on port 465 avoids this step.

fault-no-mechanism =
    .cause = The relay offers no sign-in mechanism that Postwacht can use ({ $detail }).
    .remedy = Choose an authentication type that fits what the relay offers (email.auth.type): OAuth2 for XOAUTH2 or OAUTHBEARER, a password for PLAIN or LOGIN, none if it needs no sign-in. Many relays offer sign-in only with STARTTLS or TLS (email.relay.encryption). If a mechanism is chosen (email.auth.mechanism), set it to automatic.

fault-not-resolved =
    .cause = DNS has no address for the name of the relay ({ $detail }).
    .remedy = Check the spelling (email.relay.host) and the DNS settings of this machine. You can enter an IP address instead of a name.

fault-not-connected =
    .cause = Postwacht could not connect to the relay ({ $detail }): no service listens there, or a firewall blocks the connection.
    .remedy = Check host and port (email.relay.host, email.relay.port), and allow this machine outgoing traffic on that port: 587 for STARTTLS, 465 for TLS, 25 without sign-in.

fault-own-listener =
    .cause = The relay in the settings is this node itself. Mail would loop.
    .remedy = Set host and port of the relay for outgoing mail (email.relay.host, email.relay.port).

fault-no-descriptors =
    .cause = Postwacht has no file descriptors left and could not open a connection. The relay is not at fault.
    .remedy = Raise the limit of open files (LimitNOFILE= of the systemd unit, or ulimit -n; fs.file-max for the whole system) and restart Postwacht. Postwacht sends the waiting mail as soon as descriptors are free.
fault-no-memory =
    .cause = The kernel of this machine has no memory left for a connection. The relay is not at fault.
    .remedy = Free memory on this machine. Postwacht sends the waiting mail as soon as there is some.
fault-no-ports =
    .cause = Every local port of this machine is in use, so Postwacht could not connect. The relay is not at fault.
    .remedy = Find the program that holds many connections (ss -tan), or widen net.ipv4.ip_local_port_range. Postwacht sends the waiting mail as soon as ports are free.

## TLS

fault-tls-unknown-authority =
    .cause = The certificate of the relay was issued by an authority that this machine does not trust.
    .remedy = Add the certificate of that authority (email.relay.ca), or pin the key of this certificate (email.relay.pins, in place of email.relay.ca).

fault-tls-self-signed =
    .cause = The certificate of the relay is self-signed: no certificate authority has issued it.
    .remedy = Compare the pin that a test shows with the key on the relay (openssl x509 -in FILE -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum). Then pin it (email.relay.pins, in place of email.relay.ca).

fault-tls-expired =
    .cause = The certificate of the relay has expired ({ $detail }).
    .remedy = Have it renewed at the relay. Until then you can pin its key (email.relay.pins, in place of email.relay.ca). If the date is in the future, check the clock of this machine.

fault-tls-not-yet-valid =
    .cause = The certificate of the relay is not valid yet ({ $detail }), or the clock of this machine is slow.
    .remedy = Check the clock of this machine. If it is right, have the certificate reissued, or pin its key (email.relay.pins, in place of email.relay.ca).

fault-tls-wrong-host =
    .cause = The certificate of the relay is for another name ({ $detail }).
    .remedy = Set the host to a name in the certificate (email.relay.host), have the certificate reissued for this name, or pin its key (email.relay.pins, in place of email.relay.ca).

fault-tls-no-subject-alt-name =
    .cause = The certificate of the relay has no host name in its subjectAltName, so it cannot be checked against the host name.
    .remedy = Pin its key (email.relay.pins), or have the certificate reissued with a subjectAltName.

fault-tls-other-key =
    .cause = The relay shows another key than the pinned one ({ $detail }). Nothing was sent.
    .remedy = Ask the administrator of the relay whether the key was changed on purpose. If so, pin the new key (email.relay.pins). If not, treat it as an attack.

fault-tls-bad-certificate =
    .cause = The certificate of the relay cannot be used ({ $detail }).
    .remedy = Have the certificate reissued. Until then you can pin its key (email.relay.pins, in place of email.relay.ca).

fault-tls-wrong-name-kind =
    .cause = The certificate of the relay holds the IP address as a DNS name, so it does not count as an IP address ({ $detail }).
    .remedy = Have the certificate reissued with the address as an IP address (subjectAltName = IP:…), set the host to a name in the certificate (email.relay.host), or pin its key (email.relay.pins, in place of email.relay.ca).

fault-tls-unsupported-signature =
    .cause = The certificate of the relay, or one of its chain, is signed with an algorithm that Postwacht cannot verify ({ $detail }).
    .remedy = Pin its key (email.relay.pins), or have the certificate reissued with RSA or ECDSA and SHA-256.

fault-tls-critical-extension =
    .cause = The certificate of the relay has an extension that is marked critical and that Postwacht does not know. Such a certificate must be refused.
    .remedy = Have the certificate reissued without this extension, or pin its key (email.relay.pins, in place of email.relay.ca).

fault-tls-wrong-purpose =
    .cause = The certificate of the relay is not made for servers: its extended key usage lacks serverAuth.
    .remedy = Have the certificate reissued for TLS servers, or pin its key (email.relay.pins, in place of email.relay.ca).

fault-tls-bad-signature =
    .cause = The signature of the certificate of the relay, or of the handshake, is wrong. Nothing was sent.
    .remedy = Check that the relay shows the certificate that belongs to its key. If it does, treat it as an attack.

fault-tls-revoked =
    .cause = The certificate of the relay was revoked.
    .remedy = Have the certificate reissued.

fault-tls-old-version =
    .cause = The relay supports only TLS versions below 1.2, which are no longer safe.
    .remedy = Have TLS 1.2 or 1.3 enabled at the relay, or use another relay.

fault-tls-no-common-cipher =
    .cause = The relay offers no cipher suite that Postwacht considers safe.
    .remedy = Have a current cipher suite enabled at the relay: ECDHE with AES-GCM or ChaCha20-Poly1305.

fault-tls-not-tls =
    .cause = The relay does not use TLS on this port.
    .remedy = Try STARTTLS, usually on port 587 (email.relay.encryption, email.relay.port).

fault-tls-client-certificate =
    .cause = The relay requires a client certificate, or refuses the one that it received.
    .remedy = Set certificate and key (email.relay.client_certificate, email.relay.client_key), or allow the certificate in use at the relay. Check that it has not expired.

fault-tls-tls-other =
    .cause = TLS with the relay failed ({ $detail }).
    .remedy = Check encryption and port (email.relay.encryption, email.relay.port), and check the log of the relay.

## Settings: the error at the field, and a valid example.

wrong-required = This field must not be empty.
wrong-address =
    { $why ->
        [empty] An email address is missing here. Example: ops@example.com.
        [no-at] “{ $typed }” is not an email address: the @ is missing.
        [local] “{ $typed }” is not an email address: the part before the @ is empty or has a character that is not allowed there.
        [domain] “{ $typed }” is not an email address: after the @ a domain such as example.com is missing.
        [too-long] “{ $typed }” is too long: at most 64 bytes before the @ and 254 in all.
        [name-too-long] The name before “{ $typed }” is too long: at most 200 characters.
        [control] “{ $typed }” contains a control character, such as a line break or a tab. Enter the address again.
        [unbalanced] In “{ $typed }” a bracket or a quotation mark is missing. Example: Operations <ops@example.com>.
        [unexpected] In “{ $typed }” a character stands where none is allowed. Put a name with special characters in quotation marks: "Doe, Jane" <jane@example.com>.
        [several] “{ $typed }” has more than one address. Enter one here.
       *[other] “{ $typed }” is not an email address. Example: ops@example.com.
    }
wrong-too-many-contacts = Too many addresses. The limit is { $limit }.
wrong-host = “{ $typed }” is not a host name. Enter a name such as relay.example.net, or an IP address, without port and without https://.
wrong-node = “{ $typed }” is not the address of a node. Enter a name or an IP address, followed by a port if it is not 8874, without https://.
wrong-external-url = “{ $typed }” is not an address under which browsers elsewhere reach these pages. Enter scheme and host, such as https://post.example.net, without a path.
wrong-ehlo-name = “{ $typed }” is not a name for EHLO. Enter a name of letters, digits and hyphens such as node.example.net, or an address in brackets such as [192.0.2.1].
wrong-port = “{ $typed }” is not a port. Enter a number from 1 to 65535; usual are 587, 465 and 25.
wrong-choice = “{ $typed }” is not one of the choices: { $allowed }.
wrong-truth = “{ $typed }” is neither true nor false. Enter true or false; on, off, yes and no work too.
wrong-time = “{ $typed }” is not a time of day. Enter hours and minutes, such as 08:00.
wrong-instant = “{ $typed }” is not a point in time. Use date, time and zone, such as 2027-02-19T09:00:00+01:00 or 2027-02-19T08:00:00Z.
wrong-date = “{ $typed }” is not a date. Enter year, month and day, such as 2027-02-19.
wrong-duration = “{ $typed }” is not a duration. Enter a number with a unit, such as 30m, 12h or 7d; months and years are not accepted.
wrong-retry-waits = “{ $typed }” is not a list of durations. Enter 1 to 20 durations from 1s to 1h, such as 1m, 2m, 5m.
wrong-time-zone = “{ $typed }” is not a time zone that this machine knows. Example: Europe/Amsterdam or UTC.
wrong-ip = “{ $typed }” is not an IP address. Example: 192.0.2.10 or 2001:db8::10.
wrong-pin = “{ $typed }” is not a pin. Enter the SHA-256 of the public key: 64 hexadecimal digits, with or without colons.
wrong-pem = This text cannot be used as PEM ({ $why }). Paste the whole certificate, from the line with BEGIN to the line with END.
wrong-url = “{ $typed }” cannot be used. Enter a URL that begins with https://, without spaces and username; http:// is possible only to this machine.
wrong-number = “{ $typed }” is not allowed here. Enter a whole number from { $low } to { $high }.
wrong-whole-number = “{ $typed }” is not allowed here. Enter a whole number.
wrong-parameter-missing = This parameter is missing.
wrong-parameter-twice = This parameter is given more than once.
wrong-key-missing = The certificate needs its private key. Add the key here, or remove the certificate.
wrong-certificate-missing = The private key needs its certificate. Add the certificate here, or remove the key.
wrong-ca-and-pins = An added CA and pins cannot be combined. Remove one of the two: email.relay.ca or email.relay.pins.
wrong-tls-only = This works only with STARTTLS or TLS. Choose one of these as encryption, or leave this field empty.
wrong-token-unencrypted = OAuth2 needs encryption, because the token must not be readable on the network path. Choose STARTTLS or TLS.
wrong-password-unencrypted = Without encryption the password can be read on the network path. Choose STARTTLS or TLS, or allow it here if the path is trusted.
wrong-password-unencrypted-far = A password can be sent unencrypted only to localhost or to a private, loopback or link-local IP address. Choose STARTTLS or TLS.
wrong-type-again = The destination of this secret has changed: host, encryption, trust or proxy of the relay, or provider, tenant, client or endpoint of OAuth2. Another server could receive it now. Enter the secret again.
wrong-not-stored = No secret is stored for this. Enter it.
wrong-control-character = This contains a control character, such as a line break or a tab. Enter it without.
wrong-too-long = This is too long. The limit is { $limit } bytes.
wrong-too-many-entries = There are more than { $limit } entries here. Split them over several requests.
wrong-too-many-values = The request has more than { $limit } values. Split them over several requests.
wrong-too-deep = Objects and lists are nested more than { $limit } levels deep.
wrong-duplicate-name = Another relay has the name “{ $name }” already. Give each relay its own name.
wrong-own-listener = This is the address of this node itself. Mail would loop. Enter the relay for outgoing mail.
wrong-not-yet = This version does not use this setting yet. Leave it empty.
wrong-application-at-google = Google requires a service account for the sign-in as the application, and Postwacht does not support that yet. Choose As a user.
wrong-too-many-webhooks = Too many webhooks. The limit is { $limit }.

# Technical reasons of faults, as crates/admin/src/reason.rs recognises them.
reason-lost-after-body = the connection was lost before the relay answered; the message may have arrived all the same
reason-lost-in-handshake = the connection was lost during the TLS handshake: { $detail }
reason-lost = the connection was lost: { $detail }
reason-closed = the relay closed the connection
reason-connection-closed = the connection is closed
reason-session-over = the session was over
reason-unasked = the relay began a reply without a command
reason-stopping = this node is stopping
reason-no-body = the body of the message is no longer stored
reason-no-answer = no answer in { $detail } s
reason-peer-not-invited = the other node has not allowed a pairing, or its code has expired
reason-peer-wrong-secret = the code or the key is another one on the other node
reason-peer-tries = too many wrong codes or keys were tried at the other node
reason-peer-busy = the other node is making another pair at this moment
reason-peer-paired = the other node has a pair already
reason-peer-protocol = the other node speaks version { $detail } of the pairing
reason-peer-storage = the other node cannot store the pair: { $detail }
reason-peer-other-pair = the message names another pair
reason-peer-not-running = the failover of the other node does not run
reason-peer-settings = with the settings of the other node, these break rules of failover: { $detail }
reason-peer-unreadable = the other node cannot read its e-mail settings: { $detail }
reason-peer-unreached = the other node cannot be reached: { $detail }
reason-peer-unnamed = the name of the other node has no address: { $detail }
reason-peer-stranger = no Postwacht node that knows this one answers there: { $detail }
reason-peer-broke = the connection to the other node broke: { $detail }
reason-pair-port = the port for the other node cannot be opened: { $detail }
reason-peer-silent = no answer at { $detail }
reason-peer-refused = the connection to { $detail } is refused
reason-peer-unreachable = no way to { $detail }
reason-peer-other = another program, or one with another key, answers at { $detail }
reason-peer-foreign = a node of another pair answers at { $detail }
reason-peer-answer = the answer of { $detail } cannot be used
reason-peer-name = the name in { $detail } has no address
reason-disk-unwritten = the disk cannot be written
reason-stages-late = the stages did not end in time
reason-check-failed = the check of { $detail } failed: { $more }
reason-address-taken = another device has { $detail }: { $more }
reason-no-helper = there is no connection to the network helper (postwacht netd)
reason-helper-late = the network helper did not answer in { $detail } s
reason-unexpected = unexpected reply: { $detail }
reason-not-smtp = not an SMTP reply: { $detail }
reason-mixed-codes = a reply whose lines have different codes ({ $detail } and { $more })
reason-line-too-long = a reply line of more than { $detail } bytes
reason-reply-too-long = a reply of more than { $detail } bytes
reason-no-starttls = the relay does not offer STARTTLS
reason-bytes-behind-starttls = unencrypted bytes after the reply to STARTTLS
reason-no-mechanism = the relay offers no usable sign-in mechanism; it offers: { $detail }
reason-mechanism-not-offered = the relay does not offer { $detail }; it offers: { $more }
reason-no-token-because = no OAuth2 token for the sign-in: { $detail }
reason-no-token = no OAuth2 token for the sign-in
reason-no-address = no address for this name: { $detail }
reason-no-connection = no connection: { $detail }
reason-own-listener = the relay is this node itself
reason-no-descriptors = this machine has no file descriptors left for a connection
reason-no-memory = this machine has no memory left for a connection
reason-no-ports = this machine has no ports left for a connection
reason-sender-utf8 = the sender's address needs SMTPUTF8
reason-unknown-authority = the certificate was issued by an authority that is not trusted
reason-self-signed = the certificate is self-signed
reason-expired = the certificate expired on { $detail }
reason-not-yet-valid = the certificate is not valid before { $detail }
reason-wrong-host = the certificate is for { $detail }, not for { $more }
reason-no-san = the certificate has no host name in its subjectAltName
reason-wrong-name-kind = the certificate has { $detail } as a DNS name, not as an IP address
reason-other-key = the relay shows another key than the pinned one: { $detail }
reason-bad-certificate = the certificate cannot be used: { $detail }
reason-unsupported-signature = the certificate is signed with an algorithm that cannot be verified: { $detail }
reason-critical-extension = the certificate has a critical extension that is not known
reason-wrong-purpose = the certificate is not made for servers
reason-bad-signature = the signature of the certificate is wrong
reason-revoked = the certificate was revoked
reason-bad-encoding = its encoding is broken
reason-breaks-rfc-5280 = it breaks a rule of RFC 5280
reason-is-authority = it is the certificate of an authority
reason-may-not-sign = it is signed by a certificate that may not sign others
reason-name-constraint = its authority may not issue certificates for this name
reason-version-1 = its version is 1, and only version 3 holds host names
reason-old-version = the relay supports no TLS version from 1.2 on
reason-no-cipher = no common cipher
reason-not-tls = the relay does not use TLS on this port
reason-client-certificate = the relay requires a client certificate, or refuses the one of this node

# Words of the system and of libraries.

reason-tls-other-key = the key does not belong to the certificate
reason-tls-no-certificate = the server shows no certificate
reason-tls-incompatible = the server lacks a part of TLS that is needed
reason-tls-misbehaved = the server does not keep to the TLS protocol
reason-tls-none = the server does not use TLS on this port
reason-tls-out-of-turn = the server sent a TLS message out of turn
reason-tls-failed = TLS failed
reason-tls-name = the server does not know itself by this host name
reason-tls-internal = the server reports an internal error of its TLS
reason-tls-denied = the server denies access
reason-tls-expired = the certificate has expired
reason-tls-not-yet = the certificate is not valid yet
reason-tls-other-name = the certificate is for another host name
reason-pem-none = there is no PEM section of this kind in it
reason-pem-no-end = a PEM section has no END line
reason-pem-begin = the BEGIN line of a PEM section is broken
reason-pem-base64 = the base64 of a PEM section is broken
reason-pem-large = a PEM section is too large
reason-pem-other = it is not PEM text
reason-pem-no-certificate = no certificate in it
reason-tls-alert = the server ended the TLS handshake with alert { $detail } (RFC 8446 §6)
reason-connect = tcp connect error: { $detail }
reason-connect-plain = tcp connect error
reason-dns = dns error: { $detail }
reason-lookup = failed to lookup address information: { $detail }
reason-name-unknown = Name or service not known
reason-name-later = Temporary failure in name resolution
reason-name-without-address = No address associated with hostname
reason-os-refused = Connection refused (os error { $detail })
reason-os-reset = Connection reset by peer (os error { $detail })
reason-os-timed-out = Connection timed out (os error { $detail })
reason-os-no-network = Network is unreachable (os error { $detail })
reason-os-no-route = No route to host (os error { $detail })
reason-os-broken-pipe = Broken pipe (os error { $detail })
reason-os-denied = Permission denied (os error { $detail })
reason-os-not-permitted = Operation not permitted (os error { $detail })
reason-os-no-file = No such file or directory (os error { $detail })
reason-os-file-exists = File exists (os error { $detail })
reason-os-is-directory = Is a directory (os error { $detail })
reason-os-not-directory = Not a directory (os error { $detail })
reason-os-no-space = No space left on device (os error { $detail })
reason-os-read-only = Read-only file system (os error { $detail })
reason-os-in-use = Address already in use (os error { $detail })
reason-os-not-local = Cannot assign requested address (os error { $detail })
reason-os-many-files = Too many open files (os error { $detail })
reason-os-io = Input/output error (os error { $detail })
reason-json-unknown = unknown field `{ $detail }`, expected { $more }
reason-json-variant = unknown value `{ $detail }`, expected { $more }
reason-json-missing = missing field `{ $detail }`{ $more }
reason-json-duplicate = duplicate field `{ $detail }`{ $more }
reason-json-type = invalid type: { $detail }, expected { $more }
reason-json-value = invalid value: { $detail }, expected { $more }
reason-json-end = EOF while parsing { $detail }
reason-json-trailing = trailing characters{ $detail }
reason-json-no-value = expected value{ $detail }
reason-at-line = at line { $detail } column { $more }
reason-json-body = Failed to deserialize the JSON body into the target type: { $detail }
reason-json-text = Failed to parse the request body as JSON: { $detail }
reason-query = Failed to deserialize query string: { $detail }
reason-json-kind = Expected request with `Content-Type: application/json`

# Faults of requests.

reason-account-name = not an account name
reason-role = this needs the role { $detail }
reason-scope = the scope { $detail } is needed
reason-loop = a mail loop: more than { $detail } Received lines, or this node's own twice
reason-header-large = the header is larger than { $detail } bytes
reason-header-line = line { $detail } of the header is not a header line
reason-header-from = the header has no From
reason-utf16 = the text is UTF-16; a message is UTF-8 or ASCII
reason-large = larger than { $detail } bytes
reason-bare-cr = a carriage return without line feed
reason-nul = a NUL byte
reason-long-line = a line of more than { $detail } bytes
reason-events-full = too many incidents are open ({ $detail } of one program, or { $more } in all): resolve some first
reason-events-too-fast = this program has written too many events in a short time: wait a minute
reason-store-locked = another process holds the write lock of the database
reason-storage = storage fault: { $detail }
reason-store-closed = the store is closed
reason-search-slow = the search took too long
reason-one-of = one of { $detail }
reason-account-taken = an account with this name exists already
reason-token-life = the lifetime of a token is between one minute and five years
reason-tls-eof = tls handshake eof
reason-no-relay = no relay named { $detail }
reason-no-state = the answer contains no state
reason-no-code = the answer contains no code
reason-sign-in-unknown = this sign-in is not known: it was used, has expired, or was not started here
reason-sign-in-foreign = this sign-in was started by another user, or in another session
reason-other-provider = the answer is from another provider: { $detail }
reason-sign-in-outdated = the settings were changed after the sign-in was started
reason-provider-refused = the provider refused: { $detail }
reason-no-refresh = the provider gave no lasting permission (no refresh token)
reason-answer-foreign = the answer does not belong to this sign-in
reason-dir-unusable = the data directory { $detail } cannot be used: { $more }
reason-db-unopened = the database { $detail } cannot be opened: { $more }
reason-db-damaged = the database { $detail } is damaged: { $more }
reason-db-foreign = the database { $detail } is not as Postwacht makes it: { $more }
reason-no-key-file = there is no key file { $detail }
reason-key-unread = the key file { $detail } cannot be read: { $more }
reason-restore-there = { $detail } is there already; restore into an empty directory, or move it away first
reason-no-backup = { $detail } cannot be used as a backup: { $more }
reason-socket-address = invalid socket address syntax
reason-too-large = 5.3.4 the message is larger than the relay takes
reason-8bit = 5.6.3 the message has 8-bit text that cannot be encoded, the relay has no 8BITMIME
reason-utf8-address = 5.6.7 the address needs SMTPUTF8, the relay does not offer it
reason-utf8-sender = 5.6.7 the sender's address needs SMTPUTF8, the relay does not offer it
reason-utf8-header = 5.6.9 the header has letters that cannot be encoded, the relay has no SMTPUTF8
reason-json-key = key must be a string
reason-toml-at = TOML parse error at line { $detail }, column { $more }
reason-toml-table = unclosed table, expected `]`
reason-toml-array = unclosed array, expected `]`
reason-toml-no-value = key with no value, expected `=`
reason-toml-duplicate = duplicate key
reason-toml-unquoted = string values must be quoted, expected literal string
reason-no-mechanism-none = the relay offers no usable sign-in mechanism; it offers none
reason-mechanism-none = the relay does not offer { $detail }; it offers none
reason-dir-in-use = the data directory { $detail } is in use by another process{ $more }
reason-db-mixed = the database { $detail } and its write-ahead log { $more } do not fit together: { $third }
reason-db-newer = the database { $detail } was written by a newer version (schema { $more }, this program knows { $third })
reason-wrong-key = the key does not open this database: it was sealed with another one (key file { $detail })
reason-key-readable = the key file { $detail } may be read by others (mode { $more }, 600 is wanted)
reason-key-bad = the key is no key: line { $detail } should be 32 bytes in base64
reason-key-none = no key of the ring opens it
reason-no-randomness = no randomness from the system: { $detail }
reason-doubt-seen = the database { $detail } is missing or empty, but this machine has seen mail in it, last at { $more }
reason-doubt-key = the database { $detail } is missing or empty, but its key { $more } is there{ $third }
reason-doubt-missing = the database { $detail } is missing or empty{ $more }
reason-doubt-other = the database { $detail } is another one than this machine has seen, last at { $more }
reason-doubt-cut = the write-ahead log { $detail } is missing or cut: it lacks commits that this machine has seen, last at { $more }
reason-doubt-older = the database { $detail } is older than the one this machine has seen: it ends with message { $more } at { $third }, but message { $fourth } at { $fifth } was seen
reason-file-link = { $detail } is a symbolic link
reason-file-not-regular = { $detail } is not a regular file
reason-file-not-directory = { $detail } is not a directory
reason-file-not-socket = { $detail } is not a socket
reason-file-owner = { $detail } belongs to user { $more }, but this program runs as user { $third }
reason-file-removed = { $detail } was removed or renamed while the node was using it
reason-file-replaced = { $detail } was replaced by another file while the node was using it
reason-file-truncated = { $detail } was truncated while the node was using it
reason-file-overwritten = { $detail } was overwritten while the node was using it
reason-db-is-damaged = the database is damaged: { $detail }
reason-disk-refused = the disk did not take a write: { $detail }
reason-disk-full = the disk is full
reason-store-busy = too many writes are waiting
reason-wal-full = the write-ahead log is full: { $detail }
reason-checkpoint-failed = a checkpoint failed: { $detail }
reason-wal-backup = a backup is being written
reason-wal-reader = another process keeps a read of the database open
reason-wal-process = { $detail } (process { $more }) keeps a read of the database open
reason-backup-cut = { $detail } is cut short: it has { $more } bytes, and its first page says { $third }
reason-backup-large = { $detail } needs { $more } bytes, and the disk of the data directory has { $third } to spare
reason-backup-slow = { $detail } was not checked within { $more } seconds
reason-backup-newer = { $detail } was written by a newer version (schema { $more }, this program knows { $third })
reason-backup-unsigned = { $detail } is not signed: an older version wrote it, or something other than Postwacht
reason-backup-foreign-signature = { $detail } is signed with a key that is not in { $more }
reason-backup-changed = { $detail } was changed after it was written: its signature, made with the key in { $more }, does not fit its content
reason-backup-foreign = { $detail } is not as Postwacht writes it: { $more }
reason-backup-wrong-key = { $detail } was sealed with another key than { $more }
reason-cannot-write = cannot write: { $detail }
reason-json-a-text = a text
reason-json-string = string "{ $detail }"
reason-json-integer = integer `{ $detail }`
reason-json-floating = floating point `{ $detail }`
reason-json-boolean = boolean `{ $detail }`
reason-json-truth = true or false
reason-json-map = map
reason-json-sequence = sequence
reason-json-unit = unit value
reason-json-a-scalar = a whole number, true, false or a text
reason-json-addresses = an address or a list of addresses
reason-json-headers = an object with names and values of header fields
reason-json-an-object = an object
reason-json-a-value = a value
reason-json-a-list = a list
reason-json-texts = a text or a list of texts
reason-json-secret = a text, null, or { "{" }"set": true{ "}" }
reason-at-least-one = at least one of: { $detail }
reason-toml-open-text = invalid basic string, expected `"
reason-toml-value-missing = key with no value, expected a value
reason-json-table = an object (in TOML a table)
reason-json-whole-from-0 = a whole number from 0
reason-json-whole = a whole number
reason-file-longer = longer than { $detail } bytes
reason-answer-longer = the answer is longer than { $detail } bytes
reason-not-utf8 = invalid utf-8 sequence of { $detail } bytes from index { $more }
reason-utf8-cut = incomplete utf-8 byte sequence from index { $detail }
reason-no-network = not an address or a network such as 192.0.2.0/24
reason-no-dns-name = invalid dns name
reason-no-number = invalid digit found in string
reason-number-empty = cannot parse integer from empty string
reason-number-large = number too large to fit in target type
reason-sqlite-malformed = database disk image is malformed
reason-sqlite-no-database = file is not a database
reason-sqlite-io = disk I/O error
reason-sqlite-full = database or disk is full
reason-sqlite-locked = database is locked
reason-sqlite-read-only = attempt to write a readonly database
reason-sqlite-unopened = unable to open database file: { $detail }
reason-sqlite-unopened-plain = unable to open database file
reason-toml-escape = invalid escape sequence, expected { $detail }
reason-toml-float = invalid floating-point number
reason-toml-extra = extra content after value, expected newline
reason-log-level = not a level or TARGET=LEVEL: { $detail }
fault-no-local-address =
    .cause = This machine does not have the address that connections are to leave from ({ $detail }).
    .remedy = Set the local address to one of this machine's addresses, or clear it (email.relay.source_address).
fault-no-address-of-family =
    .cause = The name of the relay has addresses, but none of the chosen address family ({ $detail }).
    .remedy = Choose the other address family, or "any" (email.relay.address_family).
reason-no-local-address = the local address cannot be used: { $detail }
reason-no-address-of-family = no address of the chosen address family: { $detail }
reason-json-length = invalid length { $detail }, expected { $more }
wrong-key-pair = This private key and this certificate do not belong together. Enter the private key of the certificate.
# The same sentence before and after others. Not for a message that is over.
retries-first = { $over ->
    [yes] {""}
   *[no] Postwacht retries automatically (a test is not retried).{" "}
}
retries-last = { $over ->
    [yes] {""}
   *[no] {" "}Postwacht retries automatically (a test is not retried).
}
reason-backup-short = it is too short
reason-backup-no-file = it is not a regular file
reason-backup-no-sqlite = it does not begin as an SQLite database does
