"""More vendors that nobody tuned for: pinyin of other words, an English API, headers with formats and units, and a
database of abbreviations, with code numbers in place of words.

Belongs here: their headers and spellings, written before they were tried. What failed was mended in kind, never by a
header of theirs as a synonym.
"""

from collections.abc import Mapping

import polars as pl

from pipelines.contracts.model import Column, Feed, Kind
from pipelines.delivery.text_table import ROW_NUMBER
from pipelines.drafting.samples import Sample
from tests.unit.drafting.dialects import Export

_TIME = "(yyyy-MM-dd HH:mm:ss)"
_Headers = Mapping[str, Mapping[str, tuple[str, ...]]]
FIRST = ("initials", "api", "formats", "short")
_OF_FIRST: _Headers = {
    "command_centre.event": {
        "事件编号": ("ajbh", "caseNumber", "案件编号", "EVT_NO"),
        "来源": ("wtly", "caseOrigin", "问题来源渠道", "EVT_SRC_CD"),
        "事件大类": ("ajdl", "caseMajorType", "案件大类", "EVT_TYPE1"),
        "事件小类": ("ajxl", "caseMinorType", "案件小类", "EVT_TYPE2"),
        "紧急程度": ("jjjb", "emergencyDegree", "紧急级别", "URGENCY_LVL"),
        "社区编码": ("sssqdm", "communityId", "所属社区代码", "COMMUNITY_CD"),
        "网格编码": ("sswgdm", "gridId", "所属网格代码", "GRID_CD"),
        "事件描述": ("aqms", "caseDetail", "案情描述", "EVT_DESC"),
        "上报时间": ("sbsj", "reportDateTime", f"上报时间{_TIME}", "RPT_TM"),
        "受理时间": ("lasj", "receiveDateTime", f"立案时间{_TIME}", "ACPT_TM"),
        "派遣时间": ("pdsj", "assignDateTime", f"派遣时间{_TIME}", "DISP_TM"),
        "责任单位": ("cbbm", "undertakeOrg", "处置部门", "RESP_DEPT_NM"),
        "办理层级": ("czcj", "handleTier", "处置层级", "PROC_LVL"),
        "处置时限": ("bjsx", "deadline", f"处置截止时间{_TIME}", "DUE_TM"),
        "原处置时限": ("ybjsx", "originalDeadline", f"首次处置截止时间{_TIME}", "ORI_DUE_TM"),
        "是否剔除": ("tcbz", "excludedFlag", "剔除标识(0否1是)", "EXCL_FLG"),
        "剔除原因": ("tcsm", "excludedCause", "剔除说明", "EXCL_RSN"),
        "处置完成时间": ("czwbsj", "handledDateTime", f"处置反馈时间{_TIME}", "PROC_END_TM"),
        "结案时间": ("jasj", "closeDateTime", f"结案时间{_TIME}", "CLS_TM"),
        "状态": ("ajzt", "currentState", "案件状态", "EVT_STS"),
        "回访评价": ("hfjg", "feedbackResult", "回访结果", "VISIT_RSLT"),
        "返工次数": ("fgcs", "redoTimes", "返工次数(次)", "REWORK_CNT"),
        "经度": ("jd", "lng", "X坐标(经度)", "LON"),
        "纬度": ("wd", "lat", "Y坐标(纬度)", "LAT"),
        "更新时间": ("xgsj", "lastModified", f"最后修改时间{_TIME}", "UPD_TM"),
    },
    "command_centre.hotline_order": {
        "工单编号": ("gdbh", "ticketNumber", "热线工单号", "ORD_NO"),
        "来电号码": ("lddh", "callerTel", "来电人电话", "CALL_TEL"),
        "社区编码": ("sssqdm", "communityId", "所属社区代码", "COMMUNITY_CD"),
        "诉求类别": ("sqfl", "appealCategory", "诉求分类", "APL_TYPE"),
        "诉求内容": ("sqms", "appealDetail", "诉求描述", "APL_CONT"),
        "受话时间": ("ldsj", "callDateTime", f"来电时间{_TIME}", "CALL_TM"),
        "派单时间": ("zpsj", "assignDateTime", f"转派时间{_TIME}", "ASGN_TM"),
        "响应时限": ("lxsx", "contactDeadline", f"响应截止时间{_TIME}", "CONTACT_DUE_TM"),
        "首次联系时间": ("sclxsj", "firstContactDateTime", f"首次响应时间{_TIME}", "FST_CONTACT_TM"),
        "办结时间": ("bjsj", "completeDateTime", f"办结时间{_TIME}", "FIN_TM"),
        "回访时间": ("hfsj", "callbackDateTime", f"回访时间{_TIME}", "CALLBACK_TM"),
        "是否解决": ("jjbz", "solvedFlag", "解决标识(0否1是)", "SOLVE_FLG"),
        "满意度": ("mydpj", "satisfactionLevel", "满意度评价", "SATIS_LVL"),
        "关联事件编号": ("glajbh", "relatedCaseNumber", "关联案件编号", "REL_EVT_NO"),
        "更新时间": ("xgsj", "lastModified", f"最后修改时间{_TIME}", "UPD_TM"),
    },
    "home_visit.visit": {
        "走访编号": ("zfjlbh", "visitRecordNumber", "走访记录编号", "VST_NO"),
        "人员编号": ("zfrbh", "visitorId", "走访人员编号", "WKR_NO"),
        "网格编码": ("sswgdm", "gridId", "所属网格代码", "GRID_CD"),
        "楼栋编码": ("lddm", "buildingId", "楼栋代码", "BLDG_CD"),
        "住户编号": ("hbh", "householdId", "户编号", "HSHD_NO"),
        "走访类型": ("zffs", "visitCategory", "走访类别", "VST_TYPE"),
        "开始时间": ("kssj", "beginDateTime", f"走访开始时间{_TIME}", "BGN_TM"),
        "结束时间": ("jssj", "endDateTime", f"走访结束时间{_TIME}", "END_TM"),
        "是否现场": ("xcbz", "onsiteFlag", "现场标识(0否1是)", "ONSITE_FLG"),
        "政策主题": ("xczt", "policySubject", "宣传政策", "POLICY_NM"),
        "民情内容": ("mqms", "opinionDetail", "民情记录", "OPN_CONT"),
        "发现问题数": ("wtsl", "issueTotal", "发现问题数量(个)", "PROB_CNT"),
        "转办事件编号": ("zbajbh", "transferredCaseNumber", "转办案件编号", "TRANS_EVT_NO"),
        "经度": ("jd", "lng", "X坐标(经度)", "LON"),
        "纬度": ("wd", "lat", "Y坐标(纬度)", "LAT"),
        "照片数": ("zpsl", "pictureTotal", "照片数量(张)", "PHOTO_CNT"),
    },
    "service_centre.service_case": {
        "办件编号": ("ywlsh", "businessNumber", "业务流水号", "CASE_NO"),
        "站点编码": ("fwzdm", "stationId", "服务站代码", "STN_CD"),
        "事项编码": ("sxdm", "itemId", "事项代码", "ITEM_CD"),
        "事项名称": ("sxmc", "itemTitle", "办理事项", "ITEM_NM"),
        "办理渠道": ("blfs", "acceptChannel", "办理方式", "CHNL_CD"),
        "申请人证件号": ("sqrsfzh", "applicantIdNumber", "申请人身份证号", "APLCT_ID_NO"),
        "取号时间": ("qhsj", "queueDateTime", f"取号时间{_TIME}", "QUEUE_TM"),
        "叫号时间": ("jhsj", "calledDateTime", f"叫号时间{_TIME}", "CALLED_TM"),
        "受理时间": ("slsj", "acceptDateTime", f"受理时间{_TIME}", "ACPT_TM"),
        "承诺办结时间": ("cnsx", "promisedDateTime", f"承诺时限{_TIME}", "PROMISE_TM"),
        "办结时间": ("bjsj", "completeDateTime", f"办结时间{_TIME}", "FIN_TM"),
        "到场次数": ("ptcs", "visitTimes", "跑动次数(次)", "TRIP_CNT"),
        "状态": ("ywzt", "currentState", "办件状态", "CASE_STS"),
        "评价星级": ("pjdj", "starLevel", "评价等级(1-5)", "STAR_LVL"),
        "更新时间": ("xgsj", "lastModified", f"最后修改时间{_TIME}", "UPD_TM"),
    },
    "smart_community.grid_worker": {
        "人员编号": ("wgybh", "staffId", "网格员编号", "WKR_NO"),
        "姓名": ("wgyxm", "fullName", "网格员姓名", "WKR_NM"),
        "证件号码": ("sfzhm", "idNumber", "身份证号码", "ID_NO"),
        "手机号": ("lxdh", "contactTel", "联系电话", "MOB_TEL"),
        "人员类别": ("gwlb", "staffCategory", "岗位类别", "WKR_TYPE"),
        "社区编码": ("sssqdm", "communityId", "所属社区代码", "COMMUNITY_CD"),
        "网格编码": ("fzwgdm", "gridId", "负责网格代码", "GRID_CD"),
        "是否党员": ("dybz", "partyMemberFlag", "党员标识(0否1是)", "PARTY_FLG"),
        "上岗日期": ("rzrq", "onboardDate", "入职日期(yyyy-MM-dd)", "BGN_DT"),
        "离岗日期": ("lzrq", "resignDate", "离职日期(yyyy-MM-dd)", "END_DT"),
    },
    "smart_community.residential_area": {
        "小区编码": ("xqdm", "estateId", "小区代码", "AREA_CD"),
        "小区名称": ("xqmc", "estateTitle", "小区名", "AREA_NM"),
        "社区编码": ("sssqdm", "communityId", "所属社区代码", "COMMUNITY_CD"),
        "小区类型": ("xqlb", "estateCategory", "小区性质", "AREA_TYPE"),
        "管理方式": ("wyglms", "manageMode", "管理模式", "MGMT_MODE"),
        "是否三无小区": ("swbz", "threeNoFlag", "三无小区标识(0否1是)", "THREE_NO_FLG"),
        "物业企业编码": ("wygsdm", "propertyCompanyId", "物业公司代码", "PROP_CO_CD"),
        "户数": ("zhs", "householdTotal", "总户数(户)", "HSHD_CNT"),
        "楼栋数": ("ldsl", "buildingTotal", "楼栋数量(栋)", "BLDG_CNT"),
        "经度": ("jd", "lng", "X坐标(经度)", "LON"),
        "纬度": ("wd", "lat", "Y坐标(纬度)", "LAT"),
    },
    "property_selfgov.project": {
        "项目编号": ("xmdm", "projectNumber", "项目代码", "PRJ_NO"),
        "项目名称": ("xmmc", "projectTitle", "项目名", "PRJ_NM"),
        "项目类型": ("xmlb", "projectCategory", "项目类别", "PRJ_TYPE"),
        "社区编码": ("sssqdm", "communityId", "所属社区代码", "COMMUNITY_CD"),
        "小区编码": ("ssxqdm", "estateId", "所属小区代码", "AREA_CD"),
        "立项日期": ("lxrq", "approvalDate", "立项日期(yyyy-MM-dd)", "APRV_DT"),
        "计划完工日期": ("jhwgrq", "plannedFinishDate", "计划完成日期(yyyy-MM-dd)", "PLAN_FIN_DT"),
        "完工日期": ("sjwgrq", "actualFinishDate", "实际完成日期(yyyy-MM-dd)", "ACT_FIN_DT"),
        "预算(元)": ("ysje", "budgetAmount", "预算金额(元)", "BUDGET_AMT"),
        "支出(元)": ("zcje", "spentAmount", "支出金额(元)", "SPEND_AMT"),
        "居民参与人次": ("jmcys", "residentTimes", "参与居民(人次)", "RESID_CNT"),
        "状态": ("xmzt", "currentState", "项目状态", "PRJ_STS"),
        "更新时间": ("xgsj", "lastModified", f"最后修改时间{_TIME}", "UPD_TM"),
    },
    "smart_community.care_household": {
        "住户编号": ("hbh", "householdId", "户编号", "HSHD_NO"),
        "社区编码": ("sssqdm", "communityId", "所属社区代码", "COMMUNITY_CD"),
        "网格编码": ("sswgdm", "gridId", "所属网格代码", "GRID_CD"),
        "关爱类别": ("gazdlx", "careCategory", "关爱对象类别", "CARE_TYPE"),
        "走访周期(天)": ("zfzq", "visitCycleDays", "走访周期(天/次)", "VST_CYCLE_DAYS"),
        "登记日期": ("djrq", "registerDate", "登记日期(yyyy-MM-dd)", "REG_DT"),
    },
    "snap_report.report": {
        "report_id": ("sbdbh", "reportNumber", "上报单编号", "RPT_NO"),
        "reporter_openid": ("wxid", "wechatOpenId", "微信openid", "OPEN_ID"),
        "reporter_phone": ("sbrdh", "reporterTel", "上报人联系电话", "RPTR_TEL"),
        "reporter_type": ("sbrlb", "reporterCategory", "上报人类别", "RPTR_TYPE"),
        "grid_code": ("sswgdm", "gridId", "所属网格代码", "GRID_CD"),
        "category": ("wtfl", "issueCategory", "问题分类", "PROB_TYPE"),
        "description": ("wtms", "issueDetail", "问题描述", "PROB_DESC"),
        "photos": ("zpsl", "pictureTotal", "照片数量(张)", "PHOTO_CNT"),
        "lng": ("jd", "lng", "X坐标(经度)", "LON"),
        "lat": ("wd", "lat", "Y坐标(纬度)", "LAT"),
        "reported_at": ("sbsj", "reportDateTime", f"上报时间{_TIME}", "RPT_TM"),
        "status": ("clzt", "currentState", "处理状态", "PROC_STS"),
        "event_id": ("zajbh", "relatedCaseNumber", "转案件编号", "EVT_NO"),
        "replied_at": ("hfsj", "replyDateTime", f"回复时间{_TIME}", "REPLY_TM"),
        "rating": ("pjfs", "ratingScore", "评价分数(1-5)", "RATE_SCORE"),
        "updated_at": ("xgsj", "lastModified", f"最后修改时间{_TIME}", "UPD_TM"),
    },
}
# Written after what failed of the first four was mended.
SECOND = ("mixed", "desk")
_OF_SECOND: _Headers = {
    "command_centre.event": {
        "事件编号": ("event_bh", "工单ID"),
        "来源": ("event_ly", "工单来源"),
        "事件大类": ("dalei_mc", "一级类目"),
        "事件小类": ("xiaolei_mc", "二级类目"),
        "紧急程度": ("jjcd_dm", "优先级"),
        "社区编码": ("sq_code", "社区ID"),
        "网格编码": ("wg_code", "网格ID"),
        "事件描述": ("event_ms", "工单内容"),
        "上报时间": ("sb_time", "提单时间"),
        "受理时间": ("sl_time", "接单时间"),
        "派遣时间": ("pq_time", "派单时间"),
        "责任单位": ("zr_dept", "负责部门"),
        "办理层级": ("bl_level", "当前层级"),
        "处置时限": ("cz_limit_time", "要求完成时间"),
        "原处置时限": ("old_limit_time", "原要求完成时间"),
        "是否剔除": ("is_tc", "是否剔除统计"),
        "剔除原因": ("tc_reason", "剔除统计原因"),
        "处置完成时间": ("cz_end_time", "实际完成时间"),
        "结案时间": ("ja_time", "关单时间"),
        "状态": ("event_zt", "工单状态"),
        "回访评价": ("hf_pj", "回访评分结果"),
        "返工次数": ("fg_num", "返修次数"),
        "经度": ("lon", "地理经度"),
        "纬度": ("lat", "地理纬度"),
        "更新时间": ("gx_time", "最近操作时间"),
    },
    "command_centre.hotline_order": {
        "工单编号": ("order_bh", "热线单ID"),
        "来电号码": ("ld_phone", "来电手机"),
        "社区编码": ("sq_code", "社区ID"),
        "诉求类别": ("sq_type", "诉求类目"),
        "诉求内容": ("sq_content", "诉求详情"),
        "受话时间": ("ld_time", "来电接听时间"),
        "派单时间": ("pd_time", "派单时间"),
        "响应时限": ("xy_limit_time", "要求联系时间"),
        "首次联系时间": ("first_lx_time", "首次联系时间"),
        "办结时间": ("bj_time", "办结时间"),
        "回访时间": ("hf_time", "回访时间"),
        "是否解决": ("is_jj", "问题是否解决"),
        "满意度": ("myd_level", "市民满意度"),
        "关联事件编号": ("gl_event_bh", "关联工单ID"),
        "更新时间": ("gx_time", "最近操作时间"),
    },
    "home_visit.visit": {
        "走访编号": ("zf_bh", "走访单ID"),
        "人员编号": ("wgy_code", "网格员ID"),
        "网格编码": ("wg_code", "网格ID"),
        "楼栋编码": ("ld_code", "楼栋ID"),
        "住户编号": ("hu_bh", "住户ID"),
        "走访类型": ("zf_type", "走访类目"),
        "开始时间": ("ks_time", "到户时间"),
        "结束时间": ("js_time", "离户时间"),
        "是否现场": ("is_xc", "是否现场走访"),
        "政策主题": ("zc_title", "宣传主题"),
        "民情内容": ("mq_content", "民情详情"),
        "发现问题数": ("wt_num", "问题数"),
        "转办事件编号": ("zb_event_bh", "转办工单ID"),
        "经度": ("lon", "地理经度"),
        "纬度": ("lat", "地理纬度"),
        "照片数": ("zp_num", "图片数"),
    },
    "service_centre.service_case": {
        "办件编号": ("bj_bh", "办件ID"),
        "站点编码": ("zd_code", "站点ID"),
        "事项编码": ("sx_code", "事项ID"),
        "事项名称": ("sx_name", "事项标题"),
        "办理渠道": ("bl_channel", "渠道类目"),
        "申请人证件号": ("sqr_card_no", "申请人证件"),
        "取号时间": ("qh_time", "排队取号时间"),
        "叫号时间": ("jh_time", "窗口叫号时间"),
        "受理时间": ("sl_time", "受理时间"),
        "承诺办结时间": ("cn_limit_time", "承诺完成时间"),
        "办结时间": ("bj_time", "实际办结时间"),
        "到场次数": ("dc_num", "到场次数"),
        "状态": ("bj_zt", "办件进度"),
        "评价星级": ("pj_star", "好评星级"),
        "更新时间": ("gx_time", "最近操作时间"),
    },
    "smart_community.grid_worker": {
        "人员编号": ("ry_bh", "人员ID"),
        "姓名": ("ry_name", "人员名字"),
        "证件号码": ("sfz_no", "身份证"),
        "手机号": ("sj_phone", "手机"),
        "人员类别": ("ry_type", "人员类目"),
        "社区编码": ("sq_code", "社区ID"),
        "网格编码": ("wg_code", "网格ID"),
        "是否党员": ("is_dy", "是否为党员"),
        "上岗日期": ("sg_date", "上岗日"),
        "离岗日期": ("lg_date", "离岗日"),
    },
    "smart_community.residential_area": {
        "小区编码": ("xq_code", "小区ID"),
        "小区名称": ("xq_name", "小区名称"),
        "社区编码": ("sq_code", "社区ID"),
        "小区类型": ("xq_type", "小区类目"),
        "管理方式": ("gl_mode", "管理形式"),
        "是否三无小区": ("is_sw", "是否三无"),
        "物业企业编码": ("wyqy_code", "物业企业ID"),
        "户数": ("hu_num", "住户总数"),
        "楼栋数": ("ld_num", "楼栋总数"),
        "经度": ("lon", "地理经度"),
        "纬度": ("lat", "地理纬度"),
    },
    "property_selfgov.project": {
        "项目编号": ("xm_bh", "项目ID"),
        "项目名称": ("xm_name", "项目标题"),
        "项目类型": ("xm_type", "项目类目"),
        "社区编码": ("sq_code", "社区ID"),
        "小区编码": ("xq_code", "小区ID"),
        "立项日期": ("lx_date", "立项日"),
        "计划完工日期": ("jh_end_date", "计划完工日"),
        "完工日期": ("sj_end_date", "实际完工日"),
        "预算(元)": ("ys_money", "预算额"),
        "支出(元)": ("zc_money", "已支出额"),
        "居民参与人次": ("jm_num", "居民参与次数"),
        "状态": ("xm_zt", "项目进度"),
        "更新时间": ("gx_time", "最近操作时间"),
    },
    "smart_community.care_household": {
        "住户编号": ("hu_bh", "住户ID"),
        "社区编码": ("sq_code", "社区ID"),
        "网格编码": ("wg_code", "网格ID"),
        "关爱类别": ("ga_type", "关爱类目"),
        "走访周期(天)": ("zf_period", "走访间隔天数"),
        "登记日期": ("dj_date", "登记日"),
    },
    "snap_report.report": {
        "report_id": ("sb_bh", "上报单ID"),
        "reporter_openid": ("wx_openid", "微信号标识"),
        "reporter_phone": ("sbr_phone", "上报人手机"),
        "reporter_type": ("sbr_type", "上报人类目"),
        "grid_code": ("wg_code", "网格ID"),
        "category": ("wt_type", "问题类目"),
        "description": ("wt_content", "问题详情"),
        "photos": ("zp_num", "图片数"),
        "lng": ("lon", "地理经度"),
        "lat": ("lat", "地理纬度"),
        "reported_at": ("sb_time", "提交时间"),
        "status": ("cl_zt", "处理进度"),
        "event_id": ("event_bh", "转工单ID"),
        "replied_at": ("hf_time", "回复时间"),
        "rating": ("pj_score", "评价星数"),
        "updated_at": ("gx_time", "最近操作时间"),
    },
}
# Written after all mending: what they say is of the first sight.
LAST = ("catalogue", "pinyin_api")
_OF_LAST: _Headers = {
    "command_centre.event": {
        "事件编号": ("事件唯一编码", "sjNo"),
        "来源": ("事件来源方式", "sjlyType"),
        "事件大类": ("事件大类名称", "dlName"),
        "事件小类": ("事件小类名称", "xlName"),
        "紧急程度": ("事件紧急等级", "jjcdLevel"),
        "社区编码": ("事发地社区编码", "shequCode"),
        "网格编码": ("事发地网格编码", "wanggeCode"),
        "事件描述": ("事件内容描述", "sjmsContent"),
        "上报时间": ("事件上报日期时间", "sbTime"),
        "受理时间": ("事件受理日期时间", "slTime"),
        "派遣时间": ("任务派遣日期时间", "pqTime"),
        "责任单位": ("责任部门名称", "zrdwName"),
        "办理层级": ("当前办理层级名称", "blcjLevel"),
        "处置时限": ("规定处置截止日期时间", "czsxTime"),
        "原处置时限": ("原规定处置截止日期时间", "oldCzsxTime"),
        "是否剔除": ("考核剔除标志", "isTichu"),
        "剔除原因": ("考核剔除理由", "tichuReason"),
        "处置完成时间": ("处置完成日期时间", "czwcTime"),
        "结案时间": ("事件结案日期时间", "jieanTime"),
        "状态": ("事件办理状态", "sjzt"),
        "回访评价": ("群众回访评价", "hfpj"),
        "返工次数": ("累计返工次数", "fangongNum"),
        "经度": ("事发地经度", "jingdu"),
        "纬度": ("事发地纬度", "weidu"),
        "更新时间": ("数据更新日期时间", "updTime"),
    },
    "command_centre.hazard_inspection": {
        "排查编号": ("隐患排查记录编码", "pcNo"),
        "人员编号": ("排查人员编码", "pcrNo"),
        "网格编码": ("排查网格编码", "wanggeCode"),
        "排查对象": ("被排查对象类型", "pcdxType"),
        "排查时间": ("排查日期时间", "pcTime"),
        "隐患等级": ("发现隐患等级", "yhLevel"),
        "整改期限": ("责令整改截止日期", "zgqxDate"),
        "整改完成日期": ("实际整改完成日期", "zgwcDate"),
        "更新时间": ("数据更新日期时间", "updTime"),
    },
    "command_centre.hotline_order": {
        "工单编号": ("热线工单编码", "gdNo"),
        "来电号码": ("来电人手机号码", "ldhm"),
        "社区编码": ("诉求地社区编码", "shequCode"),
        "诉求类别": ("诉求事项类别", "sqlbType"),
        "诉求内容": ("诉求具体内容", "sqnrContent"),
        "受话时间": ("热线受话日期时间", "shTime"),
        "派单时间": ("工单派发日期时间", "pdTime"),
        "响应时限": ("规定响应截止日期时间", "xysxTime"),
        "首次联系时间": ("首次联系诉求人日期时间", "sclxTime"),
        "办结时间": ("工单办结日期时间", "bjTime"),
        "回访时间": ("工单回访日期时间", "hfTime"),
        "是否解决": ("诉求解决标志", "isJiejue"),
        "满意度": ("诉求人满意程度", "manyidu"),
        "关联事件编号": ("关联事件编码", "glsjNo"),
        "更新时间": ("数据更新日期时间", "updTime"),
    },
    "co_building.fund_txn": {
        "流水号": ("资金流水编码", "lsNo"),
        "街道编码": ("街道办事处编码", "jiedaoCode"),
        "社区编码": ("社区居委会编码", "shequCode"),
        "收支方向": ("收支标志", "szfxType"),
        "科目": ("收支用途科目", "kemu"),
        "金额(元)": ("发生金额（元）", "jineMoney"),
        "项目编号": ("所属项目编码", "xmNo"),
        "对方名称": ("往来对方名称", "duifangName"),
        "记账时间": ("登记入账日期时间", "jzTime"),
        "公示日期": ("向居民公示日期", "gsDate"),
        "更新时间": ("数据更新日期时间", "updTime"),
    },
    "co_building.joint_meeting": {
        "会议编号": ("会议记录编码", "hyNo"),
        "会议类型": ("会议类别名称", "hyType"),
        "街道编码": ("召开街道编码", "jiedaoCode"),
        "社区编码": ("召开社区编码", "shequCode"),
        "召开时间": ("会议召开日期时间", "zkTime"),
        "应到单位数": ("应参会单位数量", "ydNum"),
        "实到单位数": ("实际参会单位数量", "sdNum"),
        "参会居民数": ("参会居民人数", "jmNum"),
        "议题数": ("会议议题数量", "ytNum"),
        "更新时间": ("数据更新日期时间", "updTime"),
    },
    "service_centre.duty_shift": {
        "值班编号": ("值班记录编码", "zbNo"),
        "站点编码": ("值班站点编码", "zhandianCode"),
        "人员编号": ("值班人员编码", "zbrNo"),
        "计划开始": ("计划开始日期时间", "jhksTime"),
        "计划结束": ("计划结束日期时间", "jhjsTime"),
        "签到时间": ("实际签到日期时间", "qdTime"),
        "签退时间": ("实际签退日期时间", "qtTime"),
        "是否延时": ("延时服务标志", "isYanshi"),
    },
    "volunteer.service_log": {
        "log_id": ("志愿服务记录编码", "fwjlNo"),
        "activity_id": ("志愿活动编码", "huodongNo"),
        "volunteer_id": ("志愿者编码", "zyzNo"),
        "checked_in_at": ("志愿者签到日期时间", "qdTime"),
        "checked_out_at": ("志愿者签退日期时间", "qtTime"),
        "on_site": ("现场签到标志", "isXianchang"),
        "entered_at": ("时长录入日期时间", "lrTime"),
        "credited_hours": ("认定志愿服务时长（小时）", "fwscHours"),
    },
    "smart_community.building": {
        "楼栋编码": ("楼栋统一编码", "loudongCode"),
        "小区编码": ("所在小区编码", "xiaoquCode"),
        "网格编码": ("所在网格编码", "wanggeCode"),
        "楼栋名称": ("楼栋标准名称", "loudongName"),
        "单元数": ("楼栋单元数量", "dyNum"),
        "户数": ("楼栋住户数量", "hsNum"),
        "楼栋长编号": ("楼栋长人员编码", "ldzNo"),
    },
}
# Vendors, and the contract's header → theirs.
GROUPS: Mapping[tuple[str, ...], _Headers] = {FIRST: _OF_FIRST, SECOND: _OF_SECOND, LAST: _OF_LAST}
OTHERS = {
    "initials": ("xh", "cjr", "cjsj", "bz", "scbz"),
    "api": ("rowId", "createdBy", "createdAt", "remark", "deletedFlag"),
    "formats": ("序号", "填报人", f"导出时间{_TIME}", "备注", "删除标识(0否1是)"),
    "short": ("ROW_ID", "CRT_USR", "CRT_TM", "RMK", "DEL_FLG"),
    "mixed": ("row_id", "cj_user", "cj_time", "bz_text", "is_del"),
    "catalogue": ("数据唯一标识", "采集人员", "数据采集日期时间", "备注说明", "删除标志"),
    "pinyin_api": ("rowNo", "cjUser", "cjTime", "beizhu", "isDelete"),
    "desk": ("行号", "经手人员", "导出时间", "备注", "是否归档"),
}
# The contract's columns whose day and time of day stand in two columns of theirs: neither is the column.
SPLIT = {"formats": {"command_centre.hotline_order": ("办结时间", ("办结日期", "办结时刻"))}}


