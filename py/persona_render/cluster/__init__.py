"""The render server on several machines, by Ray Serve. Nothing else here imports Ray."""
