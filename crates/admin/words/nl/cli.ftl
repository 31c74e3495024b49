# Opdrachten en hun argumenten: de tekst van --help.
cli = Postwacht verzendt de mail van deze machine, en meldt het als dat niet lukt.
cli-heading-usage = Gebruik:
cli-heading-options = Opties
cli-heading-arguments = Argumenten
cli-heading-commands = Opdrachten
cli-help = Deze hulp tonen
cli-version = De versie tonen
cli-config = Opstartbestand [standaard /etc/postwacht/postwacht.toml]
cli-data-dir = Gegevensmap van de node
cli-json = Het antwoord als JSON tonen
cli-serve = De node draaien
cli-demo = Postwacht uitproberen met een tijdelijke node en een eigen relay
cli-settings = Instellingen bekijken en wijzigen
cli-settings-show = De instellingen als TOML tonen, zonder geheimen
cli-settings-get = De waarde van een sleutel tonen
cli-settings-get-key = Sleutel, zoals email.relay.port
cli-settings-set = Sleutels instellen; SLEUTEL=@BESTAND leest een bestand, SLEUTEL=@- de standaardinvoer, SLEUTEL= wist
cli-settings-set-pairs = Sleutels en waarden. Schrijf een lijst als TOML: 'email.contacts.admin=["a@example.com"]'
cli-settings-import = De instellingen vervangen door een TOML-bestand; geheimen die er niet in staan, blijven bewaard
cli-settings-import-file = Bestand; - is de standaardinvoer
cli-settings-export = De instellingen als TOML naar de standaarduitvoer schrijven
cli-settings-export-with-secrets = De instellingen met geheimen naar een nieuw bestand schrijven (alleen als de node gestopt is)
cli-settings-check = Een TOML-bestand controleren zonder het op te slaan
cli-settings-check-file = Bestand; - is de standaardinvoer
cli-settings-revisions = De opgeslagen revisies tonen
cli-settings-restore = Een eerdere revisie terugzetten
cli-settings-restore-revision = Nummer van de revisie
cli-settings-restore-pairs = Sleutels die een andere waarde krijgen, zoals een geheim dat niet meer is opgeslagen: SLEUTEL=@BESTAND
cli-test = Een test-e-mail verzenden en elke stap tonen
cli-test-to = Ontvangers [de beheercontacten]
cli-test-relay = Naam van de relay [de eerste van de route]
cli-test-transcript = Het transcript ook tonen als de test slaagt
cli-doctor = Alles controleren waar e-mail van afhangt, zonder mail te verzenden
cli-send = Een bericht indienen; geslaagd betekent dat het veilig op schijf staat
cli-send-to = Ontvangers
cli-send-from = Afzenderadres [dat van de site]
cli-send-subject = Onderwerp
cli-send-body-file = Bestand met de tekst; - is de standaardinvoer
cli-send-html = Bestand met de tekst als HTML
cli-send-attach = Bestand voor een bijlage
cli-send-priority = submitted, notice of critical
cli-send-wait = Wachten tot een relay het bericht heeft aangenomen of geweigerd, of tot het wordt vastgehouden; hoogstens zolang als --timeout
cli-send-timeout = Langste wachttijd [2m]
cli-queue = Berichten tonen en beheren
cli-queue-list = Berichten tonen, nieuwste eerst
cli-queue-list-state = Alleen deze status (refused: ook als andere ontvangers aangenomen zijn of wachten; not-accepted: tests): waiting, held, sender-held, accepted, partly-accepted, refused, not-accepted, cancelled
cli-queue-list-to = Alleen berichten met deze tekst in het adres van een ontvanger
cli-queue-list-since = Alleen berichten die sindsdien in de wachtrij zijn gezet (RFC 3339)
cli-queue-show = Een bericht tonen: de status van elke ontvanger, het rapport van elke poging
cli-queue-show-id = ID van het bericht
cli-queue-retry = Berichten nu opnieuw proberen
cli-queue-retry-ids = ID's van berichten
cli-queue-retry-all = Alle wachtende berichten
cli-queue-hold = Berichten vasthouden
cli-queue-hold-ids = ID's van berichten
cli-queue-hold-all = Alle wachtende berichten
cli-queue-release = Vastgehouden berichten vrijgeven
cli-queue-release-ids = ID's van berichten
cli-queue-release-all = Alle vastgehouden berichten
cli-queue-cancel = De bezorging annuleren aan ontvangers die het bericht nog niet hebben
cli-queue-cancel-ids = ID's van berichten
cli-status = Tonen of e-mail werkt (exitcode 0 ja, 3 nee, 4 draait niet, 5 aandacht nodig)
cli-status-deep = Ook de controles van "postwacht doctor" uitvoeren
cli-backup = Een back-up van de draaiende node schrijven
cli-backup-file = Nieuw bestand
cli-failover = Het failoverpaar: status, rollen, instellingen
cli-failover-status = Tonen welke node primair is en of een overname zou lukken
cli-failover-pair-code = Eén andere node toestaan een paar te maken met deze, die de back-up wordt: toont een code voor tien minuten
cli-failover-pair-key = Nodes met deze gedeelde sleutel toestaan een paar te maken met deze
cli-failover-pair-key-file = Bestand met de sleutel: minstens 20 tekens
cli-failover-establish = Een paar maken met een node die dat toestaat; deze node wordt de primaire
cli-failover-establish-peer = De andere node; zonder poort geldt 8874
cli-failover-establish-reverse = Waar de andere node deze bereikt
cli-failover-establish-code = Code die de andere node toont
cli-failover-establish-key-file = Bestand met de gedeelde sleutel
cli-failover-establish-shared-ip = Gedeeld IP dat de primaire node bedient; mag vaker
cli-failover-establish-discard-backup-data = De instellingen en berichten van de andere node mogen verloren gaan
cli-failover-become = De rol van deze node veranderen
cli-failover-become-role = primary of backup
cli-failover-become-force = Ook als de andere node niet antwoordt of een ander apparaat een gedeeld IP heeft
cli-failover-break = Het paar beëindigen: de node die dienst doet, gaat alleen verder
cli-failover-break-force = Ook als de andere node niet antwoordt
cli-failover-rotate-keys = Beide nodes nieuwe sleutels geven
cli-failover-new-site = Deze node als eigen site starten, nadat het paar is beëindigd
cli-failover-maintenance = Automatische overnames tegenhouden
cli-failover-maintenance-on = Ze een tijd tegenhouden
cli-failover-maintenance-on-time = Hoogstens 24 uur: 2h, 30m
cli-failover-maintenance-off = Ze weer toestaan
cli-failover-settings = Instellingen van deze node en van het paar
cli-failover-settings-show = De instellingen tonen
cli-failover-settings-set = Instellingen wijzigen
cli-failover-settings-set-pairs = Zoals automatic=true test_ips=192.0.2.1,tcp://192.0.2.2:443
cli-failover-ips = De gedeelde IP's die deze node kan bedienen
cli-failover-ips-list = Ze tonen
cli-failover-ips-add = Er een toevoegen of wijzigen
cli-failover-ips-add-ip = Gedeeld IP
cli-failover-ips-add-interface = Interface, zoals eth0
cli-failover-ips-add-disabled = Het niet op deze node bedienen
cli-failover-ips-remove = Er een verwijderen
cli-failover-ips-remove-ip = Gedeeld IP
failover-code-made = Typ deze code op de toekomstige primaire node: postwacht failover establish --code … De code geldt tien minuten en wordt niet nog eens getoond.
failover-key-taken = Nodes met deze sleutel mogen nu een paar maken met deze.
failover-made = Het paar is gemaakt. Deze node is de primaire.
failover-made-unconfirmed = Het paar is gemaakt. De andere node heeft het nog niet bevestigd; dat gebeurt vanzelf.
failover-ended = Het paar is beëindigd. Bekijk de status van beide nodes.
failover-keys-changed = Beide nodes hebben nieuwe sleutels. De vorige gelden nog een dag.
failover-new-site = Deze node is nu een eigen site.
failover-phase = Fase
failover-term = Termijn
failover-peer = Andere node
failover-peer-role = Rol daarvan bij de laatste controle
failover-peer-fault = Niet bereikt
failover-test-ips = Test-IP's
failover-takeover-at = Overname om
failover-maintenance-until = Tegengehouden tot
failover-shared-ip = Gedeeld IP
failover-ip-here = op deze node
failover-ip-not-here = niet op deze node
failover-ip-unlisted = niet vermeld op deze node
failover-ip-enabled = ingeschakeld
failover-ip-disabled = uitgeschakeld
failover-settings-node = Deze node, zolang die de back-up is
failover-settings-pair = Beide nodes (te wijzigen op de primaire)
error-value = Deze waarde past niet bij de instelling.
error-no-setting = Deze instelling bestaat niet.
error-ip-unlisted = Dit adres is niet vermeld op deze node.
cli-netd = De netwerkhulp van het failoverpaar uitvoeren; vereist de rechten NET_ADMIN en NET_RAW
cli-netd-socket = Socket voor de node
cli-netd-user = Gebruikers-ID van de node; meestal die van dit programma
cli-restore = Een back-up in een lege gegevensmap terugzetten
cli-restore-file = Back-upbestand
cli-restore-trust = Een bestand accepteren dat deze node niet heeft ondertekend, zonder de wachtwoorden, tokens en geheimen
cli-completions = De aanvullingen voor een shell tonen
cli-completions-shell = Shell

