"""From a trained network to motifs: candidates from filters, refinement, selection, evidence."""
