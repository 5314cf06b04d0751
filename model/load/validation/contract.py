"""What a rule is: a function that reports what Kubernetes refuses in one object of one type.

A rule sees an object where it stands, an `At`. Absent and null fields look alike to it; and as in
Kubernetes' own types the empty text and 0 stand for absent ones wherever a rule does not ask
whether a field is `given`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from model.api.source import Source
from model.load.answers import Answers, invalid, unsupported
from model.load.diagnostics import Report, suggest
from model.load.tree import (
    Mapping,
    Scalar,
    Value,
    as_bool,
    as_int,
    as_mapping,
    as_text,
    items_of,
    mappings_of,
)


@dataclass(frozen=True)
class At:
    """An object and its place in a whole one: `spec.template.spec.containers[0]`."""

    tree: Mapping
    path: str
    report: Report

    def given(self, *fields: str) -> bool:
        """Whether a field is there and not null."""
        return self.tree.at(*fields) is not None

    def text(self, *fields: str, default: str = "") -> str:
        return as_text(self.tree.at(*fields)) or default

    def number(self, *fields: str, default: int = 0) -> int:
        return as_int(self.tree.at(*fields)) or default

    def truth(self, *fields: str) -> bool:
        return as_bool(self.tree.at(*fields))

    def texts(self, field: str) -> list[str]:
        """The strings of a list."""
        return [as_text(item) for item in items_of(self.tree.at(field))]

    def child(self, *fields: str) -> At | None:
        """A nested object, if there is one."""
        tree = as_mapping(self.tree.at(*fields))
        return None if tree is None else At(tree, self.at(*fields), self.report)

    def children(self, field: str) -> Iterator[At]:
        """The objects of a list."""
        for index, tree in mappings_of(self.tree.at(field)):
            yield At(tree, f"{self.at(field)}[{index}]", self.report)

    def at(self, *fields: str) -> str:
        """The path of a nested field."""
        return ".".join((self.path, *fields) if self.path else fields)

    def place(self, *fields: str) -> Source:
        """The place of a plain value, or of the nearest key above it."""
        found = self.tree.at(*fields)
        return found.source if isinstance(found, Scalar) else self.tree.place(*fields)

    # What is wrong with a field. Each sentence begins with the field's path.

    def required(self, *fields: str, hint: str = "", answers: Answers = ()) -> None:
        message = f"`{self.at(*fields)}` is required"
        self.report.error("P104", message, self.place(*fields), hint, answers)

    def invalid(self, field: str, why: str, hint: str = "", answers: Answers = ()) -> None:
        self.wrong("P200", field, why, hint, answers)

    def forbidden(self, field: str, why: str, hint: str = "", answers: Answers = ()) -> None:
        self.wrong("P203", field, why, hint, answers)

    def misnamed(self, field: str, why: str, hint: str = "", answers: Answers = ()) -> None:
        self.wrong("P206", field, why, hint, answers)

    def twice(self, field: str, why: str, hint: str = "", answers: Answers = ()) -> None:
        self.wrong("P205", field, why, hint, answers)

    def wrong(self, code: str, field: str, why: str, hint: str = "", answers: Answers = ()) -> None:
        """`field` may be a path, "" for the object itself."""
        fields = field.split(".") if field else ()
        path = self.at(*fields) if fields else self.path
        self.report.error(code, _sentence(path, why), self.place(*fields), hint, answers)

    def wrong_item(
        self,
        code: str,
        field: str,
        index: int,
        why: str,
        hint: str = "",
        *,
        answers: Answers = (),
    ) -> None:
        """What is wrong with an item of a list."""
        items = items_of(self.tree.at(field))
        place = items[index].source if index < len(items) else self.place(field)
        message = _sentence(f"{self.at(field)}[{index}]", why)
        self.report.error(code, message, place, hint, answers)

    # Checks that many types share.

    def need(self, *fields: str) -> bool:
        """Report each field that is absent or empty; whether all are there."""
        missing = [field for field in fields if not self.filled(self.tree.at(field))]
        for field in missing:
            self.required(field)
        return not missing

    @staticmethod
    def filled(value: Value | None) -> bool:
        if isinstance(value, Scalar):
            return value.value not in ("", 0)
        return value is not None

    def one_of(
        self,
        field: str,
        allowed: Sequence[str],
        *,
        needed: bool = False,
        answered: Sequence[str] = (),
    ) -> None:
        """Report a text that is not among those allowed; an empty one is if it is `needed`.
        `answered` are those that the API server lists, in its order, where that is known."""
        held = self.text(field)
        if held in allowed or not (held or needed):
            return
        if not held:
            self.required(field, hint=f"one of {', '.join(allowed)}")
            return
        hint, answer = suggest(held, allowed), unsupported(self.at(field), held, answered)
        why = f"must be {_either(allowed)}, not `{held}`"
        self.wrong("P201", field, why, hint, (answer,) if answered else ())

    def at_least(self, least: int, *fields: str) -> None:
        """Report numbers that are too small."""
        for field in fields:
            if self.given(field) and self.number(field) < least:
                self.invalid(
                    field, "must not be negative" if least == 0 else f"must be at least {least}"
                )

    def within(self, field: str, least: int, most: int, answer: str = "") -> None:
        """Report a number that is outside of a range, if it is given; `answer` is why the API
        server refuses it, where that is known."""
        if self.given(field) and not least <= (number := self.number(field)) <= most:
            answers = (invalid(self.at(field), number, answer),) if answer else ()
            self.invalid(field, f"must be from {least} to {most}", answers=answers)

    def only_one(self, fields: Sequence[str]) -> list[str]:
        """The fields among these that are given; more than one are reported."""
        found = [field for field in fields if self.given(field)]
        for field in found[1:]:
            self.forbidden(field, f"excludes `{found[0]}`", "keep one of them")
        return found


Rule = Callable[[At], None]


def _sentence(path: str, why: str) -> str:
    return f"`{path}`: {why}" if why.startswith("`") else f"`{path}` {why}"


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


# Names. A module that checks many manifests compiles each pattern once, at its first use.


def is_port_name(name: str) -> bool:
    """Whether a name may be a port's: 15 lower-case letters, digits and `-`, and some letter."""
    return (
        0 < len(name) <= 15
        and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) is not None
        and re.search("[a-z]", name) is not None
    )


def is_config_key(key: str) -> bool:
    """Whether a key may be one of a ConfigMap or Secret."""
    plain = len(key) <= 253 and re.fullmatch(r"[-._a-zA-Z0-9]+", key) is not None
    return plain and key != "." and not key.startswith("..")


def is_environment_name(name: str) -> bool:
    """Whether an environment variable may be called so: printable ASCII but for `=`."""
    return bool(name) and all(" " <= letter <= "~" and letter != "=" for letter in name)


def path_problem(path: str, *, inside: bool = True) -> str:
    """Why a path is refused; "" if it is not. One `inside` of a volume is relative and does not
    begin with `..`."""
    if inside and path.startswith("/"):
        return "must be a relative path"
    if ".." in path.split("/"):
        return "must not contain `..`"
    return "must not begin with `..`" if inside and path.startswith("..") else ""
