"""The guide in a school's kit: on two sheets, from comparing a fingerprint to reading the answer.

Set by typst as PDF/UA-1.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from gateway.adapters import typeset
from gateway.adapters.kit_programs import gnupg, outlook, thunderbird
from gateway.adapters.kit_words import Part

if TYPE_CHECKING:
    from gateway.adapters.kit_words import KitWords


def guide(words: KitWords) -> bytes:
    """The guide as PDF, A4; raises `UnprintableError`."""
    said = {
        "language": words.words.language.value,
        "title": words.say("Berichten sturen aan {gemeente}"),
        "author": words.facts.municipality,
        "lead": words.lead(),
        "sections": [asdict(each) for each in parts(words)],
    }
    return typeset.compiled("guide.typ", said, at=words.facts.made)


def parts(words: KitWords) -> tuple[Part, ...]:
    """What it says, under its headings."""
    return (
        _checking(words),
        Part(
            heading=words.say("2. Stel uw mailprogramma in"),
            lead=(words.say("Dit doet u één keer. Kies één programma: A, B of C."),),
        ),
        thunderbird(words),
        outlook(words),
        gnupg(words),
        _form(words),
        _sending(words),
        _answer(words),
        _never(words),
        help_(words),
    )


def _checking(words: KitWords) -> Part:
    say = words.say
    return Part(
        heading=say("1. Controleer onze sleutel"),
        lead=(say("Met onze sleutel versleutelt u uw berichten. Alleen wij kunnen ze dan lezen."),),
        steps=(
            say(
                "Neem contact op met {contact}. Gebruik een nummer of adres dat u al had, niet "
                "een uit een mail."
            ),
            say(
                "Lees samen de vingerafdruk op sleutelblad.pdf. Alle groepen moeten gelijk "
                "zijn. Klopt het niet? Gebruik dan niets uit dit pakket."
            ),
        ),
    )


def _form(words: KitWords) -> Part:
    say = words.say
    return Part(
        heading=say("3. Vul het formulier in"),
        new_page=True,
        steps=(
            say(
                "Kies één formulier uit de map formulieren: Excel, LibreOffice, CSV of PDF. De "
                "PDF is voor één inburgeraar. De andere hebben een rij per inburgeraar."
            ),
            say(
                "Vul in wat u weet. De uitleg staat in het formulier. Laat de koppen staan. De "
                "gegevens van uw school zijn al ingevuld."
            ),
            say("Bewaar het op een plek die alleen u kunt openen. Zet geen naam in de titel."),
        ),
    )


def _sending(words: KitWords) -> Part:
    say = words.say
    return Part(
        heading=say("4. Verstuur het"),
        steps=(
            say("Maak een nieuwe mail aan {adres}. Gebruik geen Cc en geen Bcc."),
            say("Zet als onderwerp alleen: Voortgang. Laat de tekst leeg."),
            say(
                "Voeg het formulier toe als bijlage. Noemt u een plan (PDF)? Voeg dat ook toe. "
                "Voeg verder niets toe."
            ),
            say("Zet Versleutelen aan én zet Ondertekenen aan. Verstuur de mail."),
        ),
    )


def _answer(words: KitWords) -> Part:
    say = words.say
    return Part(
        heading=say("5. Lees het antwoord"),
        lead=(
            say(
                "U krijgt een versleuteld antwoord. Open het in hetzelfde programma. Kijk of het "
                "door {adres} is ondertekend. Daarin staat voor elke inburgeraar:"
            ),
        ),
        facts=(
            (say("doorgegeven"), say("de casemanager heeft het. U hoeft niets te doen.")),
            (
                say("deels doorgegeven"),
                say("een deel mocht niet worden gedeeld. Laat dat voortaan weg."),
            ),
            (
                say("wacht op de gemeente"),
                say("iemand bij de gemeente beslist. Wacht, of doe wat erbij staat."),
            ),
            (say("al eerder doorgegeven"), say("u stuurde dit al eens. U hoeft niets te doen.")),
            (
                say("niet doorgegeven"),
                say(
                    "verbeter wat erbij staat en stuur het formulier opnieuw. Zit er een bestand "
                    "'verbeteren' bij? Gebruik dan dat."
                ),
            ),
        ),
        closing=(say("Hebt u na een werkdag geen antwoord? Vraag het aan {contact}."),),
    )


def _never(words: KitWords) -> Part:
    say = words.say
    return Part(
        heading=say("Zet dit nooit in het onderwerp, de mailtekst of de bestandsnaam"),
        points=(
            say("een naam, geboortedatum of dossierkenmerk. Een onderwerp reist leesbaar mee."),
            say("een BSN of V-nummer. Die horen ook niet in het formulier."),
            say(
                "iets over gezondheid, geloof of de reden van verzuim. Ook dat hoort niet in "
                "het formulier."
            ),
        ),
    )


def help_(words: KitWords) -> Part:
    """Whom to ask, and what to do at once."""
    say = words.say
    return Part(
        heading=say("Hulp nodig?"),
        points=(
            say("Vragen: {contact}. Stuur ons geen voorbeeld met echte gegevens."),
            say("Sleutel of laptop kwijt? Meld dat meteen bij {contact}."),
            say("Verkeerd bericht gestuurd? Meld dat meteen, ook bij uw eigen privacy officer."),
        ),
    )
