"""Documents that two programs read in two ways, or that cost more than they weigh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.mail import Protection
from gateway.domain.stops import Reason
from tests.mails.faults import fault
from tests.mails.scene import Who

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mails.scene import Scene

DEEP = b"[" * 1000 + b"]" * 1000
ONE_READING = "checking: a document is read in one way or not at all"


def document(
    name: str, what: str, change: Callable[[bytes], bytes], reason: Reason = Reason.NOT_JSON
) -> None:
    """A good mail but for its document, which is the good one changed.

    For one protection only: a document is read where nobody knows any more how it came.
    """

    @fault(name, what, reason, stopped=ONE_READING, only=Protection.OPENPGP)
    def mail(scene: Scene) -> bytes:
        inner = scene.inner(change(scene.document()))
        return scene.mail(scene.sealed(inner, Who.SENDER))


def beside(member: bytes) -> Callable[[bytes], bytes]:
    """One member more, at the front."""
    return lambda good: good.replace(b"{", b"{" + member + b", ", 1)


def twice(good: bytes) -> bytes:
    """The whole list of reports given twice."""
    start = good.index(b'"berichten"')
    return good[:start] + b'"berichten": [], ' + good[start:]


document("json-names-twice", "a member given twice", twice)
document(
    "json-names-twice-escaped",
    "a member given twice, once by escapes",
    beside(b'"bijsluiterV\\u0065rsie": "9"'),
)
document("json-deep", "a thousand arrays, one in another", beside(b'"x": ' + DEEP))
document("json-bottomless", "a hundred thousand brackets", lambda _: b"[" * 100_000)
document("json-1e400", "a number too large for a double", beside(b'"x": 1e400'))
document("json-1e-400", "a number so small that it becomes 0", beside(b'"x": 1e-400'))
document("json-digits", "an integer of a million digits", beside(b'"x": ' + b"9" * 1_000_000))
document("json-fraction", "a fraction of a million digits", beside(b'"x": 0.' + b"9" * 1_000_000))
document("json-nan", "NaN", beside(b'"x": NaN'))
document("json-infinity", "an infinity", beside(b'"x": -Infinity'))
document("json-surrogate", "half a character", beside(b'"x": "\\ud83d"'))
document("json-surrogate-name", "half a character in a name", beside(b'"\\udc00": 1'))
document("json-not-utf-8", "a byte that is no UTF-8", beside(b'"x": "\xff"'))
document("json-surrogate-bytes", "half a character in UTF-8", beside(b'"x": "\xed\xa0\xbd"'))
document("json-two-bom", "two byte order marks", lambda good: b"\xef\xbb\xbf\xef\xbb\xbf" + good)
document("json-utf-16", "UTF-16", lambda good: good.decode().encode("utf-16"))
document("json-utf-32", "UTF-32", lambda good: good.decode().encode("utf-32"))
document("json-nul", "a NUL behind the document", lambda good: good + b"\0")
document("json-two", "two documents, one behind the other", lambda good: good + good)
document("json-comment", "a comment", lambda good: good.replace(b"{", b"{/* */", 1))
document("json-null", "null", lambda _: b"null")
document("json-empty", "nothing", lambda _: b"")
document(
    "json-million-values",
    "two hundred thousand values",
    beside(b'"x": [' + b",".join([b"0"] * 200_000) + b"]"),
    Reason.TOO_LARGE,
)
document(
    "json-6-mb",
    "a string of six megabytes",
    beside(b'"x": "' + b"x" * 6_000_000 + b'"'),
    Reason.TOO_LARGE,
)
