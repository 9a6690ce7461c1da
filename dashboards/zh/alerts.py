"""The board of alerts, in Chinese."""

WORDS = {
    "Touchpulse · Alerts": "Touchpulse · 告警",
    "What stands, why, and is what people are told worth telling?": (
        "现在有哪些告警，为什么？通知给大家的内容值得通知吗？"
    ),
    "At a glance": "一览",
    "Does anything wait for somebody? Alerts that stand at the end of the time shown, of all rules: those that woke "
    "somebody, those for the morning, those held back and why (rules in shadow left out); silences; and what was "
    "sent in the time shown and is not through.": (
        "有什么在等人处理吗？所示时间结束时仍持续的告警（全部规则）：已叫醒人的、留到早上处理的、被压住的及原因（不"
        "含影子规则）；静默；以及所示时间内已发出而未送达的。"
    ),
    "What stands, worst first": "持续中的告警，最重在前",
    "Which alerts stand at the end of the time shown, and who has them? First what is not held, then what wakes, by "
    "harm: bad experiences beyond the usual, so far and expected until somebody would look anyway. The numbers are "
    "those the alert rested on last, with 95 % interval and n. A click tells why; `touchpulse alerts ack ID` takes "
    "it.": (
        "所示时间结束时哪些告警仍持续，谁在处理？先列没有被压住的，再列会叫醒人的，按损害排列：比平时多出的不良体"
        "验，包括迄今的和预计到有人查看为止的。数字为告警最近所依据的，带 95 % 区间和 n。点击可看原因；"
        "`touchpulse alerts ack ID` 可认领。"
    ),
    "nothing stands": "没有持续中的告警",
    "Sent as": "发送方式",
    "Why?": "为什么？",
    "Rule": "规则",
    "Numbers": "数值",
    "Harm": "损害",
    "Ahead": "预计还有",
    "Held back": "压住",
    "Episodes": "告警时段",
    "When did each alert stand, and how? A row for each place and rule with an alert in the time shown, the latest "
    "thirty; of several states within one step the gravest is drawn. Single bad answers are a point.": (
        "每条告警何时持续、状态如何？所示时间内有告警的每个位置和规则一行，最近三十个；同一步内有多个状态时画最重"
        "的。单条差评画成一点。"
    ),
    "nothing stood in the time shown": "所示时间内没有持续的告警",
    "woke somebody": "已叫醒人",
    "ticket": "工单",
    "taken": "已认领",
    "held back": "被压住",
    "Why did the alert chosen above do what it did? Every step, with the numbers as they were then and the time they "
    "are of. `touchpulse alerts why ID` also counts them again, and says who was told.": (
        "上方所选的告警为什么这样做？列出每一步，以及当时的数字和所属时间。`touchpulse alerts why ID` 还会重新计"
        "算，并说明通知了谁。"
    ),
    "choose an alert above": "请在上方选择一条告警",
    "Step": "步骤",
    "Answers of": "回答时段",
    "Because": "因为",
    "Who": "谁",
    "Page": "通知编号",
    "Silences and their ends": "静默及其结束",
    "What is kept quiet, by whom, why and until when? In force at the end of the time shown, then those that ended "
    "in it. Alerts held: how many each kept quiet; one that matched nothing for a day ends by itself.": (
        "什么被静默，由谁，为什么，到什么时候？先列所示时间结束时有效的，再列其间结束的。压住的告警：各静默压住多"
        "少；一天内没有匹配到任何告警的静默自动结束。"
    ),
    "nothing is kept quiet": "没有静默",
    "Owner": "负责人",
    "Ends": "结束时间",
    "Alerts held": "压住的告警",
    "Last held": "最近压住",
    "Ended because": "结束原因",
    "Page budget": "通知额度",
    "Which rule pages too much? Pages and their repeats of each rule in the last 7 days, and a week on average over "
    "28 days, up to the end of the time shown; noisy is twice the median of the rules that page, from four pages on. "
    "Promised are the false pages a month that the rule may cost; more useless than promised: beyond what chance "
    "makes of that.": (
        "哪条规则通知过多？各规则最近 7 天的通知及其重复，以及到所示时间结束为止 28 天内的每周平均；从四次通知起，"
        "达到有通知的规则中位数的两倍即为过多。承诺的是该规则每月允许的误报次数；无用多于承诺：超出其偶然波动。"
    ),
    "nothing was sent in four weeks": "四周内没有发送任何内容",
    "Pages, 7 days": "通知，7 天",
    "A week": "每周",
    "Tickets, 28 days": "工单，28 天",
    "Useless, 28 days": "无用，28 天",
    "Promised a month": "每月承诺",
    "Usefulness": "有用程度",
    "How often was it right to tell people? Of the alerts somebody called useful or useless, the share of useful "
    "ones, with its 95 % interval and n; the last word on an alert counts. Unjudged: told in the time shown, and "
    "nobody said.": (
        "通知大家有多少次是对的？在有人评为有用或无用的告警中，有用的占比，带 95 % 区间和 n；每条告警以最后一次评价"
        "为准。未评价：所示时间内已通知，但无人评价。"
    ),
    "nobody was told anything in the time shown": "所示时间内没有通知任何人",
    "Right to tell": "通知正确",
    "Useful": "有用",
    "Useless": "无用",
    "Unjudged": "未评价",
    "Flaps": "反复",
    "What came back shortly after it was over? Times in a row, within six hours each, of alerts that fired in the "
    "time shown. Often: a goal on the edge, or a cause that was not mended.": (
        "什么在结束后不久又回来？所示时间内触发的告警连续回来的次数，每次间隔不超过六小时。常见原因：目标卡在边缘，"
        "或原因没有解决。"
    ),
    "nothing came back in the time shown": "所示时间内没有反复的告警",
    "Came back": "反复次数",
    "Last": "最近一次",
    "Sendings that are not through": "未送达的发送",
    "Who was not told? Sendings of the time shown that a receiver has not taken: trying, failed and tried again, or "
    "refused for good; waiting in seconds since it was sent.": (
        "谁没有被通知到？所示时间内接收方尚未收下的发送：正在尝试、失败后重试，或被永久拒绝；等待为自发送起的秒数。"
    ),
    "everything sent in the time shown is through": "所示时间内发送的全部已送达",
    "Receiver": "接收方",
    "Tries": "尝试次数",
    "Waits, s": "等待，秒",
    "Error": "错误",
    "What was sent": "已发送内容",
    "What were people told in the time shown, newest first, and did it reach them?": (
        "所示时间内通知了什么（最新在前）？送达了吗？"
    ),
    "nothing was sent in the time shown": "所示时间内没有发送任何内容",
    "Receivers": "接收方",
    "In shadow": "影子模式",
    "What would rules in shadow have sent in the time shown? Nobody was told. When these prove true, take `shadow` "
    "out of the rule.": ("所示时间内影子规则本会发送什么？没有通知任何人。若证明属实，请从规则中去掉 `shadow`。"),
    "no rule in shadow would have sent anything": "没有影子规则本会发送任何内容",
    "Rules": "规则",
    "Why of": "查看原因",
}
