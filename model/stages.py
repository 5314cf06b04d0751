"""How far a user may have come: the stages of a change, and what the workload's object says there.

Everything that the user decides (template, replicas, partition, whether rollouts are paused, which
drain was begun last) is a function of the stage. Stages in which the object says the same and came
to say it in the same way are one value of the state `change`; where that does not tell all stages
apart, `position` does.

What kubectl refuses is no step: undoing or restarting while paused, undoing without a history,
pausing twice. What changes nothing is none either.

Source: kubernetes v1.36.3 `staging/src/k8s.io/kubectl/pkg/polymorphichelpers/` (rollback.go:
deploymentRevision takes the revision before the newest; objectpauser.go, objectresumer.go,
objectrestarter.go).

Omits: revisions that the controller was too slow to notice: an undo takes back what the user did
last, at any moment, as kubectl does once the ReplicaSet is there, or as applying an earlier
manifest does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from model.api.change import Change
from model.api.steps import (
    NODES,
    Apply,
    Delete,
    Drain,
    Load,
    Pause,
    PutLabel,
    Restart,
    Resume,
    Scale,
    SetImage,
    SetPartition,
    Suspend,
    TakeLabel,
    Undo,
)
from model.api.workload import Workload
from model.position import Move, Position, Revision, Stage
from model.scenario import Scenario
from model.words import apart

#: Names of the stages of a rollout that may be taken back.
OLD, NEW, REVERTED = "old", "new", "reverted"
#: More stages are refused: steps in any order have many.
MOST = 100


_TOO_MANY = f"there are more than {MOST} stages: give fewer steps, or one after the other"


@dataclass(frozen=True)
class Stages:
    """All of a change."""

    revisions: tuple[Revision, ...]
    positions: tuple[Position, ...]
    moves: tuple[Move, ...]
    #: Steps that are refused, or do nothing, in whatever order, by their places, and why.
    refused: tuple[tuple[int, str], ...] = ()
    #: What is said of an object that is paused.
    halted: str = "paused"

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What the object says, each once, as it is at the start first."""
        return tuple(dict.fromkeys(position.stage for position in self.positions))

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each of these."""
        found = [_said(stage, self) for stage in self.stages]
        if not self.resizes and len(self.revisions) == 2 and len(found) <= 3:
            known = {"": OLD, "change": NEW, "undo": REVERTED}
            short = [known[stage.by] for stage in self.stages]
            if len(set(short)) == len(short):
                return tuple(short)
        return tuple(apart(found))

    @property
    def resizes(self) -> bool:
        """Whether anything but the template changes in the object."""
        return len({stage._replace(revision=0, by="") for stage in self.stages}) > 1

    @property
    def shrinks(self) -> bool:
        """Whether it is scaled down while another scaling or a rollout may be under way."""
        begun = self._replicas(0)

        def upset(position: int) -> bool:
            return self._replicas(position) != begun or len(self.positions[position].history) > 1

        return any(
            self._replicas(move.target) < self._replicas(move.source) and upset(move.source)
            for move in self.moves
        )

    @property
    def grows(self) -> bool:
        """Whether it is scaled up."""
        return any(self._replicas(m.target) > self._replicas(m.source) for m in self.moves)

    @property
    def lessens(self) -> bool:
        """Whether it is scaled down."""
        return any(self._replicas(m.target) < self._replicas(m.source) for m in self.moves)

    def _replicas(self, position: int) -> int:
        return self.positions[position].stage.replicas

    @property
    def pauses(self) -> bool:
        """Whether it is ever paused."""
        return any(stage.paused for stage in self.stages)

    @property
    def deletes(self) -> bool:
        """Whether it is ever deleted."""
        return any(stage.deletion for stage in self.stages)

    @property
    def holds_back(self) -> bool:
        """Whether the template changes while it is paused."""
        return any(
            each.stage.paused and each.stage.revision not in each.history for each in self.positions
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of replicas that it ever has, ascending."""
        return tuple(sorted({stage.replicas for stage in self.stages}))

    @property
    def partitions(self) -> tuple[int | None, ...]:
        """A StatefulSet's partitions, that of the start first."""
        return tuple(dict.fromkeys(stage.partition for stage in self.stages))

    @property
    def ambiguous(self) -> bool:
        """Whether the object alone does not tell how far the user has come."""
        said = {position.stage for position in self.positions}
        return len(said) < len(self.positions)

    def by_step(self, step: int) -> list[Move]:
        """The moves that are a certain step."""
        return [move for move in self.moves if move.step == step and move.scaler < 0]

    def rescales(self, scaler: int) -> list[Move]:
        """The moves that an autoscaler makes."""
        return [move for move in self.moves if move.scaler == scaler]

    def place(self, position: int) -> int:
        """Which of the stages a position has."""
        return self.stages.index(self.positions[position].stage)


