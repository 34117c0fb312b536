"""What officers read when the gateway noticed something: that they should look, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.page import Page, Section
from gateway.adapters.words import Words

if TYPE_CHECKING:
    from gateway.domain.incidents import IncidentKind
    from gateway.domain.texts import Language


class DetectedLetter:
    """One page for one proposal; names nobody, and says nothing of what stood in a report."""

    def __init__(self, language: Language) -> None:
        self._words = Words(language, catalogue="scope")

    def page(self, incident_id: str, kind: IncidentKind) -> Page:
        """What was noticed, and how to look at it."""
        say = self._words.say
        return Page(
            language=self._words.language.value,
            title=say("Kijk hiernaar: er is misschien iets misgegaan"),
            lead=(self._words.code("signaal", kind.value),),
            sections=(
                Section(
                    heading=say("Wat u doet"),
                    lead=(say("Dit is een voorstel. U beslist of het een datalek is."),),
                    points=(
                        say("Bekijk wat er is gezien: {opdracht}").format(
                            opdracht=f"gateway breach show {incident_id}"
                        ),
                        say("Is er niets aan de hand? Leg uit waarom: {opdracht}").format(
                            opdracht=f'gateway breach dismiss {incident_id} --reason "..."'
                        ),
                        say("Wel? Denk aan de 72 uur vanaf nu (AVG 33)."),
                    ),
                ),
            ),
        )
