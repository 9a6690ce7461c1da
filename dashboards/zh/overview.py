"""The board of overview, in Chinese."""

WORDS = {
    "Touchpulse · Overview": "Touchpulse · 总览",
    "How is every channel doing now, and which one needs a look first?": "各渠道现在怎么样？最该先看哪一个？",
    "All channels": "全部渠道",
    "How are we doing as a whole? CSAT is the share of satisfied answers, CES the mean answer on its own scale, NPS "
    "promoters minus detractors; each with its 95 % interval and number of answers, in the window chosen above. Of a "
    "stage, location or segment chosen, what very few answers say (answers, not customers) is hidden.": (
        "整体表现如何？CSAT 为满意回答的占比，CES 为各自量表上的平均回答，NPS 为推荐者占比减贬损者占比；均为上方所"
        "选窗口内的数值，各带 95 % 区间和回答数。"
        "所选阶段、地点或客群中，极少回答所说的会隐藏（按回答数计，而非顾客数）。"
    ),
    "Up to when is every source counted, for all channels chosen? Answers that come later may still change the "
    "scores.": ("所选渠道的全部来源已统计到什么时候？之后到达的回答仍可能改变得分。"),
    "Channels now, worst first": "各渠道现状，最差在前",
    "Which channel needs a look first? First what an alert says is worsening; then by the best that net experience "
    "(share of good minus share of bad answers) could still be; fewer than 30 answers come after, in grey. The "
    "change is against the window before: an arrow means more than chance, up is better. Intervals take answers as "
    "independent, though one person may have given several. Of a stage, location or segment "
    "chosen, what very few answers say (answers, not customers) is hidden.": (
        "最该先看哪个渠道？先列告警指出正在恶化的；其余按净体验（好评占比减差评占比）最好可能达到多少排列；少于 30 "
        "条回答的排在后面并置灰。变化是与前一个窗口相比：有箭头表示超出偶然，向上为变好。区间把各条回答视为相互独"
        "立，虽然同一人可能回答多次。"
        "所选阶段、地点或客群中，极少回答所说的会隐藏（按回答数计，而非顾客数）。"
    ),
    "How did this channel's score move? The line is the rolling score of the window chosen, the band its 95 % "
    "interval, the bars the answers it rests on. A gap: nobody answered. Of a stage, location or segment "
    "chosen, what very few answers say (answers, not customers) is hidden.": (
        "这个渠道的得分怎样变化？折线为所选窗口的滚动得分，色带为其 95 % 区间，柱为所依据的回答数。断开处表示无人回答。"
        "所选阶段、地点或客群中，极少回答所说的会隐藏（按回答数计，而非顾客数）。"
    ),
    "What went wrong": "出了什么问题",
    "Which alerts came in the time shown, and why? Worsening first, then clearly bad answers, newest first.": (
        "所示时间内有哪些告警，为什么？先列恶化，再列明显差评，最新在前。"
    ),
    "no alerts in the time shown": "所示时间内没有告警",
    "What happened": "发生了什么",
}
