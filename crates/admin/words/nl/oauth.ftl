### Aanmelden met OAuth2: de status van een toestemming, de reden van een ontbrekend token, en fouten bij het verifiëren.

## De reden van een ontbrekend token

no-token-absent =
    .cause = Deze relay heeft nog geen toestemming van de provider, dus er is geen token voor de aanmelding.
    .remedy = Open Beheer › E-mailconfiguratie en kies OAuth2-provider verifiëren, of voer uit: postwacht oauth verify. Postwacht verzendt daarna de wachtende mail.
no-token-unreachable =
    .cause = Het tokeneindpunt van de provider gaf geen bruikbaar antwoord.
    .remedy = Postwacht vraagt het automatisch opnieuw. Houdt dit aan, controleer dan het tokeneindpunt (email.oauth2.token_endpoint), de proxy (email.oauth2.proxy), de naamresolutie en de firewall: postwacht doctor.
no-token-doubted =
    .cause = De provider weigerde de opgeslagen toestemming zojuist. Omdat dit een fout van de provider kan zijn, vraagt Postwacht het na 1, 5 en 15 minuten opnieuw voordat de toestemming als verloren geldt.
    .remedy = U hoeft nog niets te doen. Gaat de toestemming verloren, meld u dan opnieuw aan met OAuth2-provider verifiëren.
no-token-lost =
    .cause = De toestemming om zich aan te melden is beëindigd: de provider accepteert die niet meer. Mail voor deze relay wacht, of zal binnenkort wachten.
    .remedy = Meld u opnieuw aan met OAuth2-provider verifiëren op Beheer › E-mailconfiguratie, of voer uit: postwacht oauth verify. Postwacht verzendt daarna de wachtende mail.
no-token-client-refused =
    .cause = De provider weigert de client: de ID, het geheim of het certificaat.
    .remedy = Voer een geldig clientgeheim in (email.oauth2.client_secret), of upload het certificaat van de toepassing bij de provider. Postwacht probeert het opnieuw zodra u opslaat.
no-token-misconfigured =
    .cause = De provider accepteert de client, maar weigert de gevraagde toestemming.
    .remedy = Controleer bereik, tenant en eindpunten (email.oauth2.scopes, email.oauth2.tenant, email.oauth2.token_endpoint).
no-token-account =
    .cause = Het aangemelde account is niet het account bij E-mail (email.oauth2.email), en is niet bevestigd.
    .remedy = Bevestig het account op Beheer › E-mailconfiguratie, of meld u opnieuw aan met het juiste account. Op de opdrachtregel: postwacht oauth status.
no-token-unwritten =
    .cause = Een nieuw token kon niet naar de schijf worden geschreven. Postwacht gebruikt het pas als het is opgeslagen, want misschien geeft de provider geen ander uit.
    .remedy = Maak ruimte vrij op de schijf van de gegevensmap.{ retries-last }

## De status van een toestemming

grant-absent = Relay { $relay }: nog niet geautoriseerd. Er gaat geen mail via deze relay tot iemand zich aanmeldt met OAuth2-provider verifiëren (postwacht oauth verify).
grant-authorized = Relay { $relay }: geautoriseerd als { $account }.
grant-application = Relay { $relay }: de toepassing heeft een token, om te verzenden als { $email }.
grant-application-absent = Relay { $relay }: de toepassing heeft nog geen token.
grant-failing = Relay { $relay }: geautoriseerd als { $account }, maar de laatste vernieuwing mislukte.
grant-doubted = Relay { $relay }: de provider weigerde de toestemming zojuist. Postwacht vraagt het opnieuw voordat de toestemming als verloren geldt.
grant-lost = Relay { $relay }: de toestemming om zich aan te melden is verloren. Er gaat geen mail meer via deze relay, uiterlijk zodra het huidige token verloopt. Meld u opnieuw aan met OAuth2-provider verifiëren (postwacht oauth verify).
grant-client-refused = Relay { $relay }: de provider weigert het clientgeheim of het certificaat. Er gaat geen mail via deze relay, uiterlijk zodra het huidige token verloopt.
grant-misconfigured = Relay { $relay }: de provider weigert de toestemming die de instellingen vragen. Er gaat geen mail via deze relay, uiterlijk zodra het huidige token verloopt.
grant-confirm = Relay { $relay }: aangemeld als { $account }, maar bij E-mail staat { $email }. Postwacht gebruikt dit account pas als u het bevestigt (postwacht oauth confirm { $account }).
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
        [0] het toepassingscertificaat verloopt vandaag. Maak een nieuw sleutelpaar en upload het certificaat.
        [one] het toepassingscertificaat verloopt morgen. Maak een nieuw sleutelpaar en upload het certificaat.
       *[other] het toepassingscertificaat verloopt over { $days } dagen. Maak een nieuw sleutelpaar en upload het certificaat.
    }
