"""The board of loyalty, in Chinese."""

WORDS = {
    "Touchpulse · Loyalty": "Touchpulse · 忠诚度",
    "Who comes back, and what is a customer worth?": "谁会再来？一位顾客值多少？",
    "Return rate": "回头率",
    "How many come back? Of the customers whose first purchase lies in the time shown and is so many days ago at "
    "least, the share who bought again on another day within them, with its 95 % interval. Who is too young has not "
    "had the time, and is not counted as gone.": (
        "有多少人再来？首次购买在所示时间内、且距今已满所选天数的顾客中，在该天数之内另一天再次购买的占比，带 95 % "
        "区间。时间未满的顾客还没有机会再来，不算流失。"
    ),
    "no first purchase of a known customer in the time shown": "所示时间内没有已知顾客的首次购买",
    "Customer value": "客户价值",
    "What is a customer worth, simply estimated? Mean purchase x purchases a year x years, by currency, from the 365 "
    "days up to the end of the time shown; years = 1 / (1 - retention), retention being the share of the year "
    "before's customers who bought in this one.": (
        "简单估算，一位顾客值多少？平均每次消费 × 每年购买次数 × 年数，按币种，取所示时间结束前的 365 天；年数"
        " = 1 / (1 - 留存率)，留存率为前一年的顾客中今年也购买的占比。"
    ),
    "no purchase with an amount in the year before": "前一年没有带金额的购买",
    "Currency": "币种",
    "Mean purchase": "平均每次消费",
    "Purchases a year": "每年购买次数",
    "Retention": "留存率",
    "Years": "年数",
    "30 days": "30 天",
    "90 days": "90 天",
    "180 days": "180 天",
    "Back within": "再来期限",
}