# Fouten: wat er gebeurde.
error-socket-path = Het pad van de control-socket is te lang; gebruik een kortere gegevensmap.
error-bootstrap = Het opstartbestand is niet bruikbaar.
error-log-level = Het logniveau is niet bruikbaar.
error-open = De opslag kan niet worden geopend.
error-socket = De control-sockets kunnen niet worden gemaakt.
error-signal = Signalen kunnen niet worden ontvangen.
error-runtime = Het programma kan niet starten.
error-disk-failed = Schrijven naar de schijf is mislukt; daarom is het proces gestopt. De volgende start herstelt wat op schijf staat.
error-task-died = Een achtergrondtaak is mislukt door een fout in Postwacht; daarom is het proces gestopt. De volgende start herstelt wat op schijf staat.
error-store-lost = Een bestand van de database is verwijderd of overschreven terwijl de node draaide. De node heeft geen mail meer aangenomen en is gestopt.
error-store-damaged = De database is niet goed te lezen: die is beschadigd, of de schijf is defect. De node heeft geen mail meer aangenomen en is gestopt.
error-no-answer = De node antwoordt niet. Die is misschien gestopt of erg druk.
error-not-running = Hier is geen node bereikbaar.
error-broken = De verbinding met de node is verbroken.
error-answer = Deze versie begrijpt het antwoord van de node niet.
hint-answer = Gebruik het programma van de versie die op de node draait.
error-request = Het verzoek kan niet worden gemaakt.
error-argument = Een argument is niet bruikbaar.
error-file = Het bestand is niet bruikbaar.
error-not-utf8 = Het bestand is geen UTF-8-tekst.
error-settings-file = Het instellingenbestand is niet bruikbaar.
error-export-running = Een draaiende node exporteert geen geheimen.
error-key = Dit is geen sleutel van een instelling.
error-no-entry = { $key }: { $count ->
        [0] deze lijst is leeg. Begin met [0].
        [one] deze lijst heeft één element, [0]. Een nieuw element is [1].
       *[other] deze lijst heeft { $count } elementen. Een nieuw element is [{ $count }].
    }
