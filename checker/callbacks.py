"""What click calls while it reads the main job's command line: lists, completion,
what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from checker.settings import config_of

if TYPE_CHECKING:
    from model.load.folder import Exclusion


def print_list(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:  # noqa: ARG001
    if not wanted or ctx.resilient_parsing:
        return
    from model.properties import PROPERTIES

    width = max(map(len, PROPERTIES))
    for name, row in PROPERTIES.items():
        click.echo(f"{name:<{width}}  {row.text}")
    ctx.exit()


def print_completion(ctx: click.Context, param: click.Parameter, shell: str | None) -> None:  # noqa: ARG001
    if shell is None or ctx.resilient_parsing:
        return
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    assert script is not None, shell
    click.echo(script(ctx.command, {}, "check", "_CHECK_COMPLETE").source())
    ctx.exit()


def complete_property(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    from model.properties import PROPERTIES

    return [name for name in PROPERTIES if name.startswith(incomplete)]


def exclusions(
    ctx: click.Context, param: click.Parameter, patterns: tuple[str, ...]
) -> tuple[Exclusion, ...]:
    if not patterns:
        return ()
    from model.load.folder import Exclusion, spec

    try:
        spec(patterns)
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), ctx, param) from None
    from_file = ctx.get_parameter_source("exclude") is ParameterSource.DEFAULT_MAP
    config = config_of(ctx) if from_file else None
    return (Exclusion(tuple(patterns), (config.folder or ".") if config else None),)


def no_option(ctx: click.Context, param: click.Parameter, value: str | None) -> None:  # noqa: ARG001
    """Who comes from kubectl writes `-f`."""
    if value is not None:
        raise click.UsageError(f"paths need no option: `check {value}`", ctx)
