# De tekst van meldingen per gebeurtenis. short: een naam; subject: achter de ernst; body: het probleem; todo: wat te doen.

event-mail-test =
    .short = test-e-mail
    .subject = test-e-mail
    .body = Dit is een test van relay { $relay }. Leest u dit, dan komt mail van deze site aan.
    .todo = U hoeft niets te doen.
event-mail-daily =
    .short = dagelijkse kennisgeving
    .subject = dagelijkse kennisgeving
    .body = Dit bericht komt elke dag. Zolang het aankomt, bereiken waarschuwingen u ook.
    .todo = Komt het een dag niet aan, bekijk dan de overzichtspagina.
event-mail-silent =
    .short = e-mail werkt niet
    .subject = e-mail werkt niet
    .body = { $last ->
        [none] Er heeft nog geen relay een bericht aangenomen
       *[other] Sinds { $last } heeft geen relay een bericht aangenomen
    }, en er { $waiting ->
        [one] wacht één bericht
       *[other] wachten { $waiting } berichten
    }, het oudste sinds { $oldest }.{ $error ->
        [none] {""}
       *[other] {" "}De laatste fout: { $error }
    }
    .todo = Bekijk de overzichtspagina en voer "postwacht doctor" uit. Postwacht verzendt de wachtende mail zodra een relay weer mail aanneemt; er gaat geen mail verloren.
event-oauth-grant-expiring =
    .short = toestemming van relay { $relay } verloopt binnenkort
    .subject = { $days ->
        [0] de toestemming van relay { $relay } is verlopen
        [one] de toestemming van relay { $relay } verloopt binnen een dag
       *[other] de toestemming van relay { $relay } verloopt over { $days } dagen
    }
    .body = { $days ->
        [0] De provider stond deze site tot { $ends } toe om via relay { $relay } als { $account } te verzenden. Er kan geen mail via deze relay.
       *[other] De provider staat deze site tot { $ends } toe om via relay { $relay } als { $account } te verzenden. Daarna kan er geen mail meer via deze relay.
    }
    .todo = Open Beheer > E-mailconfiguratie en kies OAuth2-provider verifiëren om u opnieuw aan te melden.
event-oauth-grant-lost =
    .short = toestemming van relay { $relay }
    .subject = relay { $relay } heeft geen toestemming meer om te verzenden
    .body = De provider staat deze site niet meer toe om via relay { $relay } als { $account } te verzenden.{ $error ->
        [none] {""}
       *[other] {" "}Het antwoord: { $error }
    }
    .todo = Open Beheer > E-mailconfiguratie en kies OAuth2-provider verifiëren. Mail wacht of gaat via een andere relay; er gaat geen mail verloren.
event-oauth-client-refused =
    .short = geweigerde client bij relay { $relay }
    .subject = de provider van relay { $relay } weigert de OAuth2-client
    .body = De provider accepteert de client-ID met het geheim of het certificaat niet.{ $error ->
        [none] {""}
       *[other] {" "}Het antwoord: { $error }
    }
    .todo = Controleer of het clientgeheim is verlopen. Zo ja, maak dan bij de provider een nieuw en vul het in bij Beheer > E-mailconfiguratie. De toestemming zelf blijft bewaard.
event-oauth-settings-refused =
    .short = OAuth2-instellingen van relay { $relay }
    .subject = de provider van relay { $relay } weigert de OAuth2-instellingen
    .body = De provider geeft voor deze instellingen geen token uit.{ $error ->
        [none] {""}
       *[other] {" "}Het antwoord: { $error }
    }
    .todo = Vergelijk bereik, tenant en eindpunten bij Beheer > E-mailconfiguratie met de waarden bij de provider.
event-oauth-token-missing =
    .short = geen token voor relay { $relay }
    .subject = de provider van relay { $relay } geeft geen token uit
    .body = Het laatste token van relay { $relay } is verlopen, en de provider heeft al een half uur geen nieuw uitgegeven.{ $error ->
        [none] {""}
       *[other] {" "}Het antwoord: { $error }
    }
    .todo = Controleer of de provider een storing heeft en of deze node de provider bereikt. Postwacht blijft een token aanvragen.
event-oauth-token-unwritten =
    .short = token van relay { $relay } niet opgeslagen
    .subject = een nieuw token van relay { $relay } kan niet op schijf worden opgeslagen
    .body = De provider heeft een nieuw token uitgegeven dat niet kon worden opgeslagen. Stopt de node nu, dan kan de toestemming verloren gaan.
    .todo = Maak ruimte op de schijf en laat de node draaien tot dit is opgelost.
