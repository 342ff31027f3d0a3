"""All checks and tests, in order, with one summary: what ``make test`` and CI run.

What the machine lacks and root may install is installed (PostgreSQL with PostGIS, Chromium, a CJK font, pdfsig). What still is not there is
named loudly at the end; with ``CI=true`` that is a failure. Choose steps: ``tools/check.py lint types sqlite``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from private_postgres import find_binaries

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
LICENCES_REFUSED = ("AGPL", "Affero", "GPLv2 only", "SSPL", "Proprietary")
APT = {
    "postgres": ("postgresql", "postgresql-postgis"),
    "chromium": ("chromium", "fonts-noto-cjk"),
    "signatures": ("poppler-utils", "openssl"),
}
POSTGRES = (BIN / "python", "tools/private_postgres.py", "--")
SIGNATURE_PROGRAMS = ("pdfsig", "openssl")
"""Second opinions on signatures: an ordinary PDF reader and another implementation of SM2."""


@dataclass
class Outcome:
    """What the steps gave: failures, steps left out and why, and counted tests."""

    failed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    passed_tests: int = 0
    failed_tests: int = 0
    city: tuple[Path, subprocess.Popen[bytes]] | None = None
    """The demo city that the browser tests look at, built beside the steps that use one core."""


def run(*command: str | Path, env: dict[str, str] | None = None) -> int:
    """Run a command in the repository's root; its output goes to the terminal."""
    return subprocess.call([str(part) for part in command], cwd=ROOT, env={**os.environ, **(env or {})})


def apt_install(what: str) -> None:
    """Install by apt where we are root and apt is there; quiet, and no failure if it cannot."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print(f"  apt-get install {' '.join(APT[what])} ...", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.call(["apt-get", "update", "-qq"], env=environment, **quiet)
    subprocess.call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *APT[what]], env=environment, **quiet)


def pytest(outcome: Outcome, *arguments: str, env: dict[str, str] | None = None, wrapper: tuple[str | Path, ...] = ()) -> int:
    """Run pytest and count what it ran. Its tables are made from the models at once, which takes a third of the time that some fifty
    migrations take; that these give the same tables is another step."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        status = run(
            *wrapper, BIN / "python", "-m", "pytest", "-q", "--nomigrations", "--durations=20", f"--junit-xml={report}", *arguments, env=env
        )
        if report.exists():
            for suite in ET.parse(report).getroot().iter("testsuite"):
                bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
                outcome.failed_tests += bad
                outcome.passed_tests += int(suite.get("tests", 0)) - bad - int(suite.get("skipped", 0))
    return status


def workers() -> str:
    """As many test processes as cores, at most four."""
    return str(min(os.cpu_count() or 1, 4))


def step_lint(_: Outcome) -> int:
    return run(BIN / "ruff", "check", ".") or run(BIN / "ruff", "format", "--check", ".") or run(BIN / "lint-imports")


def step_types(_: Outcome) -> int:
    return run(BIN / "mypy")


def postgres_is_here() -> bool:
    """Whether there is a PostgreSQL with PostGIS, installed now if need be."""
    if find_binaries() is None:
        apt_install("postgres")
    return find_binaries() is not None


def step_migrations(_: Outcome) -> int:
    """The migrations lack nothing of the models and run on every database that is here; the demo city runs them on SQLite."""
    settings = {"DJANGO_SETTINGS_MODULE": "lantu.config.settings"}
    missing = run(BIN / "python", "-m", "django", "makemigrations", "--check", "--dry-run", env=settings)
    return missing or (run(*POSTGRES, BIN / "lantu", "migrate") if postgres_is_here() else 0)


def step_translations(_: Outcome) -> int:
    return run(BIN / "lantu", "i18n", "check")


