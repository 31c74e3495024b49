### Bekende antwoorden van relays: oorzaak en oplossing, één bericht voor elke regel van de catalogus.

## Microsoft

known-ms-smtp-auth-tenant =
    .cause = Geverifieerde SMTP staat uit voor de hele tenant, en die instelling geldt ook voor OAuth2.
    .remedy = Zet het aan voor de postbus waarmee wordt verzonden; dat gaat vóór de tenant. Dat kan een uur duren; test daarna opnieuw. In Exchange PowerShell: Set-CASMailbox POSTBUS -SmtpClientAuthenticationDisabled $false

known-ms-smtp-auth-mailbox =
    .cause = Geverifieerde SMTP staat uit voor deze postbus, en die instelling geldt ook voor OAuth2.
    .remedy = Open in het Microsoft 365-beheercentrum Gebruikers › Actieve gebruikers › de postbus › E-mail › E-mail-apps beheren en vink Geverifieerde SMTP aan; dat kan tot een uur duren. In Exchange PowerShell: Set-CASMailbox POSTBUS -SmtpClientAuthenticationDisabled $false

known-ms-basic-disabled =
    .cause = Microsoft accepteert voor SMTP geen wachtwoord van dit account of deze tenant.
    .remedy = Stap over op OAuth2 (email.auth.type), of verzend via een relay die een wachtwoord accepteert.

known-ms-security-defaults =
    .cause = De standaardinstellingen voor beveiliging van de organisatie verbieden aanmelden met een wachtwoord.
    .remedy = Stap over op OAuth2 (email.auth.type), of verzend via een andere relay. Laat de standaardinstellingen voor beveiliging aanstaan.

known-ms-criteria =
    .cause = Een beleid voor voorwaardelijke toegang, een verificatiebeleid of de eis van een tweede factor hield deze aanmelding tegen.
    .remedy = Zoek de geweigerde aanmelding op in het Entra-beheercentrum onder Aanmeldingslogboeken; daar staat welk beleid het was. Stap over op OAuth2 (email.auth.type), of sluit dit account uit van dat beleid.

known-ms-signin-refused =
    .cause = Microsoft weigerde de aanmelding: gebruikersnaam of wachtwoord is onjuist, of het token is voor een andere dienst, mist het recht om via SMTP te verzenden of geeft geen recht op deze postbus.
    .remedy = Met een wachtwoord: controleer gebruikersnaam en wachtwoord. Met OAuth2: controleer of het bereik https://outlook.office.com/SMTP.Send is (als toepassing: SMTP.SendAsApp met https://outlook.office.com/.default), of het juiste account is aangemeld en of de toepassing bij de postbus mag: Add-MailboxPermission POSTBUS -User SERVICEPRINCIPAL -AccessRights FullAccess

known-ms-basic-retired =
    .cause = Microsoft staat verzenden na aanmelding met een wachtwoord niet meer toe.
    .remedy = Stap over op OAuth2 (email.auth.type), of verzend via een relay die een wachtwoord accepteert.

known-ms-not-signed-in =
    .cause = De relay neemt geen mail aan van een client die zich niet heeft aangemeld.
    .remedy = Kies wachtwoord of OAuth2 als verificatietype (email.auth.type) en vul het account in.

known-ms-send-as =
    .cause = De relay staat deze afzender niet toe: niet voor het account dat zich aanmeldt, of niet zonder aanmelden.
    .remedy = Stel als afzenderadres (email.from) en als adres voor onbestelbare mail (email.bounce_address) de postbus in waarmee wordt aangemeld, of ken het recht Verzenden als toe: Add-RecipientPermission AFZENDER -Trustee POSTBUS -AccessRights SendAs

known-ms-send-as-denied =
    .cause = De relay staat deze afzender niet toe: niet voor het account dat zich aanmeldt, of niet zonder aanmelden.
    .remedy = Laat de aanmelding het afzenderadres gebruiken (email.from), of ken het recht Verzenden als toe; bij een toepassing aan de bijbehorende service-principal: Add-RecipientPermission AFZENDER -Trustee SERVICEPRINCIPAL -AccessRights SendAs

known-ms-connections =
    .cause = Er zijn meer verbindingen voor deze postbus open dan Microsoft tegelijk toestaat.
    .remedy = { retries-first }Komt dit vaker voor, zet email.relay.connections dan op 1, of geef andere apparaten een eigen postbus.