event-oauth-secret-expiring =
    .short = clientgeheim van relay { $relay }
    .subject = { $days ->
        [0] het clientgeheim van relay { $relay } is verlopen
        [one] het clientgeheim van relay { $relay } verloopt binnen een dag
       *[other] het clientgeheim van relay { $relay } verloopt over { $days } dagen
    }
    .body = Relay { $relay } vraagt met dit clientgeheim tokens aan. Het { $days ->
        [0] is verlopen op { $ends }. Er kan geen mail via deze relay.
       *[other] verloopt op { $ends }. Daarna kan er geen mail meer via deze relay.
    }
    .todo = Maak bij de provider een nieuw geheim en vul het bij Beheer > E-mailconfiguratie in als volgend geheim. Postwacht gebruikt het zodra de provider het eerste weigert.
event-oauth-certificate-expiring =
    .short = toepassingscertificaat van relay { $relay }
    .subject = { $days ->
        [0] het toepassingscertificaat van relay { $relay } is verlopen
        [one] het toepassingscertificaat van relay { $relay } verloopt binnen een dag
       *[other] het toepassingscertificaat van relay { $relay } verloopt over { $days } dagen
    }
    .body = Relay { $relay } vraagt met dit certificaat tokens aan. Het { $days ->
        [0] is verlopen op { $ends }. Er kan geen mail via deze relay.
       *[other] verloopt op { $ends }. Daarna kan er geen mail meer via deze relay.
    }
    .todo = Maak bij Beheer > E-mailconfiguratie een nieuw sleutelpaar en upload het certificaat bij de provider.
event-oauth-account-mismatch =
    .short = account van relay { $relay }
    .subject = relay { $relay } is met een ander account aangemeld
    .body = Relay { $relay } is aangemeld als { $account }, maar in de instellingen staat { $email }. Postwacht gebruikt dit account pas als een beheerder het bevestigt.
    .todo = Bevestig het account bij Beheer > E-mailconfiguratie, of meld u opnieuw aan als { $email }.
event-relay-none =
    .short = geen relay werkt
    .subject = geen relay werkt: er gaat geen mail weg
    .body = Sinds { $since } is geen enkele relay bruikbaar. Relay { $relay } ({ $host }): { $error }
    .todo = Bekijk de relays op het overzicht, of met "postwacht doctor". Alle mail wacht tot er een werkt.
event-relay-unreachable =
    .short = relay { $relay } onbereikbaar
    .subject = relay { $relay } is sinds { $since } onbereikbaar
    .body = { $host } is sinds { $since } niet bruikbaar: { $error }
    .todo = Controleer de relay, het netwerk tussen de relay en deze node, en DNS. Postwacht probeert het ten minste elk kwartier opnieuw.
event-relay-signin-refused =
    .short = geweigerde aanmelding bij relay { $relay }
    .subject = relay { $relay } weigert de aanmelding
    .body = { $host } weigert de aanmelding van deze site: { $error }
    .todo = Verbeter de gebruikersnaam, het wachtwoord of de toestemming bij Beheer > E-mailconfiguratie. Tot dan probeert Postwacht het zelden, zodat het account niet wordt vergrendeld.
event-relay-sender-refused =
    .short = afzender { $sender } bij relay { $relay }
    .subject = relay { $relay } neemt geen mail aan van { $sender }
    .body = { $host } weigert mail van { $sender }: { $error }
    .todo = Geef het account het recht om als { $sender } te verzenden. Is dat het afzenderadres van deze site, dan kan nieuwe mail een ander krijgen. Mail van { $sender } behoudt deze afzender.
event-relay-trust-failed =
    .short = certificaat van relay { $relay } niet vertrouwd
    .subject = relay { $relay }: certificaat niet vertrouwd
    .body = De versleutelde verbinding met { $host } wordt niet vertrouwd: { $error }. Er wordt geen mail over verzonden.
    .todo = Is het certificaat verlopen of deugt het om een andere reden niet, laat het dan op de relay vernieuwen. Is het met opzet vervangen, vertrouw dan het nieuwe bij Beheer > E-mailconfiguratie. Is geen van beide waar, dan onderschept een aanvaller mogelijk de verbinding.
event-relay-refused =
    .short = instellingen van relay { $relay }
    .subject = relay { $relay } is met de huidige instellingen niet bruikbaar
    .body = Met de huidige instellingen kan er geen mail via { $host }: { $error }
    .todo = Voer "postwacht doctor" uit. Dat toont de oorzaak en de oplossing.
event-relay-certificate-expiring =
    .short = certificaat van relay { $relay }
    .subject = { $days ->
        [0] het certificaat van relay { $relay } is verlopen
        [one] het certificaat van relay { $relay } verloopt binnen een dag
       *[other] het certificaat van relay { $relay } verloopt over { $days } dagen
    }
    .body = Het certificaat van { $host } { $days ->
        [0] is verlopen op { $ends }. Er kan geen mail via deze relay.
       *[other] verloopt op { $ends }. Is het dan niet vernieuwd, dan kan er geen mail meer via deze relay.
    }
    .todo = Vraag de beheerder van de relay om het te vernieuwen.
