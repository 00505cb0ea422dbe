"""The imports of a package, read from its source files, and what is wrong with them.

    *.py --ast--> Import: importer, imported, line --faults_of--> sentences

Every import statement counts: at the top of a module, in a function, and under `if TYPE_CHECKING`.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

Floors = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Import:
    """One module imports another."""

    importer: str  # both in full: polate.theory.pattern
    imported: str
    place: str  # file:line

    def __str__(self) -> str:
        return f"{self.place}: {self.importer} imports {self.imported}"


def imports_of(package: Path) -> list[Import]:
    """Every import of a module of the package by another of its modules."""
    return imports_between(package, package)


def imports_between(importer: Path, package: Path) -> list[Import]:
    """Every import of a module of ``package`` by a module of the package ``importer``."""
    modules = _modules(package)
    found = [each for module, file in _modules(importer).items() for each in _imports(module, file, package.name)]
    # `from polate.theory.pattern import Pattern` imports a module, though the last name is none.
    resolved = [
        each
        if each.imported in modules or (parent := each.imported.rpartition(".")[0]) in ("", package.name)
        else replace(each, imported=parent)
        for each in found
    ]
    return list(dict.fromkeys(resolved))


def _modules(package: Path) -> dict[str, Path]:
    """Name in full -> file."""
    files = sorted(package.rglob("*.py"))
    names = [".".join((package.name, *file.relative_to(package).with_suffix("").parts)) for file in files]
    return {name.removesuffix(".__init__"): file for name, file in zip(names, files, strict=True)}


def _imports(module: str, file: Path, package: str) -> Iterator[Import]:
    """Every name of the package that a file imports, in full."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] == package:
                yield Import(module, name, f"{file.name}:{node.lineno}")


def part_of(module: str) -> str:
    """The part of the package that a module belongs to: a sub-package, or a module beside them; "" for the package."""
    return module.split(".")[1] if "." in module else ""


def faults_of(imports: Sequence[Import], floors: Floors) -> list[str]:
    """The imports that go up or sideways, or name a part that has no floor; then the circles between modules.

    ``floors``: the parts of the package, the highest floor first.
    """
    floor_of = {part: floor for floor, parts in enumerate(reversed(floors), 1) for part in parts}
    faults = []
    for each in imports:
        importer, imported = part_of(each.importer), part_of(each.imported)
        if not importer or importer == imported:
            continue
        if imported not in floor_of or importer not in floor_of:
            unknown = imported if imported not in floor_of else importer
            faults.append(f"{each}: {unknown!r} has no floor; a public name is imported from its own module")
        elif floor_of[imported] > floor_of[importer]:
            faults.append(f"{each}: up, from floor {floor_of[importer]} to floor {floor_of[imported]}")
        elif floor_of[imported] == floor_of[importer]:
            faults.append(f"{each}: sideways, on floor {floor_of[importer]}")
    return [*faults, *circles_of(imports)]


def circles_of(imports: Sequence[Import]) -> list[str]:
    """Each circle of modules that import one another, once."""
    graph: dict[str, list[str]] = {}
    for each in imports:
        graph.setdefault(each.importer, []).append(each.imported)
    circles, done = set(), set()

    def visit(module: str, way: list[str]) -> None:
        if module in way:
            circle = way[way.index(module) :]
            first = circle.index(min(circle))
            circles.add((*circle[first:], *circle[:first]))
        elif module not in done:
            for imported in graph.get(module, ()):
                visit(imported, [*way, module])
            done.add(module)

    for module in list(graph):
        visit(module, [])
    return [f"a circle: {' -> '.join((*circle, circle[0]))}" for circle in sorted(circles)]
