# Wat opdrachten en hun argumenten doen: de woorden van --help.
cli = Postwacht: mail die moet aankomen.
cli-heading-usage = Gebruik:
cli-heading-options = Opties
cli-heading-arguments = Argumenten
cli-heading-commands = Opdrachten
cli-help = Deze hulp tonen
cli-version = De versie tonen
cli-config = Het opstartbestand [meestal /etc/postwacht/postwacht.toml]
cli-data-dir = De gegevensmap van de bedoelde node
cli-json = Antwoorden in JSON
cli-serve = De node draaien
cli-demo = De hoofdtaak aan het werk zien: een wegwerpnode met een eigen relay
cli-settings = Instellingen bekijken en wijzigen
cli-settings-show = De instellingen als TOML tonen, zonder geheimen
cli-settings-get = De waarde van een sleutel tonen
cli-settings-get-key = De sleutel, zoals email.relay.port
cli-settings-set = Sleutels instellen; SLEUTEL=@BESTAND leest een bestand, SLEUTEL=@- de standaardinvoer, SLEUTEL= wist
cli-settings-set-pairs = Sleutels en waarden; een lijst is TOML: 'email.contacts.admin=["a@example.com"]'
cli-settings-import = De instellingen vervangen door een TOML-bestand; geheimen die er niet in staan, blijven bewaard
cli-settings-import-file = Het bestand; - is de standaardinvoer
cli-settings-export = De instellingen als TOML naar de standaarduitvoer schrijven
cli-settings-export-with-secrets = Met geheimen naar een nieuw bestand schrijven (alleen als de node stilstaat)
cli-settings-check = Zeggen of een TOML-bestand zou worden aangenomen, zonder het op te slaan
cli-settings-check-file = Het bestand; - is de standaardinvoer
cli-settings-revisions = De bewaarde revisies tonen
cli-settings-restore = Een eerdere revisie opnieuw opslaan
cli-settings-restore-revision = Het nummer
cli-test = Een testbericht verzenden en elke stap tonen terwijl die slaagt
cli-test-to = Wie het krijgt [de contactpersonen]
cli-test-relay = Via welke relay [de eerste]
cli-test-transcript = Het gespreksverslag ook tonen als alles goed ging
cli-doctor = Alles nakijken waar mail van afhangt, zonder iets te verzenden
cli-send = Een bericht aanbieden; klaar betekent: veilig op schijf
cli-send-to = Ontvangers
cli-send-from = Het Van-adres [dat van de site]
cli-send-subject = Het onderwerp
cli-send-body-file = Een bestand met de tekst; - is de standaardinvoer
cli-send-html = Een bestand met de tekst als HTML
cli-send-attach = Een bestand als bijlage
cli-send-priority = submitted, notice of critical
cli-send-wait = Wachten tot een relay het heeft aangenomen of geweigerd
cli-queue = Berichten bekijken en behandelen
cli-queue-list = Berichten tonen, nieuwste eerst
cli-queue-list-state = Alleen deze: waiting, held, sender-held, accepted, refused, cancelled
cli-queue-list-to = Alleen die met deze tekst in het adres van een ontvanger
cli-queue-list-since = Alleen die sindsdien zijn aangenomen (RFC 3339)
cli-queue-show = Een bericht tonen: het lot van elke ontvanger, het verslag van elke poging
cli-queue-show-id = Het ID
cli-queue-retry = Nu opnieuw proberen
cli-queue-retry-ids = ID's van berichten
cli-queue-retry-all = Alles wat wacht
cli-queue-hold = Vasthouden
cli-queue-hold-ids = ID's van berichten
cli-queue-hold-all = Alles wat wacht
cli-queue-release = Vrijgeven wat wordt vastgehouden
cli-queue-release-ids = ID's van berichten
cli-queue-release-all = Alles wat wordt vastgehouden
cli-queue-cancel = Voorgoed opgeven wat nog niet is verzonden
cli-queue-cancel-ids = ID's van berichten
cli-status = Gaat de mail de deur uit? (exitcode 0 ja, 3 nee, 4 draait niet, 5 met opmerkingen)
cli-status-deep = Ook alles laten nakijken
cli-backup = Een back-up van de draaiende node schrijven
cli-backup-file = Een nieuw bestand
cli-restore = Een back-up in een lege gegevensmap terugzetten
cli-restore-file = De back-up
cli-restore-trust = Ook een bestand aannemen dat deze node niet heeft ondertekend; wachtwoorden, tokens en geheimen erin vervallen
cli-completions = De aanvullingen voor een shell naar de standaarduitvoer schrijven
cli-completions-shell = De shell

