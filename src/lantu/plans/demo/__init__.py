"""Made plans of Guiyang (演示数据): all the plans that the platform is to fuse, inside the real boundary, from one seed. No Django."""

from __future__ import annotations

from lantu.plans.demo.maker import Made, make

__all__ = ["Made", "make"]
