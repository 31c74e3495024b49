# Problemen van de API (RFC 9457), opmerkingen van de status, uitkomsten van de doctor, en de test-e-mail.
problem-settings = De instellingen bevatten fouten. Er is niets opgeslagen.
problem-settings-check = Deze instellingen bevatten fouten.
problem-stale = De instellingen zijn opgeslagen nadat u ze had gelezen. Nu is er niets opgeslagen. Lees ze opnieuw en herhaal uw wijziging.
problem-no-revision = Deze revisie bestaat niet.
problem-disk-full = De schijf is vol. Postwacht neemt geen nieuwe mail aan tot er ruimte is; eerder aangenomen mail blijft bewaard.
problem-wal-full = Het write-ahead-logboek van de database is vol en kan niet worden geleegd. Postwacht neemt geen nieuwe mail aan tot dat kan; eerder aangenomen mail blijft bewaard.
problem-store-lost = De database is verwijderd, overschreven of beschadigd terwijl de node draaide. Postwacht neemt geen mail aan, en de node stopt.
problem-locked = Een ander programma heeft de database vergrendeld. Probeer het zo meteen opnieuw.
problem-busy = Te veel verzoeken tegelijk. Probeer het zo meteen opnieuw.
problem-no-message = Dit bericht bestaat niet.
problem-storage = De opslag werkt niet.
problem-took-too-long = Het zoeken duurde te lang. Zoek gerichter.
problem-no-recipient = Er is geen ontvanger opgegeven.
problem-too-many-recipients = Te veel ontvangers voor één bericht. Verdeel ze over meerdere berichten.
problem-too-large = Het bericht is te groot.
problem-body-too-large = De inhoud van het verzoek is groter dan 1 MiB. Er is niets gedaan. Alleen berichten mogen groter zijn.
problem-body = De tekst van het bericht kan niet worden aangenomen.
problem-header = De kop van het bericht kan niet worden aangenomen.
header-fault =
    { $why ->
        [control] Een besturingsteken, zoals een regeleinde, is hier niet toegestaan.
        [reserved] Postwacht vult deze kopregel zelf in, of een ander veld van de aanvraag doet dat.
        [name] Dit is geen naam van een kopregel. Gebruik letters, cijfers en koppeltekens.
        [twice] Deze kopregel is twee keer opgegeven.
        [empty] Hier ontbreekt een e-mailadres. Voorbeeld: ops@example.com.
        [date] Dit is geen datum. Voorbeeld: Thu, 12 Mar 2026 10:30:00 +0100
        [ascii] In deze kopregel zijn alleen ASCII-tekens toegestaan.
        [long-word] Een woord is langer dan 900 bytes. Voeg spaties in.
        [content-type] Dit is geen inhoudstype. Voorbeeld: text/plain
       *[size] Teksten en bijlagen zijn te groot.
    }
