"""Firefox without a screen, with a profile of its own: its own viewer opens and fills PDF forms.

Nothing but loopback and the folder of its own is reached.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.servers.marionette import Marionette, MarionetteError
from tests.servers.mozilla import Mozilla
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C WebDriver, section 11
# The viewer builds a page when somebody looks at it; a field is a control in that page.
_GO_TO = "document.getElementById('viewer').children[arguments[0]].scrollIntoView(); return true"
_PAGES = "return document.querySelectorAll('#viewer .page').length"
_READY = (
    "return document.querySelector(`.page[data-page-number='${arguments[0]}']"
    " .annotationLayer section`) !== null"
)
_CHOOSE = """
const [select, value] = arguments;
select.value = value;
select.dispatchEvent(new Event('input', {bubbles: true}));
select.dispatchEvent(new Event('change', {bubbles: true}));
return select.value;
"""


# What the button *Save* has the viewer write; where to, Firefox would ask on the screen.
_SAVE = """
const done = arguments[arguments.length - 1];
const viewer = (window.wrappedJSObject ?? window).PDFViewerApplication;
viewer.pdfDocument.saveDocument()
  .then(bytes => {
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) {
      text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    }
    done({saved: btoa(text)});
  })
  .catch(error => done({error: `${error}`}));
"""


class Firefox(Mozilla[Marionette]):
    """A browser in which one PDF is opened, filled and saved at a time."""

    name = "firefox"
    program = Path("/usr/lib/firefox-esr/firefox-esr")

    def begun(self, port: int) -> Marionette:
        """Scripts run in the page."""
        return Marionette(port)

    # --- using ----------------------------------------------------------------

    def fill(self, form: bytes, typed: Mapping[str, str]) -> bytes:
        """Open the form, fill these fields by name, and save it; the file that the viewer writes.

        A field that is ticked gets any text.  Raises `MarionetteError` for a field that the
        viewer does not show.
        """
        opened = self.folder / "formulier.pdf"
        opened.write_bytes(form)
        self._command("WebDriver:Navigate", url=opened.as_uri())
        left = dict(typed)
        wait_until(lambda: self._run(_PAGES) > 0, what="the viewer shows no page")
        for page in range(self._run(_PAGES)):
            self._run(_GO_TO, page)
            self._wait_for_fields(page + 1)
            for name in [each for each in left if self._find(each)]:
                self._fill_one(name, left.pop(name))
        if left:
            raise MarionetteError(f"not in the viewer: {sorted(left)}")
        return self._save()

    def _wait_for_fields(self, page: int) -> None:
        wait_until(lambda: bool(self._run(_READY, page)), what=f"no fields on page {page}")

    def labels(self) -> dict[str, str]:
        """What a screen reader says at each field of the pages that were looked at."""
        script = (
            "return [...document.querySelectorAll('.annotationLayer [name]')]"
            ".map(e => [e.name, e.getAttribute('aria-label') || e.title"
            " || e.parentElement.title])"
        )
        return dict(self._run(script))

    def _fill_one(self, name: str, text: str) -> None:
        element = self._find(name)
        tag = self._command("WebDriver:GetElementTagName", id=element)["value"]
        kind = self._command("WebDriver:GetElementAttribute", id=element, name="type")["value"]
        if tag.lower() == "select":
            chosen = self._run(_CHOOSE, {ELEMENT: element}, text)
            if chosen != text:
                raise MarionetteError(f"{name}: no such choice")
        elif kind == "checkbox":
            self._command("WebDriver:ElementClick", id=element)
        else:
            self._command("WebDriver:ElementSendKeys", id=element, text=text)

    def _find(self, name: str) -> str:
        css = f".annotationLayer [name='{name}']"
        found = self._command("WebDriver:FindElements", using="css selector", value=css)
        return str(found[0][ELEMENT]) if found else ""

    def _save(self) -> bytes:
        answer = self._command("WebDriver:ExecuteAsyncScript", script=_SAVE, args=[])["value"]
        if "error" in answer:
            raise MarionetteError(f"save: {answer['error']}")
        return base64.b64decode(answer["saved"])

    def shot(self) -> bytes:
        """The window as a picture (PNG), for whoever wonders what went wrong."""
        taken = self._command("WebDriver:TakeScreenshot", full=False)["value"]
        return base64.b64decode(taken)

    def _run(self, script: str, *args: object) -> Any:
        return self._command("WebDriver:ExecuteScript", script=script, args=list(args))["value"]

    def _command(self, name: str, /, **parameters: object) -> Any:
        return self.talk.command(name, **parameters)
