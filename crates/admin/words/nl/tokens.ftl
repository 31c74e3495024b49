### Weigeringen van tokeneindpunten: oorzaak en oplossing, één bericht voor elke regel van de catalogus van weigeringen.

## Microsoft

token-entra-idle =
    .cause = De toestemming is verlopen: Microsoft beëindigt een toestemming die 90 dagen niet is gebruikt.
    .remedy = Geef opnieuw toestemming met OAuth2-provider verifiëren. Daarna vernieuwt Postwacht die, zolang deze machine draait en Microsoft kan bereiken.

token-entra-spa =
    .cause = De omleidings-URI is geregistreerd onder het platform Toepassing met één pagina, en een toestemming die zo is gegeven, beëindigt Microsoft na 24 uur.
    .remedy = Open in het Entra-beheercentrum App-registraties › de app › Verificatie, verwijder de omleidings-URI bij Toepassing met één pagina en voeg hem toe onder Web; daarvoor is een clientgeheim nodig (email.oauth2.client_secret). Geef daarna opnieuw toestemming met OAuth2-provider verifiëren.

token-entra-sign-in-frequency =
    .cause = Een beleid voor voorwaardelijke toegang eist dat iemand zich geregeld opnieuw aanmeldt (aanmeldingsfrequentie), en die termijn is verstreken.
    .remedy = Laat dit account of deze toepassing uitsluiten van dat beleid en geef daarna opnieuw toestemming met OAuth2-provider verifiëren. Of kies aanmelden als toepassing; dan hoeft niemand zich aan te melden (email.oauth2.method).

token-entra-revoked =
    .cause = De toestemming is vervallen doordat de sessies van het account zijn ingetrokken of het wachtwoord opnieuw is ingesteld.
    .remedy = Geef opnieuw toestemming met OAuth2-provider verifiëren; Postwacht verzendt daarna de wachtende mail.

token-entra-mfa =
    .cause = Voor dit account is meervoudige verificatie (MFA) nu verplicht, of de vorige is verlopen.
    .remedy = Geef opnieuw toestemming met OAuth2-provider verifiëren: meld u aan als de postbus waarmee wordt verzonden (email.oauth2.email) en voltooi de tweede factor.

token-entra-conditional-access =
    .cause = Een beleid voor voorwaardelijke toegang, een ander beleid van de tenant of de standaardinstellingen voor beveiliging hielden de aanmelding tegen.
    .remedy = Zoek de geweigerde aanmelding op in het Entra-beheercentrum onder Aanmeldingslogboeken; daar staat welk beleid het was. Sluit dit account of deze toepassing uit van dat beleid en geef daarna opnieuw toestemming met OAuth2-provider verifiëren.

token-entra-device =
    .cause = Een beleid eist een beheerd apparaat of een controle door een externe dienst, en deze aanmelding voldeed daar niet aan.
    .remedy = Kies aanmelden als toepassing (email.oauth2.method), of laat dit account uitsluiten van het beleid; in het Entra-beheercentrum staat onder Aanmeldingslogboeken welk beleid het was. Geef na een uitsluiting opnieuw toestemming met OAuth2-provider verifiëren.

token-entra-secret-expired =
    .cause = Het clientgeheim van de app-registratie is verlopen; daarom geeft Microsoft geen nieuw token meer uit.
    .remedy = Maak in het Entra-beheercentrum onder App-registraties › de app › Certificaten en geheimen een nieuw clientgeheim en vul de Waarde ervan in (email.oauth2.client_secret); de toestemming blijft behouden. Vul de volgende keer het nieuwe geheim in voordat het oude verloopt (email.oauth2.client_secret_next).

token-entra-secret-wrong =
    .cause = Microsoft accepteert het clientgeheim niet; vaak is de geheim-id ingevuld in plaats van de Waarde.
    .remedy = Vul de Waarde van het geheim in (email.oauth2.client_secret). Entra toont die alleen direct na het aanmaken; is die niet bewaard, maak dan in het Entra-beheercentrum onder App-registraties › de app › Certificaten en geheimen een nieuw geheim.

token-entra-secret-missing =
    .cause = De toepassing is geregistreerd als vertrouwelijke client; Microsoft verwacht dan een clientgeheim of certificaat, en dat ontbrak in het verzoek.
    .remedy = Maak in het Entra-beheercentrum onder App-registraties › de app › Certificaten en geheimen een clientgeheim en vul de Waarde ervan in (email.oauth2.client_secret).

token-entra-public-client =
    .cause = De toepassing is geregistreerd als openbare client, en die mag geen clientgeheim of certificaat tonen.
    .remedy = Wis het clientgeheim (email.oauth2.client_secret). Voor automatisch verzenden is het beter het te houden: verplaats de omleidings-URI in het Entra-beheercentrum onder App-registraties › de app › Verificatie naar het platform Web en geef opnieuw toestemming met OAuth2-provider verifiëren.

