# Wat berichten over elke gebeurtenis zeggen. short: een naam; subject: achter de ernst; body: wat er is; todo: wat te doen.

event-mail-test =
    .short = testbericht
    .subject = testbericht
    .body = Dit is een test van relay { $relay }. Leest u dit, dan komt mail van deze site aan.
    .todo = U hoeft niets te doen.
event-mail-daily =
    .short = dagelijks bericht
    .subject = dagelijks bericht
    .body = Dit bericht komt elke dag, zodat u weet dat alarmen u bereiken.
    .todo = Blijft het een dag uit, kijk dan op het overzicht.
event-mail-silent =
    .short = er gaat geen mail uit
    .subject = er gaat geen mail uit
    .body = { $last ->
        [none] Er heeft nog geen relay een bericht aangenomen
       *[other] Sinds { $last } heeft geen relay een bericht aangenomen
    }, en er { $waiting ->
        [one] wacht één bericht
       *[other] wachten { $waiting } berichten
    }, het oudste sinds { $oldest }. De laatste fout: { $error }
    .todo = Kijk op het overzicht en voer "postwacht doctor" uit. Wat wacht, gaat vanzelf uit zodra een relay weer mail aanneemt; er gaat niets verloren.
event-oauth-grant-expiring =
    .short = toestemming van relay { $relay } loopt af
    .subject = de toestemming van relay { $relay } loopt over { $days ->
        [one] één dag
       *[other] { $days } dagen
    } af
    .body = De provider staat deze site tot { $ends } toe om via relay { $relay } als { $account } te verzenden. Daarna gaat er geen mail meer via deze relay.
    .todo = Open Beheer > E-mailconfiguratie en kies Verifiëren om opnieuw aan te melden.
event-oauth-grant-lost =
    .short = toestemming van relay { $relay }
    .subject = relay { $relay } mag niet meer verzenden
    .body = De provider staat deze site niet meer toe om via relay { $relay } als { $account } te verzenden. Het antwoord: { $error }
    .todo = Open Beheer > E-mailconfiguratie en kies Verifiëren. Mail wacht of gaat via een andere relay; er gaat niets verloren.
event-oauth-client-refused =
    .short = client van relay { $relay }
    .subject = de provider van relay { $relay } weigert onze client
    .body = De provider aanvaardt de client-ID met het geheim of het certificaat niet. Het antwoord: { $error }
    .todo = Kijk of het clientgeheim is verlopen, maak bij de provider een nieuw en vul het in bij Beheer > E-mailconfiguratie. De toestemming zelf blijft bewaard.
event-oauth-settings-refused =
    .short = OAuth2-instellingen van relay { $relay }
    .subject = de provider van relay { $relay } weigert de OAuth2-instellingen
    .body = De provider geeft voor deze instellingen geen token. Het antwoord: { $error }
    .todo = Vergelijk scopes, tenant en eindpunten bij Beheer > E-mailconfiguratie met wat de provider toont.
event-oauth-token-missing =
    .short = geen token voor relay { $relay }
    .subject = de provider van relay { $relay } geeft geen token
    .body = Het laatste token van relay { $relay } is verlopen, en de provider heeft al een half uur geen nieuw gegeven. Het antwoord: { $error }
    .todo = Ga na of de provider een storing heeft en of deze node hem bereikt. Het vragen gaat vanzelf door.
event-oauth-token-unwritten =
    .short = token van relay { $relay } niet opgeslagen
    .subject = een nieuw token van relay { $relay } kan niet op de schijf worden gezet
    .body = De provider heeft een nieuw token gegeven dat niet kon worden opgeslagen. Stopt de node nu, dan kan de toestemming verloren gaan.
    .todo = Maak ruimte op de schijf en laat de node draaien tot dit voorbij is.
event-oauth-secret-expiring =
    .short = clientgeheim van relay { $relay }
    .subject = { $days ->
        [0] het clientgeheim van relay { $relay } is verlopen
        [one] het clientgeheim van relay { $relay } verloopt over één dag
       *[other] het clientgeheim van relay { $relay } verloopt over { $days } dagen
    }
    .body = Het clientgeheim waarmee relay { $relay } tokens vraagt, verloopt op { $ends }. Vanaf dan gaat er geen mail meer via deze relay.
    .todo = Maak bij de provider een nieuw geheim en vul het bij Beheer > E-mailconfiguratie in als volgend geheim; het wordt gebruikt zodra het eerste wordt geweigerd.
