# Notices: subjects, and what frames the text of each event.

severity-info = Info
severity-warning = Waarschuwing
severity-error = Fout
severity-critical = Kritiek
notice-subject-raised = [{ $site }] { $severity }: { $subject }
notice-subject-happened = [{ $site }] { $severity }: { $subject }
notice-subject-reminder = [{ $site }] { $severity }, nog steeds open ({ $duration }): { $subject }
notice-subject-worse = [{ $site }] { $severity }, dringender: { $subject }
notice-subject-resolved = [{ $site }] Opgelost: { $short }
notice-subject-ended = [{ $site }] Voorbij: { $short } (van { $from } tot { $until })
notice-subject-unstable = [{ $site }] { $severity }, instabiel: { $short } komt en gaat
notice-subject-digest = [{ $site }] { $count } meldingen in één bericht
notice-resolved = Dit is om { $until } geëindigd, na { $duration }.
notice-ended = Dit begon om { $from } en eindigde om { $until }, voordat er bericht van kon worden verstuurd.
notice-reminder = Dit duurt nu { $duration }.
notice-worse = Dit is dringender geworden. Het begon { $duration } geleden.
notice-unstable = Dit is binnen een uur een paar keer gekomen en gegaan. U hoort er weer van als het een half uur stabiel is.
notice-was = Waar het om ging: { $body }
notice-todo = Wat u kunt doen
notice-facts = Wat er bekend is
notice-detected = Opgemerkt om
notice-sent = Verzonden om
notice-began = Begonnen
notice-over = Geëindigd
notice-first-seen = Voor het eerst gezien
notice-raises = Gemeld
notice-times = { $count ->
        [one] één keer
       *[other] { $count } keer
    }
notice-open = Openen in Postwacht
notice-footer = { $site } · node { $node } · { $code } · incident { $incident }
notice-digest = Deze { $count } meldingen zijn verzameld, zodat uw mailbox niet volloopt.
notice-digest-held = Deze { $count } meldingen konden niet eerder worden verzonden, omdat geen relay mail aannam.
notice-kind-raised = open
notice-kind-reminder = nog steeds open
notice-kind-worse = dringender
notice-kind-resolved = opgelost
notice-kind-ended = voorbij
notice-kind-unstable = instabiel
notice-kind-happened = gebeurd
duration-seconds = { $count } s
duration-minutes = { $count } min
duration-hours = { $hours } u { $minutes } min
duration-days = { $days ->
        [one] één dag
       *[other] { $days } dagen
    } { $hours } u

# Names of facts.

fact-relay = Relay
fact-host = Host
fact-error = Foutmelding
fact-since = Sinds
fact-account = Account
fact-days = Dagen over
fact-ends = Eindigt
fact-email = E-mail
fact-sender = Afzender
fact-used = In gebruik
fact-waiting = Wachtend
fact-oldest = Oudste
fact-last = Laatst aangenomen
fact-program = Programma
fact-count = Aantal
fact-message = Bericht
fact-free = Vrij
fact-size = Grootte
fact-held = Vastgehouden
fact-contact = Contact
fact-left = Contacten nu
fact-unanswered = Dagen zonder antwoord
fact-names = Namen
fact-total = Totaal
fact-directory = Map
fact-minutes = Minuten
fact-source = Vergeleken met
fact-seen = Laatst gezien
fact-started = Gestart
fact-address = Adres
fact-who = Wie
fact-changes = Wijzigingen
fact-detail = Waar het om gaat
fact-file = Bestand
fact-operation = Bewerking
fact-time = Tijd
fact-primary = Primaire node
fact-backup = Back-up-node
fact-v-primary = Versie van de primaire node
fact-v-backup = Versie van de back-up-node
fact-node = Node
fact-ip = Adres
fact-interface = Interface
fact-peer = Andere node
fact-errors = Fouten
fact-ips = Adressen
fact-last-sync = Laatste gegevenskopie
fact-check = Controle
fact-hint = Kijk naar
fact-hostname = Hostnaam
fact-addr = Adres
fact-reason = Reden
fact-target = Verwijst naar
fact-eta = Overname om
fact-guard = Verhinderd omdat
fact-duration = Minuten
fact-timeout = Grens
fact-last-ok = Laatste geslaagde
fact-list = Lijst
fact-archive = Archief
fact-mac = Apparaat
fact-arbiter = Derde stem

# The daily notice.

daily-subject = [{ $site }] Dagelijks bericht: { $answer ->
        [well] mail gaat uit
        [degraded] mail gaat uit, er is iets dat aandacht vraagt
       *[silent] er is iets mis met de mail
    }
daily-lead = Dit is het dagelijkse bericht van { $date } van { $node }. Het komt elke dag, zodat u het merkt als alarmen u niet meer kunnen bereiken.
daily-missed = Op { $dates } is er geen verzonden: de node draaide toen niet.
daily-missed-more = en eerdere dagen
daily-mail = Mail in de afgelopen 24 uur
daily-accepted = Door een relay aangenomen
daily-deferred = Uitgesteld en opnieuw geprobeerd
daily-refused = Geweigerd
daily-waiting = Nu wachtend
daily-oldest = Oudste
daily-route = Route
daily-relay-in-use = in gebruik
daily-relay-ready = klaar
daily-relay-held = niet bruikbaar: { $error }
daily-last-proven = Laatst bewezen
daily-never = nooit
daily-ends = Wat afloopt
daily-ends-nothing = Niets, voor zover bekend.
daily-ends-in = { $days ->
        [one] over één dag
       *[other] over { $days } dagen
    } ({ $ends })
daily-ends-secret = Clientgeheim van { $relay }
daily-ends-grant = Toestemming van { $relay }, als die niet wordt vernieuwd
daily-ends-application = Toepassingscertificaat van { $relay }
daily-ends-relay = Certificaat van { $relay }
daily-ends-client = Clientcertificaat voor { $relay }
daily-ends-node = Certificaat van deze node
daily-incidents = Open incidenten
daily-incidents-none = Geen.
daily-contacts = Contacten
daily-confirmed = laatst bevestigd { $at }
daily-unconfirmed = nooit bevestigd
daily-failover = Failover
daily-failover-none = Deze node staat alleen.
daily-only-mail = Alleen e-mail zou u vertellen dat er iets mis is. Stel een webhook, een heartbeat-URL of een tweede relay in.
received-ask = Laat weten dat dit is aangekomen:
received-button = Ik heb dit ontvangen

# The alarm of last resort.

alarm-test-title = Test van het alarm
alarm-test-text = Dit is een test: leest u dit, dan bereiken alarmen u langs deze weg.