event-relay-client-certificate-expiring =
    .short = clientcertificaat voor relay { $relay }
    .subject = { $days ->
        [0] het clientcertificaat voor relay { $relay } is verlopen
        [one] het clientcertificaat voor relay { $relay } verloopt binnen een dag
       *[other] het clientcertificaat voor relay { $relay } verloopt over { $days } dagen
    }
    .body = Met dit certificaat maakt deze node zich bekend bij relay { $relay }. Het { $days ->
        [0] is verlopen
       *[other] verloopt
    } op { $ends }.
    .todo = Vraag een nieuw certificaat aan en vul het in bij Beheer > E-mailconfiguratie.
event-relay-fallback-active =
    .short = reserverelay in gebruik
    .subject = mail gaat via relay { $used } omdat relay { $relay } niet werkt
    .body = Relay { $relay }, de eerste van de route, werkt niet sinds { $since }{ $error ->
        [none] {""}
       *[other] {" "}({ $error })
    }. Mail gaat via relay { $used }.
    .todo = Herstel relay { $relay }. Zodra die weer werkt, gaat de mail er weer via; u krijgt daarvan een melding.
event-queue-backlog =
    .short = achterstand in de wachtrij
    .subject = { $waiting ->
        [one] er wacht een bericht sinds
       *[other] er wachten { $waiting } berichten, het oudste sinds
    } { $oldest }
    .body = De bezorging is vertraagd: er { $waiting ->
        [one] wacht één bericht
       *[other] wachten { $waiting } berichten
    } op een relay, het oudste sinds { $oldest }.
    .todo = Controleer de wachtrij en de laatste antwoorden van de relays.
event-queue-stuck =
    .short = mail blijft hangen
    .subject = er is mail aan de beurt en Postwacht verzendt die niet
    .body = Sinds { $since } is er mail aan de beurt en is een relay gereed, maar Postwacht probeert de mail niet te verzenden. Postwacht heeft de planner opnieuw geactiveerd.
    .todo = Voer "postwacht queue retry --all" uit. Wacht er na twee minuten nog mail, start de service dan opnieuw: aangenomen mail staat op schijf en wordt na de start verzonden. Stuur het logboek naar de ontwikkelaars van Postwacht.
event-queue-unreadable =
    .short = onleesbare berichten
    .subject = { $count ->
        [one] een bericht in de wachtrij is onleesbaar
       *[other] { $count } berichten in de wachtrij zijn onleesbaar
    }
    .body = { $count ->
        [one] Een aangenomen bericht kan niet worden verzonden zoals het is opgeslagen.
       *[other] { $count } aangenomen berichten kunnen niet worden verzonden zoals ze zijn opgeslagen.
    } Bericht { $message }: { $error }
    .todo = Bekijk het met "postwacht queue show { $message }", vraag de afzender het opnieuw te verzenden en annuleer het. Controleer de schijf op fouten.
event-queue-refused =
    .short = geweigerde mail
    .subject = { $count ->
        [one] mail van een programma is definitief geweigerd
       *[other] mail van programma's is { $count } keer definitief geweigerd
    }
    .body = { $count ->
        [one] Mail van een programma aan één ontvanger is definitief geweigerd.
       *[other] Mail van programma's is { $count } keer definitief geweigerd. Elke ontvanger van elk bericht telt; kennisgevingen van Postwacht tellen niet.
    } Het nieuwste geweigerde bericht is { $message }: { $error }
    .todo = Bekijk het bericht in de wachtrij. Daar staat het antwoord van de relay. Verbeter het adres, of vraag het de beheerder van de relay.
event-queue-quota-near =
    .short = geen ruimte voor nieuwe mail
    .subject = de wachtrij is bijna vol
    .body = Op de schijf is nog maar { $free } vrij. Postwacht neemt geen nieuwe mail van programma's en apparaten aan en vraagt ze om het later opnieuw te proberen. Kritieke meldingen worden nog aangenomen.
    .todo = Maak ruimte op de schijf.
event-events-refused =
    .short = gebeurtenissen van { $program } geweigerd
    .subject = gebeurtenissen van { $program } worden geweigerd
    .body = { $why ->
        [count] Er staan te veel incidenten open, van { $program } of in totaal.
       *[rate] { $program } meldt en beëindigt in korte tijd te veel gebeurtenissen.
    } Daarom { $count ->
        [one] is één van die gebeurtenissen niet opgeslagen
       *[other] zijn { $count } van die gebeurtenissen niet opgeslagen
    }. Geen melding bevat de inhoud ervan. Andere programma's merken hier niets van.
    .todo = Verbeter het programma als het in een lus gebeurtenissen meldt, en los incidenten op die voorbij zijn.