known-ms-recipient-thread =
    .cause = De postbus van de ontvanger krijgt meer mail tegelijk dan Microsoft ervoor verwerkt.
    .remedy = { retries-first }Komt dit vaker voor, stuur dan minder berichten naar deze postbus, of verdeel ze over meer postbussen.

known-ms-submission-quota =
    .cause = De postbus heeft aan zoveel ontvangers verzonden als Microsoft in 24 uur toestaat.
    .remedy = Wacht tot de 24 uur om zijn, of voeg een tweede relay toe (email.fallback). Hoort deze postbus niet zoveel te verzenden, controleer dan of het account wordt misbruikt.

known-ms-tenant-limit =
    .cause = De tenant heeft aan zoveel externe ontvangers verzonden als Microsoft in 24 uur toestaat.
    .remedy = Ga in het Exchange-beheercentrum onder Rapporten › E-mailstroom › Tenant Outbound External Recipients na wat er zoveel verzendt. Wacht tot de 24 uur om zijn, of voeg een tweede relay toe (email.fallback).

known-ms-trial-limit =
    .cause = De tenant heeft alleen proeflicenties en heeft aan zoveel externe ontvangers verzonden als daarmee in 24 uur mag.
    .remedy = Wacht tot de 24 uur om zijn, of koop een licentie voor de tenant.

known-ms-mailbox-full =
    .cause = De postbus waarmee wordt verzonden is vol, meestal met kopieën in Verzonden items.
    .remedy = Maak Verzonden items van die postbus leeg en stel een bewaarbeleid in dat de map klein houdt.

known-ms-front-end =
    .cause = De front-end van Microsoft kon de verbinding niet doorgeven aan de postbus.
    .remedy = { retries-first }Duurt het langer dan een uur, controleer dan of het account bestaat en aanstaat, controleer de hostnaam (email.relay.host) en probeer één adresfamilie (email.relay.address_family).

known-ms-token-too-short =
    .cause = Het token was nog maar kort geldig; High Volume Email vraagt ongeveer tien minuten.
    .remedy = De volgende poging gebruikt een nieuw token. Komt dit vaker voor, controleer dan de klok van deze machine.

known-ms-token-mismatch =
    .cause = Het account waarvoor het token is uitgegeven, is niet het gebruikte High Volume Email-account of hoort bij een ander domein.
    .remedy = Gebruik hetzelfde account voor de OAuth2-aanmelding (email.oauth2.email) en als afzenderadres (email.from), en geef daarna opnieuw toestemming.

known-ms-hve-external =
    .cause = High Volume Email neemt alleen mail aan voor ontvangers binnen de organisatie.
    .remedy = Gebruik voor ontvangers daarbuiten een andere relay, zoals smtp.office365.com.

known-ms-connector =
    .cause = Geen inkomende connector van de tenant past nog bij het openbare adres of het certificaat van deze machine.
    .remedy = Open in het Exchange-beheercentrum E-mailstroom › Connectors en verbeter het IP-adres of de certificaatnaam van de inkomende connector.

known-ms-direct-send =
    .cause = De tenant weigert mail uit eigen naam die niet na aanmelding of via een connector komt (Reject Direct Send).
    .remedy = Voeg in het Exchange-beheercentrum onder E-mailstroom › Connectors een inkomende connector toe voor het openbare adres van deze machine, of stel aanmelden in bij smtp.office365.com op poort 587.

