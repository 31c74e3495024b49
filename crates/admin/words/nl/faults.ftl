### Fouten zonder antwoord van de relay, en fouten in instellingen.

## Een SMTP-sessie die voortijdig eindigde. $detail is technisch en Engels.

fault-refused =
    .cause = De relay weigerde de sessie om een onbekende reden; het antwoord van de relay geeft meer uitleg.
    .remedy = Lees het antwoord van de relay. Controleer host, poort, encryptie en verificatietype, of laat het antwoord zien aan de beheerder van de relay.

fault-token-refused =
    .cause = De relay accepteerde het OAuth2-token niet.
    .remedy = Controleer account en bereik (email.oauth2.email, email.oauth2.scopes), en of dit account via SMTP mag verzenden. Geef daarna opnieuw toestemming, of vraag nu een token aan als een toepassing zich aanmeldt.

fault-lost-greeting =
    .cause = De relay verbrak de verbinding vóór de begroeting ({ $detail }). Vaak verwacht de relay TLS op deze poort, of staat die het adres van deze machine niet toe.
    .remedy = Probeer TLS op poort 465 (email.relay.encryption, email.relay.port) en sta het adres van deze machine toe op de relay.

fault-lost =
    .cause = De verbinding viel tijdens de sessie weg ({ $detail }).
    .remedy = { retries-first }Komt dit vaker voor, controleer dan het logboek van de relay en de firewalls op de netwerkroute.

fault-no-greeting =
    .cause = Er was verbinding, maar de relay verzond geen begroeting ({ $detail }). Vaak verwacht de poort TLS vanaf de eerste byte terwijl STARTTLS of Geen is ingesteld, of een firewall blokkeert het verkeer.
    .remedy = Zet op poort 465 de SMTP-encryptie op TLS (email.relay.encryption). Controleer anders de firewall tussen deze machine en de relay.

fault-timed-out =
    .cause = De relay antwoordde niet op tijd ({ $detail }).
    .remedy = { retries-first }Komt dit vaker voor, controleer dan de belasting van de relay en de firewalls op de netwerkroute.

fault-unreadable =
    .cause = Het antwoord is geen SMTP ({ $detail }). Waarschijnlijk luistert op deze poort een andere dienst.
    .remedy = Controleer host en poort (email.relay.host, email.relay.port). Relays luisteren op 25, 587 of 465.

fault-out-of-turn =
    .cause = De relay gaf op dit punt een onverwacht antwoord ({ $detail }).
    .remedy = { retries-first }Komt dit vaker voor, controleer dan de apparaten tussen deze machine en de relay, zoals een mailfilter of proxy, en bewaar het transcript.

fault-starttls-missing =
    .cause = De relay biedt geen STARTTLS aan. Is encryptie ingesteld, dan verzendt Postwacht mail nooit onversleuteld.
    .remedy = Kies TLS op poort 465, of laat STARTTLS aanzetten op de relay. Kies Geen alleen als de netwerkroute naar de relay vertrouwd is (email.relay.encryption).

fault-injection =
    .cause = Na het antwoord op STARTTLS volgden onversleutelde bytes: een aanval, of een defect apparaat op de netwerkroute. Er is niets verzonden.
    .remedy = Zoek het apparaat tussen deze machine en de relay, zoals een firewall die SMTP inspecteert, en zet die inspectie uit. TLS op poort 465 slaat deze stap over.

fault-no-mechanism =
    .cause = De relay biedt geen aanmeldmechanisme aan dat Postwacht kan gebruiken ({ $detail }).
    .remedy = Kies een verificatietype dat past bij wat de relay aanbiedt (email.auth.type): OAuth2 bij XOAUTH2 of OAUTHBEARER, een wachtwoord bij PLAIN of LOGIN, geen als de relay geen aanmelding vraagt. Veel relays bieden aanmelden alleen met STARTTLS of TLS aan (email.relay.encryption). Is er een mechanisme gekozen (email.auth.mechanism), zet dat dan op automatisch.

fault-not-resolved =
    .cause = DNS heeft geen adres voor de naam van de relay ({ $detail }).
    .remedy = Controleer de spelling (email.relay.host) en de DNS-instellingen van deze machine. In plaats van een naam kunt u een IP-adres invoeren.

fault-not-connected =
    .cause = Postwacht kon geen verbinding maken met de relay ({ $detail }): er luistert daar geen dienst, of een firewall blokkeert de verbinding.
    .remedy = Controleer host en poort (email.relay.host, email.relay.port) en sta uitgaand verkeer van deze machine op die poort toe: 587 voor STARTTLS, 465 voor TLS, 25 zonder aanmelding.

fault-own-listener =
    .cause = De relay in de instellingen is deze node zelf. Mail zou blijven rondgaan.
    .remedy = Stel host en poort in van de relay voor uitgaande mail (email.relay.host, email.relay.port).

fault-no-descriptors =
    .cause = Postwacht heeft geen bestandsdescriptors meer over en kon geen verbinding openen. De relay is niet de oorzaak.
    .remedy = Verhoog de limiet van open bestanden (LimitNOFILE= van de systemd-unit, of ulimit -n; fs.file-max voor het hele systeem) en start Postwacht opnieuw. Postwacht verzendt de wachtende mail zodra er descriptors vrij zijn.
