"""A PDF written anew: its pages as they look, and nothing else that was in the file.

Nothing is taken over that is not named in `pdf_parts`; what is left is looked over once
more before it goes.  Fonts' programs and the points of pictures go as they are.  Call it
inside a bounded worker only.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

from gateway.adapters.pdf_content import DEEPEST, Drawing, TooMuchError
from gateway.adapters.pdf_layers import hidden_layers
from gateway.adapters.pdf_parts import DRAWING, NAMED, OWN_KEYS, PARTS, VALUE
from gateway.adapters.pdf_pictures import PictureError, jpeg_alone, jpx_alone
from gateway.domain.plans import PLAN_LIMIT, faulty

if TYPE_CHECKING:
    from pikepdf import Object

    Made = Object | int | float | bool | None

MOST_OBJECTS, MOST_PAGES = 50_000, 200
WIDEST = 14_400  # points: what a page may be at most (ISO 32000-1, annex C)
MOST_BYTES = 60 * 1024 * 1024  # of all streams, unpacked
_AS_IT_IS = frozenset({"/CCITTFaxDecode", "/JBIG2Decode"})
_PACKING = frozenset(
    {
        "/K",
        "/EndOfLine",
        "/EncodedByteAlign",
        "/Columns",
        "/Rows",
        "/EndOfBlock",
        "/BlackIs1",
        "/DamagedRowsBeforeError",
    }
)
_DAMAGE = (
    pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, IndexError,
    zlib.error,
)  # fmt: skip


class NotCleanError(Exception):
    """Something is in the new file that nobody put there: a fault of this program."""


def cleaned(content: bytes) -> bytes:
    """The pages, written anew; the same bytes for the same file.

    Raises `Reject(FAULTY_REPORT)` with one fault for a file that cannot be read whole.
    """
    if len(content) > PLAN_LIMIT:
        raise faulty("plan-te-groot")
    kind = "plan-niet-te-lezen"
    try:
        with pikepdf.open(io.BytesIO(content)) as source:
            made = _rewritten(source)
    except pikepdf.PasswordError:
        kind = "plan-met-wachtwoord"
    except (TooMuchError, RecursionError):
        kind = "plan-te-groot"
    except _DAMAGE:
        pass
    else:
        _look_over(made)
        return made
    raise faulty(kind)


def _rewritten(source: pikepdf.Pdf) -> bytes:
    if source.is_encrypted:
        raise faulty("plan-met-wachtwoord")
    if len(source.objects) > MOST_OBJECTS or not 1 <= len(source.pages) <= MOST_PAGES:
        raise TooMuchError
    # What annotations and fields look like becomes part of the page; what they are ends here.
    source.generate_appearance_streams()
    _lend_fonts(source)
    _drop_hidden(source)
    source.flatten_annotations("screen")
    with pikepdf.new() as target:
        copy = _Copy(source, target)
        for page in source.pages:
            target.pages.append(copy.page(page))
        written = io.BytesIO()
        target.save(
            written,
            deterministic_id=True,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
        return written.getvalue()


def _lend_fonts(source: pikepdf.Pdf) -> None:
    """What a field looks like may count on the fonts of the whole form (12.7.3.3)."""
    form = source.Root.get("/AcroForm")
    fonts = form.get("/DR") if isinstance(form, Dictionary) else None
    if not isinstance(fonts, Dictionary):
        return
    for page in source.pages:
        for each in _list(page.obj.get("/Annots")):
            looks = each.get("/AP") if isinstance(each, Dictionary) else None
            look = looks.get("/N") if isinstance(looks, Dictionary) else None
            if isinstance(look, Stream) and "/Font" not in look.get("/Resources", Dictionary()):
                look.Resources = fonts


def _drop_hidden(source: pikepdf.Pdf) -> None:
    """Annotations on a layer that is off: flattened, they would come into sight (12.5.2)."""
    hidden = hidden_layers(source)
    for page in source.pages:
        annotations = _list(page.obj.get("/Annots"))
        shown = [
            each
            for each in annotations
            if isinstance(each, Dictionary) and not hidden.is_off(each.get("/OC"))
        ]
        if len(shown) < len(annotations):
            page.obj.Annots = Array(shown)


@dataclass(frozen=True, slots=True)
class _Packing:
    """How a stream's bytes are packed already; None where they are not."""

    filter: Name | None = None
    settings: Dictionary | None = None