event-notice-refused =
    .short = geweigerde meldingen
    .subject = een relay weigert meldingen van Postwacht
    .body = Melding { $message } is geweigerd, en niet vanwege een adres: { $error }
    .todo = Bekijk het bericht in de wachtrij: dat toont het antwoord, de oorzaak en wat u kunt doen. Worden de relays of de contacten gewijzigd, dan schrijft Postwacht de melding opnieuw.
event-contact-refused =
    .short = beheercontact { $contact }
    .subject = de relay weigert het beheercontact { $contact }
    .body = Meldingen aan { $contact } komen niet aan. Antwoord van relay { $relay }: { $error }
    .todo = Verbeter of verwijder het adres bij de beheercontacten onder Beheer > E-mailconfiguratie.
event-contact-unconfirmed =
    .short = beheercontact { $contact } niet bevestigd
    .subject = geen bevestiging dat mail aan { $contact } aankomt
    .body = Al { $unanswered ->
        [one] één dag
       *[other] { $unanswered } dagen
    } verzendt Postwacht meldingen naar { $contact } zonder een bevestiging te krijgen. Een relay kan mail aannemen en later weggooien.
    .todo = Vraag de gebruiker van { $contact } om in de nieuwste dagelijkse kennisgeving of test-e-mail "Ik heb dit ontvangen" te kiezen.
event-node-certificate-expiring =
    .short = certificaat van deze node
    .subject = { $days ->
        [0] het certificaat van deze node is verlopen
        [one] het certificaat van deze node verloopt binnen een dag
       *[other] het certificaat van deze node verloopt over { $days } dagen
    }
    .body = Het certificaat van deze node, voor { $names }, { $days ->
        [0] is verlopen op { $ends }. Browsers en apparaten weigeren verbinding te maken.
       *[other] verloopt op { $ends }. Browsers en apparaten weigeren dan verbinding te maken.
    }
    .todo = Vernieuw het certificaatbestand dat in de configuratie van de node staat.
event-node-disk-low =
    .short = schijfruimte
    .subject = de schijf is bijna vol: nog { $free }
    .body = { $directory } heeft nog { $free } vrij van { $total }. Onder de reserve neemt Postwacht geen nieuwe mail aan.
    .todo = Maak ruimte vrij of vergroot de schijf.
event-node-key-lost =
    .short = sleutelbestand
    .subject = het sleutelbestand { $why ->
        [missing] ontbreekt
       *[other] bevat een andere sleutel
    }: { $file }
    .body = De node heeft de sleutel nog in het geheugen en werkt tot die stopt. De node start daarna niet meer: { $file } { $why ->
        [missing] ontbreekt
       *[other] bevat de sleutel niet meer
    }.
    .todo = Zet het sleutelbestand terug vanaf uw kopie, met modus 600, voordat de node stopt. Zonder kopie: maak nu een back-up (postwacht backup) en zet die met --trust terug in een lege map: mail, instellingen en geschiedenis blijven, wachtwoorden en toestemmingen moet u opnieuw invoeren.
event-node-resource-short =
    .short = geen { $resource ->
        [memory] geheugen
        [ports] poorten
       *[descriptors] bestandsdescriptors
    } voor verbindingen
    .subject = deze node heeft geen { $resource ->
        [memory] geheugen
        [ports] poorten
       *[descriptors] bestandsdescriptors
    } meer over om mail te verzenden
    .body = Sinds { $since } heeft deze machine geen { $resource ->
        [memory] kernelgeheugen
        [ports] lokale poorten
       *[descriptors] bestandsdescriptors
    } meer over voor verbindingen met relays. De relays zijn niet de oorzaak. Postwacht verzendt de wachtende mail zodra dit is opgelost.
    .todo = { $resource ->
        [memory] Maak geheugen vrij op deze machine.
        [ports] Zoek het programma dat veel verbindingen vasthoudt (ss -tan) en stop het, of maak net.ipv4.ip_local_port_range ruimer.
       *[descriptors] Verhoog de limiet van open bestanden (LimitNOFILE= van de systemd-unit) en start Postwacht opnieuw. Heeft het hele systeem er geen meer, verhoog dan fs.file-max.
    }
event-store-checkpoint-failed =
    .short = write-ahead-logboek
    .subject = het write-ahead-logboek van de database kan niet worden verwerkt: { $size }
    .body = Het write-ahead-logboek is gegroeid tot { $size }, omdat het niet naar de database kan worden gekopieerd: { $error }. Aangenomen mail staat er veilig in. Bereikt het logboek zijn limiet, dan neemt Postwacht geen nieuwe mail aan.
    .todo = Wordt hier een programma genoemd, stop dat dan. Is een checkpoint mislukt, controleer dan de schijf en de vrije ruimte.
