"""What changed between two packs, row by row where a file has rows."""

from __future__ import annotations

from typing import Any

from lantu.standards.pack.files import Report, parse_csv, parse_yaml

Change = tuple[str, str, str]
"""File, what (a row's key, or the file), and ``added``, ``removed`` or ``changed``."""


def differences(old: dict[str, str], new: dict[str, str]) -> list[Change]:
    """Changes from ``old`` to ``new`` (path → text), in order of file and key."""
    result: list[Change] = []
    for name in sorted(old.keys() | new.keys()):
        if name not in old or name not in new:
            result.append((name, "", "added" if name in new else "removed"))
        elif old[name] != new[name]:
            before, after = _rows(name, old[name]), _rows(name, new[name])
            changes = [(key, "added") for key in after.keys() - before.keys()] + [(key, "removed") for key in before.keys() - after.keys()]
            changes += [(key, "changed") for key in before.keys() & after.keys() if before[key] != after[key]]
            result.extend((name, key, what) for key, what in sorted(changes) or [("", "changed")])
    return result


def _rows(name: str, text: str) -> dict[str, Any]:
    quiet = Report()
    if name.endswith(".csv"):
        table = parse_csv(name, text, quiet)
        key = next((head for head in ("code", "from_code", "date") if head in table.heads), table.heads[0] if table.heads else "")
        return {row[key]: row for row in table.rows} | {f"# {key}": value for key, value in table.meta.items()}
    if name.endswith(".yaml"):
        data = parse_yaml(name, text, quiet).data
        if isinstance(data, dict):
            return {f"{top}.{key}" if key else str(top): value for top, group in data.items() for key, value in _second(group)}
    return {}


def _second(group: Any) -> list[tuple[str, Any]]:
    return [(str(key), value) for key, value in group.items()] if isinstance(group, dict) else [("", group)]
