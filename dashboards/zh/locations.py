"""The board of locations, in Chinese."""

WORDS = {
    "Touchpulse · Locations": "Touchpulse · 地点",
    "Which regions and places are surely worse or better than the rest?": "哪些区域和地点确定比其他的差或好？",
    "What do all places chosen make together, which is surely the worst, and how many are outside the outer limits "
    "of the funnel? Surely: the whole 95 % interval lies below the score of all.": (
        "所选地点合起来是多少？哪个确定最差？有多少在漏斗图的外限之外？确定：整个 95 % 区间低于全体得分。"
    ),
    "Regions, surely worst first": "各区域，确定最差在前",
    "Which regions differ from all together beyond chance? Places are added up by the region that the catalogue in "
    "force gives them. A click leaves the places of that region. A region of which no place may be shown is hidden.": (
        "哪些区域与全体的差异超出偶然？地点按现行目录所给的区域合计。点击可只看该区域的地点。若一个区域没有任何地点"
        "可显示，则隐藏该区域。"
    ),
    "Its places": "该区域的地点",
    "Region": "区域",
    "Places": "地点数",
    "Against the whole": "与全体相比",
    "Places, surely worst first": "各地点，确定最差在前",
    "Which places differ from all together beyond chance? First those whose 95 % interval lies below, by its upper "
    "end; last those whose interval lies above, by its lower end. With fewer than 30 answers a place has no rank, so "
    "four answers neither lead nor trail. Very few customers: the number is hidden.": (
        "哪些地点与全体的差异超出偶然？最前是 95 % 区间整体低于全体的，按其上端排列；最后是区间整体高于全体的，按其"
        "下端排列。少于 30 条回答的地点没有名次，因此四条回答既不能领先也不能垫底。顾客极少：隐藏数字。"
    ),
    "Funnel": "漏斗图",
    "Is a place off, or only small? Each place by its answers and score, with the limits that places of its size "
    "stay within if all are alike: score of all ± 1.96 (95 %) and ± 3.09 (99.8 %) x standard deviation of one answer "
    "/ √n (Spiegelhalter, 2005). Red: worse than the limits; blue: better; grey: within them, or fewer than 30 "
    "answers.": (
        "这个地点是真的异常，还是只是回答少？每个地点按回答数和得分定位，并画出在全都一样时同等规模的地点应落在的界"
        "限：全体得分 ± 1.96（95 %）和 ± 3.09（99.8 %）x 单条回答的标准差 / √n（Spiegelhalter，2005）。红：差于"
        "界限；蓝：好于界限；灰：在界限之内，或少于 30 条回答。"
    ),
    "answers": "回答数",
    "score": "得分",
    "99.8 %": "99.8 %",
    "95 %": "95 %",
    "all": "全体",
    "Regions": "区域",
}
