"""What is kept on disk: image archives, latents, score tables and the filters over them."""

from vectorfind.data.filters import passes

__all__ = ["passes"]
