"""Exhaustive search: the whole frontier as numpy arrays.

Reading order: `layout` (states as columns), `expressions` and `codegen` (a system as numpy
source), `symmetry` and `visited` (when two states are the same), `search` (breadth first),
`liveness` (fair cycles), `trace` (back to runs that the interpreter accepts).
May enter: numpy, scipy where a graph needs it. May not enter: Z3, Kubernetes.
"""
