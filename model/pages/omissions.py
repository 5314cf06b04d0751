"""The documentation page of omissions: `python -m model.pages.omissions > docs/omissions.md`."""

from __future__ import annotations

from model.omission import Doubts, Omission
from model.omissions import OMISSIONS

_INTRODUCTION = """\
# What the model leaves out, where manifests ask for it

A verdict is about your manifests, not about the model. Where they ask for something of this list,
the properties that it can make false are not called proved: the answer is `unknown`, names the
field or object with file and line, and the exit code is 3. What is violated stays violated, unless
what is left out can make the property easier to keep.

`--allow-omitted=NAME` gives the model's answer all the same, and the verdict then says what it
leaves out; so does `accept: [NAME]` in the `spec` of a Check. `--allow-omitted` alone, or `all` as
a name, accepts everything.

Not here: preferences of the scheduler (every node that it may choose is tried), and what lies
outside of the API objects: that images exist, programs start and probes succeed, that ConfigMaps,
Secrets and service accounts are there, that volumes can be provisioned. These are assumptions.
`--verbose` lists what is left out of every model.

This page is printed by `python -m model.pages.omissions`.
"""


def page() -> str:
    """The whole page, in markdown."""
    return "\n".join((_INTRODUCTION, *map(_section, OMISSIONS.values())))


def _section(row: Omission) -> str:
    lines = [f"## {row.name}", "", f"{row.text[0].upper()}{row.text[1:]}.", ""]
    if row.fields:
        lines += [f"Asked for by {', '.join(f'`{field.path}`' for field in row.fields)}.", ""]
    if row.falsifies:
        lines += [f"No longer called proved: {_listed(row.falsifies)}.", ""]
    if row.excuses:
        lines += [f"No longer called violated: {_listed(row.excuses)}.", ""]
    return "\n".join(lines)


def _listed(doubts: Doubts) -> str:
    """The properties, those of one condition together."""
    grouped: dict[str, list[str]] = {}
    for name, condition in doubts.items():
        grouped.setdefault(condition.__doc__ or "", []).append(f"`{name}`")
    parts = [
        ", ".join(names) if said == "in every scenario" else f"{', '.join(names)} ({said})"
        for said, names in grouped.items()
    ]
    return "; ".join(parts)


if __name__ == "__main__":
    print(page(), end="")
