"""Grants for tests and the demo."""

from __future__ import annotations

from typing import Any

import shapely

from lantu.certificates.services import Grant

SITE = shapely.Polygon([(106.6, 26.62), (106.6025, 26.62), (106.6025, 26.6218), (106.6, 26.622)])

DATA: dict[str, dict[str, str]] = {
    "siting": {
        "project": "朱昌片区九年一贯制学校新建工程",
        "basis": "筑发改〔2018〕12号",
        "place": "观山湖区朱昌镇",
        "area": "6.2868 公顷",
    },
    "land_use_permit": {
        "project": "朱昌片区九年一贯制学校新建工程",
        "place": "观山湖区朱昌镇",
        "use": "A33 中小学用地",
        "area": "6.2868 公顷（椭球面积）",
    },
    "works_permit": {"project": "朱昌片区九年一贯制学校新建工程", "place": "观山湖区朱昌镇", "scale": "建筑面积 42,600 ㎡"},
    "construction_permit": {"project": "朱昌片区九年一贯制学校新建工程", "place": "观山湖区朱昌镇", "scale": "建筑面积 42,600 ㎡"},
    "planning_verification": {
        "project": "朱昌片区九年一贯制学校新建工程",
        "permit": "建字第 520100201800001 号",
        "place": "观山湖区朱昌镇",
        "scale": "42,580 ㎡",
    },
    "joint_acceptance": {
        "project": "朱昌片区九年一贯制学校新建工程",
        "permit": "520100201800001",
        "place": "观山湖区朱昌镇",
        "opinions": "规划、消防、人防、档案均合格",
        "result": "通过联合验收",
    },
}


def grant(type_code: str = "land_use_permit", key: str = "case-1", **changes: Any) -> Grant:
    """A grant to a made school."""
    values: dict[str, Any] = {
        "holder_name": "观山湖区教育局",
        "holder_code": "12520115MB0000094A",
        "data": DATA[type_code],
        "subject_type": "approvals.stageapplication",
        "subject_id": "41",
        "subject_title": "朱昌学校 立项用地规划许可阶段",
        "project_code": "2018-520115-82-01-000041",
        "geometry": SITE,
    }
    return Grant(type=type_code, key=key, **{**values, **changes})
