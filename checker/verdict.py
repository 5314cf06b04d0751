"""What an engine has to say about a property."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from model.ir.system import Property
from model.ir.trace import Trace
from model.use import Use

Outcome = Literal["proved", "holds", "violated", "unknown"]


@dataclass(frozen=True)
class Extent:
    """How far a `holds` reaches.

    `depth` is the number of steps up to which every run was covered (None if all depths were).
    `limits` are the sentences of the model's own bounds that some run reaches, or may reach as far
    as an engine knows that did not see every run.
    """

    depth: int | None = None
    limits: tuple[str, ...] = ()


def unexercised(prop: Property, how: str = "never happens") -> str:
    """The reason of a vacuous verdict: that the occasion of a property never arose."""
    return f"not exercised: it {how} that {prop.occasion or prop.witness}"


@dataclass(frozen=True)
class Verdict:
    """The answer to one property of one system.

    proved    the state space was exhausted and no bound of the model was reached, or a
              certificate was checked; a `reachable` property is proved by its trace
    holds     nothing violates it within `extent`: up to the depth that was asked for, or as far as
              the model is bounded
    violated  `trace` shows how; for a `reachable` property there is no trace
    unknown   `reason` says why; `extent`, how far nothing violates it: time, memory or an
              interruption set that limit, and not the user
    """

    property: str
    outcome: Outcome
    engine: str
    seconds: float
    #: Distinct states visited (up to symmetry); None for an engine that does not count them.
    states: int | None = None
    extent: Extent | None = None
    trace: Trace | None = None
    reason: str = ""
    #: Whether the occasion of the property never arose: then `reason` says so first.
    vacuous: bool = False
    #: Actions (`repr`) that no covered run enables: what the verdict says nothing about. None
    #: where the engine did not look.
    idle: tuple[str, ...] | None = None
    #: The texts of the model's bounds that some covered run reaches; None as for `idle`.
    reached: tuple[str, ...] | None = None
    #: What was done to the system before it was searched, each in a few words
    #: ("cone of influence: 12 of 20 functions").
    reductions: tuple[str, ...] = ()
    #: The proof as data for a file that `check recheck` reads (see `checker.certificates`); None
    #: where there is none.
    certificate: Mapping[str, Any] | None = None
    #: Two answers that contradict each other: at least one engine is wrong. Never set by engines.
    conflict: tuple[Verdict, ...] = ()
    #: What the manifests ask for and this answer leaves out: with the outcome `unknown` because of
    #: that, with any other because the user accepts it. Never set by engines.
    omitted: tuple[Use, ...] = ()
    #: From how many nodes on a violation is gone that only the number of nodes causes that was
    #: assumed: with the outcome `unknown`, or `violated` where the user is strict about
    #: assumptions. Never set by engines.
    enough_nodes: int | None = None


def left_out(verdict: Verdict) -> tuple[str, ...]:
    """The names of what an answer leaves out because the user accepts it."""
    names = dict.fromkeys(use.name for use in verdict.omitted)
    return () if verdict.outcome == "unknown" else tuple(names)


def within(depth: int) -> str:
    """How far nothing violates a property of which no more is known."""
    return f"holds within {depth} step{'' if depth == 1 else 's'}"


def as_asked(verdict: Verdict, depth: int | None, stopped: str) -> Verdict:
    """The verdict, but for one that `holds` up to a depth that is less than the one that the user
    asked for, or that nobody asked for: how far the engines came is no answer. `stopped` is what
    ended the search, if anything did."""
    covered = None if verdict.extent is None else verdict.extent.depth
    if verdict.outcome != "holds" or covered is None or (depth is not None and covered >= depth):
        return verdict
    why = verdict.reason or stopped or "no engine saw every run"
    return replace(verdict, outcome="unknown", reason=f"{why}; {within(covered)}")
