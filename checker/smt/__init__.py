"""The symbolic side: systems as Z3 formulas, and as clauses for a SAT core.

Reading order: `terms` (values), `encode` (expressions), `step` (one transition), `template` (its
clauses), `unroll` (runs), `normal` (fewer runs), `reach` (states), `lasso` (infinite runs),
`induction` (proofs for every depth); `sat` finds models; `gates`, `layout`, `start`, `shortest`
and `solver` serve them. For proofs of every size: `counters`, `elements`, `abstract`, `quantifiers`
(expressions), `moves` (steps), `lemmas`, `inductive`, `certificate`; `linear` serves them.
May enter: everything that imports z3. May not enter: anything that has no need of it.
"""