grant-certificate-ended = Relay { $relay }: { $days ->
        [one] het toepassingscertificaat is gisteren verlopen. Maak een nieuw sleutelpaar en upload het certificaat.
       *[other] het toepassingscertificaat is { $days } dagen geleden verlopen. Maak een nieuw sleutelpaar en upload het certificaat.
    }
grant-clock-behind = Relay { $relay }: de klok van de provider loopt { $minutes } minuten voor op de klok van deze machine. Zet de klok goed: tokens en TLS hangen ervan af.
grant-clock-ahead = Relay { $relay }: de klok van de provider loopt { $minutes } minuten achter op de klok van deze machine. Zet de klok goed: tokens en TLS hangen ervan af.
grant-cut-off = Relay { $relay }: een vernieuwing om { $at } is onderbroken voordat het antwoord was opgeslagen. Gaf de provider toen een nieuwe toestemming, dan accepteert die de opgeslagen toestemming niet meer: meld u opnieuw aan.

## Fouten bij het verifiëren

verify-no-state =
    .cause = Het adres bevat geen “state” en hoort dus niet bij een aanmelding van deze node.
    .remedy = Begin opnieuw met OAuth2-provider verifiëren. Kopieer bij het plakken het hele adres.
verify-unknown =
    .cause = Deze aanmelding is niet bekend: die is al gebruikt, is ouder dan tien minuten, of is begonnen vóór een herstart.
    .remedy = Begin opnieuw met OAuth2-provider verifiëren.
verify-foreign =
    .cause = Deze aanmelding is begonnen in een andere sessie of door een ander programma, en kan alleen daar worden voltooid. Er is niets opgeslagen.
    .remedy = Bent u op de opdrachtregel begonnen, plak het adres van deze pagina dan daar. Begin anders opnieuw met OAuth2-provider verifiëren.
verify-other-issuer =
    .cause = Het antwoord kwam van een andere provider dan die in de instellingen.
    .remedy = Controleer het verificatie-eindpunt (email.oauth2.authorization_endpoint) en begin opnieuw. Klopt dat, dan heeft mogelijk een aanvaller de aanmelding beïnvloed.
verify-no-code =
    .cause = De provider stuurde geen code en ook geen fout.
    .remedy = Begin opnieuw met OAuth2-provider verifiëren. Kopieer bij het plakken het hele adres.
verify-changed =
    .cause = De instellingen zijn gewijzigd sinds deze aanmelding begon.
    .remedy = Begin opnieuw met OAuth2-provider verifiëren.
verify-refused =
    .cause = De provider weigerde de aanmelding.
    .remedy = Het antwoord van de provider geeft de reden. Verhelp die en begin opnieuw met OAuth2-provider verifiëren.
verify-no-refresh-token =
    .cause = De provider gaf een token voor een uur, maar geen blijvende toestemming (geen vernieuwingstoken). Zonder die toestemming stopt de mail na dat uur.
    .remedy = Entra ID: voeg offline_access toe aan het bereik (email.oauth2.scopes). Google: verwijder deze app bij de koppelingen van het account en begin opnieuw. Andere providers: sta offline toegang toe voor deze client.
