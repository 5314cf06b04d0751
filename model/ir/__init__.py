"""The intermediate representation: sorted first-order transition systems.

Reading order: `types`, `expr`, `application`, `quantifier`, `system`, `builder`, `interpret` (what
it all means), `fairness`, `check`, `trace`; `show` writes expressions as text.
May enter: the language. May not enter: Kubernetes, engines.
"""
