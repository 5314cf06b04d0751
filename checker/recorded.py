"""`check raft-trace`: whether the model admits what a running etcd-raft recorded of itself."""

from __future__ import annotations

from pathlib import Path

import click

from checker.exits import MISTAKE, PASSED, VIOLATED
from model.etcd.events import Malformed, events
from model.etcd.recording import Explainer, Unexplained


@click.command(name="raft-trace", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("recording", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def raft_trace(ctx: click.Context, recording: Path) -> None:
    """Say whether the model of Raft admits RECORDING, JSON lines that etcd-io/raft writes when it
    is built with its trace logger; otherwise the first event that it cannot explain. Exits with 1
    if there is one."""
    explainer, count = Explainer(), 0
    try:
        with recording.open(encoding="utf-8") as lines:
            for event in events(lines):
                explainer.explain(event)
                count += 1
    except (Malformed, UnicodeDecodeError) as problem:
        click.echo(f"error: {recording}: {problem}", err=True)
        ctx.exit(MISTAKE)
    except Unexplained as problem:
        event = problem.event
        click.echo(
            f"{recording}:{event.line}: member {event.member} cannot {event.name}: {problem}"
        )
        click.echo(f"{count} events before it are admitted")
        ctx.exit(VIOLATED)
    if not count:
        told = 'no events: expected JSON lines with "tag": "trace"'
        click.echo(f"error: {recording}: {told}", err=True)
        ctx.exit(MISTAKE)
    click.echo(f"admitted: {count} events of {explainer.members} members")
    ctx.exit(PASSED)
