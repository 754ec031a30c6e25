"""The official checkpoint becomes a model's folder: fetched, checked, converted, verified."""
