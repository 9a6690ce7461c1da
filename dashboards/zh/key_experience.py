"""The board of the key experience, in Chinese."""

WORDS = {
    "Touchpulse · Key experience": "Touchpulse · 关键体验",
    "What matters most to customers, how far does it fall short, and what is behind it?": (
        "顾客最看重什么？差多少？原因在哪里？"
    ),
    "Where to look": "看哪里",
    "Which aspect matters most, and which is first to mend? Key experience: highest importance. First to mend: "
    "lowest importance x satisfaction. An aspect with few answers comes after those with enough.": (
        "哪个方面最重要，哪个最先改进？关键体验：重要性最高。最先改进：重要性 × 满意度最低。回答少的方面排在回答足"
        "够的之后。"
    ),
    "nobody said yet what matters, or too few customers to be shown": ("还没有人说什么重要，或顾客太少，不予显示"),
    "Delta by aspect": "各方面的差值",
    "Where does the experience fall short of what was expected? Satisfaction = experience - expectation, weighted = "
    "importance x satisfaction, gap = experience - ideal; all asked on 1-10, each with its 95 % interval and "
    "answers. What nobody was asked stays unknown. The ideal is management's decision.": (
        "体验在哪里不及期望？满意度 = 体验 - 期望，加权 = 重要性 × 满意度，差距 = 体验 - 理想；均按 1-10 分提问，"
        "各带 95 % 区间和回答数。没有问过的保持未知。理想值由管理层决定。"
    ),
    "no ratings in the time shown": "所示时间内没有评分",
    "Aspect": "方面",
    "Weighted": "加权满意度",
    "Ideal": "理想",
    "Gap to the ideal": "与理想的差距",
    "Importance x satisfaction": "重要性 × 满意度",
    "Delta triangles": "差值三角",
    "How far is what customers get from what they expected? Each aspect by mean expectation and mean experience, "
    "1-10, with the 95 % interval of each. On the diagonal it is as expected; a triangle hanging below it falls "
    "short, and its upright side is the satisfaction. Red: surely short; blue: surely more.": (
        "顾客得到的与期望差多远？各方面按平均期望与平均体验（1-10）定位，各带 95 % 区间。对角线上表示符合期望；垂在"
        "下方的三角表示不及期望，其竖边即满意度。红：确定不及；蓝：确定超出。"
    ),
    "no aspect has both experience and expectation, or too few customers to be shown": (
        "没有方面同时有体验和期望，或顾客太少，不予显示"
    ),
    "as expected": "符合期望",
    "more than expected": "超出期望",
    "less than expected": "不及期望",
    "What matters and falls short? Each aspect by mean satisfaction (experience - expectation) and mean importance, "
    "with the 95 % interval of each. Upper left comes first: it matters, and falls short. The dashed lines stand at "
    "satisfaction 0 and at 5.5, the middle of the scale of importance.": (
        "什么重要却不及期望？各方面按平均满意度（体验 - 期望）与平均重要性定位，各带 95 % 区间。左上最优先：重要且"
        "不及期望。虚线为满意度 0 与重要性量表中点 5.5。"
    ),
    "no aspect has both importance and satisfaction, or too few customers to be shown": (
        "没有方面同时有重要性和满意度，或顾客太少，不予显示"
    ),
    "satisfaction 0": "满意度 0",
    "importance 5.5": "重要性 5.5",
    "matters, falls short": "重要，不及期望",
    "matters, as expected": "重要，符合期望",
    "matters less, falls short": "次要，不及期望",
    "matters less": "次要",
    "Behind the key experience": "关键体验的背后",
    "Which touchpoints make the key experience what it is? Mean experience (1-10) of that aspect at each, the surely "
    "worst first: by the upper end of its interval. Of very few customers the number is hidden.": (
        "哪些触点造成了关键体验？各触点在该方面的平均体验（1-10），确定最差的在前：按区间上端排序。顾客极少的不显示"
        "数字。"
    ),
    "no key experience in the time shown, or too few customers to be shown": (
        "所示时间内没有关键体验，或顾客太少，不予显示"
    ),
    "Inside-out gap": "内外差距",
    "Do we think better of ourselves than our customers do? Mean experience as employees and managers see it minus "
    "what customers say; and the same of the share who rate it 9 or 10.": (
        "我们是否自我感觉好于顾客的评价？员工与管理者眼中的平均体验减去顾客所说；评 9 或 10 分的占比亦同。"
    ),
    "no employee or manager rated in the time shown": "所示时间内没有员工或管理者评分",
    "Who of us": "我方何人",
    "We say": "我们说",
    "Customers say": "顾客说",
    "Gap": "差距",
    "Gap of superior": "卓越占比差距",
    "Where expectations come from": "期望从何而来",
    "Who raises expectations, and how high? Share of the expectations whose source was given, and their mean height "
    "(1-10). An expectation from our own promotion is ours to lower.": (
        "谁抬高了期望，抬到多高？给出来源的期望的占比及平均高度（1-10）。来自我们自己宣传的期望由我们来降低。"
    ),
    "nobody said where expectations come from": "没有人说期望从何而来",
    "Mean expectation": "平均期望",
}
