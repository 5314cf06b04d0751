"""The job `check replay`: is a recorded trace still a run of the model, and does it violate?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from checker.exits import MISTAKE, PASSED, VIOLATED

if TYPE_CHECKING:
    from counterexamples.trace_file import RecordedTrace
    from model.instance import Instance
    from model.ir.system import Property
    from model.ir.trace import Trace

#: The worst first: what several traces together come to.
_ORDER = (MISTAKE, VIOLATED, PASSED)

_WORDS = {PASSED: "accepted", VIOLATED: "rejected", MISTAKE: "cannot be replayed"}


@click.command(
    name="replay",
    options_metavar="[OPTIONS]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExit codes: 0 every trace still violates its property, 1 one is no such run of"
    "\nthese manifests, 2 wrong input or usage.",
)
@click.argument("traces", metavar="TRACE...", nargs=-1, type=click.Path())
@click.option(
    "--input",
    "inputs",
    metavar="PATH",
    multiple=True,
    type=click.Path(allow_dash=True),
    help="Manifests in place of those that the trace names; may be repeated.",
)
@click.pass_context
def replay(ctx: click.Context, *, traces: tuple[str, ...], inputs: tuple[str, ...]) -> int:
    """Run the traces that `check --traces DIR` wrote again, step by step.

    The model is built anew from the manifests that the trace names (from where it was written:
    paths are as they were given), and its interpreter takes each step. Where it cannot, the first
    such step is named, and what probably changed.
    """
    if not traces:
        raise click.UsageError("give a file that `check --traces DIR` wrote", ctx)
    from checker.rebuild import standard_input
    from counterexamples.render.paint import safe
    from counterexamples.trace_file import Unreadable, read

    texts = standard_input() if "-" in inputs else {}
    codes = []
    for path in traces:
        try:
            recorded = read(path)
        except Unreadable as wrong:
            answers = [(MISTAKE, str(wrong))]
        else:
            answers = [_replayed(each, inputs, texts) for each in recorded]
        for code, said in answers:
            lines = "\n".join(map(safe, said.split("\n")))
            click.echo(f"{safe(path)}: {_WORDS[code]}: {lines}", err=code == MISTAKE)
            codes.append(code)
    return next(code for code in _ORDER if code in codes)


def _replayed(
    recorded: RecordedTrace, inputs: Sequence[str], texts: Mapping[str, str]
) -> tuple[int, str]:
    """The exit code that a trace deserves, and why."""
    from checker.rebuild import Wanted, Wrong, rebuild
    from counterexamples.trace_replay import Refused, retrace

    wanted = Wanted(
        recorded.property,
        recorded.subject,
        recorded.scenario,
        recorded.paths,
        recorded.nodes,
        recorded.selected,
        recorded.sizes,
    )
    try:
        instance = rebuild(wanted, inputs, texts)
    except Wrong as wrong:
        return MISTAKE, str(wrong)
    claim = instance.system.property(recorded.property)
    about = f"{claim.name} of {instance.subject}, {instance.scenario.name}"
    try:
        trace = retrace(instance.system, claim, recorded)
    except Refused as refused:
        cause = _cause(recorded, instance, claim, inputs, texts)
        return VIOLATED, f"{about}: {refused}\n  likely cause: {cause}"
    return PASSED, f"{about}, is {_ending(claim, trace)}"


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
    inputs: Sequence[str],
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
    if inputs:
        if fingerprint(instance.system, claim) != recorded.model:
            causes.append("these manifests give another model than those it was written for")
    elif files := changed(recorded.inputs, texts):
        causes.append(f"the manifests changed since it was written: {', '.join(files)}")
    if not causes and fingerprint(instance.system, claim) == recorded.model:
        causes.append("the model is the one that it was written for, so the file was altered")
    return "; ".join(causes) or "the model changed, though its version did not"
