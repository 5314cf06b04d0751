"""Options that name manifests: `--from` of every command that reads them, and `--input` of those
that are given something else."""

from __future__ import annotations

import click

older = click.option(
    "--from",
    "before",
    metavar="PATH",
    multiple=True,
    type=click.Path(),
    help="Rollouts are from these older manifests to the given ones; may be repeated.",
)

inputs = click.option(
    "--input",
    "inputs",
    metavar="PATH",
    multiple=True,
    type=click.Path(allow_dash=True),
    help="The manifests that it is about; may be repeated. Nothing else is read.",
)

#: The invariants of the command line that wrote the file.
invariants = click.option(
    "--invariant",
    "invariants",
    metavar="CEL",
    multiple=True,
    help="What `check --invariant` was given then, in the same order; may be repeated.",
)
