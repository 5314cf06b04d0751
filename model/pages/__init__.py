"""Pages of the documentation that the model prints of itself."""
