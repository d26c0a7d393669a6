"""The drawn world: parameters, population, renderer."""
