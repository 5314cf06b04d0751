"""What a violation looks like to a person: replay, explanation, rendering.

May enter: `model` and `checker.verdict`. May not enter: engines.
"""
