"""The long mode: random scenarios through `check` and the simulator, for a night if you like.

python -m tests.simulator --scenarios 2000 --seed 1
"""

from __future__ import annotations

import time
from collections import Counter

import click

from tests.simulator.compare import compare
from tests.simulator.generator import scenario
from tests.simulator.world import Assumed


@click.command()
@click.option("--scenarios", default=200, show_default=True, help="How many scenarios.")
@click.option("--seed", default=0, show_default=True, help="The first one.")
@click.option("--schedules", default=25, show_default=True, help="Random runs of each.")
@click.option("--strict", is_flag=True, help="Lift what `check` assumes beyond the faults.")
@click.option("--show/--no-show", default=True, help="Print scenarios that disagree, and the run.")
def main(scenarios: int, seed: int, schedules: int, strict: bool, show: bool) -> None:
    """Hold `check` against the simulator."""
    assumed = Assumed(False, False) if strict else Assumed()
    said: Counter[str] = Counter()
    wrong = 0
    began = time.process_time()
    for number in range(seed, seed + scenarios):
        text = scenario(number)
        try:
            found = compare(text, schedules, seed, assumed)
        except ValueError as mistake:
            said["not loaded"] += 1
            click.echo(f"scenario {number}: not loaded: {mistake}")
            continue
        for compared in found:
            said["scenarios"] += 1
            said["undecided runs"] += compared.undecided
            for name, outcome in compared.outcomes().items():
                said[outcome] += 1
                if outcome == "violated" and name not in compared.violated:
                    said["violated, not seen"] += 1
            said["followed"] += compared.followed
            said["but for statuses"] += compared.loosely
            for name, lost in compared.lost.items():
                wrong += 1
                said["lost"] += 1
                click.echo(f"scenario {number}: {name} is called violated, and {lost}")
            for name, log in compared.refuted.items():
                wrong += 1
                said["refuted"] += 1
                click.echo(f"scenario {number}: {name} is called proved, and this run violates it")
                if show:
                    click.echo("  " + "\n  ".join(log[-60:]))
                    click.echo(text)
        if (number + 1 - seed) % 50 == 0:
            click.echo(f"{time.process_time() - began:.0f} s, to {number}: {dict(said)}")
    click.echo(f"{time.process_time() - began:.0f} s: {dict(said)}")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main(prog_name="python -m tests.simulator")