known-ms-bad-outbound-sender =
    .cause = Microsoft heeft het verzendende account geblokkeerd vanwege verdachte mail.
    .remedy = Stel het wachtwoord van het account opnieuw in en ga na wat er is verzonden. Hef daarna de blokkade op in de Microsoft Defender-portal onder Beperkte entiteiten (https://security.microsoft.com/restrictedentities).

known-ms-blocked-501 =
    .cause = Microsoft heeft het verzendende account geblokkeerd omdat er spam vandaan kwam.
    .remedy = Stel het wachtwoord van het account opnieuw in en ga na wat er is verzonden. Hef daarna de blokkade op in de Microsoft Defender-portal onder Beperkte entiteiten (https://security.microsoft.com/restrictedentities).

known-ms-blocked-502 =
    .cause = De afzender staat vanwege spam op de blokkeerlijst van Microsoft.
    .remedy = Ga na wat er is verzonden en stop dat. Hef daarna de blokkade op in de Microsoft Defender-portal onder Beperkte entiteiten (https://security.microsoft.com/restrictedentities); staat de afzender daar niet, neem dan contact op met Microsoft-ondersteuning.

known-ms-blocked-503 =
    .cause = De afzender staat vanwege spam op de blokkeerlijst van Microsoft.
    .remedy = Ga na wat er is verzonden en stop dat. Hef daarna de blokkade op in de Microsoft Defender-portal onder Beperkte entiteiten (https://security.microsoft.com/restrictedentities); staat de afzender daar niet, neem dan contact op met Microsoft-ondersteuning.

known-ms-blocked-511 =
    .cause = De afzender, of het openbare adres waar de mail vandaan komt, staat op de blokkeerlijst van Microsoft.
    .remedy = Kijk in de Microsoft Defender-portal onder Beperkte entiteiten (https://security.microsoft.com/restrictedentities). Noemt het antwoord het openbare adres van deze machine, vraag dan om verwijdering op de manier die in het antwoord staat.

known-ms-tenant-threshold =
    .cause = Microsoft heeft de uitgaande mail van de tenant stilgelegd omdat te veel ervan op spam leek.
    .remedy = Zoek en beveilig de accounts die het verzonden, en vraag Microsoft-ondersteuning daarna de tenant vrij te geven.

known-ms-traffic-not-accepted =
    .cause = Microsoft accepteert geen mail van deze tenant vanaf het adres waar die vandaan kwam; dat treft vaak nieuwe tenants en proeftenants.
    .remedy = Vraag Microsoft-ondersteuning de tenant vrij te geven en noem deze code. Gebruik tot dan een andere relay.

known-ms-unregistered-domain =
    .cause = De mail heeft een afzender in een domein dat niet in de tenant is geregistreerd.
    .remedy = Voeg het domein toe in het Microsoft 365-beheercentrum onder Instellingen › Domeinen, of kies een afzenderadres in een geregistreerd domein (email.from, email.bounce_address).

known-ms-group-refuses-133 =
    .cause = Deze groep neemt alleen mail aan van afzenders binnen de eigen organisatie.
    .remedy = Laat de eigenaar van de groep afzenders van buiten toestaan: Set-DistributionGroup GROEP -RequireSenderAuthenticationEnabled $false

known-ms-group-refuses-124 =
    .cause = De afzender staat niet op de lijst van afzenders die deze groep accepteert.
    .remedy = Laat de afzender toevoegen in het Exchange-beheercentrum onder Ontvangers › Groepen › de groep › Instellingen › Bezorgingsbeheer.

known-ms-group-refuses-12 =
    .cause = Deze ontvanger neemt alleen mail aan van afzenders die de eigen organisatie heeft geverifieerd.
    .remedy = Laat de beheerder aan die kant andere afzenders toestaan voor deze ontvanger: Set-Mailbox POSTBUS -RequireSenderAuthenticationEnabled $false

known-ms-no-valid-from =
    .cause = Het bericht heeft geen geldige From-header, of meer dan één.
    .remedy = Verbeter de From-header in de toepassing die het bericht maakte.

known-ms-bare-lf =
    .cause = Onderweg kreeg het bericht regels die op alleen LF eindigen, en de server van de ontvanger neemt die niet aan.
    .remedy = Laat de toepassing die het bericht maakte elke regel met CRLF afsluiten. Ging het bericht na de relay nog door een filter, controleer dan dat filter.

known-ms-rejected-recipient =
    .cause = Het domein van de ontvanger staat bij Microsoft zonder dit adres in de adreslijst, of accepteert er geen mail voor.
    .remedy = Verbeter het adres. Is het pas aangemaakt, probeer het dan na een dag opnieuw; staat de postbus elders, zet het domein dan op Interne relay in het Exchange-beheercentrum onder E-mailstroom › Geaccepteerde domeinen.

## Google

known-google-password-refused =
    .cause = Google accepteerde de gebruikersnaam met dit wachtwoord of token niet; een gewoon accountwachtwoord werkt er niet voor SMTP.
    .remedy = Gebruik het volledige adres als gebruikersnaam en een app-wachtwoord van https://myaccount.google.com/apppasswords als wachtwoord, of stap over op OAuth2 (email.auth.type).

known-google-app-password =
    .cause = Het account gebruikt verificatie in twee stappen; daarom neemt Google hier een app-wachtwoord aan en niet het wachtwoord van het account zelf.
    .remedy = Maak een app-wachtwoord aan op https://myaccount.google.com/apppasswords en vul dat in als wachtwoord, of stap over op OAuth2 (email.auth.type).

known-google-line-too-long =
    .cause = De relay vond een opdrachtregel te lang; een lang token kan daarvan de oorzaak zijn.
    .remedy = { retries-first }Komt dit vaker voor, meld het dan met het transcript erbij.

known-google-daily-limit =
    .cause = Het account heeft zoveel verzonden als Google op een dag toestaat.
    .remedy = Wacht ten hoogste 24 uur, of voeg een tweede relay toe (email.fallback). Hoort dit account niet zoveel te verzenden, controleer dan of het wordt misbruikt.

known-google-relay-limit =
    .cause = Deze gebruiker heeft via de SMTP-relayservice van Google Workspace zoveel verzonden als op een dag mag.
    .remedy = Wacht ten hoogste 24 uur, of voeg een tweede relay toe (email.fallback).

known-google-customer-limit =
    .cause = De organisatie heeft via de SMTP-relayservice van Google Workspace zoveel verzonden als op een dag mag.
    .remedy = Wacht ten hoogste 24 uur en ga na wat er zoveel verzendt. Voeg een tweede relay toe (email.fallback) als dit vaker voorkomt.

known-google-peak-limit =
    .cause = De organisatie verzond in korte tijd te veel via de SMTP-relayservice van Google Workspace.
    .remedy = { retries-first }Komt dit vaker voor, zet email.relay.connections dan op 1 en spreid grote verzendingen in de tijd.

known-google-ehlo =
    .cause = Google sloot de verbinding bij de EHLO-begroeting. Er zijn twee bekende oorzaken: Google wil daar een hostnaam en kreeg een adres of een onbekende naam, of Google kan op dit moment niet meer verbindingen aannemen.
    .remedy = Stel als EHLO-naam een volledige hostnaam in, zoals node.example.net (email.relay.ehlo_name). Is die ingesteld, dan probeert Postwacht het automatisch opnieuw; zet email.relay.connections op 1 als dit vaker voorkomt.

known-google-busy =
    .cause = Google kan de mail op dit moment niet aannemen, of vindt dat die te snel komt.
    .remedy = { retries-first }Komt dit vaker voor, zet email.relay.connections dan op 1.

## Aanmelden en encryptie

known-token-refused =
    .cause = Het OAuth2-token is niet meer geldig, is ingetrokken of geeft geen recht om via SMTP te verzenden.
    .remedy = Controleer het bereik (email.oauth2.scopes; bij Google https://mail.google.com/) en het account (email.oauth2.email), en geef daarna opnieuw toestemming met OAuth2-provider verifiëren.

known-signin-busy =
    .cause = De relay kan de aanmelding op dit moment niet controleren.
    .remedy = { retries-first }Houdt het aan, laat de beheerder van de relay dan naar de aanmelddienst kijken.

known-signin-too-weak =
    .cause = De relay vindt deze manier van aanmelden te zwak voor het account.
    .remedy = Zet de SMTP-encryptie op STARTTLS of TLS (email.relay.encryption), of kies een ander verificatietype (email.auth.type).

known-signin-mechanism =
    .cause = De relay biedt een aanmeldmechanisme aan dat niet werkt, en geen ander.
    .remedy = Is er een aanmeldmechanisme gekozen, zet dat dan op automatisch (email.auth.mechanism). Laat anders PLAIN of LOGIN aanzetten op de relay, of kies een ander verificatietype (email.auth.type).

known-signin-needs-tls =
    .cause = De relay accepteert deze aanmelding alleen over een versleutelde verbinding.
    .remedy = Zet de SMTP-encryptie op STARTTLS met poort 587 of op TLS met poort 465 (email.relay.encryption, email.relay.port).

known-signin-refused =
    .cause = De relay accepteerde de gebruikersnaam of het wachtwoord niet.
    .remedy = Vul beide opnieuw in (email.auth.username, email.auth.password); sommige relays willen het volledige e-mailadres als gebruikersnaam. Controleer of het account niet is vergrendeld en via SMTP mag verzenden.

known-starttls-first =
    .cause = De relay neemt alleen mail aan over een versleutelde verbinding.
    .remedy = Zet de SMTP-encryptie op STARTTLS (email.relay.encryption).

known-signin-required =
    .cause = De relay neemt alleen mail aan na aanmelding.
    .remedy = Kies wachtwoord of OAuth2 als verificatietype (email.auth.type), of sta het adres van deze machine op de relay toe zonder aanmelding.

## Toelating en afzender

known-client-refused =
    .cause = De relay laat deze machine niet verzenden: hij weigert het adres ervan, of verwacht een aanmelding.
    .remedy = Sta het adres van deze machine toe op de relay (Postfix: mynetworks; Exchange: externe netwerkinstellingen van de ontvangstconnector), of stel de aanmelding in als de relay er een voor u heeft (email.auth.type). Heeft deze machine meerdere adressen, kies dan het toegestane adres (email.relay.source_address).

known-exchange-unable-to-relay =
    .cause = Exchange neemt mail van deze machine aan, maar stuurt die niet door naar domeinen buiten de organisatie.
    .remedy = Stel aanmelden bij de relay in (email.auth.type), of gebruik een ontvangstconnector die tot het adres van deze machine is beperkt en ken daaraan het recht toe: Get-ReceiveConnector "CONNECTOR" | Add-ADPermission -User "NT AUTHORITY\ANONYMOUS LOGON" -ExtendedRights "Ms-Exch-SMTP-Accept-Any-Recipient"

known-relay-denied =
    .cause = De relay stuurt mail van deze machine niet door naar het domein van deze ontvanger.
    .remedy = Stel aanmelden bij de relay in (email.auth.type), of sta daar doorsturen vanaf het adres van deze machine toe (Postfix: mynetworks).

known-sender-not-owned =
    .cause = De relay staat deze afzender niet toe: niet voor het account dat zich aanmeldt, of niet zonder aanmelden.
    .remedy = Stel als afzenderadres (email.from) en als adres voor onbestelbare mail (email.bounce_address) een adres van dat account in, of laat de afzender op de relay aan het account koppelen (Postfix: smtpd_sender_login_maps).

known-send-as =
    .cause = De relay staat deze afzender niet toe: niet voor het account dat zich aanmeldt, of niet zonder aanmelden.
    .remedy = Stel als afzenderadres (email.from) en als adres voor onbestelbare mail (email.bounce_address) de postbus in waarmee wordt aangemeld, of laat het recht Verzenden als toekennen. Op Exchange: Add-ADPermission "AFZENDER" -User POSTBUS -ExtendedRights "Send As"

known-sender-domain =
    .cause = De relay kan het domein van het afzenderadres niet vinden in DNS.
    .remedy = Gebruik een afzender in een domein dat bestaat en mail kan ontvangen (email.from, email.bounce_address), of voeg een MX-record toe voor het domein. De DNS van de relay zelf moet het kunnen vinden.

known-helo-not-qualified =
    .cause = De relay wil in de EHLO-begroeting een volledige hostnaam, met domein.
    .remedy = Stel als EHLO-naam een volledige naam in, zoals node.example.net (email.relay.ehlo_name).

known-helo-rejected =
    .cause = De relay kan de naam in de EHLO-begroeting niet vinden in DNS, of accepteert die niet.
    .remedy = Stel als EHLO-naam een naam in die in DNS een adres heeft (email.relay.ehlo_name).

known-ehlo-refused =
    .cause = De relay weigert de EHLO-begroeting van deze node, meestal om de naam erin.
    .remedy = Stel als EHLO-naam een volledige hostnaam in die DNS kent, zoals node.example.net (email.relay.ehlo_name). Neemt de relay helemaal geen mail van dit adres aan, vraag dan de beheerder ervan.

known-blocked-list =
    .cause = Het openbare adres van deze machine of het domein van de afzender staat op een blokkeerlijst die de relay raadpleegt.
    .remedy = Zoek het op bij de lijst die in het antwoord staat, neem de oorzaak weg en vraag om verwijdering. Aanmelden bij de relay of een andere relay gebruiken (email.fallback) omzeilt de lijst.

known-content-refused =
    .cause = Een filter van de relay weigerde de inhoud van het bericht.
    .remedy = Vraag de beheerder van de relay wat het filter vond, en vraag om een uitzondering voor deze afzender.

## Toestand van de relay

known-greylisted =
    .cause = De relay laat onbekende afzenders even wachten (greylisting) of vraagt om het later opnieuw te proberen.
    .remedy = { retries-first }Gebeurt dit vaak, sluit het adres van deze machine op de relay dan uit van greylisting.

known-starttls-busy =
    .cause = De relay kan op dit moment geen encryptie starten.
    .remedy = { retries-first }Houdt het aan, laat dan het certificaat en de TLS-instellingen van de relay controleren.

known-no-service-here =
    .cause = De relay wijst in de begroeting elke verbinding vanaf hier af.
    .remedy = Controleer host en poort (email.relay.host, email.relay.port) en sta het adres van deze machine toe op de relay.{ retries-last }

known-relay-busy =
    .cause = De relay heeft het te druk, wordt herstart of beperkt het aantal verbindingen.
    .remedy = { retries-first }Komt dit vaker voor, zet email.relay.connections dan op 1 en vraag de beheerder van de relay ernaar.

## Ontvanger en bericht

known-mailbox-full =
    .cause = De postbus van de ontvanger is vol.
    .remedy = Vraag de ontvanger om ruimte te maken.{ retries-last }

known-too-many-recipients =
    .cause = De relay neemt niet meer ontvangers in één keer aan.
    .remedy = De overige ontvangers volgen automatisch in een volgende transactie.

known-recipient-unknown =
    .cause = De relay kent geen ontvanger met dit adres.
    .remedy = Verbeter het adres, bij een beheercontact onder email.contacts.admin. Andere ontvangers hebben hier geen last van.

known-recipient-unknown-code =
    .cause = De relay kent geen ontvanger met dit adres.
    .remedy = Verbeter het adres, bij een beheercontact onder email.contacts.admin. Andere ontvangers hebben hier geen last van.

known-recipient-unknown-exchange =
    .cause = Exchange vindt geen postbus of groep met dit adres.
    .remedy = Verbeter het adres, bij een beheercontact onder email.contacts.admin, of laat de postbus aanmaken. Andere ontvangers hebben hier geen last van.

known-recipient-moved =
    .cause = De ontvanger heeft nu een ander adres, en de relay stuurt mail daar niet naar door.
    .remedy = Vraag de ontvanger om het nieuwe adres en gebruik dat; bij een beheercontact onder email.contacts.admin.

known-message-too-large =
    .cause = Het bericht is groter dan de relay aanneemt.
    .remedy = Maak het bericht kleiner, of laat de limiet op de relay verhogen (Postfix: message_size_limit; Exchange: MaxMessageSize van de connector).

known-signin-first =
    .cause = De relay neemt alleen mail aan na aanmelding.
    .remedy = Kies wachtwoord of OAuth2 als verificatietype (email.auth.type), of sta het adres van deze machine op de relay toe zonder aanmelding.

known-body-line-too-long =
    .cause = Het bericht heeft een regel die langer is dan de relay aanneemt.
    .remedy = Laat het programma dat het bericht maakte de regels afbreken, of stuur de tekst als bijlage.

known-out-of-step =
    .cause = De relay verwachtte deze opdracht hier niet, of kent die niet. De relay en Postwacht liepen niet gelijk. Postwacht probeert het bericht opnieuw.
    .remedy = Blijft dit zo, bekijk dan het transcript van de poging: een proxy of filter tussen Postwacht en de relay verandert misschien de dialoog.

# Antwoorden die geen rij kent, naar het oordeel.
reply-recipient =
    .cause = De relay neemt geen mail voor deze ontvanger aan. Het antwoord zegt waarom.
    .remedy = Controleer het adres. Klopt het, vraag het dan de beheerder van de relay.
reply-message =
    .cause = De relay neemt dit bericht niet aan. Het antwoord zegt waarom.
    .remedy = Wijzig het bericht, of vraag het de beheerder van de relay.
reply-sender =
    .cause = De relay neemt geen mail van deze afzender aan.
    .remedy = Sta de afzender toe op de relay, of gebruik een andere.
reply-later =
    .cause = De relay kan dit nu niet aannemen. Het antwoord zegt waarom.
    .remedy = Gaat het niet voorbij, vraag het dan de beheerder van de relay.
