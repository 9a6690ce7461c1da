"""The board of service, in Chinese."""

WORDS = {
    "Touchpulse · Service": "Touchpulse · 服务",
    "How long do customers wait, who is helped at once, and what goes wrong that nobody asks about?": (
        "顾客等多久？谁当场得到解决？哪些没有人问到的事出了问题？"
    ),
    "Service now": "服务现状",
    "How good is the service as the systems saw it? Shares of the interactions that told each fact, with their 95 % "
    "interval and n. Complaints per negative answer: higher is better, for what is said can be answered and silence "
    "can not.": (
        "从系统看，服务怎么样？在记录了相应事实的接触中的占比，各带 95 % 区间和 n。每条差评对应的投诉：越高越好，因"
        "为说出来的可以回应，沉默则不能。"
    ),
    "no interactions in the time shown": "所示时间内没有接触记录",
    "Waiting and first contact, surely worst first": "等待与首次解决，确定最差在前",
    "Where do customers wait, and where must they come again? Waited under a minute, five minutes or more, and where "
    "the middle wait lies; resolved at the first contact; managed without staff. Order: by the lower end of the "
    "share who waited long. Of very few customers the numbers are hidden.": (
        "顾客在哪里等待？在哪里不得不再来？等待不到一分钟、五分钟及以上的占比，以及中位等待所在；首次接触即解决；无"
        "需员工办成。排序：按长时间等待占比区间的下端。顾客极少的隐藏数字。"
    ),
    "Under a minute": "不到一分钟",
    "Middle wait": "中位等待",
    "Five minutes or more": "五分钟及以上",
    "First contact": "首次解决",
    "Without staff": "无需员工",
    "What do systems see that no survey asks, and does it grow? Signals by touchpoint, most first; the older half of "
    "the time shown against the newer, marked where it is more than chance (99 %, 30 and more); beside them the bad "
    "answers given there. The two are never added up.": (
        "系统看到了哪些问卷不问的事？在增加吗？按触点列出信号，最多在前；所示时间的前半段与后半段相比，超出偶然（"
        "99 %，30 次及以上）时标出；旁边是那里的差评。两者从不相加。"
    ),
    "Signal": "信号",
    "Times": "次数",
    "Before → now": "之前 → 现在",
    "Mean size": "平均量值",
    "Bad answers there": "那里的差评",
    "Do the unhappy speak up?": "不满的顾客说出来了吗？",
    "How many complaints come for each negative answer? Higher is better: who complains can be answered and kept, so "
    "a rising number is good news and never red. The halves of the time shown are held against each other; marked "
    "where they differ beyond chance. Lowest upper end first.": (
        "每条差评对应多少投诉？越高越好：投诉的顾客可以回应并留住，所以上升是好消息，从不标红。所示时间的前后两半相"
        "比；差异超出偶然时标出。区间上端最低的在前。"
    ),
    "no complaint and no negative answer in the time shown": "所示时间内没有投诉，也没有差评",
    "Complaints": "投诉",
    "For each negative answer": "每条差评对应",
    "Before": "之前",
    "Now": "现在",
}