verify-no-mail-scope =
    .cause = Het aanmelden is gelukt, maar het recht om mail te verzenden is niet gegeven.
    .remedy = Begin opnieuw en laat het recht om mail te verzenden geselecteerd. Controleer het bereik (email.oauth2.scopes) en de machtigingen van de client bij de provider.
verify-not-ours =
    .cause = Het antwoord van de provider hoort niet bij deze aanmelding. Er is niets opgeslagen.
    .remedy = Begin opnieuw met OAuth2-provider verifiëren, in één tabblad.
verify-too-many =
    .cause = Er zijn te veel aanmeldingen bezig.
    .remedy = Wacht tien minuten en begin opnieuw.
verify-application =
    .cause = Volgens de instellingen meldt de toepassing zichzelf aan; daar is geen persoon voor nodig.
    .remedy = Sla de instellingen op, of kies Nu een token aanvragen.
verify-failed =
    .cause = De aanmelding kon niet worden opgeslagen.
    .remedy = Controleer het logboek van deze node en begin opnieuw met OAuth2-provider verifiëren.

## Vereisten bij de provider die volgens de doctor ontbreken

prerequisite-audience = Het token is voor een andere dienst dan Exchange Online. Verbeter het bereik (email.oauth2.scopes): een token voor Graph werkt nooit voor SMTP.
prerequisite-scope = Het token mist het recht om mail te verzenden. Voeg het toe aan de app, controleer het bereik (email.oauth2.scopes) en verifieer opnieuw.
prerequisite-role = Het token mist de rol SMTP.SendAsApp. Voeg die toe bij API-machtigingen › Office 365 Exchange Online › Toepassingsmachtigingen en verleen beheerderstoestemming.
prerequisite-account = Het token hoort bij een ander account dan E-mail (email.oauth2.email).
prerequisite-tenant = Het token is uitgegeven door een andere tenant dan die in de instellingen (email.oauth2.tenant).
prerequisite-times = De tijden van het token passen niet bij de klok van deze machine: het token is verlopen, of is in de toekomst uitgegeven.
prerequisite-tenant-switch = Geverifieerde SMTP is uitgeschakeld voor de tenant. De instelling van de postbus gaat voor: schakel Geverifieerde SMTP daar in.
prerequisite-mailbox-switch = Geverifieerde SMTP is uitgeschakeld voor deze postbus. Schakel die optie in.
prerequisite-policy = Een verificatiebeleid of voorwaardelijke toegang blokkeert deze aanmelding. De aanmeldingslogboeken noemen het beleid.
prerequisite-security-defaults = De standaardinstellingen voor beveiliging verbieden deze manier van aanmelden.
prerequisite-mailbox-rights = De relay accepteert voor deze postbus geen token van deze toepassing of gebruiker: het recht op de postbus ontbreekt, of er is een verkeerde object-id geregistreerd.
prerequisite-send-as = Het account mag niet verzenden als het afzenderadres (email.from).

## Doctor

doctor-token-opaque = Relay { $relay }: het token is niet leesbaar; alleen de provider kent de inhoud. Het verloopt om { $until }.
doctor-token = Relay { $relay }: token voor { $audience }, rechten { $permissions }, account { $account }, tenant { $tenant }, tot { $until }.

## Opdrachtregel

