"""What each refusal of the register says, in English and in Dutch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.domain.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

REGISTER_TEXTS: Final[Mapping[Refusal, tuple[str, str]]] = {
    Refusal.UNKNOWN_PARTY: (
        "There is no such party.",
        "Deze organisatie staat niet in het register.",
    ),
    Refusal.UNKNOWN_CONTACT: (
        "There is no such contact at that moment.",
        "Deze contactpersoon staat op dat moment niet in het register.",
    ),
    Refusal.UNKNOWN_DOSSIER: (
        "There is no such dossier.",
        "Dit dossier staat niet in het register.",
    ),
    Refusal.UNKNOWN_SUBSTITUTION: (
        "There is no such substitution.",
        "Deze vervanging bestaat niet.",
    ),
    Refusal.BAD_ID: (
        "An id is 1 to 63 lower-case letters, digits and hyphens.",
        "Een id bestaat uit 1 tot 63 kleine letters, cijfers en koppeltekens.",
    ),
    Refusal.ID_TAKEN: ("This id is in use.", "Dit id is al in gebruik."),
    Refusal.BAD_NAME: (
        "A name has 1 to 200 printable characters.",
        "Een naam bestaat uit 1 tot 200 leesbare tekens.",
    ),
    Refusal.BAD_OPERATOR: (
        "Say who does this, in at most 100 printable characters.",
        "Geef aan wie dit doet, in hoogstens 100 leesbare tekens.",
    ),
    Refusal.UNKNOWN_OPERATOR: (
        "No operator is registered under this name; see gateway operator list.",
        "Onder deze naam is geen beheerder geregistreerd; zie gateway operator list.",
    ),
    Refusal.NOT_ONE_PERSON: (
        "Give the first name and surname of one person; a shared account is not taken.",
        "Geef voornaam en achternaam van één persoon; een groepsaccount kan niet.",
    ),
    Refusal.OPERATOR_TAKEN: (
        "An operator is registered under this name or login already.",
        "Onder deze naam of dit account is al een beheerder geregistreerd.",
    ),
    Refusal.OTHER_ACCOUNT: (
        "This account is another operator's, or this operator has registered another one.",
        "Dit account is van een andere beheerder, of deze beheerder heeft een ander account.",
    ),
    Refusal.TOO_FEW_OPERATORS: (
        "Two operators have to remain; register another one first.",
        "Er moeten twee beheerders overblijven; registreer eerst een ander.",
    ),
    Refusal.UNKNOWN_PROPOSAL: ("There is no such proposal.", "Dit voorstel bestaat niet."),
    Refusal.ALREADY_DECIDED: (
        "This proposal was decided already.",
        "Over dit voorstel is al beslist.",
    ),
    Refusal.SAME_PERSON: (
        "You proposed this yourself; another operator has to decide.",
        "U hebt dit zelf voorgesteld; een andere beheerder moet beslissen.",
    ),
    Refusal.SAME_ACCOUNT: (
        "This was proposed from this same account; decide from an account of your own.",
        "Dit is voorgesteld vanaf ditzelfde account; beslis vanaf een eigen account.",
    ),
    Refusal.NOT_YOURS: (
        "Only who proposed it withdraws it; you can refuse it.",
        "Alleen wie het voorstelde, trekt het in; u kunt het weigeren.",
    ),
    Refusal.PROPOSAL_STALE: (
        "Things have changed since this was proposed; propose it anew.",
        "Er is intussen iets veranderd; doe het voorstel opnieuw.",
    ),
    Refusal.POLICY_IN_FORCE: (
        "This table is in force, or none is yet; see gateway policy history.",
        "Deze tabel geldt al, of er geldt nog geen tabel; zie gateway policy history.",
    ),
    Refusal.POLICY_MALFORMED: (
        "This is not a well-formed decision table.",
        "Dit is geen goed opgebouwde beslistabel.",
    ),
    Refusal.FINGERPRINT_DIFFERS: (
        "The fingerprint that was read out is not that of this key: do not use it.",
        "De voorgelezen vingerafdruk hoort niet bij deze sleutel: gebruik de sleutel niet.",
    ),
    Refusal.NO_TIME_ZONE: ("A moment needs a time zone.", "Een tijdstip heeft een tijdzone nodig."),
    Refusal.BAD_INSTELLINGSNUMMER: (
        "An instellingsnummer has 10 digits and capitals.",
        "Een instellingsnummer bestaat uit 10 cijfers en hoofdletters.",
    ),
    Refusal.INSTELLINGSNUMMER_TAKEN: (
        "Another party has this instellingsnummer.",
        "Een andere organisatie heeft dit instellingsnummer.",
    ),
    Refusal.BAD_ADDRESS: (
        "This is not a mail address that can be used.",
        "Dit is geen bruikbaar e-mailadres.",
    ),
    Refusal.ADDRESS_TAKEN: (
        "Another contact has this mail address; an address belongs to one person.",
        "Een andere contactpersoon heeft dit e-mailadres; een adres hoort bij één persoon.",
    ),
    Refusal.ROLE_ADDRESS: (
        "This looks like a shared mailbox. Personal data go to one person only (12.5).",
        "Dit lijkt een gedeeld postvak. Persoonsgegevens gaan naar één persoon (artikel 12.5).",
    ),
    Refusal.ROLE_ON_OTHER_SIDE: (
        "A provider has contactpersonen, the municipality has casemanagers.",
        "Een aanbieder heeft contactpersonen, de gemeente heeft casemanagers.",
    ),
    Refusal.PERIOD_EMPTY: (
        "The end of a period comes after its start.",
        "Het einde van een periode ligt na het begin.",
    ),
    Refusal.KEY_REFUSED: (
        "This file is not a certificate that can be taken in.",
        "Dit bestand is geen bruikbaar certificaat (openbare sleutel).",
    ),
    Refusal.KEY_UNUSABLE: (
        "This key is revoked, has expired or cannot be encrypted to.",
        "Deze sleutel is ingetrokken, verlopen of niet geschikt om mee te versleutelen.",
    ),
    Refusal.KEY_TAKEN: (
        "This key is pinned to another contact.",
        "Deze sleutel hoort bij een andere contactpersoon.",
    ),
    Refusal.KEY_OF_OTHER_ADDRESS: (
        "The key names other mail addresses than this contact's.",
        "De sleutel noemt andere e-mailadressen dan dat van deze contactpersoon.",
    ),
    Refusal.NO_KEY: ("This contact has no key.", "Deze contactpersoon heeft geen sleutel."),
    Refusal.BAD_DOSSIERKENMERK: (
        "A dossierkenmerk has 1 to 40 letters, digits and . _ / -",
        "Een dossierkenmerk bestaat uit 1 tot 40 letters, cijfers en . _ / -",
    ),
    Refusal.DOSSIERKENMERK_TAKEN: (
        "Another dossier has this dossierkenmerk.",
        "Een ander dossier heeft dit dossierkenmerk.",
    ),
    Refusal.BAD_IDENTITY: (
        "A dossier needs a surname and a birth date: YYYY, YYYY-MM or YYYY-MM-DD.",
        "Een dossier heeft een achternaam en een geboortedatum nodig: JJJJ, JJJJ-MM of JJJJ-MM-DD.",
    ),
    Refusal.PERSON_ERASED: (
        "The data of this person have been erased.",
        "De gegevens van deze persoon zijn gewist.",
    ),
    Refusal.NOT_DESIGNABLE: (
        "Only a casemanager or a provider's contactpersoon can be designated.",
        "Alleen een casemanager of een contactpersoon van een aanbieder kan worden aangewezen.",
    ),
    Refusal.NO_DESIGNATION: (
        "Nobody is designated on that side of this dossier.",
        "Aan die kant is voor dit dossier niemand aangewezen.",
    ),
    Refusal.SUBSTITUTE_OF_OTHER_PARTY: (
        "A substitute belongs to the same party as the designated contact.",
        "Een vervanger hoort bij dezelfde organisatie als de aangewezen contactpersoon.",
    ),
    Refusal.SUBSTITUTE_IS_DESIGNATED: (
        "The designated contact cannot be their own substitute.",
        "De aangewezen contactpersoon kan zichzelf niet vervangen.",
    ),
    Refusal.SUBSTITUTES_OVERLAP: (
        "There is a substitute for part of that period already; one at a time (12.5).",
        "Voor een deel van die periode is er al een vervanger; één tegelijk (artikel 12.5).",
    ),
    Refusal.NOT_EXCLUDED: (
        "This provider is not excluded; there is nothing to tell the others.",
        "Deze aanbieder is niet uitgesloten; er is niets te melden aan de anderen.",
    ),
    Refusal.NOT_TAKING_PART: (
        "This provider takes no part now: suspended, excluded, gone, or without a current term.",
        "Deze aanbieder doet nu niet mee: geschorst, uitgesloten, gestopt of zonder looptijd.",
    ),
    Refusal.NOT_A_PROVIDER: (
        "Consent is given for one provider; this party is not a provider.",
        "Toestemming geldt voor één aanbieder; deze organisatie is geen aanbieder.",
    ),
    Refusal.CONSENT_WITHOUT_ROWS: (
        "Given consent names at least one row of the form.",
        "Een gegeven toestemming noemt minstens één rij van het formulier.",
    ),
    Refusal.SIGNED_IN_FUTURE: (
        "A form is signed on a day that has been; this moment is still to come.",
        "Een formulier is getekend op een dag die al is geweest; dit tijdstip moet nog komen.",
    ),
    Refusal.BAD_FORM: (
        "Name the version of the form and its language; a proof is a SHA-256 in hex.",
        "Noem versie en taal van het formulier; een bewijs is een SHA-256 in hex.",
    ),
    Refusal.UNKNOWN_FORM: (
        "The catalogue of consent forms does not know this version in this language.",
        "De lijst met toestemmingsformulieren kent deze versie in deze taal niet.",
    ),
    Refusal.FORM_INVALIDATED: (
        "Consents on this form were invalidated; use one from the catalogue that counts.",
        "Dit formulier is ongeldig verklaard; gebruik een formulier uit de lijst dat wel telt.",
    ),
    Refusal.PARTNER_UNSTATED: (
        "Say whether the partner signed, or that there is none.",
        "Geef aan of de partner heeft getekend, of dat er geen partner is.",
    ),
    Refusal.PARTNER_DID_NOT_SIGN: (
        "There is a partner who did not sign: this form gives no consent.",
        "Er is een partner die niet heeft getekend: dit formulier geeft geen toestemming.",
    ),
    Refusal.BAD_ADDED_ROW: (
        "At most four added rows, each 'TEXT=CATEGORY' with at most 200 printable characters.",
        "Hoogstens vier bijgeschreven rijen, elk 'TEKST=CATEGORIE' met hoogstens 200 tekens.",
    ),
    Refusal.BAD_SCAN: (
        "A scan is a PDF, JPEG, PNG or TIFF of at most 10 MB.",
        "Een scan is een PDF, JPEG, PNG of TIFF van hoogstens 10 MB.",
    ),
    Refusal.SCAN_DIFFERS: (
        "The scan does not have this SHA-256.",
        "De scan heeft niet deze SHA-256.",
    ),
    Refusal.NO_SCAN: (
        "No scan of this form is on record.",
        "Van dit formulier is geen scan vastgelegd.",
    ),
    Refusal.NOTHING_TO_WITHDRAW: (
        "No such consent for this provider holds at that moment; see gateway consent list.",
        "Op dat moment geldt deze toestemming voor deze aanbieder niet; zie gateway consent list.",
    ),
    Refusal.NO_CONSENT_EVENT: (
        "Nothing is on record about consent for this provider.",
        "Over toestemming voor deze aanbieder is niets vastgelegd.",
    ),
    Refusal.OTHER_FORM: (
        "The consent in force was given on another version of the form; name that one.",
        "De toestemming die geldt, is op een andere versie van het formulier gegeven; noem die.",
    ),
    Refusal.NOBODY_CONCERNED: (
        "Nobody is concerned; there is nothing to do.",
        "Dit gaat over niemand; er is niets te doen.",
    ),
    Refusal.BAD_REASON: (
        "Give a reason, in at most 200 printable characters and without personal data.",
        "Geef een reden, in hoogstens 200 leesbare tekens en zonder persoonsgegevens.",
    ),
    Refusal.UNKNOWN_INCIDENT: (
        "There is no such incident; see gateway breach list.",
        "Dit incident bestaat niet; zie gateway breach list.",
    ),
    Refusal.OTHER_MASTER_KEY: (
        "This master key is not the one that the register was sealed with.",
        "Deze hoofdsleutel is niet die waarmee het register is versleuteld.",
    ),
}
