"""The own view of a call, taken out of the page: to a small window, to a file."""
