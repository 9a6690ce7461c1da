"""The board of producers, in Chinese."""

WORDS = {
    "Touchpulse · Producers": "Touchpulse · 数据来源",
    "Does everything arrive that our apps, tills and call centres send, and is it right?": (
        "我们的应用、收银台和呼叫中心发送的都到了吗？对不对？"
    ),
    "What came, by producer": "各来源到达情况",
    "How much came from whom, and what became of it? By the time Kafka took it: accepted, a retry of what had come "
    "(duplicate), too late for live scores, from a file, a test, or refused. Clock: the median from sent_at to "
    "Kafka; minutes, or less than nothing, mean a wrong clock. Delay: the median age of an answer on arrival.": (
        "各来源来了多少，结果如何？按 Kafka 收下的时间：已接受、已到过的重发（重复）、对实时得分来说太迟、来自文"
        "件、测试或被拒绝。时钟：从 sent_at 到 Kafka 的中位差；若为几分钟或小于零，说明时钟不准。延迟：回答到达时的"
        "中位年龄。"
    ),
    "Sent": "发送数",
    "From files": "来自文件",
    "Tests": "测试",
    "Refused": "被拒绝",
    "Refused %": "被拒绝 %",
    "Clock, s": "时钟，秒",
    "Delay, s": "延迟，秒",
    "What to mend": "需要修正",
    "Why are events refused, and what mends them? By producer, reason and field, with the newest example. An unknown "
    "name shows the known one nearest to it.": (
        "事件为什么被拒绝，怎样修正？按来源、理由和字段列出，附最新的例子。未知名称旁显示最接近的已知名称。"
    ),
    "nothing was refused in the time shown": "所示时间内没有被拒绝的",
    "Got": "收到的值",
    "Did you mean": "您是否想写",
    "What to do": "怎么办",
    "Odd answers": "异常回答",
    "Does a producer send answers that people do not give? A point of the scale nobody uses though many use its "
    "neighbours, or always the same one. Show a longer time to have enough answers to tell.": (
        "是否有来源发送了人不会给出的回答？某个分值没有人用而相邻分值很多人用，或永远是同一个值。时间选得长一些，才"
        "有足够的回答可判断。"
    ),
    "no answers are odd in the time shown": "所示时间内没有异常回答",
    "What is odd": "异常之处",
    "My events, newest first": "我的事件，最新在前",
    "Where is the event I just sent, and what is wrong with it? Comments and customers are not shown.": (
        "我刚发送的事件在哪里，有什么问题？不显示留言和顾客。"
    ),
    "Event": "事件",
    "Producers": "来源",
}
