"""The main job, `check PATH...`: its options.

Where the command line does not give one, `.planecheck.yaml` may (`checker.settings`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from checker import TOOL
from checker.allowing import Allowing, allow_omitted
from checker.budget import PATIENCE, Budget
from checker.callbacks import (
    complete_property,
    exclusions,
    no_option,
    print_completion,
    print_list,
)
from checker.engines import ENGINES
from checker.exits import FAIL_ON
from checker.jobs import JOBS
from checker.older import older
from checker.options import DURATION, NEW_FILE, OUTPUT, PAUSE, SIZE
from checker.settings import Configured, naming
from counterexamples.render import RENDERERS
from model import KUBERNETES

if TYPE_CHECKING:
    from checker.exits import FailOn
    from checker.terminal import Color, Detail
    from model.load.folder import Exclusion

#: Seconds and bytes that a run may take where the user says nothing.
DEFAULT_TIMEOUT = "5m"
DEFAULT_PATIENCE = f"{PATIENCE:g}s"
DEFAULT_EXPLAIN = "4s"
DEFAULT_MEMORY = "4GiB"

_SECTIONS = {
    "What to check": (
        "properties",
        "invariants",
        "skip",
        "scenarios",
        "exclude",
        "before",
        "nodes",
        "strict_assumptions",
        "fail_on",
        "allow_empty",
        "config",
        "list_properties",
    ),
    "Accepted": ("baseline", "new_baseline", "accepted"),
    "How far": ("engine", "depth", "timeout", "patience", "explain", "max_memory", "seed"),
    "Output": ("format_", "outputs", "traces", "certificates", "color", "quiet", "verbose"),
}


class Check(Allowing, Configured):
    """The main job; its help lists options by purpose."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = {
            param.name: row
            for param in self.get_params(ctx)
            if isinstance(param, click.Option) and (row := param.get_help_record(ctx)) is not None
        }
        sections = {**_SECTIONS, "Other": ()}
        listed = {name for names in _SECTIONS.values() for name in names}
        others = tuple(name for name in rows if name not in listed)
        for title, names in sections.items():
            with formatter.section(title):
                formatter.write_dl([rows[name] for name in names or others])
        if JOBS:
            with formatter.section("Other jobs"):
                formatter.write_dl([(name, f"see `check {name} --help`") for name in sorted(JOBS)])


@click.command(
    cls=Check,
    name="check",
    options_metavar="[OPTIONS]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExit codes: 0 all proved, held up to their bounds or suppressed, 1 violated,"
    "\n2 wrong input or usage, 3 something has no answer (time, memory, interrupted), or nothing"
    "\nwas checked, 4 internal error.",
)
@click.argument("paths", metavar="PATH...", nargs=-1, type=click.Path(allow_dash=True))
@click.option(
    "--property",
    "properties",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_property,
    help="Check only this property; may be repeated.",
)
@click.option(
    "--invariant",
    "invariants",
    metavar="CEL",
    multiple=True,
    help="Check only this claim, such as 'pods.size() <= 4', or another form, such as 'never: …' "
    "(docs/invariants.md); may be repeated.",
)
@click.option(
    "--skip",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_property,
    help="Do not check this property; may be repeated.",
)
@click.option(
    "--scenario",
    "scenarios",
    metavar="NAME",
    multiple=True,
    help="Check only this scenario, such as `rollout`; may be repeated.",
)
@click.option(
    "--nodes",
    metavar="N[xSIZES]",
    help="Assume this many nodes, such as 5 or 5x8cpu,32Gi, whatever else is given.",
)
@click.option(
    "--exclude",
    metavar="GLOB",
    multiple=True,
    callback=exclusions,
    help="Leave this out of folders, as a .gitignore in them would; may be repeated.",
)
@older
@click.option(
    "--strict-assumptions",
    is_flag=True,
    help="Count what only the assumed number of nodes violates as violated.",
)
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="unknown",
    show_default=True,
    help="Exit with other than 0 for a violation, or also for what has no answer, or never.",
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(),
    expose_value=False,
    help="Read this in place of the .planecheck.yaml found upward from the first PATH; or `none`.",
)
@click.option("-f", "filename", hidden=True, expose_value=False, callback=no_option)
@click.option("--allow-empty", is_flag=True, help="Pass where there is nothing to check.")
@click.option(
    "--list",
    "list_properties",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_list,
    help="List the properties, one a line.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(),
    help="Do not count the violations that this file accepts.",
)
@click.option(
    "--write-baseline",
    "new_baseline",
    type=NEW_FILE,
    help="Write such a file of all violations; reasons in it are kept.",
)
@allow_omitted
@click.option(
    "--engine",
    type=click.Choice(tuple(ENGINES)),
    default="auto",
    show_default=True,
    help="How to search.",
)
@click.option(
    "--depth",
    metavar="STEPS",
    type=click.IntRange(min=1),
    help="Look at runs of at most this many steps.",
)
@click.option(
    "--timeout",
    type=DURATION,
    default=DEFAULT_TIMEOUT,
    show_default=True,
    help="Time for the whole run: 30s, 2m.",
)
@click.option(
    "--patience",
    type=DURATION,
    default=DEFAULT_PATIENCE,
    show_default=True,
    help="Time to look for a proof of what holds at smaller sizes.",
)
@click.option(
    "--explain",
    type=PAUSE,
    default=DEFAULT_EXPLAIN,
    show_default=True,
    help="Processor time to look for what causes violations and fixes them; 0 for none.",
)
@click.option(
    "--max-memory",
    type=SIZE,
    default=DEFAULT_MEMORY,
    show_default=True,
    help="Memory to stop at: 512MiB, 2GiB.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all chance."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(tuple(RENDERERS)),
    default="text",
    show_default=True,
    help="What to write to standard output.",
)
@click.option(
    "--output",
    "outputs",
    type=OUTPUT,
    multiple=True,
    help="Write the report to a file as well; may be repeated.",
)
@click.option(
    "--traces",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Write each violation's trace to this folder; `check replay` runs them again.",
)
@click.option(
    "--certificates",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Write proofs for every size to this folder; `check recheck` checks them again.",
)
@click.option(
    "--color",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    show_default=True,
    help="Colours; auto heeds NO_COLOR and the terminal.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show what went wrong, and the summary.")
