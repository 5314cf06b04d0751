"""How the last state breaks a property of Raft: which members, which term, which revision.

Remarks are computed from the state alone: of a read that is over it tells who can have served it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from model.etcd.raft.properties import holds_chosen, survives
from model.etcd.raft.state import LEADER, Raft
from model.instance import Belief, Remark
from model.ir.reading import Element, Reading
from model.ir.system import State, System
from model.words import counted, listed, verb

QUORUM = ("spec.controlPlane.quorum",)
CHANGES = ("spec.controlPlane.changes",)
#: In place of an entry that is not there.
NOTHING = "nothing"
LOSSES = ("spec.faults.lostDisks", "spec.faults.lostWrites")


def remarks(raft: Raft, system: System, state: State, prop: str) -> tuple[Remark, ...]:
    """How a state breaks a property, most telling first."""
    told = REMARKS[prop](raft, Reading(system, state))
    return tuple(dict.fromkeys(told))


def beliefs(raft: Raft, system: System, state: State, actor: str) -> tuple[Belief, ...]:
    """Who takes itself for the leader though another leads a newer term; `actor` is "etcd" or a
    member."""
    reading = Reading(system, state)
    return tuple(
        Belief(
            str(old), f"etcd/{old}.role", "Leader", f"{new} leads term {_term(raft, reading, new)}"
        )
        for old, new in _outdated(raft, reading)
        if actor in ("etcd", str(old))
    )


# -- what there is to say --------------------------------------------------------------------
def _two_leaders(raft: Raft, reading: Reading) -> Iterator[Remark]:
    first = raft.history.first_leader
    rivals = reading.find(
        lambda m, t, o: (
            (raft.role[m] == LEADER) & (raft.term[m] == raft.number[t]) & (first[t] == o) & (m != o)
        ),
        raft.Member,
        raft.Term,
        raft.Member,
    )
    for m, t, o in rivals:
        both = reading.value(
            lambda o, t: (raft.role[o] == LEADER) & (raft.term[o] == raft.number[t]), o, t
        )
        pair = sorted((m, o), key=lambda each: each.position)
        text = f"{listed(pair)} both lead term {t}"
        yield Remark(text if both else f"{m} leads term {t}, which {o} has led before", ())
        yield from _small_quorum(raft)
        yield from _configurations(raft, reading, pair)
        if raft.membership is None:
            for leader in pair:
                yield from _votes_left(raft, reading, leader, t)


def _votes_left(raft: Raft, reading: Reading, leader: Element, t: Element) -> Iterator[Remark]:
    """That fewer members know to have voted for a leader than it takes."""
    size, votes = raft.Member.size, raft.scenario.control_plane.votes
    known = reading.those(
        raft.Member,
        lambda v, m, t: (raft.vote[v] == m) & (raft.term[v] == raft.number[t]),
        leader,
        t,
    )
    if len(known) < votes:
        who = f"only {listed(known)} {verb(known, 'has', 'have')}" if known else "nobody has"
        text = f"of {size} members {who} a vote for {leader} in term {t} on record"
        yield Remark(text, LOSSES)


def _without_majority(raft: Raft, reading: Reading) -> Iterator[Remark]:
    """What a leader has committed though too few hold it."""
    alone = reading.find(
        lambda m, i: (
            (raft.role[m] == LEADER)
            & (raft.commit[m] == raft.position[i])
            & ~raft.majority(m, lambda x: raft.same_entry(m, x, i))
        ),
        raft.Member,
        raft.Index,
    )
    for m, i in alone:
        holders = reading.those(raft.Member, lambda x, m, i: raft.same_entry(m, x, i), m, i)
        yield Remark(
            f"{m} committed revision {i}, which only {listed(holders)} "
            f"{verb(holders, 'holds', 'hold')}: {_too_few(raft, reading, m, holders)}",
            (),
        )
        others = reading.those(
            raft.Member, lambda x, m, i: raft.holds(x, i) & ~raft.same_entry(m, x, i), m, i
        )
        for x in others[:1]:
            same = [o for o in others if _entry(raft, reading, o, i) == _entry(raft, reading, x, i)]
            yield Remark(
                f"{listed(same)} {verb(same, 'holds', 'hold')} {_entry(raft, reading, x, i)} there",
                (),
            )
        yield from _small_quorum(raft)
        yield from _configurations(raft, reading, [m, *others])


def _too_few(raft: Raft, reading: Reading, m: Element, holders: list[Element]) -> str:
    """That some are no majority of a member's voters, or of which of them in a joint
    configuration."""
    group = raft.membership
    of = {"": _voters(raft, reading, m)}
    if group is not None and reading.value(group.is_joint, m):
        of = {
            " new": reading.those(raft.Member, lambda x, m: group.incoming(m, x), m),
            " old": reading.those(raft.Member, lambda x, m: group.outgoing(m, x), m),
        }
    found = []
    for which, voters in of.items():
        number = sum(x in voters for x in holders)
        if 2 * number <= len(voters):
            found.append(
                f"{number} of {len(voters)}{which} voters {verb(number, 'is', 'are')} no majority"
            )
    return listed(found)


def _committed_differently(raft: Raft, reading: Reading) -> Iterator[Remark]:
    """What members take for committed that is not what was committed there."""
    rows = reading.find(
        lambda m, i: (raft.position[i] <= raft.commit[m]) & ~holds_chosen(raft, m, i),
        raft.Member,
        raft.Index,
    )
    for m, i in rows[:2]:
        there = _chosen(raft, reading, i)
        yield Remark(
            f"{m} has {_entry(raft, reading, m, i)} at revision {i} and takes it for committed; "
            f"{there} was committed there{'' if there == NOTHING else ' first'}",
            (),
        )


def _split_brain(raft: Raft, reading: Reading) -> Iterator[Remark]:
    yield from _committed_differently(raft, reading)
    yield from _without_majority(raft, reading)


def _incomplete(raft: Raft, reading: Reading) -> Iterator[Remark]:
    """Leaders without what was committed before their term."""
    history = raft.history
    rows = reading.find(
        lambda m, i: (
            (raft.role[m] == LEADER)
            & history.chosen(i)
            & (history.chosen_during[i] < raft.term[m])
            & ~holds_chosen(raft, m, i)
        ),
        raft.Member,
        raft.Index,
    )
    for m, i in rows[:2]:
        during = reading.value(lambda i: history.chosen_during[i], i)
        by = reading.those(
            raft.Member,
            lambda o, t: history.first_leader[t] == o,
            Element(raft.Term, during - 1),
        )
        yield Remark(
            f"{_leads(raft, reading, m)} without revision {i}, which {listed(by)} committed in "
            f"term {during}",
            (),
        )
        yield from _holders(raft, reading, i)
        yield from _configurations(raft, reading, [m, *by])


def _lost(raft: Raft, reading: Reading) -> Iterator[Remark]:
    """Acknowledged writes that so many lack that they elect a leader without them."""
    lost = reading.those(raft.Index, lambda i: raft.history.chosen(i) & ~survives(raft, i))
    for i in lost:
        lacking = reading.those(raft.Member, lambda m, i: ~holds_chosen(raft, m, i), i)
        yield Remark(
            f"revision {i} is acknowledged, and {listed(lacking)} {verb(lacking, 'lacks', 'lack')} "
            "it: enough to elect a leader without it",
            (),
        )
        yield from _holders(raft, reading, i)


def _logs_differ(raft: Raft, reading: Reading) -> Iterator[Remark]:
    rows = reading.find(
        lambda a, b, i, j: (
            raft.holds(a, i)
            & (raft.entry_term[a, i] == raft.entry_term[b, i])
            & ((j == i) | raft.before[j, i])
            & ~raft.same_entry(a, b, j)
        ),
        raft.Member,
        raft.Member,
        raft.Index,
        raft.Index,
    )
    for a, b, i, j in rows[:1]:
        mine, other = (_entry(raft, reading, m, j) for m in (a, b))
        term = reading.value(lambda a, i: raft.entry_term[a, i], a, i)
        yield Remark(
            f"{a} and {b} both hold an entry of term {term} at revision {i}, and differ at "
            f"revision {j}: {mine} and {other}",
            (),
        )


def _stale_read(raft: Raft, reading: Reading) -> Iterator[Remark]:
    """The read is over, so the state tells only who can have served it."""
    store = raft.contract
    assert store is not None
    stored = len(reading.those(raft.Index, lambda i: store.term[i] > 0))
    known = {m: _applied(raft, reading, m) for m in reading.those(raft.Member, lambda _: True)}
    fewer = [f"{m} ({number})" for m, number in known.items() if number < stored]
    if fewer:
        yield Remark(
            f"{counted(stored, 'write')} {verb(stored, 'is', 'are')} acknowledged, and who served "
            f"the read had applied fewer: {' or '.join(fewer)}",
            (),
        )
    for old, new in _outdated(raft, reading):
        yield Remark(
            f"{old} still takes itself for the leader, of term {_term(raft, reading, old)}, while "
            f"{_leads(raft, reading, new)}",
            (),
        )
    if raft.scenario.control_plane.reads == "serializable":
        text = "spec.controlPlane.reads is serializable: any member answers with what it has"
        yield Remark(text, ("spec.controlPlane.reads",))


def _contract_broken(raft: Raft, reading: Reading) -> Iterator[Remark]:
    found = [*_split_brain(raft, reading)]
    stale = next(f for f in reading.system.functions if f.name == "staleRead")
    if reading.value(stale):
        found += _stale_read(raft, reading)
    yield from found or [Remark("a write was acknowledged that no client had sent", ())]


#: By the property's name.
REMARKS: Mapping[str, Callable[[Raft, Reading], Iterator[Remark]]] = {
    "no-split-brain-writes": _split_brain,
    "election-safety": _two_leaders,
    "log-matching": _logs_differ,
    "leader-completeness": _incomplete,
    "state-machine-safety": _committed_differently,
    "acknowledged-writes-survive": _lost,
    "writes-need-quorum": _without_majority,
    "linearizable-reads": _stale_read,
    "refines-contract": _contract_broken,
}


# -- words for it ----------------------------------------------------------------------------
def _leads(raft: Raft, reading: Reading, m: Element) -> str:
    return f"{m} leads term {_term(raft, reading, m)}"


def _term(raft: Raft, reading: Reading, m: Element) -> int:
    return reading.value(lambda m: raft.term[m], m)


def _applied(raft: Raft, reading: Reading, m: Element) -> int:
    return reading.value(lambda m: raft.commit[m], m)


def _entry(raft: Raft, reading: Reading, m: Element, i: Element) -> str:
    """A member's entry at an index: who took the write, and in which term."""
    if not reading.value(raft.holds, m, i):
        return NOTHING
    term = reading.value(lambda m, i: raft.entry_term[m, i], m, i)
    return f"{reading.shown(lambda m, i: raft.entry_leader[m, i], m, i)}'s entry of term {term}"


