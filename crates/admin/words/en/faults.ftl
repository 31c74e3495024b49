### What goes wrong without words of the relay, and what is wrong with a setting.

## A session that ended before its time. $detail is technical and English.

fault-refused =
    .cause = The relay refused the session for a reason that is not known here; its own words say more.
    .remedy = Read the reply of the relay. Check host, port, encryption and authentication type, or show the reply to the administrator of the relay.

fault-token-refused =
    .cause = The relay did not accept the OAuth2 token.
    .remedy = Check account and scopes (email.oauth2.email, email.oauth2.scopes), and that this account may send by SMTP. Then authorize again.

fault-lost-greeting =
    .cause = The relay closed the connection before its greeting ({ $detail }). Often it expects TLS on this port, or does not admit our address.
    .remedy = Try TLS on port 465 (email.relay.encryption, email.relay.port), and have our address admitted at the relay.

fault-lost =
    .cause = The connection was lost in the middle of the session ({ $detail }).
    .remedy = It is tried again by itself. If it keeps coming back, look in the log of the relay and check firewalls on the way.

fault-no-greeting =
    .cause = The connection was made, but no greeting came ({ $detail }). Often the port expects TLS from the first byte while STARTTLS or None is set; or a firewall holds the traffic back.
    .remedy = On port 465 set the encryption to TLS (email.relay.encryption). Otherwise check the firewall between this machine and the relay.

fault-timed-out =
    .cause = The relay did not answer in time ({ $detail }).
    .remedy = It is tried again by itself. If it keeps coming back, check the load of the relay and the firewalls on the way.

fault-unreadable =
    .cause = The answer is not SMTP ({ $detail }). Probably another service listens on this port.
    .remedy = Check host and port (email.relay.host, email.relay.port); relays listen on 25, 587 or 465.

fault-out-of-turn =
    .cause = The relay gave an answer that does not belong at this point ({ $detail }).
    .remedy = It is tried again by itself. If it keeps coming back, check what stands between this machine and the relay, such as a mail filter or proxy, and keep the transcript.

fault-starttls-missing =
    .cause = The relay does not offer STARTTLS, and mail is never sent in clear when encryption is set.
    .remedy = Choose TLS on port 465, or have STARTTLS switched on at the relay. Choose None only if the wire to the relay is trusted (email.relay.encryption).

fault-injection =
    .cause = Unencrypted bytes came behind the answer to STARTTLS: an attack, or a broken device on the way. Nothing was sent.
    .remedy = Find out what stands between this machine and the relay, such as a firewall that inspects SMTP, and switch that off. TLS on port 465 avoids this step.

fault-no-mechanism =
    .cause = The relay offers no sign-in mechanism that can be used here ({ $detail }).
    .remedy = Set the encryption to STARTTLS or TLS, since many relays offer sign-in only then, or have PLAIN or LOGIN enabled at the relay. Where the relay admits us without sign-in, set the authentication type to none (email.auth.type).

fault-not-resolved =
    .cause = DNS gives no address for the name of the relay ({ $detail }).
    .remedy = Check the spelling (email.relay.host) and the DNS settings of this machine. An IP address can be given instead of a name.

fault-not-connected =
    .cause = No connection to the relay could be made ({ $detail }): nothing listens there, or a firewall is in the way.
    .remedy = Check host and port (email.relay.host, email.relay.port), and allow this machine outgoing traffic on that port: 587 for STARTTLS, 465 for TLS, 25 without sign-in.

fault-own-listener =
    .cause = The relay that is set is this node itself, so mail would go round in a circle.
    .remedy = Set host and port of the relay that takes the mail out (email.relay.host, email.relay.port).

fault-no-descriptors =
    .cause = Postwacht has no file descriptors left and could not open a connection. The relay is not to blame.
    .remedy = Raise the limit of open files (LimitNOFILE= of the systemd unit, or ulimit -n; fs.file-max for the whole system) and restart Postwacht. Mail goes out by itself as soon as descriptors are free.
fault-no-memory =
    .cause = The kernel of this machine has no memory left for a connection. The relay is not to blame.
    .remedy = Free memory on this machine. Mail goes out by itself as soon as there is some.
fault-no-ports =
    .cause = Every local port of this machine is in use, so that no connection could be made. The relay is not to blame.
    .remedy = Look for the program that holds many connections (ss -tan), or widen net.ipv4.ip_local_port_range. Mail goes out by itself as soon as ports are free.

## TLS

fault-tls-unknown-authority =
    .cause = The certificate of the relay was issued by an authority that this machine does not trust.
    .remedy = Add the certificate of that authority (email.relay.ca), or pin the key of this certificate (email.relay.pins).

fault-tls-self-signed =
    .cause = The certificate of the relay is signed by itself, so no authority vouches for it.
    .remedy = Pin the key of this certificate after comparing its fingerprint (email.relay.pins).

fault-tls-expired =
    .cause = The certificate of the relay has expired ({ $detail }).
    .remedy = Have it renewed at the relay. Until then its key can be pinned (email.relay.pins). If the date is still ahead, check the clock of this machine.

fault-tls-not-yet-valid =
    .cause = The certificate of the relay is not valid yet ({ $detail }), or the clock of this machine is slow.
    .remedy = Check the clock of this machine. If it is right, have the certificate reissued, or pin its key (email.relay.pins).

fault-tls-wrong-host =
    .cause = The certificate of the relay is for another name ({ $detail }).
    .remedy = Set the host to a name in the certificate (email.relay.host), have the certificate reissued for this name, or pin its key (email.relay.pins).

fault-tls-no-subject-alt-name =
    .cause = The certificate of the relay names no host in its subjectAltName, so it cannot be checked against the host name.
    .remedy = Pin its key (email.relay.pins), or have the certificate reissued with a subjectAltName.

