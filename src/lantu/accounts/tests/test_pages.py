"""The pages of accounts: signing in, lockout, posts."""

from __future__ import annotations

import pytest
from django.test import Client

from lantu.accounts import demo
from lantu.accounts.models import User
from lantu.core.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts():
    return {account.role: account for account in demo.load()}


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=f"demo-{role}"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_one_signs_in_with_a_demo_account_and_lands_on_the_workbench(accounts):
    client = Client()
    page = client.get("/accounts/sign-in/")
    assert "demo-planner" in page.content.decode()
    answer = client.post("/accounts/sign-in/", {"username": "demo-planner", "password": demo.PASSWORD}, follow=True)
    assert answer.status_code == 200
    assert "工作台" in answer.content.decode()
    assert AuditEvent.objects.filter(verb="accounts.sign_in", outcome="done").exists()


def test_five_wrong_passwords_lock_and_the_security_administrator_unlocks(accounts):
    client = Client()
    for _ in range(5):
        answer = client.post("/accounts/sign-in/", {"username": "demo-planner", "password": "wrong"})
    assert answer.status_code == 429
    assert "已锁定" in answer.content.decode()
    assert client.post("/accounts/sign-in/", {"username": "demo-planner", "password": demo.PASSWORD}).status_code == 429
    security = signed_in("secadmin")
    assert "demo-planner" in security.get("/accounts/lockouts/").content.decode()
    security.post("/accounts/lockouts/unlock/", {"username": "demo-planner"})
    assert client.post("/accounts/sign-in/", {"username": "demo-planner", "password": demo.PASSWORD}).status_code == 302


def test_a_planner_cannot_open_the_administrators_pages(accounts):
    client = signed_in("planner")
    for address in ("/accounts/people/", "/accounts/audit/", "/accounts/lockouts/"):
        assert client.get(address).status_code == 403


def test_the_system_administrator_opens_accounts_and_only_the_security_administrator_gives_posts(accounts):
    system, security = signed_in("sysadmin"), signed_in("secadmin")
    answer = system.post("/accounts/people/new/", {"username": "wang", "full_name": "王工", "password": "shan-shui-2026-x"})
    assert answer.status_code == 302
    address = answer["Location"]
    refused = system.post(address, {"act": "give", "role": "planner"})
    assert not User.objects.get(username="wang").posts.exists()
    assert refused.status_code == 302
    security.post(address, {"act": "give", "role": "planner"})
    assert [post.role for post in User.objects.get(username="wang").posts.all()] == ["planner"]
    security.post(address, {"act": "give", "role": "sysadmin"})
    assert [post.role for post in User.objects.get(username="wang").posts.all()] == ["planner"]


def test_a_weak_password_is_refused_with_the_reason_and_the_form_kept(accounts):
    answer = signed_in("sysadmin").post("/accounts/people/new/", {"username": "wang", "full_name": "王工", "password": "123"})
    assert "密码不符合要求" in answer.content.decode()
    assert 'value="王工"' in answer.content.decode()


def test_the_audit_trail_lists_filters_and_exports(accounts):
    client = signed_in("auditadmin")
    page = client.get("/accounts/audit/?q=give_post")
    assert "accounts.give_post" in page.content.decode()
    assert "accounts.create_user" not in page.content.decode()
    file = client.get("/accounts/audit/?export=xlsx")
    assert file.content.startswith(b"PK")
    assert AuditEvent.objects.filter(verb="ui.export", detail__list="audit").exists()


def test_one_changes_the_post_one_acts_in(accounts):
    user = User.objects.get(username="demo-planner")
    other = user.posts.create(role="checker")
    client = signed_in("planner")
    client.post("/accounts/post/", {"post": other.pk})
    assert client.get("/").wsgi_request.actor.role == "checker"
    foreign = User.objects.get(username="demo-publisher").posts.get()
    assert client.post("/accounts/post/", {"post": foreign.pk}).status_code == 403