def stages(scenario: Scenario) -> Stages:
    """The stages of a scenario's change."""
    return stages_for(scenario.change, scenario.versions[0])


def sizes(scenario: Scenario) -> tuple[int, ...]:
    """The numbers of replicas that the workload ever has, ascending."""
    if not scenario.change.scales:
        return (scenario.workload.replicas,)
    return stages(scenario).sizes


def stages_for(change: Change, workload: Workload) -> Stages:
    """The stages of a change of a workload that is as it is at the start."""
    stateful, images = workload.stateful, workload.template.images
    partition = None if stateful is None else stateful.partition
    return stages_of(change, images[0] if images else "", workload.replicas, partition)


@lru_cache(maxsize=256)
def stages_of(change: Change, image: str, replicas: int, partition: int | None = None) -> Stages:
    """Those of a change of a workload with an image, a number of replicas and a partition."""
    return _Search(change, Stage(0, replicas, partition=partition), image).found()


class _Search:
    """Follows every order of the steps that there may be."""

    def __init__(self, change: Change, begins: Stage, image: str) -> None:
        self.change, self.steps = change, change.steps
        self.revisions = [Revision(image)]
        self.halted = "suspended" if change.has(Suspend) else "paused"
        self.start = Position(frozenset(), begins, kept=begins.partition or 0)
        if change.autoscalers:
            size = begins.replicas
            self.start = replace(self.start, load=size, peak=size)
        #: Why each step did not go, where it did not.
        self.reasons: dict[int, str] = {}

    def found(self) -> Stages:
        positions = {self.start: 0}
        moves: list[Move] = []
        todo = [self.start]
        for position in todo:
            for number, scaler, after in (*self._steps(position), *self._rescaled(position)):
                if after not in positions:
                    if len(positions) >= MOST:
                        return Stages((), (), (), ((max(number, 0), _TOO_MANY),))
                    positions[after] = len(positions)
                    todo.append(after)
                moves.append(Move(number, positions[position], positions[after], scaler))
        taken = {move.step for move in moves}
        refused = [(number, why) for number, why in self.reasons.items() if number not in taken]
        return Stages(
            tuple(self.revisions), tuple(positions), tuple(moves), tuple(refused), self.halted
        )

    def _steps(self, position: Position) -> Iterator[tuple[int, int, Position]]:
        """The steps that the user may take next, and where each leads."""
        for number in self._next(position):
            after = self._taken(position, number)
            if isinstance(after, str):
                self.reasons.setdefault(number, after)
            else:
                yield number, -1, after

    def _rescaled(self, position: Position) -> Iterator[tuple[int, int, Position]]:
        """What autoscalers may do next."""
        here = position.load, position.stage.replicas
        for each in self.change.rescales:
            if (each.load, each.current) == here and not position.stage.deletion:
                scaler = self.change.autoscalers.index(each.autoscaler)
                yield (
                    -1,
                    scaler,
                    replace(
                        position,
                        stage=position.stage._replace(replicas=each.replicas),
                        peak=max(position.peak, each.replicas),
                        scaler=scaler,
                        overruled=position.overruled or position.scaler not in (-1, scaler),
                    ),
                )

    def _next(self, position: Position) -> Iterator[int]:
        if self.change.any_order:
            yield from (i for i in range(len(self.steps)) if i not in position.taken)
        elif len(position.taken) < len(self.steps):
            yield len(position.taken)

    def _taken(self, position: Position, number: int) -> Position | str:
        """The position after a step; why kubectl refuses it, or what it does nothing to."""
        after = self._said(position, number)
        if isinstance(after, str):
            return after
        if isinstance(self.steps[number], Drain):
            after = replace(after, drain=number)
        kept = after.stage.partition or 0
        if len(position.history) > 1 or position.stage.revision:
            kept = min(kept, position.kept)
        if self.change.autoscalers:
            before, size = position.stage.replicas, after.stage.replicas
            # Who scales to 0 switches autoscalers off, and on again by scaling up.
            overruled = position.scaler >= 0 and before != size and min(before, size) > 0
            after = replace(
                after,
                peak=max(position.peak, size),
                overruled=position.overruled or overruled,
            )
        return replace(after, taken=position.taken | {number}, kept=kept)

    def _said(self, position: Position, number: int) -> Position | str:
        step, stage = self.steps[number], position.stage
        if stage.deletion and not isinstance(step, NODES):
            return "it is deleted by then"
        here = self.revisions[stage.revision]
        match step:
            case SetImage():
                if step.image == here.image and step.image:
                    return f"`{step.image}` is the image that it has already"
                becomes = Revision(step.image, here.restart, step.becomes_ready, here.later)
                return self._changed(position, becomes)
            case Apply():
                return self._applied(position, step)
            case Restart():
                if stage.paused:
                    return "kubectl refuses to restart while rollouts are paused"
                again = Revision(here.image, number + 1, step.becomes_ready, here.later)
                return self._changed(position, again)
            case Undo():
                return self._undone(position, step)
            case Scale():
                if step.replicas == stage.replicas:
                    return f"it has {step.replicas} replicas already"
                return replace(position, stage=stage._replace(replicas=step.replicas))
            case Load():
                if not self.change.autoscalers:
                    return "no HorizontalPodAutoscaler has the workload as its target"
                if step.pods == position.load:
                    return f"the load is that of {step.pods} pods already"
                return replace(position, load=step.pods)
            case SetPartition():
                if step.partition == stage.partition:
                    return f"its partition is {step.partition} already"
                return replace(position, stage=stage._replace(partition=step.partition))
            case Pause() | Suspend():
                if stage.paused:
                    return f"it is {self.halted} already"
                return replace(position, stage=stage._replace(paused=True))
            case Resume():
                if not stage.paused:
                    return f"it is not {self.halted}"
                return replace(position, stage=stage._replace(paused=False)).recorded()
            case Delete():
                return replace(position, stage=stage._replace(by="", deletion=step.propagation))
            case PutLabel():
                return _relabelled(position, step, step.value)
            case TakeLabel():
                return _relabelled(position, step, None)
        return position

    def _applied(self, position: Position, step: Apply) -> Position | str:
        here, stage = self.revisions[position.stage.revision], position.stage
        if (step.image, step.replicas) == (here.image, stage.replicas) and not step.whole:
            return f"it has `{step.image}` and {step.replicas} replicas already"
        scaled = position
        if step.replicas is not None:
            scaled = replace(position, stage=stage._replace(replicas=step.replicas))
        later = here.later or step.whole
        same = step.same_template if step.whole else step.image == here.image and step.image
        if step.whole and scaled.stage == stage and self._is_there(position, step):
            return "it is as that version says already"
        if same and not step.whole:
            return scaled
        if same:
            first = self.revisions[0]
            kept = first._replace(restart=here.restart)
            return scaled if kept == here else self._changed(scaled, kept)
        return self._changed(scaled, Revision(step.image, here.restart, step.becomes_ready, later))

    def _is_there(self, position: Position, step: Apply) -> bool:
        """Whether the workload has the template of a whole version that is applied after others."""
        here = self.revisions[position.stage.revision]
        steps = (self.steps[number] for number in position.taken)
        again = any(isinstance(each, Apply) and each.whole for each in steps)
        image = self.revisions[0].image if step.same_template else step.image
        return again and (here.image, here.later) == (image, not step.same_template)

    def _changed(self, position: Position, revision: Revision) -> Position:
        key = revision.image, revision.restart, revision.later
        known = [(each.image, each.restart, each.later) for each in self.revisions]
        if key not in known or not revision.image:
            self.revisions.append(revision)
            known.append(key)
        stage = position.stage._replace(revision=known.index(key), by="change")
        return replace(position, stage=stage).recorded()

    def _undone(self, position: Position, step: Undo) -> Position | str:
        if position.stage.paused:
            return "kubectl refuses to undo while rollouts are paused"
        history = position.history
        if step.revision:
            numbers = [i + 1 for i in range(len(history))]
            if step.revision not in numbers or history[step.revision - 1] < 0:
                return f"there is no revision {step.revision} to go back to"
            target = history[step.revision - 1]
        else:
            kept = [revision for revision in history if revision >= 0]
            if len(kept) < 2:
                return "there is no revision to go back to"
            target = kept[-2]
        if target == position.stage.revision:
            return "it has the template of that revision already"
        stage = position.stage._replace(revision=target, by="undo")
        return replace(position, stage=stage).recorded()


def _relabelled(
    position: Position, step: PutLabel | TakeLabel, value: str | None
) -> Position | str:
    changed = step.node, step.key, value
    if changed in position.labels:
        has = "has no such label" if value is None else "has that label"
        return f"`{step.node}` {has} already"
    others = (each for each in position.labels if each[:2] != changed[:2])
    return replace(position, labels=frozenset((*others, changed)))


def _said(stage: Stage, among: Stages) -> str:
    """What the object says, in a few words."""
    parts = []
    if len(among.revisions) > 1:
        parts.append(str(among.revisions[stage.revision]) or f"template {stage.revision + 1}")
    if len(among.sizes) > 1:
        parts.append(f"{stage.replicas} replica{'' if stage.replicas == 1 else 's'}")
    if len(among.partitions) > 1:
        parts.append("no partition" if stage.partition is None else f"partition {stage.partition}")
    if among.pauses:
        parts.append(among.halted if stage.paused else "")
    if stage.deletion:
        parts.append("deleted" if stage.deletion == "background" else f"deleted ({stage.deletion})")
    return ", ".join(filter(None, parts)) or "as it is"