token-entra-certificate =
    .cause = Microsoft accepteert het certificaat niet waarmee de toepassing zich aanmeldt: het is niet geüpload bij de app-registratie of is verlopen, of de klok van deze machine loopt niet gelijk.
    .remedy = Upload het certificaat (email.oauth2.certificate) in het Entra-beheercentrum onder App-registraties › de app › Certificaten en geheimen › Certificaten; is het verlopen, vervang het dan op beide plaatsen. Controleer ook de klok van deze machine.

token-entra-app-unknown =
    .cause = Deze tenant heeft geen toepassing met deze client-ID.
    .remedy = Vergelijk client-ID en tenant (email.oauth2.client_id, email.oauth2.tenant) met Toepassings-id (client) en Map-id (tenant) op de pagina Overzicht van de app-registratie in het Entra-beheercentrum. Geef na een wijziging opnieuw toestemming met OAuth2-provider verifiëren (een toepassing: Nu een token aanvragen).

token-entra-app-disabled =
    .cause = De toepassing is in de tenant uitgeschakeld.
    .remedy = Open in het Entra-beheercentrum Bedrijfstoepassingen › de app › Eigenschappen en zet aanmelden door gebruikers op Ja.

token-entra-tenant =
    .cause = Microsoft vindt deze tenant niet in de gekozen cloud.
    .remedy = Stel als tenant (email.oauth2.tenant) de Map-id (tenant) in van de pagina Overzicht van de app-registratie in het Entra-beheercentrum, en controleer de cloud (email.oauth2.cloud). Geef daarna opnieuw toestemming met OAuth2-provider verifiëren (een toepassing: Nu een token aanvragen).

token-entra-cloud =
    .cause = De toepassing is geregistreerd in een andere Microsoft-cloud dan die waar de eindpunten bij horen.
    .remedy = Kies de cloud van de tenant (email.oauth2.cloud) en laat beide eindpunten leeg (email.oauth2.authorization_endpoint, email.oauth2.token_endpoint), zodat ze de cloud volgen. Geef daarna opnieuw toestemming met OAuth2-provider verifiëren (een toepassing: Nu een token aanvragen).

token-entra-single-tenant =
    .cause = De toepassing is voor één tenant geregistreerd, maar het eindpunt is het gedeelde voor alle tenants (/common).
    .remedy = Stel als tenant (email.oauth2.tenant) de Map-id (tenant) in van de pagina Overzicht van de app-registratie in het Entra-beheercentrum, en laat beide eindpunten leeg (email.oauth2.authorization_endpoint, email.oauth2.token_endpoint), zodat ze de tenant volgen. Geef daarna opnieuw toestemming met OAuth2-provider verifiëren (een toepassing: Nu een token aanvragen).

token-entra-wrong-authority =
    .cause = Het gedeelde eindpunt, /common of /consumers, is niet bruikbaar voor deze toepassing of deze manier van aanmelden.
    .remedy = Stel als tenant (email.oauth2.tenant) de Map-id (tenant) in van de pagina Overzicht van de app-registratie in het Entra-beheercentrum, en laat beide eindpunten leeg (email.oauth2.authorization_endpoint, email.oauth2.token_endpoint), zodat ze de tenant volgen. Geef daarna opnieuw toestemming met OAuth2-provider verifiëren (een toepassing: Nu een token aanvragen).

token-entra-redirect =
    .cause = De meegestuurde omleidings-URI is voor deze toepassing niet geregistreerd, of niet precies zo.
    .remedy = Open in het Entra-beheercentrum App-registraties › de app › Verificatie en voeg onder het platform Web de omleidings-URI toe, precies zoals de pagina E-mailconfiguratie die toont, in de vorm https://HOST/login/smtp-verification. Geef daarna opnieuw toestemming met OAuth2-provider verifiëren.

token-entra-consent =
    .cause = Voor deze toepassing ontbreekt toestemming: die is niet gegeven, is geweigerd, of alleen een beheerder mag die geven.
    .remedy = Laat een beheerder in het Entra-beheercentrum App-registraties › de app › API-machtigingen openen en Beheerderstoestemming verlenen kiezen. Geef daarna opnieuw toestemming met OAuth2-provider verifiëren (een toepassing: Nu een token aanvragen).

token-entra-permission =
    .cause = In de app-registratie ontbreekt de API-machtiging waarom wordt gevraagd.
    .remedy = Open in het Entra-beheercentrum App-registraties › de app › API-machtigingen en voeg SMTP.Send toe (Microsoft Graph, gedelegeerd) of, voor aanmelden als toepassing, SMTP.SendAsApp (Office 365 Exchange Online, toepassing). Kies daar Beheerderstoestemming verlenen en geef daarna opnieuw toestemming met OAuth2-provider verifiëren (een toepassing: Nu een token aanvragen).

