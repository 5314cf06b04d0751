"""How a system is checked: the engines, their verdicts, and the command line.

May enter: searches and solvers over `model.ir`. May not enter: facts about Kubernetes.
"""
