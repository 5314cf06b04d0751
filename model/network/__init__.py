"""How clients reach pods.

May enter: what Services, their endpoints and names come to.
May not enter: what makes or ends pods.
"""
