"""Faces in pictures and as meshes: the tracker, what it saw, the head model, warps and rasters."""
