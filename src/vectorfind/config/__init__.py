"""Every configuration key: its type, default, range and meaning.

The defaults are the published numbers (system.md). `config/config.yaml` lays the embedded demo's
smaller numbers over them, `config/celeba256.yaml` spells the published ones out.
"""

from vectorfind.config.config import Config
from vectorfind.config.resolve import lay_over, resolve_config, stage_seed, write_config

__all__ = ["Config", "lay_over", "resolve_config", "stage_seed", "write_config"]
