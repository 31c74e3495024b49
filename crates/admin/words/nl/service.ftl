# Problemen van de API (RFC 9457): wat er misging.
problem-settings = De instellingen bevatten fouten; er is niets opgeslagen.
problem-settings-check = Deze instellingen bevatten fouten en zouden niet worden opgeslagen.
problem-stale = Iemand anders heeft de instellingen intussen opgeslagen; er is niets overschreven. Lees ze opnieuw en herhaal de wijziging.
problem-no-revision = Die revisie bestaat niet.
problem-disk-full = De schijf is vol. Er wordt niets nieuws aangenomen tot er ruimte is; wat al was aangenomen, blijft bewaard.
problem-wal-full = Het write-ahead-logboek van de database is vol en kan niet worden geleegd. Er wordt niets nieuws aangenomen tot dat kan; wat al was aangenomen, blijft bewaard.
problem-store-lost = De database is weggehaald, overschreven of beschadigd terwijl de node draaide. Er wordt niets aangenomen, en de node stopt.
problem-locked = Een ander programma houdt de database bezet. Probeer het zo weer.
problem-busy = Er wordt te veel tegelijk aangeboden. Probeer het zo weer.
problem-no-message = Dat bericht bestaat niet.
problem-storage = De opslag werkt niet.
problem-took-too-long = Het zoeken duurde te lang. Zoek gerichter.
problem-no-recipient = Er is geen ontvanger opgegeven.
problem-too-many-recipients = Te veel ontvangers voor één bericht. Verdeel ze over meerdere berichten.
problem-too-large = Het bericht is te groot.
problem-body-too-large = De inhoud van het verzoek is groter dan 1 MiB; er is niets gedaan. Alleen berichten mogen groter zijn.
problem-body = De tekst van het bericht kan niet worden aangenomen.
problem-header = De kop van het bericht kan niet worden aangenomen.
problem-not-found = Op dit adres is niets te vinden.
problem-not-allowed = Deze methode is hier niet toegestaan.
problem-not-settings = Dit zijn geen instellingen.
problem-not-json = De aanvraag is geen JSON van de verwachte vorm.
problem-no-if-match = Noem de revisie die is gelezen (If-Match), zodat niemands wijziging wordt overschreven.
problem-address = Dit is geen adres.
problem-no-relay = Er is geen relay met deze naam.
problem-message = Het bericht kan niet worden aangenomen.
problem-from-not-allowed = Hier mag alleen het eigen adres van de site worden gebruikt: { $from }
problem-idempotency-key = De Idempotency-Key moet uit 1 tot 200 afdrukbare tekens bestaan.
problem-idempotency-differs = Deze Idempotency-Key is al voor iets anders gebruikt; er is niets gedaan. Geef elk bericht en elke gebeurtenis een eigen sleutel, en herhaal een sleutel alleen met hetzelfde verzoek.
problem-unset = Er is nog niets ingesteld: het Van-adres en de relay ontbreken.
problem-media-type = Stuur application/json of message/rfc822.
problem-filter = Dit filter is niet bruikbaar.
problem-ids-or-all = Noem ID's, of alles; niet allebei.
problem-not-absolute = Het pad moet absoluut zijn.
problem-file-exists = Er bestaat al een bestand met deze naam.
problem-backup = De back-up kon niet worden geschreven.

# Wordt bewaard bij de instellingen, maar nog niet gebruikt.

