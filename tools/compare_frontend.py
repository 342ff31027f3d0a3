"""Rebuild the frontend and compare it with the committed build: what is served must come from what is in ``frontend/src``."""

from __future__ import annotations

import filecmp
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "src/lantu/web/static/web/dist"


def main() -> int:
    """Exit 0 when the fresh build equals the committed one, byte for byte; else name the files."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "frontend"
        shutil.copytree(ROOT / "frontend", work, ignore=shutil.ignore_patterns("node_modules"))
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=work, check=True)
        subprocess.run(["npx", "tsc", "--noEmit"], cwd=work, check=True)
        subprocess.run(["npx", "vite", "build", "--logLevel", "warn", "--outDir", "../fresh"], cwd=work, check=True)
        fresh = Path(folder) / "fresh"
        names = sorted({path.name for path in fresh.iterdir()} | {path.name for path in BUILT.iterdir()})
        _same, different, missing = filecmp.cmpfiles(fresh, BUILT, names, shallow=False)
    for name in different + missing:
        print(f"differs from the committed build: {name} (run `make frontend` and commit the result)")
    return 1 if different or missing else 0


if __name__ == "__main__":
    sys.exit(main())
