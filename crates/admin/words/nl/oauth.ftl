### Aanmelden met OAuth2: hoe het met een toestemming staat, waarom er geen token is, wat er bij het verifiëren misging.

## Waarom er geen token is om mee aan te melden

no-token-absent =
    .cause = Bij de provider van deze relay heeft nog niemand toestemming gegeven, dus er is geen token om mee aan te melden.
    .remedy = Open Beheer › E-mailconfiguratie en kies OAuth2-provider verifiëren, of voer uit: postwacht oauth verify. Wat wacht, gaat dan vanzelf weg.
no-token-unreachable =
    .cause = Het tokeneindpunt van de provider gaf geen bruikbaar antwoord, en het laatste token is verlopen.
    .remedy = Er wordt vanzelf opnieuw gevraagd, eerst snel. Blijft het zo, controleer dan het tokeneindpunt (email.oauth2.token_endpoint), de proxy (email.oauth2.proxy), de naamresolutie en de firewall: postwacht doctor.
no-token-doubted =
    .cause = De provider accepteerde de bewaarde toestemming zojuist niet. Ook providers vergissen zich: na 1, 5 en 15 minuten wordt het opnieuw gevraagd, pas daarna geldt ze als verloren.
    .remedy = Nu nog niets. Gaat de toestemming verloren, meld u dan opnieuw aan met OAuth2-provider verifiëren.
no-token-lost =
    .cause = De toestemming om aan te melden is beëindigd: de provider accepteert haar niet meer. Mail voor deze relay wacht, of straks.
    .remedy = Meld u opnieuw aan met OAuth2-provider verifiëren op Beheer › E-mailconfiguratie, of met: postwacht oauth verify. Wat wacht, gaat dan vanzelf weg.
no-token-client-refused =
    .cause = De provider gelooft de client niet: de ID, het geheim of het certificaat. De toestemming zelf blijft bewaard.
    .remedy = Vul een geldig clientgeheim in (email.oauth2.client_secret), of upload het certificaat van de toepassing bij de provider. Na het opslaan wordt het meteen geprobeerd.
no-token-misconfigured =
    .cause = De provider weet wie er vraagt, maar geeft niet wat er gevraagd wordt.
    .remedy = Controleer bereik, tenant en eindpunten (email.oauth2.scopes, email.oauth2.tenant, email.oauth2.token_endpoint).
no-token-account =
    .cause = Het account dat is aangemeld, is niet het account bij E-mail (email.oauth2.email), en niemand heeft bevestigd dat dit de bedoeling is.
    .remedy = Bevestig het account op Beheer › E-mailconfiguratie, of meld u opnieuw aan met het juiste. Op de opdrachtregel: postwacht oauth status.
no-token-unwritten =
    .cause = Er kwam een nieuw token, maar het kon niet op schijf worden gezet; tot dan wordt het niet gebruikt, want misschien geeft de provider geen tweede.
    .remedy = Maak ruimte op de schijf van de gegevensmap. Het wordt vanzelf opnieuw geprobeerd.

## Hoe het met een toestemming staat

grant-absent = Relay { $relay }: nog geen toestemming. Mail ervoor wacht tot iemand zich aanmeldt met OAuth2-provider verifiëren (postwacht oauth verify).
grant-authorized = Relay { $relay }: geautoriseerd als { $account }.
grant-application = Relay { $relay }: de toepassing is geautoriseerd en verzendt als { $email }.
grant-application-absent = Relay { $relay }: de toepassing heeft nog geen token.
grant-failing = Relay { $relay }: geautoriseerd als { $account }, maar de laatste vernieuwing mislukte.
grant-doubted = Relay { $relay }: de provider weigerde de toestemming zojuist; het wordt opnieuw gevraagd voordat ze als verloren geldt.
grant-lost = Relay { $relay }: de toestemming om aan te melden is verloren. Mail ervoor wacht, of straks. Meld u opnieuw aan met OAuth2-provider verifiëren (postwacht oauth verify).
grant-client-refused = Relay { $relay }: de provider weigert het clientgeheim of het certificaat. Mail ervoor wacht, of straks.
grant-misconfigured = Relay { $relay }: de provider geeft niet wat de instellingen vragen. Mail ervoor wacht, of straks.
grant-confirm = Relay { $relay }: aangemeld als { $account }, terwijl bij E-mail { $email } staat. Het wordt pas gebruikt als iemand dat bevestigt (postwacht oauth confirm { $account }).
grant-verify-again = Relay { $relay }: het bereik is sinds de aanmelding gewijzigd. Verifieer opnieuw.
grant-secret-days = Relay { $relay }: { $days ->
        [0] het clientgeheim verloopt vandaag. Maak een nieuw en vul het in als volgend geheim.
        [one] het clientgeheim verloopt morgen. Maak een nieuw en vul het in als volgend geheim.
       *[other] het clientgeheim verloopt over { $days } dagen. Maak een nieuw en vul het in als volgend geheim.
    }