event-oauth-certificate-expiring =
    .short = toepassingscertificaat van relay { $relay }
    .subject = { $days ->
        [0] het certificaat van de toepassing van relay { $relay } is verlopen
        [one] het certificaat van de toepassing van relay { $relay } verloopt over één dag
       *[other] het certificaat van de toepassing van relay { $relay } verloopt over { $days } dagen
    }
    .body = Het certificaat waarmee relay { $relay } tokens vraagt, verloopt op { $ends }. Vanaf dan gaat er geen mail meer via deze relay.
    .todo = Maak bij Beheer > E-mailconfiguratie een nieuwe sleutel en upload het certificaat bij de provider.
event-oauth-account-mismatch =
    .short = account van relay { $relay }
    .subject = relay { $relay } is als iemand anders aangemeld
    .body = Relay { $relay } is aangemeld als { $account }, maar in de instellingen staat { $email }. De relay wordt pas gebruikt als iemand dit bevestigt.
    .todo = Bevestig het account bij Beheer > E-mailconfiguratie, of meld opnieuw aan als { $email }.
event-relay-unreachable =
    .short = relay { $relay } onbereikbaar
    .subject = relay { $relay } is sinds { $since } onbereikbaar
    .body = { $host } is sinds { $since } niet bruikbaar: { $error }
    .todo = Kijk naar de relay, naar het netwerk tussen de relay en deze node, en naar DNS. Er wordt vanzelf opnieuw geprobeerd, minstens elk kwartier.
event-relay-signin-refused =
    .short = aanmelding bij relay { $relay }
    .subject = relay { $relay } weigert de aanmelding
    .body = { $host } laat deze site niet aanmelden: { $error }
    .todo = Verbeter gebruikersnaam, wachtwoord of toestemming bij Beheer > E-mailconfiguratie. Intussen wordt er zelden geprobeerd, zodat het account niet wordt vergrendeld.
event-relay-sender-refused =
    .short = afzender { $sender } bij relay { $relay }
    .subject = relay { $relay } laat { $sender } niet verzenden
    .body = { $host } weigert mail van { $sender }: { $error }
    .todo = Geef het account het recht om als { $sender } te verzenden, of wijzig het afzenderadres. Mail van { $sender } wacht of gaat via een andere relay.
event-relay-trust-failed =
    .short = identiteit van relay { $relay }
    .subject = relay { $relay } kan niet bewijzen wie hij is
    .body = De versleutelde verbinding met { $host } is niet te vertrouwen: { $error }
    .todo = Is het certificaat van de relay met opzet vervangen, vertrouw dan het nieuwe bij Beheer > E-mailconfiguratie; zo niet, dan luistert er misschien iemand mee. Er wordt niets over verzonden.
event-relay-refused =
    .short = relay { $relay } weigert deze node
    .subject = relay { $relay } weigert deze node
    .body = { $host } neemt zoals het nu is ingesteld geen mail van deze node aan: { $error }
    .todo = Voer "postwacht doctor" uit: dat noemt de oorzaak en de oplossing.
event-relay-certificate-expiring =
    .short = certificaat van relay { $relay }
    .subject = { $days ->
        [0] het certificaat van relay { $relay } is verlopen
        [one] het certificaat van relay { $relay } verloopt over één dag
       *[other] het certificaat van relay { $relay } verloopt over { $days } dagen
    }
    .body = Het certificaat dat { $host } toont, verloopt op { $ends }. Is het dan niet vernieuwd, dan gaat er geen mail meer via deze relay.
    .todo = Waarschuw wie de relay beheert.
