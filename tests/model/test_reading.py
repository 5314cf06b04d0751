"""States read by formulas, and names and numbers in sentences."""

from __future__ import annotations

from model.ir.reading import Reading
from model.words import counted, listed, verb
from tests.model.worlds import Pod, World, scenario


def test_a_state_is_read_at_elements() -> None:
    """Formulas are told elements in the order of their sorts, and find them in it."""
    world = World(scenario(on=2))
    pods: list[Pod] = [("Ready", "node-2", 1), ("Running", "node-1", 1)]
    reading = Reading(world.system, world.state(pods))
    phase, node = world.function("phase"), world.function("node")
    (pod,), (at,) = phase.domain, world.function("health").domain
    found = reading.find(lambda p, n: node[p] == n, pod, at)
    assert [(str(p), str(n)) for p, n in found] == [("web-pod1", "node-2"), ("web-pod2", "node-1")]
    (_, second) = reading.those(pod, lambda p: ~node[p].is_none())
    assert reading.shown(lambda p: phase[p], second) == "Running"
    assert reading.value(lambda p: node[p], second) == 0
    assert reading.those(pod, lambda p, n: node[p] == n, found[0][1]) == [found[0][0]]


def test_names_in_a_row() -> None:
    """Four names are said, of five the last two are counted: "and 1 more" would save nothing."""
    assert listed("a") == "a"
    assert listed("ab") == "a and b"
    assert listed("abcd") == "a, b, c and d"
    assert listed("abcde") == "a, b, c and 2 more"


def test_numbers_agree() -> None:
    """Nouns and verbs follow the number."""
    assert [counted(n, "pod") for n in (0, 1, 2)] == ["0 pods", "1 pod", "2 pods"]
    assert counted(2, "entry", "entries") == "2 entries"
    assert (verb(1, "is", "are"), verb("ab", "is", "are")) == ("is", "are")
