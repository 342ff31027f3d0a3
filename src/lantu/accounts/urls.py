"""``/accounts/…``"""

from __future__ import annotations

from django.urls import path

from lantu.accounts.views import own, people, tokens

app_name = "accounts"
urlpatterns = [
    path("sign-in/", own.sign_in, name="login"),
    path("sign-out/", own.sign_out, name="logout"),
    path("post/", own.switch_post, name="switch-post"),
    path("own/", own.own, name="own"),
    path("people/", people.people, name="people"),
    path("people/new/", people.new_person, name="new-person"),
    path("people/<int:pk>/", people.person, name="person"),
    path("departments/", people.departments, name="departments"),
    path("regions/", people.regions, name="regions"),
    path("lockouts/", people.lockouts, name="lockouts"),
    path("lockouts/unlock/", people.unlock, name="unlock"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/new/", tokens.new, name="new-token"),
    path("tokens/<int:pk>/", tokens.token, name="token"),
    path("audit/", people.audit_trail, name="audit"),
]