error-netd = De netwerkhulp kan niet werken.
error-key-own = Postwacht geeft dit nummer zelf. Het kan niet worden ingesteld.
error-no-revision = Deze revisie van de instellingen wordt niet bewaard, of deze versie kan die niet lezen.
error-pair = Schrijf SLEUTEL=WAARDE.
error-secret-on-command-line = Een geheim mag niet op de opdrachtregel staan, waar elke gebruiker van deze machine het kan lezen.
error-list = De lijst is geen TOML.
error-restore = De back-up is niet teruggezet. Er is niets gewijzigd.
error-demo = De demo kan hier niet draaien.

# Fouten: wat te doen.
hint-in-use = Stop het andere proces, of gebruik een andere --data-dir.
hint-directory = Noem met --data-dir een map waarin deze gebruiker kan schrijven. Een bestand met die naam is geen map.
hint-damaged = Zet een back-up terug (postwacht restore) in een lege map. Bewaar het beschadigde bestand voor onderzoek.
hint-mixed = Zet de database terug die bij dit logboek hoort. Wilt u de database zonder het logboek gebruiken, start dan één keer met "postwacht serve --new-store": het logboek blijft onder een andere naam bewaard, en wachtende mail wordt vastgehouden als de database ouder is. Helpt geen van beide, zet dan een back-up terug (postwacht restore) in een lege map.
hint-newer = Start de nieuwere versie weer, of zet een back-up van deze versie terug.
hint-foreign = Zet een back-up terug (postwacht restore) in een lege map. Hebt u de tabel, index of trigger zelf toegevoegd, verwijder die dan met sqlite3.
hint-key = Zet het sleutelbestand van deze database terug, alleen leesbaar voor de gebruiker ervan (chmod 600). Zonder deze sleutel zijn de opgeslagen geheimen verloren.
hint-database = Controleer de schijf en de rechten van het databasebestand.
hint-task-died = Start de node opnieuw (een servicemanager doet dat automatisch), en stuur het logboek naar de ontwikkelaars van Postwacht.
hint-disk-failed = Controleer de schijf en het kernellogboek (dmesg). Start de node weer als schrijven naar de schijf weer lukt.
hint-store-damaged = Controleer de schijf en het kernellogboek (dmesg) en start de node daarna weer: die controleert eerst de hele database. Is de database beschadigd, zet dan een back-up terug (postwacht restore) in een lege map.
hint-store-again = Start de node weer: alle aangenomen mail staat in de database. Zoek uit wat het bestand heeft gewijzigd.
hint-store-lost = Zet de bestanden terug, of zet een back-up terug (postwacht restore). Start de node daarna weer. Het bestand postwacht.db.saved bevat, als het bestaat, de gegevens die de node nog had: verplaats postwacht.db-wal en geef postwacht.db.saved de naam postwacht.db. Zonder dit alles begint "postwacht serve --new-store" met een lege wachtrij.
hint-store-new = Zet de database terug, met het bijbehorende -wal-bestand als dat er is, of zet een back-up terug (postwacht restore). Wilt u een nieuwe, lege opslag gebruiken, start dan één keer met "postwacht serve --new-store".
hint-store-other = Zet de database van deze node terug, of noem de map van de andere node met --data-dir. Is de wijziging de bedoeling, start dan één keer met "postwacht serve --new-store".
hint-store-older = Zet de nieuwste database en het bijbehorende -wal-bestand terug. Wilt u de database gebruiken zoals die nu is, start dan één keer met "postwacht serve --new-store": de wachtende mail wordt dan vastgehouden, want die kan al verzonden zijn.
hint-foreign-file = Verwijder het, of vervang het door een bestand van deze gebruiker. Postwacht volgt hier geen links, want een andere gebruiker zou de schrijfacties kunnen omleiden.
hint-not-running = Start de node met "postwacht serve", of noem de map ervan met --data-dir.
hint-socket-closed = control.sock is toegankelijk voor root, voor de gebruiker van de node en voor de groep postwacht-admin. submit.sock ("postwacht send" zonder --wait) is toegankelijk voor elke gebruiker met toegang tot de map ervan.
hint-export-running = Stop de node, exporteer, en start de node weer.
hint-secret-on-command-line = Gebruik SLEUTEL=@BESTAND, of SLEUTEL=@- en de standaardinvoer.
hint-restore-secret = Deze revisie heeft een geheim nodig dat niet meer is opgeslagen. Geef elke hierboven genoemde sleutel met zijn geheim op: postwacht settings restore { $revision } SLEUTEL=@BESTAND. SLEUTEL=@- leest het van de standaardinvoer.
hint-no-revision = "postwacht settings revisions" toont de bewaarde revisies.
hint-restore = Controleer het pad, en of het bestand een volledige back-up is.
hint-restore-key = Zet eerst de sleutel van de back-up in de gegevensmap. Is die kwijt en vertrouwt u de herkomst van het bestand, gebruik dan --trust: dat zet mail, instellingen en geschiedenis terug, zonder wachtwoorden, tokens, sessies en geheimen.
hint-restore-in-the-way = Verplaats eerst de huidige database. Postwacht overschrijft die niet.
hint-restore-trust = Vertrouwt u de herkomst van het bestand, zet het dan terug met --trust. Dat zet mail, instellingen en geschiedenis terug, zonder wachtwoorden, tokens, sessies en geheimen.
hint-restore-foreign-key = Voeg de sleutel waarmee het bestand is ondertekend als aparte regel toe aan het sleutelbestand. Hebt u die niet en vertrouwt u de herkomst van het bestand, gebruik dan --trust: dat zet mail, instellingen en geschiedenis terug, zonder wachtwoorden, tokens, sessies en geheimen.
hint-restore-changed = Gebruik een andere kopie van de back-up. Is die er niet en vertrouwt u de herkomst van deze, gebruik dan --trust: dat zet mail, instellingen en geschiedenis terug, zonder wachtwoorden, tokens, sessies en geheimen.
hint-restore-newer = Zet het terug met de versie die het heeft geschreven, of met een latere.
hint-restore-room = Maak ruimte vrij op die schijf, of zet de back-up terug in een gegevensmap op een grotere schijf.
hint-restore-slow = Kopieer het bestand naar een lokale schijf en probeer het opnieuw. Duurt het weer even lang, dan is het bestand gemaakt om traag te zijn: gebruik een andere back-up.
hint-restore-foreign = Gebruik een andere back-up. Een ander programma dan Postwacht heeft deze gemaakt of gewijzigd; ook --trust accepteert die niet.

