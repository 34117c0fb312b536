"""What a page draws, without what it says beside it: marked content, comments, hidden layers.

The operators are those of ISO 32000-1, annex A; one that is not there is dropped, as a
viewer does.  Hidden is what a layer that is off holds, and text that is drawn invisibly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Dictionary, Name, Operator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pikepdf import Object

    Instruction = pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage

MOST_INSTRUCTIONS = 400_000  # of one document; a page of text has a thousand
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


class TooMuchError(ValueError):
    """More instructions than any plan needs."""


class Drawing:
    """Filters the streams of one document; `is_hidden` says whether a layer is off."""

    def __init__(self, is_hidden: Callable[[Object | None], bool]) -> None:
        self._is_hidden = is_hidden
        self._left = MOST_INSTRUCTIONS

    def cleaned(self, stream: Object | pikepdf.Page, resources: Object | None) -> bytes:
        """The stream written anew.  Raises `TooMuchError` and pikepdf's own errors."""
        instructions = pikepdf.parse_content_stream(stream)
        self._left -= len(instructions)
        if self._left < 0:
            raise TooMuchError
        layers = resources.get("/Properties") if isinstance(resources, Dictionary) else None
        return pikepdf.unparse_content_stream(list(self._seen(instructions, layers)))

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
    filters = {str(name) for name in each.iimage.filters}
    if filters & {"/DCTDecode", "/DCT", "/JPXDecode", "/CCITTFaxDecode", "/CCF"}:
        raise pikepdf.PdfError("inline picture")
    return each