def export(vendor: str, feed: Feed, sample: Sample) -> Export:
    """The sample's rows as one of these vendors would export them, in another order, with columns of its own."""
    vendors, headers = next((names, told) for names, told in GROUPS.items() if vendor in names)
    of_column = {header: names[vendors.index(vendor)] for header, names in headers[feed.id].items()}
    split, parts = SPLIT.get(vendor, {}).get(feed.id, ("", ("", "")))
    columns, truth = [], {}
    for column in feed.columns:
        values = sample.table.frame[column.header]
        if column.header == split:
            columns += [values.str.slice(0, 10).alias(parts[0]), values.str.slice(11).alias(parts[1])]
        else:
            columns.append(_spelled(vendor, values.alias(of_column[column.header]), column))
            truth[of_column[column.header]] = column.name
    rows = sample.rows.height
    told = (
        [f"{i + 1}" for i in range(rows)],
        [f"{'吴郑王冯'[i % 4]}{'海涛晓燕鹏'[i % 5]}" for i in range(rows)],
        [f"2025-12-{5 + i % 4:02} 1{i % 9}:{i % 60:02}:41" for i in range(rows)],
        ["" if i % 7 else "已核对" for i in range(rows)],
        ["0"] * rows,
    )
    mine = [pl.Series(name, values) for name, values in zip(OTHERS[vendor], told, strict=True)]
    ordered = [mine[0], *columns[::2], *mine[1:3], *columns[1::2], *mine[3:]]
    return Export(feed, pl.DataFrame(ordered).drop(ROW_NUMBER, strict=False), truth)


