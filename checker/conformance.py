"""`check conformance`: how many of etcd-io/raft's scripted scenarios agree with the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from checker.exits import MISTAKE, PASSED, VIOLATED
from model.etcd.scenarios import Malformed, Outcome, confchange_outcomes, quorum_outcomes

#: Folders of a checkout with scenarios, and what answers those in them.
FOLDERS: Mapping[str, Callable[[str], Iterator[Outcome]]] = {
    "quorum/testdata": quorum_outcomes,
    "confchange/testdata": confchange_outcomes,
}


@click.command(name="conformance", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("checkout", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_context
def conformance(ctx: click.Context, checkout: Path) -> None:
    """Compare the model's quorums and membership changes with the scripted scenarios in CHECKOUT,
    a checkout of etcd-io/raft. Exits with 1 if any of them differs."""
    files = [
        (path, answer)
        for folder, answer in FOLDERS.items()
        for path in sorted((checkout / folder).glob("*.txt"))
    ]
    if not files:
        wanted = " or ".join(f"{folder}/*.txt" for folder in FOLDERS)
        click.echo(f"error: no {wanted} in {checkout}: expected etcd-io/raft's files", err=True)
        ctx.exit(MISTAKE)
    agreeing = total = 0
    for path, answer in files:
        try:
            outcomes = list(answer(path.read_text(encoding="utf-8")))
        except (Malformed, UnicodeDecodeError) as problem:
            click.echo(f"error: {path}: {problem}", err=True)
            ctx.exit(MISTAKE)
        different = [outcome for outcome in outcomes if not outcome.agrees]
        total += len(outcomes)
        agreeing += len(outcomes) - len(different)
        name = path.relative_to(checkout)
        click.echo(f"{name}: {len(outcomes) - len(different)} of {len(outcomes)} agree")
        for outcome in different:
            click.echo(f"{name}:{outcome.case.line}: expected {outcome.case.expected!r}")
            click.echo(f"{' ' * len(str(name))}  the model says {outcome.found!r}")
    click.echo(f"{agreeing} of {total} scenarios agree")
    ctx.exit(PASSED if agreeing == total else VIOLATED)
