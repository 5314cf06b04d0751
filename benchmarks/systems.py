"""Systems to measure engines on, of any size: a Raft election in ledger form.

Members campaign, vote and lead, crash and restart. What was sent stays on record for ever, by
term: any message may so be lost, delayed, received twice or out of order. Terms, votes and the
record are durable; the role is not.

Source: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", figure 2;
etcd-io/raft at cdfbeed `raft.go` (Step, campaign, poll, becomeLeader).

Omits: logs, so that every candidate is up to date; pre-vote; check-quorum; a leader that steps
down without hearing of a newer term.
"""

from __future__ import annotations

from typing import Literal

from model.ir.builder import Builder
from model.ir.expr import Expr, constant, none, variable
from model.ir.quantifier import count, exists, forall
from model.ir.system import Bound, Property, System, assign
from model.ir.types import BOOL, ElementType, EnumType, IntType, Sort

ROLE = EnumType("Role", ("Follower", "Candidate", "Leader"))
FOLLOWER, CANDIDATE, LEADER = (constant(ROLE, name) for name in ROLE.values)

Fault = Literal["", "votes-twice", "vote-forgotten"]


def raft_election(
    members: int,
    terms: int,
    *,
    crashes: int = 1,
    symmetric: bool = True,
    fault: Fault = "",
) -> System:
    """An election in at most so many terms and with so many crashes, right or with a seeded fault.

    votes-twice     a member votes for whoever asks, as often as asked
    vote-forgotten  a vote does not survive a crash
    """
    what = f", {fault}" if fault else ""
    b = Builder(f"Raft election of {members}, terms: {terms}, crashes: {crashes}{what}")
    Member = Sort("Member", tuple(f"m{i + 1}" for i in range(members)), symmetric)
    Term = Sort("Term", tuple(str(i + 1) for i in range(terms)))
    number = b.table("number", (Term,), IntType(1, terms), range(1, terms + 1))
    up = b.function("up", (Member,), BOOL, 1)
    role = b.function("role", (Member,), ROLE, 0)
    term = b.function("term", (Member,), IntType(0, terms), 0)
    vote = b.function("vote", (Member,), ElementType(Member, optional=True), -1)
    asked = b.function("asked", (Term, Member), BOOL, 0)
    granted = b.function("granted", (Term, Member, Member), BOOL, 0)
    led = b.function("led", (Term, Member), BOOL, 0)
    left = b.function("crashes left", (), IntType(0, max(1, crashes)), crashes)
    m, other, t = variable("member", Member), variable("other", Member), variable("term", Term)

    campaigning = number[t] == term[m] + 1
    b.action(
        "campaign",
        "member",
        [m],
        up[m] & (role[m] != LEADER) & (term[m] < terms),
        [
            assign(term[m], term[m] + 1),
            assign(role[m], CANDIDATE),
            assign(vote[m], m),
            assign(asked[t, m], True, t, where=campaigning),
            assign(granted[t, m, m], True, t, where=campaigning),
        ],
    )
    free = vote[m].is_none()
    if fault == "votes-twice":
        free = (vote[m] != other) & (role[m] == FOLLOWER)
    b.action(
        "grant",
        "member",
        [m, other, t],
        up[m] & asked[t, other] & ((term[m] < number[t]) | ((term[m] == number[t]) & free)),
        [
            assign(term[m], number[t]),
            assign(role[m], FOLLOWER),
            assign(vote[m], other),
            assign(granted[t, m, other], True),
        ],
    )

    def elected(r: Expr) -> Expr:
        votes = count(Member, lambda v: granted[r, v, m])
        return (number[r] == term[m]) & (votes >= members // 2 + 1)

    b.action(
        "win",
        "member",
        [m],
        up[m] & (role[m] == CANDIDATE) & exists(Term, elected),
        [assign(role[m], LEADER), assign(led[t, m], True, t, where=number[t] == term[m])],
    )
    newer = term[m] < number[t]
    b.action(
        "follow",
        "member",
        [m, t],
        up[m]
        & exists(Member, lambda leader: led[t, leader])
        & (newer | ((term[m] == number[t]) & (role[m] == CANDIDATE))),
        [
            assign(term[m], number[t]),
            assign(role[m], FOLLOWER),
            assign(vote[m], none(Member), where=newer),
        ],
    )
    forgotten = [assign(vote[m], none(Member))] if fault == "vote-forgotten" else []
    b.action(
        "crash",
        "fault",
        [m],
        up[m] & (left() > 0),
        [
            assign(up[m], False),
            assign(role[m], FOLLOWER),
            assign(left(), left() - 1),
            *forgotten,
        ],
    )
    b.action("restart", "fault", [m], ~up[m], [assign(up[m], True)])

    def twice(r: Expr) -> Expr:
        return count(Member, lambda leader: led[r, leader]) > 1

    b.bounds.append(
        Bound(
            "terms",
            exists(Member, lambda x: up[x] & (role[x] != LEADER) & (term[x] == terms)),
            f"at most {terms} terms",
        )
    )
    b.properties += [
        Property("election-safety", "always", ~exists(Term, twice)),
        Property("leader", "reachable", exists(Member, lambda x: role[x] == LEADER)),
        Property(
            "leaders", "reachable", forall(Term, lambda r: exists(Member, lambda x: led[r, x]))
        ),
    ]
    return b.build()


def wide_election() -> System:
    """4,390,483 states, at most 877,741 of them at one depth."""
    return raft_election(3, 4, symmetric=False)


def symmetric_election() -> System:
    """2,455,523 states up to symmetry."""
    return raft_election(3, 4, crashes=2)


def large_election() -> System:
    """14,726,931 states."""
    return raft_election(3, 4, crashes=2, symmetric=False)