event-relay-client-certificate-expiring =
    .short = clientcertificaat voor relay { $relay }
    .subject = { $days ->
        [0] het clientcertificaat voor relay { $relay } is verlopen
        [one] het clientcertificaat voor relay { $relay } verloopt over één dag
       *[other] het clientcertificaat voor relay { $relay } verloopt over { $days } dagen
    }
    .body = Het certificaat dat deze node aan relay { $relay } toont, verloopt op { $ends }.
    .todo = Vraag een nieuw aan en vul het in bij Beheer > E-mailconfiguratie.
event-relay-fallback-active =
    .short = reserverelay in gebruik
    .subject = mail gaat via { $used } omdat { $relay } niet bruikbaar is
    .body = Relay { $relay }, de eerste van de route, is sinds { $since } niet bruikbaar ({ $error }). Mail gaat via { $used }.
    .todo = Herstel { $relay }. Zodra die weer bruikbaar is, gaat mail er weer langs; u krijgt dan bericht.
event-queue-backlog =
    .short = wachtende mail
    .subject = { $waiting ->
        [one] er wacht een bericht sinds
       *[other] er wachten { $waiting } berichten, het oudste sinds
    } { $oldest }
    .body = De mail blijft achter: er { $waiting ->
        [one] wacht één bericht
       *[other] wachten { $waiting } berichten
    } op een relay, het oudste sinds { $oldest }.
    .todo = Kijk in de wachtrij en naar wat de relays het laatst zeiden.
event-queue-stuck =
    .short = mail blijft liggen
    .subject = mail is aan de beurt en wordt niet verzonden
    .body = Sinds { $since } is er mail aan de beurt die een relay kan aannemen, en Postwacht probeert die niet. Postwacht heeft zijn planner gewekt.
    .todo = Voer "postwacht queue retry --all" uit. Wacht er na twee minuten nog mail, start de dienst dan opnieuw: aangenomen mail staat op schijf en gaat na de start de deur uit. Stuur het logboek naar de onderhouders van Postwacht.
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
    .todo = Bekijk het met "postwacht queue show { $message }", vraag de afzender het opnieuw te sturen en annuleer het. Controleer de schijf op fouten.
event-queue-refused =
    .short = geweigerde berichten
    .subject = { $count ->
        [one] een bericht is definitief geweigerd
       *[other] { $count } berichten zijn definitief geweigerd
    }
    .body = { $count ->
        [one] De mail aan één ontvanger is geweigerd.
       *[other] De mail aan { $count } ontvangers is geweigerd.
    } Het nieuwste is bericht { $message }: { $error }
    .todo = Bekijk het bericht in de wachtrij: daar staan de woorden van de relay en wat u kunt doen.
event-queue-quota-near =
    .short = geen ruimte voor nieuwe mail
    .subject = de wachtrij is bijna vol
    .body = Op de schijf is nog maar { $free } vrij. Programma's en apparaten die mail aanbieden, worden afgewezen met het verzoek het later te proberen; kritieke berichten worden nog aangenomen.
    .todo = Maak ruimte op de schijf.
event-events-refused =
    .short = gebeurtenissen van { $program } geweigerd
    .subject = gebeurtenissen van { $program } worden geweigerd
    .body = { $why ->
        [count] Er staan te veel incidenten open, van { $program } of in totaal.
       *[rate] { $program } meldt en lost in korte tijd te veel op.
    } Daarom { $count ->
        [one] is één gebeurtenis ervan niet opgeslagen
       *[other] zijn { $count } gebeurtenissen ervan niet opgeslagen
    }. Niemand krijgt te horen wat erin stond. Andere programma’s merken er niets van.
    .todo = Herstel het programma als het in een lus meldt, en los incidenten op die voorbij zijn.
event-contact-refused =
    .short = contact { $contact }
    .subject = de relay weigert ons contact { $contact }
    .body = Berichten aan { $contact } komen niet aan: relay { $relay } zei { $error }
    .todo = Verbeter of verwijder het adres bij de beheerderscontacten onder Beheer > E-mailconfiguratie.
event-contact-unconfirmed =
    .short = contact { $contact } niet bevestigd
    .subject = niemand heeft bevestigd dat mail aan { $contact } aankomt
    .body = Al { $unanswered ->
        [one] één dag
       *[other] { $unanswered } dagen
    } gaan er berichten naar { $contact }, en niemand heeft "Ik heb dit ontvangen" gekozen. Een relay kan mail aannemen en later weggooien.
    .todo = Vraag wie { $contact } leest om in het nieuwste dagelijkse bericht of testbericht "Ik heb dit ontvangen" te kiezen.
