"""etcd's store and its watch: compaction against a dumb one, and what watches rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from checker.engines import engine
from model.etcd import names, store, watch
from model.ir.expr import variable
from model.ir.interpret import evaluate, steps
from model.ir.system import State, System
from model.scenario import Bounds
from tests.effort import busy
from tests.shipped import scenario

SMALL = replace(scenario("specs/etcd-watch.yaml"), bounds=Bounds(log=3))


def _reached(system: System) -> set[State]:
    seen, fresh = set(system.initial), list(system.initial)
    while fresh:
        fresh = [after for before in fresh for _, after in steps(system, before)]
        fresh = [after for after in set(fresh) if after not in seen]
        seen.update(fresh)
    return seen


def _histories(system: System, kept: store.Store) -> Iterator[tuple[State, list[list[int]], int]]:
    """Each state of a store with what every revision did to every key, and its compaction."""
    revisions, keys = range(kept.Revision.size), range(kept.Key.size)
    for state in _reached(system):
        changes = [[state[system.cell(kept.change, (r, k))] for k in keys] for r in revisions]
        yield state, changes, state[system.cell(kept.compacted, ())]


def test_compaction_keeps_what_it_says() -> None:
    """For every history of three writes and every compaction: a store that goes through each key's
    changes one by one, as etcd's index does, keeps the same of them."""
    kept = store.store(SMALL)
    store.add(kept, lambda _, __: [])
    system = kept.builder.build()
    keeps = kept.kept(variable("r", kept.Revision), variable("k", kept.Key))
    compared = 0
    for state, changes, compacted in _histories(system, kept):
        for k in range(kept.Key.size):
            expected = set()
            last = None
            for r, row in enumerate(changes):
                if row[k] and r + 1 > compacted:
                    expected.add(r)
                elif row[k]:
                    last = r
            if last is not None and (changes[last][k] == 1 or last + 1 == compacted):
                expected.add(last)
            for r in range(kept.Revision.size):
                found = evaluate(system, keeps, state, {"r": r, "k": k})
                assert bool(found) == (r in expected), (changes, compacted, r, k)
                compared += 1
    assert compared > 1000


def test_a_watch_ends_refused_only_behind_the_compaction() -> None:
    """A watch from the revision of a compaction, or later, is served; one from before is not."""
    made = watch.instance(SMALL, {}, lambda name: name == "watch-resumable").system
    by_name = {function.name: function for function in made.functions}
    stages = by_name["watch"].type
    refused = stages.values.index("Refused")  # type: ignore[union-attr]
    seen = 0
    for state in _reached(made):
        value = {name: state[made.cell(by_name[name], ())] for name in ("watch", "compacted")}
        if value["watch"] == refused:
            seen += 1
            assert state[made.cell(by_name["nextRevision"], ())] < value["compacted"]
    assert seen


@pytest.mark.parametrize("name", ["put", "delete", "put all", "compact"])
def test_only_writes_make_revisions(name: str) -> None:
    """Each write is one revision more, and a compaction none."""
    made = watch.instance(SMALL, {}, lambda name: name == names.COMPARE).system
    by_name = {function.name: function for function in made.functions}
    cell = made.cell(by_name["revision"], ())
    taken = 0
    for state in _reached(made):
        for step, after in steps(made, state):
            if step.action.name == name:
                taken += 1
                assert after[cell] - state[cell] == (name != "compact")
    assert taken


def test_a_watch_hears_of_transactions() -> None:
    """Where clients write back what they have read, watches miss nothing of that either."""
    made = watch.instance(SMALL, {}).system
    verdicts = engine("explicit").check(made, made.properties, busy(60))
    assert {verdict.property: verdict.outcome for verdict in verdicts} == dict.fromkeys(
        names.WATCH, "holds"
    )
