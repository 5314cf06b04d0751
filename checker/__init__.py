"""How a system is checked: the engines, their verdicts, and the command line.

May enter: searches and solvers over `model.ir`. May not enter: facts about Kubernetes.
"""

VERSION = "0.1.0"
#: How reports and error messages name the program.
TOOL = f"planecheck {VERSION}"
