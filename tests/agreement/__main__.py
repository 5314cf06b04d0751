"""The long mode: random systems until something contradicts something, or time is up.

python -m tests.agreement --minutes 480 --seed 1
"""

from __future__ import annotations

import re
import time
from collections import Counter

import click

from model.ir.system import System
from tests.agreement.cases import asked, found_wrong, system_of, truth_about, truth_of
from tests.agreement.engines import CONFIGURATIONS
from tests.agreement.shrink import shrink
from tests.agreement.source import source
from tests.agreement.truth import Truth

#: Cases between two lines of progress.
LINE = 500


@click.command()
@click.option("--minutes", default=10.0, show_default=True, help="How long to go on.")
@click.option("--seed", default=0, show_default=True, help="The first case.")
@click.option("--cases", default=None, type=int, help="How many cases at most.")
@click.option("--engine", "names", multiple=True, help="Only this configuration; repeatable.")
@click.option("--go-on", is_flag=True, help="Do not stop at the first contradiction.")
def main(minutes: float, seed: int, cases: int | None, names: tuple[str, ...], go_on: bool) -> None:
    """Compare every engine with the interpreter on random small systems."""
    if unknown := set(names) - set(CONFIGURATIONS):
        known = ", ".join(CONFIGURATIONS)
        raise click.UsageError(f"no configuration {sorted(unknown)[0]!r}; there are: {known}")
    began, seen, spent = time.monotonic(), Counter[str](), dict.fromkeys(CONFIGURATIONS, 0.0)
    wrong = 0
    number = seed
    try:
        while time.monotonic() - began < 60 * minutes and (cases is None or number < seed + cases):
            truth = truth_of(number)
            if truth is not None:
                seen["systems" if isinstance(truth, Truth) else "faulty"] += 1
                for name in names or asked(number):
                    before = time.process_time()
                    complaint = found_wrong(name, truth, number)
                    seen[name] += 1
                    spent[name] += time.process_time() - before
                    if complaint is not None:
                        wrong += 1
                        click.echo(f"case {number} ({system_of(number).name}): {name}: {complaint}")
                        if not go_on:
                            _show(number, name, complaint)
                            raise SystemExit(1)
            number += 1
            if (number - seed) % LINE == 0:
                click.echo(f"{time.monotonic() - began:6.0f} s, case {number}: {_told(seen)}")
    except KeyboardInterrupt:
        click.echo("interrupted")
    each = ", ".join(
        f"{name} {1000 * spent[name] / seen[name]:.0f} ms" for name in spent if seen[name]
    )
    click.echo(f"cases {seed} to {number - 1}: {_told(seen)}; {each}")
    raise SystemExit(1 if wrong else 0)


def _show(number: int, name: str, complaint: str) -> None:
    """Print the smallest system with the same trouble, ready for tests/agreement/pinned.py."""

    def wrong(system: System) -> bool:
        truth = truth_about(system)
        found = None if truth is None else found_wrong(name, truth, number)
        return found is not None and _kind(found) == _kind(complaint)

    click.echo("shrinking …", err=True)
    small = shrink(system_of(number), wrong)
    truth = truth_about(small)
    again = None if truth is None else found_wrong(name, truth, number)
    click.echo(f"\n# {name}: {again or complaint}\n{source(small, f'case_{number}')}")


def _kind(complaint: str) -> str:
    """A complaint without what differs between systems."""
    return re.sub(r"\d+|\[.*?\]|'.*?'|None", "", complaint)


def _told(seen: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in seen.items())


if __name__ == "__main__":
    main(prog_name="python -m tests.agreement")