stage-resolve = Naam opzoeken
stage-connect = Verbinden
stage-tls = TLS
stage-greeting = Begroeting
stage-ehlo = EHLO
stage-starttls = STARTTLS
stage-sign-in = Aanmelding
stage-sender = Afzender
stage-recipient = Ontvanger
stage-data = Gegevens
stage-accepted = Eindantwoord
stage-quit = QUIT

state-waiting = wachtend
state-held = vastgehouden
state-sender-held = afzender vastgehouden
state-accepted = aangenomen
state-partly-accepted = deels aangenomen
state-refused = geweigerd
state-not-accepted = niet aangenomen
state-cancelled = geannuleerd

fate-waiting = wachtend
fate-accepted = aangenomen door de relay
fate-refused = geweigerd
fate-not-accepted = niet aangenomen
fate-cancelled = geannuleerd

column-id = ID
column-state = Status
column-class = Soort
column-from = Van
column-to = Aan
column-subject = Onderwerp
column-message-id = Message-ID
column-accepted = In wachtrij sinds
column-settled = Afgehandeld
column-due = Volgende poging
column-reason = Reden
next-now = nu
send-undecided = Niet beslist binnen { $time }. Het bericht blijft in de wachtrij en Postwacht gaat ermee door.
column-relay = Relay

