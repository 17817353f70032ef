"""Three vendors that nobody tuned for: columns of a database with a letter for the type, of a data platform, and of
sheets that people keep by hand.

Belongs here: their headers and spellings, written before they were tried. What failed was mended in kind (a sign before
every column, initials of synonyms, words of questions), never by a header of theirs as a synonym.
"""

from collections.abc import Mapping

import polars as pl

from pipelines.contracts.model import Feed, Kind
from pipelines.delivery.text_table import ROW_NUMBER
from pipelines.drafting.samples import Sample
from tests.unit.drafting.dialects import Export

VENDORS = ("database", "platform", "by_hand")
# The contract's header: (database, platform, by hand).
HEADERS: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "command_centre.event": {
        "事件编号": ("C_SJBH", "event_code", "事件单号（系统自动生成）"),
        "来源": ("C_SJLY", "event_src_name", "问题来源"),
        "事件大类": ("C_DLMC", "big_class_name", "一级分类"),
        "事件小类": ("C_XLMC", "small_class_name", "二级分类"),
        "紧急程度": ("C_JJCD", "urgent_level_name", "轻重缓急"),
        "社区编码": ("C_SQDM", "comm_code", "事发社区（12位代码）"),
        "网格编码": ("C_WGDM", "grid_code", "事发网格（15位代码）"),
        "事件描述": ("C_SJMS", "event_content", "具体情况说明"),
        "上报时间": ("D_SBSJ", "report_time", "什么时候报的"),
        "受理时间": ("D_SLSJ", "accept_time", "受理日期及时间"),
        "派遣时间": ("D_PQSJ", "dispatch_time", "派遣日期及时间"),
        "责任单位": ("C_ZRDW", "duty_dept_name", "承办单位"),
        "办理层级": ("C_BLCJ", "deal_level_name", "在哪一级办理"),
        "处置时限": ("D_CZSX", "deal_limit_time", "应于何时办完"),
        "原处置时限": ("D_YCZSX", "orig_deal_limit_time", "延期前应于何时办完"),
        "是否剔除": ("C_SFTC", "is_reject", "是否剔除考核"),
        "剔除原因": ("C_TCYY", "reject_reason", "剔除考核的原因"),
        "处置完成时间": ("D_CZWCSJ", "deal_end_time", "处置完毕日期及时间"),
        "结案时间": ("D_JASJ", "archive_time", "结案日期及时间"),
        "状态": ("C_AJZT", "event_status_name", "目前进展"),
        "回访评价": ("C_HFPJ", "visit_eval_name", "回访群众的评价"),
        "返工次数": ("N_FGCS", "rework_num", "返工几次"),
        "经度": ("N_X", "coord_x", "东经"),
        "纬度": ("N_Y", "coord_y", "北纬"),
        "更新时间": ("D_GXSJ", "gmt_modified", "最近一次修改"),
    },
    "command_centre.hotline_order": {
        "工单编号": ("C_GDBH", "order_code", "12345工单号"),
        "来电号码": ("C_LDHM", "call_in_number", "市民来电"),
        "社区编码": ("C_SQDM", "comm_code", "所在社区（12位代码）"),
        "诉求类别": ("C_SQLB", "appeal_type_name", "诉求归类"),
        "诉求内容": ("C_SQNR", "appeal_content", "市民反映的情况"),
        "受话时间": ("D_SHSJ", "call_in_time", "接到来电的时间"),
        "派单时间": ("D_PDSJ", "dispatch_time", "派单的时间"),
        "响应时限": ("D_XYSX", "response_limit_time", "最晚响应时间"),
        "首次联系时间": ("D_SCLXSJ", "first_contact_time", "第一次联系市民的时间"),
        "办结时间": ("D_BJSJ", "finish_time", "办结的时间"),
        "回访时间": ("D_HFSJ", "return_visit_time", "回访的时间"),
        "是否解决": ("C_SFJJ", "is_resolved", "解决了没有"),
        "满意度": ("C_MYD", "satisfy_level_name", "市民满意不满意"),
        "关联事件编号": ("C_GLSJBH", "rel_event_code", "对应的事件单号"),
        "更新时间": ("D_GXSJ", "gmt_modified", "最近一次修改"),
    },
    "home_visit.visit": {
        "走访编号": ("C_ZFBH", "visit_code", "走访记录号"),
        "人员编号": ("C_RYBH", "staff_code", "走访人编号"),
        "网格编码": ("C_WGDM", "grid_code", "网格（15位代码）"),
        "楼栋编码": ("C_LDDM", "build_code", "楼栋代码"),
        "住户编号": ("C_ZHBH", "household_code", "住户号"),
        "走访类型": ("C_ZFLX", "visit_type_name", "走访种类"),
        "开始时间": ("D_KSSJ", "begin_time", "进门时间"),
        "结束时间": ("D_JSSJ", "end_time", "离开时间"),
        "是否现场": ("C_SFXC", "is_on_site", "本人是否到场"),
        "政策主题": ("C_ZCZT", "policy_subject", "宣讲的政策"),
        "民情内容": ("C_MQNR", "opinion_content", "居民说了什么"),
        "发现问题数": ("N_FXWTS", "problem_num", "发现几个问题"),
        "转办事件编号": ("C_ZBSJBH", "trans_event_code", "转成的事件单号"),
        "经度": ("N_X", "coord_x", "东经"),
        "纬度": ("N_Y", "coord_y", "北纬"),
        "照片数": ("N_ZPS", "photo_num", "拍照几张"),
    },
    "service_centre.service_case": {
        "办件编号": ("C_BJBH", "case_code", "办件流水号"),
        "站点编码": ("C_ZDBM", "site_code", "办理站点代码"),
        "事项编码": ("C_SXBM", "item_code", "事项代码"),
        "事项名称": ("C_SXMC", "item_name", "办的什么事"),
        "办理渠道": ("C_BLQD", "channel_name", "从哪里办的"),
        "申请人证件号": ("C_SQRZJH", "applicant_id_no", "办事人身份证号"),
        "取号时间": ("D_QHSJ", "take_no_time", "取号的时间"),
        "叫号时间": ("D_JHSJ", "call_no_time", "叫号的时间"),
        "受理时间": ("D_SLSJ", "accept_time", "受理的时间"),
        "承诺办结时间": ("D_CNBJSJ", "promise_finish_time", "答应办完的时间"),
        "办结时间": ("D_BJSJ", "finish_time", "办完的时间"),
        "到场次数": ("N_DCCS", "arrive_num", "跑了几趟"),
        "状态": ("C_BJZT", "case_status_name", "目前进展"),
        "评价星级": ("N_PJXJ", "eval_star", "打了几颗星"),
        "更新时间": ("D_GXSJ", "gmt_modified", "最近一次修改"),
    },
    "smart_community.grid_worker": {
        "人员编号": ("C_RYBH", "staff_code", "人员工号"),
        "姓名": ("C_XM", "staff_name", "人员姓名"),
        "证件号码": ("C_ZJHM", "cert_no", "居民身份证号码"),
        "手机号": ("C_SJH", "mobile_no", "联系手机"),
        "人员类别": ("C_RYLB", "staff_type_name", "岗位"),
        "社区编码": ("C_SQDM", "comm_code", "所属社区（12位代码）"),
        "网格编码": ("C_WGDM", "grid_code", "负责网格（15位代码）"),
        "是否党员": ("C_SFDY", "is_party_member", "是不是党员"),
        "上岗日期": ("D_SGRQ", "on_post_date", "哪天上岗"),
        "离岗日期": ("D_LGRQ", "off_post_date", "哪天离岗"),
    },
    "snap_report.report": {
        "report_id": ("C_SBBH", "report_code", "随手拍编号"),
        "reporter_openid": ("C_OPENID", "open_id", "微信标识"),
        "reporter_phone": ("C_SBRDH", "reporter_mobile", "上报人电话"),
        "reporter_type": ("C_SBRLX", "reporter_type_name", "上报人身份"),
        "grid_code": ("C_WGDM", "grid_code", "网格（15位代码）"),
        "category": ("C_WTLB", "problem_type_name", "问题类别"),
        "description": ("C_WTMS", "problem_content", "问题说明"),
        "photos": ("N_ZPS", "photo_num", "照片几张"),
        "lng": ("N_X", "coord_x", "东经"),
        "lat": ("N_Y", "coord_y", "北纬"),
        "reported_at": ("D_SBSJ", "report_time", "上报日期及时间"),
        "status": ("C_CLZT", "deal_status_name", "目前进展"),
        "event_id": ("C_SJBH", "event_code", "转成的事件单号"),
        "replied_at": ("D_HFSJ", "reply_time", "回复日期及时间"),
        "rating": ("N_PF", "eval_score", "打了几颗星"),
        "updated_at": ("D_GXSJ", "gmt_modified", "最近一次修改"),
    },
    "co_building.fund_txn": {
        "流水号": ("C_LSH", "txn_code", "凭证流水号"),
        "街道编码": ("C_JDDM", "street_code", "街道（9位代码）"),
        "社区编码": ("C_SQDM", "comm_code", "社区（12位代码）"),
        "收支方向": ("C_SZFX", "inout_type_name", "收入还是支出"),
        "科目": ("C_KM", "subject_name", "会计科目"),
        "金额(元)": ("N_JE", "txn_amt", "金额（元，保留两位小数）"),
        "项目编号": ("C_XMBH", "project_code", "用于哪个项目（编号）"),
        "对方名称": ("C_DFMC", "opposite_name", "付给谁或从谁收"),
        "记账时间": ("D_JZSJ", "book_time", "记账的时间"),
        "公示日期": ("D_GSRQ", "publicity_date", "哪天公示"),
        "更新时间": ("D_GXSJ", "gmt_modified", "最近一次修改"),
    },
    "smart_community.residential_area": {
        "小区编码": ("C_XQBM", "estate_code", "小区代码"),
        "小区名称": ("C_XQMC", "estate_name", "小区叫什么"),
        "社区编码": ("C_SQDM", "comm_code", "所属社区（12位代码）"),
        "小区类型": ("C_XQLX", "estate_type_name", "小区种类"),
        "管理方式": ("C_GLFS", "manage_mode_name", "谁来管理"),
        "是否三无小区": ("C_SFSWXQ", "is_three_no", "是不是三无小区"),
        "物业企业编码": ("C_WYQYBM", "pm_company_code", "物业公司代码"),
        "户数": ("N_HS", "household_num", "一共多少户"),
        "楼栋数": ("N_LDS", "build_num", "一共多少栋"),
        "经度": ("N_X", "coord_x", "东经"),
        "纬度": ("N_Y", "coord_y", "北纬"),
    },
}  # fmt: skip
# Columns that no contract has.
OTHERS: Mapping[str, tuple[str, ...]] = {
    "database": ("C_ID", "C_SHRY", "D_RKSJ", "C_BZ", "N_XH", "C_SFSC"),
    "platform": ("id", "audit_user_name", "gmt_create", "remark", "sort_no", "is_deleted"),
    "by_hand": ("序号", "填表人", "导出日期及时间", "备注", "第几页", "是否已核对"),
}


