"""`check explain`: what a property says, when it says anything, and where to look if it fails."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from checker.callbacks import complete_property
from checker.exits import MISTAKE, PASSED

if TYPE_CHECKING:
    from model.invariant import Invariant

_PAGE = "docs/properties.md"


@click.command(name="explain", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", metavar="PROPERTY", shell_complete=complete_property)
@click.argument("paths", metavar="[PATH...]", nargs=-1, type=click.Path())
@click.pass_context
def explain(ctx: click.Context, name: str, paths: tuple[str, ...]) -> None:
    """Say what PROPERTY promises, formally too, what has to happen for it to say anything, and
    which fields to look at where it is violated. `check --list` names the properties; those that
    a Check claims itself (spec.invariants) are found in the files of PATH."""
    from checker.terminal import look
    from counterexamples.render.paint import Canvas
    from model.load.diagnostics import suggest
    from model.omissions import OMISSIONS
    from model.pages.properties import MEANING, definition, example, formula
    from model.properties import PROPERTIES

    row = PROPERTIES.get(name)
    if row is None:
        claimed = _claimed(paths) if paths else {}
        if name in claimed:
            click.echo(_said(claimed[name]), nl=False)
            ctx.exit(PASSED)
        hint = suggest(name, (*PROPERTIES, *claimed)) or "`check --list` names them"
        if not paths:
            hint += f"; of a Check's own: `check explain {name} PATH`"
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


def _claimed(paths: tuple[str, ...]) -> dict[str, Invariant]:
    """What the Checks of some paths claim themselves, by name."""
    from model.load import load
    from model.properties import PROPERTIES

    loaded = load(paths, property_names=tuple(PROPERTIES))
    if loaded.plan is None:
        wrong = [found.render() for found in loaded.diagnostics if found.severity == "error"]
        click.echo("\n".join(wrong), err=True)
        raise click.exceptions.Exit(MISTAKE)
    return {each.name: each for made in loaded.plan.scenarios for each in made.invariants}


def _said(claim: Invariant) -> str:
    """What is known of an invariant before it is checked."""
    from checker.terminal import look
    from counterexamples.render.paint import Canvas
    from model.pages.properties import MEANING
    from model.properties.invariants.claims import kind, of, row

    canvas = Canvas(look(sys.stdout, "auto", "normal", {}))
    canvas.line((claim.name, "bold"), (f"  ({row(claim).kind})", "dim"))
    canvas.line((f"The rule: {claim.said}", ""), indent=2, hang=4)
    canvas.line((f"It is claimed in {claim.source.file}:{claim.source.line}.", ""), indent=2)
    canvas.blank()
    canvas.line((f"Formally: `{kind(claim)}`, {MEANING[kind(claim)]}", ""), indent=2)
    told = of(claim).told
    if told:
        canvas.blank()
        said = "it is not exercised otherwise, and the verdict says so"
        canvas.line((f"It says something only if {told}; {said}.", ""), indent=2)
    canvas.blank()
    canvas.line(("docs/invariants.md has the language, and all that there is to read.", "dim"))
    return canvas.text()
