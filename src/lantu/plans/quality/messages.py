"""What the quality checks say. The templates are message ids with named values: ``_(MESSAGES[finding.code]) % finding.values``."""

from __future__ import annotations

_ = str  # marks the sentences for translation; they are translated where they are shown

MESSAGES: dict[str, str] = {
    # Q01
    "no-features": _("图层里没有要素。"),
    "no-geometry": _("%(count)s 个要素没有图形。"),
    "wrong-kind": _("图层应为%(wanted)s，%(count)s 个要素是%(found)s。"),
    "required-layer-missing": _("缺少必备图层“%(layer)s”。"),
    # Q02
    "frame-unknown": _("坐标系没有确定：%(evidence)s。"),
    "frame-not-allowed": _("坐标系 %(frame)s（EPSG:%(epsg)s）不在允许之列：%(allowed)s。"),
    "frame-doubt": _("坐标系有疑问（%(doubts)s）：%(evidence)s。"),
    "frame-unconfirmed": _("坐标系 %(frame)s 是按坐标数值推断的，尚未经人确认。"),
    # Q03
    "field-missing": _("缺少必备字段“%(field)s”。"),
    "value-missing": _("必填字段“%(field)s”有 %(count)s 处空值。"),
    "value-kind": _("字段“%(field)s”应为%(wanted)s，“%(value)s”不是。"),
    "value-too-long": _("字段“%(field)s”最长 %(length)s 位，“%(value)s”有 %(actual)s 位。"),
    "value-too-precise": _("字段“%(field)s”最多 %(precision)s 位小数，“%(value)s”超出。"),
    # Q04
    "code-unknown": _("字段“%(field)s”的代码“%(value)s”不在代码表“%(system)s”里，共 %(count)s 处。"),
    "code-name-differs": _("代码“%(value)s”应叫“%(name)s”，字段“%(name_field)s”写的是“%(found)s”，共 %(count)s 处。"),
    # Q05
    "id-repeated": _("“%(fields)s”应唯一，“%(value)s”出现了 %(count)s 次。"),
    # Q06
    "invalid": _("图形不合规：%(reason)s。"),
    "repeated-vertex": _("有 %(count)s 个重复节点。"),
    "spike": _("有尖角（%(angle).2f°，小于 %(limit)s°）。"),
    # Q07
    "multipart": _("图斑由 %(parts)s 个部分组成，应拆成单部件。"),
    # Q08
    "overlap": _("两个图斑重叠 %(area_m2).2f ㎡（平均宽 %(width_m).3f m）。"),
    "overlap-noise": _("另有 %(count)s 处重叠平均宽不足 %(limit_m)s m，合计 %(area_m2).4f ㎡，按坐标误差计，不算问题。"),
    # Q09
    "gap": _("图层在规划范围内有缝隙 %(area_m2).2f ㎡（平均宽 %(width_m).3f m）。"),
    "gap-noise": _("另有 %(count)s 处缝隙平均宽不足 %(limit_m)s m，合计 %(area_m2).4f ㎡，按坐标误差计，不算问题。"),
    # Q10
    "small": _("面积 %(area_m2).2f ㎡，小于 1:%(scale)s 的最小图斑 %(limit_m2).2f ㎡。"),
    "narrow": _("平均宽 %(width_m).3f m，小于 1:%(scale)s 的容差 %(limit_m).2f m。"),
    "scale-unknown": _("图层没有登记比例尺，碎面和狭长面没有检查。"),
    # Q11
    "outside": _("有 %(area_m2).2f ㎡ 在行政区范围外（平均宽 %(width_m).3f m）。"),
    "outside-line": _("有 %(length_m).2f m 在行政区范围外。"),
    "outside-point": _("点在行政区范围外。"),
    "outside-noise": _("另有 %(count)s 处越界平均宽不足 %(limit_m)s m，合计 %(area_m2).4f ㎡，按坐标误差计，不算问题。"),
    "no-boundary": _("没有行政区范围，越界没有检查。"),
    # Q12
    "area-differs": _("登记面积 %(stored_m2).2f ㎡，椭球面积 %(computed_m2).2f ㎡，相差 %(difference_m2).2f ㎡（%(percent).3f%%）。"),
    "area-unreadable": _("登记面积“%(value)s”不是数。"),
    # Q13
    "cross-missing": _("“%(rule)s”没有检查：还没有图层 %(layer)s 的现行成果。"),
    "cross-outside": _("不符合“%(rule)s”：有 %(area_m2).2f ㎡ 在 %(layer)s 之外。"),
    "cross-overlap": _("不符合“%(rule)s”：有 %(area_m2).2f ㎡ 与 %(layer)s 重叠。"),
    # Q14
    "quota-missing": _("“%(rule)s”没有检查：现行规划里没有指标“%(target)s”。"),
    "quota-over": _("“%(rule)s”：合计 %(total_ha).4f 公顷，超过指标 %(target_ha).4f 公顷，多 %(difference_ha).4f 公顷。"),
    "quota-under": _("“%(rule)s”：合计 %(total_ha).4f 公顷，低于指标 %(target_ha).4f 公顷，少 %(difference_ha).4f 公顷。"),
    # Q15
    "edge-gap": _("与“%(neighbour)s”接边处有缝（平均宽 %(width_m).3f m，长约 %(length_m).1f m），以精度高的“%(finer)s”为准改。"),
    "edge-overlap": _("与“%(neighbour)s”接边处重叠（平均宽 %(width_m).3f m，长约 %(length_m).1f m），以精度高的“%(finer)s”为准改。"),
    "edge-class": _("与“%(neighbour)s”接边两侧分类不同：这边 %(code)s，那边 %(other)s，接边长 %(length_m).1f m。"),
}

CHECK_TITLES: dict[str, str] = {
    "Q01": _("文件与图层完整性"),
    "Q02": _("坐标系"),
    "Q03": _("字段结构"),
    "Q04": _("值域与代码"),
    "Q05": _("标识唯一性"),
    "Q06": _("图形合规"),
    "Q07": _("多部件"),
    "Q08": _("面重叠"),
    "Q09": _("面缝隙"),
    "Q10": _("碎面与狭长面"),
    "Q11": _("越界"),
    "Q12": _("面积一致性"),
    "Q13": _("图层之间"),
    "Q14": _("指标"),
    "Q15": _("接边"),
}

KIND_WORDS = {"polygon": "面", "line": "线", "point": "点", "collection": "几何集合"}
TYPE_WORDS = {"text": "文字", "integer": "整数", "number": "数", "date": "日期"}
INVALID_WORDS = {
    "Self-intersection": _("自相交"),
    "Ring Self-intersection": "环自相接",
    "Hole lies outside shell": "洞在外环之外",
    "Holes are nested": "洞里套洞",
    "Interior is disconnected": "内部被洞断开",
    "Nested shells": "外环相套",
    "Duplicate Rings": "环重复",
    "Too few points in geometry component": "环的点数不足",
    "Ring is not closed": "环没有闭合",
    "Invalid Coordinate": "坐标不是有限的数",
}
