"""The developer's command line: environment, web assets, the site in ``dist/``, serving, tests.

Runs on a bare Python: every module here imports the standard library (and the error root of
``persona_core``) only. What needs an installed package runs it with the environment's own
interpreter.
"""
