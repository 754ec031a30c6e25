"""What is drawn around a character and is no part of it: hands that sign, hearts that rise.

Marks have a drawing of their own, laid over whatever draws the character, so that no renderer
need know them and a frame without marks costs nothing.
"""