fault-no-memory =
    .cause = De kernel van deze machine heeft geen geheugen meer voor een verbinding. De relay is niet de oorzaak.
    .remedy = Maak geheugen vrij op deze machine. Postwacht verzendt de wachtende mail zodra dat er is.
fault-no-ports =
    .cause = Alle lokale poorten van deze machine zijn in gebruik; Postwacht kon daarom geen verbinding maken. De relay is niet de oorzaak.
    .remedy = Zoek het programma dat veel verbindingen vasthoudt (ss -tan), of maak net.ipv4.ip_local_port_range ruimer. Postwacht verzendt de wachtende mail zodra er poorten vrij zijn.

## TLS

fault-tls-unknown-authority =
    .cause = Het certificaat van de relay is uitgegeven door een certificeringsinstantie die deze machine niet vertrouwt.
    .remedy = Voeg het certificaat van die instantie toe (email.relay.ca), of leg de sleutel van dit certificaat vast als pin (email.relay.pins, in plaats van email.relay.ca).

fault-tls-self-signed =
    .cause = Het certificaat van de relay is zelfondertekend: geen certificeringsinstantie heeft het uitgegeven.
    .remedy = Vergelijk de pin die een test toont met de sleutel op de relay (openssl x509 -in BESTAND -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum). Leg die daarna vast (email.relay.pins, in plaats van email.relay.ca).

fault-tls-expired =
    .cause = Het certificaat van de relay is verlopen ({ $detail }).
    .remedy = Laat het op de relay vernieuwen. Tot dan kunt u de sleutel als pin vastleggen (email.relay.pins, in plaats van email.relay.ca). Ligt de datum nog in de toekomst, controleer dan de klok van deze machine.

fault-tls-not-yet-valid =
    .cause = Het certificaat van de relay is nog niet geldig ({ $detail }), of de klok van deze machine loopt achter.
    .remedy = Controleer de klok van deze machine. Loopt die goed, laat het certificaat dan opnieuw uitgeven, of leg de sleutel vast als pin (email.relay.pins, in plaats van email.relay.ca).

fault-tls-wrong-host =
    .cause = Het certificaat van de relay is voor een andere naam ({ $detail }).
    .remedy = Stel als host een naam uit het certificaat in (email.relay.host), laat het certificaat voor deze naam opnieuw uitgeven, of leg de sleutel vast als pin (email.relay.pins, in plaats van email.relay.ca).

fault-tls-no-subject-alt-name =
    .cause = Het certificaat van de relay heeft geen hostnaam in subjectAltName; het kan dus niet met de hostnaam worden vergeleken.
    .remedy = Leg de sleutel vast als pin (email.relay.pins, in plaats van email.relay.ca), of laat het certificaat opnieuw uitgeven met een subjectAltName.

fault-tls-other-key =
    .cause = De relay toont een andere sleutel dan die van de pin ({ $detail }). Er is niets verzonden.
    .remedy = Vraag de beheerder van de relay of de sleutel met opzet is gewijzigd. Zo ja, leg dan de nieuwe sleutel vast als pin (email.relay.pins); zo nee, behandel het als een aanval.

fault-tls-bad-certificate =
    .cause = Het certificaat van de relay is niet bruikbaar ({ $detail }).
    .remedy = Laat het certificaat opnieuw uitgeven. Tot dan kunt u de sleutel als pin vastleggen (email.relay.pins, in plaats van email.relay.ca).

fault-tls-wrong-name-kind =
    .cause = Het certificaat van de relay bevat het IP-adres als DNS-naam, en dan telt het niet als IP-adres ({ $detail }).
    .remedy = Laat het certificaat opnieuw uitgeven met het adres als IP-adres (subjectAltName = IP:…), stel als host een naam uit het certificaat in (email.relay.host), of leg de sleutel vast als pin (email.relay.pins, in plaats van email.relay.ca).

fault-tls-unsupported-signature =
    .cause = Het certificaat van de relay, of een certificaat uit de keten, is ondertekend met een algoritme dat Postwacht niet kan controleren ({ $detail }).
    .remedy = Leg de sleutel vast als pin (email.relay.pins, in plaats van email.relay.ca), of laat het certificaat opnieuw uitgeven met RSA of ECDSA en SHA-256.

fault-tls-critical-extension =
    .cause = Het certificaat van de relay heeft een uitbreiding die als kritiek is gemarkeerd en die Postwacht niet kent. Zo'n certificaat moet worden geweigerd.
    .remedy = Laat het certificaat opnieuw uitgeven zonder deze uitbreiding, of leg de sleutel vast als pin (email.relay.pins, in plaats van email.relay.ca).

fault-tls-wrong-purpose =
    .cause = Het certificaat van de relay is niet voor servers gemaakt: serverAuth ontbreekt in het uitgebreide sleutelgebruik.
    .remedy = Laat het certificaat opnieuw uitgeven voor TLS-servers, of leg de sleutel vast als pin (email.relay.pins, in plaats van email.relay.ca).

fault-tls-bad-signature =
    .cause = De handtekening van het certificaat van de relay, of van de handshake, klopt niet. Er is niets verzonden.
    .remedy = Controleer of de relay het certificaat toont dat bij de sleutel hoort. Is dat zo, behandel dit dan als een aanval.

