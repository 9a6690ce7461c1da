"""The board of trust, in Chinese."""

WORDS = {
    "Touchpulse · Trust": "Touchpulse · 信任",
    "Do customers trust us, on which channel, and is it more than liking?": (
        "顾客信任我们吗？在哪个渠道？是否不只是喜欢？"
    ),
    "Trust and liking by channel": "各渠道的信任与喜欢",
    "Where are we trusted, and where only liked? Each part as asked on 1-10, with its 95 % interval and answers. "
    "Trust is the mean of integrity, ability and consistency, liking the affinity; the quadrant is told only where "
    "both are surely above or below 5.5. People buy rather from whom they trust.": (
        "哪里被信任，哪里只是被喜欢？各项按 1-10 分提问，带 95 % 区间和回答数。信任是诚信、能力、一致性的均值，喜欢"
        "即亲近感；只有两者都确定高于或低于 5.5 时才给出象限。人们更愿意向信任的人购买。"
    ),
    "nobody was asked about trust in the time shown": "所示时间内没有人被问到信任",
    "Quadrant": "象限",
    "Integrity": "诚信",
    "Ability": "能力",
    "Affinity": "亲近感",
    "Consistency": "一致性",
    "Trust and liking, drawn": "信任与喜欢象限图",
    "Which channels are trusted, and which only liked? Each channel by its mean liking (affinity) and mean trust, "
    "1-10, with the 95 % interval of each; the dashed lines stand at 5.5, the middle of the scale. Blue: surely "
    "trusted; red: surely not; grey: unclear, or few answers.": (
        "哪些渠道被信任，哪些只是被喜欢？每个渠道按平均喜欢（亲近感）与平均信任（1-10）定位，各带 95 % 区间；虚线为"
        "量表中点 5.5。蓝：确定被信任；红：确定不被信任；灰：不确定或回答太少。"
    ),
    "no channel has both in the time shown": "所示时间内没有渠道两者都有",
    "no channel has both in the time shown, or too few customers to be shown": (
        "所示时间内没有渠道两者都有，或顾客太少，不予显示"
    ),
    "liking 5.5": "喜欢 5.5",
    "trust 5.5": "信任 5.5",
    "trusted, not liked": "被信任，不被喜欢",
    "trusted and liked": "被信任且被喜欢",
    "neither": "两者皆无",
    "liked, not trusted": "被喜欢，不被信任",
    "Trust beside experience": "信任与体验对照",
    "Do trust and experience go together? Mean trust and mean experience (1-10, over all aspects) of each channel: "
    "each feeds the other, and a channel where they part deserves a look.": (
        "信任与体验是否同步？各渠道的平均信任与平均体验（1-10，所有方面）：两者互相促进，分离的渠道值得一看。"
    ),
}
