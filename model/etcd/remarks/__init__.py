"""What the last state of a violation says, for the systems of the control plane beside Raft."""
