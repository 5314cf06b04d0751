"""What `.planecheck.yaml` says in place of options: the command line wins, then the file, then the
defaults. click keeps this order itself (`Context.default_map`), reads the values as it reads those
of the command line, and knows where each came from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from model.load.config import Config
    from model.load.diagnostics import Report

#: Field of the file to the parameter of the main job that it stands for, in the order of
#: `check config`.
SETTINGS: Mapping[str, str] = {
    "paths": "paths",
    "exclude": "exclude",
    "properties": "properties",
    "skip": "skip",
    "scenarios": "scenarios",
    "nodes": "nodes",
    "strictAssumptions": "strict_assumptions",
    "accept": "accepted",
    "failOn": "fail_on",
    "allowEmpty": "allow_empty",
    "baseline": "baseline",
    "engine": "engine",
    "depth": "depth",
    "timeout": "timeout",
    "patience": "patience",
    "explain": "explain",
    "memory": "max_memory",
}
_CONFIG, _GIVEN = f"{__name__}.config", f"{__name__}.given"


class Mistaken(click.ClickException):
    """The file is wrong; shown as diagnostics with its lines."""

    def __init__(self, report: Report) -> None:
        super().__init__("\n".join(found.render() for found in report.sorted()))

    def show(self, file: IO[Any] | None = None) -> None:  # noqa: ARG002 - click's signature
        click.echo(self.message, err=True)


def config_of(ctx: click.Context) -> Config | None:
    """The file that counts for a command, once its arguments are parsed."""
    found: Config | None = ctx.meta.get(_CONFIG)
    return found


def naming(ctx: click.Context) -> Config | None:
    """The file with the places of those properties that the command line does not give."""
    config = config_of(ctx)
    if config is None:
        return None
    given = given_to(ctx)
    places = config.places.items()
    kept = {path: at for path, at in places if not given.get(SETTINGS[path.partition("[")[0]])}
    return replace(config, places=kept)


def given_to(ctx: click.Context) -> Mapping[str, Any]:
    """What the command line itself gives, by parameter, as it is written there."""
    given: Mapping[str, Any] = ctx.meta[_GIVEN]
    return given


def _written(command: click.Command, ctx: click.Context, args: Sequence[str]) -> dict[str, Any]:
    given, _, _ = command.make_parser(ctx).parse_args(list(args))
    # What is not there is a mark of click's own in some versions.
    plain = (bool, str, list, tuple)
    return {name: value for name, value in given.items() if isinstance(value, plain)}


class Configured(click.Command):
    """A command with the options of the main job, which a file may give as well."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_GIVEN] = {} if ctx.resilient_parsing else _written(self, ctx, args)
        config = None if ctx.resilient_parsing else self._config(ctx)
        if config is None:
            return super().parse_args(ctx, args)
        ctx.meta[_CONFIG] = config
        ctx.default_map = {SETTINGS[key]: value for key, value in config.values.items()}
        try:
            rest = super().parse_args(ctx, args)
        except click.BadParameter as wrong:
            name = wrong.param.name if wrong.param else None
            if name is None or ctx.get_parameter_source(name) is not ParameterSource.DEFAULT_MAP:
                raise
            raise _mistaken(config, name, wrong.message) from None
        # click takes no arguments from a default map.
        ctx.params["paths"] = ctx.params["paths"] or tuple(config.values.get("paths", ()))
        return rest

    def _config(self, ctx: click.Context) -> Config | None:
        """The file, read; None if there is none, or nothing is to be checked."""
        given = given_to(ctx)
        if any(param.is_eager and given.get(param.name or "") for param in self.get_params(ctx)):
            return None
        from model.load import config
        from model.load.diagnostics import Report

        paths = given.get("paths") or ()
        file = given.get("config") or config.find(paths[0] if paths else None)
        if file is None or file == "none":
            return None
        report = Report()
        found = config.read_config(file, report)
        if report.failed:
            raise Mistaken(report)
        return found


def _mistaken(config: Config, parameter: str, message: str) -> Mistaken:
    from model.load.diagnostics import Report

    key = next(key for key, name in SETTINGS.items() if name == parameter)
    report = Report()
    if os.path.isfile(config.file):
        with open(config.file, encoding="utf-8", errors="replace") as file:
            report.texts[config.file] = file.read()
    report.error("P304", f"`{key}`: {message}", config.places[key])
    return Mistaken(report)