def _chosen(raft: Raft, reading: Reading, i: Element) -> str:
    """What was committed first at an index, likewise."""
    history = raft.history
    if not reading.value(history.chosen, i):
        return NOTHING
    term = reading.value(lambda i: history.chosen_term[i], i)
    return f"{reading.shown(lambda i: history.chosen_leader[i], i)}'s entry of term {term}"


def _holders(raft: Raft, reading: Reading, i: Element) -> Iterator[Remark]:
    holders = reading.those(raft.Member, lambda m, i: holds_chosen(raft, m, i), i)
    if holders:
        yield Remark(f"only {listed(holders)} {verb(holders, 'holds', 'hold')} revision {i}", ())


def _outdated(raft: Raft, reading: Reading) -> list[tuple[Element, Element]]:
    """Those who lead as far as they know, each with the leader of the newest term."""
    leaders = reading.those(raft.Member, lambda m: raft.role[m] == LEADER)
    if not leaders:
        return []
    newest = max(leaders, key=lambda m: _term(raft, reading, m))
    term = _term(raft, reading, newest)
    return [(m, newest) for m in leaders if _term(raft, reading, m) < term]


def _voters(raft: Raft, reading: Reading, m: Element) -> list[Element]:
    """Whom a member takes for the voters."""
    group = raft.membership
    if group is None:
        return reading.those(raft.Member, lambda _: True)
    return reading.those(raft.Member, lambda x, m: group.voter(m, x), m)


