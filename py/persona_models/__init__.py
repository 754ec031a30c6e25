"""Tools that make models and recordings. They run on the developer's machine only."""
