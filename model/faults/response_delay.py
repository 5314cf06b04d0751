"""Answers to a lease's renewal that are late, so that its holder knows of it later than the store.
As for the property unique-leader.

Steps: those of `model.etcd.lease`.
"""

from __future__ import annotations

from model.faults.contract import Row, counted
from model.field import count

ROW = Row(
    {"responseDelay": count("seconds that the answer to a lease's renewal may take")},
    (counted("responseDelay", "an answer {n} second late", "an answer {n} seconds late"),),
    beside=True,
)
