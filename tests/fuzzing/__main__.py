"""The long mode: `python -m tests.fuzzing [COUNT] [--first NUMBER]`.

What ends with an internal error, a traceback or a signal, hangs, or goes on for more than two
seconds after its time is written to `fuzzing/NUMBER.yaml`, with what was said, and counted. On a
busy machine the seconds are those of the processors.
"""

from __future__ import annotations

import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import click

from tests.fuzzing.mutate import mutated
from tests.fuzzing.run import Outcome, arguments, outcome

#: Options and seconds of runs: such as end by their time, and such as come to a verdict.
LIMITS = (
    (("--patience", "100ms", "--explain", "100ms"), 0.5),
    (("--engine", "explicit", "--depth", "6", "--explain", "200ms"), 6.0),
)
#: Seconds that one may be late.
LATE = 2.0


def limits(number: int) -> tuple[tuple[str, ...], float]:
    """The options that limit a mutation's run, and its seconds."""
    words, seconds = LIMITS[number % len(LIMITS)]
    return (*words, "--timeout", f"{seconds:g}s"), seconds


def wrong(found: Outcome, limit: float) -> str:
    """What is wrong with an outcome, if anything is."""
    if found.code is None:
        return "hangs"
    if found.code not in (0, 1, 2, 3):
        return f"ends with {found.code}"
    if "Traceback" in found.said:
        return "prints a traceback"
    late = min(found.seconds, found.busy) - limit
    return f"is {late:.1f} s late" if late > LATE else ""


@click.command()
@click.argument("count", type=click.IntRange(min=1), default=5000)
@click.option("--first", default=0, show_default=True, help="The number of the first one.")
def main(count: int, first: int) -> None:
    """Check COUNT mutations."""
    for name in (
        "checker.output",
        "counterexamples.diagnosis",
        "model.cluster",
        "model.load.check",
    ):
        import_module(name)  # once, and not in every child
    codes: Counter[int | None] = Counter()
    bad, latest = 0, 0.0
    folder = Path("fuzzing")
    for number in range(first, first + count):
        words, limit = limits(number)
        found = outcome(number, words)
        codes[found.code] += 1
        latest = max(latest, found.seconds - limit)
        why = wrong(found, limit)
        if why:
            bad += 1
            folder.mkdir(exist_ok=True)
            (folder / f"{number}.yaml").write_text(
                mutated(number), encoding="utf-8", errors="surrogatepass"
            )
            (folder / f"{number}.txt").write_text(found.said, encoding="utf-8")
            print(f"{number} {why}: check {' '.join(arguments(number, words))}", flush=True)
        if (number - first) % 250 == 249:
            print(f"{number - first + 1}: {dict(codes)}, {bad} wrong", flush=True)
    passed = sum(codes.values()) - codes[2]
    print(f"{count} mutations, {passed} pass the loader, {bad} wrong; exit codes {dict(codes)}")
    print(f"the latest ended {latest:.1f} s after its time, on the clock")
    sys.exit(1 if bad or 2 * passed < count else 0)


main()
