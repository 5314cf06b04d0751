"""What Kubernetes does: components, scenarios, and the systems made of them.

May enter: the intermediate representation, the loader, one module for each component.
May not enter: anything that searches or solves (`checker`), anything that explains or
renders (`counterexamples`).
"""

#: The Kubernetes minor release whose sources the model follows.
KUBERNETES = "1.36"
