"""What a page draws, without what it says beside it: marked content, comments, hidden layers.

The operators are those of ISO 32000-1, annex A; one that is not there is dropped, as a
viewer does.  Hidden is what a layer that is off holds, and text that is drawn invisibly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name, Operator, Stream, String

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pikepdf import Object

    Instruction = pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage

MOST_INSTRUCTIONS = 400_000  # of one document; a page of text has a thousand
MOST_DRAWN = 2_000_000  # instructions, with those of a form each time that it is drawn
DEEPEST = 40  # a form in a form in a form
INVISIBLE = 3  # text rendering mode
_OPERATORS = (
    "b B b* B* BT BX c cm CS cs d d0 d1 Do ET EX f F f* G g gs h i j J K k l M m n q Q re RG rg"
    " ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \""
)
_KEPT = frozenset(_OPERATORS.split())
_OPENING, _CLOSING = frozenset({"BDC", "BMC"}), "EMC"
_TEXT = frozenset({"Tj", "TJ"})
_PATHS = frozenset({"b", "B", "b*", "B*", "f", "F", "f*", "s", "S"})
_PICTURES = frozenset({"Do", "sh"})
_WRITES = frozenset({"Tj", "TJ", "'", '"'})
# Of a picture in the stream itself (8.9.7), in full and in short.
_INLINE_KEYS = (
    "/BitsPerComponent /BPC /ColorSpace /CS /Decode /D /DecodeParms /DP /Filter /F /Height /H"
    " /ImageMask /IM /Intent /Interpolate /I /Width /W /Length /L /Type /Subtype"
)
_INLINE = frozenset(_INLINE_KEYS.split())


class TooMuchError(ValueError):
    """More instructions than any plan needs."""


class Drawing:
    """Filters the streams of one document; `is_hidden` says whether a layer is off."""

    def __init__(self, is_hidden: Callable[[Object | None], bool]) -> None:
        self._is_hidden = is_hidden
        self._left = MOST_INSTRUCTIONS
        self._weights: dict[tuple[int, int], int] = {}

    def cleaned(self, stream: Object | pikepdf.Page, resources: Object | None) -> bytes:
        """The stream written anew.  Raises `TooMuchError` and pikepdf's own errors."""
        instructions = pikepdf.parse_content_stream(stream)
        self._left -= len(instructions)
        if self._left < 0:
            raise TooMuchError
        self._weight(instructions, resources, 0)
        layers = resources.get("/Properties") if isinstance(resources, Dictionary) else None
        return pikepdf.unparse_content_stream(list(self._seen(instructions, layers)))

    def _weight(self, instructions: list[Instruction], resources: Object | None, depth: int) -> int:
        """How much is drawn in all: ten forms that draw ten forms are soon more than a life.

        Raises `TooMuchError`, for forms that draw themselves too.
        """
        if depth > DEEPEST:
            raise TooMuchError
        objects = resources.get("/XObject") if isinstance(resources, Dictionary) else None
        drawn = len(instructions)
        for each in instructions:
            if str(each.operator) == "Do" and len(each.operands) == 1:
                form = _named(objects, each.operands[0])
                drawn += 0 if form is None else self._weight_of(form, resources, depth + 1)
                if drawn > MOST_DRAWN:
                    raise TooMuchError
        return drawn

    def _weight_of(self, form: Stream, around: Object | None, depth: int) -> int:
        known = self._weights.get(form.objgen)
        if known is not None:
            return known
        own = form.get("/Resources")
        found = self._weight(pikepdf.parse_content_stream(form), own or around, depth)
        if own is not None:  # one without draws with what is around it, each time
            self._weights[form.objgen] = found
        return found

    def _seen(
        self, instructions: list[Instruction], layers: Object | None
    ) -> Iterator[Instruction]:
        marks: list[bool] = []
        modes = [0]
        for each in instructions:
            name = str(each.operator)
            if name in _OPENING:
                marks.append(self._is_layer_off(each, layers))
            elif name == _CLOSING:
                del marks[-1:]
            elif name == "INLINE IMAGE":
                if not any(marks):
                    yield _plain_picture(each)
            elif name in _KEPT:
                _plain_operands(name, each)
                _follow(name, each, modes)
                yield from _drawn(each, name, hidden=any(marks), invisible=modes[-1] == INVISIBLE)

    def _is_layer_off(self, mark: Instruction, layers: Object | None) -> bool:
        operands = list(mark.operands)
        if len(operands) != 2 or operands[0] != Name.OC:
            return False
        named = operands[1]
        if isinstance(named, Name) and isinstance(layers, Dictionary):
            found = layers.get(str(named))
            return found is None or self._is_hidden(found)
        return True  # a layer that cannot be found is not known to be shown


def _named(objects: Object | None, name: Object) -> Stream | None:
    """The form that goes by this name; None for a picture, or for nothing at all."""
    if not isinstance(objects, Dictionary) or not isinstance(name, Name):
        return None
    found = objects.get(str(name))
    if isinstance(found, Stream) and found.get("/Subtype") == Name.Form:
        return found
    return None


def _plain_operands(name: str, each: Instruction) -> None:
    """Only what writes has text for an operand: elsewhere it would be read and not be seen."""
    if name in _WRITES:
        return
    for operand in each.operands:
        inner = list(operand) if isinstance(operand, Array) else [operand]
        if any(isinstance(one, String | Dictionary | Stream) for one in inner):
            raise pikepdf.PdfError("operand")


def _follow(name: str, each: Instruction, modes: list[int]) -> None:
    """Keep the text rendering mode, which is part of the graphics state (9.3.6)."""
    if name == "q":
        modes.append(modes[-1])
    elif name == "Q" and len(modes) > 1:
        modes.pop()
    elif name == "Tr" and len(each.operands) == 1:
        modes[-1] = int(each.operands[0])


def _drawn(each: Instruction, name: str, *, hidden: bool, invisible: bool) -> Iterator[Instruction]:
    """The instruction, or what is left of it where nobody would see it."""
    if hidden and name in _PATHS:
        yield _made("n")
    elif (hidden and name in _PICTURES) or ((hidden or invisible) and name in _TEXT):
        return
    elif (hidden or invisible) and name in {"'", '"'}:
        yield _made("T*")
    else:
        yield each


def _made(name: str) -> pikepdf.ContentStreamInstruction:
    return pikepdf.ContentStreamInstruction([], Operator(name))


def _plain_picture(each: Instruction) -> Instruction:
    """A picture in the stream itself; one that is a file of its own kind may say more."""
    assert isinstance(each, pikepdf.ContentStreamInlineImage)
    if set(each.iimage.obj.keys()) - _INLINE:
        raise pikepdf.PdfError("inline picture")
    filters = {str(name) for name in each.iimage.filters}
    if filters & {"/DCTDecode", "/DCT", "/JPXDecode", "/CCITTFaxDecode", "/CCF"}:
        raise pikepdf.PdfError("inline picture")
    return each
