"""What tests use inside the page. ``conftest.py`` puts these modules there."""

from typing import Any

kept: dict[str, Any] = {}
"""What one function in the page leaves for the next."""