# Wat er misging.
error-socket-path = Het pad van de control-socket is te lang; gebruik een kortere gegevensmap.
error-bootstrap = Het opstartbestand is niet bruikbaar.
error-log-level = Het logniveau is niet bruikbaar.
error-open = De opslag kan niet worden geopend.
error-socket = De control-sockets kunnen niet worden gemaakt.
error-signal = Signalen kunnen niet worden ontvangen.
error-runtime = Het programma kan niet beginnen.
error-disk-failed = De schijf nam een schrijfactie niet aan. Het proces is gestopt; de volgende start herstelt wat op schijf staat.
error-task-died = Een achtergrondtaak is door een fout van Postwacht mislukt, en daarom is het proces gestopt. De volgende start herstelt wat op schijf staat.
error-store-lost = Een bestand van de database is weggehaald of overschreven terwijl de node draaide. Er is niets meer aangenomen, en het proces is gestopt.
error-store-damaged = De database is niet goed te lezen: die is beschadigd, of de schijf faalt. Er is niets meer aangenomen, en het proces is gestopt.
error-no-answer = De node antwoordt niet. Misschien staat die stil of heeft die het erg druk.
error-not-running = Hier is geen node bereikbaar.
error-broken = Het gesprek met de node brak af.
error-request = De aanvraag kan niet worden gemaakt.
error-file = Het bestand is niet bruikbaar.
error-not-utf8 = Het bestand is geen UTF-8-tekst.
error-settings-file = Het instellingenbestand is niet leesbaar.
error-export-running = Geheimen worden niet uit een draaiende node geëxporteerd.
error-key = Dit is geen sleutel van een instelling.
error-pair = Schrijf SLEUTEL=WAARDE.
error-secret-on-command-line = Een geheim hoort niet op de opdrachtregel, waar elke gebruiker van deze machine het kan lezen.
error-list = De lijst is geen TOML.
error-restore = De back-up is niet teruggezet; er is niets gewijzigd.
error-demo = De demo kan hier niet draaien.