fault-tls-revoked =
    .cause = Het certificaat van de relay is ingetrokken.
    .remedy = Laat het certificaat opnieuw uitgeven.

fault-tls-old-version =
    .cause = De relay ondersteunt alleen TLS-versies onder 1.2; die zijn niet meer veilig.
    .remedy = Laat TLS 1.2 of 1.3 aanzetten op de relay, of gebruik een andere relay.

fault-tls-no-common-cipher =
    .cause = De relay biedt geen cipher suite aan die Postwacht als veilig beschouwt.
    .remedy = Laat op de relay een actuele cipher suite aanzetten: ECDHE met AES-GCM of ChaCha20-Poly1305.

fault-tls-not-tls =
    .cause = De relay gebruikt geen TLS op deze poort.
    .remedy = Probeer STARTTLS, doorgaans op poort 587 (email.relay.encryption, email.relay.port).

fault-tls-client-certificate =
    .cause = De relay eist een clientcertificaat, of weigert het aangeboden certificaat.
    .remedy = Stel certificaat en sleutel in (email.relay.client_certificate, email.relay.client_key), of sta het gebruikte certificaat toe op de relay. Controleer of het niet is verlopen.

fault-tls-tls-other =
    .cause = TLS met de relay mislukte ({ $detail }).
    .remedy = Controleer encryptie en poort (email.relay.encryption, email.relay.port) en het logboek van de relay.

## Instellingen: de fout bij het veld, en een geldig voorbeeld.

wrong-required = Dit veld mag niet leeg zijn.
wrong-address =
    { $why ->
        [empty] Hier ontbreekt een e-mailadres. Voorbeeld: ops@example.com.
        [no-at] “{ $typed }” is geen e-mailadres: de @ ontbreekt.
        [local] “{ $typed }” is geen e-mailadres: het deel vóór de @ is leeg of bevat een teken dat daar niet mag.
        [domain] “{ $typed }” is geen e-mailadres: na de @ ontbreekt een domein zoals example.com.
        [too-long] “{ $typed }” is te lang: ten hoogste 64 bytes vóór de @ en 254 in totaal.
        [name-too-long] De naam vóór “{ $typed }” is te lang: ten hoogste 200 tekens.
        [control] “{ $typed }” bevat een besturingsteken, zoals een regeleinde of een tab. Voer het adres opnieuw in.
        [unbalanced] In “{ $typed }” ontbreekt een haakje of een aanhalingsteken. Voorbeeld: Beheer <ops@example.com>.
        [unexpected] In “{ $typed }” staat een teken op een plaats waar dat niet mag. Zet een naam met leestekens tussen aanhalingstekens: "Jansen, Jan" <jan@example.com>.
        [several] “{ $typed }” bevat meer dan één adres. Voer hier één adres in.
       *[other] “{ $typed }” is geen e-mailadres. Voorbeeld: ops@example.com.
    }
