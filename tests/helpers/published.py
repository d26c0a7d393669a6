"""The published names, short."""

from vectorfind.vocabulary import PUBLISHED, PUBLISHED_NAMES

PROPERTIES = PUBLISHED_NAMES.properties
STEERED = PUBLISHED_NAMES.steered
GROUPS = PUBLISHED_NAMES.groups
GROUPING = PUBLISHED_NAMES.grouping
LABELS = PUBLISHED.labels
ATTRIBUTES = tuple(PUBLISHED.attributes)
PASS_AT = {name: PUBLISHED.properties[name].pass_at for name in STEERED}
