"""The symbolic side: systems as Z3 formulas.

Reading order: `terms` (values), `encode` (expressions), `step` (one transition), `unroll` (runs),
`lasso` (infinite runs), `solver`. May enter: everything that imports z3; nothing else does.
"""
