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
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from private_postgres import find_binaries

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
LICENCES_REFUSED = ("AGPL", "Affero", "GPLv2 only", "SSPL", "Proprietary")
APT = {
    "postgres": ("postgresql", "postgresql-postgis"),
    "shell": ("chromium-headless-shell", "fonts-noto-cjk"),
    "chromium": ("chromium", "fonts-noto-cjk"),
    "signatures": ("poppler-utils", "openssl"),
}
POSTGRES = (BIN / "python", "tools/private_postgres.py", "--")
SHELLS, BROWSERS = ("chromium-headless-shell",), ("chromium", "chromium-browser", "google-chrome")
SIGNATURE_PROGRAMS = ("pdfsig", "openssl")
"""Second opinions on signatures: an ordinary PDF reader and another implementation of SM2."""


@dataclass
class Outcome:
    """What the steps gave: failures, steps left out and why, and counted tests."""

    failed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    passed_tests: int = 0
    failed_tests: int = 0
    prepared: Future[int] | None = None
    """Kernels and translations, compiled beside the steps that use one core."""
    city: Future[int] | None = None
    """The demo city that the browser tests look at, built after them."""


def run(*command: str | Path, env: dict[str, str] | None = None) -> int:
    """Run a command in the repository's root; its output goes to the terminal."""
    return subprocess.call([str(part) for part in command], cwd=ROOT, env={**os.environ, **(env or {})})


def apt_install(what: str) -> None:
    """Install by apt where we are root and apt is there; quiet, and no failure if it cannot."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print(f"  apt-get install {' '.join(APT[what])} ...", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    kept = {name: value for name, value in os.environ.items() if name != "TMPDIR"}  # apt's own user could not write into ours
    environment = {**kept, "DEBIAN_FRONTEND": "noninteractive"}
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


def spread() -> tuple[str, ...]:
    """As many test processes as cores, at most four; one that has nothing left takes from another, so that all end together."""
    return "-n", str(min(os.cpu_count() or 1, 4)), "--dist", "worksteal"


def prepare() -> int:
    """Compile what tests run: the kernels, for which this is two minutes of a core the first time, and the translations."""
    return beside("setup")


def build_city() -> int:
    """Empty tables in the folder ``empty``, and a small demo city with them in the folder ``city``."""
    if failed := beside("migrate", folder="empty"):
        return failed
    shutil.copytree(data_folder("empty"), data_folder("city"), dirs_exist_ok=True)
    return beside("demo", "--patches", "400")


def data_folder(name: str) -> Path:
    return Path(os.environ["LANTU_VAR"]) / name


def beside(*words: str, folder: str = "city") -> int:
    """Run ``lantu`` in a data folder beside the steps; its output is shown only when it failed."""
    environment = {**os.environ, "LANTU_VAR": str(data_folder(folder))}
    done = subprocess.run([BIN / "lantu", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"--- lantu {words[0]} failed ---\n{done.stdout}{done.stderr}", flush=True)
    return done.returncode


def is_prepared(outcome: Outcome) -> bool:
    """Whether kernels and translations are there, waiting for them if need be."""
    return outcome.prepared is not None and outcome.prepared.result() == 0


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
    return pytest(outcome, "-m", "not browser", *spread()) if is_prepared(outcome) else 1


def step_postgres(outcome: Outcome) -> int:
    if not postgres_is_here():
        outcome.left_out.append("tests on PostgreSQL + PostGIS: not installed and cannot be (apt as root would)")
        return 0
    return pytest(outcome, "-m", "not browser", "--only-database", *spread(), wrapper=POSTGRES) if is_prepared(outcome) else 1


def step_browser(outcome: Outcome) -> int:
    found = chromium()
    if found is None:
        outcome.left_out.append("browser tests: no Chromium here and cannot be installed (apt as root would)")
        return 0
    if outcome.city is None or outcome.city.result():
        return 1
    city = {"LANTU_TEST_CITY": str(data_folder("city")), "LANTU_TEST_CITY_CURRENT": "1", "LANTU_TEST_EMPTY": str(data_folder("empty"))}
    env = {"LANTU_CHROMIUM": found, "DJANGO_ALLOW_ASYNC_UNSAFE": "1", **city}
    # a file is one story: what it has set up or looked at it need not again
    return pytest(outcome, "tests/browser", "-m", "browser", *spread()[:2], "--dist", "loadfile", "--no-loadscope-reorder", env=env)


def chromium() -> str | None:
    """The Chromium that there is, installed now if need be. Its shell without windows is preferred: the same engine, which does not draw a
    browser around each page and so needs two thirds of the processor time."""
    if given := os.environ.get("LANTU_CHROMIUM"):
        return given
    for what, names in (("shell", SHELLS), ("chromium", BROWSERS)):
        if not any(map(shutil.which, names)):
            apt_install(what)
        if found := next(filter(None, map(shutil.which, names)), None):
            return found
    return None


def memory_folder() -> str | None:
    """A folder that lies in memory, where there is plenty of it: tests wait for files to be on the disk. Else the usual one."""
    folder, plenty = Path("/dev/shm"), 4 << 30
    if not folder.is_dir() or not os.access(folder, os.W_OK) or shutil.disk_usage(folder).free < plenty:
        return None
    return str(folder) if available_memory() > 2 * plenty else None


def available_memory() -> int:
    """Bytes that programs may still take; 0 where that cannot be known."""
    file = Path("/proc/meminfo")
    facts = dict(line.split(":", 1) for line in file.read_text(encoding="utf-8").splitlines()) if file.exists() else {}
    return int(facts.get("MemAvailable", "0").split()[0]) << 10


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
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every process compiles every source anew
    with tempfile.TemporaryDirectory(prefix="lantu-check-", dir=memory_folder()) as var, ThreadPoolExecutor(1) as pool:
        Path(var).chmod(0o711)  # the database server goes through it as a user of its own
        os.environ["LANTU_VAR"] = os.environ["TMPDIR"] = var
        if {"sqlite", "postgres", "browser"} & set(chosen):
            outcome.prepared = pool.submit(prepare)
        if "browser" in chosen:
            outcome.city = pool.submit(build_city)
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
