"""What a reader says: one catalogue of sentences, used by errors (the file is refused) and notices (it is read, with a remark).

The templates are message ids with named values, so that a page may translate them: ``_(CATALOGUE[code].what) % values``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lantu.core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened and how to mend it; ``level`` of the notice: info, warning or error (cannot be released as it is)."""

    what: str
    how: str
    level: str = "error"


_COPY = "请从来源重新拷贝或导出整套文件后再传。"
_EXPORT = "请在原软件中另存为 Shapefile、GeoPackage 或 GeoJSON 后再传。"

CATALOGUE: dict[str, Sentence] = {
    # refused
    "missing-file": Sentence("文件不存在。", "请重新上传。"),
    "too-large": Sentence(
        "文件共 %(size_mb)s MB，超过 %(limit_mb)s MB 的上限，没有读取。", "请按图层或按区拆分后再传，或请管理员调整上限。"
    ),
    "empty-file": Sentence("文件是空的（0 字节）。", _COPY),
    "no-data": Sentence(
        "没有找到能读的规划数据，只有：%(files)s。",
        "可以上传 Shapefile、FileGDB（打成 zip）、个人地理数据库 .mdb、GeoPackage、GeoJSON、GML、KML、MapInfo、FlatGeobuf、GeoParquet、"
        "DXF、VCT、界址点 TXT，或带坐标、地址、地块编号的表格。",
    ),
    "unsupported": Sentence("这是 %(kind)s，目前不能直接读取。", _EXPORT),
    "topojson": Sentence("这是 TopoJSON，不是 GeoJSON，目前不能读取。", "请用 mapshaper、QGIS 等转换为 GeoJSON 后再传。"),
    "lone-part": Sentence(
        "只有 Shapefile 的附属文件 %(suffix)s，没有 .shp。", "请把同名的 .shp、.shx、.dbf、.prj 一起上传，或打成一个 zip。"
    ),
    "zip-damaged": Sentence("压缩包已损坏，解不开：%(reason)s。", "请重新打包后再传。"),
    "zip-encrypted": Sentence("压缩包有密码。", "请去掉密码重新打包。"),
    "zip-bomb": Sentence(
        "压缩包解开后超过上限（%(reason)s），没有继续解开。", "请检查压缩包是否正常；确实很大的数据请拆分，或请管理员调整上限。"
    ),
    "zip-path": Sentence("压缩包里有不安全的路径“%(name)s”。", "请用普通方式重新打包，不要带绝对路径、上级目录或链接。"),
    "zip-nested": Sentence("压缩包套了 %(depth)s 层以上（“%(name)s”）。", "请先解开里层的压缩包，再把数据打成一个 zip。"),
    "rar": Sentence("这是 RAR 压缩包，没有可自由使用的程序能解开。", "请用解压软件解开，再压缩成 zip 上传。"),
    "7z": Sentence("这是 7z 压缩包，不能直接读取。", "请用解压软件解开，再压缩成 zip 上传。"),
    "dwg": Sentence(
        "这是 AutoCAD DWG 图纸，格式不公开，不能直接读取。",
        "请在 AutoCAD、中望 CAD 等软件中用“另存为”存成 DXF（AutoCAD 2018 或 2007 版 DXF）后上传；外部参照请先绑定。",
    ),
    "mdb-not-geo": Sentence(
        "这是 Access 数据库，但不是个人地理数据库，没有要素类，只有表：%(tables)s。", "有坐标的表请导出为 Excel 或 CSV 后上传。"
    ),
    "mdb-locked": Sentence("Access 数据库有密码，没有读取。", "请在 Access 中取消密码后再传。"),
    "mdb-old": Sentence("这是 Access 97 或更早的数据库，不能读取。", "请在 Access 中转换为 2000 以后的格式（.mdb 或 .accdb）后再传。"),
    "mdb-damaged": Sentence("Access 数据库已损坏：%(reason)s。", "请在 Access 中“压缩和修复”，或从来源重新拷贝后再传。"),
    "dxf-too-large": Sentence(
        "图纸 %(size_mb)s MB，超过 DXF 的 %(limit_mb)s MB 上限，没有读取。", "请在 CAD 中清理（PURGE）、炸开无关内容或分幅后再传。"
    ),
    "dxf-damaged": Sentence("DXF 读不出来：%(reason)s。", "请在 CAD 中打开、核查（AUDIT）后重新另存为 DXF。"),
    "dxf-cut": Sentence("DXF 不完整：没有结束标记 EOF。", _COPY),
    "dxf-blocks": Sentence("图块层层嵌套，炸开后超过两百万个图元，没有读取。", "请在 CAD 中清理图块后再传。"),
    "dxf-empty": Sentence("图纸的模型空间里没有能用的图形。", "请检查图形是否画在布局里、或在外部参照里；外部参照请先绑定。"),
    "vct-damaged": Sentence("VCT 文件第 %(line)s 行有错：%(reason)s。", "请改正这一行，或从来源重新导出 VCT。"),
    "vct-file-damaged": Sentence("VCT 文件有错：%(reason)s。", _COPY),
    "table-heads": Sentence(
        "表头里没有坐标、地块编号或地址：%(heads)s。",
        "请写明“经度、纬度”或“X、Y”，或“地块编号”“地址”等列名；指标表请入库到没有图形的图层。",
    ),
    "vct-empty": Sentence("VCT 文件里没有点、线、面要素。", "请检查要素代码表与图形段的代码是否一致。"),
    "gdb-empty": Sentence("文件地理数据库里没有要素类。", "请检查导出是否完整；栅格和纯属性表不作规划图层。"),
    "xml-damaged": Sentence("XML 内容不完整或有错：第 %(line)s 行附近，%(reason)s。", "请重新导出；文件可能没有拷完。"),
    "xml-entities": Sentence("XML 里定义了实体（ENTITY），不安全，没有读取。", "请用普通方式重新导出，不要带 DTD。"),
    "mapinfo-part": Sentence(
        "MapInfo 数据缺少附属文件 %(suffix)s。", "请把 .tab、.dat、.map、.id（或 .mif、.mid）整套上传，或打成一个 zip。"
    ),
    "parquet-truncated": Sentence("Parquet 文件不完整，末尾没有结束标记。", _COPY),
    "parquet-not-geo": Sentence("这是 Parquet，但没有空间信息（GeoParquet 的 geo 说明）。", _EXPORT),
    "parquet-coding": Sentence("GeoParquet 的图形编码是 %(coding)s，只能读取 WKB。", "请按 WKB 编码重新导出。"),
    "zip-clash": Sentence("压缩包里有两个同名文件“%(name)s”。", "请改名后重新打包。"),
    "shp-truncated": Sentence("图形文件不完整：文件头写明 %(expected)s 字节，实际只有 %(actual)s 字节。", _COPY),
    "shp-damaged": Sentence("图形文件已损坏：%(reason)s。", _COPY),
    "shp-multipatch": Sentence("图形是三维多面体（MultiPatch），不是规划图斑。", "请导出为二维面。"),
    "dbf-truncated": Sentence("属性文件不完整：应有 %(expected)s 字节，实际只有 %(actual)s 字节。", _COPY),
    "dbf-damaged": Sentence("属性文件已损坏：%(reason)s。", _COPY),
    "rows-differ": Sentence("图形有 %(shapes)s 条，属性有 %(records)s 条，两者对不上。", "请重新导出，不要单独编辑 .dbf。"),
    "gpkg-truncated": Sentence("GeoPackage 不完整：应有 %(expected)s 字节，实际只有 %(actual)s 字节。", _COPY),
    "gpkg-damaged": Sentence("GeoPackage 已损坏：%(reason)s。", _COPY),
    "gpkg-not": Sentence("这是 SQLite 数据库，但不是 GeoPackage。", _EXPORT),
    "json-damaged": Sentence("GeoJSON 内容不完整或有错：第 %(row)s 个要素附近，%(reason)s。", "请重新导出；文件可能没有拷完。"),
    "json-not-geo": Sentence("这是 JSON，但不是 GeoJSON。", "请导出为 GeoJSON（FeatureCollection）。"),
    "text-damaged": Sentence("界址点文件第 %(line)s 行有错：%(reason)s。", "请改正这一行后再传。"),
    "text-file-damaged": Sentence("界址点文件有错：%(reason)s。", "请检查文件内容后再传。"),
    "no-layer": Sentence("文件里没有图层“%(layer)s”。", "现有图层：%(layers)s。"),
    "no-features": Sentence("图层里没有任何要素。", "请检查导出时是否选对了图层或筛选条件。"),
    "short-read": Sentence("应有 %(expected)s 条，只读出 %(actual)s 条。", _COPY),
    "unreadable": Sentence("文件读不出来：%(reason)s。", _COPY),
    "unknown-encoding": Sentence("不认识的编码“%(encoding)s”。", "请选 GB18030、UTF-8 或 Big5。"),
    # remarks on a file that is read
    "wrong-extension": Sentence("扩展名是 %(suffix)s，内容其实是 %(kind)s，已按内容读取。", "请核对是否传错文件。", "warning"),
    "ignored-files": Sentence("压缩包或文件夹里另有 %(count)s 个文件没有用到：%(files)s。", "如其中有规划数据，请单独上传。", "info"),
    "missing-shx": Sentence("缺少 .shx 索引，已按图形文件重建。", "以后请整套上传。", "warning"),
    "broken-shx": Sentence(".shx 索引与图形文件对不上，已按图形文件重建。", "请重新导出。", "warning"),
    "missing-dbf": Sentence("缺少 .dbf，只有图形，没有属性。", "请补传 .dbf；没有用地代码无法入库。"),
    "missing-prj": Sentence("缺少 .prj，文件没有声明坐标系，只能按坐标数值推断。", "请核对推断的坐标系。", "warning"),
    "wrong-cpg": Sentence("声明的编码是 %(declared)s，但内容按 %(found)s 才读得通。", "请在预览中核对汉字。", "warning"),
    "encoding-doubt": Sentence("编码不能确定，暂按 %(found)s 读取。", "请在预览中核对汉字，不对就换一种编码。", "warning"),
    "deleted-rows": Sentence("属性表里有 %(count)s 行带删除标记，不读取。", "如不该删除，请在原软件中恢复后重新导出。", "info"),
    "has-height": Sentence("图形带有高程（Z）或测量值（M），只取平面坐标。", "无需处理。", "info"),
    "mixed-kinds": Sentence("一个图层里有几种几何：%(kinds)s。", "请分图层导出，或在质检中处理不合要求的要素。", "warning"),
    "some-unusable": Sentence("%(count)s 个要素不能用：%(reasons)s。", "这些要素会列入退回清单，请在源数据中改正。", "warning"),
    "stale-bounds": Sentence("文件自带的范围与实际坐标不符，以实际坐标为准。", "无需处理。", "info"),
    "dxf-millimetres": Sentence("图纸以毫米为单位，坐标已除以 1000。", "请在预览的位置图上核对。", "warning"),
    "dxf-linework": Sentence(
        "由未闭合的线围成 %(polygons)s 个面；相距 %(tolerance_cm)s 厘米以内的 %(joined)s 个线端已接上。", "请在预览中核对。", "info"
    ),
    "dxf-gaps": Sentence(
        "线没有接上的地方有 %(count)s 处，可能因此少围了面（%(places)s）。",
        "全部缺口见“缺口”图层；请在 CAD 中接上后重新导出。",
        "warning",
    ),
    "dxf-skipped": Sentence(
        "%(count)s 个图元不是规划图形，没有读取：%(kinds)s。", "如其中有规划内容，请在 CAD 中转为多段线或填充。", "info"
    ),
    "table-axes": Sentence("按数值大小，%(meaning)s。", "请在预览的位置图上核对，不对就选“交换坐标轴”。", "info"),
    "mojibake": Sentence(
        "文字是乱码：“%(sample)s”应为“%(mended)s”，已按 %(repair)s 还原。", "请在预览中核对汉字，不对就换一种编码。", "warning"
    ),
    "text-lost": Sentence("文字已经损坏、无法还原（如“%(sample)s”）。", "请让来源按 UTF-8 或 GBK 重新导出。"),
    "curves-stroked": Sentence("图形带有圆弧，已按 1 厘米以内的误差改成折线。", "无需处理。", "info"),
    # doubts about the frame
    "axes-swapped": Sentence("X、Y 可能颠倒：交换后才落在本市范围内。", "请确认后选“交换坐标轴”，或重新导出。"),
    "two-zones": Sentence("一个图层里有两个投影带的坐标。", "请在原软件中统一到一个带后再传。"),
    "wrong-frame-declared": Sentence("声明的坐标系与坐标数值不符。", "请核对并选定坐标系。", "warning"),
    "wrong-zone-prefix": Sentence("带号可能写错：去掉带号后才落在本市范围内。", "请核对带号后重新导出，或选定坐标系。"),
    "millimetres": Sentence("坐标可能以毫米为单位：除以 1000 后才落在本市范围内。", "请在原软件中换算成米后重新导出。"),
    "out-of-city": Sentence("部分或全部坐标不在本市范围内。", "请核对坐标系，或是否传错了外地数据。"),
    "gcj02-possible": Sentence(
        "文件没有声明坐标系，经纬度可能取自互联网地图（GCJ-02 加密坐标）。", "请向来源确认后选定坐标系。", "warning"
    ),
    "webmap-likely": Sentence(
        "坐标很可能是互联网地图的加密坐标（%(system)s）：照原样与现有成果对不上，按它还原后才吻合。",
        "请向来源要 CGCS2000 成果；不要用网上的还原公式入库。",
        "warning",
    ),
    # single features
    "null-geometry": Sentence("没有图形。", "请在源数据中补图形或删除该行。"),
    "empty-geometry": Sentence("图形是空的。", "请在源数据中补图形或删除该行。"),
    "not-finite": Sentence("坐标里有 NaN 或无穷大。", "请在源数据中改正该图形。"),
    "unreadable-geometry": Sentence("图形读不出来（如环少于 4 点或没有闭合）。", "请在源数据中修复该图形。"),
    "undecodable-text": Sentence("字段“%(field)s”按 %(encoding)s 解不出文字。", "请换一种编码，或在源数据中改正。"),
    "no-coordinates": Sentence("这一行没有坐标，或坐标不是数字。", "请补上坐标后再传。"),
    "not-placed": Sentence("没有定位：%(basis)s。", "请补上坐标、准确的地块编号或更详细的地址。"),
    "vct-shape": Sentence("对象 %(identity)s 的图形拼不起来：%(reason)s。", "请在源数据中改正后重新导出 VCT。"),
    "vct-no-row": Sentence("属性表里没有这个对象的记录。", "请在源数据中补上属性后重新导出 VCT。"),
    "not-a-feature": Sentence("不是 GeoJSON 要素。", "请重新导出。"),
}


def _fill(template: str, values: dict[str, Any]) -> str:
    return template % values if values else template


@dataclass(frozen=True, slots=True)
class Notice:
    """A remark on a file, layer or feature that is read all the same."""

    code: str
    where: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> str:
        """info, warning or error."""
        return CATALOGUE[self.code].level

    @property
    def what(self) -> str:
        """What was seen, with the values."""
        return _fill(CATALOGUE[self.code].what, self.values)

    @property
    def how(self) -> str:
        """What to do about it."""
        return _fill(CATALOGUE[self.code].how, self.values)

    def __str__(self) -> str:
        return f"{self.what}{self.how}"


class ReaderError(BadInput):
    """A file that is refused: ``code``, what happened, where (file, layer, line) and how to mend it."""

    def __init__(self, code: str, where: str = "", **values: Any) -> None:
        sentence = CATALOGUE[code]
        super().__init__(_fill(sentence.what, values), where=where, how=_fill(sentence.how, values), code=code, **values)
