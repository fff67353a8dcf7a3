"""Find, explain and test DNA motifs with interpretable convolutional networks."""

__version__ = "0.1.0"
