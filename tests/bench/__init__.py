"""Measurements. They print numbers and fail nothing: ``make bench``, or ``python -m tests.bench NAME…``."""