health-well = E-mail werkt.
health-degraded = E-mail werkt; aandacht nodig.
health-silent = E-mail werkt NIET.
health-checking = De nieuwe instellingen worden gecontroleerd. Dat duurt hoogstens een minuut.
health-unset = E-mail is nog niet ingesteld.

relay-in-use = in gebruik
relay-open = gereed
relay-checking = nieuwe instellingen, wordt gecontroleerd
relay-trial = antwoordt weer; het volgende bericht laat zien of de relay werkt
relay-network = vastgehouden: netwerk
relay-tls = vastgehouden: TLS
relay-encryption = vastgehouden: geen encryptie
relay-provider = vastgehouden: provider niet bereikbaar
relay-sign-in = vastgehouden: aanmelding geweigerd
relay-configuration = vastgehouden: geweigerd door de relay
relay-sender = neemt geen mail aan van:

report-waiting = Wacht:
report-cause = Oorzaak:
report-remedy = Wat te doen:
report-certificate = Getoond certificaat:

test-accepted = aangenomen door de relay
test-refused = niet aangenomen

status-last-accepted = Laatst aangenomen door een relay
status-waiting = Wachtend
status-oldest = Oudste wacht sinds
status-held = Vastgehouden tot vrijgave
status-sender-held = Vastgehouden vanwege de afzender
status-relay = Relay

