"""How fast permits are made, sealed and verified.

``python -m benchmarks.documents [--count 24] [--processes 2] [--runs 3]`` makes, seals (PAdES with time stamp, SM2 seal signature, OFD) and
verifies land-use permits in a data folder of its own, in as many worker processes as the job pool has, and prints medians. The target
(issue 9): at least 5 documents a second on 2 cores, verification under 100 ms. On a machine that others use too, look at the processor
seconds and at the load average that is printed with them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def set_up(folder: str) -> None:
    """Django in this process, on the benchmark's own folder."""
    os.environ["LANTU_VAR"] = folder
    os.environ.pop("DATABASE_URL", None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantu.config.settings")
    sys.path.insert(0, str(ROOT / "src"))
    import django

    django.setup()


def prepare(folder: str) -> tuple[str, bytes]:
    """Tables, a city of papers, and a seal's key; the key's name and its seal."""
    set_up(folder)
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from lantu.core import files
    from lantu.documents.factories import person, small_city
    from lantu.documents.services import register_seal

    small_city()
    seal = register_seal(person("secadmin"), code="BENCH", name="行政审批专用章", kind="approval", department="GH")
    key = seal.keys.get()
    assert key.eseal is not None
    return key.name, files.path_of(key.eseal).read_bytes()


def make(name: str, eseal: bytes, number: int) -> tuple[bytes, bytes]:
    """One permit: typeset, PAdES seal with time stamp, SM2 signature over the file, OFD with its seal."""
    from lantu.certificates import layout
    from lantu.certificates.factories import DATA, SITE
    from lantu.certificates.models import Certificate
    from lantu.certificates.types import certificate_type
    from lantu.documents.crypto import ofd, sm
    from lantu.documents.crypto.pictures import draw_seal
    from lantu.documents.providers import LocalSeals
    from lantu.standards import selectors

    of, at, today = certificate_type("land_use_permit"), datetime.now(UTC), datetime.now(UTC).date()
    row = Certificate(
        type=of.code, title=of.name_zh, identifier=f"bench.{number}", number=f"地字第 {number:05d} 号", token=f"bench{number}",
        holder_name="观山湖区教育局", data=DATA["land_use_permit"], annexes=list(of.annexes), issuer_name="贵阳市城乡规划局",
        valid_from=today, geometry=SITE, demo=True, pack=selectors.pack(),
    )  # fmt: skip
    service, picture = LocalSeals(), draw_seal("贵阳市城乡规划局", "行政审批专用章")
    attached = layout.record_bytes(row, at)
    plain = layout.pdf(of, layout.composed(row, of, at), attached)
    pdf = service.seal_pdf(name, plain, picture, box=layout.SEAL_BOX, field_name="Seal1", reason="bench", signer="bench")
    service.sign_digest(name, eseal, sm.sm3(pdf), "file", at)
    parts = layout.ofd_parts(row, of, at, attached)
    signed = ofd.sign(parts, eseal, lambda digest, about, when: service.sign_digest(name, eseal, digest, about, when), layout.OFD_STAMP)
    return pdf, signed


def work(name: str, eseal: bytes, numbers: list[int]) -> float:
    """Some permits in one worker process; its processor seconds."""
    began = time.process_time()
    for number in numbers:
        make(name, eseal, number)
    return time.process_time() - began


def _share(numbers: list[int], processes: int) -> list[list[int]]:
    return [numbers[n::processes] for n in range(processes)]


def measure(folder: str, *, count: int, processes: int, runs: int) -> dict[str, Any]:
    """Documents a second in the pool and milliseconds a verification, medians over the runs."""
    name, eseal = prepare(folder)
    from lantu.documents.checking import verify_content

    rates, seconds = [], []
    with ProcessPoolExecutor(processes, initializer=set_up, initargs=(folder,)) as pool:
        list(pool.map(work, [name] * processes, [eseal] * processes, [[n] for n in range(processes)]))  # warm: keys opened, fonts read
        for run in range(runs):
            shares = _share(list(range(run * count, (run + 1) * count)), processes)
            began = time.perf_counter()
            seconds.append(sum(pool.map(work, [name] * processes, [eseal] * processes, shares)) / count)
            rates.append(count / (time.perf_counter() - began))
    pdf, signed = make(name, eseal, 0)
    return {
        "count": count,
        "processes": processes,
        "documents_per_second": round(statistics.median(rates), 2),
        "rates": [round(rate, 2) for rate in rates],
        "processor_seconds_per_document": round(statistics.median(seconds), 3),
        **_milliseconds("pdf", verify_content, pdf, runs * 5),
        **_milliseconds("ofd", verify_content, signed, runs * 5),
        "pdf_kb": len(pdf) // 1024,
        "ofd_kb": len(signed) // 1024,
        "load_average": os.getloadavg()[0],
    }


def _milliseconds(kind: str, verify: Any, content: bytes, times: int) -> dict[str, float]:
    """Medians of a verification, by the clock and of processor time."""
    verify(content)
    clock, processor = [], []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        assert verify(content).findings.good
        clock.append((time.perf_counter() - began) * 1000)
        processor.append((time.process_time() - used) * 1000)
    return {f"verify_{kind}_ms": round(statistics.median(clock), 1), f"verify_{kind}_cpu_ms": round(statistics.median(processor), 1)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lantu-bench-") as folder:
        print(json.dumps(measure(folder, count=given.count, processes=given.processes, runs=given.runs), indent=1))


if __name__ == "__main__":
    main()
