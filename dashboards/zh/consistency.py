"""The board of consistency, in Chinese."""

WORDS = {
    "Touchpulse · Consistency": "Touchpulse · 全渠道一致性",
    "Does the same thing feel the same on every channel, and which channel does not fit?": (
        "同一件事在每个渠道感觉一样吗？哪个渠道不合群？"
    ),
    "One touchpoint over channels": "同一触点在各渠道",
    "Which channel is the odd one out? Net experience of each channel at a touchpoint, and how far it is from all "
    "the others there. Odd: the farthest of those that differ beyond chance (99 %); of two that differ, the worse. "
    "Touchpoints with an odd one come first; very few customers are not listed.": (
        "哪个渠道与众不同？各渠道在同一触点的净体验，以及它与那里其他所有渠道的差距。与众不同：差异超出偶然（99 %）"
        "的渠道中差得最远的；若两个渠道互相不同，取较差者。有异常渠道的触点排在前面；顾客极少的不列出。"
    ),
    "Apart from the others": "与其他渠道的差距",
    "Derived consistency": "推算的一致性",
    "How alike is the experience of a touchpoint over channels and weeks? 10 - 9 x tau / 4.5, tau being how much the "
    "true means (1-10) vary: what chance makes the observed ones vary is taken off.": (
        "一个触点在各渠道、各周的体验有多相像？10 - 9 x tau / 4.5，tau 为真实均值（1-10）的波动程度：观测均值中由偶"
        "然造成的波动已扣除。"
    ),
    "no ratings with a touchpoint in the time shown, or too few customers to be shown": (
        "所示时间内没有带触点的评分，或顾客太少，不予显示"
    ),
    "Tau": "tau",
    "Cells": "格数",
}