wrong-too-many-contacts = Te veel adressen. De limiet is { $limit }.
wrong-host = “{ $typed }” is geen hostnaam. Voer een naam in zoals relay.example.net, of een IP-adres, zonder poort en zonder https://.
wrong-node = “{ $typed }” is geen adres van een node. Vul een naam of IP-adres in, gevolgd door een poort als die niet 8874 is, zonder https://.
wrong-external-url = “{ $typed }” is geen adres waarop browsers elders deze pagina's openen. Voer schema en host in, zoals https://post.example.net, zonder pad.
wrong-ehlo-name = “{ $typed }” is geen naam voor EHLO. Voer een naam in van letters, cijfers en koppeltekens, zoals node.example.net, of een adres tussen haken, zoals [192.0.2.1].
wrong-port = “{ $typed }” is geen poort. Voer een getal in van 1 tot en met 65535; gebruikelijk zijn 587, 465 en 25.
wrong-choice = “{ $typed }” is geen van de mogelijkheden: { $allowed }.
wrong-truth = “{ $typed }” kan hier niet. Voer true of false in; on, off, yes en no mogen ook.
wrong-time = “{ $typed }” is geen tijdstip. Voer uren en minuten in, zoals 08:00.
wrong-instant = “{ $typed }” is geen tijdstip. Gebruik datum, tijd en zone, zoals 2027-02-19T09:00:00+01:00 of 2027-02-19T08:00:00Z.
wrong-date = “{ $typed }” is geen datum. Voer jaar, maand en dag in, zoals 2027-02-19.
wrong-duration = “{ $typed }” is geen tijdsduur. Voer een getal met een eenheid in, zoals 30m, 12h of 7d; maanden en jaren kunnen niet.
wrong-retry-waits = “{ $typed }” is geen lijst van tijdsduren. Voer 1 tot 20 tijdsduren in van 1s tot 1h, zoals 1m, 2m, 5m.
wrong-time-zone = “{ $typed }” is geen tijdzone die deze machine kent. Voorbeeld: Europe/Amsterdam of UTC.
wrong-ip = “{ $typed }” is geen IP-adres. Voorbeeld: 192.0.2.10 of 2001:db8::10.
wrong-pin = “{ $typed }” is geen pin. Voer de SHA-256 van de openbare sleutel in: 64 hexadecimale cijfers, met of zonder dubbele punten.
wrong-pem = Deze tekst is niet bruikbaar als PEM ({ $why }). Plak het hele certificaat, van de regel met BEGIN tot en met de regel met END.
wrong-url = “{ $typed }” is niet bruikbaar. Voer een URL in die met https:// begint, zonder spaties en gebruikersnaam; http:// kan alleen naar deze machine.
wrong-number = “{ $typed }” mag hier niet. Voer een geheel getal in van { $low } tot en met { $high }.
wrong-whole-number = “{ $typed }” is hier niet toegestaan. Voer een geheel getal in.
wrong-parameter-missing = Deze parameter ontbreekt.
wrong-parameter-twice = Deze parameter is meer dan eens opgegeven.
wrong-key-missing = Bij het certificaat hoort de privésleutel. Voeg de sleutel hier toe, of verwijder het certificaat.
wrong-certificate-missing = Bij de privésleutel hoort het certificaat. Voeg het certificaat hier toe, of verwijder de sleutel.
wrong-ca-and-pins = Een eigen CA en pins gaan niet samen. Verwijder een van de twee: email.relay.ca of email.relay.pins.
wrong-tls-only = Dit werkt alleen met STARTTLS of TLS. Kies een van die twee als encryptie, of laat dit veld leeg.
wrong-token-unencrypted = OAuth2 vereist encryptie, want het token mag op de netwerkroute niet leesbaar zijn. Kies STARTTLS of TLS.
wrong-password-unencrypted = Zonder encryptie is het wachtwoord op de netwerkroute leesbaar. Kies STARTTLS of TLS, of sta het hier toe als de route vertrouwd is.
wrong-password-unencrypted-far = Een wachtwoord kan alleen onversleuteld worden verzonden naar localhost of naar een privé-, loopback- of link-local IP-adres. Kies STARTTLS of TLS.
wrong-type-again = De bestemming van dit geheim is gewijzigd: host, encryptie, vertrouwen of proxy van de relay, of provider, tenant, client of eindpunt van OAuth2. Een andere server zou het nu kunnen ontvangen. Voer het geheim opnieuw in.
wrong-not-stored = Hiervoor is geen geheim opgeslagen. Voer het in.
wrong-control-character = Dit bevat een besturingsteken, zoals een regeleinde of een tab. Voer het zonder dat teken in.
wrong-too-long = Dit is te lang. De limiet is { $limit } bytes.
wrong-too-many-entries = Hier staan meer dan { $limit } onderdelen. Verdeel ze over meer verzoeken.
wrong-too-many-values = In het verzoek staan meer dan { $limit } waarden. Verdeel ze over meer verzoeken.
wrong-too-deep = Objecten en lijsten zijn meer dan { $limit } niveaus diep genest.
wrong-duplicate-name = Een andere relay heeft de naam “{ $name }” al. Geef elke relay een eigen naam.
wrong-own-listener = Dit is het adres van deze node zelf. Mail zou blijven rondgaan. Voer de relay voor uitgaande mail in.
wrong-not-yet = Deze versie gebruikt deze instelling nog niet. Laat het veld leeg.
wrong-application-at-google = Google vereist een serviceaccount om zich als toepassing aan te melden, en Postwacht ondersteunt dat nog niet. Kies Als gebruiker.
wrong-too-many-webhooks = Te veel webhooks. De limiet is { $limit }.

