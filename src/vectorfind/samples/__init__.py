"""Sampled w with their scores: drawing, groups, moments (system.md 1.13, 1.14)."""
