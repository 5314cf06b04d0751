"""The intermediate representation: sorted first-order transition systems.

Reading order: `types`, `expr`, `system`, `interpret` (what it all means), `check`, `trace`.
May enter: the language. May not enter: Kubernetes, engines.
"""