# Wat te doen.
hint-in-use = Stop het andere proces, of noem een andere --data-dir.
hint-directory = Maak de map schrijfbaar voor deze gebruiker, of noem een andere --data-dir.
hint-damaged = Zet een back-up terug (postwacht restore) in een lege map; bewaar het beschadigde bestand voor onderzoek.
hint-mixed = Zet de database terug waar dit logboek bij hoort. Is de database zonder het logboek de bedoeling, start dan één keer met "postwacht serve --new-store": het logboek blijft onder een andere naam bewaard, en de wachtende mail wordt vastgehouden als de database ouder is. Helpt geen van beide, zet dan een back-up terug (postwacht restore) in een lege map.
hint-newer = Start de nieuwere versie weer, of zet een back-up van deze versie terug.
hint-foreign = Zet een back-up terug (postwacht restore) in een lege map. Hebt u de tabel, index of trigger zelf toegevoegd: verwijder die weer met sqlite3.
hint-key = Zet het sleutelbestand van deze database terug, met modus 600. Zonder die sleutel zijn de geheimen verloren.
hint-database = Controleer de schijf en de rechten van het databasebestand.
hint-task-died = Start de node opnieuw (een servicemanager doet dat zelf), en stuur het logboek naar de onderhouders van Postwacht.
hint-disk-failed = Controleer de schijf en het logboek van de kernel (dmesg). Start de node weer als de schijf schrijfacties aanneemt.
hint-store-damaged = Controleer de schijf en het logboek van de kernel (dmesg), en start de node dan weer: die leest de hele database voordat die gebruikt wordt. Is de database beschadigd, zet dan een back-up terug (postwacht restore) in een lege map.
hint-store-again = Start de node weer: alle aangenomen mail staat in de database. Zoek uit wat het bestand heeft aangeraakt.
hint-store-lost = Zet de bestanden terug zoals ze waren, of zet een back-up terug (postwacht restore), en start de node weer. Een bestand postwacht.db.saved bevat wat de node nog had: haal postwacht.db-wal weg en geef het de naam postwacht.db. Zonder dit alles begint "postwacht serve --new-store" met een lege wachtrij.
hint-store-new = Zet de database terug, met het bijbehorende -wal-bestand als dat er is, of zet een back-up terug (postwacht restore). Is een nieuwe, lege opslag de bedoeling, start dan één keer met "postwacht serve --new-store".
hint-store-other = Zet de database van deze node terug, of noem de map van de andere met --data-dir. Is de wijziging de bedoeling, start dan één keer met "postwacht serve --new-store".
hint-store-older = Zet de nieuwste database en het bijbehorende -wal-bestand terug. Is de database zoals die nu is de bedoeling, start dan één keer met "postwacht serve --new-store": de wachtende mail wordt dan vastgehouden, want die kan al verstuurd zijn.
hint-foreign-file = Verwijder het, of zet er een bestand van deze gebruiker neer. Links worden hier niet gevolgd, zodat niemand een schrijfactie naar een ander bestand kan leiden.
hint-not-running = Start de node met "postwacht serve", of noem zijn map met --data-dir.
hint-socket-closed = control.sock is open voor root, voor de gebruiker die de node draait en voor de groep postwacht-admin; submit.sock ("postwacht send" zonder --wait) voor elke gebruiker die de map ervan mag binnengaan.
hint-export-running = Stop de node, exporteer, en start hem weer.
hint-secret-on-command-line = Gebruik SLEUTEL=@BESTAND, of SLEUTEL=@- en de standaardinvoer.
hint-restore = Controleer of het bestand een volledige back-up is.
hint-restore-key = Zet eerst de sleutel die bij de back-up hoort in de gegevensmap. Is die kwijt en weet u waar het bestand vandaan komt: --trust neemt berichten, instellingen en geschiedenis over, zonder wachtwoorden, tokens, sessies en geheimen.
hint-restore-in-the-way = Zet eerst de huidige database opzij; die wordt niet overschreven.
hint-restore-trust = Weet u waar het bestand vandaan komt, zet het dan terug met --trust. Berichten, instellingen en geschiedenis worden overgenomen; wachtwoorden, tokens, sessies en geheimen niet.
hint-restore-foreign-key = Voeg de sleutel waarmee het is ondertekend als aparte regel toe aan het sleutelbestand. Hebt u die niet en weet u waar het bestand vandaan komt: --trust neemt berichten, instellingen en geschiedenis over, zonder wachtwoorden, tokens, sessies en geheimen.
hint-restore-changed = Neem een andere kopie van de back-up. Is die er niet en weet u waar deze vandaan komt: --trust neemt berichten, instellingen en geschiedenis over, zonder wachtwoorden, tokens, sessies en geheimen.
hint-restore-newer = Zet het terug met de versie die het heeft geschreven, of een latere.
hint-restore-room = Maak ruimte op die schijf, of zet het terug in een gegevensmap op een grotere schijf.
hint-restore-slow = Kopieer het bestand naar een lokale schijf en probeer het opnieuw. Duurt het dan even lang, dan is het bestand gemaakt om traag te zijn; neem een andere back-up.
hint-restore-foreign = Neem een andere back-up. Deze is gemaakt of gewijzigd door iets anders dan Postwacht; ook --trust neemt hem niet aan.

stage-resolve = Opzoeken
stage-connect = Verbinden
stage-tls = TLS
stage-greeting = Begroeting
stage-ehlo = EHLO
stage-starttls = STARTTLS
stage-sign-in = Aanmelden
stage-sender = Afzender
stage-recipient = Ontvanger
stage-data = Gegevens
stage-accepted = Aangenomen
stage-quit = Afsluiten

state-waiting = wacht
state-held = vastgehouden
state-sender-held = afzender vastgehouden
state-accepted = aangenomen
state-refused = geweigerd
state-cancelled = geannuleerd

fate-waiting = wacht
fate-accepted = door de relay aangenomen
fate-refused = geweigerd
fate-cancelled = geannuleerd

column-id = ID
column-state = Toestand
column-class = Klasse
column-from = Van
column-to = Aan
column-subject = Onderwerp
column-message-id = Message-ID
column-accepted = Ontvangen
column-settled = Afgehandeld
column-due = Volgende poging
column-relay = Relay

health-well = De mail gaat de deur uit.
health-degraded = De mail gaat de deur uit, maar iets vraagt aandacht.
health-silent = De mail gaat NIET de deur uit.
health-unset = Er is nog niets ingesteld.

relay-open = in gebruik
relay-network = vastgehouden: niet bereikbaar
relay-tls = vastgehouden: TLS
relay-sign-in = vastgehouden: aanmelding geweigerd
relay-configuration = vastgehouden: de relay weigert ons
relay-operator = vastgehouden door een beheerder
relay-sender = laat deze afzender niet verzenden:

report-cause = Oorzaak:
report-remedy = Wat te doen:
report-certificate = Getoond certificaat:

test-accepted = door de relay aangenomen
test-refused = niet aangenomen

