### Wat er misgaat zonder woorden van de relay, en wat er niet klopt aan een instelling.

## Een sessie die voortijdig eindigde. $detail is technisch en Engels.

fault-refused =
    .cause = De relay weigerde de sessie om een reden die hier niet bekend is; het antwoord van de relay zegt meer.
    .remedy = Lees het antwoord van de relay. Controleer host, poort, versleuteling en verificatietype, of laat het antwoord zien aan de beheerder van de relay.

fault-token-refused =
    .cause = De relay accepteerde het OAuth2-token niet.
    .remedy = Controleer account en bereik (email.oauth2.email, email.oauth2.scopes), en of dit account via SMTP mag verzenden. Geef daarna opnieuw toestemming.

fault-lost-greeting =
    .cause = De relay verbrak de verbinding vóór de begroeting ({ $detail }). Vaak verwacht de relay TLS op deze poort, of laat hij ons adres niet toe.
    .remedy = Probeer TLS op poort 465 (email.relay.encryption, email.relay.port) en laat ons adres toelaten op de relay.

fault-lost =
    .cause = De verbinding viel midden in de sessie weg ({ $detail }).
    .remedy = Het wordt vanzelf opnieuw geprobeerd. Komt dit vaker voor, kijk dan in het logboek van de relay en controleer de firewalls onderweg.

fault-no-greeting =
    .cause = Er was verbinding, maar er kwam geen begroeting ({ $detail }). Vaak verwacht de poort TLS vanaf de eerste byte terwijl STARTTLS of Geen is ingesteld, of een firewall houdt het verkeer tegen.
    .remedy = Zet op poort 465 de versleuteling op TLS (email.relay.encryption). Controleer anders de firewall tussen deze machine en de relay.

fault-timed-out =
    .cause = De relay antwoordde niet op tijd ({ $detail }).
    .remedy = Het wordt vanzelf opnieuw geprobeerd. Komt dit vaker voor, controleer dan de belasting van de relay en de firewalls onderweg.

fault-unreadable =
    .cause = Het antwoord is geen SMTP ({ $detail }). Waarschijnlijk luistert op deze poort een andere dienst.
    .remedy = Controleer host en poort (email.relay.host, email.relay.port); relays luisteren op 25, 587 of 465.

fault-out-of-turn =
    .cause = De relay gaf een antwoord dat op dit punt niet past ({ $detail }).
    .remedy = Het wordt vanzelf opnieuw geprobeerd. Komt dit vaker voor, ga dan na wat er tussen deze machine en de relay staat, zoals een mailfilter of proxy, en bewaar het transcript.

fault-starttls-missing =
    .cause = De relay biedt geen STARTTLS aan, en met versleuteling ingesteld wordt mail nooit onversleuteld verzonden.
    .remedy = Kies TLS op poort 465, of laat STARTTLS aanzetten op de relay. Kies Geen alleen als de lijn naar de relay vertrouwd is (email.relay.encryption).

fault-injection =
    .cause = Achter het antwoord op STARTTLS kwamen onversleutelde bytes: een aanval, of een apparaat onderweg dat niet goed werkt. Er is niets verzonden.
    .remedy = Ga na wat er tussen deze machine en de relay staat, zoals een firewall die SMTP inspecteert, en zet dat uit. TLS op poort 465 slaat deze stap over.

fault-no-mechanism =
    .cause = De relay biedt geen aanmeldmechanisme aan dat hier bruikbaar is ({ $detail }).
    .remedy = Zet de versleuteling op STARTTLS of TLS, want veel relays bieden aanmelden alleen dan aan, of laat PLAIN of LOGIN aanzetten op de relay. Laat de relay ons zonder aanmelding toe, zet het verificatietype dan op geen (email.auth.type).

fault-not-resolved =
    .cause = DNS geeft geen adres voor de naam van de relay ({ $detail }).
    .remedy = Controleer de spelling (email.relay.host) en de DNS-instellingen van deze machine. In plaats van een naam mag ook een IP-adres.

fault-not-connected =
    .cause = Er kwam geen verbinding met de relay tot stand ({ $detail }): er luistert daar niets, of een firewall houdt het tegen.
    .remedy = Controleer host en poort (email.relay.host, email.relay.port) en sta uitgaand verkeer van deze machine op die poort toe: 587 voor STARTTLS, 465 voor TLS, 25 zonder aanmelding.

fault-own-listener =
    .cause = De ingestelde relay is deze node zelf; mail zou dan eindeloos rondgaan.
    .remedy = Stel host en poort in van de relay die de mail naar buiten brengt (email.relay.host, email.relay.port).

fault-no-descriptors =
    .cause = Postwacht heeft geen bestandsdescriptors meer over en kon geen verbinding openen. Het ligt niet aan de relay.
    .remedy = Verhoog de limiet van open bestanden (LimitNOFILE= van de systemd-unit, of ulimit -n; fs.file-max voor het hele systeem) en start Postwacht opnieuw. De mail gaat vanzelf de deur uit zodra er descriptors vrij zijn.
