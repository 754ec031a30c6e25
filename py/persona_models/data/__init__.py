"""Rendered people: pictures of faces that nobody has, with exact landmarks, to train nets on."""
