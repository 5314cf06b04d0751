"""Exhaustive search: the whole frontier as numpy arrays.

Reading order: `layout` (states as columns of a matrix) and `packing` (as few bytes); `source`,
`expressions` with `idioms`, `stages`, `steps`, `updates` and `codegen` (a system as numpy source);
`symmetry` with `forest`, `orbit` and `tangle` (when two states are the same), `visited` and
`recent`; `chunk` and `search` (breadth first); `graph`, `liveness`, `reach` and `lasso` (fair
cycles); `trace` (back to runs that the interpreter accepts).
May enter: numpy, scipy where a graph needs it. May not enter: Z3, Kubernetes.
"""
