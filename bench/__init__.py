"""Measures Pekan beside a bare floor: ``make bench``. Never a timed test."""
