"""The board of the journey, in Chinese."""

WORDS = {
    "Touchpulse · Journey": "Touchpulse · 客户旅程",
    "How do customers feel from stage to stage, what do they need there, and where do they leave?": (
        "顾客在每个阶段感受如何？需要什么？在哪里离开？"
    ),
    "Emotion curve": "情绪曲线",
    "Where along the way does it feel good, and where bad? Mean valence from -1 to 1 of each touchpoint with its 95 "
    "% interval, from left to right in the order of the journey; the larger a point, the more answers. The dashed "
    "line is neither good nor bad. Touchpoints of very few customers, and those nobody told a feeling of, stand in "
    "the table below only. Of more than 50,000 events, the order is that of customers drawn by lot.": (
        "一路上哪里感觉好，哪里不好？各触点的平均情绪（-1 到 1）及 95 % 区间，按旅程顺序从左到右；点越大回答越多。"
        "虚线表示不好不坏。顾客极少或无人表达感受的触点只在下表中列出。"
        "事件超过 50,000 条时，顺序取自抽签选出的顾客。"
    ),
    "nobody told a feeling in the time shown": "所示时间内没有人表达感受",
    "touchpoints, in the order of the journey": "触点（按旅程顺序）",
    "feeling": "情绪",
    "neutral": "中性",
    "Along the way": "一路上",
    "How does it feel along the way? Touchpoints in the order of the journey: by stage, then by the median place in "
    "customers' own sequences. Mean valence from -1 to 1 with its 95 % interval and answers. They leave here: of the "
    "customers who were here and whose journey ended, the share whose last answer at their last touchpoint was given "
    "here and bad. Of more than 50,000 events, order, leaving and words are those of customers drawn by lot, each "
    "with all of theirs. A number of very few is hidden.": (
        "一路上感觉如何？触点按旅程顺序：先按阶段，再按顾客自身顺序的中位位置。平均情绪 -1 到 1，带 95 % 区间和回答"
        "数。在此离开：到过此处且旅程已结束的顾客中，最后触点在此且最后回答为差的占比。"
        "事件超过 50,000 条时，顺序、离开和所言取自抽签选出的顾客及其全部事件。人数极少的数字予以隐藏。"
    ),
    "no event with a touchpoint in the time shown": "所示时间内没有带触点的事件",
    "Feeling": "感受",
    "They leave here": "在此离开",
    "They do": "他们做什么",
    "They need": "他们需要什么",
    "an hour": "一小时",
    "a day": "一天",
    "7 days": "7 天",
    "Ended after": "视为结束",
}
