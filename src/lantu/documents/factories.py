"""A city of papers only, people and seals, for tests: loading the whole pack would take seconds per test."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path
from typing import Any

from django.conf import settings

from lantu.accounts.models import Department, User
from lantu.core.actor import Actor, Post
from lantu.documents.models import Seal
from lantu.documents.services import grant_seal, register_seal
from lantu.standards.factories import pack_yaml
from lantu.standards.models import LayerDefinition, PackPart, PackVersion

FILES = ("documents/*", "certificates.yaml")
LARGE = frozenset({"layers.yaml", "rules.yaml", "pack.yaml"})


def small_city(**changes: str) -> PackVersion:
    """The Guiyang pack's settings, paper templates, certificate types and living layers, in force. ``changes``: file → other text."""
    folder = Path(settings.CITIES_DIR) / "guiyang"
    data = pack_yaml("pack.yaml")
    texts = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for kind in FILES for path in folder.glob(kind)}
    texts |= changes
    PackVersion.objects.update(in_force=False)
    digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()
    pack = PackVersion.objects.create(
        city="guiyang", name_zh="贵阳市", version=f"test-{digest[:8]}", digest=digest, in_force=True, demo=True, settings=data
    )
    PackPart.objects.bulk_create([PackPart(pack=pack, name=f"file:{name}", content={"text": text}) for name, text in texts.items()])
    for path in folder.glob("*.yaml"):  # the small files that pages of other rooms read: approval chain, tolerances …
        if path.name not in LARGE:
            PackPart.objects.create(pack=pack, name=path.stem, content=pack_yaml(path.name))
    layers: dict[str, Any] = pack_yaml("layers.yaml")["layers"]
    for code, layer in layers.items():
        if layer.get("living"):
            kind = layer["geometry"]
            LayerDefinition.objects.create(pack=pack, code=code, name_zh=layer["name_zh"], geometry_kind=kind, is_living=True)
    for code, name, short in (("GH", "贵阳市城乡规划局", "市规划局"), ("ZJJ", "贵阳市住房和城乡建设局", "市住建局")):
        Department.objects.get_or_create(code=code, defaults={"name_zh": name, "short_zh": short})
    return pack


def person(role: str, department: str = "GH") -> Actor:
    """A person with an account, acting in a post."""
    user, _made = User.objects.get_or_create(username=f"{role}-{department}".lower(), defaults={"full_name": f"{role} {department}"})
    return Actor(user.pk, f"{role} {department}", Post(role, department), "page")


_codes = itertools.count(1)


def make_seal(department: str = "GH", **facts: Any) -> Seal:
    """An approval seal of a department that its decider may use. ``facts``: what ``register_seal`` takes."""
    values = {"code": f"TEST-{next(_codes)}", "name": "行政审批专用章", "kind": "approval", "department": department}
    seal = register_seal(person("secadmin"), **(values | facts))
    grant_seal(person("secadmin"), seal, User.objects.get(pk=person("decider", department).user_id or 0))
    return seal
