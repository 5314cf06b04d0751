"""The job `check recheck`: does a certificate prove what it says?

The model is built anew from the manifests, and only what a certificate says is believed of the
search that found it: that is nothing but the lemmas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from checker.exits import MISTAKE, PASSED, UNDECIDED, VIOLATED
from checker.options import parse_duration

if TYPE_CHECKING:
    from checker.budget import Budget

#: The worst first: what several certificates together come to.
_ORDER = (MISTAKE, VIOLATED, UNDECIDED, PASSED)

_WORDS = {
    PASSED: "valid",
    VIOLATED: "refused",
    UNDECIDED: "not decided",
    MISTAKE: "cannot be checked",
}


def _duration(ctx: click.Context, param: click.Parameter, value: str) -> float:
    try:
        return parse_duration(value)
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), ctx, param) from None


@click.command(
    name="recheck",
    options_metavar="[OPTIONS]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExit codes: 0 all are valid, 1 one does not prove what it says of these manifests,"
    "\n2 wrong input or usage, 3 not decided in time.",
)
@click.argument("certificates", metavar="CERTIFICATE...", nargs=-1, type=click.Path())
@click.option(
    "--input",
    "inputs",
    metavar="PATH",
    multiple=True,
    type=click.Path(allow_dash=True),
    help="Manifests in place of those that the certificate names; may be repeated.",
)
@click.option(
    "--timeout",
    metavar="TIME",
    callback=_duration,
    default="5m",
    show_default=True,
    help="Time for all certificates.",
)
@click.pass_context
def recheck(
    ctx: click.Context, *, certificates: tuple[str, ...], inputs: tuple[str, ...], timeout: float
) -> int:
    """Check the proofs that `check --certificates DIR` wrote, without the search for them.

    The model is built anew from the manifests that the certificate names (from where it was
    written: paths are as they were given), and every step is shown again to preserve its lemmas.
    """
    if not certificates:
        raise click.UsageError("give a file that `check --certificates DIR` wrote", ctx)
    from checker.budget import Budget
    from checker.rebuild import standard_input
    from checker.terminal import interruptible

    budget = Budget(timeout)
    codes = []
    texts = standard_input() if "-" in inputs else {}
    with interruptible(budget):
        for path in certificates:
            code, said = _checked(path, inputs, texts, budget)
            codes.append(code)
            click.echo(f"{path}: {_WORDS[code]}: {said}", err=code == MISTAKE)
    return next(code for code in _ORDER if code in codes)


def _checked(
    path: str, inputs: Sequence[str], texts: Mapping[str, str], budget: Budget
) -> tuple[int, str]:
    """The exit code that a certificate deserves, and why."""
    from checker import certificates
    from checker.rebuild import Wanted, Wrong, rebuild
    from checker.smt import certificate
    from checker.smt.solver import Unanswered

    try:
        document = certificates.read(path)
        proof = certificate.parse(document.property, document.proof)
        wanted = Wanted(
            document.property,
            document.subject,
            document.scenario,
            document.paths,
            document.nodes,
            (document.property,),
        )
        instance = rebuild(wanted, inputs, texts)
        reason = certificate.recheck(proof, instance.system, budget)
    except (certificates.Unreadable, certificate.Malformed, Wrong) as wrong:
        return MISTAKE, str(wrong)
    except Unanswered as problem:
        return UNDECIDED, str(problem)
    if reason is not None:
        other = [] if inputs else certificates.changed(document, texts)
        also = f" ({', '.join(other)} changed since it was written)" if other else ""
        return VIOLATED, reason + also
    count = sum(len(part.lemmas) for part in proof.parts)
    scope = f"for every number of {proof.says}" if proof.says else "for these sizes"
    return PASSED, (
        f"{document.property} of {document.subject}, {document.scenario}: {scope}, "
        f"with {count} lemmas"
    )