problem-not-found = Dit adres bestaat niet in de API.
problem-not-allowed = Deze methode is hier niet toegestaan.
problem-not-settings = Dit is geen instellingendocument.
problem-not-json = Het verzoek is geen JSON van de verwachte vorm.
problem-no-if-match = If-Match ontbreekt of is geen ETag van deze instellingen. Stuur de ETag mee die bij de gelezen instellingen hoort, zoals "r14", zodat wijzigingen van andere gebruikers niet worden overschreven.
problem-address = Dit is geen e-mailadres.
problem-no-relay = Er is geen relay met deze naam.
problem-message = Het bericht kan niet worden aangenomen.
problem-from-not-allowed = Hier is alleen het adres van de site toegestaan: { $from }
problem-one-sender = Hier is precies één adres toegestaan, zonder groep: { $from }
problem-idempotency-key = De Idempotency-Key moet uit 1 tot 200 afdrukbare tekens bestaan.
problem-idempotency-differs = Deze Idempotency-Key is met een ander verzoek gebruikt. Er is niets gedaan. Gebruik voor elk bericht en elke gebeurtenis een andere sleutel, en herhaal een sleutel alleen met hetzelfde verzoek.
problem-unset = E-mail is nog niet ingesteld. Vul het afzenderadres, de relay en de beheercontacten in.
problem-email-config-read-only = Deze node is niet de primaire node van het paar. De e-mailinstellingen worden op de primaire node gewijzigd. Er is niets opgeslagen.
problem-not-primary = Deze node is de back-up en neemt geen mail aan. Stuur de mail naar de primaire node.
problem-not-serving = Deze node is op dit moment niet de primaire node. Probeer het over een minuut opnieuw.
problem-retired = Deze node heeft het paar verlaten en neemt geen mail aan. Een beheerder moet de node eerst als nieuwe site starten.
problem-pair-request = Het paar is niet gemaakt: een waarde ontbreekt of is onjuist. Er is niets gewijzigd.
problem-failover-settings = De instellingen voor omschakeling kunnen niet worden opgeslagen. Er is niets gewijzigd.
problem-pair-exists = Deze node heeft al een paar. Verbreek dat eerst.
problem-not-paired = Deze node heeft geen paar.
problem-pair-serves = Deze node doet al dienst. Alleen een node die na het einde van het paar geen dienst doet, wordt als nieuwe site gestart.
problem-pair-not-primary = Alleen de primaire node wijzigt de instellingen die beide nodes delen.
problem-pair-busy = Deze node maakt op dit moment een paar. Probeer het over een minuut opnieuw.
problem-pair-impostor = De node die antwoordde, kent de code of de sleutel niet: het is een andere node, of er zit iets tussen. Er is geen paar gemaakt.
problem-pair-port = De poort voor de andere node kan niet worden geopend.
problem-peer-refuses = De andere node weigert. Er is niets gewijzigd.
problem-peer-unreachable = De andere node is niet bereikt. Er is niets gewijzigd.
problem-pair-checks = Deze twee nodes kunnen nog geen paar worden. Er is niets gewijzigd.
problem-pair-secret = De code of de sleutel is niet bruikbaar.
problem-pair-code-or-key = Geef de code die de back-up toont, of de gedeelde sleutel.
problem-pair-role = De rol moet primary of backup zijn.
problem-role-same = Deze node heeft die rol al.
problem-role-busy = Er is al een rolwisseling bezig. Wacht tot die klaar is.
problem-role-peer-unreachable = De andere node antwoordt niet. Herstel die eerst, of dwing het af als die wegblijft: dan doet geen node dienst tot er een primair wordt gemaakt.
problem-role-peer-behind = De andere node heeft de nieuwste e-mailinstellingen nog niet overgenomen. Probeer het over enkele seconden opnieuw.
problem-role-not-backup = Automatische overnames worden op de back-up tegengehouden: voer dit uit op de andere node.
problem-role-not-taken = De andere node is niet primair geworden. Bekijk de status van beide nodes.
problem-role-self-test = De zelftest van deze node mislukt. Voer hier "postwacht doctor" uit.
problem-role-never-synced = Deze node heeft de instellingen van de primaire node nooit gehad.
problem-role-isolated = Deze node bereikt de andere node niet en ook geen test-IP: de andere kan dienst doen. Controleer het netwerk, of dwing het af als u zeker weet dat die uit is.
problem-role-cut-off = Deze node bereikt niets, en geen interface met een gedeeld IP is actief: de andere node kan dienst doen, en deze zou niemand kunnen bedienen. Herstel eerst het netwerk van deze node.
problem-role-address-taken = Een ander apparaat antwoordt op een gedeeld IP. Zoek het op, of dwing het af als u weet dat het geen gevolgen heeft.
problem-role-address-unknown = Er kon niet worden vastgesteld of een ander apparaat een gedeeld IP heeft. Controleer of postwacht netd draait.
problem-role-disk = De schijf van deze node kan niet worden beschreven.
problem-role-not-drained = Het lopende werk was niet op tijd klaar. De rollen zijn als tevoren.
problem-role-failed = De rolwisseling is niet gelukt. Bekijk de status van beide nodes.
problem-media-type = Stuur application/json of message/rfc822.
problem-filter = Dit filter is ongeldig.
problem-ids-or-all = Geef ID's op, of alles.
problem-not-absolute = Het pad moet absoluut zijn.
problem-file-exists = Er bestaat al een bestand met deze naam.
problem-backup = De back-up kon niet worden geschreven.

# Opmerkingen van de status.

