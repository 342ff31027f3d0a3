"""Standing in for another (代办), and what keeps the three administrators apart (三员分立)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lantu.accounts import services
from lantu.accounts.acting import actor_for, seats
from lantu.accounts.models import Delegation, Post, User
from lantu.core.actor import ANONYMOUS, Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.tests.together import behind

pytestmark = pytest.mark.django_db


def someone(name: str, *roles: str) -> User:
    user = User.objects.create_user(name, password="x", full_name=name)
    for role in roles:
        Post.objects.create(user=user, role=role, valid_from=timezone.localdate())
    return user


def acting(user: User) -> Actor:
    return actor_for(user, user.posts.get())


@pytest.fixture
def security() -> Actor:
    return acting(someone("anquan", "secadmin"))


def hand_on(user: User, to: User, days: int = 5, after: int = 0) -> Delegation:
    today = timezone.localdate()
    first, last = today + timedelta(days=after), today + timedelta(days=after + days)
    return services.delegate(acting(user), user.posts.get(), to, valid_from=first, valid_to=last, reason="出差")


def test_one_stands_in_from_the_day_on_and_no_longer_once_it_is_ended() -> None:
    wang, li = someone("wang", "planner"), someone("li", "checker")
    lent = hand_on(wang, li)
    assert [seat.post.role for seat in seats(li)] == ["checker", "planner"]
    for other in (acting(someone("zhao", "planner")), ANONYMOUS):
        with pytest.raises(Refused):
            services.end_delegation(other, lent)
    client = Client()
    client.force_login(li, backend="django.contrib.auth.backends.ModelBackend")
    assert "结束代办" in client.get("/accounts/own/").content.decode()
    assert client.post("/accounts/own/", {"end": lent.pk}).status_code == 302
    assert "已结束" in client.get("/accounts/own/").content.decode()
    assert [seat.post.role for seat in seats(li)] == ["checker"]
    stranger = Client()
    stranger.force_login(User.objects.get(username="zhao"), backend="django.contrib.auth.backends.ModelBackend")
    for which in (lent.pk, "x", 0):
        assert stranger.post("/accounts/own/", {"end": which}).status_code == 404


def test_who_cannot_stand_in() -> None:
    wang = someone("wang", "planner")
    gone = someone("gone", "checker")
    gone.is_active = False
    gone.save()
    for other in (wang, gone, someone("guan", "sysadmin")):
        with pytest.raises(Conflict):
            hand_on(wang, other)
    with pytest.raises(Conflict):
        hand_on(someone("shen", "auditadmin"), someone("li", "checker"))
    with pytest.raises(BadInput):
        hand_on(wang, User.objects.get(username="li"), days=0)
    assert not Delegation.objects.exists()


@pytest.mark.parametrize("after", [0, 30])
def test_who_stands_in_for_a_planner_now_or_later_is_no_administrator(security: Actor, after: int) -> None:
    wang, li = someone("wang", "planner"), someone("li")
    lent = hand_on(wang, li, after=after)
    with pytest.raises(Conflict, match="不能由一人兼任"):
        services.give_post(security, li, "auditadmin")
    services.end_delegation(acting(wang), lent)
    assert services.give_post(security, li, "auditadmin").role == "auditadmin"


def test_posts_that_begin_later_count_for_the_separation_too(security: Actor) -> None:
    li, later = someone("li"), timezone.localdate() + timedelta(days=9)
    services.give_post(security, li, "planner", valid_from=later)
    with pytest.raises(Conflict, match="不能由一人兼任"):
        services.give_post(security, li, "sysadmin", valid_from=later)
    with pytest.raises(Conflict):
        hand_on(someone("wang", "planner"), someone("guan2", "secadmin"))


@pytest.mark.django_db(transaction=True)
def test_of_a_post_and_a_standing_in_that_exclude_each_other_one_is_told_no(security: Actor) -> None:
    wang, li = someone("wang", "planner"), someone("li")
    lent, given = behind(lambda: hand_on(wang, li), lambda: services.give_post(security, User.objects.get(pk=li.pk), "auditadmin"))
    assert isinstance(lent, Delegation) and isinstance(given, Conflict)