def _configurations(raft: Raft, reading: Reading, members: list[Element]) -> Iterator[Remark]:
    """That members differ in whom they take for the voters."""
    views: dict[tuple[Element, ...], list[Element]] = {}
    for m in dict.fromkeys(members) if raft.membership is not None else ():
        views.setdefault(tuple(_voters(raft, reading, m)), []).append(m)
    if len(views) > 1:
        told = (
            f"{listed(ms)} {verb(ms, 'counts', 'count')} the votes of {listed(voters)}"
            for voters, ms in views.items()
        )
        yield Remark("; ".join(told), CHANGES)
        yield from _applied_changes(raft, reading, [m for ms in views.values() for m in ms])


def _applied_changes(raft: Raft, reading: Reading, members: list[Element]) -> Iterator[Remark]:
    """How far each of some members is with the changes of the membership."""
    group = raft.membership
    if group is None or group.at_once:
        return
    told = []
    for m in members:
        done = reading.those(group.Change, lambda k, m: group.applied[m, k], m)
        told.append(
            f"{m} has applied {counted(len(done), 'membership change') if done else 'none'}"
        )
    text = f"{listed(told)}, and whose votes a member counts goes by what it has applied"
    yield Remark(text, CHANGES)


def _small_quorum(raft: Raft) -> Iterator[Remark]:
    """That less than a majority is enough, by the spec."""
    plane = raft.scenario.control_plane
    if raft.membership is None and 2 * plane.votes <= plane.members:
        text = f"spec.controlPlane.quorum lets {plane.votes} of {plane.members} members decide"
        yield Remark(text, QUORUM)
