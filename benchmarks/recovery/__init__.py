"""How often motifs that were planted are found again: cases, tools, scores, tables."""
