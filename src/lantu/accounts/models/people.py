"""People who sign in, the posts they hold, and who stands in for whom."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from lantu.accounts.models.organisation import Department, Region
from lantu.accounts.roles import ROLES


class User(AbstractUser):
    """A person who signs in (用户). What they may do follows from their posts, never from Django's own permissions."""

    full_name = models.CharField("姓名", max_length=80, blank=True)
    language = models.CharField("界面语言", max_length=10, blank=True)
    is_demo = models.BooleanField("演示账户", default=False)

    class Meta:
        verbose_name = "用户"

    def __str__(self) -> str:
        return self.full_name or self.username


class PostQuerySet(models.QuerySet["Post"]):
    """Posts."""

    def held_on(self, day: date) -> PostQuerySet:
        """Those held on a day; the day on which a post ends is no longer one of them."""
        return self.not_over_on(day).filter(Q(valid_from=None) | Q(valid_from__lte=day))

    def not_over_on(self, day: date) -> PostQuerySet:
        """Those held on a day or later."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day))


class Post(models.Model):
    """A role held by a person in a department for a region (岗位)."""

    user = models.ForeignKey(User, verbose_name="用户", on_delete=models.PROTECT, related_name="posts")
    role = models.CharField("角色", max_length=40)
    department = models.ForeignKey(Department, verbose_name="部门", null=True, on_delete=models.PROTECT, related_name="posts")
    region = models.ForeignKey(Region, verbose_name="辖区", null=True, on_delete=models.PROTECT, related_name="posts")
    valid_from = models.DateField("起", null=True)
    valid_to = models.DateField("止", null=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = "岗位"
        ordering = ["user", "role"]

    def __str__(self) -> str:
        role = ROLES[self.role].name_zh if self.role in ROLES else self.role
        return "　".join(str(part) for part in (role, self.department, self.region) if part)


class Delegation(models.Model):
    """One person acts in another's post for a time (代办)."""

    post = models.ForeignKey(Post, verbose_name="岗位", on_delete=models.PROTECT, related_name="delegations")
    to_user = models.ForeignKey(User, verbose_name="代办人", on_delete=models.PROTECT, related_name="delegations_received")
    valid_from = models.DateField("起")
    valid_to = models.DateField("止")
    reason = models.CharField("原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "代办"

    @property
    def holder_id(self) -> int:
        """Whose post it is."""
        return self.post.user_id
