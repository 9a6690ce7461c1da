"""The board of key drivers, in Chinese."""

WORDS = {
    "Touchpulse · Drivers": "Touchpulse · 驱动因素",
    "Which touchpoints move the overall score, and which of them should be mended first?": (
        "哪些触点左右总体得分？其中哪个应最先改进？"
    ),
    "no customer answered at a touchpoint and on the whole": "没有顾客既回答了某个触点又回答了总体问题",
    "Relation and level": "相关性与水平",
    "What moves the whole and is not good yet? Across: how far the mean answer is on its way to the best one. Up: "
    "Spearman's rank correlation with the overall score, with its 95 % bootstrap interval. Top left is to be mended, "
    "top right to be kept. Fewer than 30 customers who answered both are not drawn. Of more than 100,000 answers, "
    "those of customers taken by lot count.": (
        "什么左右整体而又还不够好？横轴：平均回答离最好回答走了多远。纵轴：与总体得分的 Spearman 秩相关，带 95 % 自"
        "助法区间。左上应改进，右上应保持。两者都回答的顾客少于 30 位的不画出。"
        "回答超过 100,000 条时，只计抽签选出的顾客的回答。"
    ),
    "no touchpoint has 30 customers who answered both": "没有触点有 30 位两者都回答的顾客",
    "level, % of the way to the best answer": "水平，已走到最好回答的 %",
    "relation to the overall score": "与总体得分的相关性",
    "no relation": "无相关",
    "half way": "一半",
    "mend first": "最先改进",
    "keep it so": "保持",
    "can wait": "可以等",
    "good, moves little": "好，但影响小",
    "Touchpoints, first to mend first": "各触点，最先改进的在前",
    "What comes first, and how sure is it? Relation (-1 to 1) and mean answer over the customers who answered at the "
    "touchpoint and on the whole, with 95 % intervals and n; priority = relation x distance from the best answer (0 "
    "to 1), where the relation is above 0 beyond chance. Overall on the same scale: only answers given at no "
    "touchpoint. Very few customers are not listed. A relation is no proof of cause: mend it, and look at the "
    "action's effect. Of more than 100,000 answers, those of customers taken by lot count.": (
        "什么最先？有多确定？同时回答了该触点和总体问题的顾客的相关性（-1 到 1）与平均回答，各带 95 % 区间和 n；优"
        "先级 = 相关性 x 与最好回答的距离（0 到 1），仅在相关性超出偶然地大于 0 时给出。总体与触点用同一量表时：总"
        "体只取不属于任何触点的回答。顾客极少的不列出。相关并不证明因果：先改进，再看行动的效果。"
        "回答超过 100,000 条时，只计抽签选出的顾客的回答。"
    ),
    "Relation": "相关性",
    "Level": "水平",
    "Priority": "优先级",
    "At touchpoints": "触点问题",
    "Overall": "总体问题",
}
