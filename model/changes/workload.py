"""Steps that change the workload's own object: its template, its replicas, its partition, whether
it is paused.

What the object says after each is `model.stages`.

Source: kubernetes v1.36.3 `staging/src/k8s.io/kubectl/pkg/cmd/set/set_image.go`,
`pkg/cmd/scale/scale.go`, `pkg/cmd/rollout/` (rollout_undo.go, rollout_pause.go, rollout_resume.go,
rollout_restart.go).

Omits: a scale that asks for a certain number or version to be there before (--current-replicas,
--resource-version), and requests that conflict: kubectl sends them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from model.api.steps import (
    Apply,
    Delete,
    Pause,
    Restart,
    Resume,
    Scale,
    SetImage,
    SetPartition,
    Suspend,
    Undo,
)
from model.apiserver import floor, moves, requests
from model.apiserver.deletion import ITSELF
from model.apiserver.objects import Cluster, pod
from model.changes.contract import KINDS, NAME, Row, Turn
from model.field import Field, count
from model.ir.expr import FALSE, TRUE, Expr, disj
from model.ir.system import Update, assign
from model.words import counted

_ROLLS = ("Deployment", "StatefulSet", "DaemonSet")
_READY = Field("boolean", "whether the new pods ever become ready", True)


def _add(turn: Turn, name: str, text: str, why: str = "", **words: str) -> None:
    requests.send(
        turn.cluster,
        turn.named(name),
        NAME,
        (),
        turn.due,
        turn.taken,
        text=text,
        why=why or turn.why,
        words=words,
    )


def _said(name: str, text: str) -> Callable[[Cluster, Sequence[Turn]], None]:
    """Adds steps of which their kind says everything."""

    def add(_: Cluster, turns: Sequence[Turn]) -> None:
        for turn in turns:
            _add(turn, name, text)

    return add


def _resume(cluster: Cluster, turns: Sequence[Turn]) -> None:
    what = "the rollout" if cluster.jobs is None else "the Job"
    _said("resume", f"resume {what}")(cluster, turns)


def _set_image(_: Cluster, turns: Sequence[Turn]) -> None:
    for turn in turns:
        assert isinstance(turn.step, SetImage)
        why = "" if turn.listed else "the scenario is a rollout"
        image = turn.step.image or "a new template"
        _add(turn, "change template", "change the template to {image}", why, image=image)


#: What is left out of an undo.
UNDO_AT_ONCE = (
    "undo: kubectl goes by the ReplicaSets that there are; here the last change of the template is "
    "taken back, whether or not the controller has noticed it, unless its ReplicaSet was deleted: "
    "then the user gives up"
)


def _undo(cluster: Cluster, turns: Sequence[Turn]) -> None:
    if any(turn.listed for turn in turns):
        cluster.builder.omit(UNDO_AT_ONCE)
    for turn in turns:
        assert isinstance(turn.step, Undo)
        lost = _lost(cluster, turn)
        text, words, why = "change the template back to what it was", {}, turn.why
        if not turn.listed:
            why = "the scenario lets the user take the rollout back at any moment"
        elif turn.step.revision:
            text = "change the template back to that of revision {revision}"
            words = {"revision": str(turn.step.revision)}
        name = turn.named("roll back")
        due = turn.due & ~lost
        requests.send(cluster, name, NAME, (), due, turn.taken, text=text, why=why, words=words)
        if cluster.history is not None:
            refused = cluster.history.refused()
            cluster.builder.action(
                turn.named("roll back in vain"),
                NAME,
                (),
                turn.due & lost & ~refused,
                [assign(refused, True)],
                text="try to change the template back, and fail",
                why="`kubectl rollout undo` finds no ReplicaSet of that revision",
            )


def _lost(cluster: Cluster, turn: Turn) -> Expr:
    """Whether the revision is gone that an undo is to go back to."""
    if cluster.history is None:
        return FALSE
    positions, found = cluster.stages.positions, []
    for move in turn.moves:
        target = cluster.own[positions[move.target].stage.revision]
        found.append(moves.due(cluster, [move]) & cluster.history.forgotten[target])
    return disj(*found)


def _scale(cluster: Cluster, turns: Sequence[Turn]) -> None:
    def written(replicas: int) -> list[Update]:
        """The ReplicaSet itself, where no Deployment owns it."""
        if cluster.scenario.workload.kind in ("Deployment", "StatefulSet"):
            return []
        return requests.scale(cluster, cluster.old, replicas)

    for turn in turns:
        assert isinstance(turn.step, Scale)
        requests.send(
            turn.cluster,
            turn.named("scale"),
            NAME,
            (),
            turn.due,
            [*turn.taken, *floor.scaled(cluster, turn.step.replicas), *written(turn.step.replicas)],
            text="scale to {replicas}",
            why=turn.why,
            words={"replicas": counted(turn.step.replicas, "replica")},
        )


def _apply(cluster: Cluster, turns: Sequence[Turn]) -> None:
    for turn in turns:
        assert isinstance(turn.step, Apply)
        step, updates, text = turn.step, list(turn.taken), "apply {version}"
        words = {"version": _version(step)}
        if step.replicas is not None:
            updates += floor.scaled(cluster, step.replicas)
            text += " with {replicas}"
            words["replicas"] = counted(step.replicas, "replica")
        requests.send(
            cluster,
            turn.named("apply"),
            NAME,
            (),
            turn.due,
            updates,
            text=text,
            why=turn.why if turn.listed else "the scenario is a rollout",
            words=words,
        )


def _version(step: Apply) -> str:
    if step.whole:
        return "the version of before" if step.back else "another version"
    return step.image or "a new template"


def applies_all(given: Mapping[str, Any]) -> bool:
    """Whether a step is about another version of the workload, with all that it says."""
    return given["manifest"] is not None or given["spec"] is not None


def _set_partition(_: Cluster, turns: Sequence[Turn]) -> None:
    for turn in turns:
        assert isinstance(turn.step, SetPartition)
        text = "set the partition to {partition}"
        _add(turn, "set partition", text, partition=str(turn.step.partition))


def _delete(cluster: Cluster, turns: Sequence[Turn]) -> None:
    deletion = cluster.deleted
    assert deletion is not None
    workload = cluster.scenario.workload
    p = pod(cluster)
    for turn in turns:
        assert isinstance(turn.step, Delete)
        waits = turn.step.propagation != "background"
        there, how = TRUE, _HOW[turn.step.propagation]
        if workload.is_pod:
            there, how = cluster.is_active(p) & cluster.is_own(p), ""
            updates = requests.delete(cluster, p)
        elif workload.kind in ITSELF and not waits:
            updates = requests.gone(cluster, cluster.old)
        else:
            updates = deletion.begin(cluster.old, finalizer=waits)
        requests.send(
            cluster,
            turn.named("delete"),
            NAME,
            (p,) if workload.is_pod else (),
            turn.due & there,
            [*turn.taken, *updates],
            text="delete the {kind}{how}",
            why=turn.why,
            words={"kind": workload.kind, "how": how},
        )


_HOW = {
    "background": "",
    "foreground": ", after what it owns",
    "orphan": ", and leave what it owns",
}

SET_IMAGE = Row(
    SetImage,
    Field(
        "object",
        "the first container gets another image",
        short="image",
        fields={"image": Field("string", "the image", required=True), "becomesReady": _READY},
    ),
    lambda given: [SetImage(given["image"] or "", given["becomesReady"])],
    _set_image,
    _ROLLS,
)

_REPLICAS = Field("integer", "how many", maximum=1000, minimum=0, required=True)

APPLY = Row(
    Apply,
    Field(
        "object",
        "the first container gets another image, and the workload another number of replicas, in "
        "one request; or whatever another version of the workload says, which is a manifest or a "
        "patch",
        fields={
            "image": Field("string", "the image"),
            "replicas": count("how many", None),
            "manifest": Field(
                "string", "the manifest of the other version, by a path relative to this file"
            ),
            "spec": Field(
                "tree",
                "what the workload's spec is to say otherwise: mappings are merged, null takes a "
                "field away, lists are merged by names as kubectl patch does, or replaced",
            ),
            "becomesReady": _READY,
        },
    ),
    lambda given: [
        Apply(
            given["image"] or "",
            None if applies_all(given) else given["replicas"] or 0,
            given["becomesReady"],
            whole=applies_all(given),
            patch=given["spec"] is not None,
        )
    ],
    _apply,
    _ROLLS,
)

UNDO = Row(
    Undo,
    Field(
        "object",
        "the template goes back to an earlier revision",
        short="toRevision",
        fields={"toRevision": count("its number, from 1; 0 is the one before the present one")},
    ),
    lambda given: [Undo(given["toRevision"])],
    _undo,
    _ROLLS,
)

RESTART = Row(
    Restart,
    Field(
        "object",
        "every pod is replaced, the template stays as it is",
        fields={"becomesReady": _READY},
    ),
    lambda given: [Restart(given["becomesReady"])],
    _said("restart", "restart: the template gets the time as an annotation"),
    _ROLLS,
)

SCALE = Row(
    Scale,
    Field(
        "object",
        "the workload gets another number of replicas",
        short="replicas",
        fields={"replicas": _REPLICAS},
    ),
    lambda given: [Scale(given["replicas"] or 0)],
    _scale,
    ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"),
)

SET_PARTITION = Row(
    SetPartition,
    Field(
        "object",
        "a StatefulSet gets another partition: ordinals below it stay as they are",
        short="partition",
        fields={
            "partition": Field("integer", "the partition", maximum=1000, minimum=0, required=True)
        },
    ),
    lambda given: [SetPartition(given["partition"] or 0)],
    _set_partition,
    ("StatefulSet",),
)

PAUSE = Row(
    Pause,
    Field("object", "the rollout of a Deployment stops where it is"),
    lambda _: [Pause()],
    _said("pause", "pause the rollout"),
    ("Deployment",),
)

SUSPEND = Row(
    Suspend,
    Field("object", "a Job gives up its pods, and makes none"),
    lambda _: [Suspend()],
    _said("suspend", "suspend the Job"),
    ("Job",),
)

RESUME = Row(
    Resume,
    Field("object", "the rollout of a Deployment, or a Job that was suspended, goes on"),
    lambda _: [Resume()],
    _resume,
    ("Deployment", "Job"),
)

DELETE = Row(
    Delete,
    Field(
        "object",
        "the workload is deleted; nobody waits for what it owns to be gone",
        short="propagation",
        fields={
            "propagation": Field(
                "string",
                "what becomes of what it owns: it goes after the workload (background), before it "
                "(foreground), or stays (orphan)",
                "background",
                names=("background", "foreground", "orphan"),
            )
        },
    ),
    lambda given: [Delete(given["propagation"])],
    _delete,
    (*KINDS, "DaemonSet", "Pod"),
)
