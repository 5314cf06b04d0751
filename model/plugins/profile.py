"""The plugins of the scheduler's default profile in the order in which filters are asked, with the
weights of their scores, and those of a profile that differs from it.

Source: kubernetes v1.36.3 `pkg/scheduler/apis/config/v1/default_plugins.go`.

Omits: NodeDeclaredFeatures, GangScheduling and others that concern pods with alpha and beta fields
only; claims of devices (DynamicResources), which score 0 here and keep no pod off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from model.api.pod import Pod
from model.api.schedulerprofile import SchedulerProfile
from model.plugins import (
    imagelocality,
    interpodaffinity,
    nodeaffinity,
    nodename,
    nodeports,
    noderesources,
    nodeunschedulable,
    nodevolumelimits,
    podtopologyspread,
    tainttoleration,
    volumebinding,
    volumerestrictions,
    volumezone,
)
from model.plugins.contract import Plugin
from model.plugins.snapshot import NodeInfo, Snapshot


def _nothing(_snapshot: Snapshot, _pod: Pod, nodes: Sequence[NodeInfo]) -> list[int]:
    return [0] * len(nodes)


DEFAULT: tuple[Plugin, ...] = (
    Plugin("NodeUnschedulable", nodeunschedulable.unschedulable),
    Plugin("NodeName", nodename.name),
    Plugin("TaintToleration", tainttoleration.taints, tainttoleration.discouraging, 3),
    Plugin("NodeAffinity", nodeaffinity.selected, nodeaffinity.preferred, 2),
    Plugin("NodePorts", nodeports.free),
    Plugin("NodeResourcesFit", noderesources.fit, noderesources.allocated),
    Plugin("VolumeRestrictions", volumerestrictions.restricted),
    Plugin("NodeVolumeLimits", nodevolumelimits.limited),
    Plugin("VolumeBinding", volumebinding.bindable),
    Plugin("VolumeZone", volumezone.zoned),
    Plugin("PodTopologySpread", podtopologyspread.spread, podtopologyspread.evenness, 2),
    Plugin("InterPodAffinity", interpodaffinity.affinity, interpodaffinity.nearness, 2),
    Plugin("DynamicResources", None, _nothing, 2),
    Plugin("NodeResourcesBalancedAllocation", None, noderesources.balanced),
    Plugin("ImageLocality", None, imagelocality.present),
)


def plugins_of(profile: SchedulerProfile) -> tuple[Plugin, ...]:
    """The plugins of a profile: the default ones, but for those that are off, with its weights."""
    return tuple(
        replace(
            plugin,
            filter=None if plugin.name in profile.disabled_filters else plugin.filter,
            score=None if plugin.name in profile.disabled_scores else plugin.score,
            weight=profile.weights.get(plugin.name, plugin.weight),
        )
        for plugin in DEFAULT
    )
