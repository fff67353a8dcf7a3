"""Simulated tasks: sequences with planted motifs, and the best that any model could do on them."""
