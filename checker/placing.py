"""The job `check place`: where the scheduler puts one pod, plugin by plugin."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from checker.exits import MISTAKE, PASSED, UNDECIDED, VIOLATED

if TYPE_CHECKING:
    from counterexamples.render.placement import Placement


@click.command(
    name="place",
    options_metavar="[OPTIONS]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExit codes: 0 a node takes the pod, 1 none does (or not the one asked about), 2"
    "\nwrong input or usage, 3 not decided: what it asks for is not looked at.",
)
@click.argument("paths", metavar="PATH...", nargs=-1, type=click.Path())
@click.option(
    "--pod",
    metavar="NAME",
    required=True,
    help="The pod, or the workload whose next pod is meant: NAME, NAMESPACE/NAME, KIND/NAME or "
    "KIND/NAMESPACE/NAME.",
)
@click.option("--node", metavar="NAME", help="Show this node only.")
@click.option(
    "--nodes",
    metavar="COUNT[xSIZE,...]",
    help="Nodes in place of those in the manifests, such as 5x8cpu,32Gi.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="What to write to standard output.",
)
@click.pass_context
def place(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    pod: str,
    node: str | None,
    nodes: str | None,
    format_: str,
) -> int:
    """Say where kube-scheduler's default profile puts a pod, in the cluster that PATH describes:
    its nodes, and the pods that name one of them.

    For each node: which filters keep the pod off, in the words of the real ones, and the scores of
    the nodes that are feasible. Where none is, the message of the event that the pod gets.
    """
    if not paths:
        raise click.UsageError("give a file or folder of manifests", ctx)
    from checker.terminal import look
    from counterexamples.render.paint import Canvas
    from counterexamples.render.placement import as_json, as_text

    found = _placement(paths, pod, node, nodes)
    if found is None:
        return MISTAKE
    code = PASSED if found.taken else VIOLATED
    if found.unmodelled and (found.taken or found.lenient) and not found.kept:
        code = UNDECIDED
    if format_ == "json":
        from checker import TOOL
        from model import KUBERNETES

        click.echo(json.dumps({"tool": TOOL, "kubernetes": KUBERNETES, **as_json(found, code)}))
        return code
    canvas = Canvas(look(sys.stdout, "auto", "normal", {}))
    as_text(found, canvas)
    click.echo(canvas.text(), nl=False)
    return code


def _placement(
    paths: tuple[str, ...], pod: str, node: str | None, nodes: str | None
) -> Placement | None:
    """What comes of the pod; None if the input is wrong, which is said."""
    from counterexamples.render.paint import safe
    from counterexamples.render.placement import Placement
    from model.api.source import Source
    from model.load.diagnostics import Diagnostic, suggest
    from model.load.placing import ask
    from model.plugins.attempt import Attempt, attempt
    from model.plugins.placing import enough, place
    from model.properties import PROPERTIES

    stdin = sys.stdin if "-" in paths else None
    asked = ask(paths, pod, property_names=tuple(PROPERTIES), size=nodes, stdin=stdin)
    for diagnostic in asked.diagnostics:
        if diagnostic.severity == "error" or asked.question is not None:
            click.echo("\n".join(map(safe, diagnostic.lines())), err=True)
    question = asked.question
    if question is None:
        return None
    snapshot = question.snapshot
    if node is not None and node not in snapshot.by_name:
        hint = suggest(node, snapshot.by_name) or f"there are {', '.join(snapshot.by_name)}"
        wrong = Diagnostic("error", "P303", f"no node `{node}`", Source("--node", 1), hint)
        click.echo("\n".join(map(safe, wrong.lines())), err=True)
        return None
    if question.kept:
        tried = Attempt(place(snapshot, question.pod))
    else:
        tried = attempt(snapshot, question.pod, question.budgets, node or "")
    assumptions = list(question.assumptions)
    if question.uncounted and tried.preemption is not None and tried.preemption.candidates:
        names = ", ".join(question.uncounted)
        assumptions.append(f"budgets without a status allow no disruption: {names}")
    scored, feasible = enough(len(snapshot.nodes)), len(tried.placing.feasible)
    if feasible > scored:
        assumptions.append(
            f"all {feasible} feasible nodes are scored; the real scheduler stops at "
            f"{scored} of them, from where it stopped before"
        )
    return Placement(
        tried,
        tuple(assumptions),
        (*question.unmodelled, *question.lenient),
        question.kept,
        node or "",
        bool(question.lenient),
    )
