"""Traces in Apalache's Informal Trace Format, which its viewers and libraries read.

One document for each violation, one a line: with one violation the output is an ITF file as it
stands, and each line is one in any case. Nothing is violated, nothing is written.

Every state function is a variable; one with a domain is a map from elements (from tuples of them,
where it has several arguments). Integers are `#bigint`, elements and values of enumerations are
strings, an element that is absent is "(none)", which no element is called. `loop` is the state that
the last state equals: reading the run on from either gives the same.

Source: apalache-mc/apalache `docs/src/adr/015adr-trace.md`.
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

from counterexamples.render.contract import Look
from counterexamples.trace import violations
from model.ir.system import State, StateFunction, System
from model.ir.types import Type, plain

if TYPE_CHECKING:
    from checker.report import Report, Result

NOTHING = "(none)"


def render(report: Report, look: Look) -> str:  # noqa: ARG001 - machines need no look
    """See `contract.Renderer`."""
    return "".join(f"{json.dumps(document(each))}\n" for each in violations(report))


def document(result: Result) -> dict[str, Any]:
    """The trace of one violation as an ITF trace object."""
    from checker import TOOL

    system, trace = result.instance.system, result.verdict.trace
    assert trace is not None
    meta: dict[str, Any] = {
        "format": "ITF",
        "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
        "source": result.instance.scenario.source.file,
        "description": f"Written by {TOOL}",
        "property": result.claim.name,
        "subject": result.subject,
        "scenario": result.scenario,
    }
    told: list[dict[str, Any]] = [{"index": 0}]
    for index, step in enumerate(trace.steps, start=1):
        taken = {"actor": step.action.actor, "action": step.action.name, "text": str(step)}
        told.append({"index": index, **taken, "params": step.names})
    states = [
        {"#meta": about, **_variables(system, state)}
        for about, state in zip(told, trace.states, strict=True)
    ]
    loop = {} if trace.loop is None else {"loop": trace.loop}
    names = [function.name for function in system.functions]
    return {"#meta": meta, "params": [], "vars": names, "states": states, **loop}


def _variables(system: System, state: State) -> dict[str, Any]:
    return {function.name: _variable(system, function, state) for function in system.functions}


def _variable(system: System, function: StateFunction, state: State) -> Any:
    first = system.offsets[function]
    if not function.domain:
        return _expression(function.type, state[first])
    elements = product(*(sort.elements for sort in function.domain))
    cells = state[first : first + function.size]
    return {
        "#map": [
            [names[0] if len(names) == 1 else {"#tup": list(names)}, _expression(function.type, v)]
            for names, v in zip(elements, cells, strict=True)
        ]
    }


def _expression(type: Type, value: int) -> Any:
    shown = plain(type, value)
    if isinstance(shown, bool | str):
        return shown
    return NOTHING if shown is None else {"#bigint": str(shown)}
