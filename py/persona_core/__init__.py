"""The heart of VirtualPersona: pure Python and numpy, no browser, no socket, no clock."""

__version__ = "0.1.0"
