"""Invariants that users write, in the Common Expression Language.

Reading order: `grammar` and `syntax` (texts to trees), `types` and `objects` (what there is to
speak of), `checking` (trees to typed expressions, which compile themselves), `values` (what to:
expressions of the IR), `occasions` (what has to come about), `claims` (rows beside the built-in
properties).

May enter: the language, and the modelled state as objects of Kubernetes. May not enter: how these
objects behave.
"""
