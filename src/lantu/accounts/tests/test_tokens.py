"""Tokens of other systems: shown once, kept as a digest, bounded in verbs and time, ended at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from lantu.accounts import demo, services
from lantu.accounts.cli import accounts
from lantu.accounts.models import Department, ServiceToken, User
from lantu.core.actor import Actor, Post
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import AuditEvent

pytestmark = pytest.mark.django_db
KEEPER = Actor(None, "安全保密管理员", Post("secadmin"), "page")
READ = "/api/v1/approvals/cases"


@pytest.fixture
def department() -> Department:
    return Department.objects.create(code="RFB", name_zh="市人防办")


def soon(days: int = 30) -> date:
    return timezone.localdate() + timedelta(days=days)


def issue(of: Department, **more: Any) -> ServiceToken:
    facts: dict[str, Any] = {"role": "exchange", "department": of, "verbs": ["approvals.file_by_client"], "expires_on": soon()}
    return services.issue_token(KEEPER, "人防业务系统", **(facts | more))


def call(secret: str, path: str = READ, data: Any = None) -> Any:
    client = Client(enforce_csrf_checks=True)
    header = {"Authorization": f"Bearer {secret}"}
    if data is None:
        return client.get(path, headers=header)
    return client.post(path, data, content_type="application/json", headers=header)


def test_a_token_reads_and_acts_by_its_verbs_alone_without_a_session(department: Department) -> None:
    made = issue(department)
    assert call(made.secret).json() == {"total": 0, "rows": []}
    filing = {"project": "none", "stage": "1", "project_class": "social", "facts": {}}
    assert call(made.secret, "/api/v1/approvals/filings", filing).status_code == 404  # the verb is reached: no such project
    other = issue(department, verbs=["approvals.answer_inquiry"], role="window", reads=False)
    assert call(other.secret).status_code == 403  # it may not read
    refused = call(other.secret, "/api/v1/approvals/inquiries", {"stage": "1", "project_class": "social", "question": "问", "facts": {}})
    assert refused.status_code == 403 and "approvals.open_inquiry" in refused.json()["what"]
    assert AuditEvent.objects.filter(verb="approvals.open_inquiry", outcome="refused", actor_name="人防业务系统").exists()
    row = ServiceToken.objects.get(pk=made.pk)
    assert row.used_at is not None and row.secret == "" and made.secret not in str(list(ServiceToken.objects.values()))
    assert made.secret not in str(list(AuditEvent.objects.values())) and row.digest not in str(list(AuditEvent.objects.values()))
    assert not row.user.has_usable_password()


def test_the_scope_of_an_actor_bounds_the_verbs_whatever_the_post_may(department: Department) -> None:
    actor = Actor(10**6, "系统", Post("secadmin"), "api", scope=frozenset({"accounts.give_post"}))
    user = User.objects.create(username="a")
    assert services.give_post(actor, user, "viewer").role == "viewer"
    with pytest.raises(Refused, match=r"accounts\.end_post"):
        services.end_post(actor, user.posts.get())


@pytest.mark.parametrize("bad", ["", "lt_nonsense", "x" * 50])
def test_an_unknown_token_is_nobody_even_beside_a_good_session(bad: str) -> None:
    demo.load()
    client = Client()
    client.force_login(User.objects.get(username="demo-planner"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(READ).status_code == 200
    answer = client.get(READ, headers={"Authorization": f"Bearer {bad}"})
    assert answer.status_code == 401 and answer.json()["code"] == "unauthenticated"


def test_a_token_that_is_over_revoked_or_without_its_post_is_refused_and_on_record(department: Department) -> None:
    over, revoked, ended, closed = (issue(department) for _one in range(4))
    ServiceToken.objects.filter(pk=over.pk).update(expires_on=soon(-1))
    services.revoke_token(KEEPER, revoked, "系统停用")
    services.end_post(KEEPER, ended.post)
    User.objects.filter(pk=closed.user_id).update(is_active=False)
    for one in (over, revoked, ended, closed):
        assert call(one.secret).status_code == 401
        assert call(one.secret).status_code == 401
    assert AuditEvent.objects.filter(verb="accounts.use_token", outcome="refused").count() == 4  # once in a while, not for each call


def test_a_token_is_renewed_with_the_same_rights_and_the_old_one_lives_until_it_is_revoked(department: Department) -> None:
    old = issue(department)
    new = services.renew_token(KEEPER, old, soon(300))
    assert new.secret != old.secret and (new.user_id, new.verbs) == (old.user_id, old.verbs)
    assert call(old.secret).status_code == call(new.secret).status_code == 200
    services.revoke_token(KEEPER, old, "已换")
    assert call(old.secret).status_code == 401 and call(new.secret).status_code == 200
    for again in (lambda: services.revoke_token(KEEPER, old, "再"), lambda: services.renew_token(KEEPER, old, soon())):
        with pytest.raises(Conflict):
            again()
    with pytest.raises(BadInput):
        services.revoke_token(KEEPER, new, " ")


def test_what_a_token_may_not_be(department: Department) -> None:
    for wrong in (
        {"role": "decider"},
        {"role": "secadmin"},
        {"department": None},
        {"verbs": ["accounts.give_post"]},
        {"verbs": ["approvals.nothing"]},
        {"verbs": [], "reads": False},
        {"expires_on": soon(-1)},
        {"expires_on": soon(400)},
    ):
        with pytest.raises(BadInput):
            issue(department, **wrong)
    for role in ("sysadmin", "planner", "exchange"):
        with pytest.raises(Refused):
            services.issue_token(
                Actor(1, "x", Post(role), "page"), "x", role="exchange", department=department, verbs=[], expires_on=soon()
            )
    assert not ServiceToken.objects.exists()


def test_by_the_pages_the_token_is_seen_once(department: Department) -> None:
    demo.load()

    def signed_in(role: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=f"demo-{role}"), backend="django.contrib.auth.backends.ModelBackend")
        return client

    keeper = signed_in("secadmin")
    form = {"title": "人防系统", "department": department.pk, "role": "exchange", "expires_on": soon().isoformat(), "reads": "on"}
    page = keeper.post("/accounts/tokens/new/", {**form, "verbs": ["approvals.file_by_client"]})
    row = ServiceToken.objects.get()
    text = page.content.decode()
    secret = text.split('value="lt_')[1].split('"')[0]
    assert page.status_code == 200 and page["Cache-Control"] == "no-store" and call("lt_" + secret).status_code == 200
    for address in ("/accounts/tokens/", f"/accounts/tokens/{row.pk}/"):
        seen = keeper.get(address).content.decode()
        assert "人防系统" in seen and secret not in seen
        assert signed_in("auditadmin").get(address).status_code == 200 and signed_in("planner").get(address).status_code == 403
    assert signed_in("sysadmin").get("/accounts/tokens/new/").status_code == 403
    assert keeper.post("/accounts/tokens/new/", {**form, "expires_on": "2001-01-01"}).status_code == 422
    signed_in("sysadmin").post(f"/accounts/tokens/{row.pk}/", {"act": "revoke", "reason": "x"})
    row.refresh_from_db()
    assert row.state == "valid"
    renewed = keeper.post(f"/accounts/tokens/{row.pk}/", {"act": "renew", "expires_on": soon(60).isoformat()})
    assert renewed.status_code == 200 and 'value="lt_' in renewed.content.decode()
    keeper.post(f"/accounts/tokens/{row.pk}/", {"act": "revoke", "reason": "停用"})
    row.refresh_from_db()
    assert row.state == "revoked"


def test_by_the_command_line(department: Department) -> None:
    run = CliRunner()
    made = run.invoke(accounts, ["token", "issue", "水务系统", "RFB", "--until", soon().isoformat(), "--verb", "approvals.file_by_client"])
    assert made.exit_code == 0, (made.output, made.exception)
    key, _day, secret = made.output.strip().split("\t")
    listed = run.invoke(accounts, ["token", "list"]).output
    assert "水务系统" in listed and secret not in listed and call(secret).status_code == 200
    assert run.invoke(accounts, ["token", "revoke", key, "停用"]).exit_code == 0 and call(secret).status_code == 401
