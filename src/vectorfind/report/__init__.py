"""One page of a finished run: figures, tables and captions, in a file that opens offline."""