status-last-accepted = Laatst door een relay aangenomen
status-waiting = Wachtend
status-oldest = Oudste wacht sinds
status-held = Vastgehouden door een beheerder
status-sender-held = Vastgehouden om de afzender
status-relay = Relay

queue-empty = Geen berichten.
queue-retry = { $count ->
    [one] Eén bericht wordt nu opnieuw geprobeerd.
   *[other] { $count } berichten worden nu opnieuw geprobeerd.
}
queue-hold = { $count ->
    [one] Eén bericht wordt vastgehouden.
   *[other] { $count } berichten worden vastgehouden.
}
queue-release = { $count ->
    [one] Eén bericht is vrijgegeven.
   *[other] { $count } berichten zijn vrijgegeven.
}
queue-cancel = { $count ->
    [one] Eén bericht is geannuleerd.
   *[other] { $count } berichten zijn geannuleerd.
}
may-arrive-twice = Kan tweemaal aankomen: een verbinding eindigde voordat de relay had geantwoord.

settings-legal = De instellingen zijn in orde.
settings-saved = Opgeslagen als revisie { $revision }.
backup-done = { $file }: { $bytes } bytes. De sleutel zit er niet in: bewaar een kopie van het sleutelbestand apart.
restore-done = { $held ->
    [0] Teruggezet. Er wachtte geen bericht.
    [one] Teruggezet. Eén bericht wachtte; het wordt vastgehouden, want het kan intussen verzonden zijn. Zie "postwacht queue list --state held".
   *[other] Teruggezet. { $held } berichten wachtten; ze worden vastgehouden, want ze kunnen intussen verzonden zijn. Zie "postwacht queue list --state held".
}
restore-vouched = Het bestand was niet door deze node ondertekend. Niet overgenomen:
    - wachtwoorden van accounts ({ $passwords }): bekijk eerst de rollen met "postwacht account list" en maak dan voor elk account een link met "postwacht account reset NAAM"
    - tokens ({ $tokens }): maak nieuwe met "postwacht token create"
    - geheimen van de instellingen ({ $secrets }): bekijk eerst de instellingen ("postwacht settings show") en vul de geheimen dan opnieuw in
    - sessies, aanmeldlinks en aanroepen van webhooks

demo-intro = Postwacht-demo. Een eigen relay luistert op 127.0.0.1:{ $port } en bewaart wat binnenkomt. Alle gegevens staan in { $dir } en worden aan het eind verwijderd.
demo-test = Een testbericht aan admin@demo.example, stap voor stap:
demo-next = Probeer dit in een tweede terminal:
demo-end = Elk bericht verschijnt hier zodra het aankomt. Ctrl-C beëindigt de demo.
cli-serve-http = Waar de pagina's staan: een adres van deze machine en een poort, of off
cli-demo-port = De poort van de pagina's [een vrije]
error-http = Het adres van de pagina's is geen adres met een poort.
hint-http = Schrijf het als 127.0.0.1:8025, of off. Zit er een ander programma op die poort? Kies dan een andere.
error-http-clear = Pagina's zonder TLS zijn alleen voor deze machine.
hint-http-clear = Neem 127.0.0.1 met een poort, en zet er een proxy met TLS voor.
error-http-bind = De pagina's kunnen niet worden aangeboden.
error-external-url = Een extern adres heeft niet de vorm https://host/.
serve-first-start =
    Er is nog geen account. Maak hier het eerste (de link werkt eenmaal, een dag lang):
    {"    "}{ $url }
demo-pages =
    De pagina's, met een link die u eenmaal aanmeldt:
    {"    "}{ $url }
cli-account = Bepalen wie zich op de pagina's mag aanmelden
cli-account-create = Een account maken en een link tonen die eenmaal aanmeldt
cli-account-create-name = De naam
cli-account-create-role = Wat het mag: viewer, operator of administrator
cli-account-list = De accounts tonen
cli-account-reset = Het wachtwoord wegnemen en een nieuwe link tonen
cli-account-reset-name = De naam
cli-account-delete = Een account verwijderen
cli-account-delete-name = De naam
account-link = Deze link meldt eenmaal aan, binnen een dag; het wachtwoord wordt daarna op de accountpagina gekozen:
error-tls = tls in de bootstrap is "auto", "on" of "off".
error-tls-off = Er is een certificaat opgegeven, en TLS staat uit.
error-tls-files = tls_certificate en tls_key horen bij elkaar; een van beide ontbreekt.
hint-tls = Laat tls weg, en noem beide bestanden of geen van beide.
error-certificate = Het certificaat van de pagina's is niet te gebruiken.
error-proxies = Een van de trusted_proxies is geen adres of netwerk.
error-url-clear = Een token gaat over gewone HTTP alleen naar deze machine zelf. Gebruik https.
error-no-token = Een node elders vraagt om een token.
hint-no-token = Op de node: postwacht token create --scope read --expires 90d. Daarna hier: --token @BESTAND, of POSTWACHT_TOKEN.
error-token = Het bestand met het token is niet te lezen.
error-ca = De node is niet te vertrouwen zoals gevraagd.
hint-not-reached = Kloppen adres en poort, en draait de node?
serve-fingerprint =
    Het certificaat is van de node zelf; browsers waarschuwen ervoor. Vergelijk zijn SHA-256-vingerafdruk:
    {"    "}{ $fingerprint }
