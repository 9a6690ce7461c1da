"""The board of the cost of negative experience, in Chinese."""

WORDS = {
    "Touchpulse · Cost": "Touchpulse · 负面体验代价",
    "What does negative experience cost in a year, where is it lost, and what would lower it?": (
        "负面体验一年的代价是多少？损失在哪里？怎样才能降低？"
    ),
    "Sales lost in a year": "一年损失的销售额",
    "How much is lost to negative experience? Yearly sales x share of negative experiences, parted into those who "
    "complain and those who stay silent, each with what becomes of them. Shares are those of the target file, or "
    "measured where it says so; the interval is that of the measured shares.": (
        "负面体验造成多少损失？年销售额 × 负面体验占比，分为投诉的和沉默的两部分，各按其结果计算。占比取自目标文"
        "件，文件注明实测的则取实测值；区间即实测占比的区间。"
    ),
    "the target file has no economics, or a share it leaves to the stream is not known yet": (
        "目标文件没有经济参数，或其中要求实测的占比尚不清楚"
    ),
    "Where it is lost": "损失在哪里",
    "Who is lost: those who complain, or those who say nothing? Yearly sales to each group.": (
        "流失的是谁：投诉的，还是什么也不说的？两类顾客各自的年销售额。"
    ),
    "Customers": "顾客",
    "Touched": "涉及",
    "At risk": "有风险",
    "Lost": "流失",
    "Kept": "保留",
    "Three levers": "三个杠杆",
    "What would be lost then? Each lever alone, moved as far as the target file says. More complaints lower the "
    "loss: an open complaint can be answered, silence can not.": (
        "那样会损失多少？每个杠杆单独按目标文件所写的幅度移动。投诉增多会降低损失：说出来的投诉可以回应，沉默则不能。"
    ),
    "Lever": "杠杆",
    "Moved": "移动幅度",
    "Lost then": "之后的损失",
    "Saved": "少损失",
    "What the answers say": "回答说明了什么",
    "Which shares does the stream measure, in the time shown? A rising number of complaints is no bad news by "
    "itself: see how many there are for each negative answer. Of more than 50,000 negative answers and complaints, "
    "who complained is told of customers taken by lot.": (
        "所示时间内实测到哪些占比？投诉数上升本身不是坏消息：要看每条差评对应多少投诉。"
        "差评和投诉超过 50,000 条时，谁投诉过只看抽签选出的顾客。"
    ),
    "no answers in the time shown": "所示时间内没有回答",
    "Measured": "实测项",
    "In the time shown": "所示时间内",
}
