"""What to report where two engines contradict each other: one folder with all of it.

Omits: folders that were given as paths; of those, the files that results speak of are kept.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from checker import TOOL
from checker.report import Report, Result
from checker.verdict import Verdict
from model import KUBERNETES
from model.ir.show import show_system


def keep(report: Report, texts: Mapping[str, str]) -> str:
    """Write the folder into the current one and return its name, which is the same for the same
    disagreement. Raises OSError.

    It holds the whole report (JSON), and for each disagreement both verdicts with their traces
    and the system; the input files; versions and the command. `texts` are inputs that cannot be
    read again, by name.
    """
    from counterexamples.render.contract import Look
    from counterexamples.render.json import render

    files: dict[str, str] = {"about.txt": _about(report)}
    for number, result in enumerate(report.conflicts, start=1):
        stem = f"{number}-{result.claim.name}"
        files[f"{stem}.txt"] = _verdicts(result)
        files[f"{stem}.system.txt"] = show_system(result.instance.system)
    files |= {f"input/{name}": text for name, text in _inputs(report, texts)}
    digest = hashlib.sha256("\0".join(files.values()).encode()).hexdigest()[:8]
    folder = Path(f"planecheck-disagreement-{digest}")
    files["report.json"] = render(report, Look())
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    return str(folder)


def _about(report: Report) -> str:
    import platform

    system = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    lines = [f"{TOOL}, models Kubernetes {KUBERNETES}, {system}"]
    lines += [f"{name} {_version(name)}" for name in ("numpy", "scipy", "z3-solver", "python-sat")]
    lines += [report.reproduce(result) for result in report.conflicts]
    return "".join(line + "\n" for line in lines)


def _version(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return "is not installed"


def _verdicts(result: Result) -> str:
    lines = [f"{result.subject} · {result.scenario}: {result.claim.name}"]
    for verdict in result.verdict.conflict:
        lines += ["", *_verdict(verdict)]
    return "".join(line + "\n" for line in lines)


def _verdict(verdict: Verdict) -> Iterator[str]:
    yield f"{verdict.engine} says {verdict.outcome}"
    yield f"  states {verdict.states}, extent {verdict.extent}, reason {verdict.reason!r}"
    yield from (f"  reduced by {reduction}" for reduction in verdict.reductions)
    trace = verdict.trace
    if trace is None:
        return
    yield f"  starts in {list(trace.states[0])}"
    for number, (step, after) in enumerate(zip(trace.steps, trace.states[1:], strict=True), 1):
        yield f"  {number} {step.action!r} {list(step.arguments)} -> {list(after)}"
    yield f"  loop {trace.loop}"


def _inputs(report: Report, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The input files, each as a numbered name and a text; what cannot be read says why."""
    named = {path for path in report.arguments if os.path.isfile(path)} | set(texts)
    for result in report.conflicts:
        sources = [*result.instance.fields.values(), result.instance.scenario.source]
        named |= {source.file for source in sources if os.path.isfile(source.file)}
    for number, name in enumerate(sorted(named), start=1):
        base = "".join(c if c.isalnum() or c in "._-" else "_" for c in os.path.basename(name))
        yield f"{number}-{base}", texts.get(name) or _read(name)


def _read(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"{name}: {error.strerror or error}\n"
