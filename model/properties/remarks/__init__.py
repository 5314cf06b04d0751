"""What the last state of a violation says beyond its values, for the properties of a workload.

Each remark names the fields that decide it, so that a counterexample can point at them. Remarks
are computed from the state alone: where it does not tell which of several objects it was, they name
all that it can have been. A row of `PROPERTIES` has the remark of its property.
"""
