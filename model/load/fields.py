"""The fields that Kubernetes knows in the objects that are checked, and the type of each.

`fields.txt` has one type a paragraph, `Name: field:type ...`; a continuation line is indented, a
comment begins with "#". Types are

    s string    i integer of 32 bits    l integer of 64 bits    b boolean    q quantity
    x integer of 32 bits or a string    t time, as RFC 3339 has it    any
    [t] a list of t    {t} a map from string to t    Name another type of this table

Source: `api/openapi-spec/swagger.json` of Kubernetes, see `model.load.openapi`. Fields are listed
whether or not the model reads them.

Omits: types of objects that are only counted as unchecked.
"""

from __future__ import annotations

import os
from functools import cache


@cache
def fields_of(name: str) -> dict[str, str]:
    """Field name to type of the Kubernetes type `name`; KeyError when it is not in the table."""
    return dict(field.split(":") for field in _paragraphs()[name].split())


@cache
def _paragraphs() -> dict[str, str]:
    # importlib.resources takes longer to import than this takes to run.
    with open(os.path.join(os.path.dirname(__file__), "fields.txt"), encoding="ascii") as file:
        unfolded = file.read().replace("\n  ", " ")
    rows = (line.partition(":") for line in unfolded.splitlines() if not line.startswith("#"))
    return {name: fields for name, _, fields in rows}