queue-offline = De node draait niet: dit staat op de schijf, en er wordt niets verzonden.
queue-empty = Geen berichten.
queue-retry = { $count ->
    [0] Er is geen bericht gewijzigd: elk is afgehandeld, al in die toestand, of op dit moment onderweg naar een relay.
    [one] Postwacht probeert nu één bericht. Is de relay of de afzender vastgehouden, dan controleert Postwacht die eerst.
   *[other] Postwacht probeert nu { $count } berichten. Is een relay of een afzender vastgehouden, dan controleert Postwacht die eerst.
}
queue-hold = { $count ->
    [0] Er is geen bericht gewijzigd: elk is afgehandeld, al in die toestand, of op dit moment onderweg naar een relay.
    [one] Eén bericht wordt vastgehouden.
   *[other] { $count } berichten worden vastgehouden.
}
queue-release = { $count ->
    [0] Er is geen bericht gewijzigd: elk is afgehandeld, al in die toestand, of op dit moment onderweg naar een relay.
    [one] Eén bericht is vrijgegeven.
   *[other] { $count } berichten zijn vrijgegeven.
}
queue-cancel = { $count ->
    [0] Er is geen bericht gewijzigd: elk is afgehandeld, al in die toestand, of op dit moment onderweg naar een relay.
    [one] Eén bericht is geannuleerd.
   *[other] { $count } berichten zijn geannuleerd.
}
may-arrive-twice = Kan dubbel aankomen: het resultaat van een eerdere poging is niet bekend.
may-have-arrived = Kan aangekomen zijn: het resultaat van een poging is niet bekend.

settings-legal = De instellingen zijn geldig.
settings-saved = Opgeslagen als revisie { $revision }.
settings-unchanged = Er is niets gewijzigd: dit zijn de instellingen van revisie { $revision }.
backup-done = { $file }: { $bytes } bytes. De back-up bevat de sleutel niet: bewaar een kopie van het sleutelbestand elders.
restore-done = { $held ->
    [0] Teruggezet. Er wachtte geen bericht.
    [one] Teruggezet. Er wachtte één bericht. Het wordt vastgehouden, want het kan intussen verzonden zijn. Zie "postwacht queue list --state held".
   *[other] Teruggezet. Er wachtten { $held } berichten. Ze worden vastgehouden, want ze kunnen intussen verzonden zijn. Zie "postwacht queue list --state held".
}
restore-vouched = Deze node had het bestand niet ondertekend. Niet teruggezet:
    - wachtwoorden van accounts ({ $passwords }): controleer de rollen met "postwacht account list" en maak daarna voor elk account een link met "postwacht account reset NAAM"
    - tokens ({ $tokens }): maak nieuwe met "postwacht token create"
    - geheimen van de instellingen ({ $secrets }): controleer eerst de instellingen ("postwacht settings show") en voer de geheimen daarna opnieuw in
    - sessies, aanmeldlinks en aanroepen van webhooks

demo-intro = Postwacht-demo. De relay ervan luistert op 127.0.0.1:{ $port } en bewaart wat binnenkomt. Alle gegevens staan in { $dir } en worden aan het eind verwijderd.
demo-test = Een test-e-mail aan admin@demo.example, stap voor stap:
demo-next = Probeer dit in een tweede terminal:
demo-end = Elk bericht verschijnt hier zodra het aankomt. Ctrl-C beëindigt de demo.
cli-serve-http = Adres en poort van de pagina's, of off
cli-demo-port = Poort van de pagina's [een vrije poort]
error-http = Het adres van de pagina's is geen adres met een poort.
hint-http = Schrijf het als 127.0.0.1:8025, of off.
hint-http-bind = Kies een adres van deze machine, en een poort die geen ander programma gebruikt.
hint-url = Schrijf hem als https://post.example.net, of http://127.0.0.1:8025.
hint-proxies = Schrijf elke waarde als 192.0.2.1 of 192.0.2.0/24.
hint-log-level = Schrijf error, warn, info, debug of trace; meer delen, zoals warn,mail=debug, scheidt u met komma's.
hint-bootstrap = Controleer het pad achter --config. Zonder --config wordt /etc/postwacht/postwacht.toml gelezen, als dat bestaat.
error-http-clear = Pagina's zonder TLS zijn alleen beschikbaar voor deze machine.
hint-http-clear = Gebruik 127.0.0.1 met een poort, en zet er een TLS-proxy voor.
error-http-bind = De pagina's kunnen niet worden aangeboden.
error-external-url = Dit is niet de URL van een node: schema, host en eventueel een poort, zonder pad.
serve-first-start =
    Er is nog geen account. Maak hier het eerste (de link werkt één keer, een dag lang):
    {"    "}{ $url }
