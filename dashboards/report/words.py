"""What a report says, in English and Chinese.

Why all in one table: a sentence that is missing in one language, or fills in other numbers there, is found by a test
and not by a reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]

TEXTS: Mapping[str, tuple[str, str]] = {
    # -- the head --------------------------------------------------------------------------------------
    "title": ("Customer experience", "客户体验报告"),
    "of_channel": ("channel {name}", "渠道：{name}"),
    "of_all": ("all channels", "全部渠道"),
    "span": ("{from_} to {to} UTC", "{from_} 至 {to}（UTC）"),
    "against": ("held against {from_} to {to} UTC", "对比时段：{from_} 至 {to}（UTC）"),
    "rests_on": (
        "rests on {now} answers and ratings, and {before} of the period before",
        "依据 {now} 条回答与评分；对比时段 {before} 条",
    ),
    "not_complete": (
        "Not complete: every source is counted until {at} UTC; answers after that are still coming in.",
        "数据尚不完整：各来源已统计至 {at}（UTC），其后的回答仍在到达。",
    ),
    "empty": (
        "There are no answers, ratings, visits or purchases in this period. Is the time right (it is UTC)?",
        "该时段内没有任何回答、评分、到访或购买。时间是否正确（以 UTC 计）？",
    ),
    # -- in short --------------------------------------------------------------------------------------
    "short": ("In short", "摘要"),
    "short_key": (
        "Key experience: {aspect}. Experience {experience}, expectation {expectation}, satisfaction {satisfaction}; "
        "importance {importance}, weighted satisfaction {weighted}.",
        "关键体验：{aspect}。体验 {experience}，期望 {expectation}，满意度 {satisfaction}；"
        "重要性 {importance}，加权满意度 {weighted}。",
    ),
    "short_no_key": ("Nobody said what matters: there is no key experience.", "没有人回答什么重要：无法确定关键体验。"),
    "short_mend": (
        "First to mend: {aspect}, weighted satisfaction {weighted}.",
        "优先改进：{aspect}，加权满意度 {weighted}。",
    ),
    "short_gap": (
        "Gap of the key experience to the ideal of {ideal}: {gap}.",
        "关键体验与理想体验（{ideal}）的差距：{gap}。",
    ),
    "short_cause": (
        "Behind it, surely worst: {touchpoint}, experience {experience}.",
        "背后确定最差的触点：{touchpoint}，体验 {experience}。",
    ),
    "short_moved": ("Moved by more than chance: {what}.", "变化超出偶然：{what}。"),
    "short_still": (
        "Nothing moved by more than chance since the period before.",
        "与对比时段相比，没有超出偶然的变化。",
    ),
    "short_no_before": (
        "There is nothing in the period before to hold it against.",
        "对比时段没有数据，无法比较。",
    ),
    "short_sales": ("Sales: {what}.", "销售额：{what}。"),
    "short_sales_one": ("{now} {currency} (before: {before})", "{now} {currency}（此前：{before}）"),
    # -- the steps -------------------------------------------------------------------------------------
    "step_1": ("1 Brand value: why customers come", "1 品牌价值：顾客为何而来"),
    "step_1_why": (
        "The reason customers give on visits and purchases; share of those who gave one.",
        "顾客在到访与购买时给出的理由；占给出理由者的比例。",
    ),
    "step_1_none": ("Nobody gave a reason for coming.", "没有人给出来访理由。"),
    "step_2": ("2 Today's experience, expectation, satisfaction, importance", "2 当前的体验、期望、满意度与重要性"),
    "step_2_why": (
        "By aspect, asked on 1-10. Satisfaction = experience - expectation. What nobody was asked stays unknown.",
        "按方面，1-10 分。满意度 = 体验 - 期望。未询问的一律为未知。",
    ),
    "step_2_none": ("Nobody rated any aspect.", "没有任何方面的评分。"),
    "step_3": ("3 Key experience", "3 关键体验"),
    "step_3_why": (
        "Key experience: highest importance. First to mend: lowest weighted satisfaction, importance x satisfaction.",
        "关键体验：重要性最高的方面。优先改进：加权满意度（重要性 x 满意度）最低的方面。",
    ),
    "step_4": ("4 The ideal and the gap to it", "4 理想体验与差距"),
    "step_4_why": (
        "The ideal is management's decision, from the target file. Gap = experience - ideal.",
        "理想体验由管理层在目标文件中决定。差距 = 体验 - 理想体验。",
    ),
    "step_4_none": ("No ideal was decided: touchpulse targets apply.", "尚未决定理想体验：touchpulse targets apply。"),
    "step_5": ("5 What would close the gap", "5 如何缩小差距"),
    "step_5_why": (
        "Touchpoints behind the key experience ({aspect}): mean experience, 1-10, the surely worst first (by the upper "
        "end of its interval).",
        "关键体验（{aspect}）背后的触点：体验均值（1-10），确定最差者在前（按区间上限）。",
    ),
    "step_5_no_key": ("Without a key experience there is nothing to look behind.", "没有关键体验，无从追查触点。"),
    "step_5_none": ("No touchpoint was named with it.", "没有回答指明触点。"),
    "hidden": ("hidden: fewer than {least} customers", "已隐藏：少于 {least} 位顾客"),
    "step_6": ("6 Fit", "6 契合"),
    "step_6_why": (
        "Does what would close the gap fit strategy, people, process and technology? In management's own words.",
        "缩小差距的办法是否契合战略、人员、流程与技术？以管理层自己的话。",
    ),
    "step_6_none": (
        "Nothing was written: name a file with --fit (strategy, people, process, technology).",
        "尚未填写：用 --fit 指定文件（strategy、people、process、technology）。",
    ),
    "not_written": ("not written", "未填写"),
    "strategy": ("Strategy", "战略"),
    "people": ("People", "人员"),
    "process": ("Process", "流程"),
    "technology": ("Technology", "技术"),
    "step_7": ("7 Feedback: what moved since the period before", "7 反馈：与对比时段相比的变化"),
    "step_7_why": (
        "Every number known in both periods. More than chance: the 99 % interval of the change leaves out 0, and both "
        "rest on 30 answers or more; of a hundred numbers that stand still one is told so all the same.",
        "两个时段均已知的所有数字。超出偶然：变化的 99 % 区间不含 0，且两边均不少于 30 条回答；"
        "一百个未变的数字中仍会有一个被误报。",
    ),
    "step_7_none": ("No number is known in both periods.", "没有在两个时段均已知的数字。"),
    "sales_head": ("Business results beside it: sales from purchases", "同期经营结果：购买带来的销售额"),
    "sales_none": ("No purchases with an amount in either period.", "两个时段均无带金额的购买。"),
    "scores": ("Scores by channel: CSAT, CES, NPS", "各渠道得分：CSAT、CES、NPS"),
    "scores_why": (
        "CSAT: share of satisfied answers. CES: mean answer on its own scale. NPS: promoters minus detractors. Scales "
        "are never added up.",
        "CSAT：满意回答的比例。CES：在各自量表上的均值。NPS：推荐者减贬损者。不同量表从不合并。",
    ),
    "scores_none": ("Nobody answered CSAT, CES or NPS in either period.", "两个时段均无 CSAT、CES 或 NPS 回答。"),
    "how": ("How to read this", "阅读说明"),
    "how_interval": (
        "Behind each number: its 95 % interval and n, the answers it rests on. Intervals take answers as independent, "
        "though one person may have given several.",
        "每个数字后为 95 % 区间与 n（所依据的回答数）。区间假定回答相互独立，而同一人可能回答多次。",
    ),
    "how_few": (
        "○ and grey: fewer than 30 answers; such a number decides nothing. Unknown: nobody answered; never 0.",
        "○ 与灰色：少于 30 条回答，此类数字不作判断依据。未知：无人回答，绝不等于 0。",
    ),
    "how_whose": (
        "Only customers' answers; those of staff and partners, and tests, are left out.",
        "仅计顾客的回答；不含员工、合作伙伴的回答与测试数据。",
    ),
    "how_hidden": (
        "Touchpoints of fewer than {least} customers are hidden, so that no number is about somebody.",
        "少于 {least} 位顾客的触点予以隐藏，以免数字指向个人。",
    ),
    # -- columns and cells -----------------------------------------------------------------------------
    "aspect": ("Aspect", "方面"),
    "share": ("Share", "比例"),
    "experience": ("Experience", "体验"),
    "expectation": ("Expectation", "期望"),
    "satisfaction": ("Satisfaction", "满意度"),
    "importance": ("Importance", "重要性"),
    "weighted": ("Weighted satisfaction", "加权满意度"),
    "ideal": ("Ideal", "理想体验"),
    "gap": ("Gap", "差距"),
    "touchpoint": ("Touchpoint", "触点"),
    "number": ("Number", "指标"),
    "now": ("Now", "本期"),
    "before": ("Before", "对比期"),
    "change": ("Change", "变化"),
    "verdict": ("Verdict", "判断"),
    "called": ("Which", "归类"),
    "currency": ("Currency", "币种"),
    "channel": ("Channel", "渠道"),
    "question": ("Question", "问题"),
    "key_experience": ("key experience", "关键体验"),
    "first_to_mend": ("first to mend", "优先改进"),
    "key_and_first": ("key experience, first to mend", "关键体验，优先改进"),
    "as_it_is": ("as it is", "维持现状"),
    "not_decided": ("not decided", "未决定"),
    "not_named": ("not named", "未指明"),
    "none_sold": ("no purchases", "无购买"),
    "purchases": ("{n} purchases", "{n} 笔购买"),
    "unknown": ("unknown: {why}", "未知：{why}"),
    "no answers": ("no answers", "无回答"),
    "few answers": ("few answers", "回答过少"),
    "interval": ("{lower} to {upper}", "{lower} 至 {upper}"),
    "better": ("▲ better, more than chance", "▲ 变好，超出偶然"),
    "worse": ("▼ worse, more than chance", "▼ 变差，超出偶然"),
    "rose": ("↑ rose, more than chance", "↑ 上升，超出偶然"),
    "fell": ("↓ fell, more than chance", "↓ 下降，超出偶然"),
    "chance": ("≈ within chance", "≈ 属偶然范围"),
    "few": ("○ too few to say", "○ 过少，无法判断"),
    "unknown_before": ("not known in both", "并非两期均已知"),
    "comma": (", ", "，"),
    "semicolon": ("; ", "；"),
    # -- names of the contract -------------------------------------------------------------------------
    "product": ("product", "产品"),
    "service": ("service", "服务"),
    "relationship": ("relationship", "关系"),
    "price": ("price", "价格"),
    "convenience": ("convenience", "便利"),
    "brand": ("brand", "品牌"),
    "csat-1-5": ("CSAT 1–5", "CSAT 1–5"),
    "csat-1-7": ("CSAT 1–7", "CSAT 1–7"),
    "csat-1-10": ("CSAT 1–10", "CSAT 1–10"),
    "ces-effort-1-5": ("CES effort 1–5 (less is better)", "CES 费力度 1–5（越低越好）"),
    "ces-agreement-1-7": ("CES agreement 1–7", "CES 同意度 1–7"),
    "ces-ease-1-5": ("CES ease 1–5", "CES 轻松度 1–5"),
    "nps-0-10": ("NPS", "NPS"),
}
"""(English, Chinese) by what is said."""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language."""

    language: Language

    def __call__(self, name: str, /, **values: object) -> str:
        """A text with its values filled in.

        Raises:
            KeyError: there is no such text, or a value is missing.
        """
        return TEXTS[name][self.language == "zh"].format(**values)
