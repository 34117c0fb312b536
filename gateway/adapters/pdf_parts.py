"""What a page needs to be drawn, key by key (ISO 32000-1, chapters 8 and 9).

A key that is not here does not go into a file that is written anew, whoever put it there:
metadata, private data, links to other files, other versions of a picture, structure.
Each key says of what kind its value is; `VALUE` is a number, a name, a text or a list of them.
"""

from __future__ import annotations

VALUE = "value"

Keys = dict[str, str]


def _values(names: str) -> Keys:
    return {f"/{name}": VALUE for name in names.split()}


_FUNCTION = _values(
    "FunctionType Domain Range Size BitsPerSample Order Encode Decode C0 C1 N Bounds"
)
_FUNCTION |= {"/Functions": "function"}
_SHADING = _values(
    "ShadingType Background BBox AntiAlias BitsPerCoordinate BitsPerComponent BitsPerFlag"
    " VerticesPerRow Decode Coords Domain Extend Matrix"
)
_SHADING |= {"/ColorSpace": "space", "/Function": "function"}
_CMAP = _values("Type CMapName WMode BaseEncoding Differences")
_CMAP |= {"/UseCMap": "encoding", "/CIDSystemInfo": "collection"}

PARTS: dict[str, Keys] = {
    "resources": {
        "/Font": "fonts",
        "/XObject": "objects",
        "/ExtGState": "states",
        "/ColorSpace": "spaces",
        "/Pattern": "patterns",
        "/Shading": "shadings",
    },
    "font": _values(
        "Type Subtype BaseFont FirstChar LastChar Widths W DW W2 DW2 Name FontBBox FontMatrix"
    )
    | {
        "/FontDescriptor": "descriptor",
        "/Encoding": "encoding",
        "/ToUnicode": "encoding",
        "/DescendantFonts": "font",
        "/CIDSystemInfo": "collection",
        "/CIDToGIDMap": "bytes",
        "/CharProcs": "glyphs",
        "/Resources": "resources",
    },
    "descriptor": _values(
        "Type FontName FontStretch FontWeight Flags FontBBox ItalicAngle Ascent Descent Leading"
        " CapHeight XHeight StemV StemH AvgWidth MaxWidth MissingWidth"
    )
    | {f"/FontFile{number}": "program" for number in ("", "2", "3")},
    "program": _values("Length1 Length2 Length3 Subtype"),
    "encoding": _CMAP,
    "collection": _values("Registry Ordering Supplement"),
    "bytes": {},
    "glyph": {},
    "image": _values(
        "Type Subtype Width Height BitsPerComponent ImageMask Decode Interpolate Intent"
        " SMaskInData Matte"
    )
    | {"/ColorSpace": "space", "/SMask": "image", "/Mask": "image"},
    "form": _values("Type Subtype FormType BBox Matrix")
    | {"/Resources": "resources", "/Group": "group"},
    "group": _values("Type S I K") | {"/CS": "space"},
    "state": _values("Type LW LC LJ ML D RI OP op OPM FL SM SA BM CA ca AIS TK")
    | {"/Font": "font", "/SMask": "mask"},
    "mask": _values("Type S BC") | {"/G": "form"},
    "space": _FUNCTION | _values("WhitePoint BlackPoint Gamma Matrix") | {"/Alternate": "space"},
    "function": _FUNCTION,
    "pattern": _values("Type PatternType PaintType TilingType BBox XStep YStep Matrix")
    | {"/Resources": "resources", "/Shading": "shading", "/ExtGState": "state"},
    "shading": _SHADING,
}
# Dictionaries whose keys are names that the page gives; all of one kind.
NAMED: dict[str, str] = {
    "fonts": "font",
    "objects": "object",
    "states": "state",
    "spaces": "space",
    "patterns": "pattern",
    "shadings": "shading",
    "glyphs": "glyph",
}
# Streams that draw, and are themselves filtered.
DRAWING = frozenset({"form", "glyph", "pattern"})
# Every key that a file of ours can hold, beside the names that pages give.
OWN_KEYS = frozenset(
    _values(
        "Type Pages Kids Count Parent MediaBox CropBox Rotate UserUnit Resources Contents Length"
        " Filter DecodeParms Predictor Columns Colors BitsPerComponent JBIG2Globals K EndOfLine"
        " EncodedByteAlign Rows EndOfBlock BlackIs1 DamagedRowsBeforeError Root Size ID W Index"
        " First N"
    )
)
