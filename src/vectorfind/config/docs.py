"""The configuration's documentation, made from its model: `python -m vectorfind.config.docs`.

Writes config/README.md (every key in tables), config/schema.json (for editors) and the files that
hold every key (`vectorfind.config.full`).
"""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from vectorfind.config import Config, lay_over, resolve_config
from vectorfind.config.full import CONFIGS, END, HEAD
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.vocabulary import PUBLISHED

README = Path("config/README.md")
SCHEMA = Path("config/schema.json")
DEMO = Path("config/config.yaml")

Schema = dict[str, Any]
"""A JSON schema, or a part of one."""

ANY_NAME = "NAME"
"""Stands in a key for the name of a row."""

INTRODUCTION = """\
# Configuration

Every key, made from `src/vectorfind/config/` by `python -m vectorfind.config.docs`; a test fails
when the two differ. `vectorfind config` prints the same tables, `vectorfind config check FILE`
checks a file of yours.

- `config.yaml` is the embedded demo; Snakemake always reads it first.
- `celeba256.yaml` holds the published numbers: `snakemake --configfile config/celeba256.yaml`.
- `ohlora_v1.yaml` and `ohlora_v8.yaml` hold them too, and begin with the published system's own
  fine-tuned generators, which they download.
- `photo64.yaml` is the second embedded world, of photo-like faces with labels by looking
  ([docs/photo-world.md](../docs/photo-world.md)); it is laid over the demo.
- A file given by `--configfile` is laid **over** `config.yaml`, key by key. For your own faces copy
  `celeba256.yaml` and edit the copy; a file with only a few keys keeps the demo's small numbers.
- `--config seed=2` changes a single key.
- Filters are laid over each other too: `age: null` takes the age out of a filter, and is not
  labelled then.
- `vocabulary` says what is labelled, measured, steered and grouped by: for your own property or
  attribute add a row, for another concept change the filters. [Two examples](examples/README.md).

The column *default* is the published number, *demo* what `config.yaml` sets instead.
"""


class Key(NamedTuple):
    """One configuration key: its dotted name, and what the model and the demo say about it."""

    name: str
    type: str
    default: Any
    limits: str
    description: str
    about: str
    """What the key's section is for."""

    @property
    def section(self) -> str:
        """The dotted name of the section that the key is in, empty at the top."""
        return self.name.rpartition(".")[0]


def read_config_file(path: str | Path) -> dict[str, Any]:
    """Read a YAML or JSON configuration as plain values.

    Raises:
        InputError: the file is missing or is no mapping of keys to values.
    """
    try:
        # As bytes: YAML is UTF-8 in any locale, and tells UTF-16 by its mark.
        values = _parsed(Path(path).read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; correct the path.") from None
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read as YAML ({reason}); correct it.") from error
    if not isinstance(values, dict):
        raise InputError(f"{path}: holds no `key: value` lines; config/README.md lists the keys.")
    return values


def _parsed(content: bytes) -> Any:
    """Read JSON, or else YAML, as Snakemake does."""
    try:
        return json.loads(content)
    except ValueError:
        return yaml.load(content, _UniqueKeys)


class _UniqueKeys(yaml.SafeLoader):  # type: ignore[misc]
    """Refuses a key that stands twice in a mapping, of which YAML's readers take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def config_keys() -> list[Key]:
    """Return every key of the configuration, sections in the model's order."""
    schema = Config.model_json_schema()
    keys = list(_walk(schema, schema["$defs"], Config().model_dump(mode="json")))
    sections = list(dict.fromkeys(key.section for key in keys))
    return sorted(keys, key=lambda key: sections.index(key.section))


def _walk(
    schema: Schema, definitions: Schema, defaults: Schema, prefix: str = "", about: str = ""
) -> Iterator[Key]:
    for name, field in schema["properties"].items():
        text = " ".join(field.get("description", "").split())
        section = definitions.get(field.get("$ref", "").rpartition("/")[2])
        if section is not None and "properties" in section:
            yield from _walk(section, definitions, defaults[name], f"{prefix}{name}.", text)
            continue
        row = _row_of(field, definitions) if prefix == "vocabulary." else None
        if row is not None:
            fresh = {key: part.get("default") for key, part in row["properties"].items()}
            yield from _walk(row, definitions, fresh, f"{prefix}{name}.{ANY_NAME}.", text)
            continue
        kind, limits = _describe(field, definitions)
        yield Key(prefix + name, kind, defaults[name], limits, text, about)


def _row_of(field: Schema, definitions: Schema) -> Schema | None:
    """Return the section that every name of a field stands for, where null takes a name out."""
    named = field.get("additionalProperties")
    options = named.get("anyOf", []) if isinstance(named, dict) else []
    references = [option["$ref"] for option in options if "$ref" in option]
    return definitions[references[0].rpartition("/")[2]] if references else None


def _describe(field: Schema, definitions: Schema) -> tuple[str, str]:
    """Return the type and the limits of a field of the JSON schema, in words."""
    if "anyOf" in field:
        described = [_describe(option, definitions) for option in field["anyOf"]]
        return " or ".join(kind for kind, _ in described), _join(limits for _, limits in described)
    if "$ref" in field:
        section = definitions[field["$ref"].rpartition("/")[2]]
        return "{" + ", ".join(section["properties"]) + "}", ""
    if "enum" in field or "const" in field:
        return " or ".join(f"`{v}`" for v in field.get("enum", [field.get("const")])), ""
    if field.get("type") == "object":
        values = _describe(field.get("additionalProperties", {}), definitions)[0]
        names = _describe(field.get("propertyNames", {"type": "string"}), definitions)[0]
        return f"{values} per {names}", ""
    if field.get("type") == "array":
        items = field.get("prefixItems") or [field["items"]]
        described = [_describe(item, definitions) for item in items]
        return f"list of {described[0][0]}", _join(dict.fromkeys(limits for _, limits in described))
    kind = {"integer": "integer", "number": "number", "string": "text", "boolean": "true or false"}
    return kind.get(field.get("type", ""), "none"), _limits(field)


_LIMITS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}


