"""Lantu 蓝图: the multi-plan integration platform (多规合一业务审批协同平台)."""

__version__ = "0.1.0"
