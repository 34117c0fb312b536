"""The guards of the house: each reads one module's source and names every breach it finds.

They read the syntax tree and import nothing, so a breach is found without being
run.  They guard access, not calls: who cannot import a stage cannot make one,
whatever the call looks like.  `tests/test_house.py` runs them over the package
and proves on planted breaches that each of them bites.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.house_rules import (
    FORGERIES,
    FORGING_IMPORTS,
    IMPURE_CALLS,
    IMPURE_METHODS,
    IMPURE_MODULES,
    LIBRARIES,
    MAKERS,
    MAX_FILE,
    MAX_FUNCTION,
    MAY_IMPORT,
    STAGES_MODULE,
    STANDALONE,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Module:
    """One source file under its dotted name."""

    name: str
    text: str
    is_package: bool = False
    tree: ast.Module = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tree", ast.parse(self.text))

    @property
    def room(self) -> str:
        return _room_of(self.name)


@dataclass(frozen=True)
class Import:
    """`name` is what is imported, a module or a thing inside one, always absolute.

    `bound` is the name by which the file knows it.
    """

    name: str
    bound: str
    line: int
    at_run_time: bool


def imports(module: Module) -> Iterator[Import]:
    """Every import in the file, relative ones made absolute, in functions too."""
    for node, at_run_time in _walk(module.tree, at_run_time=True):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, alias.asname or alias.name, node.lineno, at_run_time)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, module)
            for alias in node.names:
                name = f"{source}.{alias.name}"
                yield Import(name, alias.asname or alias.name, node.lineno, at_run_time)


def _walk(node: ast.AST, *, at_run_time: bool) -> Iterator[tuple[ast.AST, bool]]:
    yield node, at_run_time
    if isinstance(node, ast.If) and _is_type_checking(node.test):
        for inside in node.body:
            yield from _walk(inside, at_run_time=False)
        for otherwise in node.orelse:
            yield from _walk(otherwise, at_run_time=at_run_time)
        return
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, at_run_time=at_run_time)


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _absolute(node: ast.ImportFrom, module: Module) -> str:
    if node.level == 0:
        return node.module or ""
    package = module.name.split(".")
    keep = len(package) - node.level + (1 if module.is_package else 0)
    return ".".join(package[:keep] + ([node.module] if node.module else []))


def layers(module: Module) -> list[str]:
    """Imports that go up, sideways, or to a room that nobody knows."""
    if module.room not in MAY_IMPORT:
        return [f"{module.name}: room {module.room!r} has no place in the layers"]
    allowed = MAY_IMPORT[module.room]
    return [
        f"{module.name}:{found.line} imports {found.name}"
        for found in imports(module)
        if found.name.split(".")[0] == "gateway" and _room_of(found.name) not in allowed
    ]


def _room_of(name: str) -> str:
    if f"{name}.".startswith(f"{STANDALONE}."):
        return "standalone"
    _, _, below = name.partition(".")
    room = below.split(".", maxsplit=1)[0]
    return "" if room.startswith("__") else room


def libraries(module: Module) -> list[str]:
    """A third-party library outside the room that translates it."""
    return [
        f"{module.name}:{found.line} knows {found.name}"
        for found in imports(module)
        if module.room not in LIBRARIES.get(found.name.split(".")[0], frozenset({module.room}))
    ]


def hidden_imports(module: Module) -> list[str]:
    """Imports that the other guards cannot read."""
    names = ("import_module", "__import__", "exec", "eval")
    return [
        f"{module.name}:{node.lineno} uses {name}"
        for node in ast.walk(module.tree)
        for name in names
        if (isinstance(node, ast.Name) and node.id == name)
        or (isinstance(node, ast.Attribute) and node.attr == name and name[0] in "i_")
    ] + [
        f"{module.name}:{found.line} imports {found.name}"
        for found in imports(module)
        if found.name.endswith((".*", "importlib.import_module", "importlib.util"))
    ]


def stage_access(module: Module) -> list[str]:
    """A stage within reach at run time of somebody who does not make it."""
    if module.name == STAGES_MODULE:
        return []
    faults = [
        f"{module.name}:{found.line} imports {found.name} at run time"
        for found in imports(module)
        if found.at_run_time and not _may_hold(module.name, found.name)
    ]
    meant = {found.bound: found.name for found in imports(module)}
    annotations = {id(inner) for outer in _annotations(module.tree) for inner in ast.walk(outer)}
    for node, at_run_time in _walk(module.tree, at_run_time=True):
        if isinstance(node, ast.Attribute) and at_run_time and id(node) not in annotations:
            owner = ast.unparse(node.value)
            if not _may_hold(module.name, f"{meant.get(owner, owner)}.{node.attr}"):
                faults.append(f"{module.name}:{node.lineno} reaches for {owner}.{node.attr}")
    return faults


def _may_hold(holder: str, name: str) -> bool:
    """A stage is within reach on its page and, because they hold it, at its makers."""
    if name == STAGES_MODULE:
        return False
    source, _, stage = name.rpartition(".")
    if stage not in MAKERS:
        return True
    makers = MAKERS[stage]
    return holder in makers or not (source == STAGES_MODULE or source in makers)


def _annotations(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield node.returns


def forgery(module: Module) -> list[str]:
    """Ways to make or change a stage past its checks, where stages are handled."""
    meant = {found.bound: found.name for found in imports(module)}
    if module.room not in {"domain", "pipeline"} and not _handles_stages(meant.values()):
        return []
    faults = [
        f"{module.name}:{found.line} imports {found.name}"
        for found in imports(module)
        if found.name in FORGING_IMPORTS
    ]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute) and _forges(node, meant):
            faults.append(f"{module.name}:{node.lineno} uses {ast.unparse(node)}")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("type("):
            faults.append(f"{module.name}:{node.lineno} calls {ast.unparse(node.func)}")
    return faults


def _forges(node: ast.Name | ast.Attribute, meant: dict[str, str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in FORGERIES
    owner = ast.unparse(node.value)
    return node.attr in FORGERIES or f"{meant.get(owner, owner)}.{node.attr}" in FORGING_IMPORTS


def _handles_stages(names: Iterable[str]) -> bool:
    return any(name.startswith(STAGES_MODULE) for name in names)


def purity(module: Module) -> list[str]:
    """A clock, a log or any other door to the world in a room of pure reasoning."""
    if module.room not in {"domain", "ledger"}:
        return []
    faults = [
        f"{module.name}:{found.line} imports {found.name}"
        for found in imports(module)
        if found.name.split(".")[0] in IMPURE_MODULES
    ]
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if (isinstance(called, ast.Name) and called.id in IMPURE_CALLS) or (
            isinstance(called, ast.Attribute) and called.attr in IMPURE_METHODS
        ):
            faults.append(f"{module.name}:{node.lineno} calls {ast.unparse(called)}")
    return faults


def sizes(module: Module) -> list[str]:
    """Functions and files that no longer fit a reader's head; docstrings are not counted."""
    faults = []
    if (lines := module.text.count("\n")) > MAX_FILE:
        faults.append(f"{module.name} has {lines} lines")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = _length(node)
            if length > MAX_FUNCTION:
                faults.append(f"{module.name}:{node.lineno} {node.name} has {length} lines")
    return faults


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    spoken = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - spoken