demo-pages =
    De pagina's, met een link die u één keer aanmeldt:
    {"    "}{ $url }
cli-account = De accounts voor de pagina's beheren
cli-account-create = Een account maken en een link tonen die één keer aanmeldt
cli-account-create-name = Naam van het account
cli-account-create-role = Rol: viewer, operator of administrator
cli-account-list = De accounts tonen
cli-account-reset = Het wachtwoord verwijderen en een nieuwe link tonen
cli-account-reset-name = Naam van het account
cli-account-delete = Een account verwijderen
cli-account-delete-name = Naam van het account
account-deleted = Account { $name } is verwijderd.
account-link = Met deze link kunt u zich één keer aanmelden, binnen een dag. Kies daarna het wachtwoord op de accountpagina:
error-tls = tls in het opstartbestand moet "auto", "on" of "off" zijn.
error-tls-off = Er is een certificaat ingesteld, maar TLS staat uit.
error-tls-files = tls_certificate en tls_key horen bij elkaar; een van beide ontbreekt.
hint-tls = Laat tls weg, of zet het op auto, on of off. Stel tls_certificate en tls_key allebei in of geen van beide, en geen van beide bij off.
error-certificate = Het certificaat van de pagina's is niet bruikbaar.
error-proxies = Een waarde van trusted_proxies is geen adres of netwerk.
error-url-clear = Een token via gewone HTTP mag alleen naar deze machine. Gebruik https.
error-no-token = Een node op afstand vereist een token.
hint-no-token = Op de node: postwacht token create --scope read --expires 90d. Daarna hier: --token @BESTAND, of POSTWACHT_TOKEN.
error-token = Het bestand met het token is niet leesbaar.
error-ca = TLS naar de node kan niet worden ingesteld.
hint-not-reached = Controleer het adres en de poort, en of de node draait.
serve-fingerprint =
    De node heeft zelf het certificaat gemaakt; browsers waarschuwen ervoor. Vergelijk de SHA-256-vingerafdruk:
    {"    "}{ $fingerprint }
