"""Run a command with a private PostgreSQL + PostGIS of its own: ``private_postgres.py -- COMMAND …``.

A cluster is made in a temporary folder on a free port of the loopback address, the command gets its ``DATABASE_URL``, and
everything is stopped and removed when the command ends. As root the server runs as the user ``postgres``. Standard library only.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 -c listen_addresses=127.0.0.1"


def find_binaries() -> Path | None:
    """The folder of initdb and pg_ctl of the newest PostgreSQL that has PostGIS; a server without it does not count."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    return next((folder for folder in (*debian, *on_path) if (folder / "initdb").exists() and _has_postgis(folder)), None)


def _has_postgis(folder: Path) -> bool:
    shared = [Path("/usr/share/postgresql") / folder.parent.name]
    config = folder / "pg_config"
    if config.exists():
        answer = subprocess.run([config, "--sharedir"], capture_output=True, text=True, check=False)
        shared += [Path(answer.stdout.strip())] if answer.returncode == 0 else []
    return any((path / "extension" / "postgis.control").exists() for path in shared)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Make, run, remove; the exit code is the command's."""
    command = sys.argv[sys.argv.index("--") + 1 :]
    binaries, port = find_binaries(), free_port()
    if binaries is None:
        raise SystemExit("PostgreSQL with PostGIS is missing: apt-get install postgresql postgresql-postgis")
    folder = Path(tempfile.mkdtemp(prefix="lantu-pg-"))
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)

    def server(*arguments: str) -> None:
        become = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False, **become)
        if done.returncode:
            raise SystemExit(f"{Path(arguments[0]).name} failed: {done.stdout}{done.stderr}")

    data, log = str(folder / "data"), str(folder / "log")
    try:
        server(str(binaries / "initdb"), "-D", data, "-U", "lantu", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        server(str(binaries / "pg_ctl"), "-D", data, "-l", log, "-w", "-o", f"-p {port} -k {folder} {OPTIONS}", "start")
        sql = "create extension postgis; update pg_database set datistemplate = true where datname = 'template1'"
        server(str(binaries / "psql"), "-h", "127.0.0.1", "-p", str(port), "-U", "lantu", "-d", "template1", "-q", "-c", sql)
        server(str(binaries / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "lantu", "lantu")
        environment = {**os.environ, "DATABASE_URL": f"postgres://lantu@127.0.0.1:{port}/lantu"}
        return subprocess.call(command, env=environment)
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            server(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