token-entra-scope =
    .cause = Het bereik ontbreekt, is onjuist of hoort bij twee diensten tegelijk; Microsoft accepteert per verzoek het bereik van één dienst.
    .remedy = Maak het bereik leeg (email.oauth2.scopes) om dat van de provider te gebruiken: in de openbare cloud https://outlook.office.com/SMTP.Send offline_access, of als toepassing https://outlook.office.com/.default. Geef daarna opnieuw toestemming met OAuth2-provider verifiëren (een toepassing: Nu een token aanvragen).

token-entra-no-exchange =
    .cause = De tenant heeft geen Exchange Online, de dienst waarvoor het token wordt gevraagd.
    .remedy = Controleer tenant en bereik (email.oauth2.tenant, email.oauth2.scopes). Kloppen die, geef de postbus dan een licentie met Exchange Online in het Microsoft 365-beheercentrum onder Gebruikers › Actieve gebruikers › de postbus › Licenties en apps. Bestaat de postbus, geef dan opnieuw toestemming met OAuth2-provider verifiëren (een toepassing: Nu een token aanvragen).

token-entra-other-account =
    .cause = Het aangemelde account hoort niet bij deze tenant: het is van een andere organisatie, of een persoonlijk Microsoft-account.
    .remedy = Geef opnieuw toestemming met OAuth2-provider verifiëren en meld u aan als de postbus waarmee wordt verzonden (email.oauth2.email). Kiest de browser automatisch een ander account, gebruik dan een privévenster.

token-entra-not-assigned =
    .cause = Alleen toegewezen gebruikers mogen de toepassing gebruiken, en het aangemelde account hoort daar niet bij.
    .remedy = Open in het Entra-beheercentrum Bedrijfstoepassingen › de app › Gebruikers en groepen en voeg het account toe (email.oauth2.email). Geef daarna opnieuw toestemming met OAuth2-provider verifiëren.

token-entra-account-state =
    .cause = Het account is uitgeschakeld of vergrendeld, het wachtwoord is verlopen, of Microsoft vertrouwt het adres waar de aanmelding vandaan kwam niet.
    .remedy = Zoek de geweigerde aanmelding op in het Entra-beheercentrum onder Aanmeldingslogboeken en breng het account (email.oauth2.email) daar onder Gebruikers in orde. Geef daarna opnieuw toestemming met OAuth2-provider verifiëren.

token-entra-code-used =
    .cause = Het antwoord op deze aanmelding kwam twee keer binnen, en Microsoft accepteert de code daarin maar één keer. Een dubbelklik of een tweede tabblad kan dat veroorzaken.
    .remedy = Begin opnieuw met OAuth2-provider verifiëren, in één tabblad, en meld u één keer aan.

token-entra-pkce =
    .cause = Het bewijs van deze aanmelding (PKCE) hoort niet bij het verzoek waarmee die begon; dat kan gebeuren als het verifiëren twee keer is begonnen.
    .remedy = Sluit andere tabbladen met deze aanmelding en begin opnieuw met OAuth2-provider verifiëren, één keer en in één tabblad.

token-entra-loop =
    .cause = Microsoft beperkt deze client, omdat er in korte tijd te vaak om een token is gevraagd.
    .remedy = U hoeft niets te doen. Postwacht vraagt het later opnieuw.

token-entra-busy =
    .cause = Microsoft kan op dit moment geen token uitgeven.
    .remedy = Postwacht probeert het automatisch opnieuw, en de toestemming blijft behouden. Houdt het aan, kijk dan in het Microsoft 365-beheercentrum onder Status › Servicestatus.

## Google

token-google-revoked =
    .cause = De toestemming is ingetrokken, zes maanden niet gebruikt of vervallen door een nieuw wachtwoord, of is gegeven terwijl het OAuth-toestemmingsscherm op Extern en Testen stond; dan geldt die 7 dagen.
    .remedy = Staat het OAuth-toestemmingsscherm nog op Testen, publiceer het dan eerst in de Google Cloud-console. Geef daarna opnieuw toestemming met OAuth2-provider verifiëren; publiceren alleen herstelt de oude toestemming niet.

token-google-redirect =
    .cause = De meegestuurde omleidings-URI is voor deze OAuth-client niet geregistreerd, of niet precies zo.
    .remedy = Open de OAuth-client in de Google Cloud-console en voeg onder Geautoriseerde omleidings-URI's de omleidings-URI toe, precies zoals de pagina E-mailconfiguratie die toont, zonder schuine streep aan het eind. Geef daarna opnieuw toestemming met OAuth2-provider verifiëren.