class _Copy:
    """Takes parts of one file over into another, each once."""

    def __init__(self, source: pikepdf.Pdf, target: pikepdf.Pdf) -> None:
        self._target = target
        self._hidden = hidden_layers(source)
        self._drawing = Drawing(self._hidden.is_off)
        self._done: dict[tuple[tuple[int, int], str], Object] = {}
        self._left = MOST_BYTES

    def page(self, page: pikepdf.Page) -> pikepdf.Page:
        resources = page.resources
        drawn = self._drawing.cleaned(page, resources)
        made = Dictionary(
            Type=Name.Page,
            MediaBox=_box(page.mediabox),
            CropBox=_box(page.cropbox),
            Rotate=_turned(page.obj),
            Resources=self._part(resources, "resources", 0),
            Contents=Stream(self._target, drawn),
        )
        if "/UserUnit" in page.obj:
            made.UserUnit = _within(float(page.obj.UserUnit), made.MediaBox)
        return pikepdf.Page(self._target.make_indirect(made))

    def _part(self, part: Made, kind: str, depth: int) -> Made:
        if depth > DEEPEST:
            raise TooMuchError
        if isinstance(part, Array):
            return Array([self._part(each, kind, depth + 1) for each in part])
        if not isinstance(part, Dictionary | Stream):
            return _simple(part)
        kind = _exactly(part, kind)
        if kind == VALUE:
            return None
        if not kind or self._hidden.is_off(part.get("/OC")):
            return _nothing(self._target)
        known = self._done.get((part.objgen, kind)) if part.is_indirect else None
        return known if known is not None else self._made(part, kind, depth)

    def _made(self, part: Object, kind: str, depth: int) -> Object:
        """Known before it is whole: what it holds may hold it (8.10.1 forbids drawing so)."""
        made: Object = Stream(self._target, b"") if isinstance(part, Stream) else Dictionary()
        if part.is_indirect:
            made = self._target.make_indirect(made)
            self._done[part.objgen, kind] = made
        named = NAMED.get(kind)
        keys = dict.fromkeys(sorted(part.keys()), named) if named else PARTS[kind]
        for key, inner in keys.items():
            value = self._part(part.get(key), inner, depth + 1) if key in part else None
            if value is not None:
                made[key] = value
        if isinstance(part, Stream):
            self._draw(part, kind, made)
        return made

    def _draw(self, part: Stream, kind: str, made: Object) -> None:
        packing = _Packing()
        if kind in DRAWING:
            data = self._drawing.cleaned(part, part.get("/Resources"))
        elif kind == "image":
            data, packing = self._picture(part)
        else:
            data = part.read_bytes()
        self._left -= len(data)
        if self._left < 0:
            raise TooMuchError
        made.write(data, filter=packing.filter, decode_parms=packing.settings)

    def _picture(self, part: Stream) -> tuple[bytes, _Packing]:
        """Its points, in the packing that it came in where that is a way of drawing."""
        filters = [str(each) for each in _list(part.get("/Filter"))]
        last = filters[-1] if filters else ""
        if last == "/DCTDecode":
            return jpeg_alone(_unpacked(part, filters)), _Packing(Name.DCTDecode)
        if last == "/JPXDecode":
            return jpx_alone(_unpacked(part, filters)), _Packing(Name.JPXDecode)
        if last in _AS_IT_IS:
            return self._as_it_is(part, filters)
        return part.read_bytes(), _Packing()

    def _as_it_is(self, part: Stream, filters: list[str]) -> tuple[bytes, _Packing]:
        if len(filters) != 1:
            raise PictureError
        packed: Dictionary | None = None
        settings = _list(part.get("/DecodeParms"))
        if settings and isinstance(settings[0], Dictionary):
            kept = Dictionary()
            for key in sorted(_PACKING & set(settings[0].keys())):
                kept[key] = _simple(settings[0][key])
            shared = settings[0].get("/JBIG2Globals")
            if isinstance(shared, Stream):
                kept.JBIG2Globals = Stream(self._target, shared.read_bytes())
            packed = kept
        return part.read_raw_bytes(), _Packing(Name(filters[0]), packed)


def _exactly(part: Object, kind: str) -> str:
    """The kind in `PARTS` or `NAMED`; empty for an object that draws in some other way."""
    if kind == "object":
        return {"/Image": "image", "/Form": "form"}.get(str(part.get("/Subtype")), "")
    return kind


def _unpacked(part: Stream, filters: list[str]) -> bytes:
    """A picture's own file, out of what was packed around it."""
    data = part.read_raw_bytes()
    for name in filters[:-1]:
        if name != "/FlateDecode":
            raise PictureError
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(data, MOST_BYTES)
        if unpacker.unconsumed_tail:
            raise TooMuchError
    return data


def _simple(value: Made) -> Made:
    """A number, name or text as a new one; nothing else."""
    if isinstance(value, Name):
        return Name(str(value))
    if isinstance(value, String):
        return String(bytes(value))
    return None if isinstance(value, pikepdf.Object) else value


def _list(value: Object | None) -> list[Object]:
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]


def _box(box: Object) -> Array:
    numbers = [float(side) for side in box]
    if len(numbers) != 4 or any(abs(side) > WIDEST for side in numbers):
        raise ValueError("box")
    return Array(numbers)


def _within(unit: float, box: Object) -> float:
    """The unit of a page, which is no larger by it than a page may be without."""
    if not 0 < unit * max(abs(float(side)) for side in box) <= WIDEST:
        raise ValueError("unit")
    return unit


def _turned(page: Object) -> int:
    """Its own turn or the one it takes from above it (7.7.3.4)."""
    for _ in range(DEEPEST):
        if "/Rotate" in page:
            return int(page.Rotate) % 360
        if "/Parent" not in page:
            break
        page = page.Parent
    return 0


def _nothing(target: pikepdf.Pdf) -> Object:
    return Stream(target, b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 0, 0]))


def _look_over(made: bytes) -> None:
    """Every key of the new file is one that a page is drawn with, or a name that a page gave."""
    known = OWN_KEYS | {key for keys in PARTS.values() for key in keys}
    with pikepdf.open(io.BytesIO(made), attempt_recovery=False) as pdf:
        named = {key for each in pdf.objects for key in _given(each)}
        for each in pdf.objects:
            if isinstance(each, Dictionary | Stream):
                strange = set(each.keys()) - known - named
                if strange:
                    raise NotCleanError
        if set(pdf.Root.keys()) != {"/Type", "/Pages"} or "/Info" in pdf.trailer:
            raise NotCleanError


def _given(part: Object) -> set[str]:
    """Names that pages give to fonts and pictures."""
    resources = part.get("/Resources") if isinstance(part, Dictionary | Stream) else None
    if not isinstance(resources, Dictionary):
        return set()
    kinds = [each for each in resources.values() if isinstance(each, Dictionary)]
    return {key for each in kinds for key in each.keys()}  # noqa: SIM118 - no dict
