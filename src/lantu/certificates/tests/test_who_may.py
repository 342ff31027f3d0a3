"""Who may do what: every verb of the room, tried by everybody there is over a certificate of one department. See ``core.tests.who_may``."""

from __future__ import annotations

import pytest

from lantu.accounts.roles import ROLES
from lantu.casework.factories import make_actor
from lantu.certificates.models import ArchivePackage, Certificate
from lantu.core.tests import who_may

MAY = {
    "own.decider own.reviewer window": "change/certificate extend/certificate drop/certificate apply_for_seal/certificate",
    "own.decider": "claim/certificate issue/certificate set_state/certificate lapse/certificate",
    "own.decider own.reviewer decider reviewer window": "copy/certificate prepare/ ask_base/ record_told/",
    "own.decider decider": "enqueue_batch/",  # each of its certificates is then claimed by itself
    "own.decider decider window auditadmin": "hold/package release_hold/package transfer/ seal_archive/ check_integrity/",
}


@pytest.mark.django_db
def test_every_verb_is_for_those_in_the_table_and_for_nobody_else() -> None:
    named = {f"own.{role}": make_actor(role, "GH") for role in ("reviewer", "decider")}
    people = who_may.everybody(make_actor, ROLES, named)
    who_may.check("certificates", MAY, people, {"certificate": Certificate(department="GH"), "package": ArchivePackage()})