event-store-failed =
    .short = database uitgevallen
    .subject = de node is gestopt omdat de database is uitgevallen
    .body = De node heeft geen mail meer aangenomen en is gestopt: { $error }. Mail in de wachtrij wordt verzonden zodra de database terug is; zonder die database is de mail verloren.
    .todo = Zet de database terug, of zet een back-up terug. Zoek daarna uit wat de database heeft verwijderd of beschadigd.
event-store-unexpected =
    .short = onverwachte database
    .subject = deze node is gestart met een onverwachte database
    .body = De start is bevestigd met --new-store: { $error }. Mail die in de vorige database wachtte, staat hier niet. { $held ->
        [0] Er wordt geen wachtend bericht vastgehouden.
        [one] Eén wachtend bericht wordt vastgehouden, want het kan al verzonden zijn.
       *[other] { $held } wachtende berichten worden vastgehouden, want ze kunnen al verzonden zijn.
    }
    .todo = Geef de vastgehouden berichten vrij of annuleer ze. Zoek de vorige database als de mail daarin niet verzonden is.
event-node-clock-skew =
    .short = klok van deze node
    .subject = de klok van deze node loopt { $minutes ->
        [one] één minuut
       *[other] { $minutes } minuten
    } { $direction ->
        [ahead] voor
       *[behind] achter
    }
    .body = Vergeleken met { $source } loopt de klok van deze node { $minutes ->
        [one] één minuut
       *[other] { $minutes } minuten
    } { $direction ->
        [ahead] voor
       *[behind] achter
    }. Certificaten en tokens kunnen worden geweigerd, en tijden in meldingen kloppen niet.
    .todo = Synchroniseer deze machine met een tijdserver (chrony, systemd-timesyncd).
event-node-started-after-crash =
    .short = start na een crash
    .subject = deze node is opnieuw gestart na een crash of stroomuitval
    .body = De node is gestart om { $started }. De node is het laatst gezien om { $seen } en is niet normaal gestopt: door een crash, een geforceerde beëindiging of stroomuitval. Er is geen aangenomen mail verloren; berichten die onderweg waren, kunnen dubbel aankomen.
    .todo = Controleer het logboek van de machine rond { $seen }.
event-account-signin-blocked =
    .short = geweigerde aanmeldingen
    .subject = { $count } geweigerde aanmeldingen als { $account }
    .body = Vanaf { $address } is { $count } keer met een verkeerd wachtwoord geprobeerd zich aan te melden als { $account }. Postwacht vertraagt verdere pogingen.
    .todo = Was dit niet u of een collega, blokkeer { $address } dan in de firewall.
event-settings-changed =
    .short = instellingen gewijzigd
    .subject = { $who } heeft beveiligingsinstellingen gewijzigd
    .body = { $who } heeft instellingen gewijzigd die de beveiliging raken. De wijzigingen staan hieronder.
    .todo = Had u dit niet verwacht, bekijk dan de auditlog, zet de vorige revisie terug en voer gewijzigde wachtwoorden opnieuw in.
event-access-changed =
    .short = toegang gewijzigd
    .subject = { $who } heeft { $act ->
        [account-created] een account gemaakt
        [account-deleted] een account verwijderd
        [account-reset] het wachtwoord van een account verwijderd en een link gemaakt voor een nieuw
        [token-created] een token gemaakt
        [oauth-authorized] toestemming (OAuth2) gegeven om te verzenden
        [oauth-forgotten] de toestemming (OAuth2) om te verzenden verwijderd
        [pair-allowed] een andere node toegestaan een paar te maken met deze
        [pair-made] een failoverpaar gemaakt
        [settings-exported] de instellingen met hun geheimen geëxporteerd
        [backup-restored] een back-up teruggezet
       *[other] de toegang tot deze node gewijzigd
    }: { $detail }
    .body = { $act ->
        [oauth-authorized] Dit wijzigt de toestemming om via relay { $detail } te verzenden.
        [oauth-forgotten] Dit wijzigt de toestemming om via relay { $detail } te verzenden.
        [pair-allowed] Een node met de code of de sleutel kan een paar maken met deze node en vervangt de instellingen ervan.
        [pair-made] { $detail } krijgt de e-mailinstellingen van deze node met alle wachtwoorden en geheimen.
        [settings-exported] Het bestand { $detail } bevat alle wachtwoorden en geheimen van de instellingen.
       *[other] Dit wijzigt de toegang tot deze node: { $detail }.
    }
    .todo = Had u dit niet verwacht, bekijk dan de auditlog. { $act ->
        [account-created] Verwijder het account (postwacht account delete).
        [account-deleted] Maak het account opnieuw (postwacht account create).
        [account-reset] Maak een andere link (postwacht account reset): die vervangt de eerste.
        [token-created] Trek het token in (postwacht token revoke).
        [oauth-authorized] Verwijder de toestemming (postwacht oauth forget), ook bij de provider.
        [oauth-forgotten] Geef de toestemming opnieuw (postwacht oauth verify).
        [pair-allowed] Trek dit in: maak een nieuwe code, waarmee de vorige vervalt, of herstart de node.
        [pair-made] Verbreek het paar (postwacht failover break) en voer nieuwe wachtwoorden in.
        [settings-exported] Controleer of het bestand veilig is, of voer nieuwe wachtwoorden in.
        [backup-restored] Controleer de teruggezette accounts, instellingen en vastgehouden mail.
       *[other] Wijzig de wachtwoorden van de beheerders.
    }