def step_licences(_: Outcome) -> int:
    output = subprocess.run([BIN / "pip-licenses", "--format=csv"], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    bad = [line for line in output.splitlines() if any(word in line for word in LICENCES_REFUSED)]
    print("\n".join(bad) or f"  {len(output.splitlines()) - 1} packages, none under a refused licence")
    return 1 if bad else 0


def step_frontend(outcome: Outcome) -> int:
    if not shutil.which("npm"):
        outcome.left_out.append("frontend rebuild: no Node here (the committed build is used as it is)")
        return 0
    return run(BIN / "python", "tools/compare_frontend.py")


def signature_programs(outcome: Outcome) -> None:
    """Get the programs that the tests of signatures ask for a second opinion. What is missing is named, and those tests are left out."""
    if not all(shutil.which(name) for name in SIGNATURE_PROGRAMS):
        apt_install("signatures")
    for name in SIGNATURE_PROGRAMS:
        if not shutil.which(name):
            outcome.left_out.append(f"second opinion on signatures: {name} is not installed and cannot be (apt as root would)")


def step_sqlite(outcome: Outcome) -> int:
    signature_programs(outcome)
    return pytest(outcome, "-m", "not browser", "-n", workers())


def step_postgres(outcome: Outcome) -> int:
    if not postgres_is_here():
        outcome.left_out.append("tests on PostgreSQL + PostGIS: not installed and cannot be (apt as root would)")
        return 0
    return pytest(outcome, "-m", "not browser", "--only-database", "-n", workers(), wrapper=POSTGRES)


def step_browser(outcome: Outcome) -> int:
    def chromium() -> str | None:
        return (
            os.environ.get("LANTU_CHROMIUM")
            or shutil.which("chromium")
            or shutil.which("chromium-browser")
            or shutil.which("google-chrome")
        )

    if chromium() is None:
        apt_install("chromium")
    found = chromium()
    if found is None:
        outcome.left_out.append("browser tests: no Chromium here and cannot be installed (apt as root would)")
        return 0
    city, building = outcome.city or begin_city()
    if building.wait():
        print((city / "demo.log").read_text(encoding="utf-8"))
        return building.returncode
    env = {"LANTU_CHROMIUM": found, "DJANGO_ALLOW_ASYNC_UNSAFE": "1", "LANTU_TEST_CITY": str(city)}
    return pytest(outcome, "-m", "browser", "-n", workers(), "--dist", "loadgroup", env=env)


def begin_city() -> tuple[Path, subprocess.Popen[bytes]]:
    """Start to build a small demo city; its folder, and the process to wait for."""
    folder = Path(os.environ["LANTU_VAR"]) / "city"
    folder.mkdir(parents=True)
    with (folder / "demo.log").open("wb") as log:
        command = [BIN / "lantu", "demo", "--patches", "400"]
        return folder, subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "LANTU_VAR": str(folder)})


STEPS: dict[str, Callable[[Outcome], int]] = {
    "lint": step_lint,
    "types": step_types,
    "migrations": step_migrations,
    "translations": step_translations,
    "licences": step_licences,
    "frontend": step_frontend,
    "sqlite": step_sqlite,
    "postgres": step_postgres,
    "browser": step_browser,
}


def main() -> int:
    """Run the chosen steps, all by default; say what failed and what was left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="*", choices=[*STEPS, []], help="default: all")
    chosen = parser.parse_args().steps or list(STEPS)
    outcome, times = Outcome(), {}
    with tempfile.TemporaryDirectory(prefix="lantu-check-") as var:
        os.environ["LANTU_VAR"] = var
        os.environ.pop("DATABASE_URL", None)
        if "browser" in chosen and len(chosen) > 1:
            outcome.city = begin_city()
        for name in chosen:
            print(f"\n=== {name} ===", flush=True)
            start = time.monotonic()
            if STEPS[name](outcome):
                outcome.failed.append(name)
            times[name] = time.monotonic() - start
    print("\n=== summary ===")
    for name, seconds in times.items():
        print(f"{'FAILED' if name in outcome.failed else 'ok':>7}  {name:<13} {seconds:7.1f} s")
    for reason in outcome.left_out:
        print(f"LEFT OUT  {reason}")
    print(f"{outcome.passed_tests} passed, {outcome.failed_tests} failed")
    return 1 if outcome.failed or (outcome.left_out and os.environ.get("CI") == "true") else 0


if __name__ == "__main__":
    sys.exit(main())
