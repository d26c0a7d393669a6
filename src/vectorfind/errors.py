"""The one exception that a user is meant to read."""


class InputError(Exception):
    """Bad input: the message names the file, what is wrong and what to do next."""