event-contact-removed =
    .short = beheercontact verwijderd
    .subject = { $contact } is geen beheercontact meer
    .body = Meldingen gaan vanaf nu naar { $left }. Meldingen die al in de wachtrij stonden, kunnen { $contact } nog bereiken.
    .todo = Had u dit niet verwacht, dan heeft mogelijk een aanvaller toegang: bekijk de auditlog, zet de vorige revisie terug en voer gewijzigde wachtwoorden opnieuw in.
event-alarm-webhook-failed =
    .short = webhook
    .subject = de webhook op { $host } neemt geen aanroepen aan
    .body = Een webhook op { $host } heeft sinds { $since } geen aanroep aangenomen ({ $error }). Valt e-mail nu uit, dan kan deze webhook u niet waarschuwen.
    .todo = Verbeter alarm.webhooks in de instellingen en test het met "postwacht alarm test".
event-app =
    .short = { $code }{ $object ->
        [none] {""}
       *[other] {" "}({ $object })
    }
    .subject = { $code }{ $object ->
        [none] {""}
       *[other] : { $object }
    }
    .body = { $by } meldt { $code }{ $object ->
        [none] .
       *[other] {" "}over { $object }.
    }
    .todo = Controleer het script of apparaat dat dit meldde: { $by }.

event-fo-01 =
    .short = versieverschil
    .subject = de primaire node en de back-up-node draaien verschillende softwareversies
    .body = { $operation ->
        [takeover] Bij een overname
        [handover] Bij een wisseling van de rollen
       *[start] Bij het starten van een node
    } bleek dat de nodes niet dezelfde software draaien: { $node } heeft { $version }, { $peer } heeft { $v_peer }. De bewerking is voortgezet.
    .todo = Installeer op beide nodes dezelfde versie, eerst op de back-up-node.
event-fo-02 =
    .short = interface van gedeeld adres
    .subject = gedeeld adres { $ip } is niet bereikbaar: { $why ->
        [no-helper] de netwerkhulp van { $node } draait niet
        [no-link] interface { $interface } heeft geen verbinding
        [disabled] het is uitgeschakeld in de IP-configuratie van { $node }
       *[off] interface { $interface } staat uit
    }
    .body = { $node } is de primaire node en hoort op { $ip } te antwoorden, maar { $why ->
        [no-helper] de netwerkhulp (postwacht netd) draait niet
        [no-link] interface { $interface } heeft geen verbinding
        [disabled] het adres is uitgezet in de IP-configuratie
       *[off] interface { $interface } is uitgeschakeld
    }. Gebruikers die met { $ip } verbinden, krijgen geen antwoord.
    .todo = { $why ->
        [no-helper] Start postwacht netd op { $node }.
        [disabled] Schakel het adres in: postwacht failover ips add { $ip } --interface { $interface }.
       *[off] Schakel de interface in, of controleer de kabel en de switchpoort.
    }
event-fo-03 =
    .short = ontbrekend gedeeld adres
    .subject = gedeeld adres { $ip } ontbreekt op { $node }
    .body = { $why ->
        [removed] { $node } is primair en heeft { $ip } op { $interface } gezet, maar een ander programma heeft het adres { $count } keer verwijderd.
       *[unlisted] De site gebruikt { $ip } als gedeeld adres, maar dit staat niet in de IP-configuratie van { $node }. { $node } kan het adres dus niet overnemen.
    }
    .todo = { $why ->
        [removed] Sluit het adres uit van het netwerkbeheer.
       *[unlisted] Voer "postwacht failover ips add { $ip }" met de interface uit op { $node }.
    }
event-fo-04 =
    .short = back-up-node zonder verbinding
    .subject = back-up-node { $node } heeft geen verbinding met het netwerk
    .body = Sinds { $since } bereikt de back-up-node de primaire node { $peer } niet ({ $errors }) en ook geen enkel test-IP-adres ({ $ips }). Waarschijnlijk heeft { $node } zelf geen verbinding meer; de node neemt daarom niet over. Tot dit is opgelost, is er geen werkende back-up.
    .todo = Controleer de kabel, de switchpoort en het adres van { $node }.
