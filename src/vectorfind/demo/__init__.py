"""The drawn faces that the embedded demo is made from."""