grant-secret-ended = Relay { $relay }: { $days ->
        [one] het clientgeheim is gisteren verlopen. Maak een nieuw en vul het in als volgend geheim.
       *[other] het clientgeheim is { $days } dagen geleden verlopen. Maak een nieuw en vul het in als volgend geheim.
    }
grant-certificate-days = Relay { $relay }: { $days ->
        [0] het certificaat van de toepassing verloopt vandaag. Maak een nieuw sleutelpaar en upload het certificaat.
        [one] het certificaat van de toepassing verloopt morgen. Maak een nieuw sleutelpaar en upload het certificaat.
       *[other] het certificaat van de toepassing verloopt over { $days } dagen. Maak een nieuw sleutelpaar en upload het certificaat.
    }
grant-certificate-ended = Relay { $relay }: { $days ->
        [one] het certificaat van de toepassing is gisteren verlopen. Maak een nieuw sleutelpaar en upload het certificaat.
       *[other] het certificaat van de toepassing is { $days } dagen geleden verlopen. Maak een nieuw sleutelpaar en upload het certificaat.
    }
grant-clock-behind = Relay { $relay }: de klok van de provider loopt { $minutes } minuten voor op de onze. Zet de klok van deze machine goed: tokens en TLS hangen ervan af.
grant-clock-ahead = Relay { $relay }: de klok van de provider loopt { $minutes } minuten achter op de onze. Zet de klok van deze machine goed: tokens en TLS hangen ervan af.
grant-cut-off = Relay { $relay }: een vernieuwing om { $at } werd afgebroken voordat het antwoord was opgeslagen. Gaf de provider toen een nieuwe toestemming, dan kent hij de onze niet meer: meld u opnieuw aan.

## Het verifiëren liep op niets uit

verify-no-state =
    .cause = Het adres heeft geen “state” en hoort dus niet bij een aanmelding die hier is begonnen.
    .remedy = Begin opnieuw met OAuth2-provider verifiëren. Kopieer bij het plakken het hele adres.
verify-unknown =
    .cause = Deze aanmelding is hier niet bekend: ze is al gebruikt, ouder dan tien minuten, of begonnen voor een herstart.
    .remedy = Begin opnieuw met OAuth2-provider verifiëren.
verify-foreign =
    .cause = Deze aanmelding is begonnen in een andere sessie of door een ander programma, en alleen daar kan ze worden voltooid. Er is niets opgeslagen.
    .remedy = Begon u op de opdrachtregel, plak het adres van deze pagina dan daar. Begin anders opnieuw met OAuth2-provider verifiëren.
verify-other-issuer =
    .cause = Het antwoord kwam van een andere provider dan die waaraan het gevraagd was.
    .remedy = Controleer het autorisatie-eindpunt (email.oauth2.authorization_endpoint) en begin opnieuw. Klopt dat, dan is er misschien met de aanmelding geknoeid.
verify-no-code =
    .cause = De provider stuurde geen code en ook geen fout.
    .remedy = Begin opnieuw met OAuth2-provider verifiëren. Kopieer bij het plakken het hele adres.