event-fo-05 =
    .short = test-IP-adressen onbereikbaar
    .subject = back-up-node { $node } bereikt geen enkel test-IP-adres
    .body = { $node } bereikt de primaire node nog wel, maar sinds { $since } antwoordt geen van de test-IP-adressen { $ips }. Valt de primaire node nu uit, dan kan { $node } niet vaststellen welk netwerk de oorzaak is en neemt de node niet automatisch over.
    .todo = Controleer de test-IP-adressen, of kies andere op { $node }: postwacht failover settings set test_ips=…
event-fo-06 =
    .short = back-upverwerking uitgeschakeld
    .subject = back-upverwerking op { $node } is uitgeschakeld
    .body = De back-upverwerking op { $node } is sinds { $since } uitgeschakeld. De node neemt niet over.
    .todo = Schakel de verwerking na afloop van de werkzaamheden weer in op { $node }: postwacht failover settings set enabled=true
event-fo-07 =
    .short = zelftest
    .subject = zelftest van back-up-node { $node } mislukt
    .body = { $check ->
        [storage] { $node } kan de database niet gebruiken: { $error }.
        [network-helper] De netwerkhulp van { $node } (postwacht netd) antwoordt niet, zodat de node de gedeelde adressen niet zou kunnen zetten.
       *[node] { $node } doet het eigen werk niet: { $error }.
    } De node neemt niet over.
    .todo = { $check ->
        [network-helper] Start postwacht netd op { $node }.
       *[other] Voer "postwacht doctor" uit op { $node }, of start de node opnieuw.
    }
event-fo-08 =
    .short = hostnaam van primaire node
    .subject = hostnaam { $hostname } leidt niet naar de primaire node
    .body = De primaire node antwoordt op adres { $addr }, maar niet via { $hostname }: { $reason ->
        [wrong-node] de naam verwijst naar { $target } en niet naar de primaire node
        [certificate] het certificaat klopt niet
        [silent] geen antwoord
       *[unresolved] de naam kan niet worden omgezet
    }. Gebruikers die via de naam verbinden, kunnen dezelfde hinder hebben.
    .todo = Controleer het DNS-record en het certificaat.
event-fo-09 =
    .short = primaire node onbereikbaar
    .subject = primaire node { $peer } reageert niet – actie nodig
    .body = { $node } kan de primaire node { $peer } sinds { $since } niet testen ({ $errors }); het eigen netwerk van { $node } werkt. Automatische omschakeling staat UIT; er volgt dus geen overname. Mail die { $peer } heeft aangenomen en niet heeft bezorgd, wacht daar tot die node terug is.
    .todo = Herstel { $peer }. Of voer, alleen als u zeker weet dat die node uit is, "postwacht failover become primary" uit op { $node }.
event-fo-10 =
    .short = primaire node onbereikbaar
    .subject = primaire node { $peer } reageert niet{ $guard ->
        [none] { $eta ->
            [none] {""}
           *[other] {" "}– overname om { $eta } als dit aanhoudt
        }
       *[other] {""}
    }
    .body = { $node } kan de primaire node { $peer } sinds { $since } niet testen ({ $errors }). Automatische omschakeling staat AAN. { $guard ->
        [none] Blijft { $peer } onbereikbaar, dan wordt { $node } { $eta ->
            [none] vanzelf
           *[other] om ongeveer { $eta }
        } de primaire node.
        [switched-off] Overnemen kan nu niet, omdat automatische omschakeling uitstaat.
        [unconfirmed] Overnemen kan nu niet, omdat de primaire node nog niet heeft bevestigd dat die van de automatische omschakeling weet.
        [not-backup] Overnemen kan nu niet, omdat de node de primaire node niet volgt.
        [maintenance] Overnemen kan nu niet, omdat onderhoud de omschakeling tegenhoudt.
        [tilt] Overnemen kan nu niet, omdat { $node } zelf even heeft stilgestaan en eerst waarneemt.
        [self-test] Overnemen kan nu niet, omdat de zelftest van { $node } mislukt.
        [no-test-ip] Overnemen kan nu niet, omdat { $node } geen test-IP-adres heeft.
        [test-ips] Overnemen kan nu niet, omdat geen test-IP-adres antwoordt.
        [never-synced] Overnemen kan nu niet, omdat { $node } de instellingen van de primaire node nooit heeft gehad.
        [schema] Overnemen kan nu niet, omdat { $peer } een nieuwere versie draait.
        [flip-guard] Overnemen kan nu niet, omdat de rollen te kort geleden of te vaak zijn gewisseld.
        [back-off] Overnemen kan nu niet, omdat een overname zojuist is mislukt.
        [given-up] Overnemen kan nu niet, omdat overnames te vaak zijn mislukt; een beheerder moet beslissen.
        [disk] Overnemen kan nu niet, omdat de schijf van { $node } niet beschreven kan worden.
       *[other] Overnemen kan nu niet.
    } Mail die { $peer } heeft aangenomen en niet heeft bezorgd, wacht daar tot die node terug is.
    .todo = Wilt u de overname voorkomen, herstel dan { $peer }, of voer "postwacht failover maintenance on --for 1h" uit op { $node }.
