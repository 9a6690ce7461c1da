"""The board of channel, in Chinese."""

WORDS = {
    "Touchpulse · Channel": "Touchpulse · 渠道",
    "Where in this channel is it good or bad, since when, and what do people say?": (
        "这个渠道哪里好、哪里差？从什么时候开始？顾客怎么说？"
    ),
    "How is this channel doing now, on each question asked? Rolling scores of the window chosen, each with its 95 % "
    "interval, answers, and change against the window before. Of a stage, location or segment "
    "chosen, what very few answers say (answers, not customers) is hidden.": (
        "这个渠道现在在每个问题上表现如何？所选窗口的滚动得分，各带 95 % 区间、回答数，以及与前一个窗口相比的变化。"
        "所选阶段、地点或客群中，极少回答所说的会隐藏（按回答数计，而非顾客数）。"
    ),
    "Rolling score": "滚动得分",
    "How did the score move? The same number as above at each moment: line, 95 % band, and the answers it rests on "
    "as bars. A gap: nobody answered. Of a stage, location or segment "
    "chosen, what very few answers say (answers, not customers) is hidden.": (
        "得分怎样变化？即上方数字在每个时刻的值：折线、95 % 区间带，柱为所依据的回答数。断开处表示无人回答。"
        "所选阶段、地点或客群中，极少回答所说的会隐藏（按回答数计，而非顾客数）。"
    ),
    "Score by period": "各时段得分",
    "How was it in each stretch of time by itself, far back too? Counted from the answers given in each period, late "
    "and imported ones with them; line, 95 % band, answers as bars. Of a stage, location or segment chosen, periods "
    "of very few customers are left out.": (
        "每一段时间单独看是多少（也可看很久以前）？按各时段内给出的回答统计，包括迟到的和导入的；折线、95 % 区间"
        "带，柱为回答数。所选阶段、地点或客群中，顾客极少的时段不列出。"
    ),
    "Touchpoints by stage": "各阶段的触点",
    "Where is it good or bad? Net experience (share of good minus share of bad answers, over CSAT, CES and NPS "
    "together) and the answers it rests on, in the time shown; where the newest window differs from before beyond "
    "chance, how it is now. ▲ 30 and more, ● 0 to 29, ▼ bad outweighs good, ○ fewer than 30 answers. A cell of very "
    "few customers says so and shows no number: it would be about somebody.": (
        "哪里好、哪里差？所示时间内的净体验（CSAT、CES、NPS 合计的好评占比减差评占比）及所依据的回答数；最新窗口与"
        "之前的差异超出偶然时，显示现在的数值。▲ 30 及以上，● 0 到 29，▼ 差评多于好评，○ 少于 30 条回答。顾客极"
        "少的格子只作说明、不显示数字：否则等于在说某个人。"
    ),
    "Locations, surely worst first": "各地点，确定最差在前",
    "Which locations differ from the channel as a whole beyond chance, in the time shown? Ordered by how far the 95 "
    "% interval lies from the channel's score; a location with fewer than 30 answers neither leads nor trails. One "
    "with very few customers is listed last, its number hidden: it would be about somebody.": (
        "所示时间内哪些地点与整个渠道的差异超出偶然？按 95 % 区间离渠道得分多远排序；少于 30 条回答的地点既不领先也"
        "不垫底。顾客极少的地点排在最后并隐藏数字：否则等于在说某个人。"
    ),
    "Against the channel": "与渠道整体相比",
    "Latest bad answers": "最新差评",
    "What did people say who answered in the bad part of the scale, newest first? Where very few customers answered "
    "at a touchpoint and location in the time shown, place and words are hidden.": (
        "给出差评的顾客说了什么（最新在前）？所示时间内某触点和地点的顾客极少时，隐藏地点和原话。"
    ),
    "no bad answers in the time shown, or too few customers to be shown": ("所示时间内没有差评，或顾客太少，不予显示"),
}
