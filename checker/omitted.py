"""What becomes of an answer where the manifests ask for something that the model leaves out.

Engines answer about the model. Where an omission can make that answer wrong about a cluster,
nothing is known, unless the user accepts the omission: then the verdict names it. Engines are never
told, so this is the same for all of them.
"""

from __future__ import annotations

from dataclasses import replace

from checker.verdict import Verdict
from model.omissions import OMISSIONS
from model.scenario import Scenario
from model.use import Use

#: Uses that a reason names one by one.
_NAMED = 3


def judged(verdict: Verdict, scenario: Scenario) -> Verdict:
    """The verdict on a property of a scenario's system as one on what its manifests ask for."""
    uses = tuple(use for use in scenario.omitted if _matters(use, verdict, scenario))
    open_ = tuple(use for use in uses if use.name not in scenario.accepted)
    if not open_:
        return replace(verdict, omitted=uses) if uses else verdict
    sentences = [use.sentence for use in open_[:_NAMED]]
    if open_[_NAMED:]:
        sentences.append(f"{len(open_) - _NAMED} more")
    reason = "; ".join(sentences)
    if verdict.outcome == "violated":
        reason = f"violated in the model, but {reason}"
    return replace(
        verdict,
        outcome="unknown",
        reason=reason,
        omitted=open_,
        extent=None,
        trace=None,
        certificate=None,
    )


def leaving_out(verdict: Verdict, scenario: Scenario) -> Verdict:
    """The verdict as if the user accepted every omission: what is said of the model alone."""
    return judged(verdict, replace(scenario, accepted=frozenset(_names(scenario))))


def _names(scenario: Scenario) -> set[str]:
    return {use.name for use in scenario.omitted}


def _matters(use: Use, verdict: Verdict, scenario: Scenario) -> bool:
    """Whether an omission can make this answer wrong in this scenario."""
    if verdict.conflict:
        return False
    row = OMISSIONS[use.name]
    doubts = {
        "proved": row.falsifies,
        "holds": row.falsifies,
        "violated": row.excuses,
    }.get(verdict.outcome, {})
    if any(verdict.property == each.name for each in scenario.invariants):
        # Nobody has said what it rests on: what can make anything wrong can make this wrong.
        return any(condition(scenario) for condition in doubts.values())
    condition = doubts.get(verdict.property)
    return condition is not None and condition(scenario)
