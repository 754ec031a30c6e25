"""The nano model: a toy of the same kind as the real ones, for tests on software GPUs."""
