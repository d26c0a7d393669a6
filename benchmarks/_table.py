"""The table that `make bench` prints and docs/performance.md shows."""

HEADER = ("stage", "size", "naive/s", "ours/s", "ratio", "share of peak", "peak MiB", "notes")
SHOWN = {"name", "size", "device", "naive_per_s", "ours_per_s", "ratio", "naive_peak_mib"}
SHOWN |= {"ours_peak_mib", "rounds", "jobs", "peak_share", "date", "command", "flop_per_s"}
SHOWN |= {"peak_flop_per_s", "low", "high", "cpu_ratio", "naive_s", "ours_s", "naive_cpu_s"}
SHOWN |= {"ours_cpu_s"}


def markdown(rows: list[dict]) -> str:
    """Lay out the benchmarks' JSON lines as one table per device."""
    parts = []
    for device in dict.fromkeys(row["device"] for row in rows):
        own = [row for row in rows if row["device"] == device]
        days = ", ".join(sorted({row["date"] for row in own if "date" in row}))
        lines = [_line(HEADER), _line(["---"] * len(HEADER)), *map(_row, own)]
        parts.append(f"**{device}** ({days})\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _row(row: dict) -> str:
    share = f"{row['peak_share']:.0%}" if "peak_share" in row else ""
    notes = ", ".join(
        f"{key} {_number(row[key])}" for key in row if key not in SHOWN and row[key] != ""
    )
    rates = [_number(row[key]) for key in ("naive_per_s", "ours_per_s")]
    return _line(
        [row["name"], row["size"], *rates, _ratio(row), share, _number(row["ours_peak_mib"]), notes]
    )


def _ratio(row: dict) -> str:
    if row["ratio"] is None:
        return "none"
    spread = f" ({_number(row['low'])} to {_number(row['high'])})" if "low" in row else ""
    return _number(row["ratio"]) + spread


def _number(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"
