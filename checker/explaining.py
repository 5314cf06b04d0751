"""`check explain`: what a property says, when it says anything, and where to look if it fails."""

from __future__ import annotations

import sys

import click

from checker.callbacks import complete_property
from checker.exits import PASSED

_PAGE = "docs/properties.md"


@click.command(name="explain", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", metavar="PROPERTY", shell_complete=complete_property)
@click.pass_context
def explain(ctx: click.Context, name: str) -> None:
    """Say what PROPERTY promises, formally too, what has to happen for it to say anything, and
    which fields to look at where it is violated. `check --list` names the properties."""
    from checker.terminal import look
    from counterexamples.render.paint import Canvas
    from model.load.diagnostics import suggest
    from model.omissions import OMISSIONS
    from model.pages.properties import MEANING, definition, example, formula
    from model.properties import PROPERTIES

    row = PROPERTIES.get(name)
    if row is None:
        hint = suggest(name, PROPERTIES) or "`check --list` names them"
        raise click.BadParameter(
            f"there is no property {name!r}; {hint}", ctx, param_hint="PROPERTY"
        )
    prop = example(name)
    canvas = Canvas(look(sys.stdout, "auto", "normal", {}))
    canvas.line((name, "bold"), (f"  ({row.kind})", "dim"))
    canvas.line((f"The rule: {row.text}.", ""), indent=2)
    detail = definition(name)
    if detail:
        canvas.line((f"More precisely: {detail}", ""), indent=2)
    canvas.blank()
    canvas.line((f"Formally, for two replicas: `{prop.kind}`, {MEANING[prop.kind]}", ""), indent=2)
    for line in formula(prop).split("\n"):
        canvas.line((line.strip(), "dim"), indent=4, hang=4)
    if prop.occasion:
        canvas.blank()
        said = "it is not exercised otherwise, and the verdict says so"
        canvas.line((f"It says something only if {prop.occasion}; {said}.", ""), indent=2)
    if row.fields:
        canvas.blank()
        canvas.line(("Where it is violated, look first at:", ""), indent=2)
        for field in row.fields:
            canvas.line((f"- {field}", "place"), indent=4)
    doubted = [each for each in OMISSIONS.values() if name in each.falsifies]
    if doubted:
        canvas.blank()
        said = "Where manifests ask for one of these, which are not modelled, it is unknown:"
        canvas.line((said, ""), indent=2)
        for omission in doubted:
            canvas.line((f"- {omission.name}", "place"), (f"  {omission.text}", "dim"), indent=4)
    canvas.blank()
    canvas.line((f"{_PAGE} has all properties, and what fairness they assume.", "dim"), indent=2)
    click.echo(canvas.text(), nl=False)
    ctx.exit(PASSED)
