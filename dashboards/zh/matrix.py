"""The board of touchpoints, in Chinese."""

WORDS = {
    "Touchpulse · Touchpoints": "Touchpulse · 触点",
    "Where do customers meet us, and where is it good or bad?": "顾客在哪里与我们接触？哪里好、哪里差？",
    "Channel by stage": "渠道 × 阶段",
    "Where is it good or bad? Net experience (share of good minus share of bad answers, over CSAT, CES and NPS "
    "together) and the answers it rests on. ▲ 30 and more, ● 0 to 29, ▼ bad outweighs good, ○ fewer than 30 answers. "
    "Moments nobody was asked about are counted apart, below.": (
        "哪里好、哪里差？净体验（CSAT、CES、NPS 合计的好评占比减差评占比）及所依据的回答数。▲ 30 及以上，● 0 到"
        " 29，▼ 差评多于好评，○ 少于 30 条回答。没有人被问到的坏时刻单独统计，见下方。"
    ),
    "Touchpoints, surely worst first": "各触点，确定最差在前",
    "Which touchpoint needs a look first? By the best that its net experience could still be (upper end of the 95 % "
    "interval); few answers come last, and those of very few customers are not listed.": (
        "最该先看哪个触点？按净体验最好可能达到多少（95 % 区间的上端）排列；回答太少的排在最后，顾客极少的不列出。"
    ),
    "Where do systems see what no survey asks, such as a failed checkout? Signals, most first.": (
        "系统在哪里看到了问卷不问的事，例如结账失败？信号，最多在前。"
    ),
    "Signals": "信号数",
}
