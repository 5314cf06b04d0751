"""What click calls while it reads the main job's command line: values, lists, help."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from checker.settings import config_of
from counterexamples.render import RENDERERS

if TYPE_CHECKING:
    from model.load.folder import Exclusion

#: A click callback that turns what was written into a number.
_Callback = Callable[[click.Context, click.Parameter, str], float]


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


def parsed(parse: Callable[[str], float]) -> _Callback:
    """A callback that takes an option's value apart and reports what is wrong with it."""

    def callback(ctx: click.Context, param: click.Parameter, value: str) -> float:
        try:
            return parse(value)
        except ValueError as wrong:
            raise click.BadParameter(str(wrong), ctx, param) from None

    return callback


def complete_property(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    from model.properties import PROPERTIES

    return [name for name in PROPERTIES if name.startswith(incomplete)]


def complete_omission(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    from model.omissions import EVERYTHING, OMISSIONS

    return [name for name in (EVERYTHING, *OMISSIONS) if name.startswith(incomplete)]


def outputs(
    ctx: click.Context, param: click.Parameter, values: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """`FORMAT=FILE` as pairs; whether the files can be written is found out before the run."""
    pairs = []
    for value in values:
        name, equals, path = value.partition("=")
        if not equals or not path or name not in RENDERERS:
            raise click.BadParameter(
                f"{value!r}: write FORMAT=FILE with a format of {', '.join(RENDERERS)}", ctx, param
            )
        pairs.append((name, _writable(ctx, param, path)))
    return tuple(pairs)


def _writable(ctx: click.Context, param: click.Parameter, path: str) -> str:
    # A pipe or device is written to; a file is replaced, which takes its folder.
    special = os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)
    target = path if special else os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path) or not os.path.exists(target) or not os.access(target, os.W_OK):
        raise click.BadParameter(f"{path!r} cannot be written", ctx, param)
    return path


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


def new_baseline_file(ctx: click.Context, param: click.Parameter, path: str | None) -> str | None:
    return None if path is None else _writable(ctx, param, path)
