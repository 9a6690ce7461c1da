"""The board of actions, in Chinese."""

WORDS = {
    "Touchpulse · Actions": "Touchpulse · 行动",
    "What did we do about it, did it help, and was it worth its money?": "我们做了什么？有没有用？花的钱值不值？",
    "What each action changed, and what it brings in a year": "每项行动改变了什么，一年带来多少",
    "Did it help, beyond what changed anyway? The change at the treated touchpoint minus the change at all others "
    "over the same weeks, up to 8 on either side: in net experience, and in the share of negative answers; each with "
    "its 95 % interval, which comes from how much weeks differ, and the answers at the treated touchpoint. Fewer "
    "than two weeks on a side say nothing. In money through the cost model of the target file: sales no longer lost "
    "in a year, less the cost, and that by the cost.": (
        "除去本来就会发生的变化，它真的有用吗？改进触点的变化减去其他触点在相同几周内的变化（前后各最多 8 周）：净"
        "体验与负面回答占比；各带 95 % 区间（来自各周之间的差异）和改进触点的回答数。任一侧不足两周则不下结论。按目"
        "标文件中的成本模型折算成钱：一年少损失的销售额，减去成本，再除以成本。"
    ),
    "no action in the time shown: `touchpulse annotate` tells of one": (
        "所示时间内没有行动：用 `touchpulse annotate` 记录"
    ),
    "Since": "开始于",
    "Action": "行动",
    "Treated": "改进的触点",
    "Did it help": "是否有用",
    "Negative answers": "负面回答",
    "Cost": "成本",
    "Sales kept in a year": "一年保住的销售额",
    "Less the cost": "减去成本",
    "Return": "回报率",
    "Weeks compared": "比较的周数",
    "Net experience, with what was done": "净体验与所做的事",
    "Did the whole move when something was done? Share of good minus share of bad answers to CSAT, CES and NPS "
    "together, week by week (finer where less time is shown): line, 95 % band, answers as bars. ◆ an action, ● a "
    "release or note, ○ history counted again.": (
        "做了事之后整体有没有变化？CSAT、CES、NPS 的好评占比减差评占比，按周显示（所示时间短则更细）：折线、95 % 区"
        "间带，柱为回答数。◆ 行动，● 发布或备注，○ 历史重新计数。"
    ),
    "What else happened? As told by `touchpulse annotate`, newest first.": (
        "还发生了什么？来自 `touchpulse annotate`，最新在前。"
    ),
    "nothing was told in the time shown": "所示时间内没有记录",
}
