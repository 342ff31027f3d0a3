"""Units register themselves and name their agents (单位注册、代理人)."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import User
from lantu.accounts.services import create_user, give_post
from lantu.accounts.services.people import current_posts
from lantu.approvals.models import Applicant, Membership
from lantu.approvals.ports import real_names
from lantu.approvals.rights import NEED_OWNER
from lantu.approvals.selectors import applicants
from lantu.core import sealed
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.events import emit
from lantu.core.permissions import has_role, is_system
from lantu.core.verbs import verb
from lantu.projects.models import Project
from lantu.projects.services.units import look_up

PHONE = re.compile(r"\+?[0-9][0-9 -]{5,18}", re.ASCII)
IDENTITY = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
NEED_PORTAL = gettext_lazy("须由单位在网上报建注册页办理。")


@verb("approvals.register_unit", permission=is_system, need=NEED_PORTAL)
def register_unit(
    actor: Actor, *, uscc: str, unit_name: str, username: str, password: str, full_name: str, identity: str, phone: str, demo: bool = False
) -> Membership:
    """Register a unit and the person who answers for it (单位注册), with an account in the role of a builder.

    Name and state of the unit come from the legal-person base where it answers; the person's name is checked by the real-name service where
    one is set. Raises ``BadInput`` for a code, document or phone that is none, or a name that does not match; ``Conflict`` for a unit that
    is registered already: its owner names further people.
    """
    uscc = uscc.strip().upper()
    found = look_up(uscc).person
    if (known := Applicant.objects.filter(uscc=uscc).first()) is not None:
        raise Conflict(
            _("「%(name)s」已经注册。") % {"name": known.name},
            where=uscc,
            how=_("请由该单位的管理人把您加为代理人。"),
            code="unit-registered",
        )
    name = found.name if found else unit_name.strip()
    if not name:
        raise BadInput(_("没有填单位名称。"), where=uscc, how=_("请填单位全称。"))
    person = _person(full_name, identity, phone)
    try:
        with transaction.atomic():
            applicant = Applicant.objects.create(
                uscc=uscc, name=name, verified=found is not None, register_state=found.state if found else "", demo=demo
            )
            user = create_user(system(), username.strip(), full_name.strip(), password, is_demo=demo)
    except IntegrityError as error:  # another was quicker
        raise Conflict(_("这个单位或用户名刚被注册。"), where=uscc, how=_("请刷新页面再看。"), code="unit-registered") from error
    give_post(system(), user, "builder")
    made = Membership.objects.create(applicant=applicant, user=user, kind=Membership.Kind.OWNER, named_by_name=user.full_name, **person)
    remark(uscc=uscc, verified=applicant.verified, real_name=made.real_name_by)
    emit(actor, "approvals.unit_registered", applicant, uscc=uscc)
    return made


@verb("approvals.join_demo_unit", permission=is_system, need=NEED_PORTAL)
def make_owner(actor: Actor, user: User, *, uscc: str, unit_name: str, demo: bool = False) -> Membership:
    """Make an account that there is the owner of a unit: for set-up, imports and the demo, without the check of a real name."""
    applicant, _new = Applicant.objects.get_or_create(uscc=uscc, defaults={"name": unit_name, "demo": demo})
    made, _new = Membership.objects.get_or_create(
        applicant=applicant, user=user, ended_at=None, project=None, defaults={"kind": Membership.Kind.OWNER, "named_by_name": actor.name}
    )
    return made


@verb("approvals.name_agent", permission=has_role("builder"), need=NEED_OWNER)
def name_agent(
    actor: Actor,
    applicant: Applicant,
    username: str,
    *,
    full_name: str = "",
    identity: str = "",
    phone: str = "",
    password: str = "",
    project: Project | None = None,
) -> Membership:
    """Let a person act for the unit (代理人), for all of it or for one project. An account of that name is taken; else it is opened.

    Raises ``Refused`` unless the actor is an owner of the unit, ``Conflict`` for a person of the office, or one who acts for it already.
    """
    _need_owner(actor, applicant)
    Applicant.objects.select_for_update().get(pk=applicant.pk)
    user = User.objects.filter(username=username.strip()).first()
    person = _person(full_name or (user.full_name if user else ""), identity, phone)
    if user is None:
        user = create_user(system(), username.strip(), full_name.strip(), password)
        give_post(system(), user, "builder")
    elif not current_posts(user).filter(role="builder").exists():
        raise Conflict(_("「%(name)s」不是申报单位的账户。") % {"name": username}, how=_("请换一个用户名；经办单位人员不能兼任代理人。"))
    if Membership.objects.filter(applicant=applicant, user=user, ended_at=None, project__in=[project] if project else []).exists() or (
        Membership.objects.filter(applicant=applicant, user=user, ended_at=None, project=None).exists()
    ):
        raise Conflict(_("「%(name)s」已经可以代表本单位。") % {"name": user}, how=_("不用重复添加。"))
    made = Membership.objects.create(
        applicant=applicant, user=user, kind=Membership.Kind.AGENT, project=project, named_by_name=actor.name, **person
    )
    remark(unit=applicant.uscc, agent=user.username, project=project.code if project else "")
    emit(actor, "approvals.agent_named", applicant, agent=user.pk, project=project.code if project else "")
    return made


@verb("approvals.end_agent", permission=has_role("builder"), need=NEED_OWNER, subject="member")
def end_agent(actor: Actor, member: Membership) -> Membership:
    """End what a person may do for the unit; what they have done stays. Raises ``Conflict`` for the last owner."""
    _need_owner(actor, member.applicant)
    Applicant.objects.select_for_update().get(pk=member.applicant_id)
    member.refresh_from_db()
    owners = Membership.objects.filter(applicant=member.applicant, kind=Membership.Kind.OWNER, ended_at=None)
    if member.ended_at is None and member.kind == Membership.Kind.OWNER and owners.exclude(pk=member.pk).count() == 0:
        raise Conflict(_("单位至少要有一名管理人。"), how=_("请先指定另一名管理人。"))
    if member.ended_at is None:
        member.ended_at = timezone.now()
        member.save(update_fields=["ended_at"])
        emit(actor, "approvals.agent_ended", member.applicant, agent=member.user_id)
    return member


def _need_owner(actor: Actor, applicant: Applicant) -> None:
    if not applicants.memberships(actor).filter(applicant=applicant, kind=Membership.Kind.OWNER).exists():
        raise Refused(_("您不是「%(name)s」的管理人。") % {"name": applicant}, how=_("请由单位管理人办理。"))


def _person(full_name: str, identity: str, phone: str) -> dict[str, str]:
    """The fields of a membership that say who the person is. Raises ``BadInput``."""
    full_name, identity, phone = full_name.strip(), identity.strip().upper(), phone.strip()
    if not full_name:
        raise BadInput(_("没有填姓名。"), how=_("请填与身份证件一致的姓名。"))
    if not PHONE.fullmatch(phone):
        raise BadInput(_("手机号码不对。"), where=phone, how=_("请填能收到通知的手机号码。"))
    if not is_identity(identity):
        raise BadInput(_("身份证件号码不对。"), where=identity[:4] + "…", how=_("请对照证件填 18 位号码。"))
    by, reference = "", ""
    for service in real_names.all():
        try:
            found = service.verify(full_name, identity)
        except ConnectionError:
            continue
        if not found.matches:
            raise BadInput(_("姓名与身份证件不符，没有通过实名核验。"), where=full_name, how=_("请核对姓名和号码。"))
        by, reference = service.name, found.reference
        break
    return {
        "phone": phone,
        "identity_tail": identity[-4:],
        "identity_print": sealed.fingerprint(identity.encode()),
        "real_name_by": by,
        "real_name_reference": reference,
    }


def is_identity(text: str) -> bool:
    """Whether a text is a citizen identity number (GB 11643) by its form and check character."""
    if not IDENTITY.fullmatch(text):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == text[17]
