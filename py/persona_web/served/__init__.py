"""Portraits that a render server draws. Loaded when the person has agreed to it."""
