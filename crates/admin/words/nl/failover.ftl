### Een paar maken: elke controle met wat is gevonden en wat te doen is.

pair-check-distinct-good = Dit zijn twee verschillende nodes.
pair-check-distinct-bad = Beide nodes hebben dezelfde identiteit: de ene is een kopie van de andere. Start de back-upnode met een lege gegevensmap.
pair-check-unpaired-good = Geen van beide nodes heeft een paar.
pair-check-unpaired-bad = { $node } heeft al een paar. Verbreek dat eerst.
pair-check-version-good = Op beide nodes draait versie { $primary }.
pair-check-version-warning = De versies verschillen: op de primaire node draait { $primary }, op de back-upnode { $backup }. Breng beide binnenkort op dezelfde versie.
pair-check-schema-good = De back-upnode kan de gegevens van de primaire node lezen.
pair-check-schema-bad = Op de back-upnode draait een oudere versie ({ $backup }), die de gegevens van de primaire node ({ $primary }) niet kan lezen. Werk eerst de back-upnode bij.
pair-check-clock-good = { $seconds ->
    [0] De klokken zijn gelijk.
    [one] De klokken verschillen één seconde.
   *[other] De klokken verschillen { $seconds } seconden.
}
pair-check-clock-bad = De klokken verschillen { $seconds } seconden. Stel beide in met NTP en probeer het opnieuw.
pair-check-reverse-good = De back-upnode bereikt de primaire node op { $address }.
pair-check-reverse-bad = De back-upnode bereikt de primaire node niet op { $address }: { $error }. Controleer dat adres, en of een firewall de back-upnode daarmee verbinding laat maken.
pair-check-shared-ips-good = { $count ->
    [0] Er is geen gedeeld IP-adres.
    [one] Het gedeelde IP-adres ligt in een netwerk van beide nodes.
   *[other] De { $count } gedeelde IP-adressen liggen in netwerken van beide nodes.
}
pair-check-shared-ips-bad = Niet bruikbaar als gedeeld IP-adres: { $addresses }. Een gedeeld IP-adres ligt in een netwerk van beide nodes en is geen adres van een van beide.
pair-check-backup-data-good = { $node } heeft geen instellingen en geen berichten die verloren zouden gaan.
pair-check-backup-data-warning = De instellingen en berichten van { $node } gaan verloren, zoals u hebt toegestaan.
pair-check-backup-data-bad = { $node } heeft eigen instellingen of berichten. Die zouden verloren gaan. Sta dat toe, of maak het paar vanaf { $node }.

### De status van het paar: welke node dienst doet, en of een overname zou lukken.

failover-duty-alone = { $node } heeft geen paar en doet alleen dienst.
failover-duty-primary = { $node } is de primaire node en { $peer } is de back-up.
failover-duty-backup = { $peer } is de primaire node en { $node } is de back-up.
failover-duty-waiting = { $node } doet op dit moment geen dienst: de rol is nog niet bepaald.
failover-duty-draining = { $node } draagt de rol over aan { $peer }.
failover-duty-retired = { $node } heeft het paar verlaten en doet geen dienst. Start de node als nieuwe site, of maak er een nieuw paar mee.
failover-waiting-silent = { $peer } antwoordt niet en doet misschien dienst; daarom wacht { $node }. Weet u zeker dat { $peer } uit is, voer dan "postwacht failover become primary" uit op { $node }.
failover-backup-silent = { $peer } antwoordt niet, zodat een storing van { $node } niet zou worden opgevangen.
failover-primary-silent = { $peer } antwoordt niet.
failover-primary-silent-due = { $peer } antwoordt niet. { $node } neemt over { $seconds ->
    [one] één seconde
   *[other] { $seconds } seconden
} over als dit aanhoudt.
failover-takeover-possible = Valt de primaire node uit, dan neemt de back-up vanzelf over.
failover-guard-switched-off = Een overname zou niet vanzelf gebeuren: automatische omschakeling staat uit op { $node }.
failover-guard-unconfirmed = Een overname zou nog niet vanzelf gebeuren: de primaire node heeft niet bevestigd dat { $node } alleen mag handelen. Dat gebeurt bij een volgende statuscontrole, en daarvoor is een test-IP nodig.
failover-guard-not-backup = Een overname zou nu niet vanzelf gebeuren: { $node } is geen back-up die de primaire node volgt.
failover-guard-maintenance = Een overname zou nu niet vanzelf gebeuren: onderhoud houdt die op { $node } tegen.
failover-guard-tilt = Een overname zou nu niet vanzelf gebeuren: { $node } heeft even stilgestaan en neemt eerst waar.
failover-guard-self-test = Een overname zou nu niet lukken: de zelftest van { $node } mislukt.
failover-guard-no-test-ip = Een overname zou niet vanzelf gebeuren: { $node } heeft geen test-IP. Voer er minstens één in.
failover-guard-test-ips = Een overname zou nu niet vanzelf gebeuren: geen test-IP van { $node } antwoordt.
failover-guard-never-synced = Een overname zou nog niet vanzelf gebeuren: { $node } heeft de instellingen van de primaire node nog niet gehad.
failover-guard-schema = Een overname zou nu niet lukken: de primaire node draait een nieuwere versie dan { $node }.
failover-guard-flip-guard = Een overname zou nu niet vanzelf gebeuren: de rollen zijn te kort geleden of te vaak gewisseld.
failover-guard-back-off = Een overname zou nu niet vanzelf gebeuren: er is er zojuist een mislukt op { $node }.
failover-guard-given-up = Een overname zou niet vanzelf gebeuren: overnames door { $node } zijn te vaak mislukt. Zoek de oorzaak en maak { $node } daarna met de hand primair.
failover-guard-disk = Een overname zou nu niet lukken: de schijf van { $node } kan niet worden beschreven.

### Regels voor de instellingen.

failover-rule-range = Deze waarde ligt buiten het bereik.
failover-rule-c1 = De tijd voor een antwoord moet korter zijn dan de tijd tussen twee statuscontroles.
failover-rule-c2 = De limiet voor de primaire node moet minstens drie keer de tijd tussen twee statuscontroles zijn.
failover-rule-c3 = De limiet voor de primaire node is te kort: een afgesneden primaire node stopt na de helft ervan, en moet gestopt zijn voordat de back-up overneemt.
failover-rule-c4 = De levensduur van een adres moet eindigen vóór de helft van de limiet voor de primaire node, en minstens drie keer de tijd tussen twee vernieuwingen zijn.
failover-rule-c8 = Automatische omschakeling heeft minstens één test-IP nodig.
failover-rule-c9 = Dit kan geen test-IP zijn: het moet het adres van een ander apparaat zijn.
failover-rule-c10 = Dit kan hier geen gedeeld IP zijn: het moet in een netwerk van deze node liggen en mag geen eigen adres zijn.
