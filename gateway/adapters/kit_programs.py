"""How a school's mail program is set up for the gateway: Thunderbird, Outlook, GnuPG.

The commands for GnuPG are data of their own, so that a test can type them as a clerk does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.kit_words import CERTIFICATE, OWN_CERTIFICATE, OWN_NAME, Part

if TYPE_CHECKING:
    from gateway.adapters.kit_words import KitWords


def thunderbird(words: KitWords) -> Part:
    """Its own OpenPGP: a key made there, ours imported and accepted."""
    say = words.say
    return Part(
        heading=say("A. Thunderbird, met OpenPGP"),
        level=3,
        steps=(
            say(
                "Open Accountinstellingen > End-to-end-versleuteling. Klik op Sleutel "
                "toevoegen en maak een nieuwe sleutel (OpenPGP) voor uw eigen mailadres."
            ),
            say(
                "Open Extra > OpenPGP-sleutelbeheer. Kies in het menu Bestand om een openbare "
                "sleutel uit een bestand te importeren, en kies uitwisselpunt.asc."
            ),
            say(
                "Dubbelklik op de sleutel van {adres}. Vergelijk de vingerafdruk met het blad. "
                "Klopt alles? Kies dan dat u deze vingerafdruk zelf hebt gecontroleerd."
            ),
            say(
                "Klik in het sleutelbeheer met rechts op uw eigen sleutel. Exporteer alleen de "
                "openbare sleutel en stuur dat bestand naar {contact}. Wij vergelijken de "
                "vingerafdruk met u. Daarna telt uw sleutel."
            ),
        ),
    )


def outlook(words: KitWords) -> Part:
    """With the certificate of an authority; said to be no choice where we have no S/MIME."""
    say = words.say
    heading = say("B. Outlook, met S/MIME")
    if not words.facts.smime:
        lead = (say("Dit uitwisselpunt werkt niet met S/MIME. Kies A of C."),)
        return Part(heading=heading, level=3, lead=lead)
    return Part(
        heading=heading,
        level=3,
        lead=(
            say(
                "U hebt een eigen certificaat voor S/MIME nodig, voor precies uw mailadres. Vraag "
                "ons eerst van welke uitgevers wij certificaten vertrouwen."
            ),
        ),
        steps=(
            say("Dubbelklik op uw eigen .pfx-bestand en klik door tot het eind."),
            say(
                "Open Bestand > Opties > Vertrouwenscentrum > Instellingen voor het "
                "Vertrouwenscentrum > E-mailbeveiliging. Klik op Instellingen. Kies uw "
                "certificaat om te ondertekenen en om te versleutelen, met SHA256 en AES "
                "(256-bits)."
            ),
            say(
                "Maak een contactpersoon met het adres {adres}. Kies daar Certificaten > "
                "Importeren, en kies uitwisselpunt.p7c. Vergelijk de vingerafdruk met het blad."
            ),
            say(
                "Stuur uw certificaat zonder de geheime sleutel (.cer) naar {contact}. Wij "
                "vergelijken de vingerafdruk met u. Daarna telt uw certificaat."
            ),
        ),
    )


def gnupg(words: KitWords) -> Part:
    """By commands, as GnuPG 2.2 and later know them."""
    say, facts = words.say, words.facts
    own = OWN_NAME.partition("<")[2].rstrip(">")
    return Part(
        heading=say("C. GnuPG"),
        level=3,
        commands=(
            (
                say("Maak een eigen sleutel, met uw eigen naam en mailadres:"),
                f'gpg --quick-generate-key "{OWN_NAME}" default default 2y',
            ),
            (
                say("Importeer onze sleutel, en bekijk de vingerafdruk:"),
                f"gpg --import {CERTIFICATE}.asc && gpg --fingerprint {facts.address}",
            ),
            (
                say("Is die gelijk aan het blad? Leg dat dan vast:"),
                f"gpg --quick-lsign-key {facts.fingerprint}",
            ),
            (
                say("Bewaar uw openbare sleutel als bestand:"),
                f"gpg --armor --export {own} > {OWN_CERTIFICATE}",
            ),
        ),
        closing=(
            say(
                "Stuur dat bestand naar {contact}. Wij vergelijken de vingerafdruk met u. "
                "Daarna telt uw sleutel. Gebruik een mailprogramma dat de hele mail met GnuPG "
                "versleutelt (PGP/MIME), zoals KMail, Evolution, NeoMutt of Gpg4win."
            ),
        ),
    )
