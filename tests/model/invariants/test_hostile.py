"""Whatever a user writes is either read or answered with a mistake that has a place and a code."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from model.invariant import FORMS
from model.load.diagnostics import CODES
from model.properties.invariants.claims import claim
from model.properties.invariants.syntax import Mistake
from tests.effort import effort
from tests.model.invariants.expressions import Maker
from tests.model.invariants.test_mistakes import WRONG

_WORDS = (
    *"()[]{}.,?:!<>=&|+-*/%'\"\\ \n0123456789abpx~@#",
    *(
        "pods",
        "nodes",
        "has(",
        "p.status.ready",
        "size()",
        "true",
        "null",
        "in",
        "'web'",
        "é",
        "\0",
    ),
    *("object", "oldObject", "deployment('web')", ".all(p, ", ".map(p, ", "r'", "1.5", "0x", "//"),
)


def read(form: str, text: str, message: str = "") -> None:
    """Read it as a claim: nothing but a mistake may come of it."""
    found: Mistake | None = None
    try:
        claim(form, text, "true" if form == "leadsTo" else "", message)
    except Mistake as wrong:
        found = wrong
    claim.cache_clear()
    if found is not None:
        assert found.code in CODES
        assert 0 <= found.place <= max(len(text), len(message))
        assert found.message


@settings(max_examples=effort(150, 3000), deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=25), st.sampled_from(FORMS))
def test_words_in_any_order(words: list[str], form: str) -> None:
    read(form, "".join(words))
    read(form, "true", "".join(words))


@settings(max_examples=effort(150, 3000), deadline=None)
@given(st.text(max_size=40), st.sampled_from(FORMS))
def test_any_text(text: str, form: str) -> None:
    read(form, text)


@settings(max_examples=effort(200, 4000), deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(FORMS))
def test_what_is_nearly_right(seed: int, form: str) -> None:
    """Expressions from which a piece is taken, or in which one is put elsewhere."""
    random = Random(seed)
    text = random.choice((*WRONG, Maker(random, ("deployment('web')",)).truth(2, {})))
    for _ in range(random.randrange(3)):
        place, size = random.randrange(len(text) + 1), random.randrange(6)
        piece = random.choice((*_WORDS, text[place : place + size]))
        text = text[:place] + piece + text[place + random.randrange(6) :]
    read(form, text)