# Technische redenen van fouten, zoals crates/admin/src/reason.rs ze herkent.
reason-lost-after-body = de verbinding is verbroken voordat de relay antwoordde; het bericht kan toch zijn aangekomen
reason-lost-in-handshake = de verbinding is verbroken tijdens de TLS-handshake: { $detail }
reason-lost = de verbinding is verbroken: { $detail }
reason-closed = de relay heeft de verbinding gesloten
reason-connection-closed = de verbinding is gesloten
reason-session-over = de sessie was voorbij
reason-unasked = de relay begon een antwoord zonder opdracht
reason-stopping = deze node stopt
reason-no-body = de inhoud van het bericht is niet meer opgeslagen
reason-no-answer = geen antwoord binnen { $detail } s
reason-peer-not-invited = de andere node staat geen paar toe, of de code is verlopen
reason-peer-wrong-secret = de code of de sleutel is op de andere node een andere
reason-peer-tries = op de andere node zijn te veel verkeerde codes of sleutels geprobeerd
reason-peer-busy = de andere node maakt op dit moment een ander paar
reason-peer-paired = de andere node heeft al een paar
reason-peer-protocol = de andere node spreekt versie { $detail } van de koppeling
reason-peer-storage = de andere node kan het paar niet opslaan: { $detail }
reason-peer-other-pair = het bericht noemt een ander paar
reason-peer-not-running = de omschakeling van de andere node draait niet
reason-peer-settings = met de instellingen van de andere node breken deze regels van de omschakeling: { $detail }
reason-peer-unreadable = de andere node kan de eigen e-mailinstellingen niet lezen: { $detail }
reason-peer-unreached = de andere node is niet te bereiken: { $detail }
reason-peer-unnamed = de naam van de andere node heeft geen adres: { $detail }
reason-peer-stranger = daar antwoordt geen Postwacht-node die deze kent: { $detail }
reason-peer-broke = de verbinding met de andere node is verbroken: { $detail }
reason-pair-port = de poort voor de andere node kan niet worden geopend: { $detail }
reason-peer-silent = geen antwoord op { $detail }
reason-peer-refused = de verbinding met { $detail } wordt geweigerd
reason-peer-unreachable = { $detail } is niet te bereiken
reason-peer-other = een ander programma, of een met een andere sleutel, antwoordt op { $detail }
reason-peer-foreign = een node van een ander paar antwoordt op { $detail }
reason-peer-answer = het antwoord van { $detail } is niet bruikbaar
reason-peer-name = de naam in { $detail } heeft geen adres
reason-disk-unwritten = de schijf kan niet worden beschreven
reason-stages-late = de stappen waren niet op tijd klaar
reason-check-failed = de controle van { $detail } is mislukt: { $more }
reason-address-taken = een ander apparaat heeft { $detail }: { $more }
reason-no-helper = er is geen verbinding met de netwerkhulp (postwacht netd)
reason-helper-late = de netwerkhulp heeft binnen { $detail } s niet geantwoord
reason-unexpected = onverwacht antwoord: { $detail }
reason-not-smtp = geen SMTP-antwoord: { $detail }
reason-mixed-codes = een antwoord waarvan de regels verschillende codes hebben ({ $detail } en { $more })
reason-line-too-long = een antwoordregel van meer dan { $detail } bytes
reason-reply-too-long = een antwoord van meer dan { $detail } bytes
reason-no-starttls = de relay biedt geen STARTTLS aan
reason-bytes-behind-starttls = onversleutelde bytes na het antwoord op STARTTLS
reason-no-mechanism = de relay biedt geen bruikbaar aanmeldmechanisme aan, wel: { $detail }
reason-mechanism-not-offered = de relay biedt { $detail } niet aan, wel: { $more }
reason-no-token-because = geen OAuth2-token voor de aanmelding: { $detail }
reason-no-token = geen OAuth2-token voor de aanmelding
reason-no-address = geen adres bij deze naam: { $detail }
reason-no-connection = geen verbinding: { $detail }
reason-own-listener = de relay is deze node zelf
reason-no-descriptors = deze machine heeft geen bestandsdescriptors meer voor een verbinding
reason-no-memory = deze machine heeft geen geheugen meer voor een verbinding
reason-no-ports = deze machine heeft geen poorten meer voor een verbinding
reason-sender-utf8 = het adres van de afzender heeft SMTPUTF8 nodig
reason-unknown-authority = het certificaat is uitgegeven door een certificeringsinstantie die niet wordt vertrouwd
reason-self-signed = het certificaat is zelfondertekend
reason-expired = het certificaat is verlopen op { $detail }
reason-not-yet-valid = het certificaat is pas geldig vanaf { $detail }
reason-wrong-host = het certificaat is voor { $detail }, niet voor { $more }
reason-no-san = het certificaat heeft geen hostnaam in subjectAltName
reason-wrong-name-kind = het certificaat heeft { $detail } als DNS-naam, niet als IP-adres
reason-other-key = de relay toont een andere sleutel dan de vastgepinde: { $detail }
reason-bad-certificate = het certificaat is niet bruikbaar: { $detail }
reason-unsupported-signature = het certificaat is ondertekend met een algoritme dat niet te controleren is: { $detail }
reason-critical-extension = het certificaat heeft een kritieke extensie die onbekend is
reason-wrong-purpose = het certificaat is niet gemaakt voor servers
reason-bad-signature = de handtekening van het certificaat klopt niet
reason-revoked = het certificaat is ingetrokken
reason-bad-encoding = de codering is beschadigd
reason-breaks-rfc-5280 = het voldoet niet aan een regel van RFC 5280
reason-is-authority = het is het certificaat van een uitgever
reason-may-not-sign = het is ondertekend door een certificaat dat geen andere mag ondertekenen
reason-name-constraint = de uitgever mag voor deze naam geen certificaten uitgeven
reason-version-1 = het heeft versie 1, en alleen versie 3 bevat hostnamen
reason-old-version = de relay ondersteunt geen TLS-versie vanaf 1.2
reason-no-cipher = geen gemeenschappelijk encryptiealgoritme
reason-not-tls = de relay gebruikt geen TLS op deze poort
reason-client-certificate = de relay eist een clientcertificaat, of weigert dat van deze node

# Woorden van het systeem en van bibliotheken.