def _spelled(vendor: str, values: pl.Series, column: Column) -> pl.Series:
    numbers = {word: number for number, word in enumerate(dict.fromkeys(column.codes or {}), 1)}
    is_time = column.kind in (Kind.TIMESTAMP, Kind.DATE)
    if vendor == "initials":
        # Code numbers, 1 and 0, times without signs.
        if is_time:
            return values.str.replace_all("[-: ]", "")
        values = values.replace({"是": "1", "否": "0"}) if column.kind is Kind.BOOLEAN else values
        is_coded = bool(numbers) and column.kind is not Kind.BOOLEAN
        return values.replace({word: f"{number:02}" for word, number in numbers.items()}) if is_coded else values
    if vendor == "api":
        if is_time:
            return values.str.replace(" ", "T")
        return values.replace({"是": "true", "否": "false"}) if column.kind is Kind.BOOLEAN else values
    if vendor == "formats":
        # As the header says; a code and its word in one.
        if column.kind is Kind.BOOLEAN:
            return values.replace({"是": "1", "否": "0"})
        return values.replace({word: f"{number:02}-{word}" for word, number in numbers.items()})
    if vendor == "catalogue":
        return values.replace({"是": "1", "否": "0"}) if column.kind is Kind.BOOLEAN else values
    if vendor == "desk":
        # Minutes, and the contract's own words.
        return values.str.replace(r"(\d\d:\d\d):\d\d$", "${1}") if is_time else values
    if is_time:
        return values.str.replace_all("-", "/")
    values = values.replace({"是": "Y", "否": "N"}) if column.kind is Kind.BOOLEAN else values
    is_coded = bool(numbers) and column.kind is not Kind.BOOLEAN
    return values.replace({word: f"{number}" for word, number in numbers.items()}) if is_coded else values