cli-url = De node elders, als https://host:poort; ook POSTWACHT_URL
cli-access-token = Token voor de node elders, of @BESTAND; ook POSTWACHT_TOKEN
cli-ca = Vertrouw de uitgever, of het eigen certificaat van de node, in dit PEM-bestand; ook POSTWACHT_CA
cli-serve-external-url = Adres waaronder browsers de pagina's bereiken; mag vaker
cli-serve-new-store = Toch starten als de database ontbreekt, een andere is of ouder is dan voorheen; één keer nodig
token-made = Het token; het is alleen nu te zien:
token-ended = verlopen
cli-token = Tokens maken en beëindigen, waarmee programma's elders binnenkomen
cli-token-create = Maak een token
cli-token-create-scope = Wat het mag; meer met komma's ertussen
cli-token-create-expires = Na hoe lang het eindigt: 90d, 1y, 12h
cli-token-create-name = Een naam voor de lijst en het logboek
cli-token-list = Toon de tokens
cli-token-revoke = Beëindig een token meteen
cli-token-revoke-id = Nummer van het token
health-unproven = Er is nog geen mail de deur uit: geen relay heeft nog iets aangenomen.
hint-not-trusted = Is dit de goede node? Voor een eigen certificaat van de node: --ca BESTAND met zijn tls/self-signed.crt.
error-redirected = Dit adres spreekt TLS: gebruik https in --url.
cli-event = Melden wat er is gebeurd en zien wat er openstaat
cli-event-raise = Een gebeurtenis melden; wat geen info is, duurt tot het is opgelost
cli-event-raise-code = app. en een naam: app.backup-failed
cli-event-raise-severity = info, warning, error of critical
cli-event-raise-object = Waar het over gaat
cli-event-raise-fact = Wat ervan bekend is; mag vaker
cli-event-resolve = Melden dat het voorbij is (exitcode 3: er staat niets van dien aard open)
cli-event-resolve-code = De code
cli-event-resolve-object = Waar het over gaat
cli-event-list = Open incidenten tonen, de ergste eerst
cli-event-list-all = Alle die bewaard zijn, nieuwste eerst
cli-event-list-code = Alleen codes die zo beginnen
cli-event-show = Een incident met zijn geschiedenis tonen
cli-event-show-id = Het nummer
cli-event-acknowledge = Een incident op u nemen: geen herinneringen meer tenzij het erger wordt
cli-event-acknowledge-id = Het nummer
cli-event-preview = Een melding met voorbeeldgegevens tonen; er wordt niets verzonden
cli-event-preview-code = Een code uit de catalogus, of app. en een naam
cli-event-preview-kind = raised, reminder, resolved, ended, unstable of happened
cli-event-preview-language = en of nl
cli-event-preview-html = Het HTML-deel
column-severity = Ernst
column-since = Sinds
column-says = Wat
column-code = Code
column-object = Object
column-ended = Geëindigd
incident-open = open
incident-inhibited = verklaard door een ander
incident-unstable = instabiel
incident-resolved = opgelost
incident-superseded = overgenomen door een ander
incident-happened = gebeurd
event-none = Er staat niets open.
act-raised = gemeld
act-again = opnieuw gemeld
act-worse = erger geworden
act-reminded = herinnerd
act-resolved = opgelost
act-unstable = komt en gaat
act-stable = weer stabiel
act-inhibited = verklaard door een ander
act-superseded = overgenomen door een ander
act-acknowledged = op zich genomen
act-happened = gebeurd
cli-alarm = Het laatste alarm: webhooks en heartbeat
cli-alarm-test = Elk één keer met een voorbeeld aanroepen en tonen wat het antwoordt (exitcode 3: een is niet aangenomen)
alarm-taken = aangenomen
alarm-not-taken = NIET aangenomen
