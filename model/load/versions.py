"""A workload and what it was before: by `--from`, or until a step of its Check applies another
version; and what the change between the two is.

Omits: a number of replicas of 0 that a rollout begins or ends with; see `changed-besides` in
`model.controllers.omitted`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.api.change import Change
from model.api.pod import PodTemplate
from model.api.steps import Apply
from model.api.workload import Workload
from model.changes.workload import SCALE


@dataclass(frozen=True)
class Versions:
    """`now` is the workload as it is to be; `older` as it was, where another version was given."""

    now: Workload
    older: Workload | None
    #: Whether a step gives it the later one.
    applies: bool
    #: Whether its template stays as it is then, in every field.
    kept: bool
    #: Of each further step that applies a version, whether that is the older one again.
    back: tuple[bool, ...]
    #: Whether a Check says what happens, and whether it leaves something open.
    specified: bool
    open: bool

    @property
    def previous(self) -> Workload | None:
        """The workload as it was, if it rolls out to this one."""
        if self.older is None or _alike(self.older.template, self.now.template):
            return None
        return self.older

    @property
    def before(self) -> Workload | None:
        """The same; None where the model reads the same of both versions but for images, and all
        that differs besides is followed."""
        before, now = self.previous, self.now
        if before is None:
            return None
        same = _alike(replace(before.template, images=now.template.images), now.template)
        same = same and before.min_ready_seconds == now.min_ready_seconds
        same = same and _first(before) == _first(now)
        rescaled = self.applies or self.rescaled is not None
        same = same and (before.replicas == now.replicas or rescaled)
        return None if same else before

    @property
    def rolled(self) -> bool:
        """Whether a rollout carries out what differs from the version before, or most of it."""
        return self.now.rolls_out and self.previous is not None

    @property
    def rescaled(self) -> int | None:
        """The replicas that the workload is given with its new template, if that is followed."""
        before, now = self.previous, self.now
        if before is None or self.open or now.replicas == before.replicas:
            return None
        followed = now.kind in ("Deployment", "StatefulSet")
        return now.replicas if followed and min(now.replicas, before.replicas) > 0 else None

    @property
    def scaled(self) -> int | None:
        """The replicas that the workload is given with the template that it has, where a scenario
        of its own carries that out."""
        before, now = self.older, self.now
        if before is None or self.specified or self.previous is not None:
            return None
        differ = now.kind in SCALE.workloads and now.replicas != before.replicas
        return now.replicas if differ and before.replicas > 0 else None

    def rollout(self, change: Change) -> Change:
        """A rollout to this version, or to another image if there is no other version."""
        if self.previous is not None:
            image = f"that of {self.now.source.file}"
            return replace(change, image=image, replicas=self.rescaled)
        if change.image:
            return change
        images = self.now.template.images
        image = next_image(images[0] if images else "")
        return Change("rollout", image, change.becomes_ready, change.rollback)

    def applied(self, change: Change) -> Change:
        """Steps of which one applies this version, with what it says."""
        if self.older is None or not self.applies:
            return change
        back = iter((False, *self.back))
        given = tuple(
            self._whole(each, back=next(back, False))
            if isinstance(each, Apply) and each.whole
            else each
            for each in change.given
        )
        return replace(change, given=given)

    def _whole(self, step: Apply, *, back: bool) -> Apply:
        """A step with all that the version says that it applies."""
        says = self.older if back and self.older is not None else self.now
        return replace(
            step,
            image=next(iter(says.template.images), ""),
            replicas=None if says.daemon is not None else says.replicas,
            same_template=self.kept or back,
            back=back,
            patch=False,
        )

    def under(self, change: Change) -> tuple[Workload, Workload | None]:
        """The workload of a scenario with a change, and what it was before a rollout, if the model
        reads something else of that. What only decides about rollouts is as it is to be, since
        there is none before."""
        now, older = self.now, self.older
        if older is None:
            return now, None
        if self.applies:
            before = self.before
            template = now.template
            if before is None:
                # Which image it has decides what the steps do.
                template = replace(template, images=older.template.images)
            return replace(now, replicas=older.replicas, template=template), before
        rescaled = change.replicas is not None
        if rescaled or (self.scaled is not None and change.scales):
            now = replace(now, replicas=older.replicas)
        return now, self.before if change.kind == "rollout" else None


def _first(workload: Workload) -> int:
    """The lowest ordinal."""
    return workload.stateful.start if workload.stateful is not None else 0


def _alike(one: PodTemplate, other: PodTemplate) -> bool:
    """Whether the model reads the same of two templates, wherever they are written."""
    return one == replace(other, fields=one.fields)


def next_image(image: str) -> str:
    """The image with a new tag: `nginx:1.27` becomes `nginx:1.27-next`."""
    name = image.partition("@")[0]
    return f"{name}-next" if ":" in name.rpartition("/")[2] else f"{name}:next"
