"""Which layers of a PDF are off when it is opened (ISO 32000-1, 8.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pikepdf import Array, Dictionary, Name

if TYPE_CHECKING:
    import pikepdf
    from pikepdf import Object

MOST_LAYERS = 2_000


class Layers:
    """Those that are off, by object; whatever is not plainly on is off."""

    def __init__(self, on: frozenset[tuple[int, int]]) -> None:
        self._on = on

    def is_off(self, layer: Object | None) -> bool:
        """None is no layer, and so in sight; a membership is off when any of its groups is."""
        if layer is None:
            return False
        if not isinstance(layer, Dictionary):
            return True
        if layer.get("/Type") == Name.OCMD:
            return "/VE" in layer or not self._all_on(layer.get("/OCGs"))
        return layer.objgen not in self._on

    def _all_on(self, groups: Object | None) -> bool:
        if isinstance(groups, Dictionary):
            return groups.objgen in self._on
        if not isinstance(groups, Array):
            return False
        return all(each.objgen in self._on for each in groups)


def hidden_layers(pdf: pikepdf.Pdf) -> Layers:
    """As the file's own default says; usages such as print or zoom do not bring one back."""
    layers = pdf.Root.get("/OCProperties")
    if not isinstance(layers, Dictionary):
        return Layers(frozenset())
    everything = _numbers(layers.get("/OCGs"))
    default = layers.get("/D")
    if not isinstance(default, Dictionary):
        return Layers(everything)
    base = everything if default.get("/BaseState", Name.ON) == Name.ON else frozenset()
    return Layers((base | _numbers(default.get("/ON"))) - _numbers(default.get("/OFF")))


def _numbers(listed: Object | None) -> frozenset[tuple[int, int]]:
    if not isinstance(listed, Array):
        return frozenset()
    return frozenset(each.objgen for each in list(listed)[:MOST_LAYERS])
