"""What measures images: scorers, parser, attribute CNNs, face recognition."""