fault-no-memory =
    .cause = De kernel van deze machine heeft geen geheugen meer voor een verbinding. Het ligt niet aan de relay.
    .remedy = Maak geheugen vrij op deze machine. De mail gaat vanzelf de deur uit zodra dat er is.
fault-no-ports =
    .cause = Alle lokale poorten van deze machine zijn in gebruik, zodat er geen verbinding tot stand kwam. Het ligt niet aan de relay.
    .remedy = Zoek het programma dat veel verbindingen vasthoudt (ss -tan), of maak net.ipv4.ip_local_port_range ruimer. De mail gaat vanzelf de deur uit zodra er poorten vrij zijn.

## TLS

fault-tls-unknown-authority =
    .cause = Het certificaat van de relay is uitgegeven door een autoriteit die deze machine niet vertrouwt.
    .remedy = Voeg het certificaat van die autoriteit toe (email.relay.ca), of leg de sleutel van dit certificaat vast als pin (email.relay.pins).

fault-tls-self-signed =
    .cause = Het certificaat van de relay is door zichzelf ondertekend; geen autoriteit staat ervoor in.
    .remedy = Leg de sleutel van dit certificaat vast als pin nadat de vingerafdruk is vergeleken (email.relay.pins).

fault-tls-expired =
    .cause = Het certificaat van de relay is verlopen ({ $detail }).
    .remedy = Laat het op de relay vernieuwen. Tot dan kan de sleutel als pin worden vastgelegd (email.relay.pins). Ligt de datum nog in de toekomst, controleer dan de klok van deze machine.

fault-tls-not-yet-valid =
    .cause = Het certificaat van de relay is nog niet geldig ({ $detail }), of de klok van deze machine loopt achter.
    .remedy = Controleer de klok van deze machine. Loopt die goed, laat het certificaat dan opnieuw uitgeven, of leg de sleutel vast als pin (email.relay.pins).

fault-tls-wrong-host =
    .cause = Het certificaat van de relay is voor een andere naam ({ $detail }).
    .remedy = Stel als host een naam uit het certificaat in (email.relay.host), laat het certificaat voor deze naam opnieuw uitgeven, of leg de sleutel vast als pin (email.relay.pins).

fault-tls-no-subject-alt-name =
    .cause = Het certificaat van de relay noemt geen host in subjectAltName; het kan dus niet met de hostnaam worden vergeleken.
    .remedy = Leg de sleutel vast als pin (email.relay.pins), of laat het certificaat opnieuw uitgeven met een subjectAltName.

fault-tls-other-key =
    .cause = De relay toont een andere sleutel dan de vastgelegde ({ $detail }). Er is niets verzonden.
    .remedy = Vraag de beheerder van de relay of de sleutel met opzet is gewijzigd. Zo ja, leg dan de nieuwe sleutel vast (email.relay.pins); zo nee, behandel het als een aanval.

fault-tls-bad-certificate =
    .cause = Het certificaat van de relay is niet leesbaar of mag hiervoor niet worden gebruikt ({ $detail }).
    .remedy = Laat het certificaat opnieuw uitgeven. Deugt alleen de vorm niet, dan kan het helpen de sleutel vast te leggen als pin (email.relay.pins).

fault-tls-old-version =
    .cause = De relay spreekt alleen TLS-versies onder 1.2; die zijn niet meer veilig.
    .remedy = Laat TLS 1.2 of 1.3 aanzetten op de relay, of gebruik een andere relay.

fault-tls-no-common-cipher =
    .cause = De relay biedt geen versleutelingsmethode aan die hier als veilig geldt.
    .remedy = Laat op de relay een actuele cipher suite aanzetten: ECDHE met AES-GCM of ChaCha20-Poly1305.

fault-tls-not-tls =
    .cause = De relay spreekt geen TLS op deze poort.
    .remedy = Probeer STARTTLS, doorgaans op poort 587 (email.relay.encryption, email.relay.port).

fault-tls-client-certificate =
    .cause = De relay eist een clientcertificaat, of weigert het getoonde.
    .remedy = Stel certificaat en sleutel in (email.relay.client_certificate, email.relay.client_key), of laat het gebruikte certificaat toelaten op de relay. Controleer of het niet is verlopen.

fault-tls-tls-other =
    .cause = TLS met de relay mislukte ({ $detail }).
    .remedy = Controleer versleuteling en poort (email.relay.encryption, email.relay.port) en kijk in het logboek van de relay.

## Instellingen: wat er bij het veld niet klopt, en wat wel goed is.