status-unreadable = Een nieuwere versie heeft de instellingen opgeslagen, en deze versie kan ze niet lezen. Mail wordt vastgehouden.
status-untold = { $count ->
    [one] Eén melding wacht op verzending, alleen of gebundeld met andere in één bericht. Wijzigingen van de instellingen worden vijf minuten lang verzameld.
   *[other] { $count } meldingen wachten op verzending, apart of gebundeld in één bericht. Wijzigingen van de instellingen worden vijf minuten lang verzameld.
}
status-not-serving = Deze node neemt geen mail van programma's aan: hij is op dit moment niet de primaire node van zijn paar. Zie postwacht failover status.
status-retired = Deze node neemt geen mail van programma's aan: hij heeft zijn paar verlaten. Start hem als nieuwe site (postwacht failover new-site), of gebruik de andere node.
status-incidents = { $count ->
    [one] Er is één incident open: { $worst ->
        [critical] het is kritiek.
        [error] een fout.
       *[warning] een waarschuwing.
    }
   *[other] Er zijn { $count } incidenten open, { $worst ->
        [critical] waarvan ten minste één kritiek.
        [error] het ergste is een fout.
       *[warning] het ergste is een waarschuwing.
    }
}
status-unwritable = Sinds { $since } kan er niets naar de schijf worden geschreven. Postwacht neemt geen mail aan en kan geen waarschuwingen mailen: { $detail }
status-wal = Het write-ahead-logboek van de database kan niet worden verwerkt en is gegroeid tot { $size } MiB: { $cause }
status-wal-full = Postwacht neemt geen nieuwe mail aan: het write-ahead-logboek van de database is gegroeid tot { $size } MiB en kan niet worden geleegd: { $cause }
status-unset = E-mail is nog niet ingesteld. Stel het afzenderadres, de relay en de beheercontacten in.
status-unproven = Nog geen relay heeft mail aangenomen: de instellingen zijn niet bewezen.
status-all-held = Geen enkele relay werkt nu. Mail wacht, en Postwacht verzendt die zodra een relay werkt.
status-parked = { $count ->
    [one] Eén bericht wordt vastgehouden omdat geen relay de afzender accepteert.
   *[other] { $count } berichten worden vastgehouden omdat geen relay hun afzender accepteert.
}

doctor-settings = Instellingen: geldig, revisie { $revision }.
doctor-settings-unset = Instellingen: e-mail is nog niet ingesteld.
doctor-settings-unreadable = Instellingen: opgeslagen door een nieuwere versie, niet leesbaar voor deze versie ({ $why }).
doctor-contacts = { $count ->
    [one] Beheercontacten: één.
   *[other] Beheercontacten: { $count }.
}
doctor-relay = Relay { $relay } ({ $host }): verbonden; encryptie en aanmelding werken zoals ingesteld.
    .plain = Relay { $relay } ({ $host }): verbonden; zonder encryptie en aanmelding, zoals ingesteld.
    .encryption = Relay { $relay } ({ $host }): verbonden; de encryptie werkt zoals ingesteld; er is geen aanmelding ingesteld.
    .sign-in = Relay { $relay } ({ $host }): verbonden zonder encryptie, zoals ingesteld; de aanmelding werkt.
doctor-sender-held = Relay { $relay } neemt geen mail aan van { $sender }. Mail van deze afzender wacht.
    .other = Relay { $relay } neemt geen mail aan van { $sender }. Mail van deze afzender wordt aangeboden aan relay { $other }, die hem niet heeft geweigerd.
doctor-relay-fails = Relay { $relay } ({ $host }): werkt niet.
doctor-password-provider = Relay { $relay }: deze provider beperkt aanmelden met een wachtwoord voor SMTP. Stap tijdig over op OAuth2.
doctor-certificate = { $days ->
    [one] Relay { $relay }: het certificaat is nog één dag geldig, tot { $until }.
   *[other] Relay { $relay }: het certificaat is nog { $days } dagen geldig, tot { $until }.
}
    .expired = Relay { $relay }: het certificaat is verlopen op { $until }.
