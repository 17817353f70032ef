"""The demo's rows as five other vendors would export them: other headers, other order, other dates and words.

Belongs here: the vendors' headers and spellings. Does not belong here: what is made of them (`test_matching`). The
headers were written without looking at the vocabulary.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl
from pypinyin import Style, lazy_pinyin

from pipelines.contracts.model import Feed, Kind
from pipelines.delivery.text_table import ROW_NUMBER
from pipelines.drafting.samples import Sample

# The contract's header: (renamed, abbreviated, English).
HEADERS: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "command_centre.event": {
        "事件编号": ("案件号", "编号", "eventNo"),
        "来源": ("事件来源渠道", "来源", "eventSource"),
        "事件大类": ("案件类别", "大类", "mainCategory"),
        "事件小类": ("案件子类", "小类", "subCategory"),
        "紧急程度": ("紧急等级", "紧急", "urgencyLevel"),
        "社区编码": ("所属社区代码", "社区码", "communityCode"),
        "网格编码": ("所属网格代码", "网格码", "gridCode"),
        "事件描述": ("案件内容", "描述", "eventDesc"),
        "上报时间": ("发现上报时间", "上报", "reportTime"),
        "受理时间": ("受理登记时间", "受理", "acceptTime"),
        "派遣时间": ("案件派遣时间", "派遣", "dispatchTime"),
        "责任单位": ("责任部门", "责任单位", "responsibleDept"),
        "办理层级": ("处理层级", "层级", "handleLevel"),
        "处置时限": ("处理截止时间", "时限", "dealDeadline"),
        "原处置时限": ("原处理截止时间", "原时限", "originalDeadline"),
        "是否剔除": ("剔除标志", "剔除", "isExcluded"),
        "剔除原因": ("剔除理由", "剔因", "excludeReason"),
        "处置完成时间": ("处理完成时间", "处置完成", "disposalFinishTime"),
        "结案时间": ("案件关闭时间", "结案", "closeTime"),
        "状态": ("案件状态", "状态", "eventStatus"),
        "回访评价": ("回访结论", "回访", "callbackResult"),
        "返工次数": ("返工数", "返工", "reworkTimes"),
        "经度": ("GPS经度", "经度", "lng"),
        "纬度": ("GPS纬度", "纬度", "lat"),
        "更新时间": ("数据更新时间", "更新", "lastUpdateTime"),
    },
    "command_centre.hotline_order": {
        "工单编号": ("热线工单号", "工单号", "orderNo"),
        "来电号码": ("主叫电话", "来电", "callerPhone"),
        "社区编码": ("社区代码", "社区码", "communityId"),
        "诉求类别": ("诉求分类", "类别", "appealCategory"),
        "诉求内容": ("反映内容", "内容", "appealContent"),
        "受话时间": ("接听时间", "受话", "callTime"),
        "派单时间": ("工单派发时间", "派单", "assignTime"),
        "响应时限": ("响应截止", "响应限", "responseDeadline"),
        "首次联系时间": ("首次联系诉求人时间", "首联时间", "firstContactTime"),
        "办结时间": ("工单办结时间", "办结", "finishTime"),
        "回访时间": ("电话回访时间", "回访", "callbackTime"),
        "是否解决": ("问题是否解决", "解决", "isSolved"),
        "满意度": ("群众满意程度", "满意", "satisfaction"),
        "关联事件编号": ("对应事件编号", "事件号", "relatedEventNo"),
        "更新时间": ("最后修改时间", "更新", "modifyTime"),
    },
    "command_centre.hazard_inspection": {
        "排查编号": ("检查编号", "编号", "inspectionNo"),
        "人员编号": ("检查人员工号", "人员号", "inspectorId"),
        "网格编码": ("网格代码", "网格码", "gridCode"),
        "排查对象": ("检查对象", "对象", "inspectTarget"),
        "排查时间": ("检查时间", "排查时", "inspectTime"),
        "隐患等级": ("隐患级别", "等级", "hazardLevel"),
        "整改期限": ("整改截止日期", "整改限", "rectifyDeadline"),
        "整改完成日期": ("整改完毕日期", "整改完成", "rectifyFinishDate"),
        "更新时间": ("修改时间", "更新", "updateTime"),
    },
    "home_visit.visit": {
        "走访编号": ("入户编号", "编号", "visitNo"),
        "人员编号": ("走访人员编码", "人员号", "staffId"),
        "网格编码": ("网格号", "网格码", "gridCode"),
        "楼栋编码": ("楼栋代码", "楼栋码", "buildingCode"),
        "住户编号": ("住户代码", "户号", "householdNo"),
        "走访类型": ("走访类别", "类型", "visitType"),
        "开始时间": ("走访开始时间", "开始", "startTime"),
        "结束时间": ("走访结束时间", "结束", "endTime"),
        "是否现场": ("现场打卡标志", "现场", "isOnSite"),
        "政策主题": ("宣传政策主题", "政策", "policyTopic"),
        "民情内容": ("民情描述", "民情", "sentimentContent"),
        "发现问题数": ("发现问题数量", "问题数", "problemCount"),
        "转办事件编号": ("转办事件号", "事件号", "transferEventNo"),
        "经度": ("定位经度", "经度", "longitude"),
        "纬度": ("定位纬度", "纬度", "latitude"),
        "照片数": ("照片张数", "照片", "photoCount"),
    },
    "service_centre.service_case": {
        "办件编号": ("业务编号", "编号", "caseNo"),
        "站点编码": ("服务站点代码", "站点码", "stationCode"),
        "事项编码": ("办理事项代码", "事项码", "itemCode"),
        "事项名称": ("办理事项名称", "事项", "itemName"),
        "办理渠道": ("受理渠道", "渠道", "handleChannel"),
        "申请人证件号": ("申请人身份证号码", "证件号", "applicantIdCard"),
        "取号时间": ("排队取号时间", "取号", "takeNumberTime"),
        "叫号时间": ("窗口叫号时间", "叫号", "callNumberTime"),
        "受理时间": ("业务受理时间", "受理", "acceptTime"),
        "承诺办结时间": ("承诺完成时间", "承诺办结", "promiseFinishTime"),
        "办结时间": ("实际办结时间", "办结", "finishTime"),
        "到场次数": ("申请人到场次数", "到场", "visitTimes"),
        "状态": ("业务状态", "状态", "caseStatus"),
        "评价星级": ("群众评价星级", "星级", "starRating"),
        "更新时间": ("更新日期时间", "更新", "updateTime"),
    },
    "smart_community.grid_worker": {
        "人员编号": ("网格人员编码", "编号", "workerNo"),
        "姓名": ("人员姓名", "姓名", "workerName"),
        "证件号码": ("身份证号", "证号", "idCardNo"),
        "手机号": ("手机号码", "手机", "mobilePhone"),
        "人员类别": ("人员类型", "类别", "workerType"),
        "社区编码": ("所在社区编码", "社区码", "communityCode"),
        "网格编码": ("所在网格编码", "网格码", "gridCode"),
        "是否党员": ("党员标志", "党员", "isPartyMember"),
        "上岗日期": ("上岗时间", "上岗", "onDutyDate"),
        "离岗日期": ("离岗时间", "离岗", "leaveDate"),
    },
    "co_building.fund_txn": {
        "流水号": ("记账流水号", "流水", "serialNo"),
        "街道编码": ("镇街代码", "街道码", "streetCode"),
        "社区编码": ("社区代码", "社区码", "communityCode"),
        "收支方向": ("收支类型", "收支", "direction"),
        "科目": ("收支科目", "科目", "subject"),
        "金额(元)": ("发生金额（元）", "金额", "amount"),
        "项目编号": ("关联项目编号", "项目号", "projectNo"),
        "对方名称": ("对方单位名称", "对方", "counterpartyName"),
        "记账时间": ("登记入账时间", "记账", "bookTime"),
        "公示日期": ("公示公开日期", "公示", "publicDate"),
        "更新时间": ("最近更新时间", "更新", "updateTime"),
    },
    "property_selfgov.satisfaction_survey": {
        "问卷编号": ("调查问卷编号", "编号", "questionnaireNo"),
        "社区编码": ("社区代码", "社区码", "communityCode"),
        "调查日期": ("问卷调查日期", "日期", "surveyDate"),
        "调查方式": ("问卷方式", "方式", "surveyMethod"),
        "年龄段": ("年龄区间", "年龄", "ageRange"),
        "平安评分": ("平安得分", "平安", "safeScore"),
        "便利评分": ("便利得分", "便利", "convenienceScore"),
        "美丽评分": ("美丽得分", "美丽", "beautyScore"),
        "幸福评分": ("幸福得分", "幸福", "happinessScore"),
    },
    "smart_community.residential_area": {
        "小区编码": ("小区代码", "编码", "areaCode"),
        "小区名称": ("小区全称", "名称", "areaName"),
        "社区编码": ("所属社区编码", "社区码", "communityCode"),
        "小区类型": ("小区类别", "类型", "areaType"),
        "管理方式": ("物业管理方式", "管理", "managementMode"),
        "是否三无小区": ("三无小区标志", "三无", "isThreeNo"),
        "物业企业编码": ("物业公司编码", "物业码", "propertyCompanyCode"),
        "户数": ("总户数", "户数", "householdCount"),
        "楼栋数": ("楼栋总数", "楼数", "buildingCount"),
        "经度": ("中心点经度", "经度", "centerLng"),
        "纬度": ("中心点纬度", "纬度", "centerLat"),
    },
    "snap_report.report": {
        "report_id": ("上报编号", "编号", "reportNo"),
        "reporter_openid": ("微信OpenID", "openid", "wxOpenId"),
        "reporter_phone": ("上报人手机", "手机", "mobile"),
        "reporter_type": ("上报人类型", "人员类型", "userType"),
        "grid_code": ("网格编码", "网格", "gridNo"),
        "category": ("问题分类", "分类", "problemType"),
        "description": ("问题描述", "描述", "content"),
        "photos": ("图片数量", "图片", "imageCount"),
        "lng": ("经度", "经度", "longitude"),
        "lat": ("纬度", "纬度", "latitude"),
        "reported_at": ("上报时间", "上报", "submitTime"),
        "status": ("处理状态", "状态", "handleStatus"),
        "event_id": ("关联事件编号", "事件号", "eventNo"),
        "replied_at": ("回复时间", "回复", "replyTime"),
        "rating": ("评价星级", "星级", "score"),
        "updated_at": ("更新时间", "更新", "modifyTime"),
    },
    "volunteer.service_log": {
        "log_id": ("服务记录编号", "编号", "recordNo"),
        "activity_id": ("活动编号", "活动号", "activityNo"),
        "volunteer_id": ("志愿者编号", "志愿者号", "volunteerNo"),
        "checked_in_at": ("签到时间", "签到", "signInTime"),
        "checked_out_at": ("签退时间", "签退", "signOutTime"),
        "on_site": ("是否现场签到", "现场", "isOnSite"),
        "entered_at": ("录入时间", "录入", "inputTime"),
        "credited_hours": ("认定服务时长", "时长", "serviceHours"),
    },
}  # fmt: skip
OTHERS = {
    "renamed": ("ROWID", "数据入库时间", "审核人", "巡逻中队", "排序值", "是否推送省平台"),
    "english": ("ROWID", "etlLoadTime", "auditUser", "patrolSquad", "sortOrder", "isPushed"),
}
DIALECTS = ("renamed", "abbreviated", "pinyin", "english", "reordered")
# What another vendor says for the demo's words; each is one code.
WORDS: Mapping[str, str] = {
    "已办结": "办结", "已结案": "结案", "其他": "其它", "一般": "普通", "线上": "网上", "窗口": "窗口办理",
}  # fmt: skip


@dataclass(frozen=True)
class Export:
    """A vendor's export of a feed. truth: its header → the contract's column."""

    feed: Feed
    frame: pl.DataFrame
    truth: Mapping[str, str]


def export(dialect: str, feed: Feed, sample: Sample) -> Export:
    """The sample's rows in a vendor's dialect, with a column that no contract has."""
    naming, spelling = _NAMINGS[dialect], _SPELLINGS[dialect]
    columns, truth = [], {}
    for column in feed.columns:
        header = naming(feed.id, column.header)
        columns.append(spelling(sample.table.frame[column.header].alias(header), column.kind))
        truth[header] = column.name
    assert len(truth) == len(feed.columns), f"{dialect} names two columns of {feed.id} alike"
    columns += _others(dialect, sample.rows.height)
    if dialect != "renamed":
        random.Random(f"{dialect} {feed.id}").shuffle(columns)
    return Export(feed, pl.DataFrame(columns).drop(ROW_NUMBER, strict=False), truth)


def _others(dialect: str, rows: int) -> list[pl.Series]:
    """Columns that no contract has, and that look like some that they have."""
    names = OTHERS["english" if dialect in ("english", "pinyin") else "renamed"]
    values = (
        [f"AAAR{i:06}" for i in range(rows)],
        [f"2025-12-0{1 + i % 5} 00:{i % 60:02}:00" for i in range(rows)],
        [f"{'王李张'[i % 3]}{'芳伟娜敏静'[i % 5]}" for i in range(rows)],
        [f"第{i % 7}中队" for i in range(rows)],
        [f"{i % 9}" for i in range(rows)],
        ["是" if i % 2 else "否" for i in range(rows)],
    )
    return [pl.Series(name, column) for name, column in zip(names, values, strict=True)]


def _in_pinyin(_: str, header: str) -> str:
    """事件编号 → SJBH, 来源 → laiyuan: as database columns are named."""
    bare = header.partition("(")[0]
    return "".join(lazy_pinyin(bare, style=Style.FIRST_LETTER)).upper() if len(bare) > 3 else "".join(lazy_pinyin(bare))


def _decorated(_: str, header: str) -> str:
    """事件编号 → *事件 编号（必填）, full-width."""
    return f"＊{header.replace('(', '（').replace(')', '）')}" if "(" in header else f" {header}（必填） "


_NAMINGS: Mapping[str, Callable[[str, str], str]] = {
    "renamed": lambda feed, header: HEADERS[feed][header][0],
    "abbreviated": lambda feed, header: HEADERS[feed][header][1],
    "pinyin": _in_pinyin,
    "english": lambda feed, header: HEADERS[feed][header][2],
    "reordered": _decorated,
}


def _as_they_are(values: pl.Series, _: Kind) -> pl.Series:
    return values


def _slashes(values: pl.Series, kind: Kind) -> pl.Series:
    """2025/12/4 8:05, and other words for codes."""
    if kind in (Kind.TIMESTAMP, Kind.DATE):
        return values.str.replace_all("-0?", "/").str.replace(" 0", " ").str.replace(r":\d\d$", "")
    return values.replace(dict(WORDS))


def _compact(values: pl.Series, kind: Kind) -> pl.Series:
    """20251204080530, Y and N."""
    if kind in (Kind.TIMESTAMP, Kind.DATE):
        return values.str.replace_all("[- :]", "")
    return values.replace({"是": "Y", "否": "N"}) if kind is Kind.BOOLEAN else values


def _chinese(values: pl.Series, kind: Kind) -> pl.Series:
    """2025年12月04日 08时05分30秒, 1 and 0."""
    if kind in (Kind.TIMESTAMP, Kind.DATE):
        day = values.str.replace(r"^(\d{4})-(\d\d)-(\d\d)", "${1}年${2}月${3}日")
        return day.str.replace(r"(\d\d):(\d\d):(\d\d)$", "${1}时${2}分${3}秒")
    return values.replace({"是": "1", "否": "0"}) if kind is Kind.BOOLEAN else values


_SPELLINGS: Mapping[str, Callable[[pl.Series, Kind], pl.Series]] = {
    "renamed": _slashes,
    "abbreviated": _slashes,
    "pinyin": _compact,
    "english": _chinese,
    "reordered": _as_they_are,
}
