"""`check raft-trace`: whether the model admits what a running etcd-raft recorded of itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click

from checker.exits import MISTAKE, PASSED, VIOLATED
from counterexamples.render.paint import safe
from model.etcd.events import Malformed, events
from model.etcd.recording import Explainer, Unexplained

#: More is not read.
MOST_LETTERS = 256 << 20


@click.command(name="raft-trace", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("recording", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def raft_trace(ctx: click.Context, recording: Path) -> None:
    """Say whether the model of Raft admits RECORDING, JSON lines that etcd-io/raft writes when it
    is built with its trace logger; otherwise the first event that it cannot explain. Exits with 1
    if there is one."""
    explainer, count = Explainer(), 0
    try:
        with recording.open(encoding="utf-8") as file:
            for event in events(_lines(file)):
                explainer.explain(event)
                count += 1
    except (Malformed, OSError, UnicodeDecodeError) as problem:
        click.echo(f"error: {recording}: {safe(str(problem))}", err=True)
        ctx.exit(MISTAKE)
    except Unexplained as problem:
        event = problem.event
        click.echo(
            f"{recording}:{event.line}: member {event.member} cannot {safe(event.name)}: "
            f"{safe(str(problem))}"
        )
        click.echo(f"{count} events before it are admitted")
        ctx.exit(VIOLATED)
    if not count:
        told = 'no events: expected JSON lines with "tag": "trace"'
        click.echo(f"error: {recording}: {told}", err=True)
        ctx.exit(MISTAKE)
    click.echo(f"admitted: {count} events of {explainer.members} members")
    ctx.exit(PASSED)


def _lines(file: TextIO) -> Iterator[str]:
    """The lines of a file that may have no end. Raises Malformed."""
    size = 0
    while line := file.readline(MOST_LETTERS + 1):
        size += len(line)
        if size > MOST_LETTERS:
            raise Malformed(f"larger than {MOST_LETTERS >> 20} MiB, which no recording here is")
        yield line
