"""The search of the desk: the tables of cases and projects asked by themselves find what the joined tables do."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import QueryDict

from lantu.approvals import factories as make
from lantu.approvals.models import Branch, StageApplication
from lantu.approvals.office_tables import branches
from lantu.approvals.services import file_stage
from lantu.approvals.words import Words
from lantu.core import trigrams
from lantu.core.actor import Actor
from lantu.projects.models import Project
from lantu.ui.filters import Search

pytestmark = pytest.mark.django_db


def found(search: Search, words: str) -> list[int]:
    query = QueryDict(mutable=True)
    query["q"] = words
    search.bind(query)
    return list(search.apply(Branch.objects.order_by("pk")).values_list("pk", flat=True))


def test_where_trigrams_can_be_had_the_searched_columns_have_them() -> None:
    if connection.vendor != "postgresql":
        assert not trigrams.serve()
        return
    assert trigrams.serve()
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE '%_trgm'")
        found = {name for (name,) in cursor.fetchall()}
        assert found == {"approvals_stageapplication_number_trgm", "projects_project_name_trgm", "projects_project_code_trgm"}
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Project.objects.filter(name__icontains="九年一贯制").order_by().explain()
    assert "projects_project_name_trgm" in plan  # Django asks in the words of the index


def test_the_desk_finds_by_number_name_and_code_what_a_join_would(
    stage: StageApplication, who: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trigrams, "serve", lambda: True)
    other = make.make_project()
    make.make_applicant(who["builder"], other)
    file_stage(who["builder"], other, "2", "gov_building", make.SCHOOL)
    Project.objects.filter(pk=other.pk).update(name="Guanshan 二小 100%_新建")
    (search,) = [one for one in branches(Branch.objects.all(), Words(), lambda row: "").filters if isinstance(one, Search)]
    assert search.apart
    joined = Search(search.label, search.fields)
    number, code = stage.number, stage.project.code
    parts = (number, number[-4:], code, "朱昌", "guanshan", "GUANSHAN 二小", f"朱昌 {number}", f"二小 {number}", "100%_", "没有", " ")
    for words in parts:
        assert found(search, words) == found(joined, words), words
    assert found(search, f"朱昌 {number}") == list(stage.branches.order_by("pk").values_list("pk", flat=True))
    assert found(search, f"二小 {number}") == []
