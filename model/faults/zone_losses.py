"""Zones of etcd members (`controlPlane.zones`) that are lost for good, as for the property
writes-survive-zone-loss.

Steps: those of `model.etcd.availability`.
"""

from __future__ import annotations

from model.faults.contract import Row, counted
from model.field import count
from model.scenario import Faults

ROW = Row(
    {"zoneLosses": count("how many zones of etcd members are lost for good", Faults.zone_losses)},
    (counted("zoneLosses", "{n} lost zone", "{n} lost zones"),),
    beside=True,
)
