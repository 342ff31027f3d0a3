"""What rooms add to the shell, who sees it; jobs and search pages; the English catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory

from lantu.core.actor import ANONYMOUS, Actor, Post
from lantu.core.middleware import actor_source
from lantu.core.models import Job
from lantu.ui import registry, translations
from lantu.ui.views import _local


def person(role: str, user_id: int = 1) -> Actor:
    return Actor(user_id, f"{role} {user_id}", Post(role), "page")


def queued(title: str) -> Job:
    """A job of planner 1 that waits."""
    return Job.objects.create(kind="test", title=title, user_id=1)


@pytest.fixture
def as_person(client: Client) -> Iterator[Any]:
    kept = actor_source._implementations.copy()
    acting = [ANONYMOUS]
    actor_source._implementations.clear()
    actor_source.register("test", lambda request: acting[0])

    def become(actor: Actor) -> Client:
        acting[0] = actor
        return client

    yield become
    actor_source._implementations.clear()
    actor_source._implementations.update(kept)


def test_navigation_and_panels_show_only_to_their_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_nav", {})
    monkeypatch.setattr(registry, "_panels", {})
    registry.add_nav("work", "甲", "home", "home", ("planner",))
    registry.add_panel("place", "first", lambda request, subject: f"<p>{subject}</p>", order=20, roles=("planner",))
    registry.add_panel("place", "silent", lambda request, subject: None)
    registry.add_panel("place", "early", lambda request, subject: "x", order=10, roles=("*",))
    request = RequestFactory().get("/")
    for actor, links, panels in ((person("planner"), 1, ["early", "first"]), (person("viewer"), 0, ["early"]), (ANONYMOUS, 0, ["early"])):
        request.actor = actor  # type: ignore[attr-defined]
        assert sum(len(found) for _title, found in registry.navigation(request)) == links
        assert [key for key, _html in registry.panels("place", request, 7)] == panels
    with pytest.raises(KeyError):
        registry.add_nav("nowhere", "乙", "home", "home")


@pytest.mark.django_db
def test_a_job_is_shown_to_who_started_it_and_not_to_others(as_person: Any) -> None:
    job = queued("融合 甲")
    page = f"/jobs/{job.pk}/"
    assert "融合 甲" in as_person(person("planner", 1)).get(page).content.decode()
    assert as_person(person("planner", 2)).get(page).status_code == 404
    assert as_person(person("sysadmin", 3)).get(page).status_code == 200
    assert "融合 甲" not in as_person(person("planner", 2)).get("/jobs/").content.decode()
    assert as_person(person("planner", 2)).post(f"{page}cancel/").status_code == 404
    as_person(person("planner", 1)).post(f"{page}cancel/")
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED or job.cancel_requested


@pytest.mark.django_db
def test_a_finished_job_goes_on_only_within_this_site(as_person: Any) -> None:
    job = queued("融合")
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, share=1)
    client = as_person(person("planner", 1))
    assert client.get(f"/jobs/{job.pk}/?next=/map/", headers={"HX-Request": "true"})["HX-Redirect"] == "/map/"
    assert not client.get(f"/jobs/{job.pk}/?next=//evil.example", headers={"HX-Request": "true"}).has_header("HX-Redirect")
    assert (_local("/a"), _local("//a"), _local("/\\a"), _local("http://a"), _local("javascript:x")) == ("/a", "", "", "", "")


@pytest.mark.django_db
def test_search_and_unknown_pages_say_what_to_do(as_person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = registry.Found("甲地块", "/map/", "云岩区")
    monkeypatch.setattr(registry.searchers, "_implementations", {"x": ("地块", lambda request, text: [found] if text == "甲" else [])})
    client = as_person(person("planner"))
    assert "甲地块" in client.get("/search/", {"q": " 甲 "}).content.decode()
    assert client.get("/search/", {"q": "没有这样的东西"}).status_code == 200
    assert client.get("/search/", {"q": "\x00"}).status_code == 200
    missing = client.get("/nowhere/")
    assert missing.status_code == 404 and "没有这一页" in missing.content.decode()


def test_what_lacks_english_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "room"
    room.mkdir()
    (room / "__init__.py").write_text('_("一处"); _("有 %(n)s 处"); _("译了")\n', encoding="utf-8")
    (room / "page.html").write_text('{% load i18n %}{% translate "页上的话" %}', encoding="utf-8")
    monkeypatch.setattr(translations, "ROOMS", tmp_path)
    assert translations.update(room) == 4
    path = translations.po_path(room)
    text = path.read_text(encoding="utf-8")
    for chinese, english in (("译了", "done"), ("有 %(n)s 处", "there are some"), ("一处", "one")):
        text = text.replace(f'msgid "{chinese}"\nmsgstr ""', f'msgid "{chinese}"\nmsgstr "{english}"')
    path.write_text(f'{text}\nmsgid "不用的"\nmsgstr "unused"\n', encoding="utf-8")
    found = {problem.message: problem.what for problem in translations.check()}
    assert found == {
        "页上的话": "没有英文 / no English",
        "有 %(n)s 处": "占位符不一致 / other placeholders",
        "不用的": "已不用 / no longer used",
    }
    assert translations.compile_all() == 1
    assert path.with_suffix(".mo").exists()
