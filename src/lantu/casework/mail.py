"""Notices by mail: one mail a person with all that has come in since the last, bounded retries; failures stay visible in the rows."""

from __future__ import annotations

import logging
from collections import defaultdict
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from lantu.casework.models import Notification
from lantu.casework.ports import Mail, Mailer, mailers

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
BATCH = 500


def send_waiting() -> int:
    """Send unread notices that have not left yet by every registered mailer; returns how many mails left."""
    senders = mailers.all()
    if not senders:
        return 0
    rows = Notification.objects.filter(mailed_at=None, read_at=None, mail_attempts__lt=MAX_ATTEMPTS, user__is_active=True)
    by_person: dict[int, list[Notification]] = defaultdict(list)
    for row in rows.exclude(user__email="").select_related("user").order_by("pk")[:BATCH]:
        by_person[row.user_id].append(row)
    return sum(_send(notices, senders) for notices in by_person.values())


def _send(notices: list[Notification], senders: list[Mailer]) -> bool:
    keys = [notice.pk for notice in notices]
    mail = _mail(notices)
    try:
        for send in senders:
            send(mail)
    except Exception as error:  # any way of sending may fail in any way: kept in the rows, tried again, given up after MAX_ATTEMPTS
        logger.exception("mail to %s", mail.to)
        attempts = notices[0].mail_attempts + 1
        Notification.objects.filter(pk__in=keys).update(mail_attempts=attempts, mail_error=f"{type(error).__name__}: {error}"[:300])
        return False
    Notification.objects.filter(pk__in=keys).update(mailed_at=timezone.now(), mail_error="")
    return True


def _mail(notices: list[Notification]) -> Mail:
    user = notices[0].user
    with override(user.language or settings.LANGUAGE_CODE):
        count = len(notices)
        title = notices[0].title if count == 1 else ngettext("%(n)s 条通知", "%(n)s 条通知", count) % {"n": count}
        lines = [f"{notice.title}\n{notice.text}\n{settings.LANTU_SITE_URL}{notice.url}".strip() for notice in notices]
        text = "\n\n".join([*lines, _("本邮件由系统发出，请登录平台办理，不要回复。")])
    return Mail(f"notice-{notices[-1].pk}", user.email, title, text)


def by_smtp(mail: Mail) -> None:
    """Send by the mail server of the settings (``LANTU_MAIL``)."""
    headers = {"Message-ID": f"<{mail.key}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2] or 'lantu'}>"}
    EmailMessage(mail.title, mail.text, to=[mail.to], headers=headers).send(fail_silently=False)