reason-tls-other-key = de sleutel hoort niet bij het certificaat
reason-tls-no-certificate = de server toont geen certificaat
reason-tls-incompatible = de server mist een onderdeel van TLS dat nodig is
reason-tls-misbehaved = de server houdt zich niet aan het TLS-protocol
reason-tls-none = de server gebruikt geen TLS op deze poort
reason-tls-out-of-turn = de server stuurde een TLS-bericht op het verkeerde moment
reason-tls-failed = TLS is mislukt
reason-tls-name = de server kent zichzelf niet onder deze hostnaam
reason-tls-internal = de server meldt een interne storing van zijn TLS
reason-tls-denied = de server weigert toegang
reason-tls-expired = het certificaat is verlopen
reason-tls-not-yet = het certificaat is nog niet geldig
reason-tls-other-name = het certificaat is voor een andere hostnaam
reason-pem-none = er staat geen PEM-sectie van dit soort in
reason-pem-no-end = een PEM-sectie heeft geen END-regel
reason-pem-begin = de BEGIN-regel van een PEM-sectie is beschadigd
reason-pem-base64 = de base64 van een PEM-sectie is beschadigd
reason-pem-large = een PEM-sectie is te groot
reason-pem-other = het is geen PEM-tekst
reason-pem-no-certificate = er staat geen certificaat in
reason-tls-alert = de server beëindigde de TLS-handshake met alert { $detail } (RFC 8446 §6)
reason-connect = verbinding mislukt: { $detail }
reason-connect-plain = verbinding mislukt
reason-dns = naamresolutie mislukt: { $detail }
reason-lookup = het adres is niet gevonden: { $detail }
reason-name-unknown = naam of dienst onbekend
reason-name-later = naamresolutie is tijdelijk niet mogelijk
reason-name-without-address = geen adres bij deze naam
reason-os-refused = verbinding geweigerd (os error { $detail })
reason-os-reset = verbinding verbroken door de andere kant (os error { $detail })
reason-os-timed-out = time-out van de verbinding (os error { $detail })
reason-os-no-network = het netwerk is onbereikbaar (os error { $detail })
reason-os-no-route = geen route naar de host (os error { $detail })
reason-os-broken-pipe = verbinding afgebroken (os error { $detail })
reason-os-denied = geen toegang (os error { $detail })
reason-os-not-permitted = niet toegestaan (os error { $detail })
reason-os-no-file = bestand of map bestaat niet (os error { $detail })
reason-os-file-exists = het bestand bestaat al (os error { $detail })
reason-os-is-directory = het is een map (os error { $detail })
reason-os-not-directory = het is geen map (os error { $detail })
reason-os-no-space = geen ruimte meer op de schijf (os error { $detail })
reason-os-read-only = het bestandssysteem is alleen-lezen (os error { $detail })
reason-os-in-use = het adres is al in gebruik (os error { $detail })
reason-os-not-local = dit adres is niet van deze machine (os error { $detail })
reason-os-many-files = te veel open bestanden (os error { $detail })
reason-os-io = fout bij lezen of schrijven (os error { $detail })
reason-json-unknown = onbekend veld `{ $detail }`, mogelijk: { $more }
reason-json-variant = onbekende waarde `{ $detail }`, mogelijk: { $more }
reason-json-missing = veld `{ $detail }` ontbreekt{ $more }
reason-json-duplicate = veld `{ $detail }` staat er twee keer{ $more }
reason-json-type = verkeerd type: { $detail }, verwacht: { $more }
reason-json-value = ongeldige waarde: { $detail }, verwacht: { $more }
reason-json-end = de tekst eindigt te vroeg: { $detail }
reason-json-trailing = tekst na het einde{ $detail }
reason-json-no-value = waarde verwacht{ $detail }
reason-at-line = op regel { $detail }, kolom { $more }
reason-json-body = de JSON past niet: { $detail }
reason-json-text = dit is geen JSON: { $detail }
reason-query = de query past niet: { $detail }
reason-json-kind = een aanvraag met `Content-Type: application/json` verwacht

# Fouten in aanvragen.