verify-changed =
    .cause = De instellingen zijn gewijzigd sinds deze aanmelding begon.
    .remedy = Begin opnieuw met OAuth2-provider verifiëren.
verify-refused =
    .cause = De provider weigerde.
    .remedy = Zijn eigen woorden zeggen waarom. Verhelp dat en begin opnieuw met OAuth2-provider verifiëren.
verify-no-refresh-token =
    .cause = De provider gaf een token voor een uur, maar geen blijvende toestemming (geen vernieuwingstoken). Dan zou de mail vanzelf stoppen.
    .remedy = Entra ID: zet offline_access bij het bereik (email.oauth2.scopes). Google: verwijder deze app bij de koppelingen van het account en begin opnieuw. Anders: sta offline toegang toe voor deze client.
verify-no-mail-scope =
    .cause = Het aanmelden lukte, maar het recht om mail te verzenden is niet gegeven.
    .remedy = Begin opnieuw en laat het recht om mail te verzenden aangevinkt. Controleer het bereik (email.oauth2.scopes) en de machtigingen van de client bij de provider.
verify-not-ours =
    .cause = Het antwoord van de provider hoort niet bij deze aanmelding. Er is niets opgeslagen.
    .remedy = Begin opnieuw met OAuth2-provider verifiëren, in één tabblad.
verify-too-many =
    .cause = Er zijn te veel aanmeldingen bezig.
    .remedy = Wacht tien minuten en begin opnieuw.
verify-application =
    .cause = Een toepassing meldt zichzelf aan; daar is niemand bij nodig.
    .remedy = Sla de instellingen op, of kies Nu een token vragen.
verify-failed =
    .cause = De aanmelding kon niet worden opgeslagen.
    .remedy = Kijk in het log van deze node en begin opnieuw met OAuth2-provider verifiëren.

## Poorten die de dokter dicht vindt

gate-audience = Het token is voor een andere dienst dan Exchange Online. Verbeter het bereik (email.oauth2.scopes): een token voor Graph werkt nooit voor SMTP.
gate-scope = Het token mist het recht om mail te verzenden. Voeg het toe aan de app, controleer het bereik (email.oauth2.scopes) en verifieer opnieuw.
gate-role = Het token mist de rol SMTP.SendAsApp. Voeg die toe bij API-machtigingen › Office 365 Exchange Online › Toepassingsmachtigingen en verleen beheerderstoestemming.
gate-account = Het token hoort bij een ander account dan E-mail (email.oauth2.email).
gate-tenant = Het token is uitgegeven door een andere tenant dan die in de instellingen (email.oauth2.tenant).
gate-times = De tijden van het token passen niet bij de klok van deze machine: het is verlopen, of ligt in de toekomst.
gate-tenant-switch = Geverifieerde SMTP staat uit voor de tenant. De schakelaar van de postbus gaat voor: zet die aan.
gate-mailbox-switch = Geverifieerde SMTP staat uit voor deze postbus. Zet haar schakelaar aan.
gate-policy = Een verificatiebeleid of voorwaardelijke toegang houdt deze aanmelding tegen. De aanmeldingslogboeken noemen het.
gate-security-defaults = De standaardinstellingen voor beveiliging verbieden deze manier van aanmelden.
gate-mailbox-rights = De relay accepteert voor deze postbus geen token van deze eigenaar: het recht op de postbus ontbreekt, of er is een verkeerd object-ID geregistreerd.
gate-send-as = Het account mag niet verzenden als het afzenderadres (email.from).

## Dokter

doctor-token-opaque = Relay { $relay }: het token is niet leesbaar; wat erin staat, weet alleen de provider. Het verloopt om { $until }.
doctor-token = Relay { $relay }: token voor { $audience }, rechten { $permissions }, account { $account }, tenant { $tenant }, tot { $until }.

## Opdrachtregel