def export(vendor: str, feed: Feed, sample: Sample) -> Export:
    """The sample's rows as one of these vendors would export them, in another order, with columns of its own."""
    names = [entry[VENDORS.index(vendor)] for entry in HEADERS[feed.id].values()]
    of_column = dict(zip(HEADERS[feed.id], names, strict=True))
    assert len(set(names)) == len(names) == len(feed.columns)
    columns = [
        _spelled(vendor, sample.table.frame[column.header].alias(of_column[column.header]), column.kind)
        for column in feed.columns
    ]
    rows = sample.rows.height
    values = (
        [f"{7_400_000 + 13 * i}" for i in range(rows)],
        [f"{'赵钱孙周'[i % 4]}{'建国红梅强'[i % 5]}" for i in range(rows)],
        [f"2025-12-{6 + i % 3:02} 0{i % 4}:{i % 60:02}:17" for i in range(rows)],
        ["" if i % 9 else "请核实" for i in range(rows)],
        [f"{i + 1}" for i in range(rows)],
        ["0"] * rows if vendor != "by_hand" else ["√"] * rows,
    )
    mine = [pl.Series(name, told) for name, told in zip(OTHERS[vendor], values, strict=True)]
    # The vendor's own key first, its other columns last, and the contract's from the middle outwards.
    middle = len(columns) // 2
    shuffled = [*columns[middle:], *columns[:middle][::-1]]
    truth = {of_column[column.header]: column.name for column in feed.columns}
    return Export(feed, pl.DataFrame([mine[0], *shuffled, *mine[1:]]).drop(ROW_NUMBER, strict=False), truth)


def _spelled(vendor: str, values: pl.Series, kind: Kind) -> pl.Series:
    is_time = kind in (Kind.TIMESTAMP, Kind.DATE)
    if vendor == "database":
        # Oracle's to_char, and 1 or 0.
        if is_time:
            return values.str.replace_all("-", "/")
        return values.replace({"是": "1", "否": "0"}) if kind is Kind.BOOLEAN else values
    if vendor == "platform":
        # ISO 8601 with milliseconds, true and false, other words for some codes.
        if is_time:
            return values.str.replace(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$", "${1}T${2}.000+08:00")
        values = values.replace({"是": "true", "否": "false"}) if kind is Kind.BOOLEAN else values
        return values.replace({"一般": "普通", "紧急": "加急", "窗口": "大厅窗口", "在办": "办理中", "已办结": "办结"})
    if is_time:
        return values.str.replace(r"^(\d{4})-0?(\d+)-0?(\d+)", "${1}年${2}月${3}日").str.replace(
            r"(\d\d:\d\d):\d\d$", "${1}"
        )
    return values.replace({"是": "√", "否": "×"}) if kind is Kind.BOOLEAN else values.replace({"": "无"})
