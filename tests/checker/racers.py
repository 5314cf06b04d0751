"""Engines for child processes: each does one thing that an engine may do there."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

from checker.budget import Budget
from checker.engines import ENGINES
from checker.verdict import Extent, Outcome, Verdict
from model.ir.interpret import holds, steps
from model.ir.system import Property, System
from model.ir.trace import replay

#: MiB that a growing racer takes in the end.
MOST = 1500

WORKERS = ("explicit", "induction", "swarm", "bmc")


class Racer:
    """Answers nothing, at once."""

    name = "racer"

    def refuses(self, system: System, prop: Property) -> str | None:
        return None

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        return self.all("unknown", properties)

    def all(
        self, outcome: Outcome, properties: Sequence[Property], reason: str = "", depth: int = -1
    ) -> tuple[Verdict, ...]:
        extent = None if depth < 0 else Extent(depth)
        return tuple(
            Verdict(p.name, outcome, self.name, 0.0, reason=reason, extent=extent)
            for p in properties
        )


class Refusing(Racer):
    """Cannot answer anything."""

    def refuses(self, system: System, prop: Property) -> str | None:
        return "cannot"


class Proving(Racer):
    """Proves everything, true or not."""

    name = "proving"

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        return self.all("proved", properties)


class Looking(Racer):
    """Looks on until it is told to stop, and then knows that all holds up to seven steps, or to
    nine if that was more than a quick look."""

    name = "looking"

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        if budget.work is not None and not budget.work_off():
            return self.all("holds", properties, "the work is done", 7)
        while budget.exhausted() is None:
            budget.progress("looking on")
            time.sleep(0.005)
        return self.all("holds", properties, f"{budget.exhausted()}", 9)


class Telling(Looking):
    """The same, and tells the number of its process on standard error."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        os.write(2, b"%d\n" % os.getpid())
        return super().check(system, properties, budget)


class Early(Looking):
    """Proves the first property at once and then looks on for ever."""

    name = "early"

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        budget.answer(self.all("proved", properties)[0])
        return super().check(system, properties, budget)


class Deaf(Racer):
    """Never looks at its budget, and heeds no signal that can be caught."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        os.write(2, b"%d\n" % os.getpid())
        while True:
            time.sleep(0.005)


class Finding(Racer):
    """Finds the violation of `surge-bounded` that the hand-made cluster has."""

    name = "finding"

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        found = []
        for prop in properties:
            state, path = system.initial[0], []
            while prop.name == "surge-bounded" and holds(system, prop.p, state):
                step, state = next(
                    (
                        (s, after)
                        for s, after in steps(system, state)
                        if s.action.name == "start pod"
                    ),
                    next(steps(system, state)),
                )
                path.append(step)
            if path:
                trace = replay(system, tuple(path), system.initial[0], None)
                found.append(Verdict(prop.name, "violated", self.name, 0.0, trace=trace))
            else:
                found += self.all("unknown", [prop])
        return tuple(found)


class Dying(Racer):
    """Is killed, as by the kernel where memory is short."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


class Buggy(Racer):
    """Has a bug."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        raise KeyError("a bug of this engine")


class Uninstalled(Racer):
    """Needs what is not there."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        raise ImportError("no such solver")


class Hungry(Racer):
    """Wants more memory than there is, and is told so."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        raise MemoryError


class Growing(Racer):
    """Takes ever more memory until it is told to stop."""

    name = "growing"
    heeds = True

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        hoard = []
        # What it would take in the end is bounded, lest a broken test takes the whole machine.
        for size in range(MOST):
            if self.heeds and budget.cancelled:
                break
            hoard.append(b"x" * (1 << 20))
            budget.progress(f"{size} blocks")
            time.sleep(0.02)
        return self.all("holds", properties, budget.cancelled, depth=len(hoard))


class Hoarding(Growing):
    """The same, but it does not listen."""

    heeds = False


def install(table: dict[str, str], **workers: type[Racer]) -> None:
    """Have the workers be these racers, and all others refuse."""
    for worker in WORKERS:
        table[worker] = f"tests.checker.racers:{workers.get(worker, Refusing).__name__}"


def main(arguments: Sequence[str]) -> int:
    """The command line over the hand-made cluster: `WORKER=RACER … -- ARGUMENTS`."""
    import model.cluster
    from checker.cli import run
    from tests.checker import fakes

    split = arguments.index("--")
    model.cluster.parts = fakes.parts
    pairs = dict(word.split("=") for word in arguments[:split])
    install(ENGINES, **{worker: globals()[name] for worker, name in pairs.items()})
    return run(arguments[split + 1 :])
