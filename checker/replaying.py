"""The job `check replay`: is a recorded trace still a run of the model, and does it violate?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from checker import older
from checker.allowing import Allowing, allow_omitted
from checker.exits import MISTAKE, PASSED, UNDECIDED, VIOLATED, worst
from checker.options import DURATION

if TYPE_CHECKING:
    from checker.rebuild import Given
    from counterexamples.trace_file import RecordedTrace
    from model.instance import Instance
    from model.ir.system import Property
    from model.ir.trace import Trace

_WORDS = {
    PASSED: "accepted",
    VIOLATED: "rejected",
    UNDECIDED: "not decided",
    MISTAKE: "cannot be replayed",
}


@click.command(
    name="replay",
    options_metavar="[OPTIONS]",
    cls=Allowing,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExit codes: 0 every trace still violates its property, 1 one is no such run of"
    "\nthese manifests, 2 wrong input or usage, 3 not decided: not in time, or the model leaves out"
    "\nwhat matters to it.",
)
@click.argument("traces", metavar="TRACE...", nargs=-1, type=click.Path())
@older.inputs
@older.older
@older.invariants
@allow_omitted
@click.option(
    "--timeout", type=DURATION, default="5m", show_default=True, help="Time for each file."
)
@click.pass_context
def replay(
    ctx: click.Context,
    *,
    traces: tuple[str, ...],
    inputs: tuple[str, ...],
    before: tuple[str, ...],
    invariants: tuple[str, ...],
    accepted: tuple[str, ...],
    timeout: float,
) -> int:
    """Run the traces that `check --traces DIR` wrote again, step by step.

    The model is built anew from the manifests, and its interpreter takes each step. Where it
    cannot, the first such step is named, and what probably changed. A trace that somebody else
    wrote chooses nothing that is read.
    """
    if not traces:
        raise click.UsageError("give a file that `check --traces DIR` wrote", ctx)
    from checker.rebuild import Given, bounded, tell
    from checker.watchdog import Overrun
    from counterexamples.trace_file import Unreadable, read

    codes = []
    given: Given | None = None
    for path in traces:
        answers: list[tuple[int, tuple[str, ...]]] = []
        try:
            with bounded(timeout):
                given = given or Given.now(inputs, before, accepted, invariants)
                for recorded in read(path):
                    answers.append(_replayed(recorded, given))
        except Unreadable as wrong:
            answers = [(MISTAKE, (str(wrong),))]
        except Overrun as overrun:
            answers.append((UNDECIDED, (str(overrun),)))
        for code, said in answers:
            tell(path, _WORDS[code], said, mistake=code == MISTAKE)
            codes.append(code)
    return worst(codes)


def _replayed(recorded: RecordedTrace, given: Given) -> tuple[int, tuple[str, ...]]:
    """The exit code that a trace deserves, and why."""
    from checker.rebuild import Wanted, Wrong, judgement, rebuild
    from counterexamples.trace_replay import Refused, retrace

    wanted = Wanted(
        recorded.property,
        recorded.subject,
        recorded.scenario,
        recorded.paths,
        recorded.nodes,
        recorded.selected,
        recorded.leaving_out,
        recorded.prompt,
        recorded.sizes,
    )
    try:
        instance = rebuild(wanted, given)
    except Wrong as wrong:
        return MISTAKE, wrong.lines
    claim = instance.system.property(recorded.property)
    about = f"{claim.name} of {instance.subject}, {instance.scenario.name}"
    try:
        trace = retrace(instance.system, claim, recorded)
    except Refused as refused:
        cause = _cause(recorded, instance, claim, given.texts)
        return VIOLATED, (f"{about}: {refused}", f"likely cause: {cause}")
    said = f"{about}, is {_ending(claim, trace)}"
    stands, how = judgement(
        "proved" if claim.kind == "reachable" else "violated", wanted, instance.scenario
    )
    if not stands:
        return UNDECIDED, (f"{said}: {how}",)
    return PASSED, (f"{said}, {how}" if how else said,)


def _ending(claim: Property, trace: Trace) -> str:
    """What a trace shows of its property, in words."""
    count = len(trace.steps)
    what = "reached" if claim.kind == "reachable" else "violated"
    after = f"{what} after {count} step{'' if count == 1 else 's'}"
    if trace.loop is None:
        return after
    if trace.loop == count:
        return f"{after}, when nothing more happens"
    return f"{after}, of which the last {count - trace.loop} repeat for ever"


def _cause(
    recorded: RecordedTrace,
    instance: Instance,
    claim: Property,
    texts: Mapping[str, str],
) -> str:
    """Why a trace is no run any more, as far as versions and hashes tell."""
    from checker import TOOL
    from counterexamples.trace import fingerprint
    from model import KUBERNETES
    from model.inputs import changed

    causes = []
    written, now = (recorded.tool, recorded.kubernetes), (TOOL, KUBERNETES)
    if written != now:
        was, this = ("{}, Kubernetes {}".format(*version) for version in (written, now))
        causes.append(f"another version of the model: it was written by {was}, this is {this}")
    same = fingerprint(instance.system, claim) == recorded.model
    if not same and changed(recorded.inputs, instance, texts):
        causes.append("these manifests give another model than those it was written for")
    if causes:
        return "; ".join(causes)
    if same:
        return "the model is the one that it was written for, so the file was altered"
    return "the model changed, though its version did not"
