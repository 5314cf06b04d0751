"""Invariants that users write: entries of `spec.invariants`, and `--invariant`.

What `model.properties.invariants` says is wrong in an expression gets its place in the file, letter
by letter, however YAML wraps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence as Names
from typing import TYPE_CHECKING, Any, cast

from model.api.source import Source
from model.api.workload import Workload
from model.invariant import FORMS, Form, Invariant
from model.load.diagnostics import Report, suggest
from model.load.fields import fields_of
from model.load.tree import Mapping, Scalar, Sequence, Value

if TYPE_CHECKING:
    from model.properties.invariants.syntax import Mistake

OPTION = "--invariant"

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_GIVEN = re.compile(rf"\s*(?:({'|'.join(FORMS)})\s*:(?!:))?", re.DOTALL)


def read_invariants(
    written: Value | None,
    values: list[dict[str, Any]],
    property_names: Names[str],
    report: Report,
) -> tuple[Invariant, ...]:
    """The entries of a list, of which `values` has the fields by `spec.INVARIANT`; those with
    mistakes, which go to `report`, are left out."""
    items = written.items if isinstance(written, Sequence) else [written]
    trees = [item for item in items if isinstance(item, Mapping)]
    found: dict[str, Invariant] = {}
    for number, (tree, value) in enumerate(zip(trees, values, strict=True)):
        name = value["name"]
        if name is None:
            continue
        place = tree.entries["name"].source
        if not _NAME.fullmatch(name) or len(name) > 63:
            hint = "write small letters, digits and dashes, such as web-stays-up"
            report.error("P206", f"`{name}` is no name for an invariant", place, hint)
        elif name in property_names:
            hint = "choose another name, or ask for it in spec.properties"
            report.error("P205", f"there is a property `{name}` already", place, hint)
        elif name in found:
            report.error("P205", f"two invariants are called `{name}`", place, "rename one")
        made = _entry(tree, value, f"spec.invariants[{number}]", report)
        if made is not None and name not in found:
            found[name] = made
    return tuple(found.values())


def _entry(
    tree: Mapping, value: Dictionary[str, Any], path: str, report: Report
) -> Invariant | None:
    forms = [form for form in FORMS if form in tree.keys]
    if len(forms) != 1:
        message = f"an invariant has exactly one of {', '.join(FORMS)}"
        place = tree.keys[forms[1]] if forms else tree.source
        report.error("P203", message, place, "write one invariant for each")
        return None
    form, texts = forms[0], [tree.at(forms[0])]
    if form == "leadsTo":
        texts = [tree.at(form, "when"), tree.at(form, "then")]
    texts.append(tree.at("message"))
    read = [each for each in texts if isinstance(each, Scalar)]
    given = [each.text if isinstance(each, Scalar) else "" for each in texts]
    if any(not isinstance(each.value, str) for each in read):
        # What is of another type has been reported.
        return None
    if not all(given[:-1]):
        wants = "`when` and `then`" if form == "leadsTo" else "an expression"
        report.error("P104", f"`{form}` wants {wants}", tree.keys[form])
        return None
    p, q, message = given if form == "leadsTo" else (given[0], "", given[-1])
    severity = value["severity"]
    made = Invariant(value["name"], form, p, q, message, severity, path, tree.source)
    return made if _checked(made, read, report) else None


def _checked(made: Invariant, read: Names[Scalar], report: Report) -> bool:
    """Whether its expressions are right, one by one: mistakes go to `report`."""
    from model.properties.invariants.claims import claim, expressions
    from model.properties.invariants.syntax import Mistake

    right = True
    for scalar, check in zip(read, expressions(made), strict=True):
        try:
            check()
        except Mistake as wrong:
            right = False
            _report(wrong, place_in(scalar.source, scalar.text, wrong.place, report), report)
    if right:
        claim(made.form, made.p, made.q, made.message)
    return right


def _report(wrong: Mistake, place: Source, report: Report) -> None:
    from model.properties.invariants.typed import NoField

    if isinstance(wrong, NoField) and _in_kubernetes(wrong):
        wrong = wrong.left_out()
    report.error(wrong.code, wrong.message, place, wrong.hint)


def _in_kubernetes(wrong: Any) -> bool:
    """Whether Kubernetes has the field."""
    try:
        return bool(wrong.kubernetes) and wrong.field in fields_of(wrong.kubernetes)
    except KeyError:
        return False


def place_in(source: Source, text: str, letter: int, report: Report) -> Source:
    """Where a letter of a scalar's text is: YAML may have wrapped it, quoted it, or begun it on the
    line below. The place of the scalar where that cannot be told."""
    lines = report.texts.get(source.file, "").split("\n")
    if source.line > len(lines):
        return source
    row, column = source.line - 1, source.column - 1
    quote = lines[row][column : column + 1]
    if quote in ("|", ">"):
        row, column, quote = row + 1, 0, ""
    elif quote in ("'", '"'):
        column += 1
    else:
        quote = ""
    wanted = [each for each in text[: letter + 1] if not each.isspace()]
    if letter >= len(text) or text[letter].isspace():
        # After the last letter before it.
        found = _walk(lines, row, column, wanted, quote)
        return source if found is None else Source(source.file, found[0] + 1, found[1] + 2)
    found = _walk(lines, row, column, wanted, quote)
    return source if found is None else Source(source.file, found[0] + 1, found[1] + 1)


def _walk(
    lines: Names[str], row: int, column: int, wanted: Names[str], quote: str
) -> tuple[int, int] | None:
    """The place of the last of some letters, which come one after the other from a place on."""
    letters = _letters(lines, row, column)
    at = None
    for letter in wanted:
        at = next(letters, None)
        if at is None:
            return None
        seen = lines[at[0]][at[1]]
        if (quote == "'" and seen == letter == "'") or (quote == '"' and seen == "\\"):
            at = next(letters, None)
            seen = letter if at is None else lines[at[0]][at[1]]
        if seen != letter:
            return None
    return at


def _letters(lines: Names[str], row: int, column: int) -> Iterator[tuple[int, int]]:
    for number in range(row, len(lines)):
        start = column if number == row else 0
        for place in range(start, len(lines[number])):
            if not lines[number][place].isspace():
                yield number, place


# -- the command line ----------------------------------------------------------------------------
def given(texts: Iterable[str], report: Report) -> tuple[Invariant, ...]:
    """The invariants that `--invariant` gives, each called `invariant`, `invariant-2`, …"""
    from model.properties.invariants.claims import expressions
    from model.properties.invariants.syntax import Mistake

    found = []
    for number, text in enumerate(texts, 1):
        file = OPTION if number == 1 else f"{OPTION} ({number})"
        report.texts[file] = text
        begun = _GIVEN.match(text)
        assert begun is not None
        form, start = cast(Form, begun[1] or "always"), begun.end()
        p, arrow, q = text[start:], "", ""
        if form == "leadsTo":
            p, arrow, q = p.partition("~>")
            if not arrow:
                hint = "write leadsTo: WHEN ~> THEN"
                report.error("P320", "`leadsTo` wants two expressions", Source(file, 1), hint)
                continue
        name = OPTION.strip("-") if number == 1 else f"{OPTION.strip('-')}-{number}"
        made = Invariant(name, form, p, q, source=Source(file, 1))
        right = True
        for check, begins in zip(
            expressions(made), (start, start + len(p) + len(arrow)), strict=False
        ):
            try:
                check()
            except Mistake as wrong:
                right = False
                before = text[: begins + wrong.place]
                line = before.count("\n") + 1
                column = len(before) - (before.rfind("\n") + 1) + 1
                _report(wrong, Source(file, line, column), report)
        if right:
            found.append(made)
    return tuple(found)


# -- what they name ------------------------------------------------------------------------------
def check_names(
    invariants: Iterable[Invariant], workloads: Names[Workload], report: Report
) -> None:
    """Report the objects that invariants name and that are not there."""
    from model.properties.invariants.claims import of
    from model.properties.invariants.objects.workloads import named

    for invariant in invariants:
        for kind, name in of(invariant).named:
            if named(tuple(workloads), kind, name):
                continue
            there = [each.name for each in workloads if each.kind == kind]
            others = [each.kind for each in workloads if each.name == name]
            hint = suggest(name, there) or (
                f"there is a {others[0]} of that name" if others else ""
            )
            hint = hint or f"there are {', '.join(there) or f'no {kind}s'}"
            message = f"invariant `{invariant.name}`: there is no {kind} `{name}`"
            report.error("P321", message, invariant.source, hint)