def _limits(field: Schema) -> str:
    limits = [f"{sign} {field[name]}" for name, sign in _LIMITS.items() if name in field]
    return _join([*limits, f"`{field['pattern']}`" if "pattern" in field else ""])


def _join(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part)


def render_readme(demo: dict[str, Any]) -> str:
    """Return config/README.md: a table per section, with what the demo sets instead."""
    lines = [INTRODUCTION.strip()]
    for section, keys in groupby(config_keys(), key=lambda key: key.section):
        rows = [*keys]
        lines += ["", f"## {f'`{section}`' if section else 'Top level'}", ""]
        lines += [rows[0].about, ""] if rows[0].about else []
        lines += ["| key | type | default | demo | range | meaning |", "|---|" + "---|" * 5]
        lines += [_table_row(key, demo) for key in rows]
        if section.endswith(f".{ANY_NAME}"):
            lines += ["", *_published_rows(section)]
    return "\n".join(lines) + "\n"


def _table_row(key: Key, demo: dict[str, Any]) -> str:
    cells = [f"`{key.name.rpartition('.')[2]}`", key.type, _value(key.default)]
    set_by_demo = _look_up(demo, key.name)
    differs = set_by_demo not in (_NOT_SET, key.default)
    cells += [_value(set_by_demo) if differs else "", key.limits, key.description]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _published_rows(section: str) -> list[str]:
    """Return the rows that are there by default, each with what differs from the keys' defaults."""
    rows = getattr(PUBLISHED, section.split(".")[1])
    lines = ["The published rows:", "", "```yaml"]
    for name, row in rows.items():
        lines.append(f"{name}: {_yaml(row.model_dump(mode='json', exclude_defaults=True))}")
    return [*lines, "```"]


_NOT_SET = object()


def _look_up(values: dict[str, Any], name: str) -> Any:
    for part in name.split("."):
        if part not in values:
            return _NOT_SET
        values = values[part]
    return values


def _value(value: Any) -> str:
    return f"`{_yaml(value)}`"


def _yaml(value: Any) -> str:
    """Return a value as YAML in one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
    return text.removesuffix("...\n").strip()


def render_full(name: str) -> str:
    """Return a file of `vectorfind.config.full`: every key, by default at the published value.

    All keys, since Snakemake lays the file over the demo's, which would show through a gap; but not
    the vocabulary, whose rows the demo leaves alone.
    """
    introduction, values = CONFIGS[name]
    lines = [HEAD, introduction.strip(), END]
    open_sections: list[str] = []
    for key in config_keys():
        if ANY_NAME in key.name:
            continue
        *sections, last = key.name.split(".")
        for depth, section in enumerate(sections):
            if open_sections[: depth + 1] != sections[: depth + 1]:
                lines += [""] * (depth == 0) + [f"{'  ' * depth}{section}:"]
                open_sections = sections[: depth + 1]
        value = _yaml(values.get(key.name, key.default))
        lines.append(f"{'  ' * len(sections)}{last}: {value} # {key.description}")
    return "\n".join(lines) + "\n"


def render_schema() -> str:
    """Return config/schema.json: the JSON schema that editors complete and check YAML with."""
    return json.dumps(Config.model_json_schema(), indent=2) + "\n"


def check_config_file(path: str | Path, base: str | Path = DEMO) -> Config:
    """Return what Snakemake makes of `--configfile path`: the file laid over config.yaml.

    Raises:
        InputError: the file cannot be read, or has unknown keys or values out of range.
    """
    values = read_config_file(path)
    if Path(base).exists() and Path(base).resolve() != Path(path).resolve():
        values = lay_over(read_config_file(base), values)
    return resolve_config(values, str(path))


def main() -> None:
    """Write the files into config/ of the current folder."""
    texts = {
        README: render_readme(read_config_file(DEMO)),
        SCHEMA: render_schema(),
    }
    texts |= {README.with_name(name): render_full(name) for name in CONFIGS}
    for path, text in texts.items():
        with atomic_path(path) as partial:
            partial.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
