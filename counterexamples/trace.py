"""A trace as a document that others can keep, read and replay: version 1.

`docs/traces.md` describes it, `docs/trace.schema.json` is its schema, `trace_file` reads it and
`trace_replay` holds it against a model. Equal runs give equal documents.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from checker.verdict import left_out
from counterexamples.change import changes
from model import KUBERNETES
from model.inputs import digests, files_of
from model.ir.interpret import Step, holds
from model.ir.show import show_system
from model.ir.system import Property, State, StateFunction, System
from model.ir.trace import Trace
from model.ir.types import Plain, plain
from model.sizes import background

if TYPE_CHECKING:
    from checker.report import Report, Result

FORMAT = "planecheck trace"
VERSION = 1

#: Letters of a file's name before the property's.
_MOST_LETTERS = 100


def documents(report: Report, texts: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The traces of a report's violations, by the name of their file. `texts` are those of inputs
    that cannot be read again. Names depend on subject, scenario and property alone; a number tells
    those apart that would be the same."""
    found: dict[str, dict[str, Any]] = {}
    for result in violations(report):
        words = f"{result.subject} {result.scenario}".lower()
        stem = re.sub(r"[^a-z0-9.]+", "-", words)[:_MOST_LETTERS].strip("-.")
        name, number = f"{stem}.{result.claim.name}", 1
        while f"{name}.trace.json" in found:
            number += 1
            name = f"{stem}.{result.claim.name}-{number}"
        found[f"{name}.trace.json"] = document(report, result, texts)
    return found


def violations(report: Report) -> list[Result]:
    """The results that are violated by a run."""
    return [r for r in report.results if r.verdict.outcome == "violated" and r.verdict.trace]


def _sizes(result: Result) -> str | None:
    """What tells the instance from that of the scenario as it is."""
    if result.whole:
        return result.scenario
    scenario = result.instance.scenario
    return background.says(scenario) if scenario.background else None


def document(report: Report, result: Result, texts: Mapping[str, str]) -> dict[str, Any]:
    """The trace of one violation."""
    from checker import TOOL

    system, claim, trace = result.instance.system, result.claim, result.verdict.trace
    assert trace is not None
    return {
        "format": FORMAT,
        "version": VERSION,
        "tool": TOOL,
        "kubernetes": KUBERNETES,
        "model": fingerprint(system, claim),
        "property": {"name": claim.name, "kind": claim.kind, "says": claim.text},
        "subject": result.subject,
        "scenario": (result.whole or result.instance).scenario.name,
        "sizes": _sizes(result),
        "prompt": bool(result.instance.scenario.prompt),
        "command": {
            "arguments": list(report.arguments),
            "paths": list(report.paths),
            "nodes": report.nodes,
            "properties": list(report.selected),
            "engine": result.verdict.engine,
            "seed": report.seed,
        },
        "inputs": digests(files_of(result.instance), texts),
        "leavingOut": list(left_out(result.verdict)),
        "configuration": dict(result.instance.configuration(trace.states[0])),
        "initial": values(system, trace.states[0]),
        "steps": [
            _step(system, index, step, *trace.states[index - 1 : index + 1])
            for index, step in enumerate(trace.steps, start=1)
        ],
        "loop": trace.loop,
        "truth": truth(system, claim, trace),
    }


def fingerprint(system: System, prop: Property) -> str:
    """A hash of everything that a replay depends on: of the system and the property."""
    return hashlib.sha256(show_system(replace(system, properties=(prop,))).encode()).hexdigest()


def truth(system: System, prop: Property, trace: Trace) -> dict[str, list[bool]]:
    """Whether each state of a trace satisfies the formulas of a property: p, and q where there is
    one."""
    formulas = {"p": prop.p, "q": prop.q} if prop.kind == "leads to" else {"p": prop.p}
    return {
        name: [holds(system, formula, state) for state in trace.states]
        for name, formula in formulas.items()
    }


def values(system: System, state: State) -> dict[str, Any]:
    """A state by the names of its functions: a value, or one for each element of the domain."""
    return {
        function.name: _nested(
            function,
            state[system.offsets[function] : system.offsets[function] + function.size],
            0,
        )
        for function in system.functions
    }


def _nested(function: StateFunction, cells: State, place: int) -> Any:
    if place == len(function.domain):
        return plain(function.type, cells[0])
    elements = function.domain[place].elements
    size = len(cells) // len(elements) if elements else 0
    return {
        name: _nested(function, cells[index * size : (index + 1) * size], place + 1)
        for index, name in enumerate(elements)
    }


def changed(system: System, before: State, after: State) -> list[dict[str, Plain]]:
    """The values that differ and that a reader should see, by object and field path."""
    return [
        {**change.label._asdict(), "old": change.old, "new": change.new}
        for change in changes(system, before, after)
    ]


def _step(system: System, index: int, step: Step, before: State, after: State) -> dict[str, Any]:
    return {
        "index": index,
        "actor": step.action.actor,
        "action": step.action.name,
        "params": step.names,
        "text": str(step),
        "why": step.why,
        "changes": changed(system, before, after),
    }
