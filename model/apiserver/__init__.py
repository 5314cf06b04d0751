"""The API server: the objects it stores and the caches that watch them."""