reason-account-name = geen accountnaam
reason-role = hiervoor is de rol { $detail } nodig
reason-scope = het bereik { $detail } is nodig
reason-loop = een mailkringloop: meer dan { $detail } Received-regels, of tweemaal die van deze node
reason-header-large = de header is groter dan { $detail } bytes
reason-header-line = regel { $detail } van de header is geen headerregel
reason-header-from = de header heeft geen From
reason-utf16 = de tekst is UTF-16; een bericht is UTF-8 of ASCII
reason-large = groter dan { $detail } bytes
reason-bare-cr = een regelterugloop (CR) zonder regeleinde (LF)
reason-nul = een NUL-byte
reason-long-line = een regel van meer dan { $detail } bytes
reason-events-full = er zijn te veel incidenten open ({ $detail } van één programma, of { $more } in totaal): los er eerst enkele op
reason-events-too-fast = dit programma heeft in korte tijd te veel gebeurtenissen gemeld: wacht een minuut
reason-store-locked = een ander proces houdt de schrijfvergrendeling van de database
reason-storage = opslagfout: { $detail }
reason-store-closed = de opslag is gesloten
reason-search-slow = het zoeken duurde te lang
reason-one-of = een van { $detail }
reason-account-taken = er bestaat al een account met deze naam
reason-token-life = de levensduur van een token ligt tussen één minuut en vijf jaar
reason-tls-eof = de verbinding eindigde tijdens de TLS-handshake
reason-no-relay = er is geen relay met de naam { $detail }
reason-no-state = het antwoord bevat geen state
reason-no-code = het antwoord bevat geen code
reason-sign-in-unknown = deze aanmelding is niet bekend: die is gebruikt, verlopen, of niet hier begonnen
reason-sign-in-foreign = deze aanmelding is door een andere gebruiker of in een andere sessie begonnen
reason-other-provider = het antwoord komt van een andere provider: { $detail }
reason-sign-in-outdated = de instellingen zijn gewijzigd nadat de aanmelding begon
reason-provider-refused = de provider weigerde: { $detail }
reason-no-refresh = de provider gaf geen blijvende toestemming (geen refresh-token)
reason-answer-foreign = het antwoord hoort niet bij deze aanmelding
reason-dir-unusable = de gegevensmap { $detail } is niet bruikbaar: { $more }
reason-db-unopened = de database { $detail } kan niet worden geopend: { $more }
reason-db-damaged = de database { $detail } is beschadigd: { $more }
reason-db-foreign = de database { $detail } is niet zoals Postwacht die maakt: { $more }
reason-no-key-file = er is geen sleutelbestand { $detail }
reason-key-unread = het sleutelbestand { $detail } kan niet worden gelezen: { $more }
reason-restore-there = { $detail } bestaat al; zet de back-up terug in een lege map, of verplaats dit eerst
reason-no-backup = { $detail } is niet bruikbaar als back-up: { $more }
reason-socket-address = geen IP-adres met poort
reason-too-large = 5.3.4 het bericht is groter dan de relay aanneemt
reason-8bit = 5.6.3 het bericht heeft 8-bits tekst die niet kan worden gecodeerd, de relay heeft geen 8BITMIME
reason-utf8-address = 5.6.7 het adres vereist SMTPUTF8, de relay biedt dat niet aan
reason-utf8-sender = 5.6.7 het adres van de afzender vereist SMTPUTF8, de relay biedt dat niet aan
reason-utf8-header = 5.6.9 de header heeft tekens die niet kunnen worden gecodeerd, de relay heeft geen SMTPUTF8
reason-json-key = een sleutel moet tekst zijn
reason-toml-at = TOML-fout op regel { $detail }, kolom { $more }
reason-toml-table = de tabelnaam eindigt niet: `]` ontbreekt
reason-toml-array = de lijst eindigt niet: `]` ontbreekt
reason-toml-no-value = een sleutel zonder waarde: `=` ontbreekt
reason-toml-duplicate = deze sleutel staat er twee keer
reason-toml-unquoted = een tekst moet tussen aanhalingstekens staan
reason-no-mechanism-none = de relay biedt geen aanmeldmechanisme aan
reason-mechanism-none = de relay biedt { $detail } niet aan, en ook geen ander aanmeldmechanisme
reason-dir-in-use = de gegevensmap { $detail } is in gebruik door een ander proces{ $more }
reason-db-mixed = de database { $detail } en haar write-ahead-logboek { $more } horen niet bij elkaar: { $third }
reason-db-newer = de database { $detail } is geschreven door een nieuwere versie (schema { $more }, dit programma kent { $third })
reason-wrong-key = de sleutel opent deze database niet: die is met een andere verzegeld (sleutelbestand { $detail })
reason-key-readable = het sleutelbestand { $detail } is leesbaar voor anderen (modus { $more }, nodig is 600)
reason-key-bad = de sleutel is geen sleutel: regel { $detail } moet 32 bytes in base64 zijn
reason-key-none = geen sleutel uit het bestand opent dit
reason-no-randomness = het systeem geeft geen willekeurige getallen: { $detail }
reason-doubt-seen = de database { $detail } ontbreekt of is leeg, maar deze machine heeft er mail in gezien, het laatst op { $more }
reason-doubt-key = de database { $detail } ontbreekt of is leeg, maar haar sleutel { $more } is er{ $third }
reason-doubt-missing = de database { $detail } ontbreekt of is leeg{ $more }
reason-doubt-other = de database { $detail } is een andere dan deze machine heeft gezien, het laatst op { $more }
reason-doubt-cut = het write-ahead-logboek { $detail } ontbreekt of is afgekapt: er ontbreken schrijfacties die deze machine heeft gezien, het laatst op { $more }
reason-doubt-older = de database { $detail } is ouder dan die welke deze machine heeft gezien: ze eindigt met bericht { $more } van { $third }, maar bericht { $fourth } van { $fifth } is gezien
reason-file-link = { $detail } is een symbolische koppeling
reason-file-not-regular = { $detail } is geen gewoon bestand
reason-file-not-directory = { $detail } is geen map
reason-file-not-socket = { $detail } is geen socket
reason-file-owner = { $detail } is van gebruiker { $more }, maar dit programma draait als gebruiker { $third }
reason-file-removed = { $detail } is verwijderd of hernoemd terwijl de node het gebruikte
reason-file-replaced = { $detail } is door een ander bestand vervangen terwijl de node het gebruikte
reason-file-truncated = { $detail } is afgekapt terwijl de node het gebruikte
reason-file-overwritten = { $detail } is overschreven terwijl de node het gebruikte
reason-db-is-damaged = de database is beschadigd: { $detail }
reason-disk-refused = de schijf heeft een schrijfactie niet uitgevoerd: { $detail }
reason-disk-full = de schijf is vol
reason-store-busy = er wachten te veel schrijfacties
reason-wal-full = het write-ahead-logboek is vol: { $detail }
reason-checkpoint-failed = een checkpoint is mislukt: { $detail }
reason-wal-backup = er wordt een back-up geschreven
reason-wal-reader = een ander proces houdt een leesactie van de database open
reason-wal-process = { $detail } (proces { $more }) houdt een leesactie van de database open
reason-backup-cut = { $detail } is afgekapt: het heeft { $more } bytes, en volgens zijn eerste pagina moeten het er { $third } zijn
reason-backup-large = { $detail } heeft { $more } bytes nodig, en de schijf van de gegevensmap heeft er { $third } over
reason-backup-slow = { $detail } was niet binnen { $more } seconden gecontroleerd
reason-backup-newer = { $detail } is geschreven door een nieuwere versie (schema { $more }, dit programma kent { $third })
reason-backup-unsigned = { $detail } is niet ondertekend: een oudere versie heeft het geschreven, of iets anders dan Postwacht
reason-backup-foreign-signature = { $detail } is ondertekend met een sleutel die niet in { $more } staat
reason-backup-changed = { $detail } is gewijzigd nadat het was geschreven: de handtekening, gemaakt met de sleutel in { $more }, past niet bij de inhoud
reason-backup-foreign = { $detail } is niet zoals Postwacht het schrijft: { $more }
reason-backup-wrong-key = { $detail } is met een andere sleutel verzegeld dan { $more }
reason-cannot-write = schrijven lukt niet: { $detail }
reason-json-a-text = een tekst
reason-json-string = tekst "{ $detail }"
reason-json-integer = geheel getal `{ $detail }`
reason-json-floating = gebroken getal `{ $detail }`
reason-json-boolean = waarheidswaarde `{ $detail }`
reason-json-truth = true of false
reason-json-map = een object
reason-json-sequence = een lijst
reason-json-unit = geen waarde
reason-json-a-scalar = een geheel getal, true, false of een tekst
reason-json-addresses = een adres of een lijst van adressen
reason-json-headers = een object met namen en waarden van kopvelden
reason-json-an-object = een object
reason-json-a-value = een waarde
reason-json-a-list = een lijst
reason-json-texts = een tekst of een lijst van teksten
reason-json-secret = een tekst, null of { "{" }"set": true{ "}" }
reason-at-least-one = ten minste een van: { $detail }
reason-toml-open-text = een tekst zonder sluitend aanhalingsteken
reason-toml-value-missing = achter de sleutel ontbreekt de waarde
reason-json-table = een object (in TOML een tabel)
reason-json-whole-from-0 = een geheel getal vanaf 0
reason-json-whole = een geheel getal
reason-file-longer = langer dan { $detail } bytes
reason-answer-longer = het antwoord is langer dan { $detail } bytes
reason-not-utf8 = geen UTF-8: { $detail } bytes vanaf positie { $more } zijn geen teken
reason-utf8-cut = geen UTF-8: het teken vanaf positie { $detail } is afgebroken
reason-no-network = geen adres of netwerk zoals 192.0.2.0/24
reason-no-dns-name = geen geldige domeinnaam
reason-no-number = geen geheel getal
reason-number-empty = hier ontbreekt een getal
reason-number-large = het getal is te groot
reason-sqlite-malformed = de inhoud van de database is beschadigd
reason-sqlite-no-database = het bestand is geen database
reason-sqlite-io = lees- of schrijffout van de schijf
reason-sqlite-full = de database of de schijf is vol
reason-sqlite-locked = de database is vergrendeld
reason-sqlite-read-only = de database kan alleen worden gelezen
reason-sqlite-unopened = het databasebestand kan niet worden geopend: { $detail }
reason-sqlite-unopened-plain = het databasebestand kan niet worden geopend
reason-toml-escape = ongeldig teken na een backslash, mogelijk: { $detail }
reason-toml-float = ongeldig gebroken getal
reason-toml-extra = er staat nog tekst achter de waarde; verwacht: het einde van de regel
reason-log-level = geen niveau of DOEL=NIVEAU: { $detail }
fault-no-local-address =
    .cause = Deze machine heeft het adres niet waarvandaan verbindingen moeten vertrekken ({ $detail }).
    .remedy = Stel als lokaal adres een adres van deze machine in, of maak het leeg (email.relay.source_address).
fault-no-address-of-family =
    .cause = De naam van de relay heeft adressen, maar geen van de gekozen adresfamilie ({ $detail }).
    .remedy = Kies de andere adresfamilie, of "any" (email.relay.address_family).
reason-no-local-address = het lokale adres is niet bruikbaar: { $detail }
reason-no-address-of-family = geen adres van de gekozen adresfamilie: { $detail }
reason-json-length = verkeerde lengte { $detail }, verwacht: { $more }
wrong-key-pair = Deze privésleutel en dit certificaat horen niet bij elkaar. Voer de privésleutel in die bij het certificaat hoort.
# The same sentence before and after others. Not for a message that is over.
retries-first = { $over ->
    [yes] {""}
   *[no] Postwacht probeert het automatisch opnieuw (een test niet).{" "}
}
retries-last = { $over ->
    [yes] {""}
   *[no] {" "}Postwacht probeert het automatisch opnieuw (een test niet).
}
reason-backup-short = het is te kort
reason-backup-no-file = het is geen gewoon bestand
reason-backup-no-sqlite = het begint niet zoals een SQLite-database
