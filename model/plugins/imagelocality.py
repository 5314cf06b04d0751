"""ImageLocality: nodes that have the pod's images already.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/imagelocality/image_locality.go`. The
share of nodes that have an image is in floating point there, and so here.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.api.pod import Pod
from model.plugins.contract import HIGHEST
from model.plugins.snapshot import NodeInfo, Snapshot

_MIB = 1 << 20
#: Bytes below which nothing is gained, and the most that counts of a container.
_LEAST, _MOST = 23 * _MIB, 1000 * _MIB


def present(snapshot: Snapshot, pod: Pod, nodes: Sequence[NodeInfo]) -> list[int]:
    """The bytes that need not be pulled, an image counting the less the fewer nodes have it."""
    most = _MOST * pod.containers
    worth = {}
    for image in map(_tagged, pod.images):
        size, number = snapshot.images.get(image, (0, 0))
        worth[image] = int(float(size) * (float(number) / float(len(snapshot.nodes))))
    images = [_tagged(image) for image in pod.images]
    scores = []
    for info in nodes:
        there = info.node.images
        found = sum(worth[image] for image in images if image in there) if there else 0
        scores.append(HIGHEST * (min(max(found, _LEAST), most) - _LEAST) // (most - _LEAST))
    return scores


def _tagged(image: str) -> str:
    return image if image.rfind(":") > image.rfind("/") else f"{image}:latest"
