"""Mutations of specs and manifests that keep their structure, and what `check` makes of them.

`test_fuzzing` takes a small sample; `python -m tests.fuzzing 5000` as many as wanted, each in a
process of its own, and looks at the clock as well.
"""