oauth-forgotten = Hier verwijderd. Trek de toestemming ook bij de provider in om de toegang te beëindigen. Een toepassing krijgt voor de volgende mail een nieuw token.
oauth-key-made = Certificaat van het nieuwe sleutelpaar. Upload het bij de provider. De privésleutel blijft in deze node.
oauth-open = Open dit adres in een browser en meld u aan. Deze omleidings-URI moet bij de provider geregistreerd zijn: { $redirect }
oauth-paste = De browser eindigt mogelijk op een foutpagina. Kopieer het hele adres van die pagina en plak het hier:
oauth-nothing-pasted = Er is niets geplakt, dus er is niets gewijzigd.
oauth-row-account = Account
oauth-row-authorized = Geautoriseerd sinds
oauth-row-last-renewed = Laatst vernieuwd
oauth-row-next-renewal = Volgende vernieuwing
oauth-row-token-expires = Token verloopt
oauth-row-idle-limit = Vervalt zonder gebruik
oauth-row-certificate-expires = Certificaat verloopt
oauth-row-secret-days = Dagen tot het clientgeheim verloopt
cli-oauth = De OAuth2-toestemming om zich bij een relay aan te melden beheren
cli-oauth-verify = Aanmelden bij de provider; een toepassing vraagt een token aan
cli-oauth-verify-relay = Naam van de relay
cli-oauth-verify-redirect-uri = Omleidings-URI die bij de provider geregistreerd is
cli-oauth-status = De status van de toestemming tonen
cli-oauth-status-relay = Naam van de relay
cli-oauth-renew = Nu een token bij de provider aanvragen
cli-oauth-renew-relay = Naam van de relay
cli-oauth-confirm = Het gebruik van een ander account dan E-mail bevestigen
cli-oauth-confirm-relay = Naam van de relay
cli-oauth-confirm-account = Account van de aanmelding
cli-oauth-forget = De toestemming en de tokens verwijderen
cli-oauth-forget-relay = Naam van de relay
cli-oauth-key = Een sleutelpaar voor de toepassing maken, opslaan, en het certificaat tonen
cli-oauth-key-relay = Naam van de relay
relay-grant = vastgehouden: geen toestemming om zich aan te melden

## API

problem-not-oauth2 = De opgeslagen instellingen van deze relay gebruiken geen OAuth2.
problem-nothing-to-forget = Er is geen toestemming om te verwijderen: niemand heeft zich voor deze relay aangemeld.
problem-not-application = Deze relay meldt zich niet aan als toepassing. Alleen een toepassing gebruikt een sleutelpaar: kies eerst OAuth2 en de methode toepassing.
problem-nothing-to-confirm = Er wacht geen ander account op bevestiging, of niet dit account.
problem-verify = De aanmelding is afgewezen. Er is niets opgeslagen.
problem-redirect = Dit kan geen omleidings-URI van deze site zijn.
wrong-proxy = “{ $typed }” is geen proxy. Voer http://HOST:POORT, socks5://HOST:POORT of socks5h://HOST:POORT in, zonder gebruikersnaam en wachtwoord.
wrong-client-file = { $why ->
        [endpoint] Dit bestand noemt een ander tokeneindpunt dan dat van Google. Het wordt niet gebruikt.
        [service-account] Dit is de sleutel van een serviceaccount. Kies het bestand van een OAuth-client van het type Webapplicatie.
        [kind] Dit is niet het bestand van een OAuth-client: de client-ID of het geheim ontbreekt. Download het bij Inloggegevens.
       *[json] Dit is geen JSON. Kies of plak het hele bestand van Google.
    }
grant-unwritten = Relay { $relay }: een nieuw token kan niet naar de schijf worden geschreven. Maak ruimte vrij in de gegevensmap. Stop de node niet voordat het token is opgeslagen.
grant-starved = Relay { $relay }: de provider heeft al een half uur geen token uitgegeven, en het laatste is verlopen. Er gaat geen mail via deze relay.
grant-authorized-unknown = Relay { $relay }: geautoriseerd; de provider noemde het account niet.
wrong-proxy-unencrypted = Een proxy voor een tokeneindpunt zonder TLS zou de geheimen kunnen lezen. Laat de proxy leeg bij een eindpunt op deze machine.
no-token-forgotten =
    .cause = De toestemming van de toepassing is hier verwijderd, dus Postwacht vraagt geen token aan.
    .remedy = Kies Nu een token aanvragen op Beheer › E-mailconfiguratie, of voer uit: postwacht oauth verify.
wrong-key-again = De bestemming van de sleutel van de toepassing is gewijzigd. Maak een nieuwe sleutel (postwacht oauth key, of de knop op de pagina), of wis certificaat en sleutel.
