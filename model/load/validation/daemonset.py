"""What a DaemonSet's own fields may say.

Source: kubernetes 1.36 `pkg/apis/apps/validation/validation.go` (ValidateDaemonSetUpdateStrategy,
ValidateRollingUpdateDaemonSet), `pkg/apis/apps/v1/defaults.go` (SetDefaults_DaemonSet).
"""

from __future__ import annotations

from model.load.daemonset import STRATEGIES
from model.load.tree import as_int, as_text
from model.load.validation.contract import At


def spec(at: At) -> None:
    """A spec; selector, template and the limits one by one are read elsewhere."""
    strategy = at.child("updateStrategy")
    if strategy is None:
        return
    strategy.one_of("type", STRATEGIES)
    rolling = strategy.child("rollingUpdate")
    if rolling is None or strategy.text("type") == "OnDelete":
        return
    surges = not _is_zero(rolling, "maxSurge", absent=True)
    lacks = not _is_zero(rolling, "maxUnavailable", absent=False)
    if surges and lacks:
        rolling.forbidden("maxSurge", "must be 0 unless maxUnavailable is 0 (1 if not given)")
    elif not surges and not lacks:
        rolling.forbidden("maxUnavailable", "must not be 0 when maxSurge is 0")


def _is_zero(at: At, field: str, *, absent: bool) -> bool:
    value = at.tree.at(field)
    if value is None:
        return absent
    return as_int(value) == 0 or as_text(value) == "0%"
