"""Published teaching systems, run again: their networks and ours on the same sequences, beside the limit."""
