"""The figures on the workbench: each counts the rows of the list that it leads to."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from lantu.accounts.models import User
from lantu.approvals import services
from lantu.approvals.factories import at, branch
from lantu.approvals.models import StageApplication
from lantu.casework.factories import make_actor
from lantu.core.actor import Actor

FIGURE = re.compile(r'<li><a href="(/approvals/[^"]*)"><b>(\d+)</b><span>([^<]+)</span>')


def figures(client: Client, actor: Actor) -> dict[str, tuple[str, int]]:
    """Name → address and number, as the workbench shows them."""
    client.force_login(User.objects.get(pk=actor.user_id or 0))
    return {name: (url, int(count)) for url, count, name in FIGURE.findall(client.get("/").content.decode())}


def rows(client: Client, url: str) -> int:
    """The rows of the list behind a figure, as its export has them."""
    sheet = client.get(f"{url}{'&' if '?' in url else '?'}export=csv")
    return len(b"".join(sheet).decode("utf-8-sig").strip().splitlines()) - 1


@pytest.mark.django_db
def test_each_figure_counts_the_rows_it_leads_to(stage: StageApplication, who: dict[str, Actor], client: Client) -> None:
    supervisor = make_actor("supervisor", "DCZ")
    with at("2018-09-21"):
        services.accept(who["window"], branch(stage, "scheme"))
        services.start_work(who["GH.reviewer"], branch(stage, "scheme"))
    with at("2018-12-28"):
        seen = {role: figures(client, actor) for role, actor in (("window", who["window"]), ("office", who["GH.reviewer"]))}
        assert seen["window"]["待受理"][1] == 1 and seen["office"]["已超期"][1] == seen["office"]["在办事项"][1] == 1
        assert figures(client, supervisor)["在办案卷"][1] == 1
        for actor in (who["window"], who["GH.reviewer"], supervisor):
            for url, count in figures(client, actor).values():
                assert rows(client, url) == count, url


@pytest.mark.django_db
def test_applicants_and_a_city_without_cases_see_none(client: Client, who: dict[str, Actor]) -> None:
    assert figures(client, who["window"]) == {}
