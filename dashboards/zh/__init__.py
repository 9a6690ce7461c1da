"""Chinese words of the boards, a file a board: `WORDS`, from the English text to the Chinese."""