event-fo-11 =
    .short = overname
    .subject = { $node } neemt het over als primaire node
    .body = { $peer } is al { $duration } seconden onbereikbaar (limiet { $timeout }); { $node } wordt daarom nu de primaire node. Over te nemen adressen: { $ips }. Mail die { $peer } heeft aangenomen en niet heeft bezorgd, wacht daar tot die node terug is. Een tweede bericht meldt het resultaat.
    .todo = Zet { $peer } niet aan in een gescheiden netwerk. Zodra die node terug is, wordt die automatisch back-up.
event-fo-12 =
    .short = mislukte gegevenssynchronisatie
    .subject = gegevenssynchronisatie naar back-up-node { $backup } is mislukt in de afgelopen 24 uur
    .body = { $count } van { $total } gegevenssynchronisaties van { $primary } naar { $backup } zijn in de afgelopen 24 uur mislukt. Laatste fout { $time }: { $error }. Laatste geslaagde: { $last_ok ->
        [none] geen in deze periode
       *[other] { $last_ok }
    }. Valt { $primary } uit, dan gaan wijzigingen van na de laatste geslaagde synchronisatie verloren.
    .todo = Bekijk de synchronisatiegeschiedenis.
event-fx-01 =
    .short = rol gewijzigd
    .subject = { $node } is nu de primaire node
    .body = { $node } heeft de rol van primaire node overgenomen.
    .todo = U hoeft niets te doen.
event-fx-02 =
    .short = overname mislukt
    .subject = overname door { $node } mislukt: { $reason }
    .body = { $node } had de primaire node moeten worden, maar is dat niet geworden: { $reason }.
    .todo = Voer op beide nodes "postwacht failover status" uit en bepaal welke node primair is.
event-fx-03 =
    .short = conflict tussen rollen
    .subject = de nodes zijn het niet eens over hun rol
    .body = { $reason ->
        [both-primary] { $node } en { $peer } deden tegelijk dienst. De node met de laagste termijn treedt vanzelf terug. Elke node bezorgt de mail die hij heeft aangenomen.
        [waits] { $node } was primair, hoort { $peer } niet en doet geen dienst. { $peer } doet misschien dienst.
        [no-primary] Noch { $node } noch { $peer } is primair.
        [wrong-peer] De node die op het adres van { $peer } antwoordt, hoort bij een ander paar of heeft dit paar verlaten.
       *[settings] { $node } en { $peer } hebben verschillende instellingen van het paar.
    }
    .todo = Voer op beide nodes "postwacht failover status" uit en bepaal welke node primair is.
event-fx-04 =
    .short = back-up geworden
    .subject = { $node } is back-up geworden omdat een andere node primair is
    .body = { $node } heeft vastgesteld dat een andere node primair is, en is back-up geworden. De node neemt de e-mailinstellingen van { $peer } over; de eigen instellingen blijven bewaard als eerdere revisie.
    .todo = Controleer of er intussen op { $node } iets is gewijzigd: dat staat in de eerdere revisie.
event-fx-05 =
    .short = adres elders in gebruik
    .subject = adres { $ip } is in gebruik door { $mac }
    .body = Een ander apparaat, { $mac }, antwoordt op het gedeelde adres { $ip }.
    .todo = Zoek het apparaat op en geef het een ander adres.
event-fx-06 =
    .short = derde stem
    .subject = derde stem niet beschikbaar
    .body = De derde stem op { $arbiter } kan niet worden opgevraagd: { $error }.
    .todo = Herstel { $arbiter }. Tot dan kan een verbroken verbinding tussen de nodes ertoe leiden dat geen van beide primair is.
event-fx-07 =
    .short = back-up-node onbereikbaar
    .subject = back-up-node { $peer } is onbereikbaar
    .body = De primaire node heeft sinds { $since } niets van back-up-node { $peer } ontvangen. Tot die terug is, is er geen werkende back-up.
    .todo = Controleer { $peer } en het netwerk van die node.
event-fx-08 =
    .short = uit voorzorg gestopt
    .subject = { $node } is uit voorzorg gestopt
    .body = { $node } was primair en heeft de gedeelde adressen vrijgegeven, omdat { $reason ->
        [conflict] ook { $peer } primair is
       *[isolated] noch { $peer } noch een test-IP-adres antwoordde
    }: de andere node kan het hebben overgenomen.
    .todo = Herstel de verbinding tussen de nodes. Voer daarna op beide "postwacht failover status" uit.