event-node-certificate-expiring =
    .short = certificaat van deze node
    .subject = { $days ->
        [0] het certificaat van deze node is verlopen
        [one] het certificaat van deze node verloopt over één dag
       *[other] het certificaat van deze node verloopt over { $days } dagen
    }
    .body = Het certificaat van deze node, voor { $names }, verloopt op { $ends }. Browsers en apparaten weigeren dan te verbinden.
    .todo = Vernieuw het certificaatbestand dat in de configuratie van de node staat.
event-node-disk-low =
    .short = schijfruimte
    .subject = de schijf is bijna vol: nog { $free }
    .body = { $directory } heeft nog { $free } vrij van { $total }. Bij minder wordt nieuwe mail afgewezen.
    .todo = Maak ruimte of vergroot de schijf.
event-node-key-lost =
    .short = sleutelbestand
    .subject = het sleutelbestand { $why ->
        [missing] is weg
       *[other] bevat een andere sleutel
    }: { $file }
    .body = De node heeft de sleutel in het geheugen en werkt door. Na de volgende start kan die de wachtwoorden en toestemmingen die ermee bewaard zijn niet openen: { $file } { $why ->
        [missing] is weg
       *[other] bevat die sleutel niet meer
    }.
    .todo = Zet het sleutelbestand terug vanaf uw kopie, met modus 600, voordat de node stopt. Is er geen kopie, houd er dan rekening mee dat u wachtwoorden en toestemmingen na de volgende start opnieuw moet invoeren.
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
    } meer over om mail te versturen
    .body = Sinds { $since } lukt geen verbinding met de relays, omdat deze machine geen { $resource ->
        [memory] kernelgeheugen
        [ports] lokale poorten
       *[descriptors] bestandsdescriptors
    } meer over heeft. Het ligt niet aan een relay. De mail wacht, en gaat vanzelf de deur uit zodra dit voorbij is.
    .todo = { $resource ->
        [memory] Maak geheugen vrij op deze machine.
        [ports] Zoek het programma dat veel verbindingen vasthoudt (ss -tan) en stop het, of maak net.ipv4.ip_local_port_range ruimer.
       *[descriptors] Verhoog de limiet van open bestanden (LimitNOFILE= van de systemd-unit) en start Postwacht opnieuw. Heeft het hele systeem er geen meer, verhoog dan fs.file-max.
    }
event-store-checkpoint-failed =
    .short = write-ahead-logboek
    .subject = het write-ahead-logboek van de database kan niet worden verwerkt: { $size }
    .body = Het write-ahead-logboek is gegroeid tot { $size }, omdat het niet in de database kan worden verwerkt: { $error }. Aangenomen mail staat er veilig in. Bereikt het zijn grens, dan wordt nieuwe mail afgewezen.
    .todo = Beëindig het programma dat hier genoemd wordt. Is een checkpoint mislukt, controleer dan de schijf en de vrije ruimte.
event-store-failed =
    .short = database uitgevallen
    .subject = de node is gestopt omdat de database is uitgevallen
    .body = De node heeft niets meer aangenomen en is gestopt: { $error }. Mail die in de wachtrij stond, gaat weg zodra de database terug is; zonder die database is die mail verloren.
    .todo = Zet de database terug, of zet een back-up terug, en zoek uit wat haar heeft weggehaald of wat er misging.
event-store-unexpected =
    .short = onverwachte database
    .subject = deze node is gestart met een database die hij niet verwachtte
    .body = De start is bevestigd met --new-store: { $error }. Mail die in de vorige database wachtte, staat hier niet. { $held ->
        [0] Er wordt geen wachtend bericht vastgehouden.
        [one] Eén wachtend bericht wordt vastgehouden, want het kan al verstuurd zijn.
       *[other] { $held } wachtende berichten worden vastgehouden, want ze kunnen al verstuurd zijn.
    }
    .todo = Geef vrij of annuleer wat wordt vastgehouden. Zoek de vorige database als de mail daarin niet verstuurd is.
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
    }. Certificaten en tokens kunnen worden geweigerd, en tijden in berichten kloppen niet.
    .todo = Laat de machine een tijdserver volgen (chrony, systemd-timesyncd).
