"""``gateway request preview|weigh|dossier|port``: what the screen shows, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.generators import betrokkene, dossierkenmerk
from tests.world import BY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installations import Installation

WORDS = "Mijn buurvrouw Xandra zei dat dit kan."


def said(installation: Installation, *words: str | Path) -> Any:
    done = installation.run("request", *words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def refused(installation: Installation, *words: str | Path) -> str:
    done = installation.run("request", *words)
    assert (done.exit_code, done.stdout) == (1, "")
    return str(done.stderr)


def test_from_the_request_to_the_folder(installation: Installation, tmp_path: Path) -> None:
    opened = said(
        installation,
        *("open", "access", "--reference", "Z-2026-7", "--channel", "desk", "--by", BY),
        *("--person", dossierkenmerk(1), "--words", WORDS),
    )
    case, folder = opened["case"], tmp_path / "uit"
    give = ("dossier", case, "--to", folder, "--by", BY)
    assert "identity-not-established" in refused(installation, *give)
    said(installation, "identify", case, "--how", "document-seen", "--by", BY)
    told = refused(installation, *give)
    assert "third-persons-not-weighed" in told
    assert "Weeg eerst af wat over anderen gaat (AVG 15 lid 4)" in told
    assert not folder.exists()

    plain = installation.run("request", "preview", case, "--by", BY)
    assert (plain.exit_code, WORDS in plain.stdout, "***" in plain.stdout) == (0, False, True)
    assert str(betrokkene(1)["geslachtsnaam"]) not in plain.stdout
    seen = said(installation, "preview", case, "--by", BY, "--reveal")
    (mark,) = seen["marks"]
    assert (mark["text"], mark["choice"], seen["to_weigh"]) == (WORDS, "", [mark["mark"]])
    assert seen["missing"] == []
    reason = ("--reason", "Haar eigen woorden.", "--by", BY)
    unknown = ("weigh", case, "w000000000", "--choice", "include", *reason)
    assert "unknown-mark: w000000000" in refused(installation, *unknown)
    said(installation, "weigh", case, mark["mark"], "--choice", "leave-out", *reason)

    given = said(installation, *give)
    assert (given["edition"], given["missing"]) == (1, 0)
    names = {"bewijs.zip", "dossier.json", "dossier.pdf", "dossier.txt"}
    assert {each.name for each in folder.iterdir()} == names
    assert all(each.stat().st_mode & 0o077 == 0 for each in (folder, *folder.iterdir()))
    assert "Xandra" not in (folder / "dossier.txt").read_text("utf-8")
    assert "folder-not-empty" in refused(installation, *give)
    shown = said(installation, "show", case)
    assert shown["steps"][-1]["detail"]["access"] == given["digest"]
    assert installation.run("log", "verify").exit_code == 0


def test_what_came_after_all_was_weighed_waits_for_a_choice_of_its_own(
    installation: Installation, tmp_path: Path
) -> None:
    """Whoever writes something afterwards does not get into a dossier that nobody looked at."""
    about = ("--channel", "desk", "--by", BY, "--person", dossierkenmerk(1), "--words")
    case = said(installation, "open", "access", "--reference", "Z-2026-7", *about, WORDS)["case"]
    said(installation, "identify", case, "--how", "document-seen", "--by", BY)
    all_of_it = ("weigh", case, "--choice", "include", "--reason", "Gelezen.", "--by", BY)
    said(installation, *all_of_it)
    assert "unknown-mark" in refused(installation, *all_of_it)
    later = ("open", "rectification", "--reference", "Z-2026-9")
    said(installation, *later, *about, "Dit zegt Xandra ook.")
    assert len(said(installation, "preview", case, "--by", BY)["to_weigh"]) == 1
    give = ("dossier", case, "--to", tmp_path / "uit", "--by", BY)
    assert "third-persons-not-weighed" in refused(installation, *give)


def test_nothing_to_take_along(installation: Installation, tmp_path: Path) -> None:
    opened = said(
        installation,
        *("open", "portability", "--reference", "Z-2026-8", "--channel", "post", "--by", BY),
        *("--person", dossierkenmerk(4)),
    )
    case = opened["case"]
    said(installation, "identify", case, "--how", "digid", "--by", BY)
    told = refused(installation, "port", case, "--to", tmp_path / "mee", "--by", BY)
    assert "no-data-on-consent" in told
    assert "AVG 20" in told
    assert "other-kind-of-request" in refused(
        installation, "dossier", case, "--to", tmp_path / "uit", "--by", BY
    )
    assert not (tmp_path / "mee").exists()
