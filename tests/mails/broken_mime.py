"""Mails whose structure is broken, endless, or read in two ways by two programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.mail import Protection
from gateway.domain.stops import Reason
from tests.mails.faults import fault
from tests.mails.scene import Who

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mails.scene import Scene

    Maker = Callable[[Scene], bytes]

ONE_READING = "opening: a mail is read in one way or not at all, within limits"
JSON_PART = b"Content-Type: application/json; name=bijsluiter.json\r\n"
TEXT = b"Content-Type: text/plain\r\n\r\nZie bijlage.\r\n"
OPENPGP = Protection.OPENPGP


def inside(
    name: str, what: str, *reasons: Reason, stopped: str = ONE_READING
) -> Callable[[Maker], Maker]:
    """What is signed and encrypted, as the function makes it."""

    def register(make: Maker) -> Maker:
        @fault(name, what, *reasons or (Reason.MALFORMED,), stopped=stopped)
        def mail(scene: Scene) -> bytes:
            return scene.mail(scene.sealed(make(scene), Who.SENDER))

        return mail

    return register


def mixed(*children: bytes, boundary: bytes = b"=-=m=-=") -> bytes:
    """A multipart/mixed of these."""
    head = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
    body = b"".join(b"--" + boundary + b"\r\n" + each + b"\r\n" for each in children)
    return head + body + b"--" + boundary + b"--\r\n"


def report(scene: Scene, more: bytes = b"") -> bytes:
    """The document as a part, with these header lines."""
    return JSON_PART + more + b"\r\n" + scene.document()


# --- too much -------------------------------------------------------------------------


@inside("parts-thousands", "five thousand parts")
def parts_thousands(scene: Scene) -> bytes:
    return mixed(report(scene), *[TEXT] * 5000)


@inside("parts-1000-deep", "a thousand multiparts, one in another")
def parts_deep(scene: Scene) -> bytes:
    inner = report(scene)
    for level in range(1000):
        inner = mixed(inner, boundary=b"n%d." % level)
    return inner


@inside("mails-1000-deep", "a thousand mails, one in another")
def mails_deep(scene: Scene) -> bytes:
    inner = b"Content-Type: message/rfc822\r\n\r\n" * 1000 + report(scene)
    return mixed(inner[:60_000], b"Content-Type: multipart/mixed\r\n\r\n")


@inside("header-gigantic", "one header field of a megabyte")
def header_gigantic(scene: Scene) -> bytes:
    return report(scene, b"X-Lang: " + b"x" * 1_000_000 + b"\r\n")


@inside("headers-thousands", "ten thousand header fields")
def headers_thousands(scene: Scene) -> bytes:
    return report(scene, b"".join(b"X-%d: y\r\n" % number for number in range(10_000)))


@inside("headers-folded", "a header field on fifty thousand lines")
def headers_folded(scene: Scene) -> bytes:
    return report(scene, b"X-Lang: y\r\n" + b" y\r\n" * 50_000)


# --- boundaries ------------------------------------------------------------------------


@inside("boundary-never-closed", "a multipart without its closing line")
def never_closed(scene: Scene) -> bytes:
    return mixed(TEXT, report(scene)).replace(b"--=-=m=-=--", b"")


@inside("boundary-none", "a multipart without a boundary")
def no_boundary(scene: Scene) -> bytes:
    return mixed(TEXT, report(scene)).replace(b'; boundary="=-=m=-="', b"")


@inside("boundary-empty", "a multipart with an empty boundary")
def empty_boundary(scene: Scene) -> bytes:
    return mixed(TEXT, report(scene), boundary=b"")


@inside("boundary-too-long", "a boundary of 71 characters")
def long_boundary(scene: Scene) -> bytes:
    return mixed(TEXT, report(scene), boundary=b"x" * 71)


@inside("boundary-twice", "two boundaries, and a different content by each")
def boundary_twice(scene: Scene) -> bytes:
    one = mixed(report(scene), boundary=b"a")
    return one.replace(b'boundary="a"', b"boundary=\"a\"; boundary*=utf-8''b") + mixed(TEXT)


@inside("boundary-endless", "thousands of lines that begin as the boundary does, and go on")
def endless(scene: Scene) -> bytes:
    return mixed(
        report(scene), b"Content-Type: text/plain\r\n\r\n" + b"\r\n--a.b" * 5000, boundary=b"a"
    )


@inside("boundary-dashes", "a boundary of dashes, at twenty levels, around a megabyte of dashes")
def dashes(scene: Scene) -> bytes:
    inner = b"Content-Type: text/plain\r\n\r\n" + b"-" * 1_000_000 + b"\r\n" + b"\r\n-----.x" * 2000
    for level in range(1, 20):
        inner = mixed(inner, boundary=b"-" * level + b".")
    return mixed(report(scene), inner)


@inside("boundary-in-8-bit-part", "a multipart that claims to be base64")
def encoded_multipart(scene: Scene) -> bytes:
    return mixed(report(scene)).replace(
        b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1
    )


# --- bytes and encodings ------------------------------------------------------------------


@inside("nul-in-header", "a NUL in a header field")
def nul_inside(scene: Scene) -> bytes:
    return report(scene, b"Subject: voort\0gang\r\n")


@inside("bare-cr-in-header", "a bare carriage return, which some programs take for a line end")
def bare_cr(scene: Scene) -> bytes:
    return report(scene, b"X-A: b\rContent-Type: text/plain\r\n")


@inside("header-without-colon", "a line in the headers that is no field")
def no_colon(scene: Scene) -> bytes:
    return report(scene, b"dit is geen veld\r\n")


@inside("base64-broken", "base64 with letters that are none")
def base64_broken(scene: Scene) -> bytes:
    return JSON_PART + b"Content-Transfer-Encoding: base64\r\n\r\neyJ*iI6I*DF9\r\n"


@inside("base64-cut", "base64 that ends in the middle")
def base64_cut(scene: Scene) -> bytes:
    return JSON_PART + b"Content-Transfer-Encoding: base64\r\n\r\neyJhIjogM\r\n"


@inside("base64-goes-on", "base64 that goes on behind its end")
def base64_goes_on(scene: Scene) -> bytes:
    return JSON_PART + b"Content-Transfer-Encoding: base64\r\n\r\ne30=eyJhIjogMX0=\r\n"


@inside("quoted-printable-broken", "quoted-printable with signs that are none")
def qp_broken(scene: Scene) -> bytes:
    return JSON_PART + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n{=ZZ}\r\n"


@inside("encoding-unknown", "a transfer encoding that is none (x-uuencode)")
def unknown_encoding(scene: Scene) -> bytes:
    return report(scene, b"Content-Transfer-Encoding: x-uuencode\r\n")


@inside("encoding-twice", "two transfer encodings")
def two_encodings(scene: Scene) -> bytes:
    twice = b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n"
    return report(scene, twice)


@inside("charset-of-python", "a file name in a charset that is none", Reason.NO_DOCUMENT)
def charset_bomb(scene: Scene) -> bytes:
    named = b"Content-Type: application/octet-stream; name*=punycode''" + b"a" * 9000 + b".json-zz9"
    return named + b"\r\n\r\n" + scene.document()


@inside(
    "uuencoded",
    "the document by uuencode in the text",
    Reason.NO_DOCUMENT,
    stopped="checking: one document, as an attachment",
)
def uuencoded(scene: Scene) -> bytes:
    return b"Content-Type: text/plain\r\n\r\nbegin 644 bijsluiter.json\r\n#>WT*\r\n`\r\nend\r\n"


# --- the same field or parameter twice -------------------------------------------------------


@inside("content-type-twice", "two Content-Type fields")
def two_types(scene: Scene) -> bytes:
    return b"Content-Type: text/plain\r\n" + report(scene)


@inside("parameter-twice", "a file name given twice")
def parameter_twice(scene: Scene) -> bytes:
    return report(scene).replace(b"; name=", b"; name=plan.pdf; name=")


@inside("parameter-with-a-gap", "a continued file name with a piece missing (RFC 2231)")
def parameter_gap(scene: Scene) -> bytes:
    return report(scene).replace(b"name=bijsluiter.json", b"name*0=bij; name*2=sluiter.json")


@inside("parameter-piece-twice", "a continued file name with a piece given twice (RFC 2231)")
def parameter_piece_twice(scene: Scene) -> bytes:
    pieces = b"name*0=bij; name*1=sluiter.json; name*01=s.pdf"
    return report(scene).replace(b"name=bijsluiter.json", pieces)


@inside("parameter-huge-number", "a continuation with an impossible number (RFC 2231)")
def parameter_number(scene: Scene) -> bytes:
    return report(scene).replace(b"name=bij", b"name*0=x; name*99999999999=bij")


# --- the mail around it ----------------------------------------------------------------------


@fault("outer-nul", "a NUL in the mail's headers", Reason.MALFORMED, stopped=ONE_READING)
def outer_nul(scene: Scene) -> bytes:
    return scene.mail(fields=scene.fields(subject="voort\0gang"))


@fault(
    "outer-bare-cr", "a bare carriage return in the headers", Reason.MALFORMED, stopped=ONE_READING
)
def outer_cr(scene: Scene) -> bytes:
    return scene.mail(fields=scene.fields(subject="a\rFrom: iemand@elders.example"))


@fault("outer-content-type-twice", "two Content-Type", Reason.MALFORMED, stopped=ONE_READING)
def outer_two_types(scene: Scene) -> bytes:
    return scene.mail(fields=[*scene.fields(), ("Content-Type", "text/plain")])


@fault("outer-header-gigantic", "70 kB in one field", Reason.MALFORMED, stopped=ONE_READING)
def outer_gigantic(scene: Scene) -> bytes:
    return scene.mail(fields=[*scene.fields(), ("X-Lang", "x" * 70_000)])


@fault("outer-recipients", "ten thousand addresses in To", Reason.MALFORMED, stopped=ONE_READING)
def outer_recipients(scene: Scene) -> bytes:
    return scene.mail(fields=scene.fields(to=", ".join(["a@elders.example"] * 10_000)))


@fault(
    "outer-base64-broken",
    "a ciphertext in base64 that is none",
    Reason.MALFORMED,
    only=OPENPGP,
    stopped=ONE_READING,
)
def outer_base64(scene: Scene) -> bytes:
    octets = b"Content-Type: application/octet-stream"
    return scene.mail().replace(octets, b"Content-Transfer-Encoding: base64\r\n" + octets)


@fault(
    "outer-never-closed", "a mail cut short", Reason.MALFORMED, only=OPENPGP, stopped=ONE_READING
)
def outer_open(scene: Scene) -> bytes:
    return scene.mail()[:-20]
