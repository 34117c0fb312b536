"""Personal data does not print: not by itself, not in an error, not in a traceback."""

from __future__ import annotations

import dataclasses
import logging
import traceback
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from gateway.domain import bijsluiter, mail, outcomes, parties, stages
from gateway.domain.bijsluiter import Bericht, Document
from gateway.domain.facts import Dossier, Facts
from gateway.domain.faults import faults_of
from gateway.domain.private import Private
from gateway.domain.silent import Silent
from gateway.pipeline.redacting import FilterError
from tests import corridor, generators

if TYPE_CHECKING:
    from types import ModuleType

SECRETS = ("Fictief", "Bilal", "1971", "DEMO-0001", "inburgeraar1", "010 000", "saar@")
DISCLOSURE = corridor.disclosure(generators.full_bericht(1), generators.facts(1))
HOLDERS: tuple[object, ...] = (
    Document.model_validate_json(generators.document_json()),
    DISCLOSURE,
    DISCLOSURE.content,
    DISCLOSURE.content.betrokkene,
    corridor.addressed(generators.bericht(1), generators.facts(1)),
    corridor.checked(generators.bericht(1)),
    corridor.opened(generators.document_json()),
    corridor.handled(corridor.sealed(generators.bericht(1), generators.facts(1))),
    generators.facts(1),
    generators.dossier(1),
    generators.SENDER,
)
# What holds no data of an inburgeraar or contact, and may therefore show itself.
PLAIN = {
    "Interval", "KeyState", "Party", "Role", "Side", "Standing", "Signature", "SignatureState",
    "Protection", "Withheld", "Later", "Post",
}  # fmt: skip


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_what_holds_personal_data_prints_its_type_only(holder: object) -> None:
    for shown in (
        repr(holder),
        str(holder),
        f"{holder}",
        f"{holder!r:>60}",
        repr([holder, {"a": holder}]),
    ):
        assert type(holder).__name__ in shown
        assert [secret for secret in SECRETS if secret in shown] == []


def test_logging_it_logs_its_type(caplog: pytest.LogCaptureFixture) -> None:
    for holder in HOLDERS:
        logging.getLogger("test").error("%s %r", holder, holder)
    assert [secret for secret in SECRETS if secret in caplog.text] == []


@pytest.mark.parametrize("module", [stages, mail, outcomes, parties], ids=lambda m: m.__name__)
def test_every_value_on_the_way_is_silent_or_plainly_impersonal(module: ModuleType) -> None:
    for name, kind in vars(module).items():
        if dataclasses.is_dataclass(kind) and name not in PLAIN:
            assert isinstance(kind, type)
            assert issubclass(kind, Silent), name
            assert kind.__repr__ is Silent.__repr__, name
    assert issubclass(Facts, Silent)
    assert issubclass(Dossier, Silent)


def test_everything_in_the_bijsluiter_is_private_and_cannot_be_changed() -> None:
    kinds = [kind for kind in vars(bijsluiter).values() if isinstance(kind, type)]
    models: list[type[Private]] = [kind for kind in kinds if issubclass(kind, Private)]
    assert len(models) > 15
    for model in models:
        assert "__repr__" not in vars(model) or model is Private, model.__name__
        assert "__str__" not in vars(model) or model is Private, model.__name__
        for name, field in model.model_fields.items():
            assert "list[" not in str(field.annotation), f"{model.__name__}.{name}"
            assert "dict[" not in str(field.annotation), f"{model.__name__}.{name}"
    with pytest.raises(ValidationError):
        DISCLOSURE.content.betrokkene.geslachtsnaam = "X"  # type: ignore[misc]  # refused at run time too


def test_a_refused_value_is_not_in_what_is_said_about_it() -> None:
    report = generators.bericht(1, doelgroep="Bilal Fictief, 1971")
    with pytest.raises(ValidationError) as caught:
        Bericht.model_validate(report)
    assert "1971" not in str(caught.value)
    faults = faults_of(caught.value, "berichten[0]")
    assert "1971" not in repr(faults)
    assert faults[0].path == "berichten[0].doelgroep"


def test_a_refused_report_leaves_nothing_in_its_traceback() -> None:
    report = generators.bericht(1, wettelijkRegime="Bilal Fictief")
    ended = corridor.checks(report)[0]
    stop = getattr(ended, "stop")  # noqa: B009 - a Checked has none, and then this test fails
    assert stop.__context__ is None
    assert stop.__cause__ is None
    shown = "".join(traceback.format_exception(stop))
    assert [secret for secret in SECRETS if secret in shown] == []


def test_a_contradiction_in_the_filter_says_nothing_of_the_report() -> None:
    assert str(FilterError()) == ""