def names(module: Module) -> list[str]:
    """Words that say nothing, or that blur what a thing is."""
    vague = ("Manager", "Service", "Helper", "Util")
    faults = [
        f"{module.name}: a module of that name says nothing"
        for word in vague
        if word.lower() in module.name.rpartition(".")[2].replace("utils", "util").split("_")
    ]
    return faults + [
        f"{module.name}:{node.lineno} class {node.name}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and any(word in node.name for word in vague)
    ]


def cycles(modules: Iterable[Module]) -> list[str]:
    """Modules that import each other in a ring, for the type checker or at run time."""
    by_name = {module.name: module for module in modules}
    graph = {
        name: sorted({_target(i.name, by_name) for i in imports(module)} - {name, ""})
        for name, module in by_name.items()
    }
    done: set[str] = set()
    found: list[str] = []
    for start in sorted(graph):
        _follow(start, graph, [], done, found)
    return found


def _target(name: str, known: dict[str, Module]) -> str:
    if name in known:
        return name
    parent = name.rpartition(".")[0]
    return parent if parent in known else ""


def _follow(
    name: str, graph: dict[str, list[str]], path: list[str], done: set[str], found: list[str]
) -> None:
    if name in path:
        found.append(" -> ".join([*path[path.index(name) :], name]))
    elif name not in done:
        for target in graph[name]:
            _follow(target, graph, [*path, name], done, found)
        done.add(name)


GUARDS = (
    layers,
    libraries,
    hidden_imports,
    stage_access,
    forgery,
    purity,
    sizes,
    names,
)
