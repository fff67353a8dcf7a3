"""Readers and writers of files: sequences, regions, tables, motifs."""
