"""Fixed words of the boards' rows, in Chinese. `#` is a number, `*` anything: see dashboards/said.py."""

from dashboards.zh.rows_method import METHOD, PLACES, STAGES
from dashboards.zh.rows_running import RUNNING, STATES
from dashboards.zh.rows_running import VALUES as VALUES

NUMBER, NUMBER_ZH = "#(# to #) · n #", "#(# 至 #) · n #"

_NUMBERS = {
    "# to #": "# 至 #",
    "#(# to #)": "#(# 至 #)",
    NUMBER: NUMBER_ZH,
    "#(# to #) · worth n #": "#(# 至 #) · 相当于 n #",
    "# · worth n #": "# · 相当于 n #",
    "# points (# to #) · n #": "# 个百分点 (# 至 #) · n #",
    "# points · n #": "# 个百分点 · n #",
    "# to # · n #": "# 至 # · n #",
    "# to # · n # · few": "# 至 # · n # · 回答太少",
    "# · n # · few": "# · n # · 回答太少",
    "# now · n # · was #": "# 现在 · n # · 之前 #",
    "# (# of #)": "# (#/#)",
    "CES effort 1–5": "CES 费力度 1–5",
    "CES agreement 1–7": "CES 认同度 1–7",
    "CES ease 1–5": "CES 容易度 1–5",
    "CES effort 1–5: #": "CES 费力度 1–5: #",
    "CES agreement 1–7: #": "CES 认同度 1–7: #",
    "CES ease 1–5: #": "CES 容易度 1–5: #",
}

_REASONS = {
    "unknown": "未知",
    "no answers": "没有回答",
    "few answers": "回答太少",
    "too few answers": "回答太少",
    "no negative answers": "没有差评",
    "not decided": "未决定",
    "not told": "未说明",
    "not named": "未命名",
    "no segment": "无分群",
    "no region": "无区域",
    "all channels": "全部渠道",
    "unknown: no answers": "未知：没有回答",
    "unknown: few answers": "未知：回答太少",
    "unknown: all stayed": "未知：全部留存",
    "unknown: nothing to compare with": "未知：没有可比较的",
    "unknown: all answered alike": "未知：回答全部相同",
    "unknown: no weights in the target file": "未知：目标文件中没有权重",
    "unknown: no answers of a weighted segment": "未知：有权重的分群没有回答",
    "unknown: no negative answers": "未知：没有差评",
    "unknown: no outcomes": "未知：没有结果",
    "unknown: nobody said": "未知：无人评价",
    "unknown: fewer than two weeks before or after": "未知：前后不足两周",
    "unknown: the cost model lacks sales, complaints or what becomes of them": "未知：成本模型缺少销售额、投诉或其结果",
    "unknown: what it cost was not told": "未知：没有说明成本",
    "hidden": "已隐藏",
    "hidden: fewer than # customers": "已隐藏：少于 # 位顾客",
    "○ < # customers": "○ 少于 # 位顾客",
    "firm": "可靠",
    "catching up": "正在补齐",
}

_WITHIN = {
    "too few answers to judge": "回答太少，不作判断",
    "outside 99.8 %": "99.8 % 界限之外",
    "outside 95 %": "95 % 界限之外",
    "within 95 %": "95 % 界限之内",
}
_UNITS = (
    ("s", "s", "秒", "秒"),
    ("s", "min", "秒", "分"),
    ("min", "min", "分", "分"),
    ("min", "h", "分", "小时"),
    ("h", "h", "小时", "小时"),
)
_COMPOSED = {
    **{f"#(# to #) · n # · * · {en}": f"#(# 至 #) · n # · * · {zh}" for en, zh in _WITHIN.items()},
    **{
        f"{stage} · feeling {NUMBER}{tail}": f"{stage_zh} · 情绪 {NUMBER_ZH}{tail_zh}"
        for stage, stage_zh in STAGES.items()
        for tail, tail_zh in (
            ("", ""),
            (" · they do: *", " · 他们做：*"),
            (" · they need: *", " · 他们需要：*"),
            (" · they do: * · they need: *", " · 他们做：* · 他们需要：*"),
        )
    },
    **{
        f"{quadrant} · trust {NUMBER} · liking {NUMBER}": f"{zh} · 信任 {NUMBER_ZH} · 喜欢 {NUMBER_ZH}"
        for quadrant, zh in METHOD.items()
        if "liked" in quadrant or quadrant == "unclear"
    },
    **{
        f"{verdict} · relation {NUMBER} · level {NUMBER}": f"{zh} · 相关性 {NUMBER_ZH} · 水平 {NUMBER_ZH}"
        for verdict, zh in METHOD.items()
        if verdict in ("▼ first to mend", "○ not known", "● moves it", "moves nothing for sure")
    },
    **{f"# {a} to # {b}": f"# {zh_a}至 # {zh_b}" for a, b, zh_a, zh_b in _UNITS},
    **{
        f"# to # · n #{few} · middle # {a} to # {b}": f"# 至 # · n #{few_zh} · 中位 # {zh_a}至 # {zh_b}"
        for few, few_zh in (("", ""), (" · few answers", " · 回答太少"))
        for a, b, zh_a, zh_b in _UNITS
    },
}

ROWS: dict[str, str] = {**_NUMBERS, **_REASONS, **METHOD, **PLACES, **STAGES, **RUNNING, **STATES, **_COMPOSED}
"""Phrases that the SQL says."""
