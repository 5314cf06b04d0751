"""`check config`: what is in force for a path, and where each value comes from."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import click
from click.core import ParameterSource

from checker.checking import Check, check
from checker.exits import MISTAKE, PASSED
from checker.settings import SETTINGS, config_of, given_to, naming


@click.pass_context
def _show(ctx: click.Context, /, **values: Any) -> int:
    config = config_of(ctx)
    _check_names(ctx, values)
    rows = list(_rows(ctx))
    if values["format_"] == "json":
        settings = [{"name": name, "value": value, "from": origin} for name, value, origin in rows]
        document = {"config": config.file if config else None, "settings": settings}
        click.echo(json.dumps(document, indent=1))
        return PASSED
    width = max(len(name) for name in SETTINGS)
    shown = [(name, _shown(value), origin) for name, value, origin in rows]
    column = min(40, max(len(value) for _, value, _ in shown))
    click.echo(config.file if config else "no .planecheck.yaml here or above")
    for name, value, origin in shown:
        click.echo(f"  {name:<{width}}  {value:<{column}}  {origin}".rstrip())
    return PASSED


def _check_names(ctx: click.Context, values: dict[str, Any]) -> None:
    """Exit where a name is no property's: the manifests are read for those of their Checks, if
    there is one that the program does not have itself."""
    from model.properties import PROPERTIES

    properties, skip = values["properties"], values["skip"]
    if PROPERTIES.keys() >= {*properties, *skip}:
        return
    from model.load import LoadOptions, load

    options = LoadOptions(properties=properties, skip=skip, config=naming(ctx))
    stdin = sys.stdin if "-" in values["paths"] else None
    read = load(values["paths"], property_names=tuple(PROPERTIES), stdin=stdin, options=options)
    at = {place for name in ("properties", "skip") for place in options.at(name)}
    unknown = [found for found in read.diagnostics if found.source in at]
    if unknown:
        click.echo("\n".join(found.render() for found in unknown), err=True)
        ctx.exit(MISTAKE)


def _rows(ctx: click.Context) -> Iterator[tuple[str, Any, str]]:
    """Each setting with its value, as a user would write it, and where that is from."""
    config = config_of(ctx)
    given = given_to(ctx)
    params = {param.name: param for param in check.params}
    for key, name in SETTINGS.items():
        source = ctx.get_parameter_source(name)
        if source is ParameterSource.COMMANDLINE and given.get(name):
            yield key, _plain(given[name]), "command line"
        elif config is not None and key in config.values:
            place = config.places[key]
            yield key, config.values[key], f"{place.file}:{place.line}"
        else:
            yield key, _plain(params[name].get_default(ctx)), "default"


def _plain(value: Any) -> Any:
    """A value as JSON has it; None for click's own mark of no value."""
    if isinstance(value, list | tuple):
        return list(value)
    return value if isinstance(value, bool | int | str) else None


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(value) or "-"
    return "-" if value is None else str(value)


config = Check(
    name="config",
    params=check.params,
    callback=_show,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="Show what `check` with the same arguments takes from the command line, from the "
    ".planecheck.yaml of the first PATH's folder or one above, and what it takes by default.",
)
