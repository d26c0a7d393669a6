"""Faces that follow offsets and requested scores."""
