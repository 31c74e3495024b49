# Meldingen: onderwerpen, en de tekst rond die van elke gebeurtenis.

severity-info = Info
severity-warning = Waarschuwing
severity-error = Fout
severity-critical = Kritiek
notice-subject-raised = [{ $site }] { $severity }: { $subject }
notice-subject-happened = [{ $site }] { $severity }: { $subject }
notice-subject-reminder = [{ $site }] { $severity }, nog steeds open ({ $duration }): { $subject }
notice-subject-worse = [{ $site }] { $severity }, erger: { $subject }
notice-subject-resolved = [{ $site }] Opgelost: { $short }
notice-subject-obsolete = [{ $site }] Vervallen: { $short }
notice-subject-ended = [{ $site }] Voorbij: { $short } (van { $from } tot { $until })
notice-subject-unstable = [{ $site }] { $severity }, instabiel: { $short }
notice-subject-digest = [{ $site }] { $count } meldingen in één bericht
notice-resolved = Opgelost om { $until }, na { $duration }.
notice-obsolete = Dit geldt niet meer sinds { $until }: de instellingen of de rol van deze node zijn gewijzigd, of de mail waar het over ging wacht niet meer. Bestaat het probleem nog, dan krijgt u een nieuwe melding.
notice-ended = Dit begon om { $from } en eindigde om { $until }, voordat er een melding kon worden verzonden.
notice-reminder = Dit staat al { $duration } open.
notice-worse = Dit is erger geworden. Het begon { $duration } geleden.
notice-unstable-over = Dit is binnen een uur teruggekomen en was weer voorbij toen dit werd geschreven. U krijgt de volgende melding als het een half uur stabiel is, of als de instellingen het niet meer bevatten.
notice-unstable = Dit is binnen een uur teruggekomen. U krijgt de volgende melding als het een half uur stabiel is, of als de instellingen het niet meer bevatten.
notice-was = Waar het over ging: { $body }
notice-todo = Wat te doen
notice-facts = Details
notice-detected = Opgemerkt om
notice-sent = Verzonden om
notice-began = Begonnen om
notice-over = Geëindigd om
notice-first-seen = Voor het eerst gezien
notice-raises = Voorgekomen
notice-times = { $count ->
        [one] één keer
       *[other] { $count } keer
    }
notice-open = Openen in Postwacht
notice-look = Dit is incident { $incident }. Zoek het op de pagina's van { $node } onder Incidenten (alle), of op die machine met "postwacht event list --all".
notice-look-all = Zoek deze incidenten op de pagina's van { $node } onder Incidenten (alle), of op die machine met "postwacht event list --all".
notice-footer = { $site } · node { $node } · { $code } · incident { $incident }
notice-digest = Deze { $count } meldingen zijn in één bericht gebundeld, zodat uw postbus bruikbaar blijft.
notice-digest-held = Deze { $count } meldingen konden niet eerder worden verzonden, omdat geen relay mail aannam.
notice-kind-raised = open
notice-kind-reminder = nog steeds open
notice-kind-worse = erger
notice-kind-resolved = opgelost
notice-kind-obsolete = vervallen
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

# Namen van gegevens.

fact-relay = Relay
fact-host = Host
fact-error = Laatste fout
fact-since = Sinds
fact-account = Account
fact-days = Resterende dagen
fact-ends = Verloopt
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
fact-contact = Beheercontact
fact-left = Resterende beheercontacten
fact-unanswered = Dagen zonder bevestiging
fact-names = Namen
fact-total = Totaal
fact-directory = Map
fact-minutes = Minuten
fact-source = Vergeleken met
fact-seen = Laatst gezien
fact-started = Gestart
fact-address = Adres
fact-who = Door
fact-changes = Wijzigingen
fact-detail = Details
fact-file = Bestand
fact-time = Tijd
fact-primary = Primaire node
fact-backup = Back-up-node
fact-version = Versie
fact-v-peer = Versie van de andere node
fact-node = Node
fact-ip = Adres
fact-interface = Interface
fact-peer = Andere node
fact-errors = Fouten
fact-ips = Adressen
fact-hostname = Hostnaam
fact-addr = Adres
fact-reason = Reden
fact-target = Verwijst naar
fact-eta = Overname om
fact-duration = Seconden
fact-timeout = Limiet
fact-last-ok = Laatste geslaagde
fact-list = Lijst
fact-mac = Apparaat
fact-arbiter = Derde stem

# De dagelijkse kennisgeving.

daily-subject = [{ $site }] Dagelijkse kennisgeving: { $answer ->
        [well] e-mail werkt
        [degraded] e-mail werkt; aandacht nodig
        [checking] de nieuwe instellingen worden gecontroleerd
        [unproven] nog geen relay heeft mail aangenomen
       *[silent] e-mail werkt niet
    }
daily-lead = Dit is de dagelijkse kennisgeving van { $date } van { $node }. Die komt elke dag. Komt die niet aan, dan bereiken waarschuwingen per e-mail u ook niet.
daily-missed = Op { $dates } is geen dagelijkse kennisgeving verzonden, omdat de node niet draaide.
daily-missed-more = en eerdere dagen
daily-mail = Mail in de afgelopen 24 uur
daily-accepted = Ontvangers aangenomen door een relay
daily-deferred = Pogingen uitgesteld of afgebroken
daily-refused = Ontvangers geweigerd
daily-waiting = Berichten wachtend
daily-oldest = Oudste
daily-route = Route
daily-relay-in-use = in gebruik
daily-relay-ready = gereed
daily-relay-held = werkt niet: { $error }
daily-last-proven = Laatst bewezen
daily-never = nooit
daily-ends = Naderende verloopdatums
daily-ends-nothing = Geen bekend.
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
daily-contacts = Beheercontacten
daily-confirmed = laatst bevestigd { $at }
daily-unconfirmed = nog niet bevestigd
daily-failover = Failover
daily-failover-none = Deze node heeft geen failoverpartner.
status-contacts-refused = Geen melding komt per e-mail aan: de relay weigert elk beheercontact.
daily-only-mail = Alleen e-mail zou een probleem met e-mail melden. Stel een webhook, een heartbeat-URL of een tweede relay in.
received-ask = Bevestig dat dit bericht is aangekomen:
received-button = Ik heb dit ontvangen

# De test van waarschuwingen buiten e-mail.

alarm-test-title = Test van waarschuwingen buiten e-mail
alarm-test-text = Dit is een test. Als u dit kunt lezen, bereiken waarschuwingen u op deze manier.
