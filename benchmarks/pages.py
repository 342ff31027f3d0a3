"""What the benchmarks of pages share: a city of their own, the pages asked five times as a signed-in planner, one JSON line a figure."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any


def in_own_city(measure: Callable[[], None]) -> None:
    """Run ``measure`` with Django set up and tables made: where ``LANTU_VAR`` and ``DATABASE_URL`` say, else in a passing folder."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantu.config.settings")
    with tempfile.TemporaryDirectory(prefix="lantu-bench-") as folder:
        os.environ.setdefault("LANTU_VAR", folder)
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        settings.ALLOWED_HOSTS = ["testserver"]
        call_command("migrate", verbosity=0, interactive=False)
        measure()


def analyse() -> None:
    """Let PostgreSQL count its rows anew and note which pages all may see, as it does by itself after a while."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def measure_pages(pages: Mapping[str, str], places: Mapping[str, str], table: str) -> None:
    """Ask each page once to warm it and five times for the median; ``places`` fill the addresses, ``table`` is what htmx asks for alone."""
    from django.test import Client

    from lantu.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username="demo-planner"), backend="django.contrib.auth.backends.ModelBackend")
    for name, address in pages.items():
        headers = {"HX-Request": "true", "HX-Target": table} if name.startswith("htmx") else {}
        url = address.format(**places)

        def ask(url: str = url, headers: dict[str, str] = headers) -> Any:
            answer = client.get(url, headers=headers)
            assert answer.status_code == 200, (url, answer.status_code)
            return answer

        ask()
        busy = time.process_time()
        times = sorted(timed(ask) for _ in range(5))
        busy = (time.process_time() - busy) / len(times)
        say(page=name, median_ms=round(statistics.median(times) * 1000), worst_ms=round(times[-1] * 1000), cpu_ms=round(busy * 1000))


def timed(work: Callable[[], Any]) -> float:
    """Seconds by the clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def say(**facts: Any) -> None:
    """One JSON line on standard output."""
    print(json.dumps(facts, ensure_ascii=False), flush=True)
