"""What engines cost. Run one as a module, from the top of the repository."""
