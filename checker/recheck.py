"""The job `check recheck`: does a certificate prove what it says?

The model is built anew from the manifests, and only what a certificate says is believed of the
search that found it: that is nothing but the lemmas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from checker.exits import MISTAKE, PASSED, UNDECIDED, VIOLATED
from checker.options import DURATION

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
    help="The manifests that it is about; may be repeated. Nothing else is read.",
)
@click.option(
    "--timeout",
    type=DURATION,
    default="5m",
    show_default=True,
    help="Time for all certificates.",
)
@click.pass_context
def recheck(
    ctx: click.Context, *, certificates: tuple[str, ...], inputs: tuple[str, ...], timeout: float
) -> int:
    """Check the proofs that `check --certificates DIR` wrote, without the search for them.

    The model is built anew from the manifests, and every step is shown again to preserve the
    lemmas. A certificate that somebody else wrote chooses nothing that is read.
    """
    if not certificates:
        raise click.UsageError("give a file that `check --certificates DIR` wrote", ctx)
    from checker.rebuild import bounded, standard_input, tell
    from checker.watchdog import Overrun

    codes = []
    texts: dict[str, str] | None = None
    for path in certificates:
        try:
            with bounded(timeout) as budget:
                if texts is None:
                    texts = standard_input() if "-" in inputs else {}
                code, said = _checked(path, inputs, texts, budget)
        except Overrun as overrun:
            code, said = UNDECIDED, (str(overrun),)
        codes.append(code)
        tell(path, _WORDS[code], said, mistake=code == MISTAKE)
    return next(code for code in _ORDER if code in codes)


def _checked(
    path: str, inputs: Sequence[str], texts: Mapping[str, str], budget: Budget
) -> tuple[int, tuple[str, ...]]:
    """The exit code that a certificate deserves, and why."""
    from checker import certificates
    from checker.rebuild import Wanted, Wrong, rebuild
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
        )
        instance = rebuild(wanted, inputs, texts)
        reason = certificate.recheck(proof, instance.system, budget)
    except Wrong as wrong:
        return MISTAKE, wrong.lines
    except (certificates.Unreadable, certificate.Malformed) as wrong:
        return MISTAKE, (str(wrong),)
    except Unanswered as problem:
        return UNDECIDED, (str(problem),)
    if reason is not None:
        other = changed(document.inputs, instance, texts)
        also = " (it was written for other manifests)" if other else ""
        return VIOLATED, (reason + also,)
    count = sum(len(part.lemmas) for part in proof.parts)
    scope = f"for every number of {proof.says}" if proof.says else "for these sizes"
    return PASSED, (
        f"{document.property} of {document.subject}, {document.scenario}: {scope}, "
        f"with {count} lemmas",
    )
