"""Rows of `performance.py`: what motiflens and its peers take for the same work."""