cli-url = Node op afstand, als https://host:poort; ook POSTWACHT_URL
cli-access-token = Token voor de node op afstand, of @BESTAND; ook POSTWACHT_TOKEN
cli-ca = De certificeringsinstantie, of het eigen certificaat van de node, in dit PEM-bestand vertrouwen; ook POSTWACHT_CA
cli-serve-external-url = URL van de pagina's voor browsers; mag meermaals
cli-serve-new-store = Ook starten als de database ontbreekt, ouder is dan voorheen, of van een andere node is; één keer nodig
token-made = Het token. Het wordt maar één keer getoond:
token-revoked = Token { $id } is ingetrokken.
token-ended = verlopen
cli-token = De tokens voor programma's op afstand beheren
cli-token-create = Een token maken
cli-token-create-scope = Rechten (scopes), gescheiden door komma's
cli-token-create-expires = Levensduur: 90d, 1y, 12h
cli-token-create-name = Naam voor de lijst en de auditlog
cli-token-list = De tokens tonen
cli-token-revoke = Een token meteen intrekken
cli-token-revoke-id = Nummer van het token
health-unproven = Nog geen relay heeft mail aangenomen. Stuur een test.
hint-not-trusted = Controleer of dit de juiste node is. Hebben de pagina's geen TLS, gebruik dan http:// (alleen naar deze machine). Heeft de node het certificaat zelf gemaakt, gebruik dan --ca BESTAND met tls/self-signed.crt van de node.
error-redirected = Dit adres gebruikt TLS: gebruik https in --url.
cli-event = Gebeurtenissen melden en beëindigen, incidenten tonen
cli-event-raise = Een gebeurtenis melden; tenzij de ernst info is, blijft die open tot die is opgelost
cli-event-raise-code = Code: app. en een naam, zoals app.backup-failed
cli-event-raise-severity = info, warning, error of critical
cli-event-raise-object = Object van de gebeurtenis, zoals een schijf of een taak
cli-event-raise-fact = Gegeven als K=V; mag meermaals
cli-event-resolve = Een gebeurtenis beëindigen (exitcode 3: er staat er geen open)
cli-event-resolve-code = Code van de gebeurtenis
cli-event-resolve-object = Object van de gebeurtenis
cli-event-list = Open incidenten tonen, de ernstigste eerst
cli-event-list-all = Alle incidenten, nieuwste eerst
cli-event-list-code = Alleen codes die zo beginnen
cli-event-show = Een incident met zijn geschiedenis tonen
cli-event-show-id = Nummer van het incident
cli-event-acknowledge = Een incident bevestigen: geen herinneringen meer, tenzij het erger wordt
cli-event-acknowledge-id = Nummer van het incident
cli-event-preview = Een melding met voorbeeldgegevens tonen; mail.daily en mail.test met de cijfers van dit moment; er wordt niets verzonden
cli-event-preview-code = Code uit de catalogus, of app. en een naam
cli-event-preview-kind = raised, reminder, worse, resolved, obsolete, ended, unstable of happened
cli-event-preview-language = en of nl
cli-event-preview-html = Het HTML-deel tonen
column-severity = Ernst
column-since = Sinds
column-opened = Geopend
column-says = Wat
column-code = Code
column-object = Object
column-ended = Geëindigd
incident-open = open
incident-inhibited = verklaard door een ander incident
incident-unstable = instabiel
incident-resolved = opgelost
incident-obsolete = vervallen
incident-superseded = vervangen door een ander incident
incident-happened = gebeurd
event-acknowledged = Incident { $id } is bevestigd.
event-none = Geen incident om te tonen.
act-raised = gemeld
act-again = opnieuw gemeld
act-worse = erger geworden
act-reminded = herinnering verzonden
act-resolved = opgelost
act-obsolete = vervallen
act-unstable = instabiel
act-stable = weer stabiel
act-inhibited = verklaard door een ander incident
act-superseded = vervangen door een ander incident
act-acknowledged = bevestigd
act-happened = gebeurd
cli-alarm = Waarschuwingen buiten e-mail: webhooks en heartbeat
cli-alarm-test = Elke webhook en de heartbeat-URL één keer aanroepen met voorbeeldgegevens en de antwoorden tonen (exitcode 3: een aanroep is mislukt)
alarm-taken = aangenomen
alarm-not-taken = NIET aangenomen

### Fouten in de argumenten.

usage-value = “{ $value }” is geen geldige waarde voor { $argument }
usage-value-missing = { $argument } heeft een waarde nodig
usage-argument = Het argument { $argument } bestaat hier niet
usage-command = De opdracht “{ $command }” bestaat niet
usage-command-missing = Na “{ $command }” ontbreekt een opdracht
usage-argument-missing = Dit ontbreekt: { $argument }
usage-conflict = { $argument } en { $other } kunnen niet samen
usage-conflict-itself = { $argument } kan maar één keer worden gebruikt
usage-count = { $argument } heeft te veel of te weinig waarden
usage-utf8 = Een argument is geen geldige UTF-8-tekst
usage-other = De argumenten kunnen niet worden gelezen
usage-values = Mogelijk: { $values }
usage-suggestion = Bedoelde u { $suggested }?
usage-ids = Noem berichten met de ID's die "postwacht queue list" in de eerste kolom toont.
usage-all = --all staat voor alle berichten.
usage-help = Met --help ziet u de opdrachten en opties.
incident-taken = bevestigd