token-google-admin-policy =
    .cause = Een beleid van de Google Workspace-organisatie geeft deze toepassing geen toegang tot de gegevens van de accounts.
    .remedy = Laat de client-ID (email.oauth2.client_id) als vertrouwd instellen in de Google Beheerdersconsole, onder Beveiliging bij de API-toegang van apps (API controls). Geef daarna opnieuw toestemming met OAuth2-provider verifiëren.

token-google-deleted-client =
    .cause = Google meldt dat de OAuth-client met deze client-ID is verwijderd.
    .remedy = Maak in de Google Cloud-console een nieuwe OAuth-client met de omleidings-URI die de pagina E-mailconfiguratie toont, en vul client-ID en clientgeheim ervan in (email.oauth2.client_id, email.oauth2.client_secret). Geef daarna opnieuw toestemming met OAuth2-provider verifiëren.

token-google-access-denied =
    .cause = Bij Google is toestemming geweigerd, of het OAuth-toestemmingsscherm staat op Testen en het account is geen testgebruiker ervan.
    .remedy = Publiceer het OAuth-toestemmingsscherm in de Google Cloud-console, of voeg het account (email.oauth2.email) daar toe aan de testgebruikers; bij Testen vervalt de toestemming na 7 dagen. Geef daarna opnieuw toestemming met OAuth2-provider verifiëren.

token-google-client =
    .cause = Google kent deze client-ID niet, of het clientgeheim hoort er niet bij.
    .remedy = Vul client-ID en clientgeheim opnieuw in zoals ze bij de OAuth-client in de Google Cloud-console staan (email.oauth2.client_id, email.oauth2.client_secret). Geef na een wijziging van de client-ID opnieuw toestemming met OAuth2-provider verifiëren.

token-google-unauthorized-client =
    .cause = Google staat deze client niet toe om dit bereik te vragen; een serviceaccount heeft daarvoor domeinbrede delegatie nodig voor precies dit bereik.
    .remedy = Voeg bij een serviceaccount de client-ID ervan met precies dit bereik (email.oauth2.scopes) toe aan de domeinbrede delegatie in de Google Beheerdersconsole. Controleer anders de client-ID (email.oauth2.client_id) en geef opnieuw toestemming met OAuth2-provider verifiëren.

## Elke provider

token-grant =
    .cause = De provider accepteert de opgeslagen toestemming niet meer: die is ingetrokken of verlopen, of het wachtwoord van het account is gewijzigd.
    .remedy = Geef opnieuw toestemming met OAuth2-provider verifiëren; Postwacht verzendt daarna de wachtende mail.

token-person =
    .cause = De provider geeft pas weer een token uit als iemand zich opnieuw heeft aangemeld of toestemming heeft gegeven.
    .remedy = Geef opnieuw toestemming met OAuth2-provider verifiëren: meld u aan als de postbus waarmee wordt verzonden (email.oauth2.email) en voltooi wat de provider vraagt.

token-client =
    .cause = De provider accepteert de client-ID of het clientgeheim niet.
    .remedy = Vul beide opnieuw in zoals ze bij de provider staan (email.oauth2.client_id, email.oauth2.client_secret), en controleer daar of het geheim niet is verlopen. Geef na een wijziging van de client-ID opnieuw toestemming met OAuth2-provider verifiëren (een toepassing: Nu een token aanvragen).

token-unauthorized-client =
    .cause = De provider staat deze client niet toe om op deze manier een token aan te vragen.
    .remedy = Controleer client-ID en manier van aanmelden (email.oauth2.client_id, email.oauth2.method). Laat bij de provider voor deze client authorization code en refresh token toestaan, of voor aanmelden als toepassing client credentials.

token-scope =
    .cause = De provider kent een deel van het bereik niet, of staat het deze client niet toe.
    .remedy = Verbeter het bereik (email.oauth2.scopes), of laat het bij de provider voor deze client toestaan. Geef daarna opnieuw toestemming met OAuth2-provider verifiëren (een toepassing: Nu een token aanvragen).

token-denied =
    .cause = De aanmelding bij de provider is afgebroken, of toestemming is daar geweigerd.
    .remedy = Geef opnieuw toestemming met OAuth2-provider verifiëren en rond de aanmelding bij de provider af. Biedt de provider dat niet aan, laat de beheerder daar de toepassing dan toestaan voor dit account.

token-request =
    .cause = De provider begreep het verzoek niet, of ondersteunt deze manier van vragen niet.
    .remedy = Controleer beide eindpunten en het bereik (email.oauth2.authorization_endpoint, email.oauth2.token_endpoint, email.oauth2.scopes). Kloppen die, laat het antwoord dan zien aan de beheerder van de provider.

token-busy =
    .cause = De provider kan op dit moment geen token uitgeven.
    .remedy = Postwacht probeert het automatisch opnieuw, en de toestemming blijft behouden. Houdt het aan, vraag de beheerder van de provider er dan naar.
token-none = Er is geen token.