wrong-required = Dit veld mag niet leeg zijn.
wrong-address =
    { $why ->
        [empty] Hier ontbreekt een e-mailadres, zoals ops@example.com.
        [no-at] ‘{ $typed }’ is geen e-mailadres: de @ ontbreekt.
        [local] ‘{ $typed }’ is geen e-mailadres: het deel vóór de @ is leeg of bevat een teken dat daar niet mag.
        [domain] ‘{ $typed }’ is geen e-mailadres: na de @ hoort een domein zoals example.com.
        [too-long] ‘{ $typed }’ is te lang: hooguit 64 bytes vóór de @ en 254 in totaal.
        [control] ‘{ $typed }’ bevat een besturingsteken, zoals een regeleinde of een tab. Typ het adres opnieuw.
        [unbalanced] In ‘{ $typed }’ ontbreekt een haakje of een aanhalingsteken. Goed is bijvoorbeeld Beheer <ops@example.com>.
       *[other] ‘{ $typed }’ is geen e-mailadres. Goed is bijvoorbeeld ops@example.com.
    }
wrong-too-many-contacts = Er zijn te veel adressen: hooguit { $limit }.
wrong-host = ‘{ $typed }’ is geen hostnaam. Goed is een naam zoals relay.example.net, of een IP-adres, zonder poort en zonder https://.
wrong-port = ‘{ $typed }’ is geen poort. Goed is een getal van 1 tot en met 65535; gebruikelijk zijn 587, 465 en 25.
wrong-choice = ‘{ $typed }’ is geen van de mogelijkheden: { $allowed }.
wrong-truth = ‘{ $typed }’ is geen ja of nee. Goed is true of false; on, off, yes en no mogen ook.
wrong-time = ‘{ $typed }’ is geen tijdstip. Goed is uren en minuten, zoals 08:00.
wrong-date = ‘{ $typed }’ is geen datum. Goed is jaar, maand en dag, zoals 2027-02-19.
wrong-duration = ‘{ $typed }’ is geen tijdsduur. Goed is een getal met een eenheid, zoals 30m, 12h of 7d; maanden en jaren kunnen niet.
wrong-retry-waits = ‘{ $typed }’ is geen lijst van wachttijden. Vul 1 tot 20 tijdsduren in van 1s tot 1h, zoals 1m, 2m, 5m.
wrong-time-zone = ‘{ $typed }’ is geen tijdzone die deze machine kent. Goed is bijvoorbeeld Europe/Amsterdam of UTC.
wrong-ip = ‘{ $typed }’ is geen IP-adres. Goed is bijvoorbeeld 192.0.2.10 of 2001:db8::10.
wrong-pin = ‘{ $typed }’ is geen pin. Goed is de SHA-256 van de openbare sleutel: 64 hexadecimale cijfers, met of zonder dubbele punten.
wrong-pem = Deze tekst is niet bruikbaar als PEM ({ $why }). Plak het hele certificaat, van de regel met BEGIN tot en met de regel met END.
wrong-url = ‘{ $typed }’ is geen bruikbaar adres. Goed is een adres dat met https:// begint, zonder spaties en gebruikersnaam; http:// kan alleen naar deze machine.
wrong-number = ‘{ $typed }’ past hier niet. Goed is een geheel getal van { $low } tot en met { $high }.
wrong-key-missing = Bij het certificaat hoort de privésleutel. Voeg de sleutel hier toe, of verwijder het certificaat.
wrong-certificate-missing = Bij de privésleutel hoort het certificaat. Voeg het certificaat hier toe, of verwijder de sleutel.
wrong-ca-and-pins = Een toegevoegde CA en pins gaan niet samen. Houd een van de twee.
wrong-tls-only = Dit werkt alleen met STARTTLS of TLS. Kies een van die twee als versleuteling, of laat dit veld leeg.
wrong-token-unencrypted = OAuth2 vereist versleuteling, want het token mag onderweg niet leesbaar zijn. Kies STARTTLS of TLS.
wrong-password-unencrypted = Zonder versleuteling is het wachtwoord onderweg leesbaar. Kies STARTTLS of TLS, of sta het hier uitdrukkelijk toe als de lijn vertrouwd is.
wrong-password-unencrypted-far = Een wachtwoord gaat alleen onversleuteld naar localhost of naar een privé-, loopback- of link-local IP-adres. Kies STARTTLS of TLS.
wrong-type-again = Het gaat nu ergens anders heen dan waarvoor het is ingevuld: vul het opnieuw in.
wrong-control-character = Dit bevat een besturingsteken, zoals een regeleinde of een tab. Vul het zonder dat teken in.
wrong-too-long = Dit is te lang: hooguit { $limit } bytes.
wrong-too-many-entries = Hier staan meer dan { $limit } onderdelen. Verdeel ze over meer verzoeken.
wrong-too-many-values = In het verzoek staan meer dan { $limit } waarden. Verdeel ze over meer verzoeken.
wrong-too-deep = Objecten en lijsten staan meer dan { $limit } diep in elkaar.
wrong-duplicate-name = Er heet al een relay ‘{ $name }’. Geef elke relay een eigen naam.
wrong-own-listener = Dit is het adres van deze node zelf; mail zou dan eindeloos rondgaan. Goed is de relay die de mail naar buiten brengt.
wrong-not-yet = Deze instelling is in deze versie nog niet in gebruik; laat het veld leeg.
wrong-too-many-webhooks = Hoogstens { $limit } webhooks.
