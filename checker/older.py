"""The option `--from`, for every command that reads manifests."""

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
