"""The board of segments, in Chinese."""

WORDS = {
    "Touchpulse · Segments": "Touchpulse · 客户分群",
    "Do some kinds of customers fare worse, and what is the score if each counts as it should?": (
        "是否有某类顾客体验较差？若每类都按应有的分量计算，得分是多少？"
    ),
    "All together, plain and weighted": "全体：未加权与加权",
    "Does it matter who answers? Plain: each answer counts one. Weighted: each segment counts its weight of the "
    "target file, whoever answered (post-stratification; Holt and Smith, 1979), with the interval of the effective "
    "number of answers (Kish, 1965). Segments without answers are left out and named.": (
        "由谁来回答有没有影响？未加权：每条回答算一条。加权：每个分群按目标文件中的权重计算，不论谁回答了（事后分"
        "层；Holt 和 Smith，1979），区间按有效回答数计算（Kish，1965）。没有回答的分群不计入并列出名称。"
    ),
    "Plain": "未加权",
    "Difference": "差值",
    "Weights covered": "权重覆盖",
    "Not heard": "未听到",
    "Answers without weight": "没有权重的回答",
    "Segments, surely worst first": "各分群，确定最差在前",
    "Which segments differ from all together beyond chance, in the question chosen? Worse: the whole 95 % interval "
    "lies below the score of all. Fewer than 30 answers decide nothing; the number of very few customers is hidden.": (
        "在所选问题上，哪些分群与全体的差异超出偶然？较差：整个 95 % 区间低于全体得分。少于 30 条回答不作判断；顾客"
        "极少的隐藏数字。"
    ),
    "Segment": "分群",
    "Against all": "与全体相比",
    "Every question": "每个问题",
    "How does each segment answer each question? CSAT: share of satisfied answers; CES: mean on its scale; NPS: "
    "promoters minus detractors; each with its 95 % interval and n, and the segment's weight.": (
        "各分群对每个问题回答如何？CSAT：满意回答的占比；CES：其量表上的平均值；NPS：推荐者减贬损者；各带 95 % 区间"
        "和 n，以及该分群的权重。"
    ),
    "Weight": "权重",
}