event-node-started-after-crash =
    .short = start na een crash
    .subject = deze node is opnieuw gestart na een crash of stroomuitval
    .body = De node is gestart om { $started }. Daarvoor is hij het laatst gezien om { $seen }, en hij was niet gestopt: hij is gecrasht, beëindigd of zonder stroom geraakt. Er is geen aangenomen mail verloren; wat onderweg was, kan dubbel aankomen.
    .todo = Bekijk het logboek van de machine rond { $seen }.
event-account-signin-blocked =
    .short = geweigerde aanmeldingen
    .subject = { $count } geweigerde aanmeldingen als { $account }
    .body = Iemand op { $address } heeft { $count } keer met een verkeerd wachtwoord geprobeerd aan te melden als { $account }. Verdere pogingen worden vertraagd.
    .todo = Was dit niet u of een collega, blokkeer dan { $address } in de firewall.
event-settings-changed =
    .short = instellingen gewijzigd
    .subject = { $who } heeft instellingen gewijzigd die van belang zijn voor de beveiliging
    .body = { $who } heeft iets gewijzigd dat van belang is voor de beveiliging. Wat het was, staat hieronder.
    .todo = Had u dit niet verwacht, bekijk dan het auditlogboek en zet de vorige revisie terug.
event-access-changed =
    .short = toegang gewijzigd
    .subject = { $who } heeft { $act ->
        [account-created] een account gemaakt
        [account-deleted] een account verwijderd
        [account-reset] het wachtwoord van een account weggenomen en een link gemaakt voor een nieuw
        [token-created] een token gemaakt
        [oauth-authorized] toestemming (OAuth2) gegeven om te verzenden
        [oauth-forgotten] de toestemming (OAuth2) om te verzenden beëindigd
        [backup-restored] een back-up teruggezet
       *[other] gewijzigd wie toegang heeft
    }: { $detail }
    .body = Dit wijzigt wie of wat deze node kan gebruiken: { $detail }.
    .todo = Had u dit niet verwacht, bekijk dan het auditlogboek. { $act ->
        [account-created] Verwijder het account (postwacht account delete).
        [account-deleted] Maak het account opnieuw (postwacht account create).
        [account-reset] Maak een andere link (postwacht account reset): die vervangt de eerste.
        [token-created] Trek het token in (postwacht token revoke).
        [oauth-authorized] Beëindig de toestemming (postwacht oauth forget), ook bij de provider.
        [oauth-forgotten] Geef de toestemming opnieuw (postwacht oauth verify).
        [backup-restored] Bekijk wat de back-up heeft teruggebracht: accounts, instellingen en vastgehouden mail.
       *[other] Wijzig de wachtwoorden van de beheerders.
    }
event-contact-removed =
    .short = contact verwijderd
    .subject = { $contact } is geen beheercontact meer
    .body = Berichten gaan vanaf nu naar { $left }. Dit bericht gaat voor het laatst ook naar { $contact }.
    .todo = Had u dit niet verwacht, dan heeft misschien iemand anders toegang: bekijk het auditlogboek en zet de vorige revisie terug.
event-alarm-webhook-failed =
    .short = alarmwebhook
    .subject = de alarmwebhook op { $host } neemt geen aanroepen aan
    .body = { $host } heeft sinds { $since } geen aanroep aangenomen ({ $error }). Zou de mail nu uitvallen, dan kan deze webhook u niet waarschuwen.
    .todo = Verbeter alarm.webhooks in de instellingen en probeer het met "postwacht alarm test".
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
    .todo = Kijk bij het script of apparaat dat dit meldde: { $by }.