doctor-clock = Klok: gesynchroniseerd.
doctor-clock-unsynchronised = Klok: niet gesynchroniseerd. Met een verkeerde klok mislukken certificaten en aanmelding.
doctor-clock-unknown = Klok: deze machine toont niet of de klok gesynchroniseerd is.
doctor-disk = Schijf: { $free } MiB vrij.
doctor-disk-low = Schijf: nog maar { $free } MiB vrij. Onder { $floor } MiB neemt Postwacht geen nieuwe mail aan.
doctor-disk-full = Schijf: { $free } MiB vrij. Onder { $floor } MiB neemt Postwacht geen nieuwe mail aan. Eerder aangenomen mail wordt nog verzonden.
doctor-key-missing = Sleutel: het bestand { $file } ontbreekt. De node werkt tot die stopt, en start zonder dit bestand niet meer.
doctor-key-other = Sleutel: het bestand { $file } bevat de sleutel van de node niet. De node werkt tot die stopt, en start daarmee niet meer.
doctor-disk-unknown = Schijf: de vrije ruimte kan niet worden vastgesteld.
doctor-wal = Database: schrijfacties bereiken de schijf; { $size } MiB in het write-ahead-logboek.
doctor-wal-held = Database: het write-ahead-logboek kan niet worden verwerkt en is gegroeid tot { $size } MiB: { $cause }
doctor-queue = Wachtrij: { $waiting } wachtend, { $held } vastgehouden.
doctor-stuck = Sinds { $since } is er mail aan de beurt en is een relay gereed, maar Postwacht probeert de mail niet te verzenden. Voer "postwacht queue retry --all" uit. Wacht er na twee minuten nog mail, start de service dan opnieuw.
doctor-held = Relay { $relay } wordt vastgehouden sinds { $since }: { $fault }
doctor-accepted = Laatst aangenomen door een relay: { $at }.
doctor-accepted-never = Laatst aangenomen door een relay: nog geen mail.

test-mail-subject = [{ $site }] Test-e-mail
test-mail-body = Dit is een test-e-mail van { $site }, om { $at } aangeboden aan relay { $relay }. Leest u dit, dan bereikt mail van deze site u.
test-mail-footer = Verzonden door Postwacht omdat een test is aangevraagd. Niemand leest antwoorden op dit bericht.
problem-account-name = Dit is geen accountnaam. Een naam heeft 1 tot 64 letters, cijfers, punten, streepjes, lage streepjes of @, en begint met een letter of cijfer.
problem-account-taken = Er is al een account met die naam.
problem-no-account = Dit account bestaat niet.
problem-last-administrator = Dit is de laatste beheerder. Maak eerst een andere beheerder.
problem-unreadable = Een nieuwere versie heeft de instellingen opgeslagen, en alleen die versie kan ze lezen. Er is niets opgeslagen. Start die versie weer, of zet een eerdere revisie terug.
problem-forbidden = Uw rol staat dit niet toe.
problem-account = Het account kon niet worden gewijzigd.
problem-account-role = De rol moet viewer, operator of administrator zijn.
status-deeper = Er zijn meer wachtende berichten dan getoond: het tellen stopt bij 100.000.
problem-slow-body = De inhoud van het verzoek kwam niet op tijd aan.
problem-scope = De rechten (scopes) van dit token staan dit niet toe.
problem-token = Er is een token nodig: Authorization: Bearer …. Maak er een met "postwacht token create".
problem-parameter = Een parameter van het verzoek is ongeldig.
problem-bad-request = Het verzoek kan niet worden gelezen.
problem-token-name = Dit is geen geldige naam voor een token.
problem-token-scope = Dit is geen recht (scope).
problem-token-life = Dit is geen levensduur voor een token. Voorbeelden: 90d, 1y, 12h; ten hoogste vijf jaar.
problem-no-token = Dit token bestaat niet.
problem-too-many-tokens = Er zijn al 1000 tokens. Trek er een paar in.
status-refused = De nieuwste beslissing over een ontvanger was een definitieve weigering. Zie de wachtrij, status Geweigerd.
status-local-links = Alleen deze machine kan de pagina's openen ({ $base }); mail heeft daarom geen koppelingen. Stel het adres van deze pagina's in (site.external_url).
doctor-links = Koppelingen in mail beginnen met { $base }.
note-unencrypted = Het wachtwoord voor { $host } wordt onversleuteld verzonden. Iedereen op de netwerkroute kan het lezen.
note-password-provider = De provider van { $host } beperkt aanmelden met een wachtwoord voor SMTP. Stel OAuth2 in met de velden hieronder.
problem-token-unknown = Het token is hier niet bekend: het is verlopen, ingetrokken of heeft nooit bestaan.
problem-token-taken = Er bestaat al een geldig token met deze naam. Kies een andere naam, of trek dat token in.
status-since-saved = Geen relay heeft mail aangenomen sinds de instellingen zijn opgeslagen.
problem-backup-here = Een back-up wordt geschreven op de machine van de node: voer de opdracht daar uit, zonder --url.
problem-priority = Alleen beheerders en Postwacht zelf mogen de prioriteiten notice en critical gebruiken. Laat priority weg.
problem-base64 = De gegevens van een bijlage zijn geen base64.
problem-event = De gebeurtenis kan niet worden aangenomen. Er is niets opgeslagen.
problem-preview = Dit voorbeeld bestaat niet.
wrong-event-code = “{ $code }” is geen code voor gebeurtenissen van programma's. Voorbeeld: app.backup-failed.
wrong-event-object = Het object heeft meer dan { $max } tekens, of bevat een besturingsteken.
wrong-event-facts = Er zijn meer dan { $max } gegevens, of samen zijn ze groter dan { $bytes } bytes.
wrong-event-fact = Een naam mag letters, cijfers, - en _ bevatten. Een waarde mag ten hoogste { $max } tekens hebben, en geen besturingstekens behalve regeleinden.
wrong-code = De catalogus heeft geen gebeurtenis met de code “{ $code }”. Codes van programma's beginnen met “app.”.
problem-events-full = Er staan te veel incidenten open, van dit programma of in totaal. Er is niets opgeslagen. Los er eerst een paar op.
problem-events-too-fast = Dit programma heeft in korte tijd te veel gebeurtenissen gemeld en opgelost. Er is niets opgeslagen. Wacht een minuut. Andere programma's merken hier niets van.
problem-no-incident = Er is geen incident met dit nummer.
problem-not-open = Er is geen open incident zoals dit: het is al voorbij, of heeft nooit bestaan.
problem-no-alarm = Er is geen webhook en geen heartbeat-URL ingesteld. Er is niets aangeroepen.

