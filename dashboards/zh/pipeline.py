"""The board of the pipeline, in Chinese."""

WORDS = {
    "Touchpulse · Pipeline": "Touchpulse · 数据管道",
    "Is everything that was sent counted and stored, and up to when?": (
        "发送的一切都已统计并入库了吗？到什么时候为止？"
    ),
    "Anything missing?": "有缺失吗？",
    "Does every offset of the log stand in one block, each of them in one class, and was each counted one stored? "
    "One line over the time shown. Answers of the last minutes may be on their way; `touchpulse reconcile` looks "
    "closer, and asks the brokers.": (
        "日志中每个位移是否都在且只在一个块内，各属一类，且每条已统计的都已入库？所示时间汇总为一行。最近几分钟的回"
        "答可能还在路上；`touchpulse reconcile` 查得更细，并会询问 broker。"
    ),
    "nothing was counted in the time shown": "所示时间内没有统计任何内容",
    "Account": "账目",
    "Up to when has every partition of the live topic been heard? Everything before is counted.": (
        "实时主题的每个分区都已听到什么时候？在此之前的都已统计。"
    ),
    "How far each partition is counted": "各分区统计到哪里",
    "Is a partition behind? Its ledger's position, the time of its newest record, up to when it was heard, and how "
    "long that is ago at the end of the time shown. Imports are not waited for.": (
        "有分区落后吗？账本位置、最新记录的时间、听到什么时候，以及距所示时间结束多久。导入不等待。"
    ),
    "no partition was heard of in the time shown": "所示时间内没有听到任何分区",
    "Topic": "主题",
    "Partition": "分区",
    "Next offset": "下一位移",
    "Newest record": "最新记录",
    "Heard until": "听到",
    "Behind, s": "落后，秒",
    "Policy": "策略",
    "Share not accepted": "未接受占比",
    "Do producers send what can be counted live? Of the records that came in each step, the percent that were "
    "rejected, late or duplicate; its 95 % interval as a band, the records as bars.": (
        "各来源发送的能否实时统计？每一步到达的记录中被拒绝、迟到或重复的百分比；95 % 区间为色带，记录数为柱。"
    ),
    "Classes by minute": "每分钟各类数量",
    "What became of the records of each minute, by the time the broker took them, newest first?": (
        "每分钟的记录结果如何（按 broker 收下的时间，最新在前）？"
    ),
    "Minute": "分钟",
    "Rejected": "被拒绝",
    "By partition and hour": "按分区和小时",
    "Where does the account not balance? Offsets and classes of the blocks that ended in each hour, what is on its "
    "way, and what is wrong.": ("账目在哪里不平？每小时内结束的块的位移和各类数量、还在路上的，以及不对的。"),
    "Hour": "小时",
    "Offsets": "位移数",
    "On their way": "在路上",
    "Wrong": "不对",
    "Rejected, by reason": "被拒绝，按理由",
    "Whose events are refused, and why? Most frequent first, with the newest message. After a fix, `touchpulse "
    "rejected replay` sends them again.": (
        "谁的事件被拒绝，为什么？最多在前，附最新的说明。修正之后，`touchpulse rejected replay` 会重新发送。"
    ),
    "no event was rejected in the time shown": "所示时间内没有事件被拒绝",
    "Message of the newest": "最新的说明",
    "Revisions of history": "历史修订记录",
    "Which numbers changed after they were first told, by how much, and why? Late and imported answers reach history "
    "by recount; newest first.": (
        "哪些数字在首次给出后改变了，变了多少，为什么？迟到和导入的回答通过重新统计进入历史；最新在前。"
    ),
    "history did not change in the time shown": "所示时间内历史没有改变",
    "Slice": "时段",
    "Lasts": "时长",
    "Bad ones": "其中差评",
}