event-fo-01 =
    .short = versieverschil
    .subject = de failovernodes draaien verschillende softwareversies
    .body = Tijdens "{ $operation }" ({ $time }) bleek dat de nodes niet dezelfde software draaien: { $primary } heeft { $v_primary }, { $backup } heeft { $v_backup }. { $effect ->
        [refused] De gegevenssynchronisatie is geweigerd omdat het gegevensformaat verschilt.
        [takeover] De omschakeling is wel voortgezet.
       *[continued] De bewerking is wel voortgezet.
    }
    .todo = Installeer op beide nodes dezelfde versie, eerst op de back-up-node, en kies daarna Nu synchroniseren.
event-fo-02 =
    .short = interface van gedeeld adres
    .subject = gedeeld adres { $ip } is niet in gebruik, interface { $interface } staat uit
    .body = { $node } is de primaire node en hoort op { $ip } te antwoorden, maar interface { $interface } is { $why ->
        [link] zonder verbinding
        [disabled] uitgezet in de IP-configuratie
       *[off] uitgeschakeld
    }. Wie met { $ip } verbindt, krijgt geen antwoord.
    .todo = Schakel de interface in of controleer de kabel en de switchpoort.
event-fo-03 =
    .short = ontbrekend gedeeld adres
    .subject = gedeeld adres { $ip } ontbreekt op { $node }
    .body = { $why ->
        [removed] { $node } is primair en heeft { $ip } op { $interface } gezet, maar een ander programma heeft het adres { $count } keer verwijderd.
       *[unlisted] De site gebruikt { $ip } als gedeeld adres, maar dit staat niet in de IP-configuratie van { $node }. { $node } kan het adres dus niet overnemen.
    }
    .todo = { $why ->
        [removed] Sluit het adres uit van het netwerkbeheer.
       *[unlisted] Voeg { $ip } toe bij Apparaat > IP-configuratie van { $node }.
    }
event-fo-04 =
    .short = back-up-node afgesneden
    .subject = back-up-node { $node } is afgesneden van het netwerk
    .body = Sinds { $since } bereikt de back-up-node de primaire node { $peer } niet ({ $errors }) en ook geen enkel test-IP-adres ({ $ips }). Waarschijnlijk is { $node } zelf zijn verbinding kwijt; de node neemt daarom niet over. Tot dit is opgelost, is er geen werkende back-up.
    .todo = Controleer de kabel, de switchpoort en het adres van { $node }.
event-fo-05 =
    .short = test-IP-adressen stil
    .subject = back-up-node { $node } bereikt geen enkel test-IP-adres
    .body = { $node } bereikt de primaire node nog wel, maar sinds { $since } antwoordt geen van de test-IP-adressen { $ips }. Valt de primaire node nu uit, dan kan { $node } niet vaststellen aan wiens netwerk het ligt en schakelt de node niet automatisch om.
    .todo = Controleer de test-IP-adressen of kies andere bij Beheer > Automatische omschakeling.
event-fo-06 =
    .short = back-upverwerking uit
    .subject = back-upverwerking op { $node } is uitgeschakeld
    .body = { $who } heeft de back-upverwerking op { $node } op { $since } uitgeschakeld. Er worden geen gegevens naar deze node gekopieerd en hij neemt niet over. Laatste volledige kopie: { $last_sync }.
    .todo = Schakel de verwerking na afloop weer in bij Beheer > Automatische omschakeling > Back-upinstellingen.
event-fo-07 =
    .short = zelftest
    .subject = zelftest van back-up-node { $node } mislukt
    .body = { $node } kon zijn eigen diensten niet bereiken of gebruiken: { $check } – { $error }. De node werkt niet goed en mag niet overnemen.
    .todo = Controleer { $hint } op { $node } of start de node opnieuw op.
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
    .short = primaire node stil
    .subject = primaire node { $peer } reageert niet – actie nodig
    .body = { $node } kan de primaire node { $peer } sinds { $since } niet testen ({ $errors }); het eigen netwerk van { $node } werkt. Automatische omschakeling staat UIT, er gebeurt dus niets vanzelf. Laatste gegevenskopie: { $last_sync }.
    .todo = Herstel { $peer } of kies – alleen als u zeker weet dat die node uit is – Primair worden op { $node }.