oauth-forgotten = Vergeten. Trek de toestemming ook bij de provider in als ze daar niet meer bekend mag zijn.
oauth-key-made = Het certificaat van het nieuwe sleutelpaar; upload het bij de provider. De sleutel blijft in deze node.
oauth-open = Open dit adres in een browser en meld u aan. De provider moet deze omleidings-URI kennen: { $redirect }
oauth-paste = De browser eindigt op een pagina die misschien niet opengaat. Kopieer het hele adres ervan en plak het hier:
oauth-nothing-pasted = Er is niets geplakt, dus er is niets gewijzigd.
oauth-row-account = Account
oauth-row-authorized = Geautoriseerd sinds
oauth-row-last-renewed = Laatst vernieuwd
oauth-row-next-renewal = Volgende vernieuwing
oauth-row-token-expires = Token verloopt
oauth-row-idle-limit = Eindigt zonder vernieuwing
oauth-row-certificate-expires = Certificaat verloopt
oauth-row-secret-days = Dagen over van het clientgeheim
cli-oauth = De toestemming om bij een relay aan te melden met OAuth2
cli-oauth-verify = Meld aan bij de provider; een toepassing vraagt een token
cli-oauth-verify-relay = Naam van de relay
cli-oauth-verify-redirect-uri = Waarheen de provider de browser terugstuurt, zoals daar geregistreerd
cli-oauth-status = Toon hoe het met de toestemming staat
cli-oauth-status-relay = Naam van de relay
cli-oauth-renew = Vraag de provider nu om een token
cli-oauth-renew-relay = Naam van de relay
cli-oauth-confirm = Bevestig dat een ander account dan E-mail de bedoeling is
cli-oauth-confirm-relay = Naam van de relay
cli-oauth-confirm-account = Het account waarmee is aangemeld
cli-oauth-forget = Vergeet de toestemming en de tokens
cli-oauth-forget-relay = Naam van de relay
cli-oauth-key = Maak een sleutelpaar voor de toepassing, sla het op en toon het certificaat
cli-oauth-key-relay = Naam van de relay
relay-grant = vastgehouden: geen toestemming om aan te melden

## API

problem-not-oauth2 = Bij deze relay wordt volgens de opgeslagen instellingen niet met OAuth2 aangemeld.
problem-nothing-to-confirm = Er wacht geen ander account op bevestiging, of niet dit account.
problem-verify = De aanmelding is niet overgenomen; er is niets opgeslagen.
problem-redirect = Dat kan geen omleidings-URI van deze site zijn.
wrong-proxy = “{ $typed }” is geen proxy. Schrijf http://HOST:POORT, socks5://HOST:POORT of socks5h://HOST:POORT, zonder gebruikersnaam en wachtwoord.
wrong-client-file = { $why ->
        [endpoint] Dit bestand noemt een ander tokeneindpunt dan dat van Google. Het wordt niet overgenomen.
        [service-account] Dit is de sleutel van een serviceaccount. Kies het bestand van een OAuth-client van het type Webapplicatie.
        [kind] Dit is geen bestand van een OAuth-client: de client-ID of het geheim ontbreekt. Download het bij Inloggegevens.
       *[json] Dit is geen JSON. Kies of plak het hele bestand zoals Google het gaf.
    }
grant-unwritten = Relay { $relay }: er kwam een nieuw token, maar het kan niet op schijf worden gezet. Maak ruimte in de gegevensmap en stop de node niet voordat het is opgeslagen.
grant-starved = Relay { $relay }: de provider geeft al een half uur geen token, en het laatste is verlopen. Mail ervoor wacht.
grant-authorized-unknown = Relay { $relay }: geautoriseerd; de provider zei niet als wie.
wrong-proxy-unencrypted = Een proxy voor een tokeneindpunt zonder TLS zou de geheimen kunnen lezen. Laat de proxy leeg bij een eindpunt op deze machine.
no-token-forgotten =
    .cause = De toestemming van de toepassing is hier vergeten, dus er wordt geen token gevraagd.
    .remedy = Kies Nu een token vragen op Beheer › E-mailconfiguratie, of voer uit: postwacht oauth verify.
wrong-key-again = De sleutel van de toepassing hoort bij waarvoor ze gemaakt is, en dat is gewijzigd. Maak een nieuwe (postwacht oauth key, of de knop op de pagina), of wis certificaat en sleutel.
