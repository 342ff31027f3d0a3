"""People who sign in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person who signs in (用户). What they may do follows from their posts, never from Django's own permissions."""

    class Meta:
        verbose_name = "用户"