# The fates of several recipients: 2 of 4 accepted, 1 refused, 1 waiting.
summary-first = { $fate ->
    [accepted] { $count } van { $total } aangenomen
    [not-accepted] { $count } van { $total } niet aangenomen
    [refused] { $count } van { $total } geweigerd
    [waiting] { $count } van { $total } wachtend
    [held] { $count } van { $total } vastgehouden
    [sender-held] { $count } van { $total } wachtend op de afzender
   *[cancelled] { $count } van { $total } geannuleerd
}
summary-further = { $fate ->
    [accepted] { $count } aangenomen
    [not-accepted] { $count } niet aangenomen
    [refused] { $count } geweigerd
    [waiting] { $count } wachtend
    [held] { $count } vastgehouden
    [sender-held] { $count } wachtend op de afzender
   *[cancelled] { $count } geannuleerd
}

## Verzoeken die vóór elke pagina worden geweigerd
guard-host = Het verzoek is voor { $host }, en die naam heeft deze node niet. Open de pagina met het IP-adres, of voeg de naam toe aan external_urls in het opstartbestand.
guard-no-host = Het verzoek heeft geen Host-header.
guard-two-hosts = Het verzoek heeft meer dan één Host-header.
guard-forged = Het verzoek kwam van een pagina van een andere site en is geweigerd. Open de pagina van deze node en probeer het daar.
guard-tls = Deze poort gebruikt TLS: begin het adres met https.

fallback-note = { $relay } is een reserverelay. Bekijk de fout en wijzig de instellingen met "postwacht settings set": de sleutels beginnen met { $key }. "postwacht test --relay { $relay }" test de relay, en "postwacht oauth verify --relay { $relay }" meldt opnieuw aan als de relay OAuth2 gebruikt.
status-incomplete = De opgeslagen e-mailinstellingen bevatten fouten, en daarom wordt geen mail verzonden; na terugzetten kan een geheim ontbreken. "postwacht settings show" en de pagina E-mailconfiguratie tonen ze; bij opslaan staan de fouten erbij.
problem-incomplete = De opgeslagen e-mailinstellingen bevatten fouten, en daarom wordt geen mail verzonden; na terugzetten kan een geheim ontbreken.
problem-not-on-this-socket = Deze socket neemt alleen berichten van programma's aan. Al het andere staat op control.sock, of op het adres van de pagina's met een token.
doctor-contact-refused = Beheercontact { $contact }: de relay weigert het. Meldingen komen daar niet aan.
