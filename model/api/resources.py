"""Names of resources.

Source: kubernetes 1.36 `pkg/apis/core/v1/helper/helpers.go` (IsNativeResource,
IsHugePageResourceName), `pkg/apis/core/helper/helpers.go` (IsStandardContainerResourceName).
"""

from __future__ import annotations

COMPUTE = ("cpu", "memory", "ephemeral-storage")


def is_compute(name: str) -> bool:
    return name in COMPUTE


def is_huge_page(name: str) -> bool:
    return name.startswith("hugepages-")


def is_native(name: str) -> bool:
    """Whether Kubernetes itself owns a resource: its name has no domain, or kubernetes.io."""
    return "/" not in name or "kubernetes.io/" in name
