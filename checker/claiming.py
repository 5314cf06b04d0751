"""`check invariants --schema`: what invariants can be about, field by field."""

from __future__ import annotations

import json
import sys

import click

from checker.exits import PASSED

_PAGE = "docs/invariants.md"


@click.command(name="invariants", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--schema", is_flag=True, help="Print every field of the modelled state.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
)
@click.pass_context
def invariants(ctx: click.Context, *, schema: bool, format_: str) -> None:
    """Say what an invariant (`spec.invariants`, `--invariant`) can be about: every field of the
    modelled state that an expression can read, its type, and what it is."""
    if not schema:
        raise click.UsageError(f"give --schema; {_PAGE} says how to write invariants", ctx)
    from model.properties.invariants.objects import rows

    found = list(rows())
    if format_ == "json":
        click.echo(json.dumps([each._asdict() for each in found], indent=1))
        ctx.exit(PASSED)
    from checker.terminal import look
    from counterexamples.render.paint import Canvas

    canvas = Canvas(look(sys.stdout, "auto", "normal", {}))
    for each in found:
        notes = [each.type]
        notes += ["optional: ask with has(…)"] if each.optional else []
        notes += ["not a field of Kubernetes"] if each.ours else []
        canvas.line((each.path, "bold"), (f"  {'; '.join(notes)}", "dim"))
        canvas.line((each.help, ""), indent=4, hang=4)
        reasons: dict[str, list[str]] = {}
        for name, why in each.left_out.items():
            reasons.setdefault(why, []).append(name)
        for why, names in reasons.items():
            canvas.line((f"left out: {', '.join(names)}: {why}", "dim"), indent=4, hang=6)
    canvas.blank()
    said = "Any other field that Kubernetes has is left out, and an error says so."
    canvas.line((said, ""))
    canvas.line((f"{_PAGE} says how to write invariants.", "dim"))
    click.echo(canvas.text(), nl=False)
    ctx.exit(PASSED)