fault-tls-other-key =
    .cause = The relay shows another key than the pinned one ({ $detail }). Nothing was sent.
    .remedy = Ask the administrator of the relay whether the key was changed on purpose. If so, pin the new key (email.relay.pins); if not, treat it as an attack.

fault-tls-bad-certificate =
    .cause = The certificate of the relay cannot be read or may not be used for this ({ $detail }).
    .remedy = Have the certificate reissued. If only its form is at fault, pinning its key can help (email.relay.pins).

fault-tls-old-version =
    .cause = The relay speaks only TLS versions below 1.2, which are no longer safe.
    .remedy = Have TLS 1.2 or 1.3 switched on at the relay, or use another relay.

fault-tls-no-common-cipher =
    .cause = The relay offers no cipher that is considered safe here.
    .remedy = Have a current cipher suite switched on at the relay: ECDHE with AES-GCM or ChaCha20-Poly1305.

fault-tls-not-tls =
    .cause = The relay does not speak TLS on this port.
    .remedy = Try STARTTLS, as a rule on port 587 (email.relay.encryption, email.relay.port).

fault-tls-client-certificate =
    .cause = The relay demands a client certificate, or refuses the one that was shown.
    .remedy = Set certificate and key (email.relay.client_certificate, email.relay.client_key), or have the certificate in use admitted at the relay. Check that it has not expired.

fault-tls-tls-other =
    .cause = TLS with the relay failed ({ $detail }).
    .remedy = Check encryption and port (email.relay.encryption, email.relay.port), and look in the log of the relay.

## Settings: what is wrong at the field, and what is right.

wrong-required = This field must not be empty.
wrong-address =
    { $why ->
        [empty] An e-mail address is missing here, such as ops@example.com.
        [no-at] “{ $typed }” is not an e-mail address: the @ is missing.
        [local] “{ $typed }” is not an e-mail address: the part before the @ is empty or has a character that is not allowed there.
        [domain] “{ $typed }” is not an e-mail address: a domain such as example.com is needed after the @.
        [too-long] “{ $typed }” is too long: at most 64 bytes before the @ and 254 in all.
        [control] “{ $typed }” contains a control character, such as a line break or a tab. Type the address again.
        [unbalanced] In “{ $typed }” a bracket or a quotation mark is missing. Right is, for instance, Operations <ops@example.com>.
       *[other] “{ $typed }” is not an e-mail address. Right is, for instance, ops@example.com.
    }
wrong-too-many-contacts = There are too many addresses: at most { $limit }.
wrong-host = “{ $typed }” is not a host name. Right is a name such as relay.example.net, or an IP address, without port and without https://.
wrong-port = “{ $typed }” is not a port. Right is a number from 1 to 65535; usual are 587, 465 and 25.
wrong-choice = “{ $typed }” is not one of the choices: { $allowed }.
wrong-truth = “{ $typed }” is neither true nor false. Right is true or false; on, off, yes and no work too.
wrong-time = “{ $typed }” is not a time of day. Right is hours and minutes, such as 08:00.
wrong-date = “{ $typed }” is not a date. Right is year, month and day, such as 2027-02-19.
wrong-duration = “{ $typed }” is not a duration. Right is a number with a unit, such as 30m, 12h or 7d; months and years are not taken.
wrong-retry-waits = “{ $typed }” is not a list of waits. Enter 1 to 20 durations from 1s to 1h, such as 1m, 2m, 5m.
wrong-time-zone = “{ $typed }” is not a time zone that this machine knows. Right is, for instance, Europe/Amsterdam or UTC.
wrong-ip = “{ $typed }” is not an IP address. Right is, for instance, 192.0.2.10 or 2001:db8::10.
wrong-pin = “{ $typed }” is not a pin. Right is the SHA-256 of the public key: 64 hexadecimal digits, with or without colons.
wrong-pem = This text cannot be used as PEM ({ $why }). Paste the certificate whole, from the line with BEGIN to the line with END.
wrong-url = “{ $typed }” is not a usable address. Right is one that begins with https://, without spaces and user name; http:// goes only to this machine.
wrong-number = “{ $typed }” does not fit. Right is a whole number from { $low } to { $high }.
wrong-key-missing = The certificate needs its private key. Add the key here, or remove the certificate.
wrong-certificate-missing = The private key needs its certificate. Add the certificate here, or remove the key.
wrong-ca-and-pins = An added CA and pins do not go together. Keep one of the two.
wrong-tls-only = This works only with STARTTLS or TLS. Choose one of these as encryption, or leave this field empty.
wrong-token-unencrypted = OAuth2 needs encryption, since the token must not be readable on the way. Choose STARTTLS or TLS.
wrong-password-unencrypted = Without encryption the password can be read on the way. Choose STARTTLS or TLS, or allow it expressly here if the wire is trusted.
wrong-password-unencrypted-far = A password goes unencrypted only to localhost or to a private, loopback or link-local IP address. Choose STARTTLS or TLS.
wrong-type-again = It goes elsewhere now than what it was typed for: type it again.
wrong-control-character = This contains a control character, such as a line break or a tab. Type it without.
wrong-too-long = This is too long: at most { $limit } bytes.
wrong-too-many-entries = More than { $limit } entries stand here. Spread them over several requests.
wrong-too-many-values = More than { $limit } values stand in the request. Spread them over several requests.
wrong-too-deep = Objects and lists stand more than { $limit } deep in one another.
wrong-duplicate-name = Another relay is called “{ $name }” already. Give each relay a name of its own.
wrong-own-listener = This is the address of this node itself, so mail would go round in a circle. Right is the relay that takes the mail out.
wrong-not-yet = This setting is not in use yet in this version; leave it empty.
wrong-too-many-webhooks = At most { $limit } webhooks.