status-unreadable = De opgeslagen instellingen komen van een nieuwere versie en zijn niet leesbaar. Mail wordt vastgehouden.
status-untold = { $count ->
    [one] Eén melding wacht op verzending: tot er mail kan gaan, of om met andere in één bericht te gaan.
   *[other] { $count } meldingen wachten op verzending: tot er mail kan gaan, of om samen in één bericht te gaan.
}
status-incidents = { $count ->
    [one] Er is één incident open
   *[other] Er zijn { $count } incidenten open
}, { $worst ->
    [critical] en er is iets kritiek.
    [error] het ergste is een fout.
   *[warning] het ergste is een waarschuwing.
}
status-unwritable = Er kan sinds { $since } niets naar de schijf worden geschreven. Er wordt dus geen bericht aangenomen en geen alarm gemaild: { $detail }
status-wal = Het write-ahead-logboek van de database kan niet worden verwerkt en is gegroeid tot { $size } MiB: { $cause }
status-wal-full = Er wordt geen nieuw bericht aangenomen: het write-ahead-logboek van de database is gegroeid tot { $size } MiB en kan niet worden geleegd: { $cause }
status-unset = Er is nog niets ingesteld. Stel het Van-adres, de relay en de contactpersonen in.
status-unproven = Nog geen relay heeft iets aangenomen, dus niets is bewezen. Verstuur een test.
status-all-held = Geen enkele relay is nu bruikbaar. Mail wacht en gaat vanzelf weg zodra dat weer kan.
status-parked = { $count ->
    [one] Eén bericht wacht omdat geen relay de afzender laat verzenden.
   *[other] { $count } berichten wachten omdat geen relay hun afzender laat verzenden.
}

doctor-settings = Instellingen: in orde, revisie { $revision }.
doctor-settings-unset = Instellingen: er is nog niets bruikbaars ingesteld.
doctor-settings-unreadable = Instellingen: opgeslagen door een nieuwere versie, hier niet leesbaar ({ $why }).
doctor-contacts = { $count ->
    [one] Contactpersonen: één beheerder.
   *[other] Contactpersonen: { $count } beheerders.
}
doctor-relay = Relay { $relay } ({ $host }): bereikt en klaar voor mail, zoals ingesteld.
doctor-relay-fails = Relay { $relay } ({ $host }): niet bruikbaar.
doctor-password-provider = Relay { $relay }: deze provider stopt met wachtwoorden voor het verzenden van mail. Stap tijdig over op OAuth2.
doctor-certificate = { $days ->
    [one] Relay { $relay }: het certificaat is nog één dag geldig, tot { $until }.
   *[other] Relay { $relay }: het certificaat is nog { $days } dagen geldig, tot { $until }.
}
doctor-clock = Klok: gesynchroniseerd.
doctor-clock-unsynchronised = Klok: niet gesynchroniseerd. Met een verkeerde klok mislukken certificaten en aanmelding.
doctor-clock-unknown = Klok: of die gesynchroniseerd is, valt op deze machine niet vast te stellen.
doctor-disk = Schijf: { $free } MiB vrij.
doctor-disk-low = Schijf: nog maar { $free } MiB vrij. Onder { $floor } MiB wordt nieuwe mail geweigerd.
doctor-disk-full = Schijf: { $free } MiB vrij, en onder { $floor } MiB wordt nieuwe mail geweigerd. Wat al is aangenomen, gaat nog uit.
doctor-key-missing = Sleutel: het bestand { $file } is weg; na de volgende start is geen bewaard wachtwoord te openen.
doctor-key-other = Sleutel: het bestand { $file } bevat de sleutel van de node niet; na de volgende start is geen bewaard wachtwoord te openen.
doctor-disk-unknown = Schijf: de vrije ruimte valt niet vast te stellen.
doctor-wal = Database: schrijfacties bereiken de schijf; { $size } MiB in het write-ahead-logboek.
doctor-wal-held = Database: het write-ahead-logboek kan niet worden verwerkt en is gegroeid tot { $size } MiB: { $cause }
doctor-queue = Wachtrij: { $waiting } wachtend, { $held } vastgehouden.
doctor-stuck = Sinds { $since } is er mail aan de beurt die een relay kan aannemen, en die wordt niet geprobeerd. Voer "postwacht queue retry --all" uit; wacht die na twee minuten nog, start de dienst dan opnieuw.
doctor-held = Relay { $relay } wordt vastgehouden sinds { $since }: { $fault }
doctor-accepted = Laatst door een relay aangenomen: { $at }.
doctor-accepted-never = Laatst door een relay aangenomen: nog niets.

