"""Fixed words of the rows of alerts, producers and the pipeline, in Chinese."""

RUNNING = {
    "scores complete until": "得分完整至",
    "counted until": "已统计至",
    "pages that stand": "持续中的通知",
    "tickets that stand": "持续中的工单",
    "silences in force": "有效的静默",
    "sendings not through": "未送达的发送",
    "held back": "被压住",
    "# taken": "# 条已认领",
    "# to end within the hour": "# 条一小时内结束",
    "# refused": "# 条被拒绝",
    "#(# to #) · n # · against #": "#(# 至 #) · n # · 对照 #",
    "# · n # · against #": "# · n # · 对照 #",
    "# · against #": "# · 对照 #",
    "# to # UTC": "# 至 # UTC",
    "ended": "已结束",
    "over": "到期",
    "to come": "未开始",
    "ends soon": "即将结束",
    "in force": "有效",
    "any rule": "任何规则",
    "all": "全部",
    "more useless than promised": "无用多于承诺",
    "noisy: #x the median rule": "过多：规则中位数的 # 倍",
    "no page": "没有通知",
    "within": "正常",
    "no receiver reported": "没有接收方回报",
    "# of # told": "已通知 #/#",
    "# of # told, not *": "已通知 #/#，未通知：*",
    "every answer is #: is the screen stuck?": "每条回答都是 #：屏幕卡住了吗？",
    "no # in # answers: is an index sent instead of the value?": "没有 #（共 # 条回答）：发送的是序号而不是分值吗？",
    "it came too late for live scores: it counts in history": "到得太迟，不计入实时得分，但计入历史",
    "import": "导入",
    "behind": "落后",
    "up to date": "最新",
    "late": "迟到",
    "imported": "导入",
    "live after all": "后补为实时",
    "rebuilt": "重新统计",
    "nothing missing: # offsets in # blocks = # accepted + # duplicate + # late + # rejected": (
        "没有缺失：# 个位移，# 个块 = # 已接受 + # 重复 + # 迟到 + # 被拒绝"
    ),
    "nothing missing: # offsets in # blocks = # accepted + # duplicate + # late + # rejected, # on their way": (
        "没有缺失：# 个位移，# 个块 = # 已接受 + # 重复 + # 迟到 + # 被拒绝，# 在路上"
    ),
    "MISSING: *": "有缺失：*",
}

STATES: dict[str, str] = {
    f"{state}{taken}{back}": f"{zh}{taken_zh}{back_zh}"
    for state, zh in (("firing", "触发"), ("acknowledged", "已认领"), ("recovering", "恢复中"))
    for taken, taken_zh in (("", ""), (", * has it", "，* 在处理"))
    for back, back_zh in (("", ""), (", came back # time", "，反复 # 次"), (", came back # times", "，反复 # 次"))
}

_HELD = (("inhibited", "归属上级告警"), ("late", "数据延迟"), ("muted", "免扰时段"), ("silenced", "静默"))

VALUES: dict[str, dict[str, str]] = {
    "kind": {
        "worsening": "恶化",
        "level": "未达目标",
        "burn": "额度消耗过快",
        "bad_answer": "差评",
        "silent": "没有反馈",
        "response": "应答率下降",
        "late": "数据延迟",
        "heartbeat": "心跳",
    },
    "state": {
        "pending": "观察中",
        "firing": "触发",
        "acknowledged": "已认领",
        "recovering": "恢复中",
        "resolved": "已恢复",
        "noted": "已记录",
    },
    "severity": {"page": "通知", "ticket": "工单"},
    "send": {"page": "通知", "repeat": "重复", "ticket": "工单", "resolve": "恢复"},
    "delivery": {"trying": "正在尝试", "failed": "失败", "refused": "被拒绝"},
    "held_shown": {
        "silenced: *": "静默：*",
        "inhibited: *": "归属上级告警：*",
        "muted: *": "免扰时段：*",
        "late: *": "数据延迟：*",
    },
    "note": {
        **{f"# {one}": f"# {zh}" for one, zh in _HELD},
        **{f"# {a}, # {b}": f"# {zh_a}，# {zh_b}" for a, zh_a in _HELD for b, zh_b in _HELD if a < b},
    },
    "what": {
        "sent as page": "作为通知发送",
        "sent as ticket": "作为工单发送",
        "sent as repeat": "重复发送",
        "sent as resolve": "发送恢复",
        "called useful": "被评为有用",
        "called useless": "被评为无用",
        "held, silenced": "压住：静默",
        "held, inhibited": "压住：归属上级告警",
        "held, muted": "压住：免扰时段",
        "held, late": "压住：数据延迟",
        "held, shadow": "压住：影子模式",
        "not held any more": "不再压住",
        "pending to firing": "观察中 → 触发",
        "pending to resolved": "观察中 → 结束",
        "firing to acknowledged": "触发 → 已认领",
        "firing to recovering": "触发 → 恢复中",
        "firing to resolved": "触发 → 结束",
        "acknowledged to recovering": "已认领 → 恢复中",
        "acknowledged to resolved": "已认领 → 结束",
        "recovering to firing": "恢复中 → 触发",
        "recovering to acknowledged": "恢复中 → 已认领",
        "recovering to resolved": "恢复中 → 结束",
    },
    "sort": {"release": "发布", "note": "备注"},
    "verdict": {"accepted": "已接受", "late": "迟到", "rejected": "被拒绝", "test": "测试", "import": "导入"},
    "answer": {
        "rating": "评分",
        "trust": "信任",
        "emotion": "情绪",
        "complaint": "投诉",
        "case": "个案",
        "interaction": "接触",
        "signal": "信号",
        "visit": "到访",
        "purchase": "购买",
        "invitation": "邀请",
    },
}
"""By column: values of the contract and of the alert engine, which stand in rows and not in the SQL."""
