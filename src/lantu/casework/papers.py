"""Papers of the room: the minutes of a meeting (会议纪要) as .docx in the official form (GB/T 9704)."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.casework.models import Invitation, Meeting
from lantu.casework.people import department_name, name_of
from lantu.documents.docx import OfficialDocument
from lantu.standards.models import PackVersion

NUMERALS = "一二三四五六七八九十"


def chinese_number(value: int) -> str:
    """1 → 一, 12 → 十二, 20 → 二十 (1 to 99)."""
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十"
    return head + (NUMERALS[ones - 1] if ones else "")


def minutes_docx(meeting: Meeting) -> bytes:
    """The minutes: when, where, who; each item with what was said and decided."""
    pack = PackVersion.objects.filter(in_force=True).only("demo").first()
    paper = OfficialDocument(_("%(title)s纪要") % {"title": meeting.title}, number=meeting.number, demo=bool(pack and pack.demo))
    at = timezone.localtime(meeting.at)
    head = {
        "year": at.year,
        "month": at.month,
        "day": at.day,
        "time": f"{at:%H:%M}",
        "place": meeting.place or "—",
        "chair": meeting.chair or "—",
        "kind": meeting.kind,
    }
    paper.paragraph(_("%(year)s年%(month)s月%(day)s日%(time)s，%(chair)s在%(place)s主持召开%(kind)s。现纪要如下：") % head)
    for item in meeting.items.all():
        paper.heading(_("%(n)s、%(title)s") % {"n": chinese_number(item.order), "title": item.title})
        for line in filter(None, item.minutes.splitlines()):
            paper.paragraph(line)
        decision = item.get_decision_display() or _("尚未决定")
        text = _("会议决定：%(decision)s。%(text)s") % {"decision": decision, "text": item.decision_text}
        paper.paragraph(text)
    rows = list(meeting.invitations.select_related("department"))
    for words, came in ((_("出席"), True), (_("缺席"), False), (_("通知参会"), None)):
        if names := [_name(row) for row in rows if row.attended is came]:
            paper.paragraph(_("%(words)s：%(names)s。") % {"words": words, "names": "、".join(names)})
    paper.signature(department_name(meeting.department), f"{at.year}年{at.month}月{at.day}日")
    return paper.save()


def _name(row: Invitation) -> str:
    department = name_of(row.department) if row.department else ""
    return f"{department}（{row.person}）" if department and row.person else department or row.person