test-mail-subject = [{ $site }] Testbericht
test-mail-body = Dit is een testbericht van { $site }. Het is om { $at } aan de relay { $relay } aangeboden. Wie dit kan lezen, is bereikbaar voor mail van deze site.
test-mail-footer = Verstuurd door Postwacht omdat iemand om een test vroeg. Antwoorden is niet nodig.
problem-account-name = Dit is geen naam voor een account: 1 tot 64 letters, cijfers, punten, streepjes, lage streepjes of @, met een letter of cijfer vooraan.
problem-account-taken = Er is al een account met die naam.
problem-no-account = Dit account is er niet.
problem-last-administrator = De laatste beheerder blijft beheerder: maak er eerst een ander bij.
problem-unreadable = De opgeslagen instellingen komen van een nieuwere versie, die ze als enige kan lezen; er is niets opgeslagen. Start die versie weer, of zet een eerdere versie van de instellingen terug.
problem-forbidden = Uw rol staat dit niet toe.
problem-account = Het account kon niet worden gewijzigd.
problem-account-role = De rol is viewer, operator of administrator.
status-deeper = Er wachten er meer dan deze cijfers zeggen: het tellen houdt op bij 100.000.
problem-slow-body = De inhoud van het verzoek kwam niet op tijd.
problem-scope = Dit token staat dat niet toe.
problem-token = Er is een token nodig: Authorization: Bearer …, gemaakt met "postwacht token create".
problem-bad-request = Het verzoek is niet te lezen.
problem-token-name = Dat is geen naam voor een token.
problem-token-scope = Dat is geen bereik.
problem-token-life = Dat is geen levensduur voor een token: 90d, 1y, 12h; hoogstens vijf jaar.
problem-no-token = Dat token bestaat niet.
problem-too-many-tokens = Er zijn al 1000 tokens. Trek er een paar in.
status-refused = Het nieuwste bericht waarover is beslist, werd voorgoed geweigerd: zie de wachtrij, toestand Geweigerd.
note-unencrypted = Het wachtwoord voor { $host } gaat onversleuteld: iedereen onderweg kan het lezen.
note-password-provider = Microsoft en Google schaffen wachtwoorden voor SMTP af; { $host } is van hen. OAuth2 komt ervoor in de plaats: de velden staan hieronder.
problem-token-unknown = Het token is hier niet bekend: het is verlopen, ingetrokken of nooit gemaakt.
problem-token-taken = Er is al een geldig token met deze naam. Kies een andere naam, of trek dat token in.
status-since-saved = Geen relay heeft nog iets aangenomen sinds de instellingen zijn opgeslagen. Verstuur een test.
problem-backup-here = Een reservekopie wordt op deze machine zelf gemaakt: gebruik het commando hier, zonder --url.
problem-priority = De prioriteiten notice en critical zijn voor beheerders en voor Postwacht zelf. Laat priority weg.
problem-base64 = De gegevens van een bijlage zijn geen base64.
problem-event = Deze gebeurtenis kan niet worden aangenomen; er is niets opgeslagen.
wrong-event-code = “{ $code }” is geen code die programma's mogen gebruiken; zo'n code ziet eruit als app.backup-failed.
wrong-event-object = Langer dan { $max } tekens, of met een besturingsteken erin.
wrong-event-facts = Meer dan { $max } feiten, of samen meer dan { $bytes } bytes.
wrong-event-fact = Een naam bestaat uit letters, cijfers, - en _. Een waarde heeft hoogstens { $max } tekens; van de besturingstekens alleen regeleinden.
wrong-code = Er is geen melding met de code “{ $code }”. "postwacht event preview app.voorbeeld" toont er een van een programma.
problem-events-full = Er staan te veel incidenten van dit programma open, of te veel in totaal; er is niets opgeslagen. Los er eerst een paar op.
problem-events-too-fast = Dit programma heeft in korte tijd te veel gemeld en opgelost; er is niets opgeslagen. Wacht een minuut. Andere programma’s merken er niets van.
problem-no-incident = Zo’n incident is er niet, of het is niet meer open.
problem-no-alarm = Er is geen webhook en geen heartbeat-URL ingesteld; er is niets aangeroepen.
