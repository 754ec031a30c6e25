"""Neural avatars: what a model is, what to load of it, and the maths that drives it."""
