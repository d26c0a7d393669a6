"""Directions in w that steer a face: finding them, testing them, following them."""
