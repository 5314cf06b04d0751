"""The store's contract by itself: what its events add up to for clients."""

from __future__ import annotations

from itertools import product

from model.etcd.contract import Contract, Write, contract
from model.ir.builder import Builder
from model.ir.expr import TRUE, Expr, element, integer, variable
from model.ir.interpret import evaluate, steps
from model.ir.system import State, System
from model.ir.types import BOOL, IntType, Sort

TERMS, LOG = 2, 2
MEMBERS = ("etcd-1", "etcd-2")


def _system() -> tuple[System, Contract]:
    """Any writes are acknowledged that the contract allows; a read begins now and then."""
    builder = Builder("contract")
    revision = Sort("Revision", tuple(str(i + 1) for i in range(LOG)))
    member = Sort("Member", MEMBERS)
    position = builder.table("position", (revision,), IntType(0, LOG), range(1, LOG + 1))
    pairs = [int(i < j) for i, j in product(range(LOG), repeat=2)]
    before = builder.table("before", (revision, revision), BOOL, pairs)
    made = contract(builder, position, before, IntType(0, TERMS), member)
    i = variable("revision", revision)
    # A write is known by term and leader; these are the logs that all members might hold.
    for terms in product(range(1, TERMS + 1), repeat=LOG):
        for leader in MEMBERS:

            def write(j: Expr, terms: tuple[int, ...] = terms, leader: str = leader) -> Write:
                first = integer(terms[0])
                return Write(first + _later(position[j], terms), element(member, leader))

            builder.action(
                f"acknowledge {terms} of {leader}",
                "client",
                (i,),
                made.may_acknowledge(i, write, lambda _: TRUE),
                made.acknowledges(i, write),
            )
    builder.action("begin to read", "client", (), TRUE, [made.begins_to_read()])
    return builder.build(), made


def _later(position: Expr, terms: tuple[int, ...]) -> Expr:
    """What the term at a position is more than the first."""
    return (position - 1) * (terms[1] - terms[0])


def _reached(system: System) -> set[State]:
    seen, fresh = set(system.initial), list(system.initial)
    while fresh:
        fresh = [after for state in fresh for _, after in steps(system, state)]
        fresh = [state for state in set(fresh) if state not in seen]
        seen.update(fresh)
    return seen


def _stored(system: System, made: Contract, state: State) -> list[tuple[int, int]]:
    return [
        (state[system.cell(made.term, (i,))], state[system.cell(made.leader, (i,))])
        for i in range(LOG)
    ]


def test_the_store_only_grows_and_has_no_gaps() -> None:
    """What was acknowledged once stays, and everything before it was acknowledged with it."""
    system, made = _system()
    grown = 0
    for state in _reached(system):
        writes = _stored(system, made, state)
        count = sum(term > 0 for term, _ in writes)
        assert all(term > 0 for term, _ in writes[:count])
        for _, after in steps(system, state):
            later = _stored(system, made, after)
            assert later[:count] == writes[:count]
            grown += later != writes
    assert grown


def test_reads_see_what_was_acknowledged_before_they_began() -> None:
    """Of all that a read could answer, exactly those answers are allowed that begin with what was
    acknowledged before; a watch sees any beginning of the store, also a shorter one."""
    system, made = _system()
    m = Sort("Member", MEMBERS)
    answers = list(product(range(1, TERMS + 1), repeat=LOG))
    allowed = lagging = 0
    for state in _reached(system):
        due = state[system.cell(made.due, ())]
        stored = _stored(system, made, state)
        for terms, last, leader in product(answers, range(LOG + 1), MEMBERS):

            def write(j: Expr, terms: tuple[int, ...] = terms, leader: str = leader) -> Write:
                return Write(terms[0] + _later(made.position[j], terms), element(m, leader))

            answer = [(terms[i], MEMBERS.index(leader)) for i in range(last)]
            reads = evaluate(system, made.may_read(integer(last), write), state, {})
            lags = evaluate(system, made.may_lag(integer(last), write), state, {})
            assert bool(lags) == (answer == stored[:last])
            assert bool(reads) == (last >= due and answer[:due] == stored[:due])
            allowed += reads
            lagging += lags and not reads
    assert allowed
    assert lagging
