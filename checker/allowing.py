"""The option `--allow-omitted`, for every command that judges what the model leaves out."""

from __future__ import annotations

import click


class Allowing(click.Command):
    """A command with the option, which takes a value only behind `=`: a path may follow it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        for index, word in enumerate(args[:end]):
            if word == "--allow-omitted":
                args[index] = f"{word}=all"
        return super().parse_args(ctx, args)


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    from model.omissions import EVERYTHING, OMISSIONS

    return [name for name in (EVERYTHING, *OMISSIONS) if name.startswith(incomplete)]


allow_omitted = click.option(
    "--allow-omitted",
    "accepted",
    metavar="[=NAME]",
    multiple=True,
    shell_complete=_complete,
    help="Take the model's answer where it leaves out this, or anything; may be repeated.",
)
