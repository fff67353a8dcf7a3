"""One run of each command that works on files, and what it writes."""
