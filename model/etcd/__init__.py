"""etcd: the quorum itself, and the contract that the rest of the model relies on."""