event-fo-10 =
    .short = primaire node stil
    .subject = primaire node { $peer } reageert niet{ $guard ->
        [none] {" "}– overname om { $eta } als dit aanhoudt
       *[other] {""}
    }
    .body = { $node } kan de primaire node { $peer } sinds { $since } niet testen ({ $errors }). Automatische omschakeling staat AAN. { $guard ->
        [none] Blijft { $peer } stil, dan wordt { $node } om ongeveer { $eta } de primaire node.
       *[other] Overnemen kan nu niet, omdat { $guard }.
    } Gegevens van na { $last_sync } ontbreken dan op { $node }.
    .todo = Wilt u de overname voorkomen, herstel dan { $peer } of houd de omschakeling op { $node } tegen (Onderhoud).
event-fo-11 =
    .short = overname
    .subject = { $node } neemt het over als primaire node
    .body = { $peer } is al { $duration } minuten onbereikbaar (grens { $timeout }); { $node } wordt daarom nu de primaire node, met de gegevens van { $last_sync }. Over te nemen adressen: { $ips }. Een tweede bericht meldt het resultaat.
    .todo = Zet { $peer } niet aan in een afgezonderd netwerk; zodra die node terug is, wordt hij vanzelf back-up.
event-fo-12 =
    .short = mislukte gegevenskopie
    .subject = gegevenskopie naar back-up-node { $backup } mislukte in de afgelopen 24 uur
    .body = { $count } van { $total } gegevenssynchronisaties van { $primary } naar { $backup } zijn in de afgelopen 24 uur mislukt. Laatste fout { $time }: { $error }. Laatste geslaagde: { $last_ok ->
        [none] geen in deze periode
       *[other] { $last_ok }
    }. Valt { $primary } uit, dan gaan wijzigingen van na de laatste geslaagde kopie verloren.
    .todo = Zie Synchronisatiegeschiedenis.
event-fx-01 =
    .short = rol gewijzigd
    .subject = { $node } is nu de primaire node
    .body = { $node } heeft de rol van primaire node overgenomen.
    .todo = U hoeft niets te doen.
event-fx-02 =
    .short = overname ging niet door
    .subject = overname door { $node } ging niet door: { $reason }
    .body = { $node } zou de primaire node worden en is het niet geworden: { $reason }.
    .todo = Kijk op beide nodes bij Beheer > Automatische omschakeling en bepaal welke primair moet zijn.
event-fx-03 =
    .short = rollen in strijd
    .subject = de failovernodes zijn het niet eens over hun rol
    .body = { $node } en { $peer } zijn het niet eens: { $reason }.
    .todo = Kijk op beide nodes bij Beheer > Automatische omschakeling en bepaal welke primair moet zijn.
event-fx-04 =
    .short = teruggetreden
    .subject = { $node } is teruggetreden als back-up
    .body = { $node } merkte dat een andere node primair is en is back-up geworden. Wat alleen deze node had, staat in { $archive }.
    .todo = Ga na of er uit het archief nog iets nodig is.
event-fx-05 =
    .short = adres elders in gebruik
    .subject = adres { $ip } is in gebruik door { $mac }
    .body = Een ander apparaat, { $mac }, antwoordt op het gedeelde adres { $ip }.
    .todo = Zoek het apparaat op en geef het een ander adres.
event-fx-06 =
    .short = derde stem
    .subject = derde stem niet beschikbaar
    .body = De derde stem op { $arbiter } kan niet worden gevraagd: { $error }.
    .todo = Herstel { $arbiter }; tot dan kan een breuk tussen de nodes beide zonder primaire node laten.
event-fx-07 =
    .short = back-up-node stil
    .subject = back-up-node { $peer } is stil
    .body = De primaire node heeft sinds { $since } niets van back-up-node { $peer } gehoord. Tot die terug is, is er geen werkende back-up.
    .todo = Kijk naar { $peer } en het netwerk van die node.
event-fx-08 =
    .short = uit voorzorg gestopt
    .subject = { $node } is uit voorzorg gestopt
    .body = { $node } was primair en heeft de gedeelde adressen losgelaten, omdat { $reason }: een andere node kan het hebben overgenomen.
    .todo = Herstel de verbinding tussen de nodes; kijk daarna bij Beheer > Automatische omschakeling.