@click.option("-v", "--verbose", is_flag=True, help="Show reasons, omissions and idle actions.")
@click.option(
    "--completion",
    type=click.Choice(("bash", "zsh", "fish")),
    is_eager=True,
    expose_value=False,
    callback=print_completion,
    help='Print completion for a shell: eval "$(check --completion bash)".',
)
@click.version_option(
    TOOL, "-V", "--version", message=f"%(version)s, models Kubernetes {KUBERNETES}"
)
@click.pass_context
def check(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    properties: tuple[str, ...],
    invariants: tuple[str, ...],
    skip: tuple[str, ...],
    scenarios: tuple[str, ...],
    nodes: str | None,
    exclude: tuple[Exclusion, ...],
    before: tuple[str, ...],
    strict_assumptions: bool,
    fail_on: FailOn,
    allow_empty: bool,
    baseline: str | None,
    new_baseline: str | None,
    accepted: tuple[str, ...],
    engine: str,
    depth: int | None,
    timeout: float,
    patience: float,
    explain: float,
    max_memory: int,
    seed: int,
    format_: str,
    outputs: tuple[tuple[str, str], ...],
    traces: str | None,
    certificates: str | None,
    color: Color,
    quiet: bool,
    verbose: bool,
) -> int:
    """Check Kubernetes manifests against a model of the control plane.

    A PATH is a file of manifests, a folder of them, a spec (kind Check), or - for standard
    input. Manifests without a spec are checked in everyday scenarios: first apply, rollout,
    drain, node crash, lagging cache.

    \b
    Examples:
      check deployment.yaml
      check --scenario rollout --property rollout-keeps-available deployment.yaml
      helm template ./chart | check -
      check --timeout 2m --output json=report.json k8s/
    """
    if not paths:
        hint = "give a file or folder of manifests, or - for standard input"
        raise click.UsageError(f"{hint}; or list `paths` in a .planecheck.yaml", ctx)
    if paths[0] in ("version", "help") and not os.path.exists(paths[0]):
        raise click.UsageError(f"there is no file `{paths[0]}`: `check --{paths[0]}`?", ctx)
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other", ctx)
    from checker.output import Output, perform
    from checker.run import Options

    budget = Budget(timeout, max_memory, patience=patience)
    options = Options(
        engine=engine,
        properties=properties,
        invariants=invariants,
        skip=skip,
        config=naming(ctx),
        scenarios=scenarios,
        nodes=nodes,
        depth=depth,
        seed=seed,
        explain=explain,
        accepted=accepted,
        baseline=baseline,
        new_baseline=new_baseline,
        exclude=exclude,
        before=before,
        allow_empty=allow_empty,
        fail_on=fail_on,
        strict_assumptions=strict_assumptions,
    )
    detail: Detail = "quiet" if quiet else "verbose" if verbose else "normal"
    output = Output(format_, outputs, color, detail, certificates, traces)
    return perform(paths, options, budget, output)
