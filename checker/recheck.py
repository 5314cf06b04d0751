"""The job `check recheck`: does a certificate prove what it says?

The model is built anew from the manifests, and only what a certificate says is believed of the
search that found it: that is nothing but the lemmas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from checker import older
from checker.allowing import Allowing, allow_omitted
from checker.exits import MISTAKE, PASSED, UNDECIDED, VIOLATED, worst
from checker.options import DURATION

if TYPE_CHECKING:
    from checker.budget import Budget
    from checker.rebuild import Given

_WORDS = {
    PASSED: "valid",
    VIOLATED: "refused",
    UNDECIDED: "not decided",
    MISTAKE: "cannot be checked",
}


@click.command(
    name="recheck",
    options_metavar="[OPTIONS]",
    cls=Allowing,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExit codes: 0 all are valid, 1 one does not prove what it says of these manifests,"
    "\n2 wrong input or usage, 3 not decided: not in time, or the model leaves out what"
    "\nmatters to it.",
)
@click.argument("certificates", metavar="CERTIFICATE...", nargs=-1, type=click.Path())
@older.inputs
@older.older
@older.invariants
@allow_omitted
@click.option(
    "--timeout",
    type=DURATION,
    default="5m",
    show_default=True,
    help="Time for all certificates.",
)
@click.pass_context
def recheck(
    ctx: click.Context,
    *,
    certificates: tuple[str, ...],
    inputs: tuple[str, ...],
    before: tuple[str, ...],
    invariants: tuple[str, ...],
    accepted: tuple[str, ...],
    timeout: float,
) -> int:
    """Check the proofs that `check --certificates DIR` wrote, without the search for them.

    The model is built anew from the manifests, and every step is shown again to preserve the
    lemmas. A certificate that somebody else wrote chooses nothing that is read.
    """
    if not certificates:
        raise click.UsageError("give a file that `check --certificates DIR` wrote", ctx)
    from checker.rebuild import Given, bounded, tell
    from checker.watchdog import Overrun

    codes = []
    given: Given | None = None
    for path in certificates:
        try:
            with bounded(timeout) as budget:
                given = given or Given.now(inputs, before, accepted, invariants)
                code, said = _checked(path, given, budget)
        except Overrun as overrun:
            code, said = UNDECIDED, (str(overrun),)
        codes.append(code)
        tell(path, _WORDS[code], said, mistake=code == MISTAKE)
    return worst(codes)


def _checked(path: str, given: Given, budget: Budget) -> tuple[int, tuple[str, ...]]:
    """The exit code that a certificate deserves, and why."""
    from checker import certificates
    from checker.rebuild import Wanted, Wrong, judgement, rebuild
    from checker.smt import certificate
    from checker.smt.solver import Unanswered
    from model.inputs import changed

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
            document.leaving_out,
            document.prompt,
        )
        instance = rebuild(wanted, given)
        reason = certificate.recheck(proof, instance.system, budget)
    except Wrong as wrong:
        return MISTAKE, wrong.lines
    except (certificates.Unreadable, certificate.Malformed) as wrong:
        return MISTAKE, (str(wrong),)
    except Unanswered as problem:
        return UNDECIDED, (str(problem),)
    if reason is not None:
        other = changed(document.inputs, instance, given.texts)
        also = " (it was written for other manifests)" if other else ""
        return VIOLATED, (reason + also,)
    count = sum(len(part.lemmas) for part in proof.parts)
    scope = f"for every number of {proof.says}" if proof.says else "for these sizes"
    said = (
        f"{document.property} of {document.subject}, {document.scenario}: {scope}, "
        f"with {count} lemmas"
    )
    stands, how = judgement("proved", wanted, instance.scenario)
    if not stands:
        return UNDECIDED, (f"{said}, in the model, but {how}",)
    return PASSED, (f"{said}, {how}" if how else said,)
