"""``gateway send``: a provider's own side, up to a real mail server's acceptance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.domain.form_reading import FormKind
from tests import forms, generators, pdf_forms, plans, world
from tests.installations import Installation, people_of_the_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postfix import Postfix


def document(installation: Installation, content: bytes = b"") -> Path:
    file = installation.folder / "bijsluiter.json"
    file.write_bytes(content or generators.document_json())
    return file


def test_a_report_written_to_a_file_is_one_that_the_gateway_takes(
    installation: Installation,
) -> None:
    out = installation.folder / "mail.eml"
    made = installation.run("send", document(installation), "--as", world.SAAR, "--out", out)
    assert made.exit_code == 0, made.stderr
    looked = json.loads(installation.run("inspect", out, "--json").stdout)
    assert (looked["sender"], looked["outcome"]) == (world.SAAR, "forward")
    content = out.read_bytes()
    for value in (b"Fictief", b"DEMO-0001", b"inburgeraar1@"):
        assert value not in content


def form_of(kind: FormKind) -> bytes:
    """Filled in about inburgeraar 1."""
    bericht = generators.bericht(1)
    if kind is not FormKind.PDF:
        return forms.filled(kind, bericht)
    person = generators.betrokkene(1)
    return pdf_forms.filled(
        {
            "aanbieder/instellingsnummer": generators.INSTELLINGSNUMMER,
            "berichttype": "PLAN",
            "wettelijkRegime": str(bericht["wettelijkRegime"]),
            "doelgroep": str(bericht["doelgroep"]),
            "betrokkene/dossierkenmerk": str(person["dossierkenmerk"]),
            "betrokkene/geslachtsnaam": str(person["geslachtsnaam"]),
            "betrokkene/geboortedatum": str(person["geboortedatum"]),
            "persoonlijkPlan/soort": "PIP",
            "persoonlijkPlan/document/naam": "pip.pdf",
        }
    )


@pytest.mark.parametrize("kind", FormKind)
def test_a_form_goes_as_it_is_under_a_name_that_tells_nothing(
    installation: Installation, kind: FormKind
) -> None:
    out, file = installation.folder / "mail.eml", installation.folder / f"Fictief.{kind.upper()}"
    file.write_bytes(form_of(kind))
    beside = installation.folder / "pip.pdf"
    beside.write_bytes(plans.plan())
    extra = ("--plan", beside) if kind is FormKind.PDF else ()
    made = installation.run("send", file, "--as", world.SAAR, "--out", out, *extra)
    assert made.exit_code == 0, made.stderr
    looked = json.loads(installation.run("inspect", out, "--json").stdout)
    # A plan waits for two people; anything else here goes on.
    expected = "hold" if kind is FormKind.PDF else "forward"
    assert (looked["sender"], looked["outcome"]) == (world.SAAR, expected), looked


def test_a_report_is_submitted(installation: Installation, postfix: Postfix) -> None:
    """By address as well as by id; to the gateway's mailbox, over TLS with a password."""
    gateway = postfix.new_account()
    account = installation.config().relay
    assert account is not None
    installation.change('address = "saar@taalschool.example"', f'address = "{account.user}"')
    installation.change('address = "poort@gemeente.example"', f'address = "{gateway.address}"')
    secret, public = installation.state / "gateway.sec", installation.state / "gateway.asc"
    secret.unlink()
    public.unlink()
    assert installation.run("init").exit_code == 0
    sent = installation.run("send", document(installation), "--as", account.user or "", "--json")
    assert sent.exit_code == 0, sent.stderr
    (mail,) = postfix.dovecot.wait_for(gateway)
    said = json.loads(sent.stdout)
    assert said["submitted"] is True
    assert said["messageId"].encode() in mail
    assert b"multipart/encrypted" in mail


def test_a_faulty_report_does_not_leave(installation: Installation) -> None:
    """All faults by path, in one go, without values, before anything is sealed."""
    bericht = generators.bericht(1, berichttype="ROMAN", wettelijkRegime="WI1998")
    out = installation.folder / "mail.eml"
    file = document(installation, generators.document_json(bericht))
    refused = installation.run("send", file, "--as", world.SAAR, "--out", out, "--json")
    assert refused.exit_code == 1
    faults = json.loads(refused.stdout)["faults"]
    assert {fault["path"] for fault in faults} >= {
        "berichten[0].berichttype",
        "berichten[0].wettelijkRegime",
    }
    assert "ROMAN" not in refused.stdout + refused.stderr
    assert not out.exists()


def test_a_sender_without_a_section_is_refused(installation: Installation) -> None:
    refused = installation.run("send", document(installation), "--as", "iemand")
    assert refused.exit_code == 1
    assert "[[sender]]" in refused.stderr


def test_a_key_that_others_can_read_is_refused(installation: Installation) -> None:
    (installation.folder / "saar.sec").chmod(0o644)
    refused = installation.run("send", document(installation), "--as", world.SAAR)
    assert refused.exit_code == 1
    assert "secret_key_file" in refused.stderr


def test_a_file_that_holds_no_key_is_refused(installation: Installation) -> None:
    (installation.folder / "saar.sec").write_bytes(people_of_the_world()[world.SAAR].cert)
    refused = installation.run("send", document(installation), "--as", world.SAAR)
    assert refused.exit_code == 1
    assert "secret key" in refused.stderr


def test_a_mail_server_that_is_not_there_is_told(installation: Installation) -> None:
    relay = installation.config().relay
    assert relay is not None
    installation.change(f"port = {relay.port}", "port = 9")
    refused = installation.run("send", document(installation), "--as", world.SAAR)
    assert refused.exit_code == 1
    assert "not sent" in refused.stderr
