"""The papers of a run, and the same by command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document
from openpyxl import load_workbook

from lantu.blueprints import factories as make
from lantu.blueprints import papers
from lantu.blueprints.cli import blueprint
from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.selectors.findings import words_of
from lantu.blueprints.selectors.statistics import statistics

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> FusionRun:
    return make.make_run(make.make_releases(make.make_pack()))


def test_the_issue_list_names_every_finding_and_adds_up(run: FusionRun) -> None:
    paper = Document(io.BytesIO(papers.issue_docx(run, "conflict")))
    text = "\n".join(cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    rows = Finding.objects.filter(run=run, listing="conflict", apart=False)
    assert rows.exists()
    for row in rows:
        assert row.rule in text
    assert papers.hectares(sum(row.area_m2 for row in rows)) in text + "\n".join(p.text for p in paper.paragraphs)


def test_the_spreadsheet_has_a_line_per_finding_with_identity_and_place(run: FusionRun) -> None:
    sheet = load_workbook(io.BytesIO(papers.issue_xlsx(run, "conflict"))).active
    assert sheet is not None
    lines = list(sheet.iter_rows(min_row=3, values_only=True))
    rows = Finding.objects.filter(run=run, listing="conflict", apart=False)
    assert {line[-3] for line in lines} == set(rows.values_list("identity", flat=True))


def test_pdfs_are_made(run: FusionRun) -> None:
    assert papers.issue_pdf(run, "gap").startswith(b"%PDF")
    assert papers.statistics_pdf(run).startswith(b"%PDF")


@pytest.mark.parametrize("by", papers.BY)
def test_statistics_add_up_to_the_list(run: FusionRun, by: str) -> None:
    table = statistics(run, "conflict", by)
    lines = papers.statistics_rows(table, words_of(run))
    assert lines[-1][1] == f"{table.total.main.count:,}"
    if not table.overlapping:
        assert sum(row.main.count for row in table.rows) == table.total.main.count
        assert sum(row.main.area_m2 for row in table.rows) == table.total.main.area_m2


def test_the_command_line_counts_lists_publishes_and_verifies(run: FusionRun, tmp_path: Path) -> None:
    runner = CliRunner()
    assert run.number in "".join(str(row) for row in FusionRun.objects.values_list("number", flat=True))
    out = tmp_path / "list.docx"
    assert runner.invoke(blueprint, ["findings", "--out", str(out)], catch_exceptions=False).exit_code == 0
    assert out.stat().st_size > 1000
    assert "C01" in runner.invoke(blueprint, ["stats"], catch_exceptions=False).output
    assert runner.invoke(blueprint, ["publish", run.number, "0.1"], catch_exceptions=False).exit_code == 0
    verified = runner.invoke(blueprint, ["verify", "--oracle"], catch_exceptions=False)
    assert "核验一致" in verified.output
    assert runner.invoke(blueprint, ["findings", "--out", "x.txt"]).exit_code == 2
