"""The alert rules a worker follows: read from files, taken over when these change, kept when they are wrong."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from streams.edges.errors import FileError
from streams.edges.rules_file import load, merged
from streams.edges.rules_history import engine_maker
from streams.edges.settings import PREFIX, Settings
from streams.pure.alerting.engine import Engine, State
from streams.pure.alerting.judge import settings_of
from streams.pure.alerting.rules import RuleFile


class RulesInForce:
    """Rules, and the files they come from.

    Raises:
        FileError: at the start, if they are wrong: a worker without rules would watch nothing, and say nothing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.rules_path or Path(str(resources.files("deploy"))) / "rules" / "default.yaml"
        self._contents: dict[Path, bytes] = {}
        self._said = ""
        self.file: RuleFile
        self.refresh()

    @property
    def text(self) -> str:
        """The rules as JSON: what a state is stored with."""
        return self.file.model_dump_json()

    @staticmethod
    def parsed(text: str) -> RuleFile:
        """Rules out of a stored state."""
        return RuleFile.model_validate_json(text)

    def refresh(self) -> bool:
        """Reads files that changed; whether the rules are others now.

        Raises:
            FileError: names file, line, field and reason; the rules stay as they are.
        """
        files = rule_files(self._path)
        try:
            contents = {path: path.read_bytes() for path in files}
        except OSError as error:
            raise FileError(f"{error.filename}: cannot be read: {error.strerror}") from None
        if contents == self._contents:
            return False
        file = merged([load(path) for path in files])
        self._contents = contents
        changed = getattr(self, "file", None) != file
        self.file = file
        return changed

    def is_news(self, sentence: str) -> bool:
        """Whether something was not just said."""
        before, self._said = self._said, sentence
        return before != sentence

    def engine(self, state: State, rules: RuleFile | None = None) -> Engine:
        """An engine of these rules (or others) that goes on with a state."""
        return engine_maker(rules or self.file, self._settings)(state)

    def receivers(self, rule: str) -> list[str]:
        """Names of who is told of a rule's alerts."""
        return next((list(one.receivers) for one in self.file.rules if one.name == rule), [])

    def difference(self, before: RuleFile) -> str:
        """What is other than before, in words."""
        old = {rule.name: settings_of(rule) for rule in before.rules}
        new = {rule.name: settings_of(rule) for rule in self.file.rules}
        parts = {
            "new": sorted(new.keys() - old.keys()),
            "gone": sorted(old.keys() - new.keys()),
            "begin anew": sorted(name for name in old.keys() & new.keys() if old[name] != new[name]),
        }
        told = [f"{what}: {', '.join(names)}" for what, names in parts.items() if names]
        return "; ".join(told) or "the same series, told otherwise"


def rule_files(path: Path) -> list[Path]:
    """The file itself, or those of a folder that are rules and no tests of rules.

    Raises:
        FileError: there is none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.glob("*.yaml") if not one.name.endswith(".test.yaml"))
    if not found:
        raise FileError(f"{PREFIX}RULES_PATH: {path} holds no *.yaml file")
    return found
