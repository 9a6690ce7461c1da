"""The board of voices, in Chinese."""

WORDS = {
    "Touchpulse · Voices": "Touchpulse · 顾客之声",
    "What do customers say now, and what do the unhappy name more often than yesterday?": (
        "顾客现在说什么？不满的顾客比昨天更常提到什么？"
    ),
    "Chosen above": "以上所选",
    "How many answers are behind what was clicked, and how many of them are good and bad? Late and imported ones are "
    "with them, tests are not.": "所点数字背后有多少回答，其中多少是好评、多少是差评？包括迟到和导入的回答，不含测试。",
    "nobody answered what is chosen, in the time shown, or too few customers to be shown": (
        "所示时间内没有人对所选内容作答，或顾客太少，不予显示"
    ),
    "Which answers are counted here? All that was chosen above, newest first: where, how it was answered, and the "
    "words if there are any. Where very few customers answered, place and words are hidden.": (
        "这里计入了哪些回答？以上所选的全部，最新的在前：在哪里、如何作答，以及留言（如有）。回答的顾客极少时，地点和留言隐藏。"
    ),
    "What grew among bad answers this hour": "本小时差评中什么变多了",
    "What do unhappy customers name more often than before? Bad answers to CSAT, CES and NPS of the last hour "
    "against the 24 hours before: the share that names a word, touchpoint or location. z is the rise in its standard "
    "errors, by log-odds with a prior of ten answers (Monroe, Colaresi, Quinn 2008); beyond 2.6 it is told as grown. "
    "An answer counts once for a word. Chinese is taken in pairs of neighbouring signs, without a dictionary. What "
    "very few customers name is not listed.": (
        "不满的顾客比之前更常提到什么？最近一小时 CSAT、CES、NPS 的差评与之前 24 小时相比：提到某个词、触点或地点的"
        "占比。z 是上升幅度除以标准误，用带十个回答先验的对数优势比（Monroe、Colaresi、Quinn 2008）；超过 2.6 视为"
        "上升。同一回答中一个词只计一次。中文按相邻两字成对切分，不用词典。极少数顾客提到的不列出。"
    ),
    "nothing is named by enough unhappy customers in the last hour": "最近一小时没有足够多的不满顾客提到同一件事",
    "Named": "提到",
    "As": "类别",
    "Last hour": "最近一小时",
    "24 hours before": "之前 24 小时",
    "z": "z 值",
    "Latest comments": "最新评论",
    "What did customers write in the time shown, newest first, and how did they answer? ▼ bad, ● neither, ▲ good. "
    "E-mail addresses, phone, card and id numbers are taken out before a comment is stored; where very few customers "
    "answered, place and words are hidden.": (
        "所示时间内顾客写了什么（最新在前）？他们怎样打分？▼ 差，● 一般，▲ 好。邮箱、电话、卡号和证件号在入库前"
        "已去除；回答顾客极少之处，地点和原话不显示。"
    ),
    "nobody wrote anything in the time shown, or too few customers to be shown": (
        "所示时间内没有人留言，或顾客太少，不予显示"
    ),
}
