"""Decisions of a competition. Nothing is imported here: NumPy comes only with the module that needs it."""
