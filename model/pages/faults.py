"""The documentation page of faults: `python -m model.pages.faults > docs/faults.md`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType

from model import faults
from model.faults import ROWS
from model.faults.contract import Row
from model.field import Field

_INTRODUCTION = """\
# What may go wrong

`spec.faults` of a Check says what may go wrong in one run, and how often. A fault may happen at any
moment, and need not; what is not given does not happen. Where a property is violated, `check` says
which of the faults that are allowed it needs, and with how many of each.

    faults: {nodeCrashes: 1, slowWatches: {deployment-controller: 1}}

This page is printed by `python -m model.pages.faults`.
"""


def page() -> str:
    """The whole page, in markdown."""
    return "\n".join((_INTRODUCTION, *map(_section, ROWS)))


def _section(row: Row) -> str:
    lines = [f"## {', '.join(row.fields)}", "", _said(row), ""]
    for name, field in row.fields.items():
        lines.append(f"- `{name}`: {field.help}{_default(field.default)}")
        if isinstance(field.names, tuple) and field.names:
            lines.append(f"  (names: {', '.join(_named(field, each) for each in field.whole)})")
        inner = field.fields.items()
        lines += [f"  - `{part}`: {of.help}{_default(of.default)}" for part, of in inner]
    return "\n".join((*lines, ""))


def _named(field: Field, name: str) -> str:
    """A name, and the parts that it has."""
    parts = ", ".join(field.parts(name))
    return f"`{name}` ({parts})" if parts else f"`{name}`"


def _default(value: object) -> str:
    """What holds if it is not given, where that is more than nothing."""
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return "" if value in (None, 0) and value is not False else f"; {shown} if absent"


def _said(row: Row) -> str:
    """What its file says of it to users: not which steps, sources and omissions it has."""
    (module,) = (each for each in _modules() if each.ROW is row)
    paragraphs = inspect.cleandoc(module.__doc__ or "").split("\n\n")
    first = [each for each in paragraphs if not each.startswith(("Steps:", "Source:", "Omits:"))]
    return "\n\n".join(first)


def _modules() -> Iterator[ModuleType]:
    yield from (m for m in vars(faults).values() if inspect.ismodule(m) and hasattr(m, "ROW"))


if __name__ == "__main__":
    print(page(), end="")
