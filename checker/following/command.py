"""`check cluster-trace`: whether the model admits what a real cluster was recorded doing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from checker.exits import MISTAKE, PASSED, UNDECIDED, VIOLATED
from checker.following import crons, jobs, nodes, replicasets, report, revisions, scope, statuses
from checker.following.follower import Follower
from checker.following.recording import Damaged, Recording, read
from checker.following.stories import Teller
from checker.following.story import Story
from counterexamples.render.paint import safe
from model.api.node import Node


@click.command(name="cluster-trace", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("recording", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-v", "--verbose", is_flag=True, help="Say which writes the model does not read.")
@click.pass_context
def cluster_trace(ctx: click.Context, recording: Path, verbose: bool) -> None:
    """Say whether the model of the control plane admits RECORDING: JSON lines, gzip'd or not, of
    the changes that a watch told, with who made them. Every write has to be a step of the component
    that made it; what a recording does not show, such as caches that lag, is searched for.
    Otherwise the first write that no step explains is shown, with the steps that were possible
    there.

    Exits with 1 if a write is not explained, 2 if the file is damaged or holds no workload, 3 if
    a search ended before it had an answer, or a workload is not followed at all.
    """
    try:
        found = follow(recording, read(recording))
    except Damaged as problem:
        click.echo(f"error: {recording}:{problem.line}: {safe(str(problem))}", err=True)
        ctx.exit(MISTAKE)
    except OSError as problem:
        click.echo(f"error: {recording}: {problem.strerror or problem}", err=True)
        ctx.exit(MISTAKE)
    for line in report.as_text(found, verbose):
        click.echo(safe(line))
    if not (found.admitted or found.open):
        ctx.exit(VIOLATED)
    ctx.exit(UNDECIDED if found.open or found.unfollowed else PASSED)


def tell(own: scope.Own, there: list[Node]) -> Story:
    """The story of a workload. Raises Damaged."""
    return _TELLERS[own.top.kind](own, there).tell(own.begins)


#: What tells the story of a workload, by its kind.
_TELLERS: dict[str, Callable[[scope.Own, list[Node]], Teller]] = {
    "DaemonSet": revisions.DaemonSets,
    "Deployment": replicasets.ReplicaSets,
    "Job": jobs.Jobs,
    "ReplicaSet": replicasets.ReplicaSets,
    "ReplicationController": replicasets.ReplicaSets,
    "StatefulSet": revisions.StatefulSets,
}


def follow(path: Path, recording: Recording) -> report.Found:
    """Everything that is found out about a recording. Raises Damaged."""
    strange = scope.unknown(recording)
    if strange is not None:
        known = ", ".join(sorted(scope.WORKLOADS + scope.OTHERS))
        raise Damaged(
            strange.line,
            f"{strange.subject}: kind {strange.kind} is not known; followed are {known}, and what "
            "Kubernetes has besides is left out",
        )
    there = scope.nodes(recording)
    outcomes = [Follower(tell(own, there)).follow() for own in scope.scopes(recording)]
    aside = scope.aside(recording)
    judged = nodes.judge(recording), statuses.judge(recording), crons.judge(recording)
    found = report.Found(str(path), recording, outcomes, *judged, aside)
    if not (outcomes or found.ruled):
        kinds = ", ".join(scope.WORKLOADS)
        raise Damaged(1, f"nothing here is followed: expected a workload ({kinds})")
    return found
