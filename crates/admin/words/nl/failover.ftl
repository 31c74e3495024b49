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
