"""What each refusal about requests and breaches says, in English and in Dutch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.domain.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

DUTIES_TEXTS: Final[Mapping[Refusal, tuple[str, str]]] = {
    Refusal.UNKNOWN_CASE: (
        "There is no such request; see gateway request list.",
        "Dit verzoek bestaat niet; zie gateway request list.",
    ),
    Refusal.BAD_CASE_REFERENCE: (
        "Give your own case number: letters, digits and . _ / -, at least one digit; no name.",
        "Geef uw eigen zaaknummer: letters, cijfers en . _ / -, minstens één cijfer; geen naam.",
    ),
    Refusal.RECEIVED_IN_FUTURE: (
        "A request cannot have been received later than now.",
        "Een verzoek kan niet later dan nu ontvangen zijn.",
    ),
    Refusal.BAD_DETAIL: (
        "A detail of a step is a short code or reference.",
        "Een gegeven bij een stap is een korte code of verwijzing.",
    ),
    Refusal.IDENTITY_NUMBER: (
        "This may hold a citizen service number or the number of a document; leave it out.",
        "Hier kan een burgerservicenummer of documentnummer in staan; laat het weg.",
    ),
    Refusal.WORDS_ABOUT_NOBODY: (
        "No words are kept about somebody who is not in the register; refer to your own case.",
        "Over iemand die niet in het register staat bewaren we geen tekst; verwijs naar uw zaak.",
    ),
    Refusal.NOT_NOW: (
        "This cannot be done as the request stands; see gateway request show.",
        "Dit kan niet zoals het verzoek er nu voor staat; zie gateway request show.",
    ),
    Refusal.CASE_OVER: (
        "This request was closed or taken back.",
        "Dit verzoek is gesloten of ingetrokken.",
    ),
    Refusal.IDENTITY_NEEDED: (
        "First establish who asks (art. 12(6) AVG): gateway request identify.",
        "Stel eerst vast wie dit vraagt (art. 12 lid 6 AVG): gateway request identify.",
    ),
    Refusal.PERSON_FOUND: (
        "The person of this request was found already.",
        "De persoon van dit verzoek is al gevonden.",
    ),
    Refusal.EXTENSION_LATE: (
        "The first month is over; a request is extended, and the person told, inside it.",
        "De eerste maand is voorbij; verlengen, en dat laten weten, kan alleen daarbinnen.",
    ),
    Refusal.BAD_GROUND: (
        "A refusal rests on grounds that go with this right, anything else on none.",
        "Een weigering heeft gronden die bij dit recht horen, al het andere geen.",
    ),
    Refusal.BAD_OUTCOME: (
        "Nothing is held means: nobody was found; of somebody who was found, it cannot be said.",
        "Niets vastgelegd betekent: niemand gevonden; van wie gevonden is, kan dat niet.",
    ),
    Refusal.NO_MOTIVATION: (
        "A refusal has to say why in words for the person (art. 3:46 Awb).",
        "Een weigering zegt de persoon in woorden waarom (art. 3:46 Awb).",
    ),
    Refusal.NOT_CARRIED_OUT: (
        "What was decided is not carried out yet; carry it out before you answer.",
        "Wat besloten is, is nog niet uitgevoerd; voer het uit voor u antwoordt.",
    ),
    Refusal.CANNOT_ERASE: (
        "An erasure cannot be carried out from here.",
        "Wissen kan van hieruit niet worden uitgevoerd.",
    ),
    Refusal.UNKNOWN_HOLD: (
        "There is no such hold on outgoing mail; see gateway breach holds.",
        "Deze stop op uitgaande post bestaat niet; zie gateway breach holds.",
    ),
    Refusal.ERASURE_BARRED: (
        "This person cannot be erased now; see gateway request grounds.",
        "Deze persoon kan nu niet worden gewist; zie gateway request grounds.",
    ),
    Refusal.NO_ERASURE_GROUND: (
        "Name on which ground of art. 17(1) AVG: gateway request erase --ground.",
        "Noem op welke grond van art. 17 lid 1 AVG: gateway request erase --ground.",
    ),
    Refusal.UNKNOWN_ERASURE: (
        "There is no such erasure; see gateway request certificate.",
        "Deze wissing bestaat niet; zie gateway request certificate.",
    ),
    Refusal.UNKNOWN_REMAINS: (
        "This number is not open for this erasure.",
        "Dit nummer staat niet open bij deze wissing.",
    ),
    Refusal.NO_MAIL_TO_CONFIRM: (
        "Only mail that is stuck or elsewhere is confirmed; see gateway request remains.",
        "Bevestigen kan alleen bij mail die stuck of elsewhere is; zie gateway request remains.",
    ),
    Refusal.NOTHING_TO_OBJECT_TO: (
        "Nothing is shared but by consent: consent is withdrawn instead (art. 7(3), 21(1) AVG).",
        "Delen berust op toestemming. Bezwaar kan niet; intrekken wel (art. 7 lid 3 AVG).",
    ),
    Refusal.NO_RESTRICTION: (
        "No restriction with this id is in force.",
        "Er geldt geen beperking met dit nummer.",
    ),
    Refusal.NOT_TOLD: (
        "First tell the person that it is about to be lifted (art. 18(3) AVG).",
        "Laat de inburgeraar eerst weten dat de beperking eindigt (art. 18 lid 3 AVG).",
    ),
    Refusal.END_NOT_TOLD: (
        "First tell the person that their request ended: gateway request letter --kind withdrawn.",
        "Meld de persoon eerst dat het verzoek stopt: gateway request letter --kind withdrawn.",
    ),
    Refusal.TOLD_ALREADY: (
        "It is on record already that the person was told.",
        "Al vastgelegd is dat de inburgeraar het weet.",
    ),
    Refusal.BAD_FIELD: (
        "This is no field of a report about a person, as in voortgang.taalniveaus.",
        "Dit is geen gegeven uit een bericht over iemand, zoals voortgang.taalniveaus.",
    ),
    Refusal.NOT_PASSED_ON: (
        "No report with this number and this field was passed on about this person.",
        "Over deze persoon is geen bericht met dit nummer en dit gegeven doorgegeven.",
    ),
    Refusal.UNKNOWN_HELP: (
        "There is no such request for help; see gateway request help-list.",
        "Dit verzoek om hulp bestaat niet; zie gateway request help-list.",
    ),
    Refusal.BAD_ARTICLE: (
        "Help is asked for articles 12 to 22 and 33 to 35 AVG (covenant 12.7).",
        "Hulp vraagt u bij artikel 12 tot en met 22 en 33 tot en met 35 AVG (convenant 12.7).",
    ),
    Refusal.OTHER_RIGHT: (
        "This does not go with what this request asks for.",
        "Dit past niet bij wat dit verzoek vraagt.",
    ),
    Refusal.UNKNOWN_LETTER: (
        "There is no such letter, or it is confirmed already; see gateway request recipients.",
        "Deze brief bestaat niet of is al bevestigd; zie gateway request recipients.",
    ),
}
