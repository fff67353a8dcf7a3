"""Sites of motifs: the best of each sequence, and every one up to an exact p-value."""
