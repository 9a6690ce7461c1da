"""Links on pages: who got one can say that they have it, that this is how it is now, or whether it was useful.

`signed` makes links and tells ours from others', `page` is what they show, `door` serves them.
"""
